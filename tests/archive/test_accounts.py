"""Which account of an event is believed: each rule of the order, and the narrowing."""

import re
from collections.abc import Callable

import pytest

from forecast.archive import (
    REPEATED,
    Milestone,
    Negotiation,
    conflicts,
    default_directory,
    preferred,
    settled_range,
)
from forecast.archive.tables import read_schema

Make = Callable[..., Milestone]
Talks = Callable[..., Negotiation]


def test_official_before_press_before_copy(milestone: Make) -> None:
    # Each worse kind is given every other advantage.
    copy = milestone("signed", "2020-01-01", "2020-01-01", "copy")
    press = milestone("signed", "2020-01-01", "2020-06-01", "press", confidence="medium")
    official = milestone("signed", "2020-01-01", None, "official", confidence="low")
    assert preferred([copy, press, official]) is official
    assert preferred([copy, press]) is press


def test_then_the_source_nearer_to_the_event(milestone: Make) -> None:
    near = milestone("signed", "2020-01-01", "2020-02-01", confidence="low")
    far = milestone("signed", "2020-01-01", "2020-04-01", confidence="high")
    unknown = milestone("signed", "2020-01-01", None, confidence="high")
    assert preferred([unknown, far, near]) is near
    assert preferred([unknown, far]) is far


def test_nearness_counts_whole_months_from_the_last_possible_day(milestone: Make) -> None:
    # Two weeks after the event are as near as the day itself, and so is a page of before.
    low = milestone("signed", "2020-01-01", "2020-01-01", confidence="low")
    high = milestone("signed", "2020-01-01", "2020-01-15", confidence="high")
    assert preferred([low, high]) is high
    imprecise = milestone("signed", "2020", "2020-03-01", confidence="high")
    assert preferred([low, imprecise]) is imprecise


def test_then_the_higher_confidence(milestone: Make) -> None:
    accounts = [
        milestone("signed", "2020-01-01", "2020-01-02", confidence=confidence)
        for confidence in ("low", "medium", "high")
    ]
    assert preferred(accounts) is accounts[2]
    assert preferred(accounts[:2]) is accounts[1]


def test_then_the_earlier_source(milestone: Make) -> None:
    later = milestone("signed", "2020-01-01", "2020-01-03")
    earlier = milestone("signed", "2020-01-01", "2020-01-02")
    assert preferred([later, earlier]) is earlier


def test_then_the_order_of_the_table(milestone: Make) -> None:
    first = milestone("signed", "2020-01-01", "2020-01-02", note="first")
    second = milestone("signed", "2020-01-01", "2020-01-02", note="second")
    assert preferred([first, second]) is first
    assert preferred([second, first]) is second


def test_no_account_is_an_error() -> None:
    with pytest.raises(ValueError, match="empty"):
        preferred([])


def test_a_finer_account_inside_the_preferred_one_narrows_it(milestone: Make) -> None:
    official = milestone("signed", "2014", "2014-07-01", "official")
    press = milestone("signed", "2014-07", "2014-07-02", "press")
    copy = milestone("signed", "2014-07-05", "2014-07-07", "copy")
    assert str(settled_range([official])) == "2014"
    assert str(settled_range([copy, press, official])) == "2014-07-05"


def test_an_account_that_reaches_outside_changes_nothing(milestone: Make) -> None:
    official = milestone("signed", "2014-07", "2014-08-01", "official")
    across = milestone("signed", "2014-07-15/2014-08-15", "2014-08-01", "press")
    elsewhere = milestone("signed", "2014-09-01", "2014-09-01", "press")
    assert str(settled_range([elsewhere, across, official])) == "2014-07"


def test_of_two_finer_accounts_at_odds_the_better_one_counts(milestone: Make) -> None:
    official = milestone("signed", "2014-07", "2014-08-01", "official")
    press = milestone("signed", "2014-07-05", "2014-07-07", "press")
    copy = milestone("signed", "2014-07-09", "2014-07-09", "copy")
    assert str(settled_range([copy, press, official])) == "2014-07-05"


def test_a_conflict_names_its_accounts_and_what_settled_it(milestone: Make, talks: Talks) -> None:
    press = milestone("signed", "2020-01-02", "2020-01-02", "press")
    official = milestone("signed", "2020-01-01", "2020-02-01", "official")
    [found] = conflicts(talks(press, official, milestone("launch_agreed", "2019", "2019")))
    assert (found.negotiation_id, found.event) == ("a-b", "signed")
    assert found.accounts == (official, press)
    assert found.settled_by == "kind of source"


def test_accounts_that_share_a_day_are_no_conflict(milestone: Make, talks: Talks) -> None:
    rough = milestone("signed", "2020", "2020-06-01")
    exact = milestone("signed", "2020-01-01", "2020-01-01")
    planned = milestone("signed", "2021", "2020-01-01", planned=True)
    assert not list(conflicts(talks(rough, exact, planned)))


@pytest.mark.parametrize("event", REPEATED)
def test_two_occasions_are_no_conflict(milestone: Make, talks: Talks, event: str) -> None:
    first, second = milestone(event, "2012", "2012"), milestone(event, "2015", "2015")
    assert not list(conflicts(talks(first, second)))


def test_repeated_events_are_events_of_the_schema() -> None:
    fields = read_schema(default_directory()).resources["milestones"]["schema"]["fields"]
    [events] = [field["constraints"]["pattern"] for field in fields if field["name"] == "event"]
    assert all(re.fullmatch(events, event) for event in REPEATED)
