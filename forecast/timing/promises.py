"""Promises: what was said ahead about the day of an event, read as spells.

The clock of a promise starts on the day it was made, so that dates known to the month, later stages and
evidence of open talks are read here as everywhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from math import nan

from forecast.archive import DAYS_PER_MONTH, Claim, DateRange, Milestone, Negotiation
from forecast.errors import NothingToForecastError
from forecast.timing.clocks import CLOCKS
from forecast.timing.spell import Spell, months, spell_of

FORECAST = "forecast"
"""Kind of a claim that looks ahead."""

UNDATED = "the day on which it was said is unknown"

FROM_LAUNCH = {c.terminal_event: c for c in CLOCKS.values() if c.origin == "launch"}
"""Clock from the launch to each event that can be promised."""

OFFICIALS = ("head of government", "minister", "official", "diplomat")
"""Kinds of speaker who promise for a party; press and experts do not."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A claim that a negotiation reaches an event by some day, and what its view shows of that.

    Attributes
    ----------
    said : datetime.date
        Day on which it was made; of a range, the middle of that part which lies before the promised
        day and before the event.
    earliest : datetime.date
        First promised day.
    deadline : DateRange
        Last promised day, a range where months count from an imprecise day.
    spell : Spell
        From the day on which it was made to the event.
    """

    claim: Claim
    said: date
    earliest: date
    deadline: DateRange
    spell: Spell

    @property
    def months(self) -> float:
        """Months from the day on which it was made to the last promised day."""
        return months((self.deadline.midpoint - self.said).days)


def promise_of(negotiation: Negotiation, claim: Claim, as_of: date) -> Promise:
    """Promise that a claim makes, seen through an as-of view.

    Parameters
    ----------
    negotiation : Negotiation
        From an archive as of ``as_of``.
    claim : Claim
        One of its own, of the kind :data:`FORECAST`.
    as_of : datetime.date

    Returns
    -------
    Promise

    Raises
    ------
    NothingToForecastError
        If it promises nothing that can be checked; the message is the reason.
    """
    said_on = claim.said_on
    if said_on is None:
        raise NothingToForecastError(UNDATED)
    early, late = _promised_days(claim, said_on)
    seen = _spell(negotiation, claim, said_on.earliest, as_of)
    latest = min(said_on.latest, late.latest)
    if seen.end is not None:
        latest = min(latest, seen.end.latest - timedelta(days=1))
    if latest < said_on.earliest:
        raise NothingToForecastError("said on or after the day of the event")
    said = DateRange(said_on.earliest, latest, said_on.text).midpoint
    return Promise(claim, said, early, late, _spell(negotiation, claim, said, as_of))


def officials_said(
    negotiation: Negotiation, start: DateRange, event: str, as_of: date
) -> dict[str, object]:
    """Reserved columns of X: what officials had promised of an event by the date of a view.

    Parameters
    ----------
    negotiation : Negotiation
        From an archive as of ``as_of``.
    start : DateRange
        When the clock started that the ages count on.
    event : str
        Terminal event of that clock.
    as_of : datetime.date

    Returns
    -------
    dict
        ``promised`` (months after it was said) and ``said_at`` (age in months, negative before the
        origin of the clock) of the newest promise, missing where there is none. ``first_promises``: a
        pair (said_at, promised) of the first one of each kind of speaker, to learn from: which promise
        turns out to be the last one depends on the outcome, which was the first one does not.
    """
    made = []
    for claim in negotiation.claims:
        if claim.kind != FORECAST or claim.event != event or claim.speaker not in OFFICIALS:
            continue
        try:
            promise = promise_of(negotiation, claim, as_of)
        except NothingToForecastError:
            continue
        age = months((promise.said - start.midpoint).days)
        made.append((age, promise.months, claim.speaker))
    # Of several on one day the first in the order of the table counts.
    made.sort(key=lambda row: row[0])
    first: dict[str, tuple[float, float]] = {}
    for said_at, promised, speaker in made:
        first.setdefault(speaker, (said_at, promised))
    said_at, promised, _ = max(made, key=lambda row: row[0], default=(nan, nan, ""))
    return {"promised": promised, "said_at": said_at, "first_promises": tuple(first.values())}


def _promised_days(claim: Claim, said_on: DateRange) -> tuple[date, DateRange]:
    """First promised day, and the last one: a range where months count from an imprecise day."""
    if claim.event not in FROM_LAUNCH:
        raise NothingToForecastError("no clock ends with the promised event")
    if claim.target is not None:
        if claim.target.latest == date.max:
            raise NothingToForecastError("a date before which, but none by which")
        if claim.target.latest < said_on.earliest:
            raise NothingToForecastError(
                "the promised day lies before the day on which it was said"
            )
        last = claim.target.latest
        return claim.target.earliest, DateRange(last, last, claim.target.text)
    if claim.high_months is None:
        numbered = claim.low_months is not None
        raise NothingToForecastError(
            "a date before which, but none by which"
            if numbered
            else "no date and no number of months"
        )
    low = claim.high_months if claim.low_months is None else claim.low_months
    first, latest = (_later(day, claim.high_months) for day in (said_on.earliest, said_on.latest))
    return _later(said_on.midpoint, low), DateRange(first, latest, "")


def _later(day: date, number: float) -> date:
    return day + timedelta(days=round(number * DAYS_PER_MONTH))


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
        raise NothingToForecastError("said on or after the day of the event") from None
