"""Steps from the prior to the answer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from forecast.analysis.explain import ANSWER, DATA, START, Explanation, explain, prior_weights
from forecast.analysis.refit import fit_tails, months_to
from forecast.models import HierarchicalModel
from forecast.prediction.question import Question, pose
from tests.analysis.asked import CASE, KEPT, QUICK, models, only, priors, question


@pytest.fixture(scope="module")
def explanation() -> Explanation:
    return explain(question(), models(), priors())


def test_the_steps_add_up(explanation: Explanation) -> None:
    steps: Any = explanation.steps
    assert list(steps["step"].iloc[:4]) == [START, DATA, "family", "countries"]
    assert steps["step"].iloc[-1] == ANSWER
    assert list(steps["kind"]) == ["level", *["change"] * (len(steps) - 2), "level"]
    for column in ("median_months", "within_12"):
        assert steps[column].iloc[:-1].sum() == pytest.approx(steps[column].iloc[-1], abs=1e-9)
    assert (steps[["median_months_error", "within_12_error"]] == 0.0).all(axis=None)


def test_the_last_step_is_the_forecast(explanation: Explanation) -> None:
    answer = question().remaining([question().curve(m) for m in models().values()])
    last: Any = explanation.steps.iloc[-1]
    assert last["within_12"] == pytest.approx(answer.probability_within(12.0), abs=0.005)
    assert last["median_months"] == pytest.approx(months_to(answer, 0.5), abs=0.4)


def average_case(model: HierarchicalModel, asked: Question) -> float:
    """P within 12 months of a case with no term but mu and k, straight from the weighted draws."""
    draws: Any = model.posterior
    ages, miss = asked.ages, asked.miss_rate
    actual = model.case(asked.table.X.loc[[CASE]])[0]
    weights = draws["weight"].to_numpy() / np.exp(actual.log_open_at(ages.open_at))
    pi = expit(draws["logit(never)"].to_numpy())
    rate, sigma = np.exp(draws["log(ending rate)"]), np.exp(draws["log(scale)"])

    def open_at(age: float, concluding: float) -> float:
        survival = norm.sf((np.log(concluding) - draws["log(median)"]) / sigma)
        lasting = pi * np.exp(-rate * age)
        return float(weights @ (lasting + (1.0 - pi) * survival))

    seen = open_at(ages.open_at, ages.open_at)
    total = miss * seen + (1.0 - miss) * open_at(ages.open_at, ages.searched)
    return 1.0 - open_at(ages.open_at, ages.as_of + 12.0) / total


def test_an_average_case_is_that_of_the_draws() -> None:
    tail = {"lognormal": models()["lognormal"]}
    before = {"lognormal": priors()["lognormal"]}
    steps: Any = explain(question(), tail, before).steps
    start = average_case(before["lognormal"], question())
    data = average_case(tail["lognormal"], question())
    assert steps["within_12"].iloc[0] == pytest.approx(start, abs=0.01)
    assert steps["within_12"].iloc[:2].sum() == pytest.approx(data, abs=0.005)


def test_a_covariate_without_a_value_is_named_and_moves_nothing() -> None:
    table = question().table
    X = table.X.copy()
    X.loc[CASE, "allied"] = np.nan
    asked = replace(question(), table=replace(table, X=X))
    found = explain(asked, models(), priors())
    assert found.unknown == ("allied",)
    assert "allied" not in set(found.steps["step"])


def test_the_family_of_raas_makes_it_later(explanation: Explanation) -> None:
    steps: Any = explanation.steps.set_index("step")
    assert steps.loc["family", "within_12"] < -0.02
    assert steps.loc[DATA, "within_12"] > 0.15
    covariates = steps["within_12"].iloc[4:-1].abs()
    assert covariates.is_monotonic_decreasing


def test_it_can_be_asked_on_the_day_of_the_launch() -> None:
    """At age 0 nothing is known of the case but that it was launched."""
    then = pose(CASE, as_of="2024-05-02")
    asked = replace(then, table=only(then.table, KEPT))
    assert asked.ages == (0.0, 0.0, 0.0)
    prior = fit_tails(asked, prior_weights(asked), **QUICK)
    steps: Any = explain(asked, fit_tails(asked, **QUICK), prior).steps
    assert steps["within_12"].iloc[:-1].sum() == pytest.approx(steps["within_12"].iloc[-1])
    assert 0.0 < steps["within_12"].iloc[-1] < 1.0


def test_the_figure_has_a_bar_a_step(explanation: Explanation) -> None:
    left, right = explanation.plot()
    assert len(left.patches) == len(right.patches) == len(explanation.steps)
