"""Concordance: whether the cases that were forecast to conclude earlier did.

Pairs are counted one by one and not as in :mod:`forecast.survival.concordance`, because an outcome
with imprecise dates has two times: it is surely later than others from `lower` on, and surely
earlier up from `upper`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError, NotIdentifiedError
from forecast.evaluation.outcomes import Outcomes, as_outcomes
from forecast.evaluation.weighting import probability_followed
from forecast.survival import Concordance
from forecast.survival.arrays import FloatArray


def harrell_concordance(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    risk: npt.ArrayLike,
    *,
    strata: npt.ArrayLike | None = None,
) -> Concordance:
    r"""Harrell's concordance of outcomes that may be imprecise.

    A pair (i, j) of one stratum is comparable if i surely concluded before j: :math:`u_i < l_j`, or
    :math:`u_i = l_j` where j is not concluded exactly then. It is concordant if the risk of i is
    the higher one.

    Parameters
    ----------
    lower, upper : (n,) array_like
        As in :class:`~forecast.evaluation.outcomes.Outcomes`.
    risk : (n,) array_like
        High is early, such as the probability of a conclusion within two years.
    strata : (n,) array_like, optional
        Pairs are formed within one, such as a landmark.

    Returns
    -------
    Concordance

    Raises
    ------
    NotIdentifiedError
        If no pair is comparable.

    References
    ----------
    Harrell, Califf, Pryor, Lee and Rosati (1982), doi:10.1001/jama.1982.03320430047030.

    Examples
    --------
    >>> harrell_concordance([3.0, 8.0, 5.0], [4.0, 8.0, float("inf")], [0.9, 0.2, 0.5]).share
    1.0
    """
    outcomes, risks = _checked(lower, upper, risk)
    return _counted(outcomes, risks, np.ones(len(risks)), strata)


def uno_concordance(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    risk: npt.ArrayLike,
    *,
    before: float = np.inf,
    strata: npt.ArrayLike | None = None,
) -> Concordance:
    r"""Uno's concordance, which does not depend on when rows were lost.

    Pairs as in :func:`harrell_concordance` whose earlier conclusion is before a time, each weighted
    by :math:`G(u_i-)^{-2}`, G being the probability of not being lost yet.

    Parameters
    ----------
    lower, upper, risk, strata
        As in :func:`harrell_concordance`; G is estimated from all rows together.
    before : float
        Months.

    References
    ----------
    Uno, Cai, Pencina, D'Agostino and Wei (2011), doi:10.1002/sim.4154.
    """
    outcomes, risks = _checked(lower, upper, risk)
    counted = outcomes.upper < before
    followed = probability_followed(outcomes, outcomes.upper)
    weights = np.where(counted, np.where(counted, followed, 1.0) ** -2.0, 0.0)
    return _counted(outcomes, risks, weights, strata)


def _checked(
    lower: npt.ArrayLike, upper: npt.ArrayLike, risk: npt.ArrayLike
) -> tuple[Outcomes, FloatArray]:
    risks = np.asarray(risk, dtype=np.float64)
    outcomes = as_outcomes(lower, upper)
    if risks.shape != outcomes.lower.shape or not np.isfinite(risks).all():
        raise DataError("Risks must be finite, one for each outcome.")
    return outcomes, risks


def _counted(
    outcomes: Outcomes, risks: FloatArray, weights: FloatArray, strata: npt.ArrayLike | None
) -> Concordance:
    """Weights of the pairs, summed by whether risks agree; a pair weighs what its earlier row does."""
    labels = np.zeros(len(risks)) if strata is None else np.asarray(strata)
    lower, upper = outcomes
    tie = 1e-12 * np.abs(risks).max(initial=0.0)
    sums = np.zeros(3)
    for i in np.flatnonzero(np.isfinite(upper) & (weights > 0)):
        later = (upper[i] < lower) | ((upper[i] == lower) & (lower < upper))
        others = risks[later & (labels == labels[i])]
        above = np.count_nonzero(risks[i] > others + tie)
        below = np.count_nonzero(risks[i] < others - tie)
        sums += weights[i] * np.array([above, below, len(others) - above - below])
    concordant, discordant, tied = map(float, sums)
    pairs = concordant + discordant + tied
    if not pairs > 0:
        raise NotIdentifiedError(
            "No two rows can be compared: none surely concluded before another."
        )
    return Concordance((concordant + tied / 2) / pairs, concordant, discordant, tied)
