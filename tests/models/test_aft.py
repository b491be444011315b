"""The AFT model: R's figures, the ridge in closed form, an independent likelihood, its curves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import approx_fprime
from scipy.stats import norm

from forecast.errors import ConvergenceError, NotIdentifiedError
from forecast.models import AFTModel
from forecast.models.aft import PRIOR_SD
from forecast.survival import durations
from forecast.survival.arrays import DurationArray, FloatArray

if TYPE_CHECKING:
    from tests.models.conftest import Sample

COLUMNS = ["age", "sex", "ph.ecog"]

FAMILIES = ["lognormal", "weibull", "loglogistic", "exponential"]


def right_censored(lung: pd.DataFrame) -> DurationArray:
    time = lung["time"].to_numpy(dtype=float)
    return durations(time, np.where(lung["status"] == 1, time, np.inf))


def interval_censored(lung: pd.DataFrame) -> DurationArray:
    time, event = lung["time"].to_numpy(dtype=float), (lung["status"] == 1).to_numpy()
    start = np.floor(time / 30) * 30
    return durations(np.where(event, start, time), np.where(event, start + 30, np.inf))


@pytest.mark.parametrize(
    ("censored", "name"),
    [(right_censored, f"aft_{family}") for family in FAMILIES]
    + [(interval_censored, f"interval_{family}") for family in FAMILIES[:3]],
)
def test_without_a_penalty_it_is_survreg(
    censored: Any, name: str, lung: pd.DataFrame, lung_in_r: dict[str, Any]
) -> None:
    family, reference = name.split("_")[1], lung_in_r[name]
    model = AFTModel(family, penalty=0.0).fit(lung[COLUMNS], censored(lung))
    expected = {"Intercept": reference["coef"]["(Intercept)"]}
    expected |= {column: reference["coef"][column] for column in COLUMNS}
    if family != "exponential":
        expected["log(scale)"] = np.log(reference["scale"])
    assert dict(model.params_) == pytest.approx(expected, rel=1e-5)
    assert model.scale_ == pytest.approx(reference["scale"], rel=1e-5)
    assert model.loglik_ == pytest.approx(reference["loglik"], rel=1e-5)
    if "se" in reference:
        errors = list(reference["se"].values())
        np.testing.assert_allclose(model.standard_errors_, errors, rtol=1e-4)
        assert list(model.standard_errors_.index) == list(model.params_.index)


def test_the_ridge_is_the_closed_form_posterior_mode() -> None:
    """With exact rows and a known scale the posterior of the coefficients is Gaussian."""
    rng = np.random.default_rng(5)
    X = pd.DataFrame(
        {"prior_pacts": rng.normal(size=25), "legal_sticking_point": rng.normal(size=25)}
    )
    time = np.exp(2.5 + 0.4 * X["prior_pacts"] + 0.8 * rng.normal(size=25)).to_numpy()
    scale = 0.6
    known = {"log(scale)": (float(np.log(scale)), 1e-7)}
    model = AFTModel("lognormal", priors=known).fit(X, durations(time))
    design = np.column_stack([np.ones(25), X])
    precision = np.diag([0.0, 1 / PRIOR_SD**2, 1 / PRIOR_SD**2])
    centre = np.array([0.0, -0.15, 0.25])  # as registered
    information = design.T @ design / scale**2 + precision
    mode = np.linalg.solve(information, design.T @ np.log(time) / scale**2 + precision @ centre)
    assert model.scale_ == pytest.approx(scale, rel=1e-6)
    np.testing.assert_allclose(model.params_.iloc[:3], mode, rtol=1e-6)
    errors = np.sqrt(np.diag(np.linalg.inv(information)))
    np.testing.assert_allclose(model.standard_errors_.iloc[:3], errors, rtol=1e-6)


def log_normal(y: DurationArray, mu: FloatArray, sigma: float) -> float:
    """Log-likelihood of time, written anew."""

    def survival(t: FloatArray) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.asarray(norm.sf((np.log(t) - mu) / sigma))

    exact = y["upper"] == y["lower"]
    concluded = y["cause"] == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        density = norm.pdf((np.log(y["lower"]) - mu) / sigma) / (sigma * y["lower"])
        top = np.where(
            concluded & exact,
            density,
            survival(y["lower"]) - np.where(concluded, survival(y["upper"]), 0.0),
        )
    bottom = survival(y["entry"]) - np.where(concluded, survival(y["exit"]), 0.0)
    return float(np.sum(np.log(top) - np.log(bottom)))


def test_the_penalised_likelihood_is_stationary_at_the_estimate(sample: Sample) -> None:
    model = AFTModel("lognormal").fit(sample.X, sample.y)
    design = np.column_stack([np.ones(len(sample.X)), model.design_.matrix(sample.X)])
    centre = np.array([-0.15, -0.15, 0.0])

    def objective(theta: FloatArray) -> float:
        penalty = 0.5 * np.sum((theta[1:4] - centre) ** 2) / PRIOR_SD**2
        loglik = log_normal(sample.y, design @ theta[:4], float(np.exp(theta[4])))
        return loglik - float(penalty)

    estimate = model.params_.to_numpy(dtype=float)
    assert list(model.params_.index)[1:4] == list(model.design_.names)
    np.testing.assert_allclose(approx_fprime(estimate, objective, 1e-6), 0.0, atol=1e-3)
    assert np.abs(approx_fprime(estimate + 0.01, objective, 1e-6)).max() > 0.1
    assert model.loglik_ == pytest.approx(
        log_normal(sample.y, design @ estimate[:4], float(np.exp(estimate[4]))), rel=1e-9
    )


def test_the_penalty_pulls_to_the_registered_means_or_to_zero(sample: Sample) -> None:
    registry = AFTModel(penalty=1e8).fit(sample.X, sample.y).params_
    zero = AFTModel(penalty=1e8, centre="zero").fit(sample.X, sample.y).params_
    columns = ["prior_pacts", "prior_exercises", "partner_type[ally]"]
    np.testing.assert_allclose(registry[columns], [-0.15, -0.15, 0.0], atol=1e-5)
    np.testing.assert_allclose(zero[columns], 0.0, atol=1e-5)


def test_a_prior_of_its_own_replaces_the_penalty(sample: Sample) -> None:
    model = AFTModel(priors={"prior_pacts": (0.7, 1e-4), "Intercept": (3.0, 1e-4)})
    params = model.fit(sample.X, sample.y).params_
    assert params["prior_pacts"] == pytest.approx(0.7, abs=1e-5)
    assert params["Intercept"] == pytest.approx(3.0, abs=1e-5)


@pytest.mark.parametrize(
    ("family", "survival"),
    [
        ("lognormal", lambda z: norm.sf(z)),
        ("weibull", lambda z: np.exp(-np.exp(z))),
        ("loglogistic", lambda z: 1 / (1 + np.exp(z))),
        ("exponential", lambda z: np.exp(-np.exp(z))),
    ],
)
def test_its_curves_are_the_family_s(family: str, survival: Any, sample: Sample) -> None:
    model = AFTModel(family).fit(sample.X, sample.y)
    times = np.array([0.0, 1.0, 5.0, 20.0, 100.0])
    X = sample.X.iloc[[1, 8]]
    z = (np.log(times[1:]) - model.location(X)[:, np.newaxis]) / model.scale_
    curves = model.predict_survival(X, times)
    np.testing.assert_allclose(curves.survival[:, 1:], survival(z), rtol=1e-10)
    np.testing.assert_array_equal(curves.times, times)
    by_hand = model.params_["Intercept"] + X["prior_pacts"] * model.params_["prior_pacts"]
    by_hand += X["prior_exercises"] * model.params_["prior_exercises"]
    by_hand += (X["partner_type"] == "ally") * model.params_["partner_type[ally]"]
    np.testing.assert_allclose(model.location(X), by_hand)


def test_two_cases_under_priors_on_all_can_be_fitted(sample: Sample) -> None:
    X, y = sample.X.iloc[50:52], durations([24.0, 12.0])
    priors = {"Intercept": (float(np.log(24)), 0.6), "log(scale)": (float(np.log(0.75)), 0.3)}
    params = AFTModel(covariates=[], priors=priors).fit(X, y).params_
    assert np.log(12) < params["Intercept"] < np.log(24)
    with pytest.raises(NotIdentifiedError, match="2 parameters that no prior holds"):
        AFTModel(covariates=[]).fit(X, y)


def test_perfect_separation_without_a_penalty_finds_no_optimum() -> None:
    lower = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 9.0, 9.0, 9.0])
    upper = np.where(np.arange(12) < 8, lower, np.inf)
    X = pd.DataFrame({"x": (np.arange(12) >= 8).astype(float)})
    with pytest.raises(ConvergenceError, match="x"):
        AFTModel(penalty=0.0).fit(X, durations(lower, upper))
    assert AFTModel().fit(X, durations(lower, upper)).params_["x"] > 0
