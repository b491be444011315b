"""Scores where rows were lost before the vintage, weighted for those that were not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.evaluation.outcomes import Outcomes, as_follow_up, as_outcomes
from forecast.evaluation.scores import brier_score
from forecast.survival import SurvivalCurves, kaplan_meier
from forecast.survival.arrays import FloatArray

# No row is lost before its landmark; the product-limit estimate wants times above 0.
_SOON = 1e-9


class WeightedScore(NamedTuple):
    """A mean score by inverse probability of censoring, NaN without rows.

    `rows` could be followed up to the horizon; of them `lost` were not, or have imprecise dates
    about it, and the others stand for them.
    """

    score: float
    rows: int
    lost: int


def ipcw_brier_score(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    curves: SurvivalCurves,
    *,
    horizon: float,
    follow_up: npt.ArrayLike = np.inf,
) -> WeightedScore:
    r"""Mean Brier loss at a horizon, of the rows whose vintage is at least that far away.

    .. math::
        \frac 1n \sum_i \frac{b_i(h)}{G(\min(T_i, h)-)} \mathbf 1\{\text{known at } h\}

    with :math:`b_i` of :func:`~forecast.evaluation.scores.brier_score` and G the product-limit
    estimate of the probability of not being lost yet. Rows that are known at h stand for those that
    were lost; if none was, it is the mean Brier loss.

    Parameters
    ----------
    lower, upper, curves, follow_up
        As in :func:`~forecast.evaluation.scores.brier_score`.
    horizon : float
        h, months.

    Returns
    -------
    WeightedScore

    References
    ----------
    Graf, Schmoor, Sauerbrei and Schumacher (1999),
    doi:10.1002/(SICI)1097-0258(19990915/30)18:17/18<2529::AID-SIM274>3.0.CO;2-5.
    """
    outcomes = as_outcomes(lower, upper, len(curves))
    losses = brier_score(*outcomes, curves, horizons=horizon, follow_up=follow_up)[:, 0]
    eligible = as_follow_up(follow_up, len(curves)) >= horizon
    low, high, losses = outcomes.lower[eligible], outcomes.upper[eligible], losses[eligible]
    if not len(losses):
        return WeightedScore(np.nan, 0, 0)
    lost = np.isnan(losses)
    seen = Outcomes(low, np.where(lost, np.inf, high))
    weights = 1.0 / probability_followed(seen, np.minimum(seen.upper, horizon))
    total = np.sum(np.where(lost, 0.0, losses * weights))
    return WeightedScore(float(total / len(losses)), len(losses), int(lost.sum()))


def probability_followed(outcomes: Outcomes, at: FloatArray) -> FloatArray:
    """Probability of being lost at `at` (k,) or later, by the product limit of the losses, (k,).

    A row that concludes is followed until then, and one that ended without agreement for ever. At
    equal times conclusions come before losses.
    """
    lost = outcomes.open
    if not lost.any():
        return np.ones(len(at))
    last = np.max(outcomes.lower[lost])
    until = np.where(
        lost, outcomes.lower, np.nextafter(np.minimum(outcomes.upper, last + 1.0), 0.0)
    )
    curve, _ = kaplan_meier(np.maximum(until, _SOON), lost)
    # The curve of durations would go on falling beyond its last step, and none is lost there.
    followed: FloatArray = curve.at(np.minimum(np.nextafter(at, 0.0), max(last, _SOON)))[0]
    return followed
