"""An analyst's belief: how it is read, what it is at launch, and what the data do to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from forecast.analysis.beliefs import (
    BELIEF,
    BOTH,
    MODEL,
    UPDATED,
    Weighed,
    unfound,
    weigh,
)
from forecast.analysis.refit import fit_tails
from forecast.analysis.stated_belief import Belief, parse_belief
from forecast.errors import NothingToForecastError, UsageError
from forecast.models import HierarchicalModel
from forecast.prediction.question import Question, pose
from forecast.survival import SurvivalCurves

SAID = Belief((12.0, 24.0), (0.5, 0.9))


def exponential(rate: float, never: float) -> SurvivalCurves:
    times = np.arange(0.0, 241.0)
    survival = never + (1.0 - never) * np.exp(-rate * times)
    return SurvivalCurves(times, survival[np.newaxis], np.array([never]), "log-linear", tail=rate)


@pytest.fixture(scope="module")
def question() -> Question:
    return pose("jpn-fra-raa")


@pytest.fixture(scope="module")
def models(question: Question) -> list[HierarchicalModel]:
    return list(fit_tails(question, nodes=128, draws=8).values())


@pytest.fixture(scope="module")
def weighed(question: Question, models: list[HierarchicalModel]) -> Weighed:
    return weigh(question, SAID, models)


def test_a_belief_is_read() -> None:
    assert parse_belief(" 6.5:0.2, 24:.9 ") == Belief((6.5, 24.0), (0.2, 0.9))


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is not months:probability"),
        ("12", "'12' in the belief '12' is not months:probability"),
        ("12:0.5,", "is not months:probability"),
        ("12:0.5:1", "is not months:probability"),
        ("a:0.5", "is not months:probability"),
        ("24:0.5,12:0.9", "the months of a belief must rise"),
        ("12:0.5,12:0.9", "the months of a belief must rise"),
        ("12:0.5,24:0.5", "the probabilities of a belief must rise"),
        ("12:50", "lie between 0 and 1, not 50"),
        ("12:0", "lie between 0 and 1, not 0"),
        ("12:1", "lie between 0 and 1, not 1"),
        ("0:0.5", "lie between 0 and 600, not 0"),
        ("700:0.5", "lie between 0 and 600, not 700"),
        ("nan:0.5", "lie between 0 and 600, not nan"),
        ("12:nan", "lie between 0 and 1, not nan"),
        ("inf:0.5", "lie between 0 and 600, not inf"),
    ],
)
def test_a_malformed_belief_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_belief(text)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_at_launch_it_says_what_the_analyst_said_and_else_what_the_model_says() -> None:
    model = exponential(0.03, 0.1)
    ratios = SAID.ratios(model)
    held, left = SAID.reweighted(model, ratios)
    assert left == pytest.approx(1.0)
    assert 1.0 - held.at([12.0, 24.0])[0] == pytest.approx([0.5, 0.9])
    # Within an interval the model's shape, in closed form.
    fall = (1 - np.exp(-0.03 * 5)) / (1 - np.exp(-0.03 * 12))
    assert 1.0 - held.at(5.0)[0, 0] == pytest.approx(0.5 * fall)
    # Beyond the last month the model given that it lasts so long, never and all.
    assert held.at(60.0)[0, 0] / 0.1 == pytest.approx(model.at(60.0)[0, 0] / model.at(24.0)[0, 0])
    assert held.never[0] == pytest.approx(0.1 * 0.1 / model.at(24.0)[0, 0])


def test_saying_what_the_model_says_changes_nothing() -> None:
    model = exponential(0.03, 0.1)
    said = Belief((7.0, 31.0), tuple(1.0 - model.at([7.0, 31.0])[0]))
    held, _ = said.reweighted(model, said.ratios(model))
    times = np.linspace(0.0, 300.0, 50)
    assert held.at(times)[0] == pytest.approx(model.at(times)[0], abs=1e-9)


def test_weighting_commutes_with_conditioning() -> None:
    model = exponential(0.03, 0.1)
    ratios = SAID.ratios(model)
    first, left = SAID.reweighted(model.given(8.0), ratios)
    then = SAID.reweighted(model, ratios)[0]
    times = np.linspace(8.0, 100.0, 40)
    assert first.at(times)[0] == pytest.approx(then.given(8.0).at(times)[0], abs=1e-9)
    # What is left is how much likelier the belief held it to be open at 8 months.
    assert left == pytest.approx(then.at(8.0)[0, 0] / model.at(8.0)[0, 0])


def test_a_belief_about_what_the_model_holds_impossible_is_refused() -> None:
    times = np.array([0.0, 10.0, 20.0])
    model = SurvivalCurves(times, np.array([[1.0, 1.0, 0.2]]), np.array([0.1]), "log-linear")
    with pytest.raises(UsageError, match="gives no chance"):
        Belief((5.0,), (0.5,)).ratios(model)


def test_after_the_last_month_open_talks_are_as_the_model_has_them(
    question: Question, models: list[HierarchicalModel]
) -> None:
    today = question.view.date
    known = replace(question, spell=replace(question.spell, open_at=today))
    found = weigh(known, SAID, models)
    later = date(2028, 12, 31)
    by = found.by(later)
    assert by[UPDATED] == pytest.approx(by[MODEL], abs=1e-9)
    assert by[BOTH] == pytest.approx(by[MODEL], abs=1e-9)
    # The belief foresaw it worse: 1 in 10 against the model's own probability.
    assert found.weight < 0.3


def test_the_model_is_that_of_the_forecast(
    weighed: Weighed, question: Question, models: list[HierarchicalModel]
) -> None:
    answer = question.remaining([question.curve(model) for model in models])
    ahead = (date(2027, 12, 31) - question.view.date).days / 30.4375
    by = weighed.by(date(2027, 12, 31))
    assert by[MODEL] == pytest.approx(answer.probability_within(ahead))


def test_both_together_is_bayes_rule_on_the_pool_at_launch(
    question: Question, models: list[HierarchicalModel]
) -> None:
    """With one model: pool the launch curves, then condition, in closed sums."""
    found = weigh(question, SAID, models[:1])
    row = question.table.X.loc[["jpn-fra-raa"]]
    conditional = question.curve(models[0])
    launch = models[0].predict_survival(row, elapsed=0.0)
    ratios = SAID.ratios(launch)
    held, left = SAID.reweighted(conditional, ratios)
    likelihood_b, likelihood_m = left * unfound(held, question), unfound(conditional, question)
    assert found.weight == pytest.approx(likelihood_b / (likelihood_b + likelihood_m))
    day = date(2028, 6, 30)
    age = (day - date(2024, 5, 2)).days / 30.4375
    open_b, open_m = left * held.at(age)[0, 0], conditional.at(age)[0, 0]
    pooled = 1.0 - (open_b + open_m) / (likelihood_b + likelihood_m)
    assert found.by(day)[BOTH] == pytest.approx(pooled, abs=2e-3)


def test_what_is_shown_lies_in_order(weighed: Weighed) -> None:
    by = weighed.by(date(2027, 12, 31))
    assert list(by) == [BELIEF, UPDATED, MODEL, BOTH]
    assert by[MODEL] < by[BOTH] < by[UPDATED] < by[BELIEF]
    assert weighed.days == [date(2025, 5, 3), date(2026, 5, 3)]
    medians = weighed.medians()
    assert medians[BELIEF] == pytest.approx(12.0 - weighed.question.ages.as_of, abs=0.01)
    frame = weighed.to_frame()
    before = frame["months"] < weighed.question.ages.as_of
    assert frame.loc[before, MODEL].isna().all()
    assert frame.loc[~before, MODEL].is_monotonic_increasing


def test_a_concluded_case_has_no_belief_to_weigh(models: list[HierarchicalModel]) -> None:
    with pytest.raises(NothingToForecastError):
        weigh(pose("jpn-gbr-raa"), SAID, models)
