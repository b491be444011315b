"""Proper scores of survival forecasts, observation first, one loss a row: small is good."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.evaluation.outcomes import Outcomes, as_follow_up, as_outcomes
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray

BINS = (0.0, 3.0, 6.0, 12.0, 18.0, 24.0, 36.0, 60.0, 120.0)
"""Lower edges of the bins of the log score, months; the last bin has no end and holds never."""

UNIFORM = 0.01
"""Share of a uniform distribution over the bins that is mixed into every forecast."""

HORIZONS = (6.0, 12.0, 24.0, 36.0)
"""Months ahead at which the Brier score is taken."""


def log_score(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    curves: SurvivalCurves,
    *,
    follow_up: npt.ArrayLike = np.inf,
    bins: Sequence[float] = BINS,
    uniform: float = UNIFORM,
) -> FloatArray:
    r"""Logarithmic loss of the bin in which the conclusion fell, in nats.

    .. math::
        -\log\big[S^*(a) - S^*(b)\big], \qquad S^* = (1 - w) S + w U

    with the weight w of a uniform distribution over the bins, whose survival U falls linearly
    within each bin and in the last as 1/t, and the span (a, b] in which the outcome is known to lie:

    - concluded: the bin that holds it, or all bins that (lower, upper] touches;
    - open when last seen: what remains, a = lower and b infinite, so that the bin that lower cuts
      counts from lower on;
    - ended without agreement: the last bin, which holds never.

    A bin that `follow_up` cuts ends there for a conclusion. Otherwise what lies between the vintage
    and the bin's end would count both for a conclusion in that bin and for a case still open at the
    vintage: the probabilities of what can be seen would sum to more than 1, and the score would not
    be proper.

    Parameters
    ----------
    lower, upper : (n,) array_like
        As in :class:`~forecast.evaluation.outcomes.Outcomes`.
    curves : SurvivalCurves
        n forecasts from the landmark on.
    follow_up : scalar or (n,) array_like
        Months from the landmark to the vintage.
    bins : sequence of float
        Lower edges, rising from 0.
    uniform : float
        w, in [0, 1).

    Returns
    -------
    (n,) array

    Raises
    ------
    DataError
        If shapes or bounds are not as they must be.

    References
    ----------
    Good (1952), doi:10.1111/j.2517-6161.1952.tb00104.x; of bins under censoring Yanagisawa (2023),
    doi:10.48550/arXiv.2305.00621.

    Examples
    --------
    >>> curves = SurvivalCurves([0, 12, 600], [[1.0, 0.5, 0.1]], [0.0], "log-linear")
    >>> log_score([12.0], [np.inf], curves, uniform=0.0).round(4)  # open after a year: -log 0.5
    array([0.6931])
    """
    edges = np.asarray(bins, dtype=np.float64)
    if edges.ndim != 1 or edges[0] != 0 or not (np.diff(edges) > 0).all():
        raise DataError("The edges of bins must rise from 0.")
    if not 0 <= uniform < 1:
        raise DataError("The weight of the uniform distribution must lie in [0, 1).")
    outcomes = as_outcomes(lower, upper, len(curves))
    begin, end = _spans(outcomes, edges, as_follow_up(follow_up, len(curves)))

    def mixed(t: FloatArray) -> FloatArray:
        spread = np.interp(t, edges, 1.0 - np.arange(len(edges)) / len(edges))
        # The last bin has no end to fall to; a vintage may cut it anywhere.
        spread = spread * edges[-1] / np.maximum(t, edges[-1])
        survival = (1.0 - uniform) * curves.at(t[:, np.newaxis])[:, 0] + uniform * spread
        return np.where(np.isinf(t), 0.0, survival)

    mass = mixed(begin) - mixed(end)
    with np.errstate(divide="ignore"):  # without a uniform part the loss may be infinite
        return -np.log(np.maximum(mass, 0.0))


def _spans(
    outcomes: Outcomes, edges: FloatArray, follow_up: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Where each outcome may lie as far as the score tells, (n,) twice."""
    lower, upper = outcomes
    # Spans are open at their lower end: what happened at an edge belongs to the bin it ends.
    holds = np.where(
        lower == upper,
        np.searchsorted(edges, lower, side="left") - 1,
        np.searchsorted(edges, lower, side="right") - 1,
    )
    begin = edges[np.clip(holds, 0, None)]
    ends = np.append(edges[1:], np.inf)
    end = ends[np.clip(np.searchsorted(ends, upper), 0, len(ends) - 1)]
    # What was seen later than the vintage that was named still counts as seen.
    end = np.minimum(end, np.maximum(follow_up, upper))
    begin = np.where(outcomes.open, lower, np.where(outcomes.ended, edges[-1], begin))
    return begin, np.where(np.isinf(upper), np.inf, end)


