"""Formulas, never shares and summaries of the AFT model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone

from forecast.errors import DataError, UsageError
from forecast.models import AFTModel, ParametricModel
from forecast.survival import durations


@pytest.fixture(scope="module", name="X")
def covariates() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    return pd.DataFrame({"size": rng.gamma(2.0, size=400), "near": rng.integers(0, 2, 400) * 1.0})


@pytest.fixture(scope="module")
def y(X: pd.DataFrame) -> np.ndarray[tuple[int], np.dtype[np.void]]:
    rng = np.random.default_rng(9)
    time = np.exp(2.0 + 0.5 * np.log(X["size"]) - 0.4 * X["near"] + 0.5 * rng.normal(size=400))
    never = rng.random(400) < 0.3
    return durations(np.where(never, 400.0, time), np.where(never, np.inf, time))


def test_a_formula_is_the_model_with_those_columns(X: pd.DataFrame, y: np.ndarray) -> None:
    by_formula = AFTModel("weibull", penalty=0.0, formula="log(size) + near").fit(X, y)
    columns = pd.DataFrame({"log(size)": np.log(X["size"]), "near": X["near"]})
    by_columns = AFTModel("weibull", penalty=0.0).fit(columns, y)
    assert list(by_formula.params_.index) == ["Intercept", "log(size)", "near", "log(scale)"]
    np.testing.assert_allclose(by_formula.params_, by_columns.params_, rtol=1e-9)
    curve = by_formula.predict_survival(X.iloc[:3]).at(10.0)
    np.testing.assert_allclose(curve, by_columns.predict_survival(columns.iloc[:3]).at(10.0))


def test_a_formula_sets_a_missing_number_to_its_mean(X: pd.DataFrame, y: np.ndarray) -> None:
    holed = X.copy()
    holed.loc[:9, "near"] = np.nan
    model = AFTModel(formula="near").fit(holed, y)
    assert model.design_.missing == {"near": 10}
    filled = AFTModel(formula="near").fit(holed.fillna(holed.mean()), y)
    np.testing.assert_allclose(model.params_, filled.params_, rtol=1e-12)


@pytest.mark.parametrize("formula", ["near + ", "altitude", "log(near"])
def test_a_formula_that_cannot_be_used_says_so(
    X: pd.DataFrame, y: np.ndarray, formula: str
) -> None:
    with pytest.raises(DataError, match="formula"):
        AFTModel(formula=formula).fit(X, y)


def test_covariates_or_a_formula(X: pd.DataFrame, y: np.ndarray) -> None:
    with pytest.raises(UsageError, match="not both"):
        AFTModel(covariates=["near"], formula="near").fit(X, y)


def test_a_never_share_is_found(X: pd.DataFrame, y: np.ndarray) -> None:
    weak = {"never: Intercept": (0.0, 100.0)}
    model = AFTModel("lognormal", formula="log(size) + near", penalty=0.0, never=(), priors=weak)
    params = model.fit(X, y).params_
    share = 1.0 / (1.0 + np.exp(-params["never: Intercept"]))
    open_ = float(np.mean(np.isinf(y["upper"])))
    assert share == pytest.approx(open_, abs=0.001)
    truth = {"Intercept": 2.0, "log(size)": 0.5, "near": -0.4, "log(scale)": np.log(0.5)}
    errors = model.standard_errors_
    for name, value in truth.items():
        assert abs(params[name] - value) < 3.0 * errors[name]
    curves = model.predict_survival(X.iloc[:5])
    np.testing.assert_allclose(curves.never, share)
    assert np.isinf(curves.quantile(0.9)).all()


def test_a_never_share_has_its_prior_by_default(X: pd.DataFrame) -> None:
    done = durations(np.full(400, 10.0) + np.arange(400) / 100)
    params = ParametricModel("lognormal", never=True).fit(X, done).params_
    # Nothing is open, so the share is drawn below its prior mean, and stays finite.
    assert -6.0 < params["never: Intercept"] < -2.0
    stated = {"never: Intercept": (-2.0, 0.7)}
    same = ParametricModel("lognormal", never=True, priors=stated).fit(X, done).params_
    np.testing.assert_allclose(params, same, rtol=1e-12)


def test_a_parametric_model_is_an_aft_without_covariates(X: pd.DataFrame, y: np.ndarray) -> None:
    alone = clone(ParametricModel("weibull")).fit(X, y)
    aft = AFTModel("weibull", covariates=[]).fit(X, y)
    np.testing.assert_allclose(alone.params_, aft.params_)


def test_the_summary_has_intervals_and_concerns(X: pd.DataFrame, y: np.ndarray) -> None:
    model = AFTModel("weibull", penalty=0.0).fit(X, y)
    table = model.summary(0.9)
    half = 1.6448536269514722 * model.standard_errors_
    np.testing.assert_allclose(table["upper"] - table["estimate"], half)
    assert table.attrs["concerns"] == model.diagnostics_["concerns"] == []
    # A column that is 1 for the open rows alone: only the weak prior holds its coefficient.
    apart = X.assign(apart=np.isinf(y["upper"]) * 1.0)
    concerns = AFTModel("weibull", penalty=1e-4).fit(apart, y).summary().attrs["concerns"]
    assert any("apart" in sentence for sentence in concerns)


def test_a_supposed_never_share_replaces_the_models_own(X: pd.DataFrame, y: np.ndarray) -> None:
    model = AFTModel("lognormal", never=()).fit(X, y)
    own = model.predict_survival(X.iloc[:3])
    supposed = model.predict_survival(X.iloc[:3], elapsed=6.0, never=0.1)
    reached = 0.1 + 0.9 * own.concluding().at([6.0])
    np.testing.assert_allclose(supposed.never, 0.1 / reached[:, 0])
    np.testing.assert_allclose(
        supposed.at([30.0]), (0.1 + 0.9 * own.concluding().at([30.0])) / reached
    )
