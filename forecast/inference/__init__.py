"""Numerical inference: it takes callables and arrays, and knows no survival analysis."""

from forecast.inference.many import ManyResult, minimise_many
from forecast.inference.newton import NewtonResult, minimise

__all__ = ["ManyResult", "NewtonResult", "minimise", "minimise_many"]
