"""Landmarks: the days on which a backtest stands, what was open on them, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from math import inf, nan
from typing import NamedTuple

from forecast.archive import DAYS_PER_MONTH, Mode, Negotiation
from forecast.errors import NothingToForecastError, UsageError
from forecast.timing import CONCLUDED, Clock, Spell, spell_of

FIRST_LANDMARK: Mapping[Mode, date] = {"strict": date(2010, 1, 1), "event": date(1995, 1, 1)}
"""Before 2010 too few sources of the time are dated for the strict mode."""

FIRST_SCORED = date(2018, 1, 1)
"""Models are developed on the landmarks before this day; those from it on are scored once."""

HALVES = ("development", "scored")

KNOWN_AFTER = timedelta(days=30)
"""A negotiation counts as open at a landmark if it was still open this long before it."""

SHORTEST_MONTHS = 3.0
"""The last landmark lies at least this long before the vintage."""

NO_SPELL = "the dates of the records contradict one another"
NOT_OPEN = "it had ended 30 days before, as sources show that were not known then"
JUST_ENDED = "it ended in the 30 days before"
UNKNOWN_OPEN = "no source shows that it was still open 30 days before"
NOT_FOLLOWED = "no source shows what became of it"


class Outcome(NamedTuple):
    """What became of a negotiation after a landmark.

    ``lower`` and ``upper`` in months after it: concluded in (lower, upper], on a known day where they
    are equal; upper infinite: still open at ``lower``; both infinite: ended without agreement. Where it
    cannot be scored both are missing and ``unscored`` says why.
    """

    lower: float
    upper: float
    unscored: str


def half_of(landmark: date) -> str:
    """Half of the protocol that a landmark belongs to: development or scored."""
    return HALVES[landmark >= FIRST_SCORED]


def half_years(mode: Mode, vintage: date, half: str = "both") -> tuple[date, ...]:
    """Half-yearly landmarks of a mode, 1 January and 1 July.

    Parameters
    ----------
    mode : {'strict', 'event'}
    vintage : datetime.date
        The last landmark lies :data:`SHORTEST_MONTHS` before it.
    half : {'development', 'scored', 'both'}

    Raises
    ------
    UsageError
        If there is no such half.
    """
    if half not in (*HALVES, "both"):
        raise UsageError(f"{half!r} is not a half; one of {', '.join(HALVES)}, both")
    last = vintage - timedelta(days=SHORTEST_MONTHS * DAYS_PER_MONTH)
    years = range(FIRST_LANDMARK[mode].year, vintage.year + 1)
    days = (date(year, month, 1) for year in years for month in (1, 7))
    return tuple(day for day in days if day <= last and half in ("both", half_of(day)))


def landmark_before(landmark: date) -> date:
    """The half-yearly landmark before one."""
    if landmark.month == 7:
        return date(landmark.year, 1, 1)
    return date(landmark.year - 1, 7, 1)


def outcome_of(record: Negotiation, clock: Clock, seen: date, landmark: date) -> Outcome:
    """What a view shows of a negotiation after a landmark.

    It can be scored if the view shows that it was open :data:`KNOWN_AFTER` before the landmark and what
    became of it after. The day of an end that is known to an interval may lie before the landmark in
    part; that part is cut off, for the forecast is of those open at the landmark.

    Parameters
    ----------
    record : Negotiation
        From an archive as of ``seen``: the complete one to score, an earlier view for what was known
        by then.
    clock : Clock
    seen : datetime.date
    landmark : datetime.date
    """
    try:
        spell = spell_of(record, clock, seen)
    except NothingToForecastError:
        return Outcome(nan, nan, NO_SPELL)
    reason = _unscored(spell, landmark)
    if reason:
        return Outcome(nan, nan, reason)
    if spell.end is not None and spell.cause != CONCLUDED:
        return Outcome(inf, inf, "")
    upper = inf if spell.end is None else _months(landmark, spell.end.latest)
    return Outcome(max(0.0, _months(landmark, last_open(spell))), upper, "")


def _unscored(spell: Spell, landmark: date) -> str:
    """Why an outcome cannot be scored, or nothing."""
    known = landmark - KNOWN_AFTER
    end = None if spell.end is None else spell.end.latest
    reasons = {
        NOT_OPEN: end is not None and end <= known,
        JUST_ENDED: end is not None and end <= landmark,
        UNKNOWN_OPEN: last_open(spell) < known,
        NOT_FOLLOWED: end is None and spell.open_at <= landmark,
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


def last_open(spell: Spell) -> date:
    """Last day on which it was certainly open: shown by a source, or before the first possible end."""
    return spell.open_at if spell.end is None else max(spell.open_at, spell.end.earliest)


def _months(start: date, end: date) -> float:
    return (end - start).days / DAYS_PER_MONTH
