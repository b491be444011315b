"""Scores equal hand counts, numerical integrals and other software, and are proper."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import DataError, NotIdentifiedError
from forecast.evaluation.concordance import harrell_concordance, uno_concordance
from forecast.evaluation.crps import twcrps
from forecast.evaluation.scores import (
    BINS,
    HORIZONS,
    brier_score,
    log_score,
    metaculus_baseline_score,
)
from forecast.evaluation.weighting import ipcw_brier_score
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray
from forecast.survival.concordance import concordance

INF = np.inf

# Survival at the edges of the bins, with steps that no two bins share; 0.08 never conclude.
AT_EDGES = (1.0, 0.95, 0.87, 0.74, 0.63, 0.51, 0.40, 0.26, 0.15)


def edges_forecast(n: int = 1) -> SurvivalCurves:
    survival = np.tile([*AT_EDGES, 0.09], (n, 1))
    return SurvivalCurves(np.array([*BINS, 600.0]), survival, np.full(n, 0.08), "log-linear")


@pytest.mark.parametrize(
    ("lower", "upper", "mass", "bins"),
    [
        (1.0, 1.0, 0.05, 1),  # the first bin
        (3.0, 3.0, 0.05, 1),  # on an edge: it belongs to the bin that it ends
        (3.1, 3.1, 0.08, 1),
        (0.0, 0.0, 0.05, 1),  # on the landmark itself
        (3.0, 6.0, 0.08, 1),  # (3, 6] is one bin
        (2.9, 6.0, 0.13, 2),
        (13.0, 40.0, 0.74 - 0.26, 4),
        (119.0, 121.0, 0.26, 2),
        (500.0, 500.0, 0.15, 1),  # the last bin, with never
        (INF, INF, 0.15, 1),  # ended without agreement
        (12.0, INF, 0.74, 6),  # open: what remains
        (120.0, INF, 0.15, 1),
        (0.0, INF, 1.0, 9),
    ],
)
def test_log_score_by_hand(lower: float, upper: float, mass: float, bins: int) -> None:
    curves = edges_forecast()
    assert log_score([lower], [upper], curves, uniform=0.0)[0] == pytest.approx(-np.log(mass))
    mixed = -np.log(0.99 * mass + 0.01 * bins / 9)
    assert log_score([lower], [upper], curves)[0] == pytest.approx(mixed)


def test_log_score_of_an_open_case_counts_its_bin_from_then_on() -> None:
    concluding = (np.array([0.87, 0.74]) - 0.08) / 0.92
    remaining = 0.08 + 0.92 * concluding[0] * (concluding[1] / concluding[0]) ** (4 / 6)
    expected = -np.log(0.99 * remaining + 0.01 * (6 + 2 / 6) / 9)
    assert log_score([10.0], [INF], edges_forecast())[0] == pytest.approx(expected, rel=1e-12)


def test_log_score_of_a_bin_that_the_vintage_cuts() -> None:
    cut = edges_forecast().at(8.0)[0, 0]
    found = log_score([7.0], [7.0], edges_forecast(), follow_up=8.0, uniform=0.0)
    assert found[0] == pytest.approx(-np.log(0.87 - cut))
    assert log_score([4.0], [4.0], edges_forecast(), follow_up=8.0, uniform=0.0)[0] == (
        pytest.approx(-np.log(0.08))
    )


def test_log_score_of_an_impossible_outcome_is_bounded_by_the_mixture() -> None:
    curves = SurvivalCurves(np.array([0.0, 3.0]), np.array([[1.0, 0.0]]), np.zeros(1), "log-linear")
    assert log_score([50.0], [50.0], curves)[0] == pytest.approx(-np.log(0.01 / 9))
    assert log_score([50.0], [50.0], curves, uniform=0.0)[0] == INF


def expected_loss(
    score: Callable[[FloatArray, FloatArray, SurvivalCurves], FloatArray],
    truth: SurvivalCurves,
    forecast: SurvivalCurves,
    follow_up: float,
) -> float:
    """Loss that a forecast expects of conclusions by the truth, seen up to the follow-up."""
    grid = np.linspace(0.0, follow_up, 4001)
    middles = (grid[1:] + grid[:-1]) / 2
    lower = np.append(middles, follow_up)
    upper = np.append(middles, INF)
    masses = np.append(-np.diff(truth.at(grid)[0]), truth.at(follow_up)[0, 0])
    repeated = forecast[np.zeros(len(lower), dtype=int)]
    return float(masses @ score(lower, upper, repeated))


@pytest.mark.parametrize("follow_up", [8.0, 47.0, 150.0])
@pytest.mark.parametrize("name", ["log", "brier", "twcrps"])
def test_no_other_forecast_expects_a_smaller_loss(name: str, follow_up: float) -> None:
    scores: dict[str, Callable[[FloatArray, FloatArray, SurvivalCurves], FloatArray]] = {
        "log": lambda low, up, c: log_score(low, up, c, follow_up=follow_up, uniform=0.0),
        "brier": lambda low, up, c: brier_score(low, up, c, horizons=6.0, follow_up=follow_up)[
            :, 0
        ],
        "twcrps": lambda low, up, c: twcrps(low, up, c, follow_up=follow_up),
    }
    truth = edges_forecast()
    best = expected_loss(scores[name], truth, truth, follow_up)
    rng = np.random.default_rng(1)
    for _ in range(20):
        bent = np.sort(np.clip(AT_EDGES + rng.normal(0, 0.03, 9), 0.1, 1.0))[::-1]
        bent[0] = 1.0
        other = SurvivalCurves(truth.times, np.append(bent, 0.09)[None], truth.never, "log-linear")
        assert expected_loss(scores[name], truth, other, follow_up) > best - 1e-9


def test_brier_by_hand() -> None:
    lower = [5.0, 12.0, INF, 10.0, 4.0, 7.0]
    upper = [5.0, INF, INF, 14.0, 9.0, INF]
    curves = edges_forecast(6)
    found = brier_score(lower, upper, curves, horizons=[6, 12])
    s, r = 0.87, 0.74
    expected = [
        [s**2, r**2],
        [(1 - s) ** 2, (1 - r) ** 2],  # open just when the horizon ends
        [(1 - s) ** 2, (1 - r) ** 2],
        [(1 - s) ** 2, np.nan],  # within its imprecise dates
        [np.nan, r**2],
        [(1 - s) ** 2, np.nan],  # lost at 7 months
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_brier_is_blank_where_the_vintage_is_too_near_even_if_concluded() -> None:
    found = brier_score([5.0, 5.0], [5.0, 5.0], edges_forecast(2), follow_up=[11.9, 12.0])
    assert np.isnan(found).tolist() == [[False, True, True, True], [False, False, True, True]]
    assert found.shape == (2, len(HORIZONS))


def test_weighted_brier_equals_scikit_survival(
    peers: dict[str, Any], exponential: SurvivalCurves, upper: FloatArray
) -> None:
    for horizon, expected in zip(peers["horizons"], peers["brier"], strict=True):
        found = ipcw_brier_score(peers["time"], upper, exponential, horizon=horizon)
        assert found.score == pytest.approx(expected, rel=1e-9)
        assert found.lost == np.sum(np.isinf(upper) & (peers["time"] < horizon))
        assert found.rows == len(upper)


def test_weighted_brier_is_the_mean_where_none_was_lost() -> None:
    lower, upper = np.array([5.0, 20.0, 7.0]), np.array([5.0, INF, 9.0])
    curves, follow_up = edges_forecast(3), [30.0, 20.0, 11.0]
    found = ipcw_brier_score(lower, upper, curves, horizon=12.0, follow_up=follow_up)
    plain = brier_score(lower, upper, curves, horizons=12.0, follow_up=follow_up)
    assert list(found) == pytest.approx([np.nanmean(plain), 2, 0])


def test_weighted_brier_by_hand() -> None:
    """One of four is lost at 3 months: the two later ones stand for it, the earlier one does not."""
    lower, upper = np.array([1.0, 3.0, 8.0, 13.0]), np.array([1.0, INF, 8.0, INF])
    found = ipcw_brier_score(lower, upper, edges_forecast(4), horizon=12.0)
    by_hand = (0.74**2 + 1.5 * 0.74**2 + 1.5 * 0.26**2) / 4
    assert list(found) == pytest.approx([by_hand, 4, 1])
    gone = ipcw_brier_score(lower, upper, edges_forecast(4), horizon=12.0, follow_up=6.0)
    assert np.isnan(gone.score)
    assert gone.rows == 0


def test_twcrps_equals_scoringrules(peers: dict[str, Any], exponential: SurvivalCurves) -> None:
    at = peers["conclusion"]
    np.testing.assert_allclose(
        twcrps(at, at, exponential, longest=1e6), peers["crps"], rtol=1e-9, atol=1e-9
    )
    for row, members in enumerate(peers["ensemble"]):
        share = 1.0 - np.arange(len(members) + 1) / len(members)
        step = SurvivalCurves(np.append(0.0, members), share[None], np.zeros(1), "step")
        found = twcrps(at[row : row + 1], at[row : row + 1], step, longest=peers["longest"])
        assert found[0] == pytest.approx(peers["twcrps"][row], rel=1e-9, abs=1e-12)


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["step", "log-linear"]))
def test_twcrps_equals_a_numerical_integral(seed: int, kind: Any) -> None:
    rng = np.random.default_rng(seed)
    knots = np.append(0.0, np.cumsum(rng.exponential(8.0, 6)))
    survival = np.append(1.0, np.sort(rng.random(6))[::-1])
    survival[rng.integers(3, 7) :] *= rng.integers(0, 2)
    never = survival[-1] * rng.choice([0.0, 0.5, 1.0])
    curve = SurvivalCurves(knots, survival[None], np.array([never]), kind)
    lower = rng.choice([rng.uniform(0, 60), INF], p=[0.9, 0.1])
    upper = rng.choice([lower, lower + rng.uniform(0, 30), INF])
    horizon = float(rng.uniform(5, 150))
    pieces = 50_000
    t = (np.arange(pieces) + 0.5) * horizon / pieces
    s = curve.at(t)[0]
    loss = np.where(t <= lower, (1 - s) ** 2, np.where(t >= upper, s**2, 0.0))
    found = twcrps([lower], [upper], curve, follow_up=horizon, longest=200.0)
    assert found[0] == pytest.approx(loss.mean() * horizon, abs=1e-2)


def test_twcrps_looks_as_far_as_the_vintage_and_120_months() -> None:
    at, curves = np.array([150.0]), edges_forecast()
    to_120 = twcrps(at, at, curves)
    assert twcrps(at, at, curves, follow_up=500.0) == to_120
    assert twcrps([120.0], [INF], curves) == to_120
    assert twcrps([30.0], [INF], curves)[0] < to_120[0]
    np.testing.assert_allclose(
        twcrps([INF], [INF], curves, follow_up=30.0), twcrps([30.0], [INF], curves)
    )


def test_concordance_equals_scikit_survival(peers: dict[str, Any], upper: FloatArray) -> None:
    risk, time = peers["rate"], peers["time"]
    found = harrell_concordance(time, upper, risk)
    assert found.share == pytest.approx(peers["harrell"], rel=1e-12)
    assert found == concordance(risk, time, peers["event"])
    uno = uno_concordance(time, upper, risk, before=peers["before"])
    assert uno.share == pytest.approx(peers["uno"], rel=1e-9)


def test_concordance_of_imprecise_outcomes_counts_sure_pairs() -> None:
    lower, upper = [2.0, 4.0, 5.0, INF], [4.0, 6.0, INF, INF]
    # Sure: the first before each other, the second before the one that ended.
    found = harrell_concordance(lower, upper, [0.5, 0.9, 0.2, 0.1])
    assert found == (0.75, 3.0, 1.0, 0.0)
    parted = harrell_concordance(lower, upper, [0.5, 0.9, 0.2, 0.1], strata=[1, 1, 2, 2])
    assert parted[1:] == (0.0, 1.0, 0.0)
    with pytest.raises(NotIdentifiedError, match="compared"):
        harrell_concordance([3.0, 4.0], [INF, INF], [0.1, 0.2])


def test_metaculus_baseline_score() -> None:
    cdf = np.linspace(0.05, 0.95, 201)
    uniform = metaculus_baseline_score([0, 1, 100, 201], cdf, open_lower=True)
    np.testing.assert_allclose(uniform, 0.0, atol=1e-9)
    # All within one of 200 buckets: 50 log 200 and a little less for what is outside.
    sure = np.where(np.arange(201) < 100, 0.0, 0.95)
    assert metaculus_baseline_score([100], sure)[0] == pytest.approx(50 * np.log(200))
    assert metaculus_baseline_score([201], sure)[0] == pytest.approx(0.0, abs=1e-9)
    closed = metaculus_baseline_score([3], np.linspace(0, 1, 201), open_upper=False)
    assert closed[0] == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(DataError, match="bucket"):
        metaculus_baseline_score([202], cdf)


@pytest.mark.parametrize(
    ("lower", "upper"),
    [
        ([2.0], [1.0]),
        ([-1.0], [1.0]),
        ([np.nan], [1.0]),
        ([1.0, 2.0], [1.0, 2.0]),
        ([1.0], [2.0, 3]),
    ],
)
def test_bad_outcomes(lower: list[float], upper: list[float]) -> None:
    for score in (log_score, brier_score, twcrps):
        with pytest.raises(DataError, match=r"[Oo]utcome"):
            score(lower, upper, edges_forecast())


def test_bad_settings() -> None:
    curves = edges_forecast()
    with pytest.raises(DataError, match="follow-up"):
        log_score([1.0], [1.0], curves, follow_up=0.0)
    with pytest.raises(DataError, match="edges"):
        log_score([1.0], [1.0], curves, bins=(0.0, 5.0, 5.0))
    with pytest.raises(DataError, match="uniform"):
        log_score([1.0], [1.0], curves, uniform=1.0)
    with pytest.raises(DataError, match="longest"):
        twcrps([1.0], [1.0], curves, longest=INF)
    with pytest.raises(DataError, match="Risks"):
        harrell_concordance([1.0, 2.0], [1.0, 2.0], [np.nan, 1.0])


def test_a_late_conclusion_before_the_vintage_has_a_finite_loss() -> None:
    # The forecast holds that all conclude within 120 months; the uniform part does not.
    curves = SurvivalCurves(
        np.array([0.0, 60.0, 120.0]), np.array([[1.0, 0.5, 0.0]]), np.zeros(1), "log-linear"
    )
    loss = log_score([150.0], [150.0], curves, follow_up=200.0)
    np.testing.assert_allclose(loss, -np.log(0.01 / 9 * (1.0 - 120.0 / 200.0)))
