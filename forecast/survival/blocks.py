"""Rows of a likelihood in blocks that stay in the processor's cache, and sums over them.

Rows are sorted by what was seen of them, so that most blocks have one kind of term. Blocks bound
the memory for temporary arrays whatever the number of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from forecast.survival.arrays import DurationArray, FloatArray, IntArray
from forecast.survival.family import Channels
from forecast.survival.jets import ZERO, Jets, add_rows, pairs
from forecast.survival.terms import Factor, Layout, Term, factors

_ROWS = 8192
# Rows times data sets that are evaluated at once.
_ELEMENTS = 65536


@dataclass(frozen=True, eq=False)
class Block:
    """Some rows.

    Attributes
    ----------
    rows : (k,) int array
        Where the rows stand in the data.
    designs : one (columns, k) array or None a channel
        Covariates that enter the channel; None where all rows share one value.
    constants : (k,) array
        Parts of the log-likelihood that no parameter enters.
    terms : tuple of Term
        What the rows contribute.
    """

    rows: IntArray
    designs: tuple[FloatArray | None, ...]
    constants: FloatArray
    terms: tuple[Term, ...]

    def channels(self, parts: tuple[FloatArray, ...]) -> Channels:
        """Channels at parameters by channel, each (..., columns): (..., k) or (..., 1)."""
        return tuple(
            part if design is None else part @ design
            for part, design in zip(parts, self.designs, strict=True)
        )

    def jets(self, layout: Layout, channels: Channels) -> Jets:
        """Log-likelihood of the rows without constants, with derivatives in the channels."""
        if len(self.terms) == 1:
            (term,) = self.terms
            if isinstance(term.rows, slice) and term.rows == slice(None) and term.sign > 0:
                return term.jets(layout, channels)
        shape = np.broadcast_shapes((len(self.rows),), *(c.shape for c in channels))
        m = layout.channels
        arrays = [np.zeros(shape) for _ in range(1 + m + len(pairs(m)))]
        total = Jets(arrays[0], tuple(arrays[1 : 1 + m]), tuple(arrays[1 + m :]))
        for term in self.terms:
            add_rows(total, term.jets(layout, channels), term.rows, term.sign)
        return total


def make_blocks(
    y: DurationArray, layout: Layout, designs: tuple[FloatArray | None, ...]
) -> tuple[Block, ...]:
    """Sort the rows by kind and cut them into blocks.

    Parameters
    ----------
    y : (n,) structured array
        Durations.
    layout : Layout
        The model's channels.
    designs : one (n, columns) array or None a channel
        Covariates by channel.
    """
    found, constants = factors(y, layout)
    kind = np.zeros(len(y), dtype=np.int8)
    for number, factor in enumerate(found, start=1):
        kind[factor.rows & (kind == 0)] = number
    order = np.argsort(kind, kind="stable")
    return tuple(
        _cut(order[start : start + _ROWS], found, constants, designs)
        for start in range(0, len(order), _ROWS)
    )


def _cut(
    rows: IntArray,
    found: list[Factor],
    constants: FloatArray,
    designs: tuple[FloatArray | None, ...],
) -> Block:
    terms = []
    for factor in found:
        chosen = np.flatnonzero(factor.rows[rows])
        if len(chosen):
            terms.append(factor.term(_as_slice(chosen, len(rows)), rows[chosen]))
    own = tuple(None if d is None else np.ascontiguousarray(d[rows].T) for d in designs)
    return Block(rows, own, constants[rows], tuple(terms))


def _as_slice(rows: IntArray, size: int) -> slice | IntArray:
    """Return neighbouring rows as a slice."""
    if len(rows) == size:
        return slice(None)
    if rows[-1] - rows[0] + 1 == len(rows):
        return slice(int(rows[0]), int(rows[-1]) + 1)
    return rows


def sum_one(
    block: Block, jets: Jets, weights: FloatArray | None, slices: tuple[slice, ...], size: int
) -> tuple[float, FloatArray, FloatArray]:
    """Weighted sum of the rows with gradient (size,) and Hessian (size, size) of parameters.

    Parameters
    ----------
    block, jets : Block, Jets
        The rows and what they contribute, (k,).
    weights : (k,) array or None
        Case weights; None is 1.
    slices : tuple of slice
        The parameters of each channel.
    size : int
        Number of parameters.
    """
    shape = (len(block.rows),)

    def weighted(values: FloatArray) -> FloatArray:
        full = np.broadcast_to(values, shape)
        return full if weights is None else weights * full

    gradient, hessian = np.zeros(size), np.zeros((size, size))
    for channel, part in enumerate(jets.first):
        if part is not ZERO:
            design = block.designs[channel]
            flow = weighted(part)
            gradient[slices[channel]] = flow.sum() if design is None else design @ flow
    for (i, j), part in zip(pairs(len(jets.first)), jets.second, strict=True):
        if part is ZERO:
            continue
        bend, left, right = weighted(part), block.designs[i], block.designs[j]
        if left is None:
            corner = bend.sum() if right is None else (right @ bend)[np.newaxis, :]
        else:
            corner = (left @ bend)[:, np.newaxis] if right is None else (left * bend) @ right.T
        hessian[slices[i], slices[j]] = corner
        if i != j:
            hessian[slices[j], slices[i]] = np.transpose(corner)
    return float(weighted(jets.value).sum()), gradient, hessian


def sum_many(
    block: Block, jets: Jets, weights: FloatArray, slices: tuple[slice, ...], size: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the same of many data sets, for jets and weights (b, k): (b,), (b, p), (b, p, p)."""
    many = len(weights)
    gradient, hessian = np.zeros((many, size)), np.zeros((many, size, size))
    for channel, part in enumerate(jets.first):
        if part is not ZERO:
            design = block.designs[channel]
            flow = weights * part
            gradient[:, slices[channel]] = (
                flow.sum(axis=1)[:, np.newaxis] if design is None else flow @ design.T
            )
    for (i, j), part in zip(pairs(len(jets.first)), jets.second, strict=True):
        if part is ZERO:
            continue
        corner = _corner(weights * part, block.designs[i], block.designs[j])
        hessian[:, slices[i], slices[j]] = corner
        if i != j:
            hessian[:, slices[j], slices[i]] = np.swapaxes(corner, 1, 2)
    return (weights * jets.value).sum(axis=1), gradient, hessian


def _corner(bend: FloatArray, left: FloatArray | None, right: FloatArray | None) -> FloatArray:
    """One corner of the Hessians: sums over rows of bend times products of columns."""
    many = len(bend)
    if left is None and right is None:
        total: FloatArray = bend.sum(axis=1)[:, np.newaxis, np.newaxis]
        return total
    one = np.ones((1, bend.shape[1]))
    first, second = one if left is None else left, one if right is None else right
    products = (first[:, np.newaxis, :] * second[np.newaxis, :, :]).reshape(-1, bend.shape[1])
    result: FloatArray = (bend @ products.T).reshape(many, len(first), len(second))
    return result


def portions(many: int, rows: int) -> Iterator[slice]:
    """Cut data sets into portions whose blocks of that many rows stay small."""
    step = max(1, _ELEMENTS // max(rows, 1))
    for start in range(0, many, step):
        yield slice(start, min(start + step, many))
