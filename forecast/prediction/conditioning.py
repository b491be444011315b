"""What is known about an open case: from a curve since the launch to one after the as-of date."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from forecast.prediction.grid import months_ahead
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray


class Ages(NamedTuple):
    """Ages of a case, in months since its launch.

    ``open_at``: last shown unconcluded; ``searched``: sources were searched up to here; ``as_of``: the
    date of the forecast; each at most the next.
    """

    open_at: float
    searched: float
    as_of: float


class Remaining(NamedTuple):
    """Probability of a conclusion before the as-of date, and survival at :func:`months_ahead` after."""

    unseen: float
    survival: FloatArray
    never: float

    def curve(self) -> SurvivalCurves:
        """Survival after the as-of date, one case."""
        return SurvivalCurves(
            months_ahead(), self.survival[np.newaxis], np.array([self.never]), "log-linear"
        )

    def probability_within(self, months: float) -> float:
        """Probability that it is concluded within some months of the as-of date, or already."""
        return float(1.0 - (1.0 - self.unseen) * self.curve().at(months)[0, 0])


def remaining(curve: SurvivalCurves, ages: Ages, miss_rate: float) -> Remaining:
    r"""Condition a curve on what is known of an open case.

    It was open at age c. Up to age v it was searched for, and a conclusion between c and v would have
    escaped with probability m. With a the age at the as-of date:

    .. math::
        \text{total} = m S(c) + (1 - m) S(v), \qquad
        P(T > t) = S(t) / \text{total} \quad (t \ge a \ge v)

    and 1 - S(a) / total is the chance that it is concluded without our sources showing it.

    Parameters
    ----------
    curve : SurvivalCurves
        One case, since the launch. It is first conditioned on being open at c.
    ages : Ages
    miss_rate : float
        m, in [0, 1].
    """
    known = curve.given(ages.open_at)
    searched, now = known.at([ages.searched, ages.as_of])[0]
    total = miss_rate + (1.0 - miss_rate) * searched
    later = known.at(ages.as_of + months_ahead())[0]
    return Remaining(
        unseen=float(1.0 - now / total),
        survival=later / now,
        never=float(known.never[0] / now),
    )


def mix(parts: Sequence[Remaining], weights: FloatArray) -> Remaining:
    """Mixture of conditional forecasts: each member is conditioned first, then they are mixed."""
    shares = weights / weights.sum()
    open_now = shares * np.array([1.0 - part.unseen for part in parts])
    still = float(open_now.sum())
    return Remaining(
        unseen=1.0 - still,
        survival=open_now @ np.stack([part.survival for part in parts]) / still,
        never=float(open_now @ np.array([part.never for part in parts]) / still),
    )
