"""Cox regression: R's hazard ratios, a stationary penalised likelihood, Breslow's baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.hazard_regression import PHReg

from forecast.models import CoxModel
from forecast.models.base import single_times
from forecast.survival import durations
from forecast.survival.arrays import FloatArray

if TYPE_CHECKING:
    from tests.models.conftest import Sample

COLUMNS = ["age", "sex", "ph.ecog"]


@pytest.mark.parametrize(
    ("name", "entered"), [("cox_efron", 0.0), ("cox_left_truncated", 1.0 / 3.0)]
)
def test_without_a_penalty_it_is_coxph(
    name: str, entered: float, lung: pd.DataFrame, lung_in_r: dict[str, Any]
) -> None:
    time = lung["time"].to_numpy(dtype=float)
    y = durations(time, np.where(lung["status"] == 1, time, np.inf), entry=entered * time)
    params = CoxModel(penalty=0.0).fit(lung[COLUMNS], y).params_
    assert dict(params) == pytest.approx(lung_in_r[name]["coef"], rel=1e-6)


@pytest.mark.parametrize("penalty", [1.0, 4.0, 50.0])
def test_the_penalised_score_is_zero_at_the_estimate(penalty: float, sample: Sample) -> None:
    X, y = sample
    model = CoxModel(penalty=penalty).fit(X, y)
    times, beta = single_times(y), model.params_.to_numpy(dtype=float)
    likelihood = PHReg(
        times,
        model.design_.matrix(X),
        status=y["cause"] == 1,
        entry=np.nextafter(y["entry"], np.inf),
        ties="efron",
    )
    np.testing.assert_allclose(likelihood.score(beta) - penalty * beta, 0.0, atol=1e-6)
    assert np.abs(likelihood.score(beta)).max() > 0.1


def breslow(
    at: float, times: FloatArray, event: FloatArray, entry: FloatArray, risk: FloatArray
) -> float:
    """Cumulative baseline hazard up to and with a time, one event time after the other."""
    total = 0.0
    for when in sorted(set(times[event])):
        if when <= at:
            followed = (entry < when) & (when <= times)
            total += (event & (times == when)).sum() / risk[followed].sum()
    return total


def test_its_curves_rest_on_the_breslow_baseline(sample: Sample) -> None:
    X, y = sample
    model = CoxModel().fit(X, y)
    matrix = model.design_.matrix(X) - model.design_.centre
    risk = np.exp(matrix @ model.params_.to_numpy(dtype=float))
    times, event = single_times(y), np.asarray(y["cause"] == 1)
    curves = model.predict_survival(X)
    assert curves.kind == "step"
    assert curves.follow_up == times[event].max()
    for at in (0.5, 5.0, float(np.sort(times[event])[7]), 24.0):
        hazard = breslow(at, times, event, y["entry"], risk)
        np.testing.assert_allclose(curves.at(at)[:, 0], np.exp(-hazard * risk), rtol=1e-10)


def test_the_baseline_falls_at_the_first_and_the_last_event() -> None:
    X = pd.DataFrame({"x": [0.0] * 6})
    curves = CoxModel().fit(X, durations(np.arange(1.0, 7.0))).predict_survival(X.iloc[:1])
    hazard = np.cumsum(1 / np.arange(6, 0, -1))
    np.testing.assert_allclose(curves.at(np.arange(1.0, 7.0))[0], np.exp(-hazard))
    assert curves.at(0.99)[0, 0] == 1.0


def test_a_higher_hazard_is_a_shorter_wait(sample: Sample) -> None:
    model = CoxModel(covariates=["prior_pacts"]).fit(sample.X, sample.y)
    assert model.params_["prior_pacts"] > 0
    few, many = (
        sample.X.iloc[[0]].assign(prior_pacts=0.0),
        sample.X.iloc[[0]].assign(prior_pacts=3.0),
    )
    assert model.predict_survival(many).at(12.0) < model.predict_survival(few).at(12.0)


def test_a_strong_penalty_leaves_only_the_baseline(sample: Sample) -> None:
    params = CoxModel(penalty=1e8).fit(sample.X, sample.y).params_
    np.testing.assert_allclose(params, 0.0, atol=1e-5)
