r"""Gaussians that stand in for a latent posterior, found by Newton's method at many nodes at once.

The log posterior of a :class:`~forecast.inference.latent.LatentGaussianModel` given hyperparameters is
nearly quadratic. Newton's method finds its mode for a batch of nodes :math:`\theta`, and the inverse of
minus its Hessian is the covariance of the Gaussian that stands in for it (Rue, Martino and Chopin 2009).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg.lapack import dtrtrs

from forecast.inference.latent import FloatArray, LatentGaussianModel, RowDerivatives

# A Newton step may not move a linear predictor further: rows are far from quadratic beyond that.
_LARGEST_MOVE = 1.5


class Gaussians(NamedTuple):
    """Gaussians that stand in for the latent posterior at b nodes.

    ``mean`` (b, d); ``cholesky`` (b, d, d), lower, of the precision; ``log_evidence`` (b,): Laplace's
    approximation to log p(y, theta) without its constant; ``decrement`` (b,): the gain that one more
    Newton step still promises.
    """

    mean: FloatArray
    cholesky: FloatArray
    log_evidence: FloatArray
    decrement: FloatArray

    def half_log_determinant(self) -> FloatArray:
        """Half the log-determinant of the precision, (b,)."""
        diagonal = np.diagonal(self.cholesky, axis1=1, axis2=2)
        half: FloatArray = np.log(diagonal).sum(axis=1)
        return half

    def spread(self, standard: FloatArray) -> FloatArray:
        """Turn standard normals (b, k, d) into deviations from the mean of the same shape."""
        out = np.empty_like(standard)
        for node, cholesky in enumerate(self.cholesky):
            # The transposed view of a C-ordered lower factor is what LAPACK calls an upper one.
            out[node] = dtrtrs(cholesky.T, standard[node].T, lower=0, trans=0)[0].T
        return out


def find_modes(
    model: LatentGaussianModel,
    theta: FloatArray,
    start: FloatArray,
    steps: int,
    smoothing: FloatArray | None = None,
) -> Gaussians:
    r"""Approximate the latent posterior at many nodes by Newton's method.

    Row curvatures that are not concave (as of a mixture) are replaced by the nearest concave ones, so that
    every step goes uphill. With ``smoothing`` the derivatives are means over a normal spread of the
    predictors, :math:`E[\nabla \ell(\eta + s \epsilon)]`, by the cubature rule of degree three and its
    centre: the Gaussian then sits at the bulk of a skewed posterior rather than at its mode, which is where
    the Gaussian of least Kullback-Leibler divergence to it sits (Opper and Archambeau 2009).

    Parameters
    ----------
    model : LatentGaussianModel
    theta : (b, h) array
        Nodes.
    start : (b, d) array
        Latent fields to start from.
    steps : int
        Newton steps.
    smoothing : (m, n) array, optional
        Standard deviations s of the linear predictors.

    Returns
    -------
    Gaussians
        The curvature is that at the last point but one, which costs nothing more; where ``steps`` is 0
        it is that at the start.

    References
    ----------
    Rue, Martino and Chopin (2009), J. R. Stat. Soc. B 71, 319-392.
    Opper and Archambeau (2009), Neural Computation 21, 786-792 (stationarity of the best Gaussian).
    """
    log_sd = model.log_sd(theta)
    prior_precision = np.exp(-2.0 * log_sd)
    z = start
    for _ in range(max(steps, 1)):
        found = _derivatives(model, model.predictors(z), theta, smoothing)
        away = z - model.prior_mean
        slope = model.field_gradient(found.gradient) - prior_precision * away
        precision = model.precision(_concave(found.hessian), prior_precision)
        cholesky = np.asarray(np.linalg.cholesky(precision), dtype=np.float64)
        step = _solve(cholesky, slope)
        decrement = 0.5 * (slope * step).sum(axis=1)
        fraction = _fraction(model.predictors(step)) if steps else np.zeros(len(z))
        z = z + fraction[:, np.newaxis] * step
    value = (
        found.value.sum(axis=1)
        - 0.5 * (prior_precision * away * away).sum(axis=1)
        # What the last step gains, to second order.
        + fraction * (2.0 - fraction) * decrement
    )
    gaussians = Gaussians(z, cholesky, value, decrement)
    evidence = (
        value
        - log_sd.sum(axis=1)
        - gaussians.half_log_determinant()
        - 0.5 * (theta * theta).sum(axis=1)
    )
    return gaussians._replace(log_evidence=evidence)


def predictor_spread(model: LatentGaussianModel, gaussians: Gaussians) -> FloatArray:
    """Standard deviations of the linear predictors under the first of some Gaussians, (m, n)."""
    factor = gaussians.cholesky[0].T
    spread = [
        np.sqrt((dtrtrs(factor, design.T.toarray(), lower=0, trans=1)[0] ** 2).sum(axis=0))
        for design in model.designs
    ]
    return np.stack(spread)


def _derivatives(
    model: LatentGaussianModel,
    predictors: FloatArray,
    theta: FloatArray,
    smoothing: FloatArray | None,
) -> RowDerivatives:
    if smoothing is None:
        return model.rows(predictors, theta)
    m, b, n = predictors.shape
    points, weights = _cubature(m)
    spread = np.concatenate(
        [predictors + (p[:, np.newaxis] * smoothing)[:, np.newaxis] for p in points], 1
    )
    found = model.rows(spread, np.tile(theta, (len(points), 1)))

    def mean(part: FloatArray) -> FloatArray:
        shape = (*part.shape[:-2], len(points), b, n)
        total: FloatArray = np.tensordot(weights, part.reshape(shape), axes=(0, part.ndim - 2))
        return total

    return RowDerivatives(mean(found.value), mean(found.gradient), mean(found.hessian))


def _cubature(m: int) -> tuple[FloatArray, FloatArray]:
    """Points (2 m + 1, m) and weights that average polynomials of degree 3 over normals exactly."""
    axes = np.sqrt(3.0) * np.eye(m)
    points = np.concatenate([np.zeros((1, m)), axes, -axes])
    return points, np.array([1.0 - m / 3.0, *np.full(2 * m, 1.0 / 6.0)])


def _concave(hessian: FloatArray) -> FloatArray:
    """Nearest negative semidefinite curvature of each row, in the same layout."""
    if len(hessian) == 1:
        return np.minimum(hessian, 0.0)
    a, b, c = hessian
    middle, half = 0.5 * (a + c), 0.5 * (a - c)
    radius = np.sqrt(half * half + b * b)
    largest, smallest = middle + radius, middle - radius
    # The projector on the eigenvector of the largest eigenvalue is (H - smallest) / (2 radius).
    excess = np.maximum(largest, 0.0) / np.where(radius > 0, 2.0 * radius, 1.0)
    keep = smallest <= 0
    nearest = np.stack([a - excess * (a - smallest), b - excess * b, c - excess * (c - smallest)])
    return np.where(keep, nearest, 0.0)


def _solve(cholesky: FloatArray, slope: FloatArray) -> FloatArray:
    step = np.empty_like(slope)
    for node, factor in enumerate(cholesky):
        upper = factor.T
        half = dtrtrs(upper, slope[node], lower=0, trans=1)[0]
        step[node] = dtrtrs(upper, half, lower=0, trans=0)[0]
    return step


def _fraction(moves: FloatArray) -> FloatArray:
    """How much of a step to take, (b,), for what it does to the predictors (m, b, n)."""
    largest = np.abs(moves).max(axis=(0, 2))
    fraction: FloatArray = np.minimum(1.0, _LARGEST_MOVE / np.maximum(largest, 1e-12))
    return fraction
