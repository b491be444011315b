"""Cox regressions with a known answer."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.survival.cox import CoxFit, Ties, fit_cox
from forecast.survival.nonparametric import kaplan_meier
from forecast.survival.partial_likelihood import PartialLikelihood
from forecast.survival.prior import GaussianPrior
from forecast.survival.risk_sets import RiskSets


def _sample(seed: int, n: int = 40) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(12.0, n))
    return {
        "design": rng.normal([0.0, 30.0], 1.0, (n, 2)),
        "time": time,
        "event": rng.random(n) < 0.7,
        # Some entries fall on event times: a row is at risk only after its entry.
        "entry": np.floor(time * rng.uniform(0.0, 0.99, n)),
        "strata": rng.integers(0, 3, n),
        "weights": rng.integers(1, 4, n).astype(float),
    }


def _by_loops(sample: dict[str, Any], beta: np.ndarray, ties: Ties) -> float:
    """The log partial likelihood as its definition has it."""
    risk = sample["weights"] * np.exp((sample["design"] - [0.0, 30.0]) @ beta)
    loglik = 0.0
    for stratum in np.unique(sample["strata"]):
        here = sample["strata"] == stratum
        for t in np.unique(sample["time"][here & sample["event"]]):
            died = here & sample["event"] & (sample["time"] == t)
            at_risk = here & (sample["entry"] < t) & (sample["time"] >= t)
            loglik += sample["weights"][died] @ ((sample["design"][died] - [0.0, 30.0]) @ beta)
            d = int(died.sum())
            for k in range(d):
                taken_off = risk[died].sum() * k / d if ties == "efron" else 0.0
                mean_weight = sample["weights"][died].mean()
                loglik -= mean_weight * np.log(risk[at_risk].sum() - taken_off)
    return loglik


def _likelihood(sample: dict[str, Any], ties: Ties) -> PartialLikelihood:
    sets = RiskSets.build(
        sample["time"],
        sample["event"],
        sample["entry"],
        sample["strata"],
        sample["weights"],
        efron=ties == "efron",
    )
    prior = GaussianPrior.of([0.1, -0.2], [1.0, 0.5], 2)
    return PartialLikelihood.build(sample["design"], sets, prior)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=15, deadline=None)
def test_likelihood_and_derivatives(ties: Ties, seed: int) -> None:
    sample = _sample(seed)
    likelihood = _likelihood(sample, ties)
    beta = np.random.default_rng(seed).normal(size=2) * 0.5
    assert likelihood.loglik(beta) == pytest.approx(_by_loops(sample, beta, ties), rel=1e-10)
    _, gradient, hessian = likelihood.log_posterior(beta)
    for k, step in enumerate(1e-5 * np.eye(2)):
        up, down = likelihood.log_posterior(beta + step), likelihood.log_posterior(beta - step)
        assert (up[0] - down[0]) / 2e-5 == pytest.approx(gradient[k], rel=1e-6, abs=1e-6)
        np.testing.assert_allclose((up[1] - down[1]) / 2e-5, hessian[k], rtol=1e-6, atol=1e-5)


def test_one_binary_covariate_by_hand() -> None:
    # Risk sets {a, b, c} and {b, c}; b is not exposed: the score is 2 - 2r/(1 + 2r) - r/(1 + r).
    fit = fit_cox([[1.0], [0.0], [1.0]], [1.0, 2.0, 3.0], [1, 1, 0])
    r = np.exp(fit.coefficients[0])
    assert r == pytest.approx(np.sqrt(0.5))
    assert fit.loglik_null == pytest.approx(-np.log(6))
    assert fit.loglik == pytest.approx(np.log(r / (1 + 2 * r)) - np.log(1 + r))
    np.testing.assert_allclose(
        fit.baseline.cumulative_hazard, np.cumsum([1 / (1 + 2 * r), 1 / (1 + r)])
    )


def test_weights_are_copies_with_breslow_ties() -> None:
    sample = _sample(1)
    counts = sample.pop("weights").astype(int)
    weighted = fit_cox(**sample, weights=counts, ties="breslow")
    copies: dict[str, Any] = {
        name: np.repeat(part, counts, axis=0) for name, part in sample.items()
    }
    copied = fit_cox(**copies, ties="breslow")
    np.testing.assert_allclose(weighted.coefficients, copied.coefficients, rtol=1e-9)
    np.testing.assert_allclose(weighted.covariance, copied.covariance, rtol=1e-9)
    for one, other in zip(weighted.baselines, copied.baselines, strict=True):
        np.testing.assert_allclose(one.cumulative_hazard, other.cumulative_hazard)


def test_split_rows_change_nothing() -> None:
    sample = _sample(2)
    whole = fit_cox(**sample)
    cut = (sample["entry"] + sample["time"]) / 2
    first, second = {**sample, "time": cut, "event": np.zeros(40)}, {**sample, "entry": cut}
    halves: dict[str, Any] = {name: np.concatenate([first[name], second[name]]) for name in sample}
    split = fit_cox(**halves)
    np.testing.assert_allclose(split.coefficients, whole.coefficients, rtol=1e-9)
    np.testing.assert_allclose(split.covariance, whole.covariance, rtol=1e-9)
    assert split.loglik == pytest.approx(whole.loglik)


def test_a_covariate_that_changes() -> None:
    # The one row whose covariate rises at 2 counts as exposed in the risk set at 3 only.
    changing = fit_cox(
        [[0.0], [1.0], [0.0], [1.0], [0.0]],
        [2.0, 5.0, 1.0, 3.0, 4.0],
        [0, 0, 1, 1, 1],
        entry=[0.0, 2.0, 0.0, 0.0, 0.0],
    )
    r = np.exp(changing.coefficients[0])
    # At 1: risks 1 (changing), 1, r, 1. At 3: r (changing), r, 1. At 4: r, 1.
    score = 1.0 - r / (3 + r) - 2 * r / (1 + 2 * r) - r / (1 + r)
    assert score == pytest.approx(0.0, abs=1e-9)


def test_strata_have_their_own_baseline() -> None:
    sample = _sample(3)
    fit = fit_cox(**sample)
    shifted = sample["design"] + 5.0 * (sample["strata"] == 1)[:, np.newaxis]
    moved = fit_cox(**{**sample, "design": shifted})
    np.testing.assert_allclose(moved.coefficients, fit.coefficients, rtol=1e-8)
    assert fit.strata.tolist() == [0, 1, 2]
    with pytest.raises(DataError, match="3 strata"):
        fit.baseline  # noqa: B018


def test_without_covariates_it_is_nelson_aalen() -> None:
    fit = fit_cox(np.empty((4, 0)), [1.0, 2.0, 3.0, 4.0], [1, 0, 1, 1])
    np.testing.assert_allclose(fit.baseline.cumulative_hazard, [0.25, 0.75, 1.75])
    np.testing.assert_allclose(fit.baseline.variance, [1 / 16, 5 / 16, 21 / 16])
    curves = fit.baseline.curves(np.empty((2, 0)))
    np.testing.assert_allclose(curves.survival[0, 1:], np.exp([-0.25, -0.75, -1.75]))


def test_ridge_pulls_to_its_mean() -> None:
    sample = _sample(4)
    held = fit_cox(**sample, prior_mean=[1.0, -1.0], prior_precision=1e9)
    np.testing.assert_allclose(held.coefficients, [1.0, -1.0], atol=1e-5)
    np.testing.assert_allclose(held.standard_errors, 1e9**-0.5, rtol=1e-3)


def _separated(**options: Any) -> CoxFit:
    time = [5.0, 7.0, 9.0, 12.0, 15.0, 20.0, 20.0, 20.0]
    group = np.repeat([0.0, 1.0], [5, 3])
    return fit_cox(group[:, np.newaxis], time, 1 - group, names=["treaty"], **options)


def test_separation_names_the_covariate() -> None:
    with pytest.raises(ConvergenceError, match="'treaty'"):
        _separated()
    fit = _separated(prior_precision=1.0)
    assert -2.0 < fit.coefficients[0] < -1.0
    assert fit.concerns == ()


def test_next_to_separation_is_flagged() -> None:
    fit = _separated(prior_precision=0.001)
    assert [(c.kind, c.parameter) for c in fit.concerns] == [("near separation", "treaty")]


def test_few_events_are_said() -> None:
    sample = _sample(6)
    first = np.arange(40) == np.argsort(sample["time"])[20]
    fit = fit_cox(sample["design"], sample["time"], first)
    assert [c.kind for c in fit.concerns][:1] == ["few events"]


def test_a_constant_or_repeated_column_is_named() -> None:
    sample = _sample(5)
    x = sample["design"][:, :1]
    with pytest.raises(ConvergenceError, match="'same'"):
        fit_cox(
            np.column_stack([x, np.full(40, 0.1)]),
            sample["time"],
            sample["event"],
            names=["x", "same"],
        )
    with pytest.raises(ConvergenceError, match="follows from the others"):
        fit_cox(np.column_stack([x, 2 * x]), sample["time"], sample["event"])
    by_stratum = np.column_stack([x, sample["strata"] * 0.1])
    with pytest.raises(ConvergenceError, match="'x1'"):
        fit_cox(by_stratum, sample["time"], sample["event"], strata=sample["strata"])


def test_curves_and_their_bands() -> None:
    sample = _sample(6, 200)
    fit = fit_cox(sample["design"], sample["time"], sample["event"])
    cases = [[0.0, 30.0], [1.0, 29.0]]
    curves = fit.baseline.curves(cases)
    assert curves.survival.shape == (2, len(fit.baseline.times) + 1)
    expected = np.exp(-fit.baseline.cumulative_hazard * np.exp(cases[1] @ fit.coefficients))
    np.testing.assert_allclose(curves.survival[1, 1:], expected)
    lower, upper = fit.baseline.band(cases, fit.covariance)
    assert (lower < curves.survival[:, 1:]).all()
    assert (upper > curves.survival[:, 1:]).all()


def test_bands_without_covariates_are_next_to_kaplan_meier() -> None:
    rng = np.random.default_rng(7)
    time, event = rng.exponential(20.0, 400), rng.random(400) < 0.7
    fit = fit_cox(np.empty((400, 0)), time, event)
    curve, errors = kaplan_meier(time, event)
    early = slice(1, 150)
    survival = fit.baseline.curves(np.empty((1, 0))).survival[0]
    np.testing.assert_allclose(survival[early], curve.survival[0, early], rtol=2e-3)
    found = fit.baseline.standard_errors(np.empty((1, 0)), fit.covariance)[0]
    reached = curve.survival[0, early]
    expected = errors[early] / (reached * -np.log(reached))
    np.testing.assert_allclose(found[:149], expected, rtol=5e-3)


def test_coverage_of_the_bands() -> None:
    inside = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        x = rng.normal(size=(120, 1))
        time = rng.exponential(20.0 * np.exp(-0.7 * x[:, 0]))
        fit = fit_cox(x, np.minimum(time, 40.0), time < 40.0)
        lower, upper = fit.baseline.band([[1.0]], fit.covariance)
        knot = np.searchsorted(fit.baseline.times, 10.0) - 1
        inside.append(lower[0, knot] <= np.exp(-0.5 * np.exp(0.7)) <= upper[0, knot])
    # Two standard errors of a share of 0.95 in 200.
    assert 0.92 <= np.mean(inside) <= 0.985


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"time": [1.0, 2.0, -3.0]}, "Row 2"),
        ({"entry": [0.0, 2.0, 0.0]}, r"Row 1: it covers \(2, 2\]"),
        ({"time": [1.0, np.nan, 3.0]}, "finite"),
        ({"event": [0, 1, 2]}, "0 or 1"),
        ({"event": [0, 1]}, "one length"),
        ({"design": [[1.0], [np.inf], [2.0]]}, "missing or infinite"),
        ({"design": [1.0, 2.0, 3.0]}, "does not fit"),
        ({"design": [[1.0], [1e200], [2.0]]}, "another unit"),
        ({"weights": [1.0, -1.0, 1.0]}, "negative"),
        ({"ties": "exact"}, "exact"),
        ({"names": ["a", "b"]}, "1 columns but 2 names"),
    ],
)
def test_bad_input(changes: dict[str, Any], message: str) -> None:
    good: dict[str, Any] = {
        "design": [[1.0], [0.0], [1.0]],
        "time": [1.0, 2.0, 3.0],
        "event": [1, 1, 0],
    }
    with pytest.raises(DataError, match=message):
        fit_cox(**{**good, **changes})


def test_no_event() -> None:
    with pytest.raises(NotIdentifiedError, match="No event"):
        fit_cox([[1.0], [0.0]], [1.0, 2.0], [0, 0])


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_extreme_units_change_nothing(unit: float) -> None:
    sample = _sample(8)
    plain = fit_cox(sample["design"], sample["time"], sample["event"])
    extreme = fit_cox(sample["design"], sample["time"] * unit, sample["event"])
    np.testing.assert_allclose(extreme.coefficients, plain.coefficients)


def test_many_rows_are_quick() -> None:
    # Without a Python loop over rows this takes a fraction of a second; with one, minutes.
    rng = np.random.default_rng(9)
    x = rng.normal(size=(100_000, 5))
    time = rng.exponential(np.exp(-x @ [0.5, -0.3, 0.2, 0.0, 0.1]))
    fit = fit_cox(x, time, np.ones(100_000))
    np.testing.assert_allclose(fit.coefficients, [0.5, -0.3, 0.2, 0.0, 0.1], atol=0.02)
