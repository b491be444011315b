r"""Latent Gaussian models: their posterior given hyperparameters, for many of these at once.

Given hyperparameters :math:`\theta` the latent field z has independent normal priors, and each row of the
data depends on one or two linear predictors :math:`\eta_m = A_m z`. Then

.. math::
    \log p(z \mid y, \theta) = \sum_i \ell_i(\eta_{1i}, \eta_{2i}; \theta)
        - \tfrac12 \sum_j \frac{(z_j - \mu_j)^2}{s_j(\theta)^2} + \text{const}

is nearly quadratic. Newton's method finds its mode for a batch of nodes :math:`\theta`, and the inverse of
minus its Hessian is the covariance of the Gaussian that stands in for it (Rue, Martino and Chopin 2009).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.linalg.lapack import dtrtrs

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]

# A Newton step may not move a linear predictor further: rows are far from quadratic beyond that.
_LARGEST_MOVE = 1.5


class RowDerivatives(NamedTuple):
    """Log-likelihood of n rows at b nodes, with derivatives in the m linear predictors.

    ``value`` (b, n); ``gradient`` (m, b, n); ``hessian`` (m (m + 1) / 2, b, n) in the order 11, 12, 22.
    """

    value: FloatArray
    gradient: FloatArray
    hessian: FloatArray


Rows = Callable[[FloatArray, FloatArray], RowDerivatives]
Values = Callable[[FloatArray, FloatArray], FloatArray]


@dataclass(frozen=True, eq=False)
class LatentGaussianModel:
    """A latent field under normal priors, seen through rows of data.

    The hyperparameters are standard normal a priori: whoever builds the model transforms them, so that a
    prior that the data leaves as it was is a standard normal posterior.

    Attributes
    ----------
    designs : tuple of (n, d) sparse arrays
        One a linear predictor; one or two.
    prior_mean : (d,) array
        Prior means of the latent field.
    log_sd : callable
        ``log_sd(theta) -> (b, d)``: log prior standard deviations at the nodes (b, h).
    rows : callable
        ``rows(predictors, theta) -> RowDerivatives`` of predictors (m, b, n) at the nodes (b, h).
    values : callable
        ``values(predictors, theta) -> (b, n)``: the log-likelihood alone.
    hyperparameters : int
        h, their number.
    """

    designs: tuple[sparse.csr_array, ...]
    prior_mean: FloatArray
    log_sd: Callable[[FloatArray], FloatArray]
    rows: Rows
    values: Values
    hyperparameters: int

    @property
    def size(self) -> int:
        """Number d of latent variables."""
        return len(self.prior_mean)

    def predictors(self, z: FloatArray) -> FloatArray:
        """Linear predictors (m, b, n) of latent fields (b, d)."""
        field = np.ascontiguousarray(z.T)
        return np.stack([np.ascontiguousarray((design @ field).T) for design in self.designs])

    def log_joint(self, z: FloatArray, theta: FloatArray) -> FloatArray:
        """Log p(y, z, theta) without its constant, (b,), of fields (b, d) at nodes (b, h)."""
        log_sd = self.log_sd(theta)
        away = (z - self.prior_mean) * np.exp(-log_sd)
        likelihood = self.values(self.predictors(z), theta).sum(axis=1)
        prior = -0.5 * (away * away).sum(axis=1) - log_sd.sum(axis=1)
        joint: FloatArray = likelihood + prior - 0.5 * (theta * theta).sum(axis=1)
        return joint

    @cached_property
    def _transposed(self) -> tuple[sparse.csr_array, ...]:
        return tuple(design.T.tocsr() for design in self.designs)

    @cached_property
    def _curvature(self) -> tuple[IntArray, tuple[sparse.csr_array, ...]]:
        """Where the Hessian is not 0, and what maps row curvatures to these entries.

        The entries are places in a flattened (d, d) array, its lower triangle only. Each map (k, n)
        takes the second derivatives of all rows in one pair of predictors.
        """
        pairs = list(combinations_with_replacement(range(len(self.designs)), 2))
        found = [_products(self.designs[i], self.designs[j], i != j) for i, j in pairs]
        places = np.unique(np.concatenate([place for place, _, _ in found]))
        shape = (len(places), self.designs[0].shape[0])
        maps = tuple(
            sparse.csr_array((value, (np.searchsorted(places, place), row)), shape=shape)
            for place, row, value in found
        )
        return places, maps

    def precision(self, hessian: FloatArray, prior_precision: FloatArray) -> FloatArray:
        """Lower triangles of A' W A + Q for row curvatures (m (m + 1) / 2, b, n): (b, d, d)."""
        places, maps = self._curvature
        b, d = prior_precision.shape
        entries = sum(way @ -bend.T for way, bend in zip(maps, hessian, strict=True))
        flat = np.zeros((b, d * d))
        flat[:, places] = np.asarray(entries).T
        flat[:, np.arange(d) * (d + 1)] += prior_precision
        return flat.reshape(b, d, d)

    def field_gradient(self, gradient: FloatArray) -> FloatArray:
        """Gradient in the latent field (b, d) of row gradients (m, b, n)."""
        parts = [way @ part.T for way, part in zip(self._transposed, gradient, strict=True)]
        return np.ascontiguousarray(np.asarray(sum(parts)).T)


def _products(
    left: sparse.csr_array, right: sparse.csr_array, mixed: bool
) -> tuple[IntArray, IntArray, FloatArray]:
    """Products of the entries of each row's two designs: place in the lower triangle, row, value."""
    d = left.shape[1]
    places, rows, values = [], [], []
    for row in range(left.shape[0]):
        a = slice(left.indptr[row], left.indptr[row + 1])
        b = slice(right.indptr[row], right.indptr[row + 1])
        i, j = np.meshgrid(left.indices[a], right.indices[b], indexing="ij")
        value = np.outer(left.data[a], right.data[b])
        # Of one predictor both triangles hold the product; of two, each triangle gets its own half.
        low = np.ones(i.shape, dtype=bool) if mixed else i >= j
        value = np.where((i == j) & mixed, 2.0 * value, value)
        places.append((np.maximum(i, j) * d + np.minimum(i, j))[low])
        values.append(value[low])
        rows.append(np.full(low.sum(), row))
    return (
        np.concatenate(places).astype(np.intp),
        np.concatenate(rows).astype(np.intp),
        np.concatenate(values),
    )


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
