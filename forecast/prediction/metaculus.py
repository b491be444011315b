"""A forecast as the cumulative distribution that Metaculus takes for a date question."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from forecast.errors import DataError, NothingToForecastError, UsageError
from forecast.prediction.forecast import Forecast
from forecast.prediction.grid import months_between
from forecast.survival.arrays import FloatArray

POINTS = 201
"""Points of the distribution, at equal distances over the question's range."""

LEAST_STEP = 5e-5
"""Smallest probability between two points."""

LARGEST_STEP = 0.2
"""Largest probability between two points.

The site allowed 0.59 and came down to 0.2; a distribution under the smaller bound keeps both.
"""

LEAST_OUTSIDE = 0.001
"""Smallest probability outside an open bound."""

# The site rounds to ten decimals before it checks; the bounds are multiples of that.
_DECIMALS = 10


def metaculus_cdf(
    forecast: Forecast,
    first: date,
    last: date,
    *,
    open_lower: bool = True,
    open_upper: bool = True,
) -> FloatArray:
    r"""Cumulative probability at 201 points from `first` to `last`, as the site will accept it.

    Conclusions before `first` are below the range, later ones and never above it; what lies outside
    a closed bound is left out and the rest divided by what remains. Then

    .. math:: p_i \leftarrow f_i + \big(1 - \textstyle\sum_j f_j\big) p_i

    gives each step, and each open end, its least probability :math:`f_i`, as a mixture with about
    1 %; what a step has above the largest allowed goes to the nearest steps with room.

    Parameters
    ----------
    forecast : Forecast
        Of an open negotiation. What was concluded by its as-of date, unseen, is spread evenly since
        the negotiation was last seen open.
    first, last : datetime.date
        Range of the question.
    open_lower, open_upper : bool
        Whether the answer may lie outside that end of the range.

    Returns
    -------
    (201,) array

    Raises
    ------
    UsageError
        If `last` is not after `first`.
    DataError
        If nothing of the forecast lies within closed bounds.
    NothingToForecastError
        If the negotiation was no longer open.

    References
    ----------
    Metaculus, https://github.com/Metaculus/metaculus, ``questions/serializers/common.py``, function
    ``continuous_validation``.
    """
    if last <= first:
        raise UsageError(f"the range of a question must end after it begins: {first} to {last}")
    if forecast.end is not None:
        raise NothingToForecastError(
            f"{forecast.negotiation} has no open question: {forecast.end.text}"
        )
    start = months_between(forecast.as_of, first)
    months = start + np.linspace(0.0, months_between(first, last), POINTS)
    masses = np.diff(_probability(forecast, months), prepend=0.0, append=1.0)
    masses[[0, -1]] *= [open_lower, open_upper]
    total = masses.sum()
    if not total > 0:
        raise DataError(f"{forecast.negotiation} is sure not to be concluded in this range")
    floor = np.full(POINTS + 1, LEAST_STEP)
    floor[[0, -1]] = np.array([open_lower, open_upper]) * LEAST_OUTSIDE
    masses = floor + (1.0 - floor.sum()) * masses / total
    inside = _capped(masses[1:-1], LARGEST_STEP)
    cdf = np.cumsum(np.concatenate([masses[:1], inside]))
    result: FloatArray = np.round(cdf, _DECIMALS)
    return result


def metaculus_question(
    forecast: Forecast,
    first: date,
    last: date,
    *,
    open_lower: bool = True,
    open_upper: bool = True,
) -> dict[str, Any]:
    """Return the distribution with what it answers, ready for JSON; :func:`metaculus_cdf` explains."""
    cdf = metaculus_cdf(forecast, first, last, open_lower=open_lower, open_upper=open_upper)
    return {
        "negotiation": forecast.negotiation,
        "title": forecast.title,
        "resolution": forecast.resolution,
        "as_of": str(forecast.as_of),
        "range": [str(first), str(last)],
        "open_lower_bound": open_lower,
        "open_upper_bound": open_upper,
        "below": float(cdf[0]),
        "above": round(1.0 - float(cdf[-1]), _DECIMALS),
        "continuous_cdf": cdf.tolist(),
    }


def _probability(forecast: Forecast, months: FloatArray) -> FloatArray:
    """Probability of a conclusion by so many months after the as-of date, or before it."""
    unseen = forecast.outlook.unseen
    survival = forecast.outlook.curve().at(months)[0]
    since = months_between(forecast.as_of, forecast.open_at)
    already = np.interp(months, [since, 0.0], [0.0, unseen])
    return np.where(months < 0, already, 1.0 - (1.0 - unseen) * survival)


def _capped(masses: FloatArray, cap: float) -> FloatArray:
    """Masses of which none exceeds the cap: the excess goes to the nearest that have room."""
    result = np.minimum(masses, cap)
    for place in np.flatnonzero(masses > cap):
        excess = masses[place] - cap
        order = np.argsort(np.abs(np.arange(len(masses)) - place), kind="stable")
        room = cap - result[order]
        given = np.clip(excess - (np.cumsum(room) - room), 0.0, room)
        result[order] += given
    return result
