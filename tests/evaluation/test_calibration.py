"""Coverage, transforms and D-calibration, by hand, against SurvivalEVAL and under their nulls."""

from typing import Any

import numpy as np
import pytest

from forecast.errors import DataError
from forecast.evaluation.calibration import (
    coverage,
    d_calibration,
    interval_covered,
    pit_intervals,
    randomised_pit,
)
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray

INF = np.inf


def line(n: int, never: float = 0.0) -> SurvivalCurves:
    """F rises evenly from 0 to 1 - never over 100 months."""
    knots = np.linspace(0.0, 100.0, 2001)
    survival = 1.0 - (1.0 - never) * knots / 100.0
    return SurvivalCurves(knots, np.tile(survival, (n, 1)), np.full(n, never), "log-linear")


def test_covered_by_hand() -> None:
    """The 80 % interval is 10 to 90 months."""
    lower = [10.5, 89.5, 9.5, 90.5, 5.0, 85.0, 3.0, 95.0, 50.0, 91.0, INF]
    upper = [10.5, 89.5, 9.5, 90.5, 12.0, 95.0, 9.0, 99.0, INF, INF, INF]
    expected = [1, 1, 0, 0, np.nan, np.nan, 0, 0, np.nan, 0, 0]
    np.testing.assert_array_equal(interval_covered(lower, upper, line(11)), expected)


def test_covered_without_an_upper_end() -> None:
    """A quarter never conclude: the interval begins at 13 1/3 months and does not end."""
    lower, upper = [12.0, 14.0, 5.0, 14.0, INF], [12.0, 14.0, INF, INF, INF]
    curves = line(5, never=0.25)
    np.testing.assert_array_equal(interval_covered(lower, upper, curves), [0, 1, np.nan, 1, 1])
    found = coverage(lower, upper, curves)
    assert found.median_width == INF
    assert found[:5] == (0.75, 0.6, 0.8, 5, 4)
    assert found.unbounded == 1.0


def test_coverage_counts_and_widths() -> None:
    found = coverage([20.0, 5.0, 50.0], [20.0, 5.0, INF], line(3), level=0.5)
    assert list(found[:5]) == pytest.approx([0.0, 0.0, 1 / 3, 3, 2])
    assert found.median_width == pytest.approx(50.0)
    assert found.unbounded == 0.0
    with pytest.raises(DataError, match="level"):
        coverage([1.0], [1.0], line(1), level=80)
    with pytest.raises(DataError, match="one row"):
        coverage([], [], line(1)[np.zeros(0, dtype=int)])


def test_coverage_of_true_forecasts_is_the_level() -> None:
    rng = np.random.default_rng(3)
    curves = line(4000)
    at = curves.draw(1, rng)[:, 0]
    assert coverage(at, at, curves, level=0.8).share == pytest.approx(0.8, abs=0.02)


def test_pit_by_hand() -> None:
    found = pit_intervals([30.0, 20.0, 60.0, INF], [30.0, 40.0, INF, INF], line(4, never=0.2))
    expected = [[0.24, 0.24], [0.16, 0.32], [0.48, 1.0], [0.8, 1.0]]
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_pit_of_a_jump_is_the_jump() -> None:
    step = SurvivalCurves(
        np.array([0.0, 5.0, 9.0]), np.array([[1.0, 0.7, 0.2]] * 2), np.zeros(2), "step"
    )
    found = pit_intervals([5.0, 7.0], [5.0, 7.0], step)
    np.testing.assert_allclose(found, [[0.0, 0.3], [0.3, 0.3]], atol=1e-12)
    drawn = randomised_pit(np.tile(found[:1], (5000, 1)), np.random.default_rng(0))
    assert 0.0 <= drawn.min() < 0.001
    assert 0.299 < drawn.max() <= 0.3
    assert drawn.mean() == pytest.approx(0.15, abs=0.005)


