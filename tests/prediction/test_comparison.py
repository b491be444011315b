"""What changed between two forecasts: each part on its own, and on real pairs."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from forecast.errors import DataError, UsageError
from forecast.prediction import Case, Forecast, Target, predict
from forecast.prediction.comparable import comparable_cases, duration_in_words
from forecast.prediction.comparison import Comparison, compare, read_forecast


@pytest.fixture(scope="module")
def launch() -> Forecast:
    return predict("jpn-fra-raa", as_of="2024-05-02")


@pytest.fixture(scope="module")
def today() -> Forecast:
    return predict("jpn-fra-raa")


@pytest.fixture(scope="module")
def change(launch: Forecast, today: Forecast) -> Comparison:
    return compare(launch, today)


def settings(comparison: Comparison) -> dict[str, tuple[str, str]]:
    return {row.name: (row.before, row.after) for row in comparison.settings}


def test_a_forecast_equals_itself(today: Forecast) -> None:
    same = compare(today, today)
    assert same.same_inputs
    assert same.same_answer
    assert not same.settings
    assert {row.difference for row in same.models} == {0.0}


def test_settings_hold_only_what_differs(change: Comparison, today: Forecast) -> None:
    found = settings(change)
    assert found["as of"] == ("2024-05-02", "2026-06-30")
    assert found["last seen open"] == ("2024-05-02", str(today.open_at))
    assert found["data digest"][1] == today.digest
    assert "model" not in found
    assert "clock" not in found


def test_quantiles_and_probabilities_are_those_of_the_forecasts(
    change: Comparison, launch: Forecast, today: Forecast
) -> None:
    median = next(row for row in change.quantiles if row.p == 0.5)
    assert (median.before, median.after) == (launch.quantile(0.5), today.quantile(0.5))
    assert isinstance(median.before, date)
    assert isinstance(median.after, date)
    days = (median.after - median.before).days
    assert median.months == pytest.approx(days / 30.4375)
    rows = {row.label: row for row in change.probabilities}
    assert list(rows)[-2:] == ["never", "already, unseen by our sources"]
    by = rows["by 2027-12-31"]
    assert by.before == launch.probability_by("2027-12-31")
    assert by.after == today.probability_by("2027-12-31")
    assert by.difference == pytest.approx(by.after - by.before)
    assert not change.same_answer


def test_days_are_those_of_which_both_speak(launch: Forecast, today: Forecast) -> None:
    for pair in ((launch, today), (today, launch)):
        labels = [row.label for row in compare(*pair).probabilities]
        assert labels[0] == "by 2026-12-31"


def test_models_are_ordered_by_change(change: Comparison) -> None:
    sizes = [abs(row.difference) for row in change.models if row.difference is not None]
    assert sizes == sorted(sizes, reverse=True)
    # Three members, the pool and the baselines; the family's curve was not yet there at the launch.
    assert len(change.models) == 8


def test_a_model_without_an_answer_comes_last(today: Forecast) -> None:
    silent = replace(today.members[0], survival=(), weight=0.0, note="too few")
    without = replace(today, members=(silent, *today.members[1:]))
    row = compare(today, without).models[-1]
    assert row.label == silent.label
    assert row.before is not None
    assert (row.after, row.difference) == (None, None)


def test_spells_that_came_in_or_changed(
    change: Comparison, launch: Forecast, today: Forecast
) -> None:
    before, after = ({case.id for case in f.cases} for f in (launch, today))
    assert {case.id for case in change.added} == after - before
    assert {case.id for case in change.removed} == before - after
    manila = next(case for case in change.changed if case.id == "jpn-phl-raa")
    told = {row.name: (row.before, row.after) for row in manila.changes}
    assert told["status"] == ("open", "concluded")
    assert told["end"] == ("", "2024-07-08")
    assert told["months"][1] == "8.1"
    assert {case.id for case in change.changed} <= before & after


def test_a_spell_that_dropped_out(today: Forecast) -> None:
    fewer = replace(today, cases=today.cases[1:])
    assert compare(today, fewer).removed == today.cases[:1]
    assert not compare(today, fewer).same_inputs


def test_other_accounts_change_durations_and_nothing_else(today: Forecast) -> None:
    press = predict("jpn-fra-raa", accounts="press")
    found = compare(today, press)
    assert settings(found) == {"accounts": ("documented", "press")}
    assert {case.id for case in found.changed} == {"jpn-aus-raa", "jpn-gbr-raa"}
    assert not found.added
    assert not found.removed


def test_a_date_that_officials_named_since(
    change: Comparison, today: Forecast, launch: Forecast
) -> None:
    assert [target.by for target in change.new_targets] == [date(2024, 12, 31)]
    assert change.gone_targets == ()
    assert [t.by for t in compare(today, launch).gone_targets] == [date(2024, 12, 31)]
    more = Target("a minister", "minister", "2026-06-01", date(2026, 12, 31), "soon", "")
    with_more = replace(today, targets=(*today.targets, more))
    assert compare(today, with_more).new_targets == (more,)


def test_a_trait_of_the_case_that_differs(today: Forecast) -> None:
    other = replace(today, covariates={**today.covariates, "prior_pacts": "2 (...)"})
    (row,) = compare(today, other).covariates
    assert (row.name, row.after) == ("prior_pacts", "2 (...)")


def test_open_then_concluded() -> None:
    before = predict("jpn-phl-raa", as_of="2024-05-02")
    found = compare(before, predict("jpn-phl-raa"))
    assert settings(found)["status"] == ("open", "concluded")
    assert {row.after for row in found.quantiles} == {date(2024, 7, 8)}
    assert [row.after for row in found.probabilities] == [1.0] * 5 + [0.0, 0.0]
    # A documented end rests on no model: nothing is said to have dropped out.
    assert (found.models, found.added, found.removed, found.new_targets) == ((), (), (), ())


def test_quantiles_without_a_date_have_no_difference(today: Forecast) -> None:
    never = replace(today.outlook, survival=tuple(np.ones(len(today.outlook.survival))), never=1.0)
    found = compare(today, replace(today, outlook=never))
    last = found.quantiles[-1]
    assert (last.after, last.months) == ("never", None)


def test_two_negotiations_are_not_compared(today: Forecast) -> None:
    with pytest.raises(UsageError, match="is about jpn-fra-raa, the second about jpn-gbr-raa"):
        compare(today, replace(today, negotiation="jpn-gbr-raa"))


def test_a_file_is_read_as_it_was_written(today: Forecast, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(today.to_json(), encoding="utf-8")
    assert compare(today, read_forecast(path)).same_inputs
    assert compare(today, read_forecast(path)).same_answer


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.json cannot be read"):
        read_forecast(tmp_path / "none.json")
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_forecast(tmp_path)
    path = tmp_path / "a.json"
    path.write_text("{}")
    with pytest.raises(DataError, match=r"a\.json: this is not a forecast of schema forecast/1"):
        read_forecast(path)


def test_comparable_cases_come_in_order(today: Forecast) -> None:
    ordered = comparable_cases(today)
    assert {case.id for case in ordered} == {case.id for case in today.cases}
    assert [case.family for case in ordered[:3]] == ["raa"] * 3
    # Within the family the nearest launch first, then other pacts of the same pair.
    assert [case.id for case in ordered[:3]] == ["jpn-phl-raa", "jpn-gbr-raa", "jpn-aus-raa"]
    assert all(case.id.startswith("jpn-fra-") for case in ordered[3:6])
    assert not ordered[6].id.startswith("jpn-fra-")


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (15.4415, 15.4415, "15.4"),
        (89.1663, 90.1519, "89.2 to 90.2"),
        (26.6, 39.6, "27 to 40"),
        (0.0, 0.0328, "0.0"),
        (7.52, None, "over 8"),
    ],
)
def test_durations_in_words(today: Forecast, lower: float, upper: float | None, words: str) -> None:
    case: Case = replace(today.cases[0], lower=lower, upper=upper)
    assert duration_in_words(case) == words
