"""The Gompertz on time: its closed forms, its limit, its improper half."""

import numpy as np
import pytest

from forecast.errors import DataError
from forecast.survival import durations, fit_aft, predicted_curves
from forecast.survival.gompertz import _SMALL, Gompertz, _log_growth
from forecast.survival.likelihood import CensoredLikelihood
from forecast.survival.location_scale import exponential

GOMPERTZ = Gompertz("gompertz")
TIME = np.array([0.01, 1.0, 7.0, 30.0, 90.0])


@pytest.mark.parametrize("shape", [-0.2, -1e-3, 1e-6, 0.02, 0.3])
def test_closed_form(shape: float) -> None:
    eta = 3.1
    hazard = np.exp(-eta) * np.expm1(shape * TIME) / shape
    channels = (np.array([eta]), np.array([shape]))
    log_time = np.log(TIME)
    np.testing.assert_allclose(GOMPERTZ.survival_at(log_time, channels).value, -hazard, rtol=1e-12)
    density = -eta + shape * TIME - hazard + log_time
    np.testing.assert_allclose(GOMPERTZ.density_at(log_time, channels).value, density, rtol=1e-12)
    ended = GOMPERTZ.cdf_at(log_time, channels).value
    np.testing.assert_allclose(ended, np.log(-np.expm1(-hazard)), rtol=1e-10)


def test_a_shape_of_zero_is_exponential() -> None:
    log_time = np.log(TIME)
    flat = (np.array([2.0]), np.array([0.0]))
    for name in ("density_at", "survival_at", "cdf_at"):
        found = getattr(GOMPERTZ, name)(log_time, flat)
        expected = getattr(exponential, name)(log_time, flat[:1])
        np.testing.assert_allclose(found.value, expected.value, rtol=1e-14)
        np.testing.assert_allclose(found.first[0], expected.first[0], rtol=1e-13, atol=1e-15)


def test_growth_has_no_seam() -> None:
    for seam in (-_SMALL, 0.0, _SMALL):
        before, after = (_log_growth(np.array([seam + s])) for s in (-1e-9, 1e-9))
        for left, right in zip(before, after, strict=True):
            assert left[0] == pytest.approx(right[0], abs=1e-8)


def test_growth_far_out() -> None:
    v = np.array([-1e6, -800.0, 800.0, 1e6])
    found = _log_growth(v)
    np.testing.assert_allclose(found.value, np.maximum(v, 0.0) - np.log(np.abs(v)), rtol=1e-12)
    np.testing.assert_allclose(found.first, (v > 0) - 1 / v, rtol=1e-9, atol=1e-12)


def test_simulation_recovers_the_truth() -> None:
    rng = np.random.default_rng(4)
    n = 20_000
    x = np.column_stack([np.ones(n), rng.normal(size=n)])
    eta, shape = x @ [3.5, 0.4], 0.03
    time = np.log1p(shape * rng.exponential(size=n) * np.exp(eta)) / shape
    end = rng.uniform(20.0, 120.0, n)
    y = durations(np.minimum(time, end), np.where(time <= end, time, np.inf))
    fit = fit_aft(x, y, "gompertz")
    assert fit.names == ("x0", "x1", "shape")
    assert (np.abs(fit.theta - [3.5, 0.4, 0.03]) < 3 * fit.standard_errors).all()
    assert fit.log_scale == 0.0


def test_a_negative_shape_never_ends_for_a_share() -> None:
    rng = np.random.default_rng(5)
    n, shape, eta = 4000, -0.05, 3.0
    never = np.exp(np.exp(-eta) / shape)
    level = rng.random(n)
    time = np.full(n, np.inf)
    ends = level > never
    time[ends] = np.log1p(-shape * np.log(level[ends]) * np.exp(eta)) / shape
    y = durations(np.minimum(time, 100.0), np.where(time <= 100.0, time, np.inf))
    fit = fit_aft(np.ones((n, 1)), y, "gompertz")
    curves = predicted_curves(fit, np.ones((1, 1)), [0.0, 10.0, 1e6])
    assert fit.parameter("shape") == pytest.approx(shape, abs=0.01)
    assert curves.never[0] == pytest.approx(never, abs=0.02)
    assert curves.survival[0, -1] == pytest.approx(curves.never[0])


@pytest.mark.parametrize("time", [1e-300, 1e300])
def test_times_whose_square_is_no_number_are_refused(time: float) -> None:
    with pytest.raises(DataError, match="another unit"):
        CensoredLikelihood.build(np.ones((2, 1)), durations([1.0, time]), "gompertz")
