"""Which account of an event is believed: each rule of the order, and the narrowing."""

from collections.abc import Callable

import pytest

from forecast.archive import Milestone, preferred, settled_range

Make = Callable[..., Milestone]


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
