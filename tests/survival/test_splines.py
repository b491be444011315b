"""Royston-Parmar splines: the Weibull special case, derivatives, and honest failure."""

from typing import Any

import numpy as np
import pytest

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.survival.aft import fit_aft
from forecast.survival.arrays import DurationArray
from forecast.survival.cox import fit_cox
from forecast.survival.durations import durations
from forecast.survival.spline_basis import NaturalSpline
from forecast.survival.spline_likelihood import SplineLikelihood
from forecast.survival.splines import fit_spline


def _sample(n: int = 300, seed: int = 0) -> tuple[np.ndarray, DurationArray]:
    """Rows of every kind: exact, open, in intervals, from 0, entered late, retrospective."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    time = 20.0 * (rng.exponential(np.exp(-x @ [0.5, -0.3]))) ** (1 / 1.4)
    entry = np.where(rng.random(n) < 0.3, rng.uniform(0.0, 8.0, n), 0.0)
    kept = time > entry
    x, time, entry = x[kept], time[kept], entry[kept]
    n = len(time)
    is_open, coarse = time > 45.0, rng.random(n) < 0.4
    lower = np.where(coarse, np.floor(time / 6) * 6, time)
    upper = np.where(coarse, lower + 6, time)
    lower, upper = np.where(is_open, 45.0, lower), np.where(is_open, np.inf, upper)
    exit_ = np.where((rng.random(n) < 0.2) & ~is_open, upper + 10.0, np.inf)
    return x, durations(lower, upper, entry=entry, exit=exit_)


def test_without_internal_knots_it_is_the_weibull() -> None:
    x, y = _sample()
    weibull = fit_aft(np.column_stack([np.ones(len(x)), x]), y, "weibull")
    fit = fit_spline(x, y, 0)
    assert fit.loglik == pytest.approx(weibull.loglik, abs=1e-8)
    scale = weibull.scale
    np.testing.assert_allclose(fit.coefficients, -weibull.coefficients[1:] / scale, rtol=1e-6)
    times = np.array([1.0, 10.0, 100.0])
    hazard = (np.log(times) - weibull.coefficients[0]) / scale
    np.testing.assert_allclose(
        fit.log_cumulative_hazard(np.zeros((1, 2)), times)[0], hazard, atol=1e-6
    )


@pytest.mark.parametrize("inner_knots", [1, 3])
def test_derivatives(inner_knots: int) -> None:
    x, y = _sample(80)
    fit = fit_spline(x, y, inner_knots)
    likelihood = SplineLikelihood.build(
        x, y, fit.spline, np.linspace(0.5, 2.0, len(y)), [0.1, -0.2], [1.0, 0.5]
    )
    theta = np.array(np.linalg.solve(likelihood.coefficients, fit.theta * 1.01), dtype=float)
    _, gradient, hessian = likelihood.log_posterior(theta)
    for k, step in enumerate(1e-6 * np.eye(len(theta))):
        up, down = likelihood.log_posterior(theta + step), likelihood.log_posterior(theta - step)
        scale = 1.0 + np.abs(hessian[k]).max()
        assert (up[0] - down[0]) / 2e-6 == pytest.approx(gradient[k], rel=1e-5, abs=1e-6 * scale)
        np.testing.assert_allclose((up[1] - down[1]) / 2e-6, hessian[k], atol=1e-6 * scale)


def test_basis_is_a_natural_cubic_spline() -> None:
    spline = NaturalSpline(np.log([2.0, 5.0, 9.0, 40.0]))
    u = np.linspace(-1.0, 6.0, 701)
    step = 1e-5
    numeric = (spline.values(u + step) - spline.values(u - step)) / (2 * step)
    np.testing.assert_allclose(spline.slopes(u), numeric, atol=1e-7)
    outside = np.array([-3.0, 0.0, spline.knots[-1], 5.0, 9.0])
    slopes = spline.slopes(outside)
    np.testing.assert_allclose(slopes[0], slopes[1], atol=1e-12)
    np.testing.assert_allclose(slopes[2], slopes[3], atol=1e-12)


def test_least_slope_is_found_between_knots() -> None:
    spline = NaturalSpline(np.log([2.0, 5.0, 9.0, 40.0]))
    rng = np.random.default_rng(0)
    grid = np.linspace(spline.knots[0] - 1, spline.knots[-1] + 1, 20_001)
    for _ in range(50):
        coefficients = rng.normal(size=4) * [1, 1, 30, 30]
        slopes = spline.slopes(grid) @ coefficients
        least, place = spline.least_slope(coefficients)
        assert least == pytest.approx(slopes.min(), abs=1e-4 * np.abs(slopes).max())
        assert least <= slopes.min() + 1e-9
        assert least == pytest.approx(spline.slopes(np.array([place]))[0] @ coefficients)


def test_two_waves_of_conclusions() -> None:
    rng = np.random.default_rng(1)
    n = 4000
    early = rng.random(n) < 0.5
    time = np.where(early, rng.weibull(3.0, n) * 6, 6 + rng.weibull(3.0, n) * 40)
    y = durations(np.minimum(time, 60), np.where(time < 60, time, np.inf))
    fit = fit_spline(np.empty((n, 0)), y, 4)
    curve = fit.curves(np.empty((1, 0)), np.linspace(0, 60, 121))
    months = np.array([3.0, 6.0, 12.0, 30.0, 45.0])
    share = np.mean(time[:, np.newaxis] > months, axis=0)
    np.testing.assert_allclose(curve.at(months)[0], share, atol=0.03)
    assert fit.loglik > fit_spline(np.empty((n, 0)), y, 0).loglik + 100
    lower, upper = fit.band(np.empty((1, 0)), months)
    assert ((lower < curve.at(months)) & (curve.at(months) < upper)).all()


def test_coefficients_are_next_to_those_of_cox() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(2000, 2))
    time = 20.0 * rng.exponential(np.exp(-x @ [0.5, -0.3]))
    event = time < 40.0
    time = np.minimum(time, 40.0)
    fit = fit_spline(x, durations(time, np.where(event, time, np.inf)), 3)
    cox = fit_cox(x, time, event)
    np.testing.assert_allclose(fit.coefficients, cox.coefficients, atol=0.01)
    np.testing.assert_allclose(fit.standard_errors[-2:], cox.standard_errors, rtol=0.01)


def test_many_knots_and_rows() -> None:
    rng = np.random.default_rng(0)
    time = 20 * rng.exponential(size=20_000) ** 0.8
    fit = fit_spline(np.empty((20_000, 0)), durations(time), 8)
    np.testing.assert_allclose(fit.gradient, 0.0, atol=1e-4)
    survival = fit.curves(np.empty((1, 0)), [0.0, 5.0, 20.0]).survival[0]
    np.testing.assert_allclose(survival, np.exp(-((np.array([0, 5, 20]) / 20) ** 1.25)), atol=0.01)


def test_ridge_and_weights() -> None:
    x, y = _sample(100)
    held = fit_spline(x, y, 1, prior_mean=[1.0, -1.0], prior_precision=1e8)
    np.testing.assert_allclose(held.coefficients, [1.0, -1.0], atol=1e-4)
    counts = np.random.default_rng(0).integers(0, 3, len(y))
    # The same knots, for copies have other quantiles.
    knots = [1.0, 8.0, 40.0]
    weighted = fit_spline(x, y, knots=knots, weights=counts)
    copied = fit_spline(np.repeat(x, counts, axis=0), np.repeat(y, counts), knots=knots)
    np.testing.assert_allclose(weighted.theta, copied.theta, rtol=1e-7)
    np.testing.assert_allclose(weighted.covariance, copied.covariance, rtol=1e-6)


def test_an_interval_of_a_minute_is_an_exact_time() -> None:
    x, y = _sample(100)
    exact = y["lower"] == y["upper"]
    closer = durations(
        np.where(exact, y["lower"] * (1 - 2e-6), y["lower"]),
        np.where(exact, y["upper"] * (1 + 2e-6), y["upper"]),
        entry=y["entry"],
        exit=y["exit"],
    )
    fit, near = (fit_spline(x, rows, knots=[1.0, 8.0, 40.0]) for rows in (y, closer))
    np.testing.assert_allclose(fit.theta, near.theta, rtol=1e-5)


def test_a_negative_hazard_is_refused() -> None:
    # Nothing ends between 10 and 30, but a fifth knot there wants the curve to come back.
    time = np.concatenate([np.linspace(1.0, 3.0, 40), np.linspace(30.0, 31.0, 20)])
    with pytest.raises(ConvergenceError, match="negative around"):
        fit_spline(np.empty((60, 0)), durations(time), knots=[1.0, 2.9, 3.0, 30.0, 31.0])


def test_separation_names_the_covariate() -> None:
    time = np.array([5.0, 7.0, 9.0, 12.0, 15.0, 20.0, 20.0, 20.0])
    group = np.repeat([0.0, 1.0], [5, 3])
    y = durations(time, np.where(group == 1, np.inf, time))
    with pytest.raises(ConvergenceError, match="'treaty'"):
        fit_spline(group[:, np.newaxis], y, 0, names=["treaty"])


@pytest.mark.parametrize("unit", [1e-300, 1e290])
def test_extreme_units(unit: float) -> None:
    time = np.array([3.0, 5.0, 8.0, 9.0, 14.0, 30.0])
    plain = fit_spline(np.empty((6, 0)), durations(time), 0)
    extreme = fit_spline(np.empty((6, 0)), durations(time * unit), 0)
    np.testing.assert_allclose(extreme.theta, plain.theta, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"knots": [1.0]}, "at least two"),
        ({"knots": [5.0, 5.0]}, "rise strictly"),
        ({"knots": [0.0, 5.0]}, "positive"),
        ({"inner_knots": -1}, "cannot be -1"),
        ({"names": ["a"]}, "2 columns but 1 names"),
        ({"weights": [1.0]}, "fit together"),
        ({"prior_precision": -1.0}, "negative"),
    ],
)
def test_bad_input(options: dict[str, Any], message: str) -> None:
    x, y = _sample(30)
    with pytest.raises(DataError, match=message):
        fit_spline(x, y, **options)


def test_too_little_to_learn_from() -> None:
    with pytest.raises(NotIdentifiedError, match="No row has concluded"):
        fit_spline(np.empty((2, 0)), durations([1.0, 2.0], [np.inf, np.inf]))
    with pytest.raises(NotIdentifiedError, match="distinct"):
        fit_spline(np.empty((3, 0)), durations([2.0, 2.0, 2.0]), 0)
    with pytest.raises(NotIdentifiedError, match="cannot determine 4"):
        fit_spline(np.eye(3)[:, :2], durations([2.0, 3.0, 5.0]), 0)
