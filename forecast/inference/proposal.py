"""Heavy-tailed quasi-random proposals for hyperparameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, gammaln, ndtri

from forecast.inference.latent import FloatArray

_UNIT = 1e-12
"""How far quasi-random numbers stay from 0 and 1."""

_KNOWN = 0.1
"""Posterior variance, in prior variances, up to which the data has found a hyperparameter."""


@dataclass(frozen=True, eq=False)
class StudentMixture:
    """Mixture of two multivariate Student distributions.

    The first follows the posterior's shape; the second is as wide as the prior wherever that is wider and
    leans to it, so that no weight can run away where the posterior has a long side (a defensive mixture,
    Hesterberg 1995). Long sides lie towards the prior: where a standard deviation is so small that the
    data cannot tell it from 0, the posterior falls as the prior does.

    Attributes
    ----------
    centres : pair of (h,) arrays
        Centres of the two.
    factors : pair of (h, h) arrays
        Lower Cholesky factors of the two scale matrices.
    shares : pair of float
        Weights of the two.
    df : float
        Degrees of freedom of both.
    """

    centres: tuple[FloatArray, FloatArray]
    factors: tuple[FloatArray, FloatArray]
    shares: tuple[float, float] = (0.75, 0.25)
    df: float = 20.0

    @classmethod
    def around(
        cls, centre: FloatArray, covariance: FloatArray, inflation: float = 1.2
    ) -> StudentMixture:
        """Proposal for a posterior with about this mean (h,) and covariance (h, h).

        Where the data says little the wide component has the variances of the standard normal prior, if
        these are larger, and stands halfway to its mean; else it has twice the posterior's variances.
        """
        own = np.diag(covariance)
        weak = own > _KNOWN
        wide = np.where(weak, np.maximum(own, 1.0), 2.0 * own)
        narrow = np.asarray(np.linalg.cholesky(inflation * covariance), dtype=np.float64)
        middle = np.where(weak, 0.5 * centre, centre)
        return cls((centre, middle), (narrow, np.diag(np.sqrt(wide))))

    def draw(self, size: int, rng: np.random.Generator) -> FloatArray:
        """Draw nodes (size, h) from a scrambled Sobol' sequence."""
        from scipy.stats import qmc

        h = len(self.centres[0])
        uniform = qmc.Sobol(h + 2, scramble=True, rng=rng).random(size)
        uniform = np.clip(uniform, _UNIT, 1.0 - _UNIT)
        chi_square = 2.0 * gammaincinv(self.df / 2.0, uniform[:, h])
        standard = ndtri(uniform[:, :h]) * np.sqrt(self.df / chi_square)[:, np.newaxis]
        narrow, wide = (
            centre + standard @ factor.T
            for centre, factor in zip(self.centres, self.factors, strict=True)
        )
        nodes: FloatArray = np.where(uniform[:, h + 1 :] < self.shares[0], narrow, wide)
        return nodes

    def log_density(self, theta: FloatArray) -> FloatArray:
        """Log-density at nodes (b, h)."""
        parts = [
            np.log(share) + _log_student(theta - centre, factor, self.df)
            for share, centre, factor in zip(self.shares, self.centres, self.factors, strict=True)
        ]
        density: FloatArray = np.logaddexp(*parts)
        return density


def _log_student(away: FloatArray, factor: FloatArray, df: float) -> FloatArray:
    h = away.shape[1]
    standard = np.linalg.solve(factor, away.T)
    constant = gammaln((df + h) / 2) - gammaln(df / 2) - 0.5 * h * np.log(df * np.pi)
    density: FloatArray = (
        constant
        - np.log(np.diag(factor)).sum()
        - 0.5 * (df + h) * np.log1p((standard * standard).sum(axis=0) / df)
    )
    return density
