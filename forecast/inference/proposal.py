"""Heavy-tailed quasi-random proposals for hyperparameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv, gammaln, ndtri

from forecast.inference.latent import FloatArray

_UNIT = 1e-12
"""How far quasi-random numbers stay from 0 and 1."""


@dataclass(frozen=True, eq=False)
class StudentMixture:
    """Mixture of two multivariate Student distributions with one centre.

    The first follows the posterior's shape; the second is as wide as the prior wherever that is wider, so
    that no weight can run away where the posterior has a long side (a defensive mixture, Hesterberg 1995).

    Attributes
    ----------
    centre : (h,) array
        Common centre.
    factors : pair of (h, h) arrays
        Lower Cholesky factors of the two scale matrices.
    shares : pair of float
        Weights of the two.
    df : float
        Degrees of freedom of both.
    """

    centre: FloatArray
    factors: tuple[FloatArray, FloatArray]
    shares: tuple[float, float] = (0.75, 0.25)
    df: float = 20.0

    @classmethod
    def around(
        cls, centre: FloatArray, covariance: FloatArray, inflation: float = 1.2
    ) -> StudentMixture:
        """Proposal for a posterior with about this mean (h,) and covariance (h, h).

        The wide component has the variances of the standard normal prior where they are larger, else
        twice the posterior's.
        """
        own = np.diag(covariance)
        wide = np.where(own > 0.25, np.maximum(own, 1.0), 2.0 * own)
        narrow = np.asarray(np.linalg.cholesky(inflation * covariance), dtype=np.float64)
        return cls(centre, (narrow, np.diag(np.sqrt(wide))))

    def draw(self, size: int, rng: np.random.Generator) -> FloatArray:
        """Draw nodes (size, h) from a scrambled Sobol' sequence."""
        from scipy.stats import qmc

        h = len(self.centre)
        uniform = qmc.Sobol(h + 2, scramble=True, rng=rng).random(size)
        uniform = np.clip(uniform, _UNIT, 1.0 - _UNIT)
        chi_square = 2.0 * gammaincinv(self.df / 2.0, uniform[:, h])
        standard = ndtri(uniform[:, :h]) * np.sqrt(self.df / chi_square)[:, np.newaxis]
        narrow, wide = (standard @ factor.T for factor in self.factors)
        nodes: FloatArray = self.centre + np.where(
            uniform[:, h + 1 :] < self.shares[0], narrow, wide
        )
        return nodes

    def log_density(self, theta: FloatArray) -> FloatArray:
        """Log-density at nodes (b, h)."""
        parts = [
            np.log(share) + _log_student(theta - self.centre, factor, self.df)
            for share, factor in zip(self.shares, self.factors, strict=True)
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
