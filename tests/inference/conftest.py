"""Small latent Gaussian models whose answers are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse, stats

from forecast.inference import LatentGaussianModel, RowDerivatives
from forecast.inference.latent import FloatArray


@dataclass(frozen=True, eq=False)
class Conjugate:
    """Normal rows of known spread on normal effects, whose log spread is 0.5 theta - 0.3 each."""

    design: FloatArray
    mean: FloatArray
    y: FloatArray
    spread: float = 0.6

    def log_sd(self, theta: FloatArray) -> FloatArray:
        return np.tile(0.5 * theta[:, :1] - 0.3, (1, len(self.mean)))

    def values(self, predictors: FloatArray, theta: FloatArray) -> FloatArray:
        return np.asarray(stats.norm.logpdf(self.y, predictors[0], self.spread))

    def rows(self, predictors: FloatArray, theta: FloatArray) -> RowDerivatives:
        slope = (self.y - predictors) / self.spread**2
        bend = np.full(predictors.shape, -1.0 / self.spread**2)
        return RowDerivatives(self.values(predictors, theta), slope, bend)

    def model(self) -> LatentGaussianModel:
        designs = (sparse.csr_array(self.design),)
        return LatentGaussianModel(designs, self.mean, self.log_sd, self.rows, self.values, 1)

    def log_evidence(self, theta: float) -> float:
        """Log p(y | theta), in closed form."""
        sd = np.exp(self.log_sd(np.array([[theta]])))[0]
        covariance = self.spread**2 * np.eye(len(self.y)) + (self.design * sd**2) @ self.design.T
        law = stats.multivariate_normal(self.design @ self.mean, covariance)
        return float(law.logpdf(self.y))

    def posterior(self, theta: float) -> tuple[FloatArray, FloatArray]:
        """Mean and covariance of the effects given theta, in closed form."""
        sd = np.exp(self.log_sd(np.array([[theta]])))[0]
        precision = np.diag(sd**-2) + self.design.T @ self.design / self.spread**2
        covariance = np.asarray(np.linalg.inv(precision), dtype=np.float64)
        slope = self.mean / sd**2 + self.design.T @ self.y / self.spread**2
        return covariance @ slope, covariance


@pytest.fixture(scope="package")
def conjugate() -> Conjugate:
    rng = np.random.default_rng(5)
    design = rng.normal(size=(12, 3)) * (rng.random((12, 3)) < 0.7)
    mean = np.array([0.5, -0.2, 0.0])
    return Conjugate(design, mean, design @ [2.0, -1.0, 0.7] + 0.6 * rng.normal(size=12))


Target = Callable[[FloatArray], FloatArray]


@pytest.fixture(scope="package")
def of_theta() -> Callable[[Target, int], LatentGaussianModel]:
    """``of_theta(f, h)``: a model whose likelihood exp f(theta) does not depend on its one effect."""

    def make(target: Target, h: int) -> LatentGaussianModel:
        def values(predictors: FloatArray, theta: FloatArray) -> FloatArray:
            return target(theta).reshape(len(theta), *(1,) * (predictors.ndim - 2))

        def rows(predictors: FloatArray, theta: FloatArray) -> RowDerivatives:
            nothing = np.zeros(predictors.shape)
            return RowDerivatives(values(predictors, theta), nothing, nothing)

        designs = (sparse.csr_array(np.ones((1, 1))),)
        return LatentGaussianModel(
            designs, np.zeros(1), lambda theta: np.zeros((len(theta), 1)), rows, values, h
        )

    return make
