"""Survival curves: values by hand, closed forms, inverses."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import DataError, NothingToForecastError
from forecast.survival.curves import Kind, SurvivalCurves

FloatArray = npt.NDArray[np.float64]
INF = np.inf
RATE = 0.05


def _exponential(rates: list[float], never: float = 0.0) -> SurvivalCurves:
    times = np.array([0.0, 3.0, 10.0, 40.0])
    survival = np.exp(-np.outer(rates, times))
    return SurvivalCurves(
        times, never + (1 - never) * survival, np.full(len(rates), never), "log-linear"
    )


def _steps() -> SurvivalCurves:
    times = np.array([0.0, 2.0, 5.0])
    survival = np.array([[1.0, 0.6, 0.3], [1.0, 0.5, 0.0], [1.0, 0.7, 0.4]])
    return SurvivalCurves(times, survival, np.array([0.0, 0.0, 0.4]), "step")


@st.composite
def _curves(draw: st.DrawFn) -> SurvivalCurves:
    m = draw(st.integers(2, 6))
    gaps = draw(st.lists(st.floats(0.1, 20.0), min_size=m - 1, max_size=m - 1))
    falls = draw(st.lists(st.sampled_from([0.0, 0.1, 0.5, 1.0]), min_size=m - 1, max_size=m - 1))
    never = draw(st.sampled_from([0.0, 0.2, 1.0]))
    times = np.concatenate(([0.0], np.cumsum(gaps)))
    concluding = np.concatenate(([1.0], np.cumprod(1.0 - np.array(falls))))
    kind: Kind = draw(st.sampled_from(["step", "log-linear"]))
    survival = (never + (1 - never) * concluding)[np.newaxis, :]
    return SurvivalCurves(times, survival, np.array([never]), kind)


def test_steps_by_hand() -> None:
    curves = _steps()
    found = curves.at([-1.0, 0.0, 1.999, 2.0, 4.999, 5.0])
    np.testing.assert_array_equal(found[0], [1.0, 1.0, 1.0, 0.6, 0.6, 0.3])
    # Beyond: mean hazard, nothing left, never share reached.
    np.testing.assert_allclose(curves.at(10.0)[:, 0], [0.09, 0.0, 0.4])
    np.testing.assert_allclose(curves.at(INF)[:, 0], [0.0, 0.0, 0.4])
    assert curves.follow_up == 5.0


def test_step_quantiles_by_hand() -> None:
    found = _steps().quantile([0.0, 0.4, 0.5, 0.6, 0.7, 0.91])
    tail = 5.0 + np.log(0.3 / 0.09) / (-np.log(0.3) / 5.0)
    np.testing.assert_allclose(found[0], [0.0, 2.0, 5.0, 5.0, 5.0, tail])
    np.testing.assert_allclose(found[1], [0.0, 2.0, 2.0, 5.0, 5.0, 5.0])
    np.testing.assert_allclose(found[2], [0.0, 5.0, 5.0, 5.0, INF, INF])


def test_a_median_is_not_delayed_by_rounding() -> None:
    survival = np.array([[1.0, 1.0 - 0.3 - 0.2 + 2e-16, 0.1]])
    curves = SurvivalCurves(np.array([0.0, 1.0, 2.0]), survival, np.zeros(1), "step")
    assert curves.survival[0, 1] > 0.5
    assert curves.quantile(0.5)[0, 0] == 1.0


def test_log_linear_curves_are_exact_for_exponentials() -> None:
    curves = _exponential([RATE, 0.01])
    t = np.array([0.0, 1.0, 3.0, 7.7, 40.0, 100.0])
    np.testing.assert_allclose(curves.at(t), np.exp(-np.outer([RATE, 0.01], t)), rtol=1e-13)
    p = np.array([0.1, 0.5, 0.999])
    np.testing.assert_allclose(
        curves.quantile(p), -np.log1p(-p) / np.array([[RATE], [0.01]]), rtol=1e-12
    )
    assert curves.follow_up == INF
    assert curves.quantile(1.0)[0, 0] == INF


def test_the_never_share_bounds_quantiles() -> None:
    curves = _exponential([RATE], never=0.2)
    t = np.array([1.0, 20.0, 300.0])
    np.testing.assert_allclose(curves.at(t)[0], 0.2 + 0.8 * np.exp(-RATE * t), rtol=1e-12)
    assert curves.at(INF)[0, 0] == pytest.approx(0.2)
    finite, infinite = curves.quantile([0.79, 0.81])[0]
    assert finite == pytest.approx(-np.log(0.01 / 0.8) / RATE)
    assert infinite == INF


def test_a_last_interval_that_ends_at_zero_is_linear() -> None:
    curves = SurvivalCurves(
        np.array([0.0, 4.0, 8.0]), np.array([[1.0, 0.6, 0.0]]), np.zeros(1), "log-linear"
    )
    np.testing.assert_allclose(curves.at([5.0, 6.0, 8.0, 9.0])[0], [0.45, 0.3, 0.0, 0.0])
    np.testing.assert_allclose(curves.quantile([0.7, 1.0])[0], [6.0, 8.0])
    # Between 4 and 6 the mean height is 0.45.
    first = 0.4 / np.log(1 / 0.6) * 4
    assert curves.restricted_mean(6.0)[0] == pytest.approx(first + 0.45 * 2)


@settings(max_examples=200, deadline=None)
@given(curves=_curves(), p=st.floats(0.0, 1.0))
def test_quantile_is_the_inverse(curves: SurvivalCurves, p: float) -> None:
    t = curves.quantile(p)[0, 0]
    concludes = 1.0 - curves.never[0]
    if np.isinf(t):
        never_falls = curves.tail_hazard[0] == 0
        assert p >= concludes - 1e-12 or never_falls
        return
    assert 1.0 - curves.at(t)[0, 0] >= p - 1e-9
    if t > 1e-6:
        assert 1.0 - curves.at(t * (1 - 1e-9))[0, 0] <= p + 1e-6


@settings(max_examples=100, deadline=None)
@given(curves=_curves(), elapsed=st.floats(0.0, 80.0), later=st.floats(0.0, 80.0))
def test_given_is_the_ratio(curves: SurvivalCurves, elapsed: float, later: float) -> None:
    reached = curves.at(elapsed)[0, 0]
    if reached == 0:
        with pytest.raises(NothingToForecastError, match="already 0"):
            curves.given(elapsed)
        return
    conditional = curves.given(elapsed)
    assert conditional.at(elapsed)[0, 0] == 1.0
    assert conditional.at(elapsed / 2)[0, 0] == 1.0
    t = elapsed + later
    expected = curves.at(t)[0, 0] / reached
    assert conditional.at(t)[0, 0] == pytest.approx(expected, abs=1e-9)
    assert conditional.never[0] == pytest.approx(curves.never[0] / reached)


@settings(max_examples=100, deadline=None)
@given(curves=_curves(), horizon=st.floats(0.0, 120.0))
def test_restricted_mean_is_the_integral(curves: SurvivalCurves, horizon: float) -> None:
    inner = np.linspace(0.0, horizon, 4001)
    middle = 0.5 * (inner[:-1] + inner[1:])
    integral = float(np.sum(curves.at(middle)[0] * np.diff(inner)))
    slack = 1e-6 + horizon / 4000 * 5
    assert curves.restricted_mean(horizon)[0] == pytest.approx(integral, abs=slack)


def test_given_by_row_with_ages_of_their_own() -> None:
    curves = _steps()[np.array([0, 2])]
    conditional = curves.given([3.0, 12.0])
    np.testing.assert_allclose(conditional.at(3.0)[:, 0], [1.0, 1.0])
    t = np.array([4.0, 5.0, 8.0, 12.0, 20.0])
    np.testing.assert_allclose(conditional.at(t)[0], curves.at(t)[0] / 0.6, rtol=1e-12)
    # The second had reached its never share long before 12.
    np.testing.assert_allclose(conditional.at(t)[1], 1.0)
    assert conditional.never[1] == 1.0
    assert conditional.quantile(0.01)[1, 0] == INF


def test_given_for_an_exponential_forgets() -> None:
    conditional = _exponential([RATE]).given(17.0)
    t = np.array([17.0, 20.0, 60.0, 500.0])
    np.testing.assert_allclose(conditional.at(t)[0], np.exp(-RATE * (t - 17.0)), rtol=1e-12)
    assert conditional.given(60.0).quantile(0.5)[0, 0] == pytest.approx(60.0 + np.log(2) / RATE)


def test_given_with_a_never_share() -> None:
    conditional = _exponential([RATE], never=0.2).given(30.0)
    still = np.exp(-RATE * 30.0)
    assert conditional.never[0] == pytest.approx(0.2 / (0.2 + 0.8 * still))


def test_restricted_mean_of_an_exponential() -> None:
    horizons = [0.0, 5.0, 40.0, 200.0]
    for horizon in horizons:
        expected = -np.expm1(-RATE * horizon) / RATE
        found = _exponential([RATE]).restricted_mean(horizon)[0]
        assert found == pytest.approx(expected, rel=1e-12, abs=1e-12)
        share = _exponential([RATE], never=0.3).restricted_mean(horizon)[0]
        assert share == pytest.approx(0.3 * horizon + 0.7 * expected, rel=1e-12, abs=1e-12)


def test_restricted_mean_of_steps_by_hand() -> None:
    np.testing.assert_allclose(_steps().restricted_mean(4.0), [2 + 1.2, 2 + 1.0, 2 + 1.4])
    np.testing.assert_allclose(_steps().restricted_mean(7.0)[1:], [2 + 1.5, 2 + 2.1 + 0.8])
    hazard = -np.log(0.3) / 5
    tail = 0.3 * -np.expm1(-hazard * 1e6) / hazard
    assert _steps().restricted_mean(1e6)[0] == pytest.approx(2 + 1.8 + tail)


def test_pool_of_steps_is_exact_everywhere() -> None:
    times = np.array([0.0, 1.0, 5.0])
    other = SurvivalCurves(times, np.array([[1.0, 0.8, 0.2]] * 3), np.zeros(3), "step")
    pooled = SurvivalCurves.pool([_steps(), other], [3.0, 1.0])
    assert pooled.kind == "step"
    t = np.array([0.5, 1.0, 1.5, 2.0, 4.9, 5.0])
    np.testing.assert_allclose(pooled.at(t), 0.75 * _steps().at(t) + 0.25 * other.at(t))
    np.testing.assert_allclose(pooled.never, 0.75 * _steps().never)


def test_mixed_pool_is_exact_at_knots_and_beside_jumps() -> None:
    smooth = _exponential([RATE, 0.01, 0.1], never=0.1)
    members = [_steps(), smooth]
    pooled = SurvivalCurves.pool(members, [0.5, 0.5])
    assert pooled.kind == "log-linear"
    knots = np.union1d(_steps().times, smooth.times)
    beside = np.nextafter(np.array([2.0, 5.0]), 0.0)
    for t in (knots, beside):
        np.testing.assert_allclose(
            pooled.at(t), 0.5 * members[0].at(t) + 0.5 * members[1].at(t), rtol=1e-12
        )
    assert pooled.follow_up == 5.0
    # The jump of 0.4 at 2 months is a jump of the pool.
    before, after = pooled.at([np.nextafter(2.0, 0.0), 2.0])[0]
    assert before - after == pytest.approx(0.2)
    assert pooled.quantile(1 - (before + after) / 2)[0, 0] == pytest.approx(2.0, abs=1e-12)


def test_pool_of_steps_with_different_ends() -> None:
    short = _steps()[0]
    long = SurvivalCurves(np.array([0.0, 30.0]), np.array([[1.0, 0.5]]), np.zeros(1), "step")
    pooled = SurvivalCurves.pool([short, long], [0.5, 0.5])
    at_29 = np.nextafter(30.0, 0.0)
    expected = 0.5 * short.at(at_29)[0, 0] + 0.5
    assert pooled.at(at_29)[0, 0] == pytest.approx(expected)
    assert pooled.at(4.0)[0, 0] == pytest.approx(0.8)


def test_pool_of_one_kind_keeps_its_tail() -> None:
    curves = _exponential([RATE], never=0.1)
    pooled = SurvivalCurves.pool([curves, curves], [1.0, 2.0])
    np.testing.assert_allclose(pooled.at([11.0, 300.0]), curves.at([11.0, 300.0]), rtol=1e-12)


def test_draws_follow_the_curve() -> None:
    curves = _exponential([RATE, 0.02], never=0.25)
    sample = curves.draw(40_000, np.random.default_rng(0))
    assert sample.shape == (2, 40_000)
    np.testing.assert_allclose(np.isinf(sample).mean(axis=1), 0.25, atol=0.01)
    np.testing.assert_allclose((sample > 20.0).mean(axis=1), curves.at(20.0)[:, 0], atol=0.01)


def test_with_never() -> None:
    curves = _exponential([RATE, 0.02], never=0.1).with_never([0.2, 0.0])
    np.testing.assert_allclose(curves.never, [0.28, 0.1])
    t = np.array([5.0, 100.0])
    expected = 0.2 + 0.8 * _exponential([RATE], never=0.1).at(t)[0]
    np.testing.assert_allclose(curves.at(t)[0], expected, rtol=1e-12)
    all_never = _exponential([RATE]).with_never(1.0)
    assert all_never.at([1.0, INF]).tolist() == [[1.0, 1.0]]
    assert all_never.quantile(0.001)[0, 0] == INF


def test_rows_are_selected() -> None:
    curves = _steps()
    assert len(curves) == 3
    assert len(curves[1]) == 1
    np.testing.assert_array_equal(curves[1].survival, curves.survival[[1]])
    np.testing.assert_array_equal(curves[-2:].never, [0.0, 0.4])
    keep = np.array([True, False, True])
    np.testing.assert_array_equal(curves[keep].at(9.0), curves.at(9.0)[keep])


def test_times_by_row() -> None:
    curves = _exponential([RATE, 0.01])
    own = np.array([[1.0, 2.0], [10.0, 20.0]])
    expected = np.exp(-np.array([[RATE], [0.01]]) * own)
    np.testing.assert_allclose(curves.at(own), expected)
    np.testing.assert_allclose(curves.quantile(1.0 - expected), own)


def test_a_curve_that_underflows() -> None:
    survival = np.array([[1.0, 0.5, 1e-300, 5e-324, 0.0]])
    curves = SurvivalCurves(
        np.array([0.0, 1.0, 2.0, 3.0, 4.0]), survival, np.zeros(1), "log-linear"
    )
    assert np.isfinite(curves.at(np.linspace(0.0, 6.0, 50))).all()
    assert np.isfinite(curves.quantile([0.5, 1.0 - 1e-16, 1.0])).all()
    assert np.isfinite(curves.restricted_mean(5.0)).all()


def test_a_curve_that_has_not_fallen() -> None:
    curves = SurvivalCurves(np.array([0.0, 9.0]), np.ones((1, 2)), np.zeros(1), "step")
    assert curves.at([50.0, INF]).tolist() == [[1.0, 1.0]]
    assert curves.quantile(0.5)[0, 0] == INF
    assert curves.restricted_mean(20.0)[0] == 20.0


def test_arrays_are_frozen() -> None:
    times = np.array([0.0, 9.0])
    curves = SurvivalCurves(times, np.array([[1.0, 0.5]]), np.zeros(1), "step")
    times[1] = 7.0
    assert curves.times[1] == 9.0
    with pytest.raises(ValueError, match="read-only"):
        curves.survival[0, 0] = 0.0


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"times": np.array([0.0])}, "at least two knots"),
        ({"times": np.array([0.0, 1.0, 2.0])}, "2 columns for 3 knots"),
        ({"times": np.array([1.0, 2.0])}, "rise strictly from 0"),
        ({"times": np.array([0.0, 0.0])}, "rise strictly from 0"),
        ({"survival": np.array([[0.9, 0.5]])}, "begin at 1"),
        ({"survival": np.array([[1.0, np.nan]])}, "finite"),
        ({"survival": np.array([[1.0, 1.1]])}, "must not rise"),
        ({"never": np.array([0.6])}, "between 0 and the last survival"),
        ({"never": np.zeros(2)}, "one for each of the 1 curves"),
        ({"kind": "linear"}, "not 'linear'"),
        ({"tail": -1.0}, "cannot be negative"),
    ],
)
def test_bad_curves_are_refused(changes: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {
        "times": np.array([0.0, 1.0]),
        "survival": np.array([[1.0, 0.5]]),
        "never": np.zeros(1),
        "kind": "step",
    }
    with pytest.raises(DataError, match=message):
        SurvivalCurves(**(arguments | changes))


def test_bad_questions_are_refused() -> None:
    curves = _exponential([RATE, 0.01])
    with pytest.raises(DataError, match=r"\[0, 1\]"):
        curves.quantile(1.5)
    with pytest.raises(DataError, match="do not fit 2 curves"):
        curves.at(np.zeros((3, 1)))
    with pytest.raises(DataError, match="finite number of months"):
        curves.given(-1.0)
    with pytest.raises(DataError, match="horizon"):
        curves.restricted_mean(INF)
    with pytest.raises(DataError, match="same cases"):
        SurvivalCurves.pool([curves, curves[0]], [1.0, 1.0])
    with pytest.raises(DataError, match="one weight for each"):
        SurvivalCurves.pool([curves], [1.0, 1.0])


def test_many_ages_cost_a_step_curve_no_knots() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(0.0, 200.0)
    survival = np.exp(-np.outer(rng.uniform(0.01, 0.1, 3000), times))
    curves = SurvivalCurves(times, survival, np.zeros(3000), "step")
    ages = rng.uniform(0.0, 100.0, 3000)
    given = curves.given(ages)
    assert given.survival.shape == (3000, 200)
    later = rng.uniform(100.0, 300.0, (3000, 4))
    np.testing.assert_allclose(given.at(later), curves.at(later) / curves.at(ages[:, np.newaxis]))
    assert (given.at(ages[:, np.newaxis]) == 1.0).all()


def test_concluding_takes_the_never_share_away() -> None:
    curve = SurvivalCurves(
        np.array([0.0, 10.0, 20.0]), np.array([[1.0, 0.6, 0.4]]), np.array([0.2]), "log-linear"
    ).concluding()
    np.testing.assert_allclose(curve.survival, [[1.0, 0.5, 0.25]])
    np.testing.assert_allclose(curve.never, [0.0])
    np.testing.assert_allclose(curve.with_never(0.2).at([10.0]), [[0.6]])
