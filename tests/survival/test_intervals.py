"""Wald and profile intervals, information criteria."""

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq

from forecast.errors import DataError
from forecast.survival import durations, fit_aft, profile_interval, wald_intervals


def test_profile_of_an_exponential_solves_its_likelihood_ratio() -> None:
    rng = np.random.default_rng(0)
    time = rng.exponential(20.0, 30)
    fit = fit_aft(np.ones((30, 1)), durations(time), "exponential")
    best = np.log(time.mean())

    def fall(eta: float) -> float:
        loglik = 30 * (-eta - time.mean() * np.exp(-eta))
        return float(2 * (30 * (-best - 1) - loglik) - stats.chi2.ppf(0.9, 1))

    lower, upper = profile_interval(fit, "x0", level=0.9)
    assert lower == pytest.approx(brentq(fall, best - 2, best), abs=1e-7)
    assert upper == pytest.approx(brentq(fall, best, best + 2), abs=1e-7)


@pytest.mark.parametrize("family", ["weibull", "generalised-gamma", "gompertz"])
def test_profile_falls_by_the_quantile_at_its_limits(family: str) -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(80), rng.normal(size=80)])
    time = np.exp(3 + 0.4 * x[:, 1]) * rng.weibull(1.4, 80)
    y = durations(np.minimum(time, 40.0), np.where(time < 40.0, time, np.inf))
    fit = fit_aft(x, y, family)
    wald = wald_intervals(fit)
    for name in fit.names:
        limits = profile_interval(fit, name)
        k = fit.index(name)
        assert limits[0] < fit.theta[k] < limits[1]
        for limit, near in zip(limits, wald[k], strict=True):
            assert abs(limit - near) < 0.5 * fit.standard_errors[k]
            # Fixing the parameter by a sharp prior reproduces the fall.
            precision = np.zeros(len(fit.theta))
            precision[k] = 1e9 / fit.covariance[k, k]
            mean = np.where(precision > 0, limit, 0.0)
            held = fit_aft(x, y, family, prior_mean=mean, prior_precision=precision)
            assert 2 * (fit.loglik - held.loglik) == pytest.approx(
                stats.chi2.ppf(0.95, 1), abs=1e-3
            )


def test_a_profile_that_levels_off_has_no_limit() -> None:
    # One conclusion among four with the trait that happened late: much longer times fit as well.
    time = np.array([5.0, 7.0, 9.0, 12.0, 15.0, 20.0, 20.0, 20.0, 21.0])
    trait = np.repeat([0.0, 1.0], [5, 4])
    y = durations(time, np.where(np.arange(9) < 5, time, np.inf))
    fit = fit_aft(np.column_stack([np.ones(9), trait]), y, "weibull", prior_precision=[0, 1e-10, 0])
    lower, upper = profile_interval(fit, "x1")
    assert np.isfinite(lower)
    assert upper > 50.0


def test_wald_and_criteria() -> None:
    rng = np.random.default_rng(2)
    fit = fit_aft(np.ones((50, 1)), durations(rng.weibull(1.4, 50)), "weibull")
    width = stats.norm.ppf(0.975) * fit.standard_errors
    np.testing.assert_allclose(wald_intervals(fit)[:, 1] - fit.theta, width)
    assert fit.aic == pytest.approx(4 - 2 * fit.loglik)
    assert fit.bic == pytest.approx(2 * np.log(50) - 2 * fit.loglik)


def test_bad_requests() -> None:
    fit = fit_aft(np.ones((3, 1)), durations([1.0, 2.0, 5.0]), "weibull")
    with pytest.raises(DataError, match="no parameter 'slope'"):
        profile_interval(fit, "slope")
    with pytest.raises(DataError, match="level"):
        wald_intervals(fit, 1.0)
