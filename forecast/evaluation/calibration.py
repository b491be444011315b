"""Calibration: whether things happen as often as their probabilities say."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.evaluation.outcomes import Outcomes, as_follow_up, as_outcomes
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray, IntArray


class Coverage(NamedTuple):
    """How often central intervals held the outcome, and how wide they were.

    Attributes
    ----------
    share : float
        Covered rows among those of which it is known; NaN if there is none. Early conclusions are
        known sooner than late ones, so read it with the bounds.
    least, most : float
        Share of all rows if none, or all, of the unknown ones were covered.
    rows, known : int
    median_width : float
        Months; infinite where half or more are unbounded.
    unbounded : float
        Share of intervals without an upper end.
    """

    share: float
    least: float
    most: float
    rows: int
    known: int
    median_width: float
    unbounded: float


class DCalibration(NamedTuple):
    """Shares of the outcomes by fifth of their distribution, and the test that they are equal.

    Attributes
    ----------
    shares : (k,) array
        From the earliest part of the forecast distributions to the latest; sums to 1.
    statistic : float
        Pearson's chi-squared against equal shares.
    p_value : float
        Of the simulated null.
    rows, spread : int
        Rows, and those whose outcome is spread over several bins as it is not known exactly.
    """

    shares: FloatArray
    statistic: float
    p_value: float
    rows: int
    spread: int


def interval_covered(
    lower: npt.ArrayLike, upper: npt.ArrayLike, curves: SurvivalCurves, *, level: float = 0.8
) -> FloatArray:
    r"""Whether the central interval of a level holds the outcome, (n,): 1, 0 or NaN for not known.

    The interval :math:`[q_{(1-p)/2}, q_{(1+p)/2}]` has no upper end where the never share exceeds
    (1 - p)/2, and then also covers never. An outcome that is known to a span is covered if all of
    the span is, not covered if none of it is, and otherwise not known.

    Parameters
    ----------
    lower, upper, curves
        As in :func:`~forecast.evaluation.scores.log_score`.
    level : float
        p, in (0, 1).

    Examples
    --------
    >>> curves = SurvivalCurves([0, 12, 600], [[1.0, 0.5, 0.0]] * 3, 0.0, "log-linear")
    >>> interval_covered([20.0, 1.0, 20.0], [24.0, 1.0, float("inf")], curves)
    array([ 1.,  0., nan])
    """
    outcomes = as_outcomes(lower, upper, len(curves))
    first, last = _central(curves, level)
    inside = (first <= outcomes.lower) & (outcomes.upper <= last)
    exact = outcomes.lower == outcomes.upper
    beyond = np.where(exact, outcomes.lower > last, outcomes.lower >= last)
    outside = (outcomes.upper < first) | (beyond & np.isfinite(last))
    return np.where(outside, 0.0, np.where(inside, 1.0, np.nan))


def coverage(
    lower: npt.ArrayLike, upper: npt.ArrayLike, curves: SurvivalCurves, *, level: float = 0.8
) -> Coverage:
    """Summarise :func:`interval_covered` and the widths of the intervals."""
    covered = interval_covered(lower, upper, curves, level=level)
    if not len(covered):
        raise DataError("Coverage needs at least one row.")
    first, last = _central(curves, level)
    known, unbounded = ~np.isnan(covered), np.isinf(last)
    hits = float(np.sum(covered[known]))
    n = len(covered)
    return Coverage(
        share=hits / float(known.sum()) if known.any() else np.nan,
        least=hits / n,
        most=(hits + float((~known).sum())) / n,
        rows=n,
        known=int(known.sum()),
        median_width=float(
            np.median(np.where(unbounded, np.inf, last) - np.where(unbounded, 0.0, first))
        ),
        unbounded=float(np.mean(unbounded)),
    )


def _central(curves: SurvivalCurves, level: float) -> tuple[FloatArray, FloatArray]:
    if not 0 < level < 1:
        raise DataError(f"The level of an interval lies between 0 and 1, not {level}.")
    first, last = curves.quantile([(1.0 - level) / 2.0, (1.0 + level) / 2.0]).T
    return first, last


def pit_intervals(lower: npt.ArrayLike, upper: npt.ArrayLike, curves: SurvivalCurves) -> FloatArray:
    r"""Probability integral transform of each outcome, as the interval that it is known to lie in.

    .. math::
        [F(l), F(u)] \text{ if concluded}, \quad [F(l), 1] \text{ if open}, \quad
        [1 - \pi, 1] \text{ if ended without agreement}

    with F = 1 - S and the never share :math:`\pi`. Where F jumps, at a knot of a step curve, an
    exact outcome has the interval of the jump.

    Parameters
    ----------
    lower, upper, curves
        As in :func:`~forecast.evaluation.scores.log_score`.

    Returns
    -------
    (n, 2) array
        Of equal numbers where the transform is known exactly.

    References
    ----------
    Czado, Gneiting and Held (2009), doi:10.1111/j.1541-0420.2009.01191.x.

    Examples
    --------
    >>> curves = SurvivalCurves([0, 12, 600], [[1.0, 0.5, 0.2]] * 2, 0.2, "log-linear")
    >>> pit_intervals([12.0, float("inf")], [12.0, float("inf")], curves)
    array([[0.5, 0.5],
           [0.8, 1. ]])
    """
    outcomes = as_outcomes(lower, upper, len(curves))
    exact = (outcomes.lower == outcomes.upper) & ~outcomes.ended
    # An exact outcome in a jump of the curve begins before it.
    begin = np.where(
        exact & (curves.kind == "step"), np.nextafter(outcomes.lower, 0.0), outcomes.lower
    )
    first, last = (1.0 - _survival(curves, t) for t in (begin, outcomes.upper))
    first = np.where(outcomes.ended, 1.0 - curves.never, first)
    return np.column_stack([first, np.where(np.isinf(outcomes.upper), 1.0, last)])


def randomised_pit(intervals: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw each transform uniformly from its interval, (n,): uniform if the forecasts are calibrated.

    Only of intervals that do not depend on the outcome, such as jumps and never; an interval that
    comes of being still open would be drawn as uniform whatever is true.
    """
    first, last = intervals.T
    result: FloatArray = first + (last - first) * rng.random(len(intervals))
    return result


