"""Fits with a known answer."""

import tracemalloc

import numpy as np
import pytest
from scipy.optimize import brentq

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.survival.aft import LOG_SCALE, fit_aft
from forecast.survival.durations import durations


def _rate(fit_coefficient: float) -> float:
    return float(np.exp(-fit_coefficient))


def test_exponential_with_entry_is_events_over_exposure() -> None:
    rng = np.random.default_rng(0)
    time = rng.exponential(20.0, 200)
    entry = rng.uniform(0.0, 15.0, 200)
    seen = time > entry
    time, entry = time[seen], entry[seen]
    event = time < 30.0
    lower = np.minimum(time, 30.0)
    y = durations(lower, np.where(event, lower, np.inf), entry=entry)
    fit = fit_aft(np.ones((len(y), 1)), y, "exponential")
    assert _rate(fit.coefficients[0]) == pytest.approx(event.sum() / (lower - entry).sum())
    assert fit.standard_errors.tolist() == pytest.approx([event.sum() ** -0.5])
    assert fit.names == ("x0",)


def test_exponential_right_truncation_solves_its_score_equation() -> None:
    rng = np.random.default_rng(1)
    time = rng.exponential(20.0, 500)
    exit_ = rng.uniform(5.0, 60.0, 500)
    seen = time <= exit_
    time, exit_ = time[seen], exit_[seen]

    def score(rate: float) -> float:
        return float(np.sum(1 / rate - time - exit_ / np.expm1(rate * exit_)))

    fit = fit_aft(np.ones((len(time), 1)), durations(time, exit=exit_), "exponential")
    assert _rate(fit.coefficients[0]) == pytest.approx(brentq(score, 1e-4, 1.0), rel=1e-8)


def test_truncated_and_censored_simulation_recovers_the_truth() -> None:
    rng = np.random.default_rng(2)
    n = 20_000
    x = rng.normal(size=n)
    time = np.exp(3.0 + 0.5 * x + 0.6 * rng.normal(size=n))
    entry = np.where(rng.random(n) < 0.5, rng.uniform(0.0, 20.0, n), 0.0)
    exit_ = np.where(rng.random(n) < 0.3, rng.uniform(10.0, 60.0, n), np.inf)
    kept = (time > entry) & (time <= exit_) & (entry < exit_)
    x, time, entry, exit_ = x[kept], time[kept], entry[kept], exit_[kept]
    still_open = np.isinf(exit_) & (time > 45.0)
    coarse = rng.random(len(time)) < 0.4
    lower = np.where(coarse, np.floor(time / 6) * 6, time)
    upper = np.where(coarse, np.floor(time / 6) * 6 + 6, time)
    lower, upper = np.where(still_open, 45.0, lower), np.where(still_open, np.inf, upper)
    # An interval is settled against entry and exit, which were known before it was coarsened.
    y = durations(lower, upper, entry=entry, exit=exit_)
    fit = fit_aft(np.column_stack([np.ones(len(x)), x]), y, "lognormal")
    away = np.append(fit.coefficients, fit.log_scale) - [3.0, 0.5, np.log(0.6)]
    assert (np.abs(away / fit.standard_errors) < 3.0).all()
    assert (fit.standard_errors < 0.02).all()


def test_weights_are_copies() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(30), rng.normal(size=30)])
    time = rng.weibull(1.3, 30) * 20
    y = durations(time, np.where(time < 25, time, np.inf))
    counts = rng.integers(0, 4, 30)
    weighted = fit_aft(x, y, "weibull", weights=counts)
    copied = fit_aft(np.repeat(x, counts, axis=0), np.repeat(y, counts), "weibull")
    np.testing.assert_allclose(weighted.coefficients, copied.coefficients, rtol=1e-9)
    np.testing.assert_allclose(weighted.covariance, copied.covariance, rtol=1e-9)
    assert weighted.loglik == pytest.approx(copied.loglik)


def test_prior_alone_is_returned_where_the_rows_say_nothing() -> None:
    y = durations([0.0, 0.0], [np.inf, np.inf])
    fit = fit_aft(
        np.ones((2, 1)), y, "lognormal", prior_mean=[3.0, -0.5], prior_precision=[4.0, 25.0]
    )
    assert fit.coefficients[0] == pytest.approx(3.0)
    assert fit.log_scale == pytest.approx(-0.5)
    np.testing.assert_allclose(fit.covariance, np.diag([0.25, 0.04]))
    assert fit.loglik == 0.0


def test_two_cases_with_a_prior() -> None:
    y = durations([24.0, 12.0, 20.0], [24.0, 12.0, np.inf])
    fit = fit_aft(
        np.ones((3, 1)), y, "weibull", prior_mean=[np.log(24), 0], prior_precision=[1.0, 10.0]
    )
    np.testing.assert_allclose(fit.gradient, 0.0, atol=1e-8)
    assert 2.0 < fit.coefficients[0] < 4.0
    assert fit.names == ("x0", LOG_SCALE)


def test_too_few_conclusions() -> None:
    y = durations([24.0, 12.0, 9.0], [24.0, np.inf, np.inf])
    with pytest.raises(NotIdentifiedError, match="1 conclusions cannot determine 2 parameters"):
        fit_aft(np.ones((3, 1)), y, "weibull")


