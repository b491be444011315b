"""Numerical inference: it takes callables and arrays, and knows no survival analysis."""

from forecast.inference.fixed_point import find_fixed_point
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
    "find_fixed_point",
    "leave_one_out",
    "minimise",
    "minimise_many",
    "sample_posterior",
    "smooth_weights",
]
