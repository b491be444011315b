"""Gaussian priors on the parameters of a likelihood."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import FloatArray


@dataclass(frozen=True, eq=False)
class GaussianPrior:
    r"""Independent Gaussian priors, up to a constant :math:`-\sum_k q_k (\theta_k - m_k)^2 / 2`.

    Attributes
    ----------
    mean, precision : (k,) arrays
        One each a parameter; precision 0 is no prior.
    """

    mean: FloatArray
    precision: FloatArray

    @classmethod
    def of(
        cls, mean: npt.ArrayLike | None, precision: npt.ArrayLike | None, size: int
    ) -> GaussianPrior:
        """Check and broadcast the two to (size,); the default of each is 0.

        Raises
        ------
        DataError
            If the lengths are not `size`, a value is not finite or a precision is negative.
        """
        try:
            means, precisions = (
                np.broadcast_to(np.asarray(0.0 if part is None else part, np.float64), (size,))
                for part in (mean, precision)
            )
        except ValueError as error:
            raise DataError(
                f"A prior has one mean and one precision for each of the {size} parameters."
            ) from error
        if not (np.isfinite(means).all() and np.isfinite(precisions).all()):
            raise DataError("A prior's mean and precision must be finite.")
        if (precisions < 0).any():
            raise DataError("A prior's precision cannot be negative; 0 means no prior.")
        return cls(means, precisions)
