"""Landmarks: which days, which halves, and what became of a negotiation after one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import inf, isnan

import pytest

from forecast.archive import Milestone, Mode, Negotiation
from forecast.errors import UsageError
from forecast.evaluation.landmarks import (
    JUST_ENDED,
    NO_SPELL,
    NOT_FOLLOWED,
    NOT_OPEN,
    UNKNOWN_OPEN,
    half_of,
    half_years,
    landmark_before,
    outcome_of,
)
from forecast.timing import parse_clock

VINTAGE = date(2026, 6, 30)
LANDMARK = date(2012, 1, 1)
MONTH = 30.4375


@pytest.mark.parametrize(("mode", "first", "number"), [("strict", 2010, 33), ("event", 1995, 63)])
def test_landmarks_are_half_yearly_and_end_before_the_vintage(
    mode: Mode, first: int, number: int
) -> None:
    days = half_years(mode, VINTAGE)
    assert days[:3] == (date(first, 1, 1), date(first, 7, 1), date(first + 1, 1, 1))
    assert days[-1] == date(2026, 1, 1)
    assert len(days) == number


def test_the_halves_share_no_landmark_and_make_the_whole() -> None:
    development = half_years("strict", VINTAGE, "development")
    scored = half_years("strict", VINTAGE, "scored")
    assert (development[-1], scored[0]) == (date(2017, 7, 1), date(2018, 1, 1))
    assert development + scored == half_years("strict", VINTAGE)
    assert {half_of(day) for day in development} == {"development"}
    assert {half_of(day) for day in scored} == {"scored"}


def test_an_unknown_half_is_refused() -> None:
    with pytest.raises(UsageError, match="development, scored, both"):
        half_years("strict", VINTAGE, "first")


def test_the_landmark_before() -> None:
    assert landmark_before(date(2012, 7, 1)) == date(2012, 1, 1)
    assert landmark_before(date(2012, 1, 1)) == date(2011, 7, 1)


Make = Callable[..., Negotiation]
Event = Callable[..., Milestone]


@pytest.mark.parametrize(
    ("event", "when", "days"),
    [
        ("signed", "2012-07-01", (182, 182)),
        ("signed", "2012-07", (182, 212)),
        ("signed", "2012-01", (0, 30)),
        ("abandoned", "2013-05-01", (inf, inf)),
        ("status_ongoing", "2014-01-01", (731, inf)),
    ],
)
def test_an_outcome_counts_from_the_landmark(
    talks: Make, milestone: Event, event: str, when: str, days: tuple[float, float]
) -> None:
    record = talks(milestone("launch_agreed", "2010-01-01"), milestone(event, when))
    found = outcome_of(record, parse_clock("launch:signed"), VINTAGE, LANDMARK)
    assert found == pytest.approx((days[0] / MONTH, days[1] / MONTH, ""))


def test_an_interval_that_reaches_back_over_the_landmark_is_cut_there(
    talks: Make, milestone: Event
) -> None:
    record = talks(
        milestone("launch_agreed", "2010-01-01"),
        milestone("status_ongoing", "2011-12-20"),
        milestone("in_force", "2012-03-01"),
    )
    found = outcome_of(record, parse_clock("launch:signed"), VINTAGE, LANDMARK)
    assert found == pytest.approx((0.0, 60 / MONTH, ""))


@pytest.mark.parametrize(
    ("event", "when", "reason"),
    [
        ("signed", "2011-12-01", NOT_OPEN),
        ("signed", "2011-12-02", NOT_OPEN),
        ("signed", "2011-12-03", JUST_ENDED),
        ("signed", "2012-01-01", JUST_ENDED),
        ("abandoned", "2011-12-20", JUST_ENDED),
        ("signed", "2012", ""),
        ("signed", "2011/2012", UNKNOWN_OPEN),
        ("status_ongoing", "2011-12-01", UNKNOWN_OPEN),
        ("status_ongoing", "2011-12-20", NOT_FOLLOWED),
        ("signed", "2009-01-01", NO_SPELL),
    ],
)
def test_what_cannot_be_scored_says_why(
    talks: Make, milestone: Event, event: str, when: str, reason: str
) -> None:
    record = talks(milestone("launch_agreed", "2010-01-01"), milestone(event, when))
    found = outcome_of(record, parse_clock("launch:signed"), VINTAGE, LANDMARK)
    assert found.unscored == reason
    assert isnan(found.lower) == isnan(found.upper) == bool(reason)
