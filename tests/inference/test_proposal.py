"""The proposal: its density against scipy, its draws against its density."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from forecast.inference.proposal import StudentMixture

CENTRE = np.array([0.5, -1.0, 2.0])
COVARIANCE = np.array([[0.8, 0.3, 0.0], [0.3, 0.5, -0.1], [0.0, -0.1, 0.2]])


@pytest.fixture(scope="module")
def mixture() -> StudentMixture:
    return StudentMixture.around(CENTRE, COVARIANCE)


def test_the_wide_component_covers_the_prior_or_twice_the_posterior() -> None:
    covariance = np.diag([0.8, 1.3, 0.09])
    mixture = StudentMixture.around(CENTRE, covariance)
    narrow, wide = (factor @ factor.T for factor in mixture.factors)
    np.testing.assert_allclose(narrow, 1.2 * covariance)
    np.testing.assert_allclose(wide, np.diag([1.0, 1.3, 0.18]))
    # Halfway to the prior's mean, 0, but for what the data has found.
    np.testing.assert_allclose(mixture.centres[0], CENTRE)
    np.testing.assert_allclose(mixture.centres[1], [0.25, -0.5, 2.0])


def test_the_density_is_a_mixture_of_two_students(mixture: StudentMixture) -> None:
    theta = np.random.default_rng(0).normal(size=(20, 3)) * 2.0
    parts = [
        share * stats.multivariate_t(centre, factor @ factor.T, df=int(mixture.df)).pdf(theta)
        for share, centre, factor in zip(
            mixture.shares, mixture.centres, mixture.factors, strict=True
        )
    ]
    np.testing.assert_allclose(mixture.log_density(theta), np.log(sum(parts)), rtol=1e-10)


def test_the_density_integrates_to_one() -> None:
    line = StudentMixture.around(np.array([0.3]), np.array([[0.6]]))
    total = integrate.quad(lambda t: np.exp(line.log_density(np.array([[t]]))).item(), -30, 30)[0]
    assert total == pytest.approx(1.0, abs=1e-8)


def test_draws_have_the_moments_of_the_density(mixture: StudentMixture) -> None:
    draws = mixture.draw(8192, np.random.default_rng(1))
    heavy = mixture.df / (mixture.df - 2.0)
    mean = np.array(mixture.shares) @ mixture.centres
    covariance = sum(
        share * (heavy * factor @ factor.T + np.outer(centre - mean, centre - mean))
        for share, centre, factor in zip(
            mixture.shares, mixture.centres, mixture.factors, strict=True
        )
    )
    np.testing.assert_allclose(draws.mean(axis=0), mean, atol=0.01)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.03)


def test_draws_follow_the_density() -> None:
    line = StudentMixture.around(np.array([0.3]), np.array([[0.6]]))
    draws = line.draw(4096, np.random.default_rng(2))[:, 0]
    scales = [factor[0, 0] for factor in line.factors]

    def cdf(x: np.ndarray) -> Any:
        parts = zip(line.shares, (0.3, 0.15), scales, strict=True)
        return sum(s * stats.t(line.df, centre, scale).cdf(x) for s, centre, scale in parts)

    # Independent draws would be off by 0.87 / sqrt(4096) = 0.014 on the average.
    steps = (np.arange(len(draws)) + 0.5) / len(draws)
    assert np.abs(cdf(np.sort(draws)) - steps).max() < 0.006


def test_importance_sampling_with_it_is_right(mixture: StudentMixture) -> None:
    # Of a normal with this centre and covariance: total mass 1, and its variance.
    theta = mixture.draw(4096, np.random.default_rng(3))
    law = stats.multivariate_normal(CENTRE, COVARIANCE)
    weights = np.exp(law.logpdf(theta) - mixture.log_density(theta))
    assert weights.mean() == pytest.approx(1.0, abs=0.01)
    away = theta - CENTRE
    np.testing.assert_allclose((weights[:, None] * away).T @ away / 4096, COVARIANCE, atol=0.02)
