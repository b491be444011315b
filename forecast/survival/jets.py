r"""Functions of a few channels with their first and second derivatives, row by row.

A channel is what a row's likelihood depends on: the linear predictor eta, the family's log scale
and shape, the logit of the never share, the log of the ending rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from forecast.survival.arrays import FloatArray, IntArray

ZERO: FloatArray = np.zeros(())
"""A derivative that is zero everywhere; sums skip it."""


@cache
def pairs(channels: int) -> tuple[tuple[int, int], ...]:
    """Pairs (i, j) with i <= j in the order in which second derivatives are kept."""
    return tuple((i, j) for i in range(channels) for j in range(i, channels))


@dataclass(frozen=True, eq=False, slots=True)
class Jets:
    """Values with derivatives in m channels.

    Attributes
    ----------
    value : (..., n) array
        Values.
    first : m arrays, each (..., n) or broadcastable to it
        First derivatives.
    second : m (m + 1) / 2 arrays, each (..., n) or broadcastable to it
        Second derivatives in the order of `pairs`.
    """

    value: FloatArray
    first: tuple[FloatArray, ...]
    second: tuple[FloatArray, ...]

    def parts(self) -> tuple[FloatArray, ...]:
        """All arrays: the value, first and second derivatives."""
        return (self.value, *self.first, *self.second)

    def shifted(self, constant: FloatArray | float) -> Jets:
        """Add a constant to the value."""
        return Jets(self.value + constant, self.first, self.second)

    def within(self, channels: int, at: int = 0) -> Jets:
        """Return the same function seen as one of more channels, its own beginning at `at`."""
        own = len(self.first)
        if own == channels:
            return self
        places = {pair: k for k, pair in enumerate(pairs(own))}
        first = tuple(self.first[c - at] if 0 <= c - at < own else ZERO for c in range(channels))
        second = tuple(
            self.second[places[i - at, j - at]] if i >= at and j < at + own else ZERO
            for i, j in pairs(channels)
        )
        return Jets(self.value, first, second)

    def plus(self, other: Jets) -> Jets:
        """Sum of two functions of the same channels."""
        return Jets(
            self.value + other.value,
            tuple(_add(a, b) for a, b in zip(self.first, other.first, strict=True)),
            tuple(_add(a, b) for a, b in zip(self.second, other.second, strict=True)),
        )


def _add(a: FloatArray, b: FloatArray) -> FloatArray:
    if a is ZERO:
        return b
    return a if b is ZERO else np.asarray(a + b)


def log_difference(large: Jets, small: Jets) -> Jets:
    r"""Log of exp(large) - exp(small).

    .. math::
        \log(e^a - e^b) = a + \log(1 - e^{-\delta}), \quad \delta = a - b, \quad
        k = 1 / (e^\delta - 1), \quad dk/d\delta = -k (1 + k)
    """
    delta = large.value - small.value
    rest = -np.expm1(-delta)
    above = 1.0 / rest
    k = np.exp(-delta) * above
    first = tuple(above * a - k * b for a, b in zip(large.first, small.first, strict=True))
    # A factor k goes with each derivative of the smaller term, which may be too large to be
    # squared where k is zero.
    gaps = [a - b for a, b in zip(large.first, small.first, strict=True)]
    inner, outer = [k * gap for gap in gaps], [above * gap for gap in gaps]
    second = tuple(
        above * a - k * b - inner[j] * outer[i]
        for (i, j), a, b in zip(pairs(len(first)), large.second, small.second, strict=True)
    )
    return Jets(large.value + np.log(rest), first, second)


def log_mixture(left: Jets, right: Jets) -> Jets:
    """Log of exp(left) + exp(right); either may be minus infinity with derivatives of 0."""
    value = np.logaddexp(left.value, right.value)
    a, b = np.exp(left.value - value), np.exp(right.value - value)
    first = tuple(a * x + b * y for x, y in zip(left.first, right.first, strict=True))
    gaps = [x - y for x, y in zip(left.first, right.first, strict=True)]
    inner, outer = [a * gap for gap in gaps], [b * gap for gap in gaps]
    second = tuple(
        a * x + b * y + inner[i] * outer[j]
        for (i, j), x, y in zip(pairs(len(first)), left.second, right.second, strict=True)
    )
    return Jets(value, first, second)


def gather(array: FloatArray, rows: slice | IntArray) -> FloatArray:
    """Pick rows of the last axis; an array of one value a channel is kept."""
    return array if array.ndim == 0 or array.shape[-1] == 1 else array[..., rows]


def add_rows(total: Jets, part: Jets, rows: slice | IntArray, sign: float) -> None:
    """Add `sign` times a part to the rows of a total, in place; each row at most once."""
    whole: Sequence[FloatArray] = total.parts()
    for target, piece in zip(whole, part.parts(), strict=True):
        if piece is ZERO:
            continue
        if sign > 0:
            target[..., rows] += piece
        else:
            target[..., rows] -= piece
