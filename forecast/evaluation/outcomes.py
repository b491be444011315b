"""What became of the cases that were forecast, in months from the landmark."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import BoolArray, FloatArray


class Outcomes(NamedTuple):
    """Checked bounds on the times of conclusion, (n,) months from the landmark.

    Concluded in (lower, upper], exactly where they are equal. Open at the end of what is known:
    `upper` is infinite and `lower` the age ahead at which it was last seen open. Ended without
    agreement: both are infinite, for that attempt is known never to conclude.
    """

    lower: FloatArray
    upper: FloatArray

    @property
    def ended(self) -> BoolArray:
        """Rows that are known never to conclude."""
        return np.isposinf(self.lower)

    @property
    def open(self) -> BoolArray:
        """Rows that were open when last seen."""
        return np.isposinf(self.upper) & ~self.ended


def as_outcomes(lower: npt.ArrayLike, upper: npt.ArrayLike, n: int | None = None) -> Outcomes:
    """Check outcomes.

    Raises
    ------
    DataError
        If lengths differ from one another or from `n`, a bound is missing or negative, or a lower
        bound exceeds its upper one.
    """
    low, high = (np.asarray(bound, dtype=np.float64) for bound in (lower, upper))
    if low.ndim != 1 or low.shape != high.shape or n not in (None, len(low)):
        raise DataError(
            f"Outcomes of shapes {low.shape} and {high.shape} do not fit"
            f" {'each other' if n is None else f'{n} forecasts'}."
        )
    if not ((low >= 0) & (low <= high)).all():
        raise DataError("An outcome needs 0 <= lower <= upper, in months from the landmark.")
    return Outcomes(low, high)


def as_follow_up(follow_up: npt.ArrayLike, n: int) -> FloatArray:
    """Months from each landmark to the vintage, (n,), of one number or one a row.

    Raises
    ------
    DataError
        If they are not positive or do not fit the rows.
    """
    months = np.asarray(follow_up, dtype=np.float64)
    if months.shape not in ((), (n,)) or not (months > 0).all():
        raise DataError(f"The follow-up must be a positive number, or one for each of {n} rows.")
    return np.broadcast_to(months, (n,))