def brier_score(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    curves: SurvivalCurves,
    *,
    horizons: npt.ArrayLike = HORIZONS,
    follow_up: npt.ArrayLike = np.inf,
) -> FloatArray:
    r"""Brier loss of the probability of a conclusion within h months.

    .. math::
        \big[1 - S(h) - \mathbf 1\{T \le h\}\big]^2

    NaN where it is not known whether T <= h, and wherever h exceeds the follow-up, even if the case
    was concluded by then: of the landmarks less than h before the vintage only the early
    conclusions are known.

    Parameters
    ----------
    lower, upper, curves, follow_up
        As in :func:`log_score`.
    horizons : scalar or (k,) array_like
        h, months.

    Returns
    -------
    (n, k) array

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.

    Examples
    --------
    >>> curves = SurvivalCurves([0, 12, 600], [[1.0, 0.5, 0.1]], [0.0], "log-linear")
    >>> brier_score([30.0], [30.0], curves, horizons=[12, 48], follow_up=40)
    array([[0.25,  nan]])
    """
    outcomes = as_outcomes(lower, upper, len(curves))
    ahead = np.atleast_1d(np.asarray(horizons, dtype=np.float64))
    within = concluded_within(outcomes, ahead)
    within[ahead > as_follow_up(follow_up, len(curves))[:, np.newaxis]] = np.nan
    return (1.0 - curves.at(ahead) - within) ** 2


def concluded_within(outcomes: Outcomes, horizons: FloatArray) -> FloatArray:
    """Whether each case was concluded within each horizon, (n, k): 1, 0 or NaN for not known."""
    lower, upper = (bound[:, np.newaxis] for bound in outcomes)
    return np.where(upper <= horizons, 1.0, np.where(lower >= horizons, 0.0, np.nan))


def metaculus_baseline_score(
    bucket: npt.ArrayLike,
    cdf: npt.ArrayLike,
    *,
    open_lower: bool = False,
    open_upper: bool = True,
) -> FloatArray:
    r"""Metaculus' baseline score of a date or number question; here large is good, 0 is chance.

    .. math::
        \frac{100}{2} \log \frac{p_b}{u_b}, \qquad
        u_b = \begin{cases} 0.05 & \text{outside an open bound} \\
            (1 - 0.05\, n_\text{open}) / (m - 1) & \text{inside} \end{cases}

    Parameters
    ----------
    bucket : (n,) array_like of int
        0: below the range; 1 to m - 1: between two points of the CDF; m: above the range.
    cdf : (n, m) or (m,) array_like
        Cumulative probability at m equidistant points of the range.
    open_lower, open_upper : bool
        Whether the answer may lie below or above the range.

    Returns
    -------
    (n,) array
        Of a forecast that stood all the time; one that stood for a share of it scores that share.

    References
    ----------
    Metaculus, Scores FAQ, https://www.metaculus.com/help/scores-faq/, and their source,
    ``scoring/score_math.py`` of https://github.com/Metaculus/metaculus.

    Examples
    --------
    >>> metaculus_baseline_score([1, 1], [0.0, 0.475, 0.95]).round(9) + 0.0  # uniform inside: 0
    array([0., 0.])
    """
    places = np.atleast_1d(np.asarray(bucket, dtype=np.intp))
    levels = np.atleast_2d(np.asarray(cdf, dtype=np.float64))
    levels = np.broadcast_to(levels, (len(places), levels.shape[1]))
    points = levels.shape[1]
    if not ((places >= 0) & (places <= points)).all():
        raise DataError(f"A bucket of a CDF of {points} points is a number from 0 to {points}.")
    masses = np.diff(levels, axis=1, prepend=0.0, append=1.0)
    inside = (1.0 - 0.05 * (open_lower + open_upper)) / (points - 1)
    chance = np.where((places == 0) | (places == points), 0.05, inside)
    with np.errstate(divide="ignore"):
        return 50.0 * np.log(masses[np.arange(len(places)), places] / chance)
