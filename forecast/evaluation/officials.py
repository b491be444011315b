"""The officials' record: how often promises were met, and how late they were.

One promise a negotiation (or cluster of near-copies) and kind of speaker counts in every row of a table.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import betaincinv

from forecast.archive import FAILURE, Archive
from forecast.errors import NothingToForecastError, NotIdentifiedError
from forecast.evaluation.bootstrap import LEVEL, SMALLEST_CELL, effective_number
from forecast.evaluation.promises import (
    RESOLVED,
    SHORT_MONTHS,
    PromiseOutcome,
    first_of_each,
    independent_groups,
    record,
)
from forecast.survival import kaplan_meier
from forecast.survival.arrays import BoolArray, FloatArray
from forecast.timing import CONCLUDED, ENDED
from forecast.timing.promises import OFFICIALS

_HORIZONS = (
    (SHORT_MONTHS, f"up to {SHORT_MONTHS:.0f} months"),
    (12.0, f"{SHORT_MONTHS:.0f} to 12 months"),
    (np.inf, "over 12 months"),
)


class HitRate(NamedTuple):
    """How often promises had been met: a probability and what it rests on."""

    probability: float
    met: int
    resolved: int
    basis: str


def headline(promises: pd.DataFrame) -> pd.DataFrame:
    """Promises of officials, without talks looked for because they failed: those oversample failures."""
    official = promises["speaker"].isin(OFFICIALS)
    return promises[official & (promises["searched_for"] != FAILURE)]


def breakdown(promises: pd.DataFrame) -> pd.DataFrame:
    """Tabulate promises by speaker, horizon, event and family.

    Parameters
    ----------
    promises : DataFrame
        As in :class:`~forecast.evaluation.promises.Record`.

    Returns
    -------
    DataFrame
        Columns ``group``, ``value`` and those of :func:`summary`. The first row is of the
        :func:`headline`; the second has the talks looked for because they failed, too. The rows by
        horizon, event and family are of officials.

    Raises
    ------
    NothingToForecastError
        If there is no promise.
    """
    if promises.empty:
        raise NothingToForecastError("no promise with a date is known by then")
    official = promises[promises["speaker"].isin(OFFICIALS)]
    rows: list[dict[str, object]] = [
        {"group": "headline", "value": "officials", **summary(headline(promises))},
        {"group": "all", "value": "and failed talks", **summary(official)},
        {"group": "all", "value": "and press, experts", **summary(promises)},
    ]
    rows += _by(promises, "speaker", promises["speaker"])
    rows += _by(official, "horizon", horizon(official["promised"]))
    longer = official[official["promised"] > SHORT_MONTHS]
    rows += [{"group": "horizon", "value": f"over {SHORT_MONTHS:.0f} months", **summary(longer)}]
    rows += _by(official, "event", official["event"].str.replace("_", " "))
    rows += _by(official, "family", official["family"])
    return pd.DataFrame(rows)


def horizon(promised: pd.Series) -> pd.Series:
    """Band of each promise by how far ahead it was made; short ones are kept apart."""
    edges = [-np.inf, *(edge for edge, _ in _HORIZONS)]
    return pd.cut(promised, edges, labels=[label for _, label in _HORIZONS])


def summary(promises: pd.DataFrame) -> dict[str, float | int]:
    """Counts, share met and median slip of one group of promises.

    Returns
    -------
    dict
        ``claims``; ``promises`` (the first of each negotiation and kind of speaker), of which the rest
        speaks; ``negotiations`` (clusters counted once); one count an outcome; ``resolved`` and the
        ``effective`` number of independent ones; ``share_met`` with ``low`` and ``high`` of a 90 %
        interval; ``late_months`` and ``ratio``, Kaplan-Meier medians of months after the promised day and
        of (actual + 1)/(promised + 1). NaN below 20 resolved promises, a median also where fewer than
        half come true.
    """
    first = first_of_each(promises)
    counts = first["outcome"].value_counts()
    resolved = first[first["outcome"].isin(RESOLVED)]
    told = len(resolved) >= SMALLEST_CELL
    share = float((resolved["outcome"] == PromiseOutcome.MET).mean()) if told else np.nan
    effective = effective_number(independent_groups(resolved))
    low, high = share_interval(share, effective) if told else (np.nan, np.nan)
    return {
        "claims": len(promises),
        "promises": len(first),
        "negotiations": first["cluster"].nunique(),
        **{str(outcome): int(counts.get(outcome, 0)) for outcome in PromiseOutcome},
        "resolved": len(resolved),
        "effective": effective,
        "share_met": share,
        "low": low,
        "high": high,
        "late_months": median_late(first) if told else np.nan,
        "ratio": median_ratio(first) if told else np.nan,
    }


def share_interval(share: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    r"""Jeffreys interval of a share of n observations.

    Quantiles of a Beta(:math:`sn + 1/2`, :math:`(1 - s)n + 1/2`), the lower limit 0 where s = 0 and the
    upper one 1 where s = 1. With an effective number for n, promises on negotiations of the same parties
    or near-copies are taken to share one fate.

    References
    ----------
    Brown, Cai and DasGupta (2001), doi:10.1214/ss/1009213286.
    """
    a, b, tail = share * n + 0.5, (1.0 - share) * n + 0.5, (1.0 - level) / 2.0
    low = 0.0 if share == 0.0 else float(betaincinv(a, b, tail))
    high = 1.0 if share == 1.0 else float(betaincinv(a, b, 1.0 - tail))
    return low, high


def median_ratio(promises: pd.DataFrame) -> float:
    """Kaplan-Meier median of (actual + 1)/(promised + 1), months.

    An event known to an interval counts at its middle. Promises on talks that ended without agreement
    stay unmet up to the as-of date: they are not lost from sight, they never come true.
    """
    actual, met = _watched(promises)
    return _median((actual + 1.0) / (promises["promised"].to_numpy() + 1.0), met)


def median_late(promises: pd.DataFrame) -> float:
    """Kaplan-Meier median of the months after the promised day, negative before it."""
    actual, met = _watched(promises)
    late = actual - promises["promised"].to_numpy()
    # The estimator wants positive times, and a median moves with what is added to all of them.
    shift = 1.0 - late.min()
    return float(_median(late + shift, met) - shift)


def past_rate(view: Archive, speaker: str) -> HitRate:
    """How often promises of a kind of speaker had been met, as far as a view shows.

    Met plus one over resolved plus two, of the first promise of each negotiation and kind of speaker.
    Without a resolved promise of the kind those of all kinds count; without any it is one half.
    """
    first = first_of_each(record(view).promises)
    resolved = first[first["outcome"].isin(RESOLVED)]
    own = resolved[resolved["speaker"] == speaker]
    for basis, rows in ((speaker, own), ("all kinds", resolved)):
        if len(rows):
            met = int((rows["outcome"] == PromiseOutcome.MET).sum())
            return HitRate((met + 1) / (len(rows) + 2), met, len(rows), basis)
    return HitRate(0.5, 0, 0, "no promise resolved yet")


def _by(promises: pd.DataFrame, group: str, labels: pd.Series) -> Iterator[dict[str, object]]:
    sizes = labels.value_counts(sort=not isinstance(labels.dtype, pd.CategoricalDtype))
    for value in sizes.index:
        yield {"group": group, "value": value, **summary(promises[labels == value])}


def _watched(promises: pd.DataFrame) -> tuple[FloatArray, BoolArray]:
    """Months from each promise to its event or to where it was last seen unmet, and whether it came."""
    lower, upper = promises["lower"].to_numpy(), promises["upper"].to_numpy()
    concluded = (promises["cause"] == CONCLUDED).to_numpy()
    ended = (promises["cause"] == ENDED).to_numpy()
    unmet = np.where(ended, promises["watched"].to_numpy(), lower)
    return np.where(concluded, (lower + upper) / 2.0, unmet), concluded


def _median(times: FloatArray, came: BoolArray) -> float:
    try:
        curve, _ = kaplan_meier(times, came)
    except NotIdentifiedError:
        return np.nan
    # Beyond its last event the curve is no estimate.
    reached = 1.0 - float(curve.survival[0, -1]) >= 0.5
    return float(curve.quantile(0.5)[0, 0]) if reached else np.nan
