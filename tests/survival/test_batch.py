"""Many fits at once are the fits one by one."""

from typing import Any

import numpy as np
import pytest

from forecast.errors import DataError
from forecast.survival import (
    FAMILIES,
    AFTFit,
    NeverShare,
    batch,
    bootstrap,
    durations,
    fit_aft,
    fit_many,
    leave_one_out,
)
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.likelihood import CensoredLikelihood


def _data(n: int, seed: int = 0) -> tuple[FloatArray, DurationArray]:
    rng = np.random.default_rng(seed)
    x = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    time = np.exp(3 + x[:, 1:] @ [0.4, -0.2] + 0.6 * np.log(rng.exponential(size=n)))
    end = rng.uniform(10.0, 80.0, n)
    lower = np.minimum(time, end)
    y = durations(lower, np.where(time <= end, lower, np.inf), entry=0.1 * lower)
    return x, y


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_leave_one_out(family: str) -> None:
    n = 90
    x, y = _data(n)
    weights = leave_one_out(n)
    many = fit_many(x, y, family, weights)
    assert many.converged.all()
    assert many.failures == {}
    for k in (0, 17, n - 1):
        alone = fit_aft(np.delete(x, k, axis=0), np.delete(y, k), family)
        np.testing.assert_allclose(many.theta[k], alone.theta, atol=1e-8)
        np.testing.assert_allclose(many.standard_errors[k], alone.standard_errors, rtol=1e-6)
        assert many.loglik[k] == pytest.approx(alone.loglik, rel=1e-11)


def test_many_rows_and_data_sets_are_cut_into_portions() -> None:
    x, y = _data(9000)
    weights = bootstrap(9000, 20, np.random.default_rng(1))
    many = fit_many(x, y, "lognormal", weights)
    alone = fit_aft(x, y, "lognormal", weights=weights[13])
    np.testing.assert_allclose(many.theta[13], alone.theta, atol=1e-8)


def test_never_share_and_priors() -> None:
    x, y = _data(80)
    prior: dict[str, Any] = {"prior_mean": [3, 0, 0, 0, -1], "prior_precision": [0, 4, 4, 0, 2]}
    weights = bootstrap(80, 5, np.random.default_rng(2))
    many = fit_many(x, y, "weibull", weights, never=NeverShare(), **prior)
    alone = fit_aft(x, y, "weibull", weights=weights[2], never=NeverShare(), **prior)
    np.testing.assert_allclose(many.theta[2], alone.theta, atol=1e-8)
    assert many.loglik[2] == pytest.approx(alone.loglik)


def test_a_data_set_without_a_maximum_is_said() -> None:
    x, y = _data(60)
    trait = np.zeros(60)
    trait[np.flatnonzero(y["cause"] == 1)[:1]] = 1.0
    trait[np.flatnonzero(y["cause"] == 0)[:3]] = 1.0
    weights = leave_one_out(60)
    weights[5] = 0.0
    lost = int(np.flatnonzero((trait == 1) & (y["cause"] == 1))[0])
    many = fit_many(np.column_stack([x, trait]), y, "weibull", weights)
    assert sorted(many.failures) == sorted({lost, 5})
    assert "'x3'" in many.failures[lost]
    assert "fewer conclusions" in many.failures[5]
    assert np.isnan(many.theta[lost]).all()
    assert many.converged.sum() == 58


def test_bootstrap_draws_rows() -> None:
    weights = bootstrap(30, 200, np.random.default_rng(3))
    assert (weights.sum(axis=1) == 30).all()
    assert weights.mean() == 1.0


@pytest.mark.parametrize("weights", [np.ones(40), np.ones((2, 39)), -np.ones((2, 40))])
def test_bad_weights(weights: FloatArray) -> None:
    x, y = _data(40)
    with pytest.raises(DataError, match=r"[Ww]eights"):
        fit_many(x, y, "weibull", weights)


def test_leave_one_out_takes_a_few_evaluations_of_all_data_sets_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    together = CensoredLikelihood.log_posteriors
    evaluated: list[int] = []
    fitted: list[int] = []

    def counted(
        likelihood: CensoredLikelihood, theta: FloatArray, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        evaluated.append(len(theta))
        return together(likelihood, theta, weights)

    def counted_alone(design: FloatArray, y: DurationArray, *given: Any, **named: Any) -> AFTFit:
        fitted.append(len(y))
        return fit_aft(design, y, *given, **named)

    monkeypatch.setattr(CensoredLikelihood, "log_posteriors", counted)
    monkeypatch.setattr(batch, "fit_aft", counted_alone)
    x, y = _data(150)
    fit_many(x, y, "weibull", leave_one_out(150))
    # One fit to begin at, then Newton steps of all that are left; one by one it would take 150 fits.
    assert fitted == [150]
    assert evaluated[0] == 150
    assert len(evaluated) <= 8
    assert sum(evaluated) <= 5 * 150
