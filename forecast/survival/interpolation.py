"""Between the knots of a survival curve: its concluding part, values and where it reaches a value."""

from __future__ import annotations

import numpy as np

from forecast.survival.arrays import FloatArray, IntArray


def concluding_part(survival: FloatArray, never: FloatArray) -> FloatArray:
    """S_0 of S, (n, k); 1 where all never conclude."""
    column = never[:, np.newaxis]
    share = np.where(column < 1.0, 1.0 - column, 1.0)
    result: FloatArray = np.where(column < 1.0, (survival - column) / share, 1.0)
    return result


def between(start: FloatArray, end: FloatArray, fraction: FloatArray) -> FloatArray:
    """Log-linear interpolation; linear where the end is 0."""
    positive = end > 0
    ratio = np.where(positive, end / np.where(start > 0, start, 1.0), 1.0)
    result: FloatArray = start * np.where(positive, ratio**fraction, 1.0 - fraction)
    return result


def log_or_zero(values: FloatArray) -> FloatArray:
    """Log where positive, else 0."""
    result: FloatArray = np.log(np.where(values > 0, values, 1.0))
    return result


def first_at_or_below(survival: FloatArray, targets: FloatArray) -> IntArray:
    """First knot, by bisection, at which each row's survival (n, m) is at most its targets (n, k).

    m where there is none.
    """
    m = survival.shape[1]
    low = np.zeros(targets.shape, dtype=np.intp)
    high = np.full(targets.shape, m, dtype=np.intp)
    for _ in range(m.bit_length()):
        middle = (low + high) // 2
        below = np.take_along_axis(survival, np.minimum(middle, m - 1), axis=1) <= targets
        searching = low < high
        high = np.where(searching & below, middle, high)
        low = np.where(searching & ~below, middle + 1, low)
    return low
