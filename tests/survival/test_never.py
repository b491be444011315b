"""The never share: a likelihood that sums to one, and fits that recover it."""

import numpy as np
import pytest
from scipy.integrate import quad

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.survival import FAMILIES, NeverShare, durations, fit_aft, predicted_curves
from forecast.survival.likelihood import CensoredLikelihood
from forecast.survival.terms import LOG_ENDING_RATE

OWN = {"generalised-gamma": [-0.3, 0.6], "gompertz": [0.02], "exponential": []}
FOLLOWED, ENTRY = 60.0, 7.0


def _theta(family: str, share: float, log_rate: float | None) -> np.ndarray:
    tail = [] if log_rate is None else [log_rate]
    return np.array([3.0, *OWN.get(family, [-0.3]), np.log(share / (1 - share)), *tail])


def _probability(family: str, row: np.ndarray, theta: np.ndarray, ends: bool) -> float:
    likelihood = CensoredLikelihood.build(np.ones((1, 1)), row, family, never=NeverShare(ends=ends))
    return float(np.exp(likelihood.row_loglik(theta)[0]))


@pytest.mark.parametrize("entry", [0.0, ENTRY])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_what_could_have_been_seen_sums_to_one(family: str, entry: float) -> None:
    theta = _theta(family, 0.3, -3.5)

    def seen(t: float, cause: int) -> float:
        return _probability(family, durations([t], entry=entry, cause=cause), theta, ends=True)

    total = _probability(family, durations([FOLLOWED], np.inf, entry=entry), theta, ends=True)
    for cause in (1, 2):
        total += quad(seen, entry, FOLLOWED, args=(cause,), epsabs=1e-9, limit=200)[0]
    assert total == pytest.approx(1.0, abs=1e-7)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_intervals_sum_to_one(family: str) -> None:
    theta = _theta(family, 0.2, -4.0)
    edges = np.array([0.0, 3.0, 10.0, 30.0, FOLLOWED])
    rows = [durations(edges[:-1], edges[1:], cause=cause) for cause in (1, 2)]
    rows.append(durations([FOLLOWED], np.inf))
    y = np.concatenate(rows)
    likelihood = CensoredLikelihood.build(
        np.ones((len(y), 1)), y, family, never=NeverShare(ends=True)
    )
    assert np.exp(likelihood.row_loglik(theta)).sum() == pytest.approx(1.0, abs=1e-12)


def test_retrospective_rows_sum_to_one_and_say_nothing_of_the_share() -> None:
    edges = np.array([0.0, 3.0, 10.0, 30.0])
    for cause in (1, 2):
        y = durations(edges[:-1], edges[1:], exit=30.0, cause=cause)
        likelihood = CensoredLikelihood.build(
            np.ones((3, 1)), y, "weibull", never=NeverShare(ends=True)
        )
        values = [likelihood.row_loglik(_theta("weibull", s, -3.0)) for s in (0.1, 0.7)]
        assert np.exp(values[0]).sum() == pytest.approx(1.0, abs=1e-12)
        np.testing.assert_array_equal(values[0], values[1])


def test_rows_of_the_design_document() -> None:
    share, rate, month = 0.3, 1 / 60.0, 20.0
    theta = _theta("weibull", share, np.log(rate))
    scale = np.exp(-0.3)

    def lasts(t: float) -> float:
        return float(np.exp(-np.exp((np.log(t) - 3.0) / scale)))

    mixed = share * np.exp(-rate * month) + (1 - share) * lasts(month)
    cases = {
        0.7 * (lasts(10.0) - lasts(month)): durations([10.0], month),
        share * rate * np.exp(-rate * month): durations([month], cause=2),
        mixed: durations([month], np.inf),
        mixed / (share * np.exp(-rate * 5) + 0.7 * lasts(5.0)): durations(
            [month], np.inf, entry=5.0
        ),
        (lasts(10.0) - lasts(month)) / (1 - lasts(40.0)): durations([10.0], month, exit=40.0),
        rate * np.exp(-rate * month) / -np.expm1(-rate * 40): durations(
            [month], exit=40.0, cause=2
        ),
    }
    for expected, row in cases.items():
        assert _probability("weibull", row, theta, ends=True) == pytest.approx(expected)


def test_without_a_rate_ended_rows_count_as_open() -> None:
    theta = _theta("lognormal", 0.4, None)
    ended = _probability("lognormal", durations([9.0], cause=2), theta, ends=False)
    still = _probability("lognormal", durations([9.0], np.inf), theta, ends=False)
    assert ended == still


