"""Whatever comes in, a clear error or a documented answer comes out: no warning, NaN or hang."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numpy as np
import pytest

from forecast.errors import ConvergenceError, DataError, ForecastError, NotIdentifiedError
from forecast.survival import FAMILIES, AFTFit, NeverShare, durations, fit_aft
from forecast.survival.arrays import DurationArray, FloatArray

N = 40
_RNG = np.random.default_rng(0)
X = np.column_stack([np.ones(N), _RNG.normal(size=N)])
TIME = np.exp(3 + 0.3 * X[:, 1] + 0.6 * _RNG.normal(size=N))
END = _RNG.uniform(10.0, 60.0, N)
NAMES = sorted(FAMILIES)


def _seen(unit: float = 1.0) -> DurationArray:
    return durations(np.minimum(TIME, END) * unit, np.where(TIME <= END, TIME * unit, np.inf))


def _with(column: Any) -> FloatArray:
    return np.column_stack([X, column])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: durations([-1.0, 2.0]), "Row 0: lower is -1"),
        (lambda: durations([2.0, np.nan]), "Row 1: lower is nan"),
        (lambda: durations([3.0], [2.0]), "must not exceed upper"),
        (lambda: durations([3.0], entry=3.0), "entry must be below upper"),
    ],
)
def test_impossible_rows(make: Callable[[], DurationArray], message: str) -> None:
    with pytest.raises(DataError, match=message):
        make()


@pytest.mark.parametrize("family", NAMES)
def test_all_censored_one_row_no_row(family: str) -> None:
    for rows, y in ((N, durations(TIME, np.inf)), (1, durations([3.0])), (0, durations([]))):
        if family == "exponential" and rows == 1:
            continue
        with pytest.raises(NotIdentifiedError, match="cannot determine"):
            fit_aft(X[:rows], y, family)


@pytest.mark.parametrize("family", NAMES)
def test_a_prior_on_everything_makes_them_fits(family: str) -> None:
    for rows, y in ((N, durations(TIME, np.inf)), (1, durations([3.0]))):
        fit = fit_aft(X[:rows], y, family, prior_precision=1.0)
        assert np.isfinite(fit.theta).all()
        assert np.isfinite(fit.standard_errors).all()


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize("column", [np.full(N, 3.0), np.zeros(N), 2 * X[:, 1] - 1])
def test_a_column_that_says_nothing_new(family: str, column: FloatArray) -> None:
    with pytest.raises(ConvergenceError, match="do not determine"):
        fit_aft(_with(column), _seen(), family)


@pytest.mark.parametrize("family", NAMES)
def test_separation(family: str) -> None:
    with pytest.raises(ConvergenceError, match="'x2'"):
        fit_aft(_with(TIME > END), _seen(), family)


@pytest.mark.parametrize("family", [name for name in NAMES if name != "gompertz"])
@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_extreme_units_only_shift_the_intercept(family: str, unit: float) -> None:
    plain, extreme = (fit_aft(X, _seen(u), family) for u in (1.0, unit))
    shift = extreme.theta - plain.theta
    assert shift[0] == pytest.approx(np.log(unit))
    np.testing.assert_allclose(shift[1:], 0.0, atol=1e-6)


@pytest.mark.parametrize("size", [1e200, 1e-200])
def test_columns_whose_square_is_no_number(size: float) -> None:
    with pytest.raises(DataError, match="Column 1 of the design is of the size"):
        fit_aft(X * [1.0, size], _seen(), "weibull")


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize("never", [None, NeverShare(), NeverShare(ends=True)])
def test_strange_data_are_answered(family: str, never: NeverShare | None) -> None:
    data: list[Any] = [
        durations(np.append(TIME[:-2], [1e-90, 1e90])),
        durations(np.full(N, 12.0)),
        durations(np.zeros(N), TIME),
        durations(np.full(N, 1.0), np.full(N, 100.0)),
    ]
    for y in data:
        fit: AFTFit | None = None
        with suppress(ForecastError):
            fit = fit_aft(X, y, family, never=never)
        if fit is not None:
            _assert_sound(fit)


@pytest.mark.parametrize("family", NAMES)
def test_weights_of_any_size(family: str) -> None:
    plain = fit_aft(X, _seen(), family)
    for size in (1e-5, 1e12):
        fit = fit_aft(X, _seen(), family, weights=np.full(N, size))
        np.testing.assert_allclose(fit.theta, plain.theta, rtol=1e-2, atol=1e-2)
    with pytest.raises(DataError, match="scale them"):
        fit_aft(X, _seen(), family, weights=np.full(N, 1e-9))
    with pytest.raises(NotIdentifiedError):
        fit_aft(X, _seen(), family, weights=np.zeros(N))


def _assert_sound(fit: AFTFit) -> None:
    assert np.isfinite(fit.theta).all()
    assert np.isfinite(fit.standard_errors).all()
    assert np.isfinite(fit.loglik)
