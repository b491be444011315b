"""Numbers and dates in words, and the grid on which forecasts are kept."""

from datetime import date, timedelta

import numpy as np
import pytest

from forecast.prediction import in_twenty, long_date, percent
from forecast.prediction.grid import (
    date_after,
    months_ahead,
    months_between,
    significant,
    whole_days,
)


@pytest.mark.parametrize(
    ("probability", "said"),
    [
        (0.0, "fewer than 1 in 20"),
        (0.02, "fewer than 1 in 20"),
        (0.03, "1 in 20"),
        (0.45, "9 in 20"),
        (0.97, "19 in 20"),
        (0.98, "more than 19 in 20"),
        (1.0, "more than 19 in 20"),
    ],
)
def test_one_denominator(probability: float, said: str) -> None:
    assert in_twenty(probability) == said


@pytest.mark.parametrize(
    ("probability", "said"),
    [(0.004, "under 1 %"), (0.006, "1 %"), (0.456, "46 %"), (0.994, "99 %"), (0.996, "over 99 %")],
)
def test_whole_percents(probability: float, said: str) -> None:
    assert percent(probability) == said


def test_dates_in_full() -> None:
    assert long_date(date(2027, 12, 31)) == "31 December 2027"
    assert long_date(date(2024, 5, 2)) == "2 May 2024"
    assert long_date("after 2076") == "after 2076"


def test_months_and_days_are_inverse() -> None:
    start = date(2024, 5, 2)
    for days in (0, 1, 17, 365, 12_345):
        later = start + timedelta(days=days)
        assert date_after(start, months_between(start, later)) == later
    assert date_after(start, 0.001) == date(2024, 5, 3)
    many = np.arange(5000.0)
    np.testing.assert_array_equal(whole_days(many / 30.4375), many)
    assert months_between(date(2024, 1, 1), date(2028, 1, 1)) == 48.0


def test_the_grid_rises_from_now_to_the_horizon() -> None:
    grid = months_ahead()
    assert (grid[0], grid[-1]) == (0.0, 600.0)
    assert (np.diff(grid) > 0).all()


def test_six_significant_digits() -> None:
    values = significant(np.array([0.0, 1 / 3, 1e-9 / 3, 123456.7]))
    assert values.tolist() == [0.0, 0.333333, 3.33333e-10, 123457.0]
