"""Dated events around a case: what was promised, who met and who was elected, and what is due."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Protocol, TypeVar

from forecast.archive import (
    Archive,
    DateRange,
    Election,
    Meeting,
    Negotiation,
    Source,
    add_months,
    parse,
)
from forecast.prediction.evidence import targets_of

PROMISE, MEETING, ELECTION, LEADER, STEP = "promise", "meeting", "election", "leader", "step"

# Longest months from one election to the next by the law that is named, of a lower or only house unless
# said otherwise; many houses can be dissolved earlier. The term often begins some weeks after the
# election, which is left out.
_TERMS = {
    ("AUS", "legislative"): 36,  # Constitution, section 28
    ("CAN", "legislative"): 60,  # Charter of Rights and Freedoms, section 4(1)
    ("DEU", "legislative"): 48,  # Basic Law, article 39(1)
    ("FRA", "legislative"): 60,  # Electoral Code, article LO 121
    ("FRA", "presidential"): 60,  # Constitution, article 6
    ("GBR", "legislative"): 60,  # Dissolution and Calling of Parliament Act 2022, section 4
    ("IND", "legislative"): 60,  # Constitution, article 83(2)
    ("ITA", "legislative"): 60,  # Constitution, article 60
    # Constitution, article 46: half of the upper house every three years; the lower has four (article 45).
    ("JPN", "legislative"): 36,
    ("NZL", "legislative"): 36,  # Constitution Act 1986, section 17(1)
    ("PHL", "legislative"): 36,  # Constitution of 1987, article VI, section 7
    ("PHL", "presidential"): 72,  # Constitution of 1987, article VII, section 4
    ("USA", "legislative"): 24,  # Constitution, article I, section 2
    ("USA", "presidential"): 48,  # Constitution, article II, section 1
}

_MEETINGS = {
    "2+2": "2+2 meeting",
    "summit": "summit",
    "defence_ministers": "defence ministers' meeting",
    "roadmap": "joint document",
}


@dataclass(frozen=True, slots=True)
class Occasion:
    """Something dated that bears on a case.

    Attributes
    ----------
    kind : str
        ``promise``, ``meeting``, ``election``, ``leader`` (takes office) or ``step`` (a milestone that
        was planned).
    day : date
        Last day of its date range; of a promise the day on which it was made.
    what : str
        In words.
    by : date or None
        Of a promise: the day that was promised.
    certain : bool
        False where the day follows from the length of a term: it may come earlier.
    """

    kind: str
    day: date
    what: str
    by: date | None = None
    certain: bool = True


def past_occasions(view: Archive, record: Negotiation, since: date, event: str) -> list[Occasion]:
    """What bore on a case from a day up to the date of the view, in order of time.

    Parameters
    ----------
    view : Archive
    record : Negotiation
        The case in that view.
    since : datetime.date
    event : str
        The milestone that promises must be about.
    """
    found = [
        *_promises(record, event),
        *_meetings(view.meetings, record),
        *_elections(view.elections, record, view),
    ]
    found += [
        Occasion(
            LEADER, term.start.latest, f"{term.name}: {term.office} of {_name(view, term.iso3)}"
        )
        for term in view.leaders
        if term.iso3 in record.parties
    ]
    return _in_order(item for item in found if since <= item.day <= view.date)


def due_occasions(view: Archive, record: Negotiation, event: str) -> list[Occasion]:
    """What was due after the date of the view, as far as was known then, in order of time.

    A meeting, an election or a planned step counts if a source of the time announced it, an election
    also by the length of the term. A promise counts with the day that was promised.
    """
    complete = view.complete or view
    elections = _elections(_announced(complete.elections, view.date), record, view)
    found = [
        *_meetings(_announced(complete.meetings, view.date), record),
        *(elections or _by_term(view, record)),
    ]
    found += [
        Occasion(STEP, step.date.latest, f"{step.event.replace('_', ' ')}, as planned")
        for step in _announced(complete[record.id].milestones, view.date)
        if step.planned
    ]
    found += [
        Occasion(PROMISE, promise.by, f"day promised: {promise.what}", promise.by)
        for promise in _promises(record, event)
        if promise.by is not None
    ]
    return _in_order(item for item in found if item.day > view.date)


class _Dated(Protocol):
    @property
    def date(self) -> DateRange: ...

    @property
    def source(self) -> Source: ...


T = TypeVar("T", bound=_Dated)


def _announced(facts: Iterable[T], on: date) -> list[T]:
    """Facts that lie ahead of a day and that a source had told of by then."""
    return [
        fact
        for fact in facts
        if fact.date.latest > on
        and fact.source.published is not None
        and fact.source.published.latest <= on
    ]


def _promises(record: Negotiation, event: str) -> list[Occasion]:
    return [
        Occasion(PROMISE, parse(target.said_on).latest, target.said_by, target.by)
        for target in targets_of(record, event)
    ]


def _meetings(meetings: Iterable[Meeting], record: Negotiation) -> list[Occasion]:
    return [
        Occasion(MEETING, meeting.date.latest, _MEETINGS.get(meeting.kind, meeting.kind))
        for meeting in meetings
        if meeting.parties.issuperset(record.parties)
    ]


def _elections(elections: Iterable[Election], record: Negotiation, view: Archive) -> list[Occasion]:
    return [
        Occasion(ELECTION, e.date.latest, f"{e.kind} election, {_name(view, e.iso3)}")
        for e in elections
        if e.iso3 in record.parties
    ]


def _by_term(view: Archive, record: Negotiation) -> list[Occasion]:
    """Next election of each kind of the parties, one term after the last."""
    last: dict[tuple[str, str], date] = {}
    for election in view.elections:
        key = election.iso3, election.kind
        if election.iso3 in record.parties and key in _TERMS:
            last[key] = max(election.date.latest, last.get(key, date.min))
    return [
        Occasion(
            ELECTION,
            add_months(day, _TERMS[iso3, kind]),
            f"{kind} election, {_name(view, iso3)}",
            certain=False,
        )
        for (iso3, kind), day in last.items()
    ]


def _name(view: Archive, iso3: str) -> str:
    country = view.countries.get(iso3)
    return country.name if country else iso3


def _in_order(found: Iterable[Occasion]) -> list[Occasion]:
    return sorted(set(found), key=lambda item: (item.day, item.kind, item.what))
