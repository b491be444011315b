"""Concordance of predicted risks with what happened, counted in n log n."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError, NotIdentifiedError
from forecast.survival.arrays import FloatArray, IntArray

_TIE = 1e-12


class Concordance(NamedTuple):
    """Weighted counts of the comparable pairs, and the share that agrees.

    Attributes
    ----------
    share : float
        (concordant + tied / 2) / (concordant + discordant + tied).
    concordant, discordant, tied : float
        Pairs whose risks agree with the order of their events, disagree, and are equal.
    """

    share: float
    concordant: float
    discordant: float
    tied: float


def concordance(
    risk: npt.ArrayLike,
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> Concordance:
    r"""Harrell's concordance: how often the higher risk has the earlier event.

    A pair (i, j) of one stratum is comparable if i has an event at :math:`t_i` and j is at risk
    then and afterwards: :math:`\mathrm{entry}_j < t_i < \mathrm{time}_j`, or j is censored at
    :math:`t_i`. It is concordant if the risk of i is the higher one. Risks that differ by rounding
    error, 1e-12 of the largest, are tied: a linear predictor need not come out the same for two
    equal rows.

    Parameters
    ----------
    risk : (n,) array_like
        Predicted risk, such as the linear predictor of a Cox regression: high is early.
    time, event, entry, strata, weights : (n,) array_like
        As in `fit_cox`. A pair weighs the product of its weights.

    Returns
    -------
    Concordance

    Raises
    ------
    DataError
        If lengths differ or a value is missing.
    NotIdentifiedError
        If no pair is comparable.

    References
    ----------
    Harrell, Califf, Pryor, Lee and Rosati (1982), doi:10.1001/jama.1982.03320430047030.
    """
    times = np.asarray(time, dtype=np.float64)
    risks = np.asarray(risk, dtype=np.float64)
    events = np.asarray(event, dtype=np.float64) > 0
    w = np.ones(times.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    entries = None if entry is None else np.asarray(entry, dtype=np.float64)
    labels = np.zeros(times.shape) if strata is None else np.asarray(strata)
    if (
        times.ndim != 1
        or not len(times)
        or any(part.shape != times.shape for part in (risks, events, w, labels))
    ):
        raise DataError("Risks, times, events, strata and weights must be of one length, not 0.")
    if not all(np.isfinite(part).all() for part in (times, risks, w)):
        raise DataError("Risks, times and weights must be finite numbers.")

    given = [times] if entries is None else [times, entries]
    values, rank = np.unique(np.concatenate(given), return_inverse=True)
    _, stratum = np.unique(labels, return_inverse=True)
    risk_rank = _levels(risks)
    # Ranks with the stratum as leading digit: a later stratum is later and riskier, so that pairs
    # of two strata are never in one corner. Censored rows are half a step after the events.
    span = 2 * len(values)
    leave = stratum * span + 2 * rank[: len(times)] + ~events
    level = stratum * (risk_rank.max() + 1) + risk_rank
    at, own, w_event = leave[events], level[events], w[events]

    lower, up_to = _later_below(leave, level, w, at, own)
    total = _later_in_stratum(leave, stratum, w, at, stratum[events])
    if entries is not None:
        # Rows that enter at the event's time or later are not yet at risk.
        enter = stratum * span + 2 * rank[len(times) :]
        fewer = _later_below(enter, level, w, at - 1, own)
        lower, up_to = lower - fewer[0], up_to - fewer[1]
        total = total - _later_in_stratum(enter, stratum, w, at - 1, stratum[events])
    concordant = float(w_event @ lower)
    tied = float(w_event @ (up_to - lower))
    discordant = float(w_event @ (total - up_to))
    pairs = concordant + tied + discordant
    if not pairs > 0:
        raise NotIdentifiedError("No two rows can be compared: nobody was at risk after an event.")
    return Concordance((concordant + tied / 2) / pairs, concordant, discordant, tied)


def _levels(risks: FloatArray) -> IntArray:
    """Ranks of the risks, (n,); those within rounding error of the next one share a rank."""
    distinct, rank = np.unique(risks, return_inverse=True)
    apart = np.diff(distinct) > _TIE * np.abs(distinct).max(initial=0.0)
    result: IntArray = np.concatenate(([0], np.cumsum(apart)))[rank]
    return result


def _later_below(
    position: IntArray, level: IntArray, weights: FloatArray, at: IntArray, below: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Weight of the rows later than `at` with a level < `below`, and with a level <= `below`."""
    order = np.argsort(-position, kind="stable")
    prefix = np.searchsorted(-position[order], -at, side="left")
    # Dense levels: as few bits as there are distinct ones.
    distinct, dense = np.unique(level[order], return_inverse=True)
    bound = np.searchsorted(distinct, below)
    counts = _prefix_sums_below(
        dense, weights[order], np.tile(prefix, 2), np.concatenate([bound, bound + 1])
    )
    return counts[: len(at)], counts[len(at) :]


def _later_in_stratum(
    position: IntArray, stratum: IntArray, weights: FloatArray, at: IntArray, of: IntArray
) -> FloatArray:
    """Weight of the rows of the stratum `of` that are later than `at`."""
    order = np.argsort(position, kind="stable")
    sums = np.concatenate(([0.0], np.cumsum(weights[order])))
    end = np.searchsorted(stratum[order], of, side="right")
    begin = np.searchsorted(position[order], at, side="right")
    result: FloatArray = sums[end] - sums[begin]
    return result


def _prefix_sums_below(
    level: IntArray, weights: FloatArray, prefix: IntArray, bound: IntArray
) -> FloatArray:
    """Sum of weights[:prefix] where level[:prefix] < bound, for many (prefix, bound) at once.

    A wavelet matrix: bit by bit, from the highest, the rows are parted stably into those with the
    bit 0 and those with 1. Where the bound's bit is 1, the rows of its range with bit 0 are all
    below it; the range goes on among the rows that share the bound's bit.

    References
    ----------
    Claude, Navarro and Ordonez (2015), doi:10.1016/j.is.2014.06.002.
    """
    sums = np.zeros(len(prefix))
    first, past = np.zeros_like(prefix), prefix.copy()
    bits = max(int(level.max(initial=0)), int(bound.max(initial=0))).bit_length()
    for bit in range(bits - 1, -1, -1):
        zero = (level >> bit) & 1 == 0
        zeros = np.concatenate(([0], np.cumsum(zero)))
        weight = np.concatenate(([0.0], np.cumsum(np.where(zero, weights, 0.0))))
        is_one = (bound >> bit) & 1 == 1
        sums += np.where(is_one, weight[past] - weight[first], 0.0)
        first_zero, past_zero = zeros[first], zeros[past]
        first = np.where(is_one, zeros[-1] + first - first_zero, first_zero)
        past = np.where(is_one, zeros[-1] + past - past_zero, past_zero)
        parted = np.concatenate([np.flatnonzero(zero), np.flatnonzero(~zero)])
        level, weights = level[parted], weights[parted]
    return sums