def test_separation_names_the_covariate() -> None:
    time = np.array([5.0, 7.0, 9.0, 12.0, 15.0, 20.0, 20.0, 20.0])
    group = np.repeat([0.0, 1.0], [5, 3])
    y = durations(time, np.where(group == 1, np.inf, time))
    for family in ("weibull", "lognormal", "loglogistic"):
        with pytest.raises(ConvergenceError, match="'treaty'"):
            fit_aft(np.column_stack([np.ones(8), group]), y, family, names=["one", "treaty"])


def test_equal_times_let_the_scale_run_away() -> None:
    with pytest.raises(ConvergenceError, match=r"log\(scale\)"):
        fit_aft(np.ones((4, 1)), durations(np.full(4, 12.0)), "lognormal")


def test_constant_column_is_named() -> None:
    x = np.ones((6, 2))
    with pytest.raises(ConvergenceError, match=r"do not determine '(one|two)'"):
        fit_aft(x, durations(np.arange(1.0, 7.0)), "weibull", names=["one", "two"])


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_extreme_units_only_shift_the_intercept(unit: float) -> None:
    time = np.array([3.0, 5.0, 8.0, 9.0, 14.0, 30.0])
    plain = fit_aft(np.ones((6, 1)), durations(time), "weibull")
    extreme = fit_aft(np.ones((6, 1)), durations(time * unit), "weibull")
    assert extreme.coefficients[0] - plain.coefficients[0] == pytest.approx(np.log(unit))
    assert extreme.scale == pytest.approx(plain.scale, rel=1e-6)


def test_names_must_fit() -> None:
    with pytest.raises(DataError, match="1 columns but 2 names"):
        fit_aft(np.ones((3, 1)), durations([1.0, 2.0, 3.0]), "weibull", names=["a", "b"])


@pytest.mark.parametrize("n", [60, 300, 1000])
@pytest.mark.parametrize("error", ["normal", "gumbel", "gamma"])
def test_generalised_gamma_is_no_worse_than_its_special_cases(n: int, error: str) -> None:
    rng = np.random.default_rng(n)
    draws = {
        "normal": rng.normal(size=n),
        "gumbel": np.log(rng.exponential(size=n)),
        "gamma": np.log(rng.gamma(0.5, size=n)),
    }
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    time = np.exp(3.0 + x[:, 1:] @ [0.4, -0.2] + 0.7 * draws[error])
    end = rng.uniform(5.0, 80.0, n)
    y = durations(np.minimum(time, end), np.where(time <= end, time, np.inf))
    fit = fit_aft(x, y, "generalised-gamma")
    assert fit.names[-2:] == (LOG_SCALE, "q")
    assert np.linalg.norm(fit.gradient) < 1e-6 * n
    for special in ("lognormal", "weibull"):
        assert fit.loglik >= fit_aft(x, y, special).loglik


@pytest.mark.parametrize(("family", "q"), [("lognormal", 0.0), ("weibull", 1.0)])
def test_generalised_gamma_held_at_a_special_case(family: str, q: float) -> None:
    rng = np.random.default_rng(5)
    time = rng.weibull(1.3, 60) * 20
    y = durations(np.minimum(time, 25.0), np.where(time < 25.0, time, np.inf))
    held = fit_aft(
        np.ones((60, 1)),
        y,
        "generalised-gamma",
        prior_mean=[0, 0, q],
        prior_precision=[0, 0, 1e16],
    )
    plain = fit_aft(np.ones((60, 1)), y, family)
    np.testing.assert_allclose(held.theta[:2], plain.theta, atol=1e-7)
    np.testing.assert_allclose(held.standard_errors[:2], plain.standard_errors, rtol=1e-6)
    assert held.loglik == pytest.approx(plain.loglik, rel=1e-10)


def test_a_shape_that_runs_away_is_named() -> None:
    # The last times pile up before a sharp end: the shape goes to infinity.
    time = 20 * np.linspace(0.05, 1.0, 40) ** 0.8
    with pytest.raises(ConvergenceError, match="'q'"):
        fit_aft(np.ones((40, 1)), durations(time), "generalised-gamma")


@pytest.mark.parametrize("family", ["weibull", "lognormal"])
def test_many_rows_reach_the_same_optimum_as_any_start(family: str) -> None:
    rng = np.random.default_rng(6)
    n = 9000
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    time = np.exp(3.0 + x[:, 1:] @ [0.4, -0.2] + 0.7 * rng.normal(size=n))
    fit = fit_aft(x, durations(time), family)
    assert fit.iterations <= 5
    assert np.linalg.norm(fit.gradient) < 1e-6 * n
    if family == "lognormal":
        beta = np.linalg.lstsq(x, np.log(time), rcond=None)[0]
        np.testing.assert_allclose(fit.coefficients, beta, rtol=1e-9)
        assert fit.scale == pytest.approx(np.std(np.log(time) - x @ beta), rel=1e-9)


def test_parameters_by_name() -> None:
    fit = fit_aft(np.ones((3, 1)), durations([1.0, 2.0, 5.0]), "weibull", names=["one"])
    assert fit.parameter("one") == fit.coefficients[0]
    assert fit.parameter(LOG_SCALE) == fit.log_scale
    with pytest.raises(DataError, match="no parameter 'q'"):
        fit.parameter("q")


def test_memory_does_not_grow_with_what_is_computed() -> None:
    rng = np.random.default_rng(7)
    n = 50_000
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 5))])
    y = durations(np.exp(3.0 + 0.5 * rng.normal(size=n)))
    tracemalloc.start()
    fit_aft(x, y, "weibull")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # The design's own six columns are 48 bytes a row.
    assert peak < 500 * n
