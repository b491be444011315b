"""The threshold-weighted continuous ranked probability score, in closed form."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.evaluation.outcomes import as_follow_up, as_outcomes
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray

LONGEST = 120.0
"""Months ahead beyond which the score does not look."""


def twcrps(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    curves: SurvivalCurves,
    *,
    follow_up: npt.ArrayLike = np.inf,
    longest: float = LONGEST,
) -> FloatArray:
    r"""Continuous ranked probability loss over the first H months, in months.

    .. math::
        \int_0^{\min(l, H)} [1 - S(t)]^2 \, dt + \int_{\min(u, H)}^{H} S(t)^2 \, dt,
        \qquad H = \min(120, \text{follow-up})

    for an outcome in (l, u]: the weight is 1 on [0, H] where it is known whether the case was
    concluded, and 0 elsewhere. A case that is open throughout, or ended without agreement, has
    l >= H and the first integral alone. One that was lost before H is scored up to then, one with
    imprecise dates not within them.

    Parameters
    ----------
    lower, upper, curves, follow_up
        As in :func:`~forecast.evaluation.scores.log_score`.
    longest : float
        Largest H, months.

    Returns
    -------
    (n,) array

    References
    ----------
    Gneiting and Ranjan (2011), doi:10.1198/jbes.2010.08110; with the weight up to the censoring
    Avati et al. (2020), https://proceedings.mlr.press/v115/avati20a.html.

    Examples
    --------
    >>> curves = SurvivalCurves([0, 12, 600], [[1.0, 0.5, 0.5]], [0.5], "log-linear")
    >>> twcrps([24.0], [24.0], curves, longest=36.0).round(3)
    array([7.])
    """
    outcomes = as_outcomes(lower, upper, len(curves))
    if not (np.isfinite(longest) and longest > 0):
        raise DataError("The longest horizon must be a positive number of months.")
    horizon = np.minimum(longest, as_follow_up(follow_up, len(curves)))
    seen_open = np.minimum(outcomes.lower, horizon)
    concluded = np.minimum(outcomes.upper, horizon)
    before = seen_open - 2.0 * _integral(curves, 1, seen_open) + _integral(curves, 2, seen_open)
    after = _integral(curves, 2, horizon) - _integral(curves, 2, concluded)
    # Differences of integrals may miss 0 by rounding.
    result: FloatArray = np.maximum(before, 0.0) + np.maximum(after, 0.0)
    return result


def _integral(curves: SurvivalCurves, power: int, until: FloatArray) -> FloatArray:
    """Integral of S or S^2 from 0 to `until`, (n,).

    S^2 = never^2 + 2 never (1 - never) S_0 + (1 - never)^2 S_0^2, and S_0 is exponential by pieces.
    """
    never, rest = curves.never, 1.0 - curves.never
    first = _concluding_integral(curves, 1, until)
    if power == 1:
        return never * until + rest * first
    second = _concluding_integral(curves, 2, until)
    return never**2 * until + 2.0 * never * rest * first + rest**2 * second


def _concluding_integral(curves: SurvivalCurves, power: int, until: FloatArray) -> FloatArray:
    """Integral of S_0^power from 0 to `until`, (n,)."""
    alone, knots = curves.concluding(), curves.times
    ends = np.clip(until[:, np.newaxis], knots[:-1], knots[1:])
    widths = ends - knots[:-1]
    left, right = alone.survival[:, :-1], alone.survival[:, 1:]
    if curves.kind == "step":
        heights = left**power
    else:
        cut = np.where(ends == knots[1:], right, alone.at(ends))
        heights = np.where(
            right > 0, _mean_of_exponential(left, cut, power), _mean_of_line(left, cut, power)
        )
    within = np.sum(heights * widths, axis=1)
    hazard = power * alone.tail_hazard
    beyond = np.maximum(until - knots[-1], 0.0)
    falling = hazard > 0
    length = np.where(falling, -np.expm1(-hazard * beyond) / np.where(falling, hazard, 1.0), beyond)
    result: FloatArray = within + alone.survival[:, -1] ** power * length
    return result


def _mean_of_exponential(start: FloatArray, end: FloatArray, power: int) -> FloatArray:
    """Mean of the power of an exponential from start to end, by their logarithmic mean."""
    falls = (start > end) & (end > 0)
    ratio = np.where(falls, end / np.where(falls, start, 1.0), 0.5)
    # For neighbours, ratio - 1 is exact and log1p keeps its digits; far apart it would be rounded.
    near = np.log1p(np.maximum(ratio, 0.5) - 1.0)
    drop = -power * np.where(ratio > 0.5, near, np.log(ratio))
    result: FloatArray = start**power * np.where(falls, -np.expm1(-drop) / drop, 1.0)
    return result


def _mean_of_line(start: FloatArray, end: FloatArray, power: int) -> FloatArray:
    """Mean of the power of a line from start to end."""
    terms = [start**k * end ** (power - k) for k in range(power + 1)]
    result: FloatArray = np.sum(terms, axis=0) / (power + 1)
    return result
