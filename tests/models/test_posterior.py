"""Weighted draws: tidy, summarised, and what they say of a case."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse, stats

from forecast.models.hierarchical_problem import FAMILIES
from forecast.models.latent_field import GROUPS, Incidence
from forecast.models.posterior import (
    CaseDraws,
    Known,
    Posterior,
    _mean_of_shares,
    case_draws,
    weighted_quantile,
)

DRAWS = 8000


@pytest.fixture(scope="module")
def posterior() -> Posterior:
    rng = np.random.default_rng(0)
    weights = rng.gamma(2.0, size=DRAWS)
    return Posterior(
        names=("log(median)", "logit(never)"),
        fields=rng.normal([3.0, -1.5], [0.5, 0.4], (DRAWS, 2)),
        group_sd=rng.uniform(0.2, 0.8, (DRAWS, len(GROUPS))),
        scale=rng.uniform(0.5, 1.0, DRAWS),
        log_rate=rng.normal(-4.0, 0.3, DRAWS),
        weights=weights / weights.sum(),
        nodes=np.repeat(np.arange(DRAWS // 4), 4),
    )


def first(posterior: Posterior, draws: int) -> Posterior:
    """The first so many draws."""
    weights = posterior.weights[:draws]
    return Posterior(
        posterior.names,
        posterior.fields[:draws],
        posterior.group_sd[:draws],
        posterior.scale[:draws],
        posterior.log_rate[:draws],
        weights / weights.sum(),
        posterior.nodes[:draws],
    )


def case_of(posterior: Posterior, family: str) -> CaseDraws:
    eta, kappa = posterior.fields.T
    return case_draws(posterior, FAMILIES[family], eta, kappa, None)


def test_weighted_quantiles() -> None:
    values = np.random.default_rng(1).normal(size=101)
    equal = weighted_quantile(values, np.full(101, 0.3), 0.2)
    assert equal == pytest.approx(np.quantile(values, 0.2, method="hazen"), abs=1e-12)
    # A weight of three is a value thrice, up to the interpolation between neighbours.
    assert weighted_quantile(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 1.0]), 0.5) == 2.0


def test_the_frame_is_tidy_and_the_summary_follows_from_it(posterior: Posterior) -> None:
    frame = posterior.frame
    assert list(frame.columns) == [
        *("weight", "node", "log(median)", "logit(never)"),
        *("sd(family)", "sd(party)", "sd(cluster)", "sd(never family)"),
        *("log(scale)", "log(ending rate)"),
    ]
    assert frame["weight"].sum() == pytest.approx(1.0)
    table = posterior.summary()
    assert list(table.columns) == ["mean", "sd", "5 %", "50 %", "95 %"]
    values = frame["log(scale)"]
    mean = np.average(values, weights=frame["weight"])
    assert table.loc["log(scale)", "mean"] == pytest.approx(mean)
    sd = np.sqrt(np.average((values - mean) ** 2, weights=frame["weight"]))
    assert table.loc["log(scale)", "sd"] == pytest.approx(sd)
    for share in (0.05, 0.5, 0.95):
        below = frame["weight"][values <= table.loc["log(scale)", f"{100 * share:g} %"]].sum()
        assert below == pytest.approx(share, abs=2e-3)


def test_effects_that_are_not_in_the_data_have_the_variance_of_their_group(
    posterior: Posterior,
) -> None:
    fresh = np.array([[0.0, 0.0, 0.0, 0.0], [1.0, 1.5, 0.0, 1.0]])
    ones = np.ones((2, 1))
    incidence = Incidence(
        sparse.csr_array(np.hstack([ones, 0 * ones])),
        sparse.csr_array(np.hstack([0 * ones, ones])),
        fresh,
    )
    eta, kappa = posterior.predictors(incidence)
    np.testing.assert_allclose(eta[:, 0], posterior.fields[:, 0])
    np.testing.assert_allclose(kappa[:, 0], posterior.fields[:, 1])
    sd = posterior.group_sd
    duration = (eta[:, 1] - eta[:, 0]) / np.sqrt(sd[:, 0] ** 2 + 1.5 * sd[:, 1] ** 2)
    never = (kappa[:, 1] - kappa[:, 0]) / sd[:, 3]
    for noise in (duration, never):
        assert stats.kstest(noise, "norm").pvalue > 1e-3
    assert abs(np.corrcoef(duration, never)[0, 1]) < 0.05


@pytest.mark.parametrize("family", FAMILIES)
def test_the_median_of_a_case_is_the_exponential_of_its_predictor(
    posterior: Posterior, family: str
) -> None:
    part = first(posterior, 5)
    eta, kappa = part.fields.T
    case = case_draws(part, FAMILIES[family], eta, kappa, 0.0)
    np.testing.assert_allclose(np.diag(np.exp(case.log_concluding(np.exp(eta)))), 0.5, rtol=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "known", [Known(), Known(6.0, 0.0, 1.0), Known(6.0, 0.0, 0.4), Known(6.0, 2.0, 0.4)]
)
# 8,000 draws are thinned to 2,048, which costs at most the error of as many independent ones.
@pytest.mark.parametrize(("draws", "atol"), [(2000, 1e-12), (DRAWS, 5e-3)])
def test_a_case_is_conditioned_draw_by_draw(
    posterior: Posterior, family: str, known: Known, draws: int, atol: float
) -> None:
    posterior = first(posterior, draws)
    law = {"lognormal": stats.norm, "weibull": stats.gumbel_l, "loglogistic": stats.logistic}
    eta, kappa = posterior.fields.T
    pi, rate, median = 1 / (1 + np.exp(-kappa)), np.exp(posterior.log_rate), law[family].median()

    def concluding(t: float) -> np.ndarray:
        z = (np.log(t) - eta) / posterior.scale + median
        return np.asarray((1 - pi) * law[family].sf(z))

    def open_at(t: float) -> np.ndarray:
        return np.asarray(pi * np.exp(-rate * t) + (concluding(t) if t else 1 - pi))

    age, times = 9.0, np.array([0.0, 9.0, 12.0, 24.0, 100.0, 4000.0])
    weights = posterior.weights * (open_at(known.entry) / open_at(known.age)) ** known.power
    weights *= open_at(age) / open_at(known.entry)
    weights /= weights.sum()
    lasting = pi * np.exp(-rate * age)
    later = [(lasting + concluding(max(t, age))) / open_at(age) for t in times]
    case = case_of(posterior, family)
    anew = replace(case, weights=case.forgetting(known))
    survival, never = anew.mean_survival(times, age, known.entry)
    np.testing.assert_allclose(survival, [weights @ part for part in later], atol=atol)
    assert never == pytest.approx(weights @ (lasting / open_at(age)), abs=atol)
    assert (survival[:2] == 1.0).all()
    assert survival[-1] == pytest.approx(never, abs=5e-3)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_case_far_beyond_all_draws_is_still_conditioned(
    posterior: Posterior, family: str
) -> None:
    """At 80 sigma every probability of being open rounds to 0 where nobody is held to go on for ever."""
    part = first(posterior, 50)
    case = replace(case_of(part, family), never=np.zeros(50))
    age = float(np.exp(case.location + 80.0 * case.scale).max())
    assert family == "loglogistic" or (np.exp(case.log_open_at(age)) == 0.0).all()
    survival, never = case.mean_survival(np.array([age, 1.5 * age]), age)
    assert survival[0] == 1.0
    assert 0.0 <= survival[1] < 0.9
    assert never == pytest.approx(0.0, abs=1e-12)


def test_a_mean_of_shares_is_exact_near_both_ends() -> None:
    weights = np.full(3, 1.0 / 3.0)
    shares = np.array([[1.0, 0.0, 2e-200], [1.0, 0.0, 4e-200], [1.0, 0.3, 6e-200]])
    found = _mean_of_shares(weights, shares)
    assert found[0] == 1.0
    np.testing.assert_allclose(found[1:], [0.1, 4e-200], rtol=1e-12)
