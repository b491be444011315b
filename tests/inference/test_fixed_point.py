"""Fixed points: the closed form of a linear map, fewer steps than without leaps, leaps taken back."""

from __future__ import annotations

import numpy as np
import pytest

from forecast.errors import ConvergenceError
from forecast.inference import find_fixed_point
from forecast.survival.arrays import FloatArray

RATES = np.array([0.99, 0.9, 0.3])
TARGET = np.array([1.0, -2.0, 0.5])


def linear(x: FloatArray) -> FloatArray:
    moved: FloatArray = TARGET + RATES * (x - TARGET)
    return moved


def largest(move: FloatArray) -> float:
    return float(np.abs(move).max())


def test_a_slow_linear_map_in_few_steps() -> None:
    point, steps = find_fixed_point(linear, np.zeros(3), largest, 1e-10, 2000)
    np.testing.assert_allclose(point, TARGET, atol=1e-7)
    # Plain iteration needs log(1e-10 / 0.01) / log(0.99) = 1833 steps.
    assert steps < 100


def test_of_one_rate_the_leap_lands_on_the_point() -> None:
    _, steps = find_fixed_point(lambda x: 1.0 + 0.5 * (x - 1.0), np.zeros(1), largest, 1e-12, 100)
    assert steps == 4


def test_no_leap_leads_where_the_map_is_not_defined() -> None:
    def root(x: FloatArray) -> FloatArray:
        assert (x > -2.0).all()
        return np.asarray(np.sqrt(x + 2.0))

    point, _ = find_fixed_point(root, np.array([50.0]), largest, 1e-12, 100)
    np.testing.assert_allclose(point, 2.0, atol=1e-10)


def test_a_leap_that_went_wrong_is_taken_back() -> None:
    def kinked(x: FloatArray) -> FloatArray:
        # Slow until 1 and away from there: what two steps promise does not hold.
        return np.where(x < 0.9, x + 0.05 * (2.0 - x), 0.5 * (x + 0.95))

    point, _ = find_fixed_point(kinked, np.zeros(1), largest, 1e-10, 1000)
    np.testing.assert_allclose(point, 0.95, atol=1e-8)


def test_what_does_not_settle_says_so() -> None:
    with pytest.raises(ConvergenceError, match=r"still moved by 1\.0e\+00 after 10 steps"):
        find_fixed_point(lambda x: x + 1.0, np.zeros(1), largest, 1e-6, 10)


def test_a_leap_to_where_there_is_no_number_is_taken_back() -> None:
    def kinked(x: FloatArray) -> FloatArray:
        return np.where(x < 0.9, x + 0.05 * (2.0 - x), np.where(x < 1.1, 0.5 * (x + 0.95), np.nan))

    point, _ = find_fixed_point(kinked, np.zeros(1), largest, 1e-10, 1000)
    np.testing.assert_allclose(point, 0.95, atol=1e-8)


def test_a_map_that_runs_off_says_so() -> None:
    with pytest.raises(ConvergenceError, match="leads to no number after 2 steps"):
        find_fixed_point(
            lambda x: np.where(x > 0.5, np.nan, x + 1.0), np.zeros(1), largest, 1e-6, 10
        )