@pytest.mark.parametrize("family", ["weibull", "lognormal", "generalised-gamma", "gompertz"])
def test_simulation_recovers_the_truth(family: str) -> None:
    rng = np.random.default_rng(6)
    n = 6000
    x, z = rng.normal(size=n), rng.normal(size=n)
    share = 1 / (1 + np.exp(-(-1.0 + 0.8 * z)))
    never = rng.random(n) < share
    draws = rng.exponential(size=n)
    if family == "gompertz":
        concluded_at, own = np.log1p(0.05 * draws * np.exp(3.0 + 0.4 * x)) / 0.05, [0.05]
    elif family == "weibull":
        concluded_at, own = np.exp(3.0 + 0.4 * x) * draws**0.6, [np.log(0.6)]
    else:
        concluded_at = np.exp(3.0 + 0.4 * x + 0.6 * rng.normal(size=n))
        own = [np.log(0.6)] if family == "lognormal" else [np.log(0.6), 0.0]
    time = np.where(never, rng.exponential(50.0, n), concluded_at)
    end = rng.uniform(40.0, 200.0, n)
    seen = time <= end
    y = durations(
        np.minimum(time, end),
        np.where(seen, time, np.inf),
        cause=np.where(seen, np.where(never, 2, 1), 0),
    )
    ones = np.ones(n)
    share_model = NeverShare(np.column_stack([ones, z]), ["Intercept", "z"])
    fit = fit_aft(np.column_stack([ones, x]), y, family, never=share_model)
    truth = np.array([3.0, 0.4, *own, -1.0, 0.8, -np.log(50.0)])
    assert (np.abs(fit.theta - truth) < 3.5 * fit.standard_errors).all()
    assert fit.names[-3:] == ("never: Intercept", "never: z", LOG_ENDING_RATE)
    assert np.linalg.norm(fit.gradient) < 1e-6 * n


def test_curves_level_off_at_the_share() -> None:
    rng = np.random.default_rng(7)
    time = np.where(rng.random(800) < 0.3, np.inf, rng.weibull(1.5, 800) * 20)
    y = durations(np.minimum(time, 90.0), np.where(time < 90.0, time, np.inf))
    fit = fit_aft(np.ones((800, 1)), y, "weibull", never=NeverShare())
    curves = predicted_curves(fit, np.ones((2, 1)), [0.0, 12.0, 24.0, 1e5])
    assert fit.names == ("x0", "log(scale)", "never: Intercept")
    assert curves.never[0] == pytest.approx(np.isinf(time).mean(), abs=0.02)
    assert curves.survival[0, -1] == pytest.approx(curves.never[0])


def test_a_share_of_nothing_runs_away() -> None:
    rng = np.random.default_rng(8)
    y = durations(rng.weibull(1.5, 60) * 20)
    with pytest.raises(ConvergenceError, match="'never: Intercept'"):
        fit_aft(np.ones((60, 1)), y, "weibull", never=NeverShare())
    held = fit_aft(
        np.ones((60, 1)),
        y,
        "weibull",
        never=NeverShare(),
        prior_mean=[0, 0, -2],
        prior_precision=[0, 0, 2.0],
    )
    assert held.theta[2] < -2


def test_refused_beside_a_gompertz_of_negative_shape() -> None:
    rng = np.random.default_rng(9)
    # A hazard that falls among those that conclude, too.
    time = np.where(rng.random(600) < 0.2, np.inf, 20 * rng.weibull(0.5, 600))
    y = durations(np.minimum(time, 80.0), np.where(time < 80.0, time, np.inf))
    with pytest.raises(NotIdentifiedError, match="cannot be told apart"):
        fit_aft(np.ones((600, 1)), y, "gompertz", never=NeverShare())
    likelihood = CensoredLikelihood.build(np.ones((600, 1)), y, "gompertz", never=NeverShare())
    assert likelihood.log_posterior(np.array([3.0, -0.01, 0.0]))[0] == -np.inf


def test_names_and_design_must_fit() -> None:
    y = durations([3.0, 5.0, 9.0])
    for never, message in (
        (NeverShare(np.ones((3, 2)), ["one"]), "2 columns but 1 names"),
        (NeverShare(np.ones((2, 1))), "never share's design"),
    ):
        with pytest.raises(DataError, match=message):
            fit_aft(np.ones((3, 1)), y, "weibull", never=never)
