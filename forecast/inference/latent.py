r"""Latent Gaussian models: density and derivatives, at many nodes of the hyperparameters at once.

Given hyperparameters :math:`\theta` the latent field z has independent normal priors, and each row of the
data depends on one or two linear predictors :math:`\eta_m = A_m z`. Then

.. math::
    \log p(z \mid y, \theta) = \sum_i \ell_i(\eta_{1i}, \eta_{2i}; \theta)
        - \tfrac12 \sum_j \frac{(z_j - \mu_j)^2}{s_j(\theta)^2} + \text{const}

is nearly quadratic; :mod:`forecast.inference.latent_modes` finds its mode.
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

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


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
        ``values(predictors, theta) -> (b, ..., n)``: the log-likelihood alone, of predictors
        (m, b, ..., n) of one or several fields a node.
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
        """Linear predictors (m, ..., n) of latent fields (..., d)."""
        field = np.ascontiguousarray(z.reshape(-1, self.size).T)
        found = [np.ascontiguousarray((design @ field).T) for design in self.designs]
        return np.stack(found).reshape(len(found), *z.shape[:-1], -1)

    def log_joint(self, z: FloatArray, theta: FloatArray) -> FloatArray:
        """Log p(y, z, theta) without its constant, (b, ...), of fields (b, ..., d) at nodes (b, h)."""
        log_sd = self.log_sd(theta)
        of_node = -log_sd.sum(axis=1) - 0.5 * (theta * theta).sum(axis=1)
        several = (len(theta), *(1,) * (z.ndim - 2))
        away = (z - self.prior_mean) * np.exp(-log_sd).reshape(*several, -1)
        likelihood = self.values(self.predictors(z), theta).sum(axis=-1)
        prior = -0.5 * np.einsum("...d,...d->...", away, away)
        joint: FloatArray = likelihood + prior + of_node.reshape(several)
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
