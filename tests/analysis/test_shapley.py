"""Shapley values against games whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.analysis import shapley as module
from forecast.analysis.shapley import shapley
from forecast.survival.arrays import BoolArray, FloatArray


def gloves(coalitions: BoolArray) -> FloatArray:
    """Players 0 and 1 own a left glove each, player 2 a right one; a pair is worth 1."""
    pair = coalitions[:, 2] & (coalitions[:, 0] | coalitions[:, 1])
    return pair[:, np.newaxis].astype(np.float64)


def rough(coalitions: BoolArray) -> FloatArray:
    """Two values that are no sums over players."""
    weights = np.arange(1.0, coalitions.shape[1] + 1.0)
    total = coalitions @ weights
    return np.column_stack([np.sqrt(1.0 + total), total**2 / 10.0 - coalitions[:, 0]])


def test_the_glove_game_of_the_textbooks() -> None:
    shares = shapley(gloves, 3)
    np.testing.assert_allclose(shares.values[:, 0], [1 / 6, 1 / 6, 4 / 6])
    assert (shares.errors == 0.0).all()


def test_a_sum_is_shared_out_as_it_stands() -> None:
    worth = np.array([[3.0, -1.0], [0.5, 2.0], [0.0, 0.0], [7.0, 4.0]])
    shares = shapley(lambda c: 5.0 + c @ worth, 4)
    np.testing.assert_allclose(shares.values, worth, atol=1e-12)


def test_shares_add_up_to_the_whole() -> None:
    ends = rough(np.array([[False] * 6, [True] * 6]))
    np.testing.assert_allclose(shapley(rough, 6).values.sum(axis=0), ends[1] - ends[0])


def test_sampled_orders_agree_with_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = shapley(rough, 6)
    monkeypatch.setattr(module, "MOST_EXACT", 0)
    sampled = shapley(rough, 6, orders=400, seed=1)
    assert (sampled.errors > 0).any()
    away = np.abs(sampled.values - exact.values)
    assert (away <= 4.0 * sampled.errors + 1e-12).all()
    np.testing.assert_allclose(sampled.values.sum(axis=0), exact.values.sum(axis=0))