def d_calibration(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    curves: SurvivalCurves,
    *,
    follow_up: npt.ArrayLike = np.inf,
    groups: npt.ArrayLike | None = None,
    bins: int = 5,
    draws: int = 2000,
    seed: int = 0,
) -> DCalibration:
    r"""Test whether outcomes fall evenly over the forecasts' own quantiles.

    Each outcome counts in the bin of its probability integral transform; one known to an interval
    is spread evenly over it, so that a case open at c counts
    :math:`|B \cap [F(c), 1]| / S(c)` in bin B. The statistic is
    :math:`\sum_B (N_B - n/k)^2 / (n/k)`.

    Spreading makes it smaller than chi-squared with k - 1 degrees of freedom, so that the p-value
    comes of a simulated null: outcomes drawn from the forecasts, each followed as far as the true
    one was, to the vintage or to where it was lost.

    Rows must be independent, one landmark a negotiation, unless ``groups`` says which are not. Those of a
    group come about together in the null, at the same quantile of their distributions: the strongest
    dependence, so that a small p-value is not due to near-copies that ended alike.

    Parameters
    ----------
    lower, upper, curves, follow_up
        As in :func:`~forecast.evaluation.scores.log_score`.
    groups : (n,) array_like, optional
        Label of each row's group; default each its own.
    bins, draws, seed : int
        k, and size and seed of the simulation.

    Returns
    -------
    DCalibration

    References
    ----------
    Haider, Hoehn, Davis and Greiner (2020), https://jmlr.org/papers/v21/18-772.html.
    """
    outcomes = as_outcomes(lower, upper, len(curves))
    n = len(curves)
    if not n:
        raise DataError("D-calibration needs at least one row.")
    intervals = pit_intervals(*outcomes, curves)
    counts = _spread(intervals, bins).sum(axis=0)
    statistic = float(_chi_squared(counts, n))
    followed = _followed(outcomes, curves, as_follow_up(follow_up, n))
    own = np.arange(n) if groups is None else np.unique(groups, return_inverse=True)[1]
    null = _simulated(followed, own, bins, draws, np.random.default_rng(seed))
    # Rounding must not let an equal draw count as smaller.
    extreme = np.count_nonzero(null >= statistic * (1.0 - 1e-9))
    spread = np.count_nonzero(intervals[:, 0] < intervals[:, 1])
    p_value = float((1.0 + extreme) / (1.0 + draws))
    return DCalibration(counts / n, statistic, p_value, n, int(spread))


def _survival(curves: SurvivalCurves, t: FloatArray) -> FloatArray:
    """Survival of each row at a time of its own, (n,)."""
    return curves.at(t[:, np.newaxis])[:, 0]


def _followed(outcomes: Outcomes, curves: SurvivalCurves, follow_up: FloatArray) -> FloatArray:
    """Part of each forecast distribution in which a conclusion could be seen, (n,)."""
    until = np.where(outcomes.open, np.minimum(outcomes.lower, follow_up), follow_up)
    return np.where(np.isinf(until), 1.0 - curves.never, 1.0 - _survival(curves, until))


def _spread(intervals: FloatArray, bins: int) -> FloatArray:
    """Share of each interval in each of equal bins of [0, 1], (n, bins)."""
    first, last = (end[:, np.newaxis] for end in intervals.T)
    left = np.arange(bins) / bins
    inside = np.minimum(last, left + 1.0 / bins) - np.maximum(first, left)
    length = np.where(last > first, last - first, 1.0)
    home = np.minimum(np.floor(first * bins), bins - 1)
    point = (home == np.arange(bins)).astype(np.float64)
    shares: FloatArray = np.where(last > first, np.maximum(inside, 0.0) / length, point)
    return shares


def _simulated(
    followed: FloatArray, group: IntArray, bins: int, draws: int, rng: np.random.Generator
) -> FloatArray:
    """Statistics of outcomes drawn from the forecasts themselves, one quantile a group, (draws,)."""
    open_ = _spread(np.column_stack([followed, np.ones(len(followed))]), bins)
    uniform = rng.random((draws, int(group.max()) + 1))[:, group]
    seen = uniform <= followed
    home = np.where(seen, np.minimum(np.floor(uniform * bins), bins - 1), bins).astype(np.intp)
    exact = np.stack([np.count_nonzero(home == b, axis=1) for b in range(bins)], axis=1)
    counts = exact + (~seen).astype(np.float64) @ open_
    return _chi_squared(counts, len(followed))


def _chi_squared(counts: FloatArray, n: int) -> FloatArray:
    expected = n / counts.shape[-1]
    result: FloatArray = np.sum((counts - expected) ** 2, axis=-1) / expected
    return result
