"""Weighted draws against closed forms and quadrature; targets that cannot be met are refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy import sparse
from scipy.special import gammaln, logsumexp

from forecast.errors import ConvergenceError
from forecast.inference import (
    LatentGaussianModel,
    PosteriorSample,
    RowDerivatives,
    sample_posterior,
)
from forecast.inference.latent import FloatArray
from tests.inference.conftest import Conjugate, Target

Maker = Callable[[Target, int], LatentGaussianModel]

# Log_joint is without the constants of the priors; that of the field cancels with the Gaussian's.
CONSTANT = 0.5 * np.log(2.0 * np.pi)


@pytest.fixture(scope="module")
def sample(conjugate: Conjugate) -> PosteriorSample:
    return sample_posterior(conjugate.model(), nodes=512, draws=16)


@pytest.fixture(scope="module")
def exact(conjugate: Conjugate) -> tuple[FloatArray, FloatArray]:
    """A fine grid of theta and the posterior weights of its points; log p(y) is their log sum."""
    grid = np.linspace(-7.0, 9.0, 1601)
    log_density = np.array([conjugate.log_evidence(t) - 0.5 * t * t - CONSTANT for t in grid])
    return grid, log_density + np.log(grid[1] - grid[0])


def test_the_evidence_is_that_of_quadrature(
    sample: PosteriorSample, exact: tuple[FloatArray, FloatArray]
) -> None:
    assert sample.log_evidence - CONSTANT == pytest.approx(logsumexp(exact[1]), abs=0.003)


def test_the_posterior_is_that_of_quadrature(
    conjugate: Conjugate, sample: PosteriorSample, exact: tuple[FloatArray, FloatArray]
) -> None:
    grid, log_density = exact
    density = np.exp(log_density - logsumexp(log_density))
    mean = density @ grid
    sd = float(np.sqrt(density @ (grid - mean) ** 2))
    nodes = sample.weights.sum(axis=1)
    theta = sample.theta[:, 0]
    assert nodes @ theta == pytest.approx(mean, abs=0.01 * sd)
    assert nodes @ (theta - mean) ** 2 == pytest.approx(sd**2, rel=0.03)

    means, covariances = zip(*(conjugate.posterior(t) for t in grid), strict=True)
    centre = density @ np.array(means)
    away = np.array(means) - centre
    variance = density @ (np.diagonal(covariances, axis1=1, axis2=2) + away**2)
    fields, weights = sample.fields.reshape(-1, 3), sample.weights.ravel()
    found = weights @ fields
    np.testing.assert_allclose(found, centre, atol=0.01 * np.sqrt(variance).min())
    np.testing.assert_allclose(weights @ (fields - found) ** 2, variance, rtol=0.06)


def test_the_gaussian_of_a_node_is_exact_here(sample: PosteriorSample) -> None:
    # Rows are normal, so all draws of a node have the weight of the node.
    spread = sample.weights.std(axis=1) / sample.weights.mean(axis=1)
    assert np.median(spread) < 1e-8


def test_draws_come_in_mirrored_pairs(sample: PosteriorSample) -> None:
    middles = sample.fields[:, :8] + sample.fields[:, 8:]
    np.testing.assert_allclose(middles, np.broadcast_to(middles[:, :1], middles.shape), atol=1e-9)
    assert sample.fields[:, 0].std() > 0


def test_the_same_seed_gives_the_same_bytes(conjugate: Conjugate) -> None:
    one, same, other = (sample_posterior(conjugate.model(), 64, 4, seed) for seed in (3, 3, 4))
    assert one.fields.tobytes() == same.fields.tobytes()
    assert one.weights.tobytes() == same.weights.tobytes()
    assert not np.array_equal(one.theta, other.theta)


@pytest.mark.parametrize("h", [1, 2, 5])
def test_a_gaussian_target_is_recovered(h: int, of_theta: Maker) -> None:
    rng = np.random.default_rng(h)
    root = rng.normal(size=(h, h))
    centre, precision = rng.normal(size=h), root @ root.T + 0.5 * np.eye(h)

    def target(theta: FloatArray) -> FloatArray:
        value: FloatArray = -0.5 * (((theta - centre) @ precision) * (theta - centre)).sum(axis=1)
        return value

    sample = sample_posterior(of_theta(target, h), nodes=1024, draws=2)
    covariance = np.linalg.inv(precision + np.eye(h))
    mean = covariance @ precision @ centre
    weights = sample.weights.sum(axis=1)
    sd = np.sqrt(np.diag(covariance))
    np.testing.assert_allclose((weights @ sample.theta - mean) / sd, 0.0, atol=0.03)
    away = (sample.theta - mean) / sd
    correlation = covariance / np.outer(sd, sd)
    np.testing.assert_allclose((weights[:, None] * away).T @ away, correlation, atol=0.08)
    assert sample.node_shape < 0.5
    assert sample.effective_nodes > 300


def poisson(count: float) -> LatentGaussianModel:
    """One count of mean exp(z), z ~ N(1, 0.4 exp(0.3 theta)): skewed, the more the fewer."""

    def rows(predictors: FloatArray, theta: FloatArray) -> RowDerivatives:
        mean = np.exp(predictors)
        value = (count * predictors - mean)[0] - gammaln(count + 1)
        return RowDerivatives(value, count - mean, -mean)

    return LatentGaussianModel(
        (sparse.csr_array(np.ones((1, 1))),),
        np.array([1.0]),
        lambda theta: 0.3 * theta + np.log(0.4),
        rows,
        lambda predictors, theta: rows(predictors, theta).value,
        1,
    )


@pytest.mark.parametrize("count", [0.0, 6.0])
def test_the_evidence_has_no_bias(count: float) -> None:
    model = poisson(count)
    theta, z = np.linspace(-6.0, 6.0, 241), np.linspace(-10.0, 10.0, 4001)
    area = (theta[1] - theta[0]) * (z[1] - z[0])
    joint = np.array(
        [logsumexp(model.log_joint(z[:, None], np.full((len(z), 1), t))) for t in theta]
    )
    exact = logsumexp(joint) + np.log(area) - CONSTANT  # of the field's prior
    found = np.exp(
        [sample_posterior(model, 64, 4, seed).log_evidence - exact for seed in range(40)]
    )
    error = found.std() / np.sqrt(len(found))
    assert error < 0.002
    assert found.mean() == pytest.approx(1.0, abs=3.5 * error)


def test_weights_that_cannot_settle_are_refused() -> None:
    # The rows say that they are flat and hold exp(0.47 z^2): weights without a mean.
    def rows(predictors: FloatArray, theta: FloatArray) -> RowDerivatives:
        nothing = np.zeros(predictors.shape)
        return RowDerivatives(nothing[0], nothing, nothing)

    model = LatentGaussianModel(
        (sparse.csr_array(np.eye(12)),),
        np.zeros(12),
        lambda theta: np.zeros((len(theta), 12)),
        rows,
        lambda predictors, theta: 0.47 * predictors[0] ** 2,
        1,
    )
    with pytest.raises(ConvergenceError) as caught:
        sample_posterior(model, nodes=64, draws=4)
    message = str(caught.value)
    assert "Pareto shapes" in message
    assert "effective nodes of 256, at least 40 needed" in message
    assert "bound 0.7" in message


def test_a_spike_far_away_is_refused(of_theta: Maker) -> None:
    # All the mass lies in a thousandth of a prior standard deviation, where no climb can see it.
    def target(theta: FloatArray) -> FloatArray:
        narrow = 400.0 - 0.5 * ((theta - 0.8) / 0.01).prod(axis=1) ** 2
        return np.asarray(np.minimum(narrow, 400.0))

    with pytest.raises(ConvergenceError):
        sample_posterior(of_theta(target, 6), nodes=64, draws=2)
