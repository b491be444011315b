"""Base rates: closed forms."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize_scalar

from forecast.errors import NotIdentifiedError
from forecast.models import ConstantHazard, Lindy
from forecast.survival import durations

X = pd.DataFrame({"family": ["raa"] * 4})
ONE = X.iloc[:1]


@pytest.mark.parametrize("elapsed", [6.0, 20.0, 60.0])
@pytest.mark.parametrize("t0", [15.0, 0.0])
def test_lindy_in_closed_form(elapsed: float, t0: float) -> None:
    model = Lindy(t0).fit(X, durations([8.0, 10.0, 15.0, 20.0]))
    ahead = np.array([1.0, 6.0, 24.0, 120.0])
    # The knots must hold the ages asked for: between knots a curve is log-linear.
    knots = np.concatenate([[0.0, 1.0, elapsed], elapsed + ahead])
    curve = model.predict_survival(ONE, knots, elapsed=elapsed)
    reached = 1.0 - curve.at(elapsed + ahead)[0]
    np.testing.assert_allclose(reached, ahead / (elapsed + ahead + t0), rtol=1e-12)


def test_the_default_grid_is_fine_enough_for_lindy() -> None:
    model = Lindy(15.0).fit(X, durations([8.0, 10.0, 15.0, 20.0]))
    ages = np.linspace(0.0, 600.0, 997)
    at = model.predict_survival(ONE).at(ages)[0]
    np.testing.assert_allclose(at, 15.0 / (15.0 + ages), rtol=1e-3)


def test_lindy_takes_the_past_median_as_its_scale() -> None:
    # Survival 3/4 at 8, 1/2 at 10.
    model = Lindy().fit(X, durations([8.0, 10.0, 15.0, 20.0]))
    assert model.t0_ == 10.0
    assert model.diagnostics_["t0"] == 10.0
    assert model.predict_survival(ONE, [0.0, 10.0]).at(10.0)[0, 0] == 0.5
    # Survival 3/4 at 8, 3/4 * 1/2 at 15: the open case left between.
    later = durations([8.0, 10.0, 15.0, 20.0], [8.0, np.inf, 15.0, np.inf])
    assert Lindy().fit(X, later).t0_ == 15.0


def test_lindy_without_a_curve_says_so() -> None:
    y = durations([8.0, 10.0, 15.0, 20.0], entry=[0.0, 9.0, 9.0, 9.0])
    with pytest.raises(NotIdentifiedError):
        Lindy().fit(X, y)


def test_the_constant_rate_is_conclusions_per_month_followed() -> None:
    lower = [8.0, 10.0, 15.0, 20.0]
    y = durations(lower, [8.0, np.inf, 15.0, 20.0], entry=[0.0, 4.0, 0.0, 9.0])
    model = ConstantHazard().fit(X, y)
    assert model.rate_ == pytest.approx(3 / (8 + 6 + 15 + 11), rel=1e-9)
    curve = model.predict_survival(ONE)
    ages = [0.3, 7.0, 100.0, 2000.0]
    np.testing.assert_allclose(curve.at(ages)[0], np.exp(-model.rate_ * np.array(ages)))


def test_an_end_without_agreement_is_followed_and_no_conclusion() -> None:
    y = durations([8.0, 10.0, 15.0, 20.0], cause=[1, 2, 1, 1])
    assert ConstantHazard().fit(X, y).rate_ == pytest.approx(3 / 53, rel=1e-9)


def test_weights_count_rows() -> None:
    y = durations([8.0, 10.0, 15.0, 20.0])
    rate = ConstantHazard().fit(X, y, sample_weight=[1, 0, 3, 0]).rate_
    assert rate == pytest.approx(4 / 53, rel=1e-9)


def test_intervals_and_retrospective_rows_enter_by_their_probability() -> None:
    y = durations(
        [8.0, 0.0, 15.0, 20.0],
        [12.0, 3.0, 15.0, np.inf],
        exit=[np.inf, np.inf, 40.0, np.inf],
    )

    def minus_loglik(log_rate: float) -> float:
        rate = np.exp(log_rate)
        parts = [
            np.log(np.exp(-8 * rate) - np.exp(-12 * rate)),
            np.log(-np.expm1(-3 * rate)),
            np.log(rate) - 15 * rate - np.log(-np.expm1(-40 * rate)),
            -20 * rate,
        ]
        return -float(sum(parts))

    best = minimize_scalar(minus_loglik, bounds=(-8, 1), method="bounded", options={"xatol": 1e-9})
    model = ConstantHazard().fit(X, y)
    assert model.rate_ == pytest.approx(np.exp(best.x), rel=1e-5)
    assert model.loglik_ == pytest.approx(-best.fun, rel=1e-9)
