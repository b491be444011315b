"""Integrals of a survival curve and of its square, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from forecast.survival.arrays import FloatArray

if TYPE_CHECKING:
    from forecast.survival.curves import SurvivalCurves


def integral(curves: SurvivalCurves, power: int, until: FloatArray) -> FloatArray:
    """Integral of S or S^2 from 0 to `until`, (n,).

    S^2 = never^2 + 2 never (1 - never) S_0 + (1 - never)^2 S_0^2, and S_0 is exponential by pieces.
    """
    never, rest = curves.never, 1.0 - curves.never
    first = _concluding_integral(curves, 1, until)
    if power == 1:
        return never * until + rest * first
    second = _concluding_integral(curves, 2, until)
    return never**2 * until + 2.0 * never * rest * first + rest**2 * second


def _concluding_integral(curves: SurvivalCurves, power: int, until: FloatArray) -> FloatArray:
    """Integral of S_0^power from 0 to `until`, (n,)."""
    alone, knots = curves.concluding(), curves.times
    ends = np.clip(until[:, np.newaxis], knots[:-1], knots[1:])
    widths = ends - knots[:-1]
    left, right = alone.survival[:, :-1], alone.survival[:, 1:]
    if curves.kind == "step":
        heights = left**power
    else:
        cut = np.where(ends == knots[1:], right, alone.at(ends))
        heights = np.where(
            right > 0, _mean_of_exponential(left, cut, power), _mean_of_line(left, cut, power)
        )
    within = np.sum(heights * widths, axis=1)
    hazard = power * alone.tail_hazard
    beyond = np.maximum(until - knots[-1], 0.0)
    falling = hazard > 0
    length = np.where(falling, -np.expm1(-hazard * beyond) / np.where(falling, hazard, 1.0), beyond)
    result: FloatArray = within + alone.survival[:, -1] ** power * length
    return result


def _mean_of_exponential(start: FloatArray, end: FloatArray, power: int) -> FloatArray:
    """Mean of the power of an exponential from start to end, by their logarithmic mean."""
    falls = (start > end) & (end > 0)
    ratio = np.where(falls, end / np.where(falls, start, 1.0), 0.5)
    # For neighbours, ratio - 1 is exact and log1p keeps its digits; far apart it would be rounded.
    near = np.log1p(np.maximum(ratio, 0.5) - 1.0)
    drop = -power * np.where(ratio > 0.5, near, np.log(ratio))
    result: FloatArray = start**power * np.where(falls, -np.expm1(-drop) / drop, 1.0)
    return result


def _mean_of_line(start: FloatArray, end: FloatArray, power: int) -> FloatArray:
    """Mean of the power of a line from start to end."""
    terms = [start**k * end ** (power - k) for k in range(power + 1)]
    result: FloatArray = np.sum(terms, axis=0) / (power + 1)
    return result
