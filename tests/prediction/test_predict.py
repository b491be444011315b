"""Asking for a forecast: what moves the answer, what is refused, and that it repeats itself."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from forecast.archive import Archive
from forecast.errors import NothingToForecastError, UsageError
from forecast.models import BASELINES, HEADLINE, POOL, POOLS
from forecast.prediction import Forecast, predict, predict_open
from forecast.prediction.grid import months_ahead, months_between


def test_the_headline_on_the_day_of_the_launch(at_launch: Forecast) -> None:
    assert at_launch.status == "open"
    assert at_launch.start_day == at_launch.open_at == at_launch.as_of == date(2024, 5, 2)
    assert at_launch.searched_to == date(2024, 5, 2)
    assert at_launch.vintage == date(2026, 6, 30)
    # Nothing can have happened unseen on the first day.
    assert at_launch.unseen == 0.0
    assert "Japanese foreign ministry" in at_launch.resolution


def test_the_headline_today(france: Forecast) -> None:
    assert france.open_at == date(2024, 12, 17)
    assert france.searched_to == france.as_of == date(2026, 6, 30)
    assert france.miss_rate == 0.05
    assert 0.05 < france.unseen < 0.15
    assert france.open_at_source.startswith("https://www.nippon.com/")


def test_members_pool_and_baselines_stand_beside_the_answer(france: Forecast) -> None:
    assert tuple(o.name for o in france.members) == POOLS[HEADLINE]
    assert tuple(o.name for o in france.baselines) == (POOL, *BASELINES)
    assert sum(o.weight for o in france.members) == pytest.approx(1.0)
    assert all(o.identified for o in france.members)
    by = [france.probability_by("2027-12-31", o) for o in france.members]
    assert min(by) < france.probability_by("2027-12-31") < max(by)
    assert france.probability_by("2027-12-31") == pytest.approx(np.mean(by), abs=1e-3)


def test_promised_dates_are_targets(france: Forecast, at_launch: Forecast) -> None:
    # "A deal could take about a year", of 2 May 2024; "by the end of the year", of September.
    assert [str(t.by) for t in france.targets] == ["2024-12-31", "2025-05-02"]
    assert [str(t.by) for t in at_launch.targets] == ["2025-05-02"]


def test_cases_leave_out_the_case_itself(france: Forecast) -> None:
    ids = [case.id for case in france.cases]
    assert "jpn-gbr-raa" in ids
    assert "jpn-fra-raa" not in ids
    uk = next(case for case in france.cases if case.id == "jpn-gbr-raa")
    assert (uk.lower, uk.upper) == (15.4415, 15.4415)


def test_later_evidence_of_openness_moves_the_answer(france: Forecast) -> None:
    day = date(2026, 6, 1)
    asserted = predict("jpn-fra-raa", open_at="2026-06-01")
    assert asserted.open_at == day
    assert asserted.open_at_source == ""
    assert asserted.unseen < france.unseen / 5
    assert asserted.quantile(0.25) > france.quantile(0.25)  # type: ignore[operator]
    same = predict("jpn-fra-raa", open_at=day)
    assert same.to_json() == asserted.to_json()


def test_an_assertion_before_the_last_evidence_changes_nothing(france: Forecast) -> None:
    assert predict("jpn-fra-raa", open_at="2024-06-01").to_json() == france.to_json()


@pytest.mark.parametrize("day", ["2024-05-01", "2026-07-01"])
def test_an_assertion_outside_the_case_is_refused(day: str) -> None:
    with pytest.raises(UsageError, match=f"open-at {day} must lie between the start"):
        predict("jpn-fra-raa", open_at=day)


@pytest.mark.parametrize(
    ("argument", "value", "said"),
    [
        ("as_of", "2024-05-32", "as-of '2024-05-32' is not a day such as 2024-05-02"),
        ("as_of", "May 2024", "as-of 'May 2024' is not a day"),
        ("open_at", "soon", "open-at 'soon' is not a day"),
        ("clock", "launch:ratified", "'launch:ratified' is not a clock; one of launch:signed"),
        (
            "model",
            "oracle",
            "'oracle' is not a model; one of hierarchical, pool, hierarchical-lognormal",
        ),
        ("accounts", "rumours", "'rumours' is not an account set; one of documented, press"),
    ],
)
@pytest.mark.parametrize("negotiation", ["jpn-fra-raa", "jpn-gbr-raa"])
def test_what_is_not_understood_is_refused(
    negotiation: str, argument: str, value: str, said: str
) -> None:
    with pytest.raises(UsageError) as caught:
        predict(negotiation, **{argument: value})  # type: ignore[arg-type]
    assert said in str(caught.value)


def test_an_unknown_negotiation_suggests_the_nearest() -> None:
    with pytest.raises(NothingToForecastError, match=r"did you mean .*jpn-fra-raa"):
        predict("jpn-fra-rra")


def test_before_the_launch_there_is_nothing_to_forecast() -> None:
    with pytest.raises(NothingToForecastError) as caught:
        predict("jpn-fra-raa", as_of="2024-05-01")
    said = "jpn-fra-raa was not yet launched by 2024-05-01 (launched: 2024-05-02)"
    assert str(caught.value) == said


def test_before_the_signature_there_is_no_way_to_force() -> None:
    with pytest.raises(NothingToForecastError, match="was not yet signed by 2022-06-01"):
        predict("jpn-gbr-raa", as_of="2022-06-01", clock="signed:in_force")


def test_what_was_never_launched_is_not_forecast() -> None:
    with pytest.raises(NothingToForecastError, match="jpn-ita-raa was never launched"):
        predict("jpn-ita-raa")


def test_a_single_model_is_its_own_answer(france: Forecast) -> None:
    weibull = predict("jpn-fra-raa", model="weibull-aft")
    pool = predict("jpn-fra-raa", model=POOL)
    (member,) = weibull.members
    assert (member.name, member.weight) == ("weibull-aft", 1.0)
    assert weibull.outlook.survival == member.survival
    assert weibull.outlook.unseen == member.unseen
    in_pool = next(o for o in pool.members if o.name == "weibull-aft")
    assert member.survival == in_pool.survival
    assert weibull.quantile(0.5) == pool.quantile(0.5, in_pool)
    beside = next(o for o in france.baselines if o.name == POOL)
    assert beside.survival == pool.outlook.survival
    assert tuple(o.name for o in weibull.baselines) == BASELINES


def test_a_baseline_can_be_the_answer() -> None:
    lindy = predict("jpn-fra-raa", as_of="2024-05-02", model="lindy")
    scale = float(lindy.diagnostics["lindy"]["t0"])
    # At the launch h / (h + t0): half by the past median.
    months = months_ahead()
    survival = np.array(lindy.outlook.survival)
    np.testing.assert_allclose(survival, scale / (scale + months), rtol=2e-3)
    assert "lindy" not in [o.name for o in lindy.baselines]


def test_the_press_tells_another_story(at_launch: Forecast) -> None:
    press = predict("jpn-fra-raa", as_of="2024-05-02", accounts="press")
    assert press.accounts == "press"
    told = {case.id: case.upper for case in press.cases}
    documented = {case.id: case.upper for case in at_launch.cases}
    assert (told["jpn-aus-raa"], told["jpn-gbr-raa"]) == (24.0, 12.0)
    changed = {key for key in told if told[key] != documented[key]}
    assert changed == {"jpn-aus-raa", "jpn-gbr-raa"}
    # Two years where there were seven and a half: the press makes talks look quicker.
    assert press.probability_by("2026-05-02") > at_launch.probability_by("2026-05-02")


@pytest.mark.parametrize("clock", ["launch:agreed", "launch:in_force"])
def test_other_clocks(clock: str) -> None:
    answer = predict("jpn-fra-raa", clock=clock)
    assert answer.clock == clock
    assert answer.status == "open"
    assert isinstance(answer.quantile(0.25), date)


def test_a_later_stage_takes_longer(france: Forecast) -> None:
    in_force = predict("jpn-fra-raa", clock="launch:in_force")
    assert in_force.probability_by("2027-12-31") < france.probability_by("2027-12-31")


def test_every_open_negotiation_from_one_fit(
    every_open: dict[str, Forecast], france: Forecast, archive: Archive
) -> None:
    answers = every_open
    assert list(answers) == [key for key in archive if key in answers]
    assert {"jpn-fra-raa", "jpn-fin-dett", "jpn-eun-isa"} <= set(answers)
    assert all(answer.status == "open" for answer in answers.values())
    assert answers["jpn-fra-raa"].to_json() == france.to_json()
    assert answers["jpn-eun-isa"].to_json() == predict("jpn-eun-isa").to_json()


def test_without_a_search_nothing_is_known_after_the_last_evidence() -> None:
    finland = predict("jpn-fin-dett")
    assert finland.miss_rate == 1.0
    assert finland.searched_to == finland.open_at
    # 18 months without a word.
    assert months_between(finland.open_at, finland.as_of) == pytest.approx(18.3, abs=0.1)
    assert finland.unseen > 0.2


@pytest.mark.usefixtures("fitted_anew")
def test_the_same_call_gives_the_same_bytes(france: Forecast) -> None:
    assert predict("jpn-fra-raa").to_json() == france.to_json()


def test_the_shipped_records_at_their_vintage_are_the_default(
    france: Forecast, archive: Archive
) -> None:
    assert predict("jpn-fra-raa", archive=archive).to_json() == france.to_json()
    assert predict("jpn-fra-raa", as_of=archive.vintage).to_json() == france.to_json()


def test_sensitivities_are_answers_under_other_assumptions(france: Forecast) -> None:
    by = france.probability_by(france.headline_day)
    told = list(france.sensitivity.items())
    # Misses of 0, 5 and 100 %, then never shares of 0, 10, 20 and 35 % and the models' own, 5 %.
    misses, nevers = told[:3], told[3:]
    assert misses[1][1] == pytest.approx(by, abs=1e-5)
    assert misses[0][1] < by < misses[2][1]
    assert "5 %" in misses[1][0]
    assert [label.split(" ")[0] for label, _ in nevers] == ["0", "5", "10", "20", "35"]
    assert nevers[1][0] == (
        "5 % of such talks never conclude, counted from launch (as the models have it; of those still "
        f"open like this case {france.never:.0%})".replace("%)", " %)")
    )
    answers = [p for _, p in nevers]
    assert answers[1] == pytest.approx(by, abs=1e-6)
    assert answers == sorted(answers, reverse=True)


def test_models_without_a_never_share_have_one_row_of_none() -> None:
    told = predict("jpn-fra-raa", model="constant-hazard").sensitivity
    nevers = [label for label in told if "never conclude" in label]
    assert [label.split(" ")[0] for label in nevers] == ["0", "5", "10", "20", "35"]


def test_a_strict_archive_stays_strict(archive: Archive) -> None:
    strict = archive.as_of(date(2022, 6, 1), "strict")
    answer = predict("jpn-gbr-raa", as_of="2022-06-01", archive=strict)
    event = predict("jpn-gbr-raa", as_of="2022-06-01")
    assert len(answer.cases) < len(event.cases)
    assert answer.digest == strict.digest()
    assert answer.digest != event.digest


def test_a_day_far_beyond_the_data_is_refused() -> None:
    for day in ("2076-07-01", "9999-12-31"):
        with pytest.raises(
            UsageError, match=rf"^as-of {day} lies more than 50 years after the data"
        ):
            predict("jpn-fra-raa", as_of=day)


def test_an_unknown_domain_lists_those_there_are() -> None:
    with pytest.raises(UsageError, match=r"^'fishing' is not a domain; one of defence, trade$"):
        predict_open(domain="fishing")
