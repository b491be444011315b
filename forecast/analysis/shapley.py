r"""Shapley values: what each of several players adds to a value, averaged over the orders of joining.

.. math::
    \phi_i = \sum_{S \not\ni i} \frac{|S|!\,(n - |S| - 1)!}{n!}
             \left[ v(S \cup \{i\}) - v(S) \right], \qquad \sum_i \phi_i = v(N) - v(\emptyset)

References
----------
Shapley (1953), A value for n-person games; Castro, Gomez and Tejada (2009), Computers & Operations Research
36, 1726-1730 (sampling of orders).
"""

from __future__ import annotations

from collections.abc import Callable
from math import comb
from typing import NamedTuple

import numpy as np

from forecast.survival.arrays import BoolArray, FloatArray

MOST_EXACT = 12
"""With more players orders are sampled."""

Value = Callable[[BoolArray], FloatArray]
"""Coalitions (k, n) to their values (k, q)."""


class Shares(NamedTuple):
    """Shapley values, (n, q), and their standard errors, (n, q); 0 where they are exact."""

    values: FloatArray
    errors: FloatArray


def shapley(value: Value, players: int, orders: int = 400, seed: int = 0) -> Shares:
    """Shapley values, exact for few players, else the mean over sampled orders and their reverses.

    Parameters
    ----------
    value : callable
        Coalitions, a (k, n) array of who is in, to (k, q) values.
    players : int
    orders : int
        Number of orders sampled, an even number; each is followed by its reverse.
    seed : int
    """
    if players <= MOST_EXACT:
        return _exact(value, players)
    return _sampled(value, players, orders, np.random.default_rng(seed))


def _exact(value: Value, n: int) -> Shares:
    codes = np.arange(2**n)
    coalitions = (codes[:, np.newaxis] >> np.arange(n)) & 1 == 1
    values = value(coalitions)
    sizes = coalitions.sum(axis=1)
    shares = np.empty((n, values.shape[1]))
    for player in range(n):
        without = codes[~coalitions[:, player]]
        weights = np.array([1.0 / (n * comb(n - 1, size)) for size in sizes[without]])
        shares[player] = weights @ (values[without | (1 << player)] - values[without])
    return Shares(shares, np.zeros_like(shares))


def _sampled(value: Value, n: int, orders: int, rng: np.random.Generator) -> Shares:
    pairs = []
    for _ in range(orders // 2):
        order = rng.permutation(n)
        pairs.append((_along(value, order) + _along(value, order[::-1])) / 2.0)
    told = np.stack(pairs)
    return Shares(told.mean(axis=0), told.std(axis=0, ddof=1) / np.sqrt(len(told)))


def _along(value: Value, order: np.ndarray) -> FloatArray:
    """What each player adds when they join in this order, (n, q)."""
    n = len(order)
    place = np.empty(n, dtype=np.intp)
    place[order] = np.arange(n)
    steps = np.diff(value(place < np.arange(n + 1)[:, np.newaxis]), axis=0)
    added: FloatArray = steps[place]
    return added
