"""The officials' record: what a promise is, what became of it, and what was known of it when."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecast.archive import Archive, Claim, Milestone, Negotiation, parse
from forecast.errors import NothingToForecastError
from forecast.evaluation.looking_back import retrospective, told_against_documented
from forecast.evaluation.officials import (
    breakdown,
    headline,
    median_late,
    median_ratio,
    past_rate,
    share_interval,
    summary,
)
from forecast.evaluation.promises import (
    RESOLVED,
    PromiseOutcome,
    first_of_each,
    record,
    spells_of_promises,
)

Make = Callable[..., Any]


@pytest.fixture(scope="session")
def told(talks: Make, milestone: Make, claim: Make, records: Make) -> Callable[..., pd.Series]:
    """``told({"target": "2020-12"}, ("signed", "2021-03-01"))``: the row of one promise."""

    def make(traits: dict[str, Any], *events: tuple[str, str], **about: Any) -> pd.Series:
        target = traits.get("target")
        fields = {"said_on": "2020-06-01"} | traits
        fields["target"] = None if target is None else parse(target)
        said = claim("c1", **fields)
        as_of = about.pop("as_of", date(2030, 12, 31))
        stones = (milestone("launch_agreed", "2019-01-01"), *(milestone(*e) for e in events))
        view = records(talks(*stones, claims=(said,), **about)).as_of(as_of)
        found = record(view)
        if "c1" in found.left_out:
            return pd.Series({"outcome": found.left_out["c1"]})
        row: pd.Series = found.promises.T["c1"]
        return row

    return make


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("2020-12-31", PromiseOutcome.MET),
        ("2021-01-01", PromiseOutcome.LATE),
        ("2020-12", PromiseOutcome.MET),
        ("2020-12-31/2021-01-02", PromiseOutcome.UNDETERMINED),
        ("2021", PromiseOutcome.LATE),
    ],
)
def test_a_promise_is_met_by_its_last_promised_day(
    told: Make, end: str, outcome: PromiseOutcome
) -> None:
    assert told({"target": "2020-12"}, ("signed", end))["outcome"] == outcome


def test_months_count_from_the_day_it_was_said(told: Make) -> None:
    row = told({"low_months": 2.0, "high_months": 6.0}, ("signed", "2020-11-30"))
    # Six months of 30.4375 days are 183 days: 1 December.
    assert (row["deadline"], row["outcome"]) == (date(2020, 12, 1), PromiseOutcome.MET)
    assert row["promised"] == pytest.approx(183 / 30.4375)
    assert row["earliest"] == pytest.approx(61 / 30.4375)
    assert row["lower"] == row["upper"] == pytest.approx(182 / 30.4375)
    late = told({"high_months": 6.0}, ("signed", "2020-12-02"))
    assert late["outcome"] == PromiseOutcome.LATE


def test_months_from_an_imprecise_day_leave_an_imprecise_deadline(told: Make) -> None:
    said = {"said_on": "2020-06", "high_months": 6.0}
    assert told(said, ("signed", "2020-12-01"))["outcome"] == PromiseOutcome.MET
    assert told(said, ("signed", "2020-12-15"))["outcome"] == PromiseOutcome.UNDETERMINED
    assert told(said, ("signed", "2020-12-31"))["outcome"] == PromiseOutcome.LATE


def test_an_imprecise_day_lies_before_the_promise_and_the_event(told: Make) -> None:
    row = told({"said_on": "2020", "target": "2020-06-30"}, ("signed", "2020-03-02"))
    assert row["said"] == date(2020, 1, 31)
    assert not row["said_exactly"]


def test_open_talks_are_judged_by_what_shows_them_open(told: Make) -> None:
    promise = {"target": "2020-12"}
    shown = ("status_ongoing", "2021-01-15")
    assert told(promise, shown)["outcome"] == PromiseOutcome.STILL_OPEN
    assert told(promise, ("status_ongoing", "2020-11-15"))["outcome"] == PromiseOutcome.UNDETERMINED
    searched = told(promise, searched_to=parse("2022-06-30"))
    assert searched["outcome"] == PromiseOutcome.STILL_OPEN
    assert searched["lower"] == pytest.approx(759 / 30.4375)
    assert np.isinf(searched["upper"])
    assert told(promise, as_of=date(2020, 12, 30))["outcome"] == PromiseOutcome.PENDING


def test_talks_that_ended_never_keep_the_promise(told: Make) -> None:
    row = told({"target": "2020-12"}, ("abandoned", "2020-09-01"))
    assert (row["outcome"], row["cause"]) == (PromiseOutcome.ENDED, 2)
    before = told({"target": "2020-12"}, ("abandoned", "2020-02-01"), ("signed", "2020-08-01"))
    assert before["outcome"] == PromiseOutcome.MET


def test_an_undated_event_lies_before_the_stage_that_followed(told: Make) -> None:
    promise = {"target": "2020-12", "event": "agreement_in_principle"}
    assert told(promise, ("signed", "2020-11-01"))["outcome"] == PromiseOutcome.MET
    assert told(promise, ("signed", "2021-02-01"))["outcome"] == PromiseOutcome.UNDETERMINED
    shown = ("status_ongoing", "2021-01-10")
    assert told(promise, shown, ("signed", "2021-02-01"))["outcome"] == PromiseOutcome.UNDETERMINED


@pytest.mark.parametrize(
    ("traits", "why"),
    [
        ({}, "no date and no number of months"),
        ({"low_months": 8.0}, "a date before which, but none by which"),
        ({"target": "2020-08", "said_on": None}, "the day on which it was said is unknown"),
        ({"target": "2020-08", "said_on": "2020-07-01"}, "said on or after the day of the event"),
        ({"target": "2020-08", "said_on": "2020-07-02"}, "said on or after the day of the event"),
        ({"target": "2020-05"}, "the promised day lies before the day on which it was said"),
        ({"target": "2020-08", "event": "round"}, "no clock ends with the promised event"),
    ],
)
def test_what_is_no_promise_is_kept_with_its_reason(
    told: Make, traits: dict[str, Any], why: str
) -> None:
    assert told(traits, ("signed", "2020-07-01"))["outcome"] == why


def test_the_record_as_of_a_day_knows_nothing_later(told: Make) -> None:
    def on(*day: int) -> str:
        end = ("signed", "2021-03-01")
        seen = {"as_of": date(*day), "searched_to": parse("2025-01-01")}
        return str(told({"target": "2020-12"}, end, **seen)["outcome"])

    assert on(2020, 12, 30) == PromiseOutcome.PENDING
    assert on(2021, 1, 1) == PromiseOutcome.STILL_OPEN
    assert on(2021, 2, 28) == PromiseOutcome.STILL_OPEN
    assert on(2021, 3, 1) == PromiseOutcome.LATE
    # A search that was made later does not stretch what had been seen by then.
    promise = {"target": "2020-12"}
    row = told(promise, as_of=date(2021, 1, 1), searched_to=parse("2025-01-01"))
    assert row["lower"] == row["watched"] == pytest.approx(214 / 30.4375)


def test_every_claim_is_counted_and_agrees_with_what_its_text_says(archive: Archive) -> None:
    found = record(archive)
    complete = archive.complete or archive
    claims = [c.id for n in complete.values() for c in n.claims if c.kind == "forecast"]
    assert sorted([*found.promises.index, *found.left_out.index]) == sorted(claims)
    # Whoever read the sources wrote into some statements how it ended.
    text, outcome = found.promises["statement"], found.promises["outcome"]
    kept, missed = text.str.contains(r"\(met"), text.str.contains(r"\(missed|slipped")
    assert kept.sum() > 10
    assert missed.sum() > 5
    assert set(outcome[kept]) == {"met"}
    assert set(outcome[missed]) == {"late"}


def test_the_shipped_record_of_an_earlier_day_holds_no_later_fact(archive: Archive) -> None:
    day = date(2018, 1, 1)
    then, now = record(archive.as_of(day)), record(archive)
    assert (then.promises["said"] <= day).all()
    ended = then.promises["cause"] > 0
    age = then.promises["watched"]
    assert (then.promises.loc[ended, "upper"] <= age[ended]).all()
    assert (then.promises["lower"] <= age).all()
    settled = then.promises.index[then.promises["outcome"].isin(["met", "late"])]
    assert len(settled) > 15
    later = now.promises.loc[settled, "outcome"]
    assert (later == then.promises.loc[settled, "outcome"]).all()


def test_the_first_promise_of_each_negotiation_and_kind_counts() -> None:
    rows = pd.DataFrame(
        [
            ("c1", "x", "minister", date(2020, 5, 1)),
            ("c2", "x", "minister", date(2020, 4, 1)),
            ("c3", "x", "press", date(2020, 6, 1)),
            ("c4", "y", "minister", date(2020, 6, 1)),
            ("c5", "y", "minister", date(2020, 6, 1)),
        ],
        columns=["claim", "cluster", "speaker", "said"],
    ).set_index("claim")
    assert sorted(first_of_each(rows).index) == ["c2", "c3", "c4"]


def frame(n: int, **columns: Any) -> pd.DataFrame:
    rows = {
        "cluster": [f"n{i}" for i in range(n)],
        "parties": [(f"A{i}", f"B{i}") for i in range(n)],
        "speaker": "official",
        "searched_for": "",
        "said": date(2020, 1, 1),
        "outcome": "met",
        "promised": 3.0,
        "lower": 2.0,
        "upper": 2.0,
        "watched": 60.0,
        "cause": 1,
        "event": "signed",
        "family": "raa",
    }
    return pd.DataFrame({**rows, **columns}, index=pd.RangeIndex(n))


def test_a_share_and_its_interval() -> None:
    outcome = ["met"] * 9 + ["late"] * 12 + ["ended without agreement"] + ["not yet due"] * 2
    row = summary(frame(24, outcome=outcome))
    assert (row["met"], row["late"], row["resolved"], row["not yet due"]) == (9, 12, 22, 2)
    assert row["share_met"] == pytest.approx(9 / 22)
    jeffreys = stats.beta.interval(0.9, 9.5, 13.5)
    assert (row["low"], row["high"]) == pytest.approx(jeffreys)
    # All with the same parties: one piece of evidence, so hardly anything is known.
    alike = summary(frame(24, outcome=outcome, parties=[("A", "B")] * 24))
    assert alike["effective"] == 1.0
    assert alike["high"] - alike["low"] > 2 * (row["high"] - row["low"])
    assert share_interval(0.0, 10) == pytest.approx((0.0, stats.beta.ppf(0.95, 0.5, 10.5)))
    assert share_interval(1.0, 10) == pytest.approx((stats.beta.ppf(0.05, 10.5, 0.5), 1.0))


def test_a_small_cell_has_counts_and_no_figures() -> None:
    row = summary(frame(19))
    assert row["met"] == 19
    assert np.isnan([row["share_met"], row["low"], row["ratio"], row["late_months"]]).all()


def test_medians_are_those_of_kaplan_and_meier() -> None:
    # Relative times 1, 1.5, 2 and, censored before the third, 1.75: survival 3/4, 1/2, 0 at 1, 1.5, 2.
    rows = frame(4, promised=3.0, lower=[3.0, 5.0, 7.0, 6.0], upper=[3.0, 5.0, 7.0, np.inf])
    rows["cause"] = [1, 1, 1, 0]
    assert median_ratio(rows) == pytest.approx(1.5)
    assert median_late(rows) == pytest.approx(2.0)
    # An end without agreement at 2 months is not lost from sight: it stays unmet to the last.
    rows.loc[3, ["lower", "upper", "cause"]] = [2.0, 2.0, 2]
    rows.loc[2, ["lower", "upper", "cause"]] = [2.5, np.inf, 0]
    assert median_ratio(rows) == pytest.approx(1.5)
    rows.loc[1, "cause"] = 2
    assert np.isnan(median_ratio(rows))


def test_the_headline_leaves_out_what_was_looked_for_as_failed_and_who_is_no_official() -> None:
    rows = frame(4, speaker=["official", "press", "diplomat", "expert"])
    rows.loc[2, "searched_for"] = "failure"
    assert list(headline(rows).index) == [0]
    table = breakdown(frame(40, promised=[1.0] * 20 + [3.0] * 4 + [6.0] * 8 + [30.0] * 8))
    band = table[table["group"] == "horizon"].set_index("value")["promises"]
    assert band.to_dict() == {
        "up to 3 months": 24, "3 to 12 months": 8, "over 12 months": 8, "over 3 months": 16,
    }  # fmt: skip
    with pytest.raises(NothingToForecastError):
        breakdown(frame(0))


def test_a_past_rate_rests_on_what_was_resolved_before(
    talks: Make, milestone: Make, claim: Make, records: Make
) -> None:
    def case(k: int, speaker: str, end: str) -> Negotiation:
        said = claim(f"c{k}", "2020-01-01", target=parse("2020-06"), speaker=speaker)
        stones: tuple[Milestone, ...] = (milestone("signed", end),)
        made: Negotiation = talks(*stones, id=f"n{k}", claims=(said,))
        return made

    ends = ["2020-03-01", "2020-05-01", "2020-08-01"]
    cases = [case(k, "minister", end) for k, end in enumerate(ends)]
    archive = records(*cases, case(9, "diplomat", "2020-04-15"))

    def on(day: date, speaker: str = "minister") -> tuple[float, int, int, str]:
        return tuple(past_rate(archive.as_of(day), speaker))  # type: ignore[return-value]

    assert on(date(2020, 2, 1)) == (0.5, 0, 0, "no promise resolved yet")
    assert on(date(2020, 3, 1)) == (2 / 3, 1, 1, "minister")
    assert on(date(2020, 4, 1), "diplomat") == (2 / 3, 1, 1, "all kinds")
    assert on(date(2020, 5, 20)) == (3 / 4, 2, 2, "minister")
    assert on(date(2020, 8, 1)) == (3 / 5, 2, 3, "minister")


def test_promises_become_spells_for_the_model_of_slips() -> None:
    rows = frame(3, lower=[2.0, 4.0, 1.0], upper=[2.0, np.inf, 1.5], cause=[1, 0, 2])
    X, y = spells_of_promises(rows)
    assert list(X["promised"]) == [3.0] * 3
    assert list(y["cause"]) == [1, 0, 2]
    assert list(y["upper"]) == [2.0, np.inf, 1.5]


def test_what_was_told_looking_back(
    talks: Make, milestone: Make, claim: Make, records: Make
) -> None:
    def said(key: str, said_on: str | None, low: float | None, high: float | None) -> Claim:
        traits = {"kind": "retrospective_duration", "low_months": low, "high_months": high}
        made: Claim = claim(key, said_on, **traits)
        return made

    claims = (
        said("after", "2021-05-01", 20.0, 28.0),
        said("while", "2020-01-01", 6.0, 6.0),
        said("bound", "2021-05-01", 12.0, None),
        said("undated", None, 12.0, 12.0),
    )
    stones = (milestone("launch_agreed", "2019-01-01"), milestone("signed", "2021-01-01"))
    table, left_out = retrospective(records(talks(*stones, claims=claims)))
    assert table.loc["after", "ratio"] == pytest.approx(24.0 / (731 / 30.4375))
    assert table.loc["while", "documented"] == pytest.approx(365 / 30.4375)
    assert list(table["until"]) == ["event", "claim"]
    assert left_out.to_dict() == {
        "undated": "the day on which it was said is unknown",
        "bound": "no number of months, or only a bound",
    }
    rough = (milestone("launch_agreed", "2019"), milestone("signed", "2020-06"))
    _, why = retrospective(records(talks(*rough, claims=claims[:1])))
    assert why["after"] == "the documented duration is known only roughly"


def test_told_ratios_in_short() -> None:
    ratio = np.append(np.linspace(0.5, 0.95, 10), 4.0)
    table = told_against_documented(frame(11, ratio=ratio, speaker=["press"] * 6 + ["expert"] * 5))
    first = table.iloc[0]
    assert first["ratio"] == pytest.approx(0.75)
    assert first["shorter"] == pytest.approx(10 / 11)
    assert list(table["speaker"]) == ["all", "expert", "press"]


def test_the_shipped_headline_is_what_a_plain_count_gives(archive: Archive) -> None:
    promises = record(archive).promises
    row = breakdown(promises).iloc[0]
    first = first_of_each(headline(promises))
    judged = first[first["outcome"].isin(RESOLVED)]
    exact = judged[judged["lower"] == judged["upper"]]
    # An event to the day needs no rule: months taken against months promised.
    told = exact["upper"] <= exact["promised"] + 1e-9
    concluded = exact["cause"] == 1
    assert ((exact["outcome"] == "met") == (told & concluded)).all()
    assert row["resolved"] == len(judged) >= 80
