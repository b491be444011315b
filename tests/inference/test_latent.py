"""Latent Gaussian models: closed forms, derivatives against differences, steps that go uphill."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy import sparse
from scipy.special import gammaln

from forecast.inference import LatentGaussianModel, RowDerivatives
from forecast.inference.latent import FloatArray
from forecast.inference.latent_modes import _concave, _cubature, find_modes, predictor_spread

if TYPE_CHECKING:
    from tests.inference.conftest import Conjugate

THETA = np.array([[-1.3], [0.0], [0.8], [2.0]])
COUNTS = np.array([0.0, 3.0, 1.0, 7.0, 2.0])


def poisson(predictors: FloatArray, theta: FloatArray) -> FloatArray:
    """Counts of mean exp(eta_1 + 0.5 eta_2 + 0.2 theta), slightly curved in eta_2."""
    eta = predictors[0] + 0.5 * predictors[1] + 0.2 * theta[:, :1]
    value: FloatArray = COUNTS * eta - np.exp(eta) - gammaln(COUNTS + 1) - 0.1 * predictors[1] ** 2
    return value


def poisson_rows(predictors: FloatArray, theta: FloatArray) -> RowDerivatives:
    mean = np.exp(predictors[0] + 0.5 * predictors[1] + 0.2 * theta[:, :1])
    slope = COUNTS - mean
    gradient = np.stack([slope, 0.5 * slope - 0.2 * predictors[1]])
    hessian = np.stack([-mean, -0.5 * mean, -0.25 * mean - 0.2])
    return RowDerivatives(poisson(predictors, theta), gradient, hessian)


@pytest.fixture(scope="module")
def counts() -> LatentGaussianModel:
    rng = np.random.default_rng(2)
    designs = tuple(
        sparse.csr_array(rng.normal(size=(5, 4)) * (rng.random((5, 4)) < 0.6)) for _ in range(2)
    )
    return LatentGaussianModel(
        designs,
        rng.normal(size=4),
        lambda theta: 0.3 * theta @ np.array([[1.0, -1.0, 0.5, 0.0]]),
        poisson_rows,
        poisson,
        1,
    )


def dense(model: LatentGaussianModel) -> tuple[FloatArray, FloatArray]:
    first, second = (np.asarray(design.toarray()) for design in model.designs)
    return first, second


def test_a_normal_model_is_solved_in_closed_form(conjugate: Conjugate) -> None:
    model = conjugate.model()
    found = find_modes(model, THETA, np.zeros((4, 3)), steps=6)
    for k, theta in enumerate(THETA[:, 0]):
        mean, covariance = conjugate.posterior(theta)
        np.testing.assert_allclose(found.mean[k], mean, rtol=1e-10)
        precision = found.cholesky[k] @ found.cholesky[k].T
        np.testing.assert_allclose(np.linalg.inv(precision), covariance, rtol=1e-9)
        evidence = conjugate.log_evidence(theta) - 0.5 * theta**2
        assert found.log_evidence[k] == pytest.approx(evidence, abs=1e-9)
    half = 0.5 * np.linalg.slogdet(found.cholesky @ np.swapaxes(found.cholesky, 1, 2))[1]
    np.testing.assert_allclose(found.half_log_determinant(), half, rtol=1e-12)
    np.testing.assert_allclose(found.decrement, 0.0, atol=1e-18)


def test_smoothing_changes_nothing_where_rows_are_quadratic(conjugate: Conjugate) -> None:
    model = conjugate.model()
    plain = find_modes(model, THETA, np.zeros((4, 3)), steps=6)
    smooth = find_modes(model, THETA, np.zeros((4, 3)), 6, np.full((1, 12), 0.4))
    np.testing.assert_allclose(smooth.mean, plain.mean, rtol=1e-10)
    np.testing.assert_allclose(smooth.cholesky, plain.cholesky, rtol=1e-10)


def test_a_step_promises_what_it_gains(conjugate: Conjugate) -> None:
    # One short step from afar: the value is that after it, to second order, which is exact here.
    model, start = conjugate.model(), np.full((4, 3), 8.0)
    found = find_modes(model, THETA, start, steps=1)
    log_sd = model.log_sd(THETA)
    half = found.half_log_determinant()
    joint = model.log_joint(found.mean, THETA)
    np.testing.assert_allclose(found.log_evidence, joint - half, rtol=1e-10)
    assert (np.abs(model.predictors(found.mean - start)).max(axis=(0, 2)) <= 1.5 + 1e-12).all()
    assert (joint > model.log_joint(start, THETA)).all()
    assert log_sd.shape == (4, 3)


def test_no_step_leaves_the_start(conjugate: Conjugate) -> None:
    start = np.full((4, 3), 0.4)
    found = find_modes(conjugate.model(), THETA, start, steps=0)
    np.testing.assert_array_equal(found.mean, start)


def test_log_joint_is_likelihood_times_priors(conjugate: Conjugate) -> None:
    from scipy import stats

    model, z = conjugate.model(), np.random.default_rng(0).normal(size=(4, 3))
    sd = np.exp(model.log_sd(THETA))
    expected = (
        np.sum(stats.norm.logpdf(conjugate.y, z @ conjugate.design.T, conjugate.spread), axis=1)
        + np.sum(stats.norm.logpdf(z, conjugate.mean, sd), axis=1)
        + np.sum(stats.norm.logpdf(THETA), axis=1)
        + 0.5 * 4 * np.log(2 * np.pi)
    )
    np.testing.assert_allclose(model.log_joint(z, THETA), expected, rtol=1e-12)


def test_precision_is_the_curvature_of_the_rows_and_the_prior(counts: LatentGaussianModel) -> None:
    rng = np.random.default_rng(3)
    bend, prior = rng.normal(size=(3, 2, 5)), rng.random((2, 4))
    a, b = dense(counts)
    found = counts.precision(bend, prior)
    for k in range(2):
        w = [np.diag(part[k]) for part in bend]
        cross = a.T @ w[1] @ b
        expected = np.diag(prior[k]) - (a.T @ w[0] @ a + cross + cross.T + b.T @ w[2] @ b)
        np.testing.assert_allclose(found[k], np.tril(expected), atol=1e-12)


def test_derivatives_are_those_of_the_log_joint(counts: LatentGaussianModel) -> None:
    theta, z = np.array([[0.7]]), np.random.default_rng(4).normal(size=(1, 4))
    h = 1e-5 * np.eye(4)

    def slope(point: FloatArray) -> FloatArray:
        rows = counts.rows(counts.predictors(point), theta)
        precision = np.exp(-2 * counts.log_sd(theta))
        return counts.field_gradient(rows.gradient) - precision * (point - counts.prior_mean)

    joint = [
        (counts.log_joint(z + s, theta) - counts.log_joint(z - s, theta)).item() / 2e-5 for s in h
    ]
    np.testing.assert_allclose(slope(z)[0], joint, rtol=1e-7, atol=1e-8)
    bend = np.array([(slope(z + s) - slope(z - s))[0] / 2e-5 for s in h])
    rows = counts.rows(counts.predictors(z), theta)
    found = counts.precision(rows.hessian, np.exp(-2 * counts.log_sd(theta)))[0]
    np.testing.assert_allclose(found, np.tril(-bend), rtol=1e-6, atol=1e-7)


def test_the_mode_is_a_mode(counts: LatentGaussianModel) -> None:
    theta = np.array([[-1.0], [1.0]])
    found = find_modes(counts, theta, np.zeros((2, 4)), steps=25)
    top = counts.log_joint(found.mean, theta)
    for shift in 1e-3 * np.random.default_rng(0).normal(size=(20, 4)):
        assert (counts.log_joint(found.mean + shift, theta) < top).all()
    np.testing.assert_allclose(found.decrement, 0.0, atol=1e-15)


def test_smoothing_sits_where_the_mean_slope_is_zero() -> None:
    # One count of 3 with mean exp(z), z ~ N(0, 1): E exp(z + s e) of the cubature is
    # exp(z) (2 + cosh(s sqrt 3)) / 3, so that the point solves 3 - m exp(z) - z = 0.
    def rows(predictors: FloatArray, theta: FloatArray) -> RowDerivatives:
        mean = np.exp(predictors)
        return RowDerivatives((3 * predictors - mean)[0], 3.0 - mean, -mean)

    model = LatentGaussianModel(
        (sparse.csr_array(np.ones((1, 1))),),
        np.zeros(1),
        lambda theta: np.zeros((len(theta), 1)),
        rows,
        lambda predictors, theta: rows(predictors, theta).value,
        1,
    )
    z = find_modes(model, np.zeros((1, 1)), np.zeros((1, 1)), 30, np.full((1, 1), 0.5)).mean[0, 0]
    factor = (2.0 + np.cosh(0.5 * np.sqrt(3.0))) / 3.0
    assert 3.0 - factor * np.exp(z) - z == pytest.approx(0.0, abs=1e-10)


def test_predictor_spread_is_that_of_the_gaussian(conjugate: Conjugate) -> None:
    model = conjugate.model()
    found = find_modes(model, THETA[2:], np.zeros((2, 3)), steps=3)
    covariance = conjugate.posterior(THETA[2, 0])[1]
    expected = np.sqrt(np.diag(conjugate.design @ covariance @ conjugate.design.T))
    np.testing.assert_allclose(predictor_spread(model, found)[0], expected, rtol=1e-9)


def test_spread_turns_standard_normals_into_draws(conjugate: Conjugate) -> None:
    found = find_modes(conjugate.model(), THETA[:2], np.zeros((2, 3)), steps=3)
    root = found.spread(np.tile(np.eye(3), (2, 1, 1)))
    for k in range(2):
        covariance = conjugate.posterior(THETA[k, 0])[1]
        np.testing.assert_allclose(root[k].T @ root[k], covariance, rtol=1e-9)


@pytest.mark.parametrize("m", [1, 2])
def test_the_cubature_has_degree_three(m: int) -> None:
    points, weights = _cubature(m)
    moment = {0: 1.0, 1: 0.0, 2: 1.0, 3: 0.0}
    for powers in np.ndindex(*(4,) * m):
        if sum(powers) <= 3:
            value = weights @ np.prod(points ** np.array(powers), axis=1)
            expected = np.prod([moment[p] for p in powers])
            assert value == pytest.approx(expected, abs=1e-12)


def test_concave_is_the_nearest_negative_semidefinite_matrix() -> None:
    bend = np.random.default_rng(1).normal(size=(3, 1, 200))
    bend[:, 0, :3] = np.array([[-1.0, 0.0, -2.0], [1.0, 0.0, 2.0], [0.0, 0.0, 0.0]]).T
    found = _concave(bend)
    for k in range(200):
        a, b, c = bend[:, 0, k]
        values, vectors = np.linalg.eigh([[a, b], [b, c]])
        nearest = (vectors * np.minimum(values, 0.0)) @ vectors.T
        expected = [nearest[0, 0], nearest[0, 1], nearest[1, 1]]
        np.testing.assert_allclose(found[:, 0, k], expected, atol=1e-12)
    np.testing.assert_array_equal(_concave(np.array([[[-2.0, 3.0]]])), [[[-2.0, 0.0]]])