def test_d_calibration_spreads_as_survivaleval(
    peers: dict[str, Any], exponential: SurvivalCurves, upper: FloatArray
) -> None:
    found = d_calibration(peers["time"], upper, exponential, draws=10)
    np.testing.assert_allclose(found.shares * found.rows, peers["d_counts"], rtol=1e-9)
    assert found.statistic == pytest.approx(peers["d_statistic"], rel=1e-9)
    assert found.spread == np.isinf(upper).sum()


def test_d_calibration_of_exact_outcomes_has_the_p_value_of_chi_squared(
    peers: dict[str, Any], exponential: SurvivalCurves
) -> None:
    at = peers["conclusion"]
    found = d_calibration(at, at, exponential, draws=20_000)
    np.testing.assert_allclose(found.shares * found.rows, peers["d_counts_exact"])
    assert found.p_value == pytest.approx(peers["d_p_value_exact"], abs=0.01)


def test_d_calibration_spreads_an_imprecise_outcome() -> None:
    found = d_calibration([10.0, INF], [50.0, INF], line(2, never=0.5), draws=10)
    # F from 0.05 to 0.25, and from 0.5 to 1.
    np.testing.assert_allclose(found.shares, [0.375, 0.125, 0.1, 0.2, 0.2], atol=1e-9)


def test_d_calibration_rejects_a_true_forecast_as_often_as_it_should() -> None:
    """Half of the cases are still open at the vintage, where chi-squared would hardly ever reject."""
    rng = np.random.default_rng(8)
    curves, p_values = line(60), []
    for seed in range(300):
        conclusion, follow_up = curves.draw(1, rng)[:, 0], rng.uniform(10, 90, 60)
        seen = conclusion <= follow_up
        lower = np.where(seen, conclusion, follow_up)
        upper = np.where(seen, conclusion, INF)
        test = d_calibration(lower, upper, curves, follow_up=follow_up, draws=199, seed=seed)
        p_values.append(test.p_value)
    shares = [np.mean(np.array(p_values) <= level) for level in (0.1, 0.5, 0.9)]
    np.testing.assert_allclose(shares, [0.1, 0.5, 0.9], atol=0.07)


def test_d_calibration_supposes_that_lost_rows_were_followed_until_then() -> None:
    """Of two rows lost at their median, 1.6 or more: both unseen 0.25, both seen 0.25, else 0.1."""
    found = d_calibration([50.0, 50.0], [INF, INF], line(2), draws=20_000)
    assert found.statistic == pytest.approx(1.6)
    assert found.p_value == pytest.approx(0.6, abs=0.02)


def test_d_calibration_of_near_copies_that_come_about_together() -> None:
    """Two rows at one quantile put both into one bin, as seen here, or none: p is 1, not a fifth."""
    at, curves = [10.0, 10.0], line(2)
    alone = d_calibration(at, at, curves, draws=20_000)
    assert alone.p_value == pytest.approx(0.2, abs=0.01)
    together = d_calibration(at, at, curves, groups=["a", "a"], draws=20_000)
    assert (together.statistic, together.p_value) == (alone.statistic, 1.0)
    apart = d_calibration(at, at, curves, groups=["b", "a"], draws=20_000)
    assert apart.p_value == pytest.approx(0.2, abs=0.01)


def test_d_calibration_finds_forecasts_that_are_too_late() -> None:
    at = line(200).draw(1, np.random.default_rng(1))[:, 0] * 0.7
    found = d_calibration(at, at, line(200))
    assert found.p_value == 1 / 2001
    assert found.shares[0] > 0.25
    assert found.shares[-1] < 0.05


def test_d_calibration_has_a_seed() -> None:
    at = np.linspace(1, 99, 25) ** 1.1 / 2
    first, again = (d_calibration(at, at, line(25), seed=4).p_value for _ in range(2))
    other = d_calibration(at, at, line(25), seed=5).p_value
    assert first == again
    assert first != other
    with pytest.raises(DataError, match="one row"):
        d_calibration([], [], line(1)[np.zeros(0, dtype=int)])
