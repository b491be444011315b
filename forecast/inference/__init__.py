"""Numerical inference: it takes callables and arrays, and knows no survival analysis."""

from forecast.inference.newton import NewtonResult, minimise

__all__ = ["NewtonResult", "minimise"]
