"""Priors of the hierarchical model: every one an argument, with the default of the design."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from scipy.special import erfinv, ndtr, ndtri

from forecast.errors import UsageError
from forecast.models.aft import PRIOR_SD
from forecast.survival.arrays import FloatArray

# Standard scores are held within plus and minus this: below, a deviation rounds to 0; above, it stays finite.
_LARGEST_SCORE = 30.0
# From this score on the distribution function is too near 1 to be inverted.
_FAR = 5.0


class Normal(NamedTuple):
    """Normal prior; of a log or logit where the name says so."""

    mean: float
    sd: float


SCALES: Mapping[str, Normal] = MappingProxyType(
    {
        "lognormal": Normal(0.6, 0.3),
        "weibull": Normal(0.6, 0.35),
        "loglogistic": Normal(log(1.1), 0.3),
    }
)
"""Priors of the log of the scale sigma by family; a Weibull shape is 1 / sigma.

The widest of the centres that were tried on the landmarks before 2018 (``reports/backtest/variants.csv``):
the log score there fell with every step and was still falling, so this is an edge and no optimum. Narrower
ones made slow talks too unlikely, for the rows of that time are mostly talks known only because they had
ended, and these are more alike than open ones. Of all rows at the vintage the log evidence is 4 to 5 nats
better under :data:`NARROW_SCALES`; the choice moves log sigma there by 0.05 and the answer by 1 to 2 points
(``forecast sensitivity``).
"""

NARROW_SCALES: Mapping[str, Normal] = MappingProxyType(
    {
        "lognormal": Normal(log(0.75), 0.3),
        "weibull": Normal(-log(1.3), 0.35),
        "loglogistic": Normal(log(0.45), 0.3),
    }
)
"""The centres before that: log-normal talks two thirds of which lie within a factor of two."""


_MEDIAN = Normal(log(24.0), 0.6)
_NEVER = Normal(-2.0, 0.7)
_LOG_ENDING_RATE = Normal(-log(60.0), 0.7)


@dataclass(frozen=True)
class HierarchicalPriors:
    """Priors on the log scale of months.

    Attributes
    ----------
    median : Normal
        Log of the median duration of an average case.
    family_sd, party_sd, cluster_sd : float
        Scales of the half-normal priors on the standard deviations between families, parties and clusters
        of near-copies.
    coefficient_means : mapping or None
        Prior mean of a coefficient by covariate; None: those of the registry.
    coefficient_sd : float
        Their standard deviation.
    log_scale : Normal or None
        Log of sigma; None: that of the family in :data:`SCALES`.
    never : Normal
        Logit of the never share of an average family.
    never_sd : float
        Scale of the half-normal prior on the standard deviation between families' logits.
    log_ending_rate : Normal
        Log of the rate a month at which attempts that never conclude are ended formally.
    """

    median: Normal = _MEDIAN
    family_sd: float = 0.5
    party_sd: float = 0.25
    cluster_sd: float = 0.5
    coefficient_means: Mapping[str, float] | None = None
    coefficient_sd: float = PRIOR_SD
    log_scale: Normal | None = None
    never: Normal = _NEVER
    never_sd: float = 0.5
    log_ending_rate: Normal = _LOG_ENDING_RATE

    def __post_init__(self) -> None:
        spreads = {name: getattr(self, name) for name in _SPREADS}
        spreads |= {name: getattr(self, name)[1] for name in ("median", "never", "log_ending_rate")}
        if self.log_scale is not None:
            spreads["log_scale"] = self.log_scale[1]
        for name, spread in spreads.items():
            if not spread > 0:
                raise UsageError(f"the prior {name} needs a positive spread, not {spread}")

    def scale_of(self, family: str) -> Normal:
        """Prior of the log scale of a family of durations."""
        if self.log_scale is not None:
            return Normal(*self.log_scale)
        if family not in SCALES:
            raise UsageError(
                f"{family!r} has no prior of its scale; one of {', '.join(SCALES)}, or give log_scale"
            )
        return SCALES[family]


_SPREADS = ("family_sd", "party_sd", "cluster_sd", "coefficient_sd", "never_sd")


def half_normal(score: FloatArray, scale: float) -> FloatArray:
    """Half-normal variable at standard normal scores: the same quantile of it.

    Parameters
    ----------
    score : array
        Standard normal scores u.
    scale : float
        Scale s of the half-normal distribution, which is |N(0, s)|.
    """
    u = np.clip(score, -_LARGEST_SCORE, _LARGEST_SCORE)
    # erf of x / (s sqrt 2) is the distribution function, so this is its inverse at Phi(u). Near 1 that has
    # no digits left: far out the upper tail P(X > x) = 2 Phi(-x / s) is inverted at Phi(-u).
    near = sqrt(2.0) * erfinv(ndtr(np.minimum(u, _FAR)))
    far = -ndtri(0.5 * ndtr(-np.maximum(u, _FAR)))
    value: FloatArray = scale * np.where(u < _FAR, near, far)
    return value
