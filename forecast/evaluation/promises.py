"""What was promised and what came of it: one row a forecast claim, as one as-of view shows it.

A promise is a spell whose clock starts on the day it was made, so that dates known to the month, later
stages and evidence of open talks are read here as everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

import pandas as pd

from forecast.archive import DAYS_PER_MONTH, Archive, Claim, DateRange, Milestone, Negotiation
from forecast.errors import NothingToForecastError
from forecast.evaluation.bootstrap import related
from forecast.survival import durations
from forecast.survival.arrays import DurationArray, IntArray
from forecast.timing import CLOCKS, CONCLUDED, ENDED, OPEN, Spell, spell_of

FROM_LAUNCH = {c.terminal_event: c for c in CLOCKS.values() if c.origin == "launch"}
"""Clock from the launch to each event that can be promised."""

SHORT_MONTHS = 3.0
"""A promise made at most so many months ahead is a short one."""


UNDATED = "the day on which it was said is unknown"

_FORECAST = "forecast"

_COLUMNS = (
    "negotiation", "title", "parties", "family", "domain", "cluster", "searched_for", "event", "speaker",
    "said_by", "said", "said_exactly", "deadline", "outcome", "earliest", "promised", "lower", "upper",
    "watched", "cause", "statement", "url",
)  # fmt: skip


class Outcome(StrEnum):
    """What became of a promise."""

    MET = "met"
    LATE = "late"
    STILL_OPEN = "missed, still open"
    ENDED = "ended without agreement"
    UNDETERMINED = "undetermined"
    PENDING = "not yet due"


RESOLVED = (Outcome.MET, Outcome.LATE, Outcome.STILL_OPEN, Outcome.ENDED)
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


class _NoPromiseError(Exception):
    """A claim that promises nothing that can be checked; its text is the reason."""


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
    left_out = dict.fromkeys(undated(view, _FORECAST), UNDATED)
    for negotiation in view.values():
        for claim in negotiation.claims:
            if claim.kind != _FORECAST or claim.said_on is None:
                continue
            try:
                kept[claim.id] = _promise(negotiation, claim, claim.said_on, view.date)
            except _NoPromiseError as reason:
                left_out[claim.id] = str(reason)
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


def _promise(
    negotiation: Negotiation, claim: Claim, said_on: DateRange, as_of: date
) -> dict[str, object]:
    early, late = _promised_days(claim, said_on)
    seen = _spell(negotiation, claim, said_on.earliest, as_of)
    latest = min(said_on.latest, late.latest)
    if seen.end is not None:
        latest = min(latest, seen.end.latest - timedelta(days=1))
    if latest < said_on.earliest:
        raise _NoPromiseError("said on or after the day of the event")
    said = DateRange(said_on.earliest, latest, said_on.text).midpoint
    spell = _spell(negotiation, claim, said, as_of)
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
        "said_exactly": said_on.is_day,
        "deadline": late.latest,
        "outcome": str(_outcome(spell, late, open_at, as_of)),
        "earliest": max(0.0, (early - said).days / DAYS_PER_MONTH),
        "promised": (late.midpoint - said).days / DAYS_PER_MONTH,
        "lower": lower / DAYS_PER_MONTH,
        "upper": spell.upper / DAYS_PER_MONTH,
        "watched": (as_of - said).days / DAYS_PER_MONTH,
        "cause": spell.cause,
        "statement": claim.statement,
        "url": claim.source.url,
    }


def _promised_days(claim: Claim, said_on: DateRange) -> tuple[date, DateRange]:
    """First promised day, and the last one: a range where months count from an imprecise day."""
    if claim.event not in FROM_LAUNCH:
        raise _NoPromiseError("no clock ends with the promised event")
    if claim.target is not None:
        if claim.target.latest == date.max:
            raise _NoPromiseError("a date before which, but none by which")
        if claim.target.latest < said_on.earliest:
            raise _NoPromiseError("the promised day lies before the day on which it was said")
        last = claim.target.latest
        return claim.target.earliest, DateRange(last, last, claim.target.text)
    if claim.high_months is None:
        numbered = claim.low_months is not None
        raise _NoPromiseError(
            "a date before which, but none by which"
            if numbered
            else "no date and no number of months"
        )
    low = claim.high_months if claim.low_months is None else claim.low_months
    first, latest = (_later(day, claim.high_months) for day in (said_on.earliest, said_on.latest))
    return _later(said_on.midpoint, low), DateRange(first, latest, "")


def _later(day: date, months: float) -> date:
    return day + timedelta(days=round(months * DAYS_PER_MONTH))


def _spell(negotiation: Negotiation, claim: Claim, said: date, as_of: date) -> Spell:
    """Spell from the day of the promise to its event."""
    begun = DateRange(said, said, said.isoformat())
    promise = Milestone(
        negotiation.id, "launch_agreed", begun, claim.source, "high", False, "negotiation", ""
    )
    # A launch after the promise still shows that the talks were open then.
    others = (
        replace(m, event="talks_began") if m.event == "launch_agreed" else m
        for m in negotiation.milestones
    )
    talks = replace(negotiation, milestones=(promise, *others))
    try:
        return spell_of(talks, FROM_LAUNCH[claim.event], as_of)
    except NothingToForecastError:
        raise _NoPromiseError("said on or after the day of the event") from None


def _outcome(spell: Spell, deadline: DateRange, open_at: date, as_of: date) -> Outcome:
    if spell.cause == CONCLUDED:
        return _concluded(spell, deadline)
    if spell.cause == ENDED:
        return Outcome.ENDED
    if deadline.latest > as_of:
        return Outcome.PENDING
    return Outcome.STILL_OPEN if open_at >= deadline.latest else Outcome.UNDETERMINED


def _concluded(spell: Spell, deadline: DateRange) -> Outcome:
    assert spell.end is not None  # it has concluded
    first = max(spell.end.earliest, spell.open_at)
    if spell.end.latest <= deadline.earliest:
        return Outcome.MET
    return Outcome.LATE if first > deadline.latest else Outcome.UNDETERMINED
