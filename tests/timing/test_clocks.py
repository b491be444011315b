"""Clocks by name, and how far along an event is."""

import pytest

from forecast.errors import UsageError
from forecast.timing import CLOCKS, parse_clock
from forecast.timing.clocks import rank


def test_the_four_clocks() -> None:
    known = {name: (clock.origin, clock.terminal_event) for name, clock in CLOCKS.items()}
    assert known == {
        "launch:signed": ("launch", "signed"),
        "launch:agreed": ("launch", "agreement_in_principle"),
        "launch:in_force": ("launch", "in_force"),
        "signed:in_force": ("signed", "in_force"),
    }
    assert all(parse_clock(name).name == name for name in CLOCKS)


def test_an_unknown_clock_lists_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        parse_clock("launch:ratified")
    assert "'launch:ratified'" in str(caught.value)
    assert all(name in str(caught.value) for name in CLOCKS)


def test_events_rank_from_launch_to_force() -> None:
    way = ["talks_began", "agreement_in_principle", "text_finalised", "signed"]
    way += ["approved_by_JPN", "in_force"]
    ranks = [rank(event) for event in way]
    assert all(r is not None for r in ranks)
    assert ranks == sorted(ranks, key=lambda r: r or 0)
    assert len(set(ranks)) == len(way)
    assert rank("ratified_by_FRA") == rank("approved_by_JPN")
    assert rank("initialled") == rank("text_finalised")


@pytest.mark.parametrize(
    "event", ["exploratory_talks", "status_ongoing", "not_concluded", "abandoned"]
)
def test_what_is_no_step_has_no_rank(event: str) -> None:
    assert rank(event) is None
