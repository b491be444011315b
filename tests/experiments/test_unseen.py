"""What the records say of talks that were signed unseen, and what the models made of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import isnan

import pandas as pd
import pytest

from experiments import unseen
from forecast.archive import Archive, Milestone, Negotiation
from forecast.prediction import predict


@pytest.fixture
def records_of_four(
    talks: Callable[..., Negotiation],
    milestone: Callable[..., Milestone],
    records: Callable[..., Archive],
) -> Archive:
    """Signed, abandoned, seen open, and not heard of again after the launch."""
    ends = {"a": ("signed", "2012-03-01"), "b": ("abandoned", "2012-03-01")}
    ends |= {"c": ("status_ongoing", "2014-01-01"), "d": ("status_ongoing", "2010-02-01")}
    return records(
        *(
            talks(
                milestone("launch_agreed", "2010-01-01", "2010-01-01"),
                milestone(event, day, day),
                id=name,
                parties=("JPN", name.upper() * 3),
            )
            for name, (event, day) in ends.items()
        )
    )


def test_what_the_complete_records_say_of_a_day(records_of_four: Archive) -> None:
    def said(key: str, day: str) -> float:
        return unseen.signed_by(records_of_four, key, date.fromisoformat(day))

    assert [said(key, "2013-01-01") for key in "abc"] == [1.0, 0.0, 0.0]
    assert said("a", "2012-02-29") == 0.0  # signed the day after
    assert isnan(said("d", "2013-01-01"))
    assert said("d", "2010-01-15") == 0.0


def test_a_row_is_the_answer_of_the_day_without_a_search(archive: Archive) -> None:
    day = date(2022, 1, 1)
    rows = pd.DataFrame(unseen.forecasts_on(archive, day)).set_index("id")
    strict = archive.as_of(day, "strict")
    answer = predict("jpn-gbr-raa", as_of=day, archive=strict)
    unsearched = 1.0 - rows["constant-hazard"]["jpn-gbr-raa"]
    rate = predict("jpn-gbr-raa", as_of=day, archive=strict, model="constant-hazard")
    # Without a search nothing has been ruled out since it was last seen open.
    gone = (day - answer.open_at).days / 30.4375
    alone = rate.outlook.curve().at(12.0)[0, 0]
    assert unsearched == pytest.approx(alone ** (gone / 12.0), rel=1e-4)
    assert rows["unheard_months"]["jpn-gbr-raa"] == pytest.approx(gone)
    assert rows["signed"]["jpn-gbr-raa"] == 0.0


def test_the_summary_bounds_what_is_not_known() -> None:
    table = pd.DataFrame(
        {
            "half": "scored",
            "id": list("abcde"),
            "group": range(5),
            "signed": [1.0, 1.0, 0.0, 0.0, float("nan")],
            **dict.fromkeys(unseen.MODELS_ASKED, 0.5),
        }
    )
    row = next(unseen.summarised(table))
    assert (row["forecasts"], row["known"], row["expected"], row["signed"]) == (5, 4, 0.5, 0.5)
    assert (row["least_of_all"], row["most_of_all"], row["brier"]) == (0.4, 0.6, 0.25)


@pytest.mark.parametrize(("expected", "verdict"), [(0.5, "inside"), (0.9, "above"), (0.1, "below")])
def test_the_page_says_whether_the_expectation_came_true(expected: float, verdict: str) -> None:
    row = {"half": "scored", "model": "hierarchical", "known": 40, "expected": expected}
    summary = pd.DataFrame([{**row, "signed": 0.5, "lower": 0.3, "upper": 0.7}])
    assert unseen.in_words(summary) == (
        f"**Scored half:** of 40 that were settled later the answer's models expected "
        f"{100 * expected:.0f} % to be signed already; 50 % were. The expectation is {verdict} the 90 % "
        "interval (30 % to 70 %)."
    )
