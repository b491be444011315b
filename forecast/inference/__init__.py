"""Numerical inference: it takes callables and arrays, and knows no survival analysis."""

from forecast.inference.latent import LatentGaussianModel, RowDerivatives
from forecast.inference.many import ManyResult, minimise_many
from forecast.inference.nested_laplace import PosteriorSample, sample_posterior
from forecast.inference.newton import NewtonResult, minimise
from forecast.inference.pareto import leave_one_out, smooth_weights

__all__ = [
    "LatentGaussianModel",
    "ManyResult",
    "NewtonResult",
    "PosteriorSample",
    "RowDerivatives",
    "leave_one_out",
    "minimise",
    "minimise_many",
    "sample_posterior",
    "smooth_weights",
]
