"""The spline model: a Weibull without knots, hazards in proportion, and the ridge."""

import numpy as np
import pandas as pd
import pytest

from forecast.errors import NotIdentifiedError
from forecast.models import (
    BASELINES,
    HEADLINE,
    MEMBERS,
    MODELS,
    POOLS,
    AFTModel,
    SplineModel,
    create,
)
from forecast.survival import durations
from forecast.survival.arrays import DurationArray


def _sample(n: int = 200) -> tuple[pd.DataFrame, DurationArray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=n) + 40.0
    time = 20.0 * rng.exponential(np.exp(-0.5 * (x - 40.0))) ** 0.7
    lower = np.where(rng.random(n) < 0.5, np.floor(time), time)
    upper = np.where(lower < time, lower + 1.0, time)
    lower, upper = np.where(time > 40, 40.0, lower), np.where(time > 40, np.inf, upper)
    X = pd.DataFrame({"warmth": x, "family": "raa"})
    return X, durations(lower, upper)


def test_without_knots_it_is_the_weibull() -> None:
    X, y = _sample()
    spline = SplineModel(inner_knots=0, penalty=0.0).fit(X, y)
    weibull = AFTModel("weibull", penalty=0.0).fit(X, y)
    assert spline.loglik_ == pytest.approx(weibull.loglik_, abs=1e-8)
    ages = np.array([3.0, 12.0, 60.0, 200.0])
    times = np.concatenate([[0.0], ages])
    np.testing.assert_allclose(
        spline.predict_survival(X.iloc[:3], times).at(ages),
        weibull.predict_survival(X.iloc[:3], times).at(ages),
        atol=1e-6,
    )


def test_a_higher_hazard_is_a_shorter_wait() -> None:
    X, y = _sample()
    model = SplineModel().fit(X, y)
    assert 0.2 < model.params_["warmth"] < 0.8
    assert (model.standard_errors_ > 0).all()
    cold, warm = (X.iloc[[0]].assign(warmth=value) for value in (39.0, 41.0))
    assert model.predict_survival(warm).at(12.0) < model.predict_survival(cold).at(12.0)
    assert model.predict_survival(X).kind == "log-linear"


def test_a_strong_penalty_leaves_only_the_baseline() -> None:
    X, y = _sample()
    model = SplineModel(penalty=1e8).fit(X, y)
    bare = SplineModel(covariates=[]).fit(X, y)
    assert abs(model.params_["warmth"]) < 1e-4
    np.testing.assert_allclose(
        model.predict_survival(X.iloc[:1]).survival,
        bare.predict_survival(X.iloc[:1]).survival,
        atol=1e-4,
    )


def test_it_makes_do_with_fewer_knots_where_the_hazard_would_be_negative() -> None:
    # One deal on the very day, and nothing more in the first ten months.
    y = durations([0.0, *np.linspace(10.0, 60.0, 30)], [1 / 30, *np.linspace(10.0, 60.0, 30)])
    X = pd.DataFrame({"family": ["raa"] * 31})
    model = SplineModel(inner_knots=2).fit(X, y)
    assert model.diagnostics_["inner_knots"] < 2
    assert (np.diff(model.predict_survival(X.iloc[:1]).survival) <= 0).all()


def test_too_few_conclusions() -> None:
    X, y = _sample()
    with pytest.raises(NotIdentifiedError, match="too few for 4 parameters"):
        SplineModel().fit(X.iloc[:5], y[:5])


def test_it_can_be_asked_for_by_name_and_is_in_no_table() -> None:
    assert isinstance(create("spline"), SplineModel)
    others = {name for name, entry in MODELS.items() if entry.role == "other"}
    assert others == set(MODELS) - set(POOLS[HEADLINE]) - set(MEMBERS) - set(BASELINES)
    assert {"spline", "turnbull", "turnbull-family"} <= others
