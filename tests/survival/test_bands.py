"""Log-log bands: by hand, at the ends, and their coverage."""

import numpy as np
import pytest

from forecast.errors import DataError
from forecast.survival.bands import log_log_band
from forecast.survival.nonparametric import kaplan_meier


def test_by_hand() -> None:
    curve, errors = kaplan_meier([2.0, 3.0, 3.0, 5.0, 8.0], [1, 1, 0, 1, 0])
    lower, upper = log_log_band(curve.survival[0], errors)
    # At 3 months: S = 0.6, the standard error of log(-log S) is sqrt(1/20 + 1/12) / -log 0.6.
    spread = 1.959963985 * np.sqrt(1 / 20 + 1 / 12) / -np.log(0.6)
    assert lower[2] == pytest.approx(np.exp(np.log(0.6) * np.exp(spread)))
    assert upper[2] == pytest.approx(np.exp(np.log(0.6) * np.exp(-spread)))
    assert (lower[0], upper[0]) == (1.0, 1.0)


def test_where_nobody_is_left() -> None:
    curve, errors = kaplan_meier([1.0, 2.0], [1, 1])
    lower, upper = log_log_band(curve.survival[0], errors)
    assert (lower[-1], upper[-1]) == (0.0, 0.0)


def test_a_wider_level_is_wider() -> None:
    narrow, wide = (log_log_band(0.4, 0.1, level) for level in (0.5, 0.99))
    assert wide[0] < narrow[0] < 0.4 < narrow[1] < wide[1]


def test_level() -> None:
    with pytest.raises(DataError, match="between 0 and 1"):
        log_log_band(0.4, 0.1, 95)


def test_coverage() -> None:
    inside = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        time, end = rng.exponential(20.0, 60), rng.exponential(40.0, 60)
        curve, errors = kaplan_meier(np.minimum(time, end), time <= end)
        knot = int(np.searchsorted(curve.times, 15.0)) - 1
        lower, upper = log_log_band(curve.survival[0], errors)
        inside.append(lower[knot] <= np.exp(-0.75) <= upper[knot])
    # Two standard errors of a share of 0.95 in 400.
    assert 0.925 <= np.mean(inside) <= 0.975
