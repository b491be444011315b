"""Dated events around a case: only those of the parties, and only what was known on the day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from forecast.analysis.occasions import (
    ELECTION,
    MEETING,
    PROMISE,
    STEP,
    due_occasions,
    past_occasions,
)
from forecast.archive import Archive, Country, Election, Meeting, Milestone, Negotiation, Source

Make = Callable[..., Any]
LAUNCH, DAY = date(2024, 5, 2), date(2026, 6, 30)


@pytest.fixture
def told(
    talks: Callable[..., Negotiation],
    milestone: Callable[..., Milestone],
    claim: Make,
    records: Callable[..., Archive],
    meeting: Callable[..., Meeting],
    election: Callable[..., Election],
    leader: Make,
    country: Callable[..., Country],
    source: Callable[..., Source],
) -> Archive:
    case = talks(
        milestone("launch_agreed", "2024-05-02"),
        milestone("signed", "2027-03-01", published="2026-05-01", planned=True),
        milestone("round", "2027-02-01", published="2026-08-01", planned=True),
        claims=(
            claim("c1", "2024-05-02", low_months=12.0, high_months=12.0),
            claim("c2", "2026-06-01", low_months=24.0, high_months=24.0),
            claim("c3", "2026-07-01", low_months=1.0, high_months=1.0),
            claim("c4", "2025-01-01"),
        ),
    )
    ahead = replace(meeting("2026-09-15", "JPN", "FRA", kind="2+2"), source=source("2026-06-01"))
    return records(
        case,
        countries=[country("FRA"), country("JPN")],
        meetings=(
            meeting("2023-01-01", "JPN", "FRA"),
            meeting("2025-03-01", "JPN", "FRA", "GBR"),
            meeting("2025-04-01", "JPN", "GBR"),
            ahead,
            meeting("2026-10-01", "JPN", "FRA"),
        ),
        elections=(election("FRA", "2022-04-24"), election("USA", "2024-11-05")),
        leaders=(leader("FRA", "2025-09-09"), leader("GBR", "2024-07-05")),
    )


def test_the_past_holds_what_bore_on_the_parties_since_the_launch(told: Archive) -> None:
    view = told.as_of(DAY)
    found = past_occasions(view, view["a-b"], LAUNCH, "signed")
    assert [(item.kind, item.day) for item in found] == [
        (PROMISE, date(2024, 5, 2)),
        (MEETING, date(2025, 3, 1)),
        ("leader", date(2025, 9, 9)),
        (PROMISE, date(2026, 6, 1)),
    ]
    assert found[0].by == date(2025, 5, 2)


def test_what_is_due_was_announced_by_the_day(told: Archive) -> None:
    view = told.as_of(DAY)
    found = due_occasions(view, view["a-b"], "signed")
    assert [(item.kind, item.day, item.certain) for item in found] == [
        (MEETING, date(2026, 9, 15), True),
        (STEP, date(2027, 3, 1), True),
        (ELECTION, date(2027, 4, 24), False),
        (PROMISE, date(2028, 6, 1), True),
    ]


def test_nothing_that_was_published_later_is_due(told: Archive) -> None:
    view = told.as_of(date(2026, 4, 1))
    kinds = [item.kind for item in due_occasions(view, view["a-b"], "signed")]
    assert kinds == [ELECTION]


def test_an_announced_election_stands_for_the_one_by_term(
    told: Archive, election: Callable[..., Election], source: Callable[..., Source]
) -> None:
    called = replace(election("FRA", "2026-11-08"), source=source("2026-06-15"))
    more = replace(told, elections=(*told.elections, called))
    view = more.as_of(DAY)
    found = due_occasions(view, view["a-b"], "signed")
    assert [(i.day, i.certain) for i in found if i.kind == ELECTION] == [(date(2026, 11, 8), True)]
    before = more.as_of(date(2026, 6, 1))
    found = due_occasions(before, before["a-b"], "signed")
    assert [i.day for i in found if i.kind == ELECTION] == [date(2027, 4, 24)]
