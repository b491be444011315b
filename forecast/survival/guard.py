"""What a small or nearly separated sample does to a fit, said in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from forecast.survival.arrays import FloatArray, column_range
from forecast.survival.durations import CONCLUDED
from forecast.survival.gompertz import Gompertz
from forecast.survival.likelihood import CensoredLikelihood

Kind = Literal["few events", "near separation", "runaway standard error"]

# A coefficient whose standard error, over the range of its column, exceeds this many log months
# (a factor of 150 either way) is not determined by the data, whatever its estimate; nor is a shape
# or the logit of a share.
_LARGEST_ERROR = 5.0
_EVENTS_PER_PARAMETER = 1.5


@dataclass(frozen=True)
class Concern:
    """Something that a reader of a fit must know.

    Attributes
    ----------
    kind : str
        'few events', 'near separation' or 'runaway standard error'.
    parameter : str or None
        The parameter that it is about; None: all.
    sentence : str
        What to tell the reader.
    """

    kind: Kind
    parameter: str | None
    sentence: str


def concerns(
    likelihood: CensoredLikelihood,
    names: tuple[str, ...],
    theta: FloatArray,
    covariance: FloatArray,
) -> tuple[Concern, ...]:
    """Examine a fit.

    A fit is said to rest on few events where there are under three conclusions for two parameters
    that no prior holds. A column's coefficient is nearly separated where its standard error times
    the column's range exceeds 5 log months (a constant column's range is its absolute value);
    any other parameter has a runaway standard error where that exceeds 5 (a Gompertz shape's is
    taken over the longest time).

    Parameters
    ----------
    likelihood : CensoredLikelihood
    names : tuple of str
        Names of the parameters.
    theta : (k,) array
        Estimates.
    covariance : (k, k) array
        Their covariance.
    """
    found = _few_events(likelihood)
    errors = np.sqrt(np.maximum(np.diag(covariance), 0.0))
    columns = likelihood.design.shape[1]
    spread = np.append(_spread(likelihood), np.ones(len(theta) - columns))
    if isinstance(likelihood.family, Gompertz):
        spread[columns] = likelihood.y["lower"].max()
    for k in np.flatnonzero(errors * spread > _LARGEST_ERROR):
        if k < columns:
            found.append(
                Concern(
                    "near separation",
                    names[k],
                    f"The data hardly determine {names[k]!r} (estimate {theta[k]:.3g}, standard "
                    f"error {errors[k]:.3g}): it nearly separates the cases that concluded; add a "
                    "prior (penalty) on it, drop it, or bring more cases.",
                )
            )
        else:
            found.append(
                Concern(
                    "runaway standard error",
                    names[k],
                    f"The data hardly determine {names[k]!r} (estimate {theta[k]:.3g}, standard "
                    f"error {errors[k]:.3g}); choose a simpler family, set a prior, or bring more "
                    "cases.",
                )
            )
    return tuple(found)


def _few_events(likelihood: CensoredLikelihood) -> list[Concern]:
    counted = (likelihood.y["cause"] == CONCLUDED) & (likelihood.weights > 0)
    events, free = int(counted.sum()), int((likelihood.prior.precision == 0).sum())
    if events >= _EVENTS_PER_PARAMETER * free:
        return []
    return [
        Concern(
            "few events",
            None,
            f"{events} conclusions for {free} parameters without a prior are few: the estimates "
            "lean to extremes and their standard errors are too small; set priors or drop "
            "covariates.",
        )
    ]


def _spread(likelihood: CensoredLikelihood) -> FloatArray:
    """Range of each column; of one that does not vary its size, and 1 if that is 0."""
    lowest, highest = column_range(likelihood.design)
    width: FloatArray = np.where(highest > lowest, highest - lowest, np.abs(highest))
    return np.where(width > 0, width, 1.0)
