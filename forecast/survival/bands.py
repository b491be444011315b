"""Pointwise confidence bands of a probability that changes with time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import FloatArray


def log_log_band(
    estimate: npt.ArrayLike, standard_error: npt.ArrayLike, level: float = 0.95
) -> tuple[FloatArray, FloatArray]:
    r"""Pointwise confidence limits on the scale of :math:`\log(-\log P)`.

    .. math:: P^{\exp(\pm z\, \mathrm{se} / (P \log P))}

    They stay within 0 and 1, and are the same for a survival and, with its own standard error, for
    the probability of an end.

    Parameters
    ----------
    estimate : array_like
        P, in [0, 1].
    standard_error : array_like, same shape
        Its standard error.
    level : float
        Coverage.

    Returns
    -------
    lower, upper : arrays, same shape
        Both equal to P where it is 0 or 1: nothing is known there about its spread.

    References
    ----------
    Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, section 1.4.
    """
    p = np.asarray(estimate, dtype=np.float64)
    errors = np.asarray(standard_error, dtype=np.float64)
    inside = (p > 0) & (p < 1) & np.isfinite(errors)
    safe = np.where(inside, p, 0.5)
    spread = normal_quantile(level) * np.where(inside, errors, 0.0) / np.abs(safe * np.log(safe))
    with np.errstate(over="ignore", under="ignore"):
        lower, upper = safe ** np.exp(spread), safe ** np.exp(-spread)
    return np.where(inside, lower, p), np.where(inside, upper, p)


def normal_quantile(level: float) -> float:
    """Half-width of a two-sided normal interval in standard errors."""
    # scipy.special is quick to import, scipy.stats is not.
    from scipy.special import ndtri

    if not 0.0 < level < 1.0:
        raise DataError(f"A confidence level lies between 0 and 1; {level:g} does not.")
    return float(ndtri(0.5 + 0.5 * level))
