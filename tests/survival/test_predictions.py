"""Predicted curves and quantiles with the uncertainty of the parameters."""

import numpy as np
import pytest
from scipy import stats

from forecast.errors import DataError
from forecast.survival import (
    FAMILIES,
    AFTFit,
    NeverShare,
    durations,
    fit_aft,
    predicted_curves,
    quantile_band,
    survival_band,
)
from forecast.survival.arrays import FloatArray

TIMES = np.array([0.0, 3.0, 12.0, 30.0, 70.0])
CASES = np.array([[1.0, -0.5], [1.0, 1.2]])


def _fit(family: str, never: NeverShare | None = None, n: int = 300) -> AFTFit:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    time = np.exp(3 + 0.4 * x[:, 1] + 0.6 * rng.normal(size=n))
    if never is not None:
        time = np.where(rng.random(n) < 0.3, np.inf, time)
    y = durations(np.minimum(time, 90.0), np.where(time < 90.0, time, np.inf))
    return fit_aft(x, y, family, never=never)


def test_an_exponential_band_is_exact_on_its_scale() -> None:
    fit = _fit("exponential")
    band = survival_band(fit, CASES, TIMES, 0.9)
    eta = CASES @ fit.theta
    error = np.sqrt(np.sum((CASES @ fit.covariance) * CASES, axis=1))
    for limit, side in ((band.estimate, 0.0), (band.lower, -1.0), (band.upper, 1.0)):
        mean = np.exp(eta + side * stats.norm.ppf(0.95) * error)
        np.testing.assert_allclose(limit, np.exp(-TIMES / mean[:, np.newaxis]), rtol=1e-10)
    median = quantile_band(fit, CASES, [0.5], 0.9)
    expected = np.log(2) * np.exp(eta + stats.norm.ppf(0.95) * error)
    np.testing.assert_allclose(median.upper[:, 0], expected, rtol=1e-9)


# The simulated hazards fall, so that a Gompertz has no never share beside it.
@pytest.mark.parametrize(
    ("family", "never"),
    [
        (f, n)
        for f in sorted(FAMILIES)
        for n in (None, NeverShare())
        if n is None or f != "gompertz"
    ],
)
def test_band_gradients_against_differences(family: str, never: NeverShare | None) -> None:
    fit = _fit(family, never)
    band = survival_band(fit, CASES, TIMES[1:], stats.norm.cdf(1.0) * 2 - 1)
    quantiles = quantile_band(fit, CASES, [0.1, 0.5], stats.norm.cdf(1.0) * 2 - 1)
    h = 1e-5

    def at(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        moved = AFTFit(fit.names, theta, fit.covariance, 0.0, fit.gradient, 0, fit.likelihood)
        log_hazard = np.log(-np.log(survival_band(moved, CASES, TIMES[1:]).estimate))
        return log_hazard, np.log(quantile_band(moved, CASES, [0.1, 0.5]).estimate)

    moves = [(at(fit.theta + h * e), at(fit.theta - h * e)) for e in np.eye(len(fit.theta))]
    for part, found in (
        (0, np.log(-np.log(band.lower)) - np.log(-np.log(band.estimate))),
        (1, np.log(quantiles.upper) - np.log(quantiles.estimate)),
    ):
        gradient = np.array([(up[part] - down[part]) / (2 * h) for up, down in moves])
        variance = np.einsum("knm,kl,lnm->nm", gradient, fit.covariance, gradient)
        np.testing.assert_allclose(found, np.sqrt(variance), rtol=2e-5)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_quantiles_invert_curves(family: str) -> None:
    fit = _fit(family)
    p = np.array([0.01, 0.5, 0.9])
    quantiles = quantile_band(fit, CASES, p).estimate
    for k in range(2):
        survival = survival_band(fit, CASES[k : k + 1], quantiles[k]).estimate[0]
        np.testing.assert_allclose(survival, 1 - p, rtol=1e-9)


def test_a_quantile_beyond_the_never_share_is_infinite() -> None:
    fit = _fit("lognormal", NeverShare())
    band = quantile_band(fit, CASES, [0.5, 0.95])
    assert np.isfinite(band.upper[:, 0]).all()
    for part in band:
        assert np.isinf(part[:, 1]).all()


def test_bands_cover_and_widen() -> None:
    fit = _fit("weibull")
    band = survival_band(fit, CASES, TIMES)
    assert (band.lower <= band.estimate).all()
    assert (band.estimate <= band.upper).all()
    assert (band.lower[:, 0] == 1.0).all()
    wider = survival_band(fit, CASES, TIMES, 0.99)
    assert (wider.upper[:, 1:] > band.upper[:, 1:]).all()


def test_curves_agree_with_bands() -> None:
    for never in (None, NeverShare()):
        fit = _fit("loglogistic", never)
        curves = predicted_curves(fit, CASES, TIMES)
        np.testing.assert_allclose(curves.survival, survival_band(fit, CASES, TIMES).estimate)


def test_a_never_share_with_covariates_needs_their_design() -> None:
    rng = np.random.default_rng(5)
    z = rng.normal(size=400)
    time = np.where(rng.random(400) < 1 / (1 + np.exp(1 - z)), np.inf, 20 * rng.weibull(1.5, 400))
    y = durations(np.minimum(time, 90.0), np.where(time < 90.0, time, np.inf))
    design = np.column_stack([np.ones(400), z])
    fit = fit_aft(np.ones((400, 1)), y, "weibull", never=NeverShare(design))
    with pytest.raises(DataError, match="give its design"):
        predicted_curves(fit, np.ones((2, 1)), TIMES)
    curves = predicted_curves(fit, np.ones((2, 1)), TIMES, never_design=[[1.0, -2.0], [1.0, 2.0]])
    assert curves.never[0] < 0.15 < 0.5 < curves.never[1]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda fit: survival_band(fit, CASES, [-1.0]), "not negative"),
        (lambda fit: survival_band(fit, CASES, [1.0], 0.0), "level"),
        (lambda fit: survival_band(fit, [[1.0]], [1.0]), "2 columns"),
        (lambda fit: quantile_band(fit, CASES, [1.0]), "between 0 and 1"),
        (lambda fit: predicted_curves(fit, CASES, [1.0, 2.0]), "rise from 0"),
    ],
)
def test_bad_requests(call: object, message: str) -> None:
    assert callable(call)
    with pytest.raises(DataError, match=message):
        call(_fit("weibull"))
