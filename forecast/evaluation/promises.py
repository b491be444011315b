"""What was promised and what came of it: one row a forecast claim, as one as-of view shows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from forecast.archive import DAYS_PER_MONTH, Archive, DateRange, Negotiation
from forecast.errors import NothingToForecastError
from forecast.evaluation.bootstrap import related
from forecast.survival import durations
from forecast.survival.arrays import DurationArray, IntArray
from forecast.timing import CONCLUDED, ENDED, OPEN, Spell
from forecast.timing.promises import FORECAST, UNDATED, Promise, promise_of

SHORT_MONTHS = 3.0
"""A promise made at most so many months ahead is a short one."""

_COLUMNS = (
    "negotiation", "title", "parties", "family", "domain", "cluster", "searched_for", "event", "speaker",
    "said_by", "said", "said_exactly", "deadline", "outcome", "earliest", "promised", "lower", "upper",
    "watched", "cause", "statement", "url",
)  # fmt: skip


class PromiseOutcome(StrEnum):
    """What became of a promise."""

    MET = "met"
    LATE = "late"
    STILL_OPEN = "missed, still open"
    ENDED = "ended without agreement"
    UNDETERMINED = "undetermined"
    PENDING = "not yet due"


RESOLVED = (
    PromiseOutcome.MET,
    PromiseOutcome.LATE,
    PromiseOutcome.STILL_OPEN,
    PromiseOutcome.ENDED,
)
"""Outcomes that say whether the promise was kept."""


@dataclass(frozen=True)
class Record:
    """All promises that a view shows, and what was left out.

    Attributes
    ----------
    promises : DataFrame
        Index the claim; negotiation, ``family``, ``domain``, ``cluster``, ``searched_for``, ``event``,
        ``speaker``, ``said_by``, ``said`` (day) and ``said_exactly``, ``deadline`` (last promised day),
        ``outcome``, and in months after ``said``: ``earliest`` and ``promised`` (first and last promised
        day), ``lower`` and ``upper`` (bounds of what it took; infinite while open), ``watched`` (the
        as-of date). ``cause`` is that of :func:`forecast.durations`.
    left_out : Series
        Why a forecast claim is no promise, by claim.
    as_of : datetime.date
    """

    promises: pd.DataFrame
    left_out: pd.Series
    as_of: date


def record(view: Archive) -> Record:
    """Promises of an as-of view and what came of them by its date.

    Of a claim whose day is known only to a range, the middle of that part of it counts that lies before
    the promised day and before the event. The promise is met by a documented end on or before its last
    promised day ("within 2025": 31 December). An end whose possible days lie on both sides of that day
    is undetermined, and so is an open case that no source shows beyond it.

    Parameters
    ----------
    view : Archive
        Only its claims and milestones are read, so that the record as of a day knows nothing later.

    Returns
    -------
    Record
    """
    kept: dict[str, dict[str, object]] = {}
    left_out = dict.fromkeys(undated(view, FORECAST), UNDATED)
    for negotiation in view.values():
        for claim in negotiation.claims:
            if claim.kind != FORECAST or claim.said_on is None:
                continue
            try:
                promise = promise_of(negotiation, claim, view.date)
            except NothingToForecastError as reason:
                left_out[claim.id] = str(reason)
                continue
            kept[claim.id] = _row(negotiation, promise, view.date)
    promises = pd.DataFrame.from_dict(kept, orient="index", columns=list(_COLUMNS))
    return Record(
        promises.rename_axis("claim"),
        pd.Series(left_out, dtype=object, name="reason").rename_axis("claim"),
        view.date,
    )


def first_of_each(promises: pd.DataFrame) -> pd.DataFrame:
    """One promise a negotiation (or cluster of near-copies) and kind of speaker: the first one said.

    Of several on one day the first in the order of the table counts.
    """
    ordered = promises.sort_values("said", kind="stable")
    return ordered.drop_duplicates(["cluster", "speaker"])


def independent_groups(rows: pd.DataFrame) -> IntArray:
    """Labels, (n,), of what is one piece of evidence: near-copies, and talks of the same parties."""
    return related(list(rows["cluster"]), list(rows["parties"]))


def spells_of_promises(promises: pd.DataFrame) -> tuple[pd.DataFrame, DurationArray]:
    """Promises as covariate and durations since they were made, for :class:`SlipModel`.

    Returns
    -------
    X : DataFrame, (n, 1)
        Column ``promised``, months.
    y : structured array, (n,)
        Promises on talks that ended without agreement are censored on that day.
    """
    y = durations(promises["lower"], promises["upper"], cause=promises["cause"])
    return promises[["promised"]], y


def undated(view: Archive, kind: str) -> list[str]:
    """Claims of a kind that no view shows, because nobody knows when they were made."""
    return [
        claim.id
        for negotiation in (view.complete or view).values()
        for claim in negotiation.claims
        if claim.kind == kind and claim.said_on is None
    ]


def _row(negotiation: Negotiation, promise: Promise, as_of: date) -> dict[str, object]:
    claim, said, spell = promise.claim, promise.said, promise.spell
    searched = negotiation.searched_to.latest if negotiation.searched_to else spell.open_at
    open_at = max(spell.open_at, min(searched, as_of))
    still_open = spell.cause == OPEN
    lower = (open_at - said).days if still_open else spell.lower
    return {
        "negotiation": negotiation.id,
        "title": negotiation.title,
        "parties": negotiation.parties,
        "family": negotiation.family,
        "domain": negotiation.domain,
        "cluster": negotiation.cluster or negotiation.id,
        "searched_for": negotiation.searched_for,
        "event": claim.event,
        "speaker": claim.speaker,
        "said_by": claim.said_by,
        "said": said,
        "said_exactly": claim.said_on is not None and claim.said_on.is_day,
        "deadline": promise.deadline.latest,
        "outcome": str(_outcome(spell, promise.deadline, open_at, as_of)),
        "earliest": max(0.0, (promise.earliest - said).days / DAYS_PER_MONTH),
        "promised": promise.months,
        "lower": lower / DAYS_PER_MONTH,
        "upper": spell.upper / DAYS_PER_MONTH,
        "watched": (as_of - said).days / DAYS_PER_MONTH,
        "cause": spell.cause,
        "statement": claim.statement,
        "url": claim.source.url,
    }


def _outcome(spell: Spell, deadline: DateRange, open_at: date, as_of: date) -> PromiseOutcome:
    if spell.cause == CONCLUDED:
        return _concluded(spell, deadline)
    if spell.cause == ENDED:
        return PromiseOutcome.ENDED
    if deadline.latest > as_of:
        return PromiseOutcome.PENDING
    return PromiseOutcome.STILL_OPEN if open_at >= deadline.latest else PromiseOutcome.UNDETERMINED


def _concluded(spell: Spell, deadline: DateRange) -> PromiseOutcome:
    assert spell.end is not None  # it has concluded
    first = max(spell.end.earliest, spell.open_at)
    if spell.end.latest <= deadline.earliest:
        return PromiseOutcome.MET
    return PromiseOutcome.LATE if first > deadline.latest else PromiseOutcome.UNDETERMINED
