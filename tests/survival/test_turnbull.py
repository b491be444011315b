"""Turnbull's estimate: by hand, against Kaplan-Meier and its own optimality conditions."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.survival.nonparametric import kaplan_meier
from forecast.survival.turnbull import turnbull

INF = np.inf


def test_by_hand() -> None:
    # Innermost: (0, 1], (2, 3]; the likelihood p^2 (1 - p) q with q the mass of (2, 3].
    fit = turnbull([0.0, 0.0, 0.0, 2.0], [1.0, 3.0, 1.0, 3.0])
    assert fit.lower.tolist() == [0.0, 2.0]
    assert fit.upper.tolist() == [1.0, 3.0]
    np.testing.assert_allclose(fit.mass, [2 / 3, 1 / 3])
    assert fit.loglik == pytest.approx(2 * np.log(2 / 3) + np.log(1 / 3))
    np.testing.assert_allclose(fit.curve.survival, [[1.0, 1 / 3, 0.0]], atol=1e-12)


def test_mass_lies_at_the_end_of_its_interval() -> None:
    fit = turnbull([2.0, 3.0], [6.0, INF])
    assert (fit.lower[0], fit.upper[0]) == (3.0, 6.0)
    assert fit.mass.tolist() == [1.0]
    assert fit.curve.at([5.9, 6.0]).tolist() == [[1.0, 0.0]]


def test_open_mass_lies_beyond_the_data() -> None:
    fit = turnbull([1.0, 4.0], [2.0, INF])
    assert fit.upper.tolist() == [2.0, INF]
    np.testing.assert_allclose(fit.mass, [0.5, 0.5])
    assert fit.curve.at(2.0)[0, 0] == pytest.approx(0.5)


def test_ends_open_on_the_left() -> None:
    # (1, 2] and (2, 3] have nothing in common, [2, 2] and (1, 2] have.
    apart = turnbull([1.0, 2.0], [2.0, 3.0])
    np.testing.assert_allclose(apart.mass, [0.5, 0.5])
    together = turnbull([1.0, 2.0], [2.0, 2.0])
    assert together.lower.tolist() == together.upper.tolist() == [2.0]


@given(seed=st.integers(0, 2**32 - 1), late=st.booleans())
@settings(max_examples=60, deadline=None)
def test_exact_and_open_rows_give_kaplan_meier(seed: int, late: bool) -> None:
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(10.0, 30))
    event = rng.random(30) < 0.7
    event[0] = True
    entry = np.floor(time * rng.uniform(0.0, 0.99, 30)) if late else np.zeros(30)
    weights = rng.integers(1, 4, 30)
    curve, _ = kaplan_meier(time, event, entry, weights)
    fit = turnbull(time, np.where(event, time, INF), entry=entry, weights=weights)
    months = np.arange(0.0, curve.times[-1] + 1)
    np.testing.assert_allclose(fit.curve.at(months), curve.at(months), atol=1e-9)


def _visits(seed: int, n: int, kind: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows that were seen at visits only: one, two, a row of them, some of them exact, or late."""
    rng = np.random.default_rng(seed)
    time = rng.weibull(1.3, n) * 20
    entry = np.zeros(n)
    if kind == "one":
        visit = rng.uniform(0.0, 50.0, n)
        return np.where(time <= visit, 0.0, visit), np.where(time <= visit, visit, INF), entry
    if kind == "late":
        entry = rng.uniform(0.0, 15.0, n) * (rng.random(n) < 0.5)
        entry = np.where(time > entry, entry, 0.0)
    gap = rng.choice([1.0, 3.0, 12.0], n) if kind == "rounded" else rng.uniform(2.0, 12.0, n)
    before = np.floor((time - entry) / gap)
    lower = entry + before * gap
    upper = np.where(rng.random(n) < 0.25, INF, lower + gap)
    if kind == "some exact":
        exact = rng.random(n) < 0.5
        lower, upper = np.where(exact, time, lower), np.where(exact, time, upper)
    return lower, upper, entry


@pytest.mark.parametrize("kind", ["one", "several", "rounded", "some exact", "late"])
@pytest.mark.parametrize("n", [20, 150, 1000])
def test_optimality_conditions(kind: str, n: int) -> None:
    for seed in range(5):
        lower, upper, entry = _visits(seed, n, kind)
        fit = turnbull(lower, upper, entry=entry)
        assert fit.gap <= 1e-10
        assert fit.reduced_gradients.max() <= 1e-10
        np.testing.assert_allclose(fit.mass * fit.reduced_gradients, 0.0, atol=1e-10)
        assert fit.mass.min() >= 0.0
        assert fit.mass.sum() == pytest.approx(1.0)


def test_the_reduced_gradients_are_those_of_the_masses() -> None:
    lower, upper, entry = _visits(3, 60, "late")
    fit = turnbull(lower, upper, entry=entry)

    def loglik(mass: np.ndarray) -> float:
        inside = (fit.lower >= np.maximum(lower, entry)[:, np.newaxis]) & (
            fit.upper <= upper[:, np.newaxis]
        )
        after = fit.lower >= entry[:, np.newaxis]
        return float(np.log(inside @ mass).sum() - np.log(after @ mass).sum())

    assert loglik(fit.mass) == pytest.approx(fit.loglik)
    for j in range(0, len(fit.mass), 3):
        step = 1e-6 * np.eye(len(fit.mass))[j]
        slope = (loglik(fit.mass + step) - loglik(fit.mass)) / 1e-6
        assert slope / 60 == pytest.approx(fit.reduced_gradients[j], abs=1e-4)


def test_self_consistency_reaches_the_same_masses() -> None:
    lower, upper, _ = _visits(5, 60, "several")
    fit = turnbull(lower, upper)
    inside = (fit.lower >= lower[:, np.newaxis]) & (fit.upper <= upper[:, np.newaxis])
    mass = np.full(len(fit.mass), 1 / len(fit.mass))
    for _ in range(20_000):
        mass = mass * np.mean(inside / (inside @ mass)[:, np.newaxis], axis=0)
    ours, theirs = np.cumsum(fit.mass), np.cumsum(mass)
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


def test_weights_are_copies() -> None:
    lower, upper, entry = _visits(2, 80, "late")
    counts = np.random.default_rng(0).integers(0, 4, 80)
    weighted = turnbull(lower, upper, entry=entry, weights=counts)
    copied = turnbull(
        *(np.repeat(part, counts) for part in (lower, upper)), entry=np.repeat(entry, counts)
    )
    np.testing.assert_allclose(weighted.mass, copied.mass, atol=1e-8)
    assert weighted.loglik == pytest.approx(copied.loglik)


@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_extreme_units_change_no_mass(unit: float) -> None:
    lower, upper, _ = _visits(1, 50, "several")
    np.testing.assert_allclose(
        turnbull(lower * unit, upper * unit).mass, turnbull(lower, upper).mass, atol=1e-9
    )


def test_ten_thousand_rows() -> None:
    lower, upper, entry = _visits(0, 10_000, "some exact")
    assert turnbull(lower, upper, entry=entry).gap <= 1e-10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 3.0], [2.0, 2.0]), r"Row 1: an end in \(3, 2\]"),
        (([1.0, -3.0], [2.0, 2.0]), "Row 1"),
        (([0.0], [0.0]), "Row 0"),
        (([1.0, np.nan], [2.0, 3.0]), "finite"),
        (([1.0, INF], [2.0, INF]), "finite"),
        (([1.0], [2.0, 3.0]), "one length"),
    ],
)
def test_bad_input(arguments: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        turnbull(*arguments)


def test_entry_after_the_end() -> None:
    with pytest.raises(DataError, match="after an entry at 5"):
        turnbull([1.0], [4.0], entry=[5.0])


def test_nobody_has_ended() -> None:
    with pytest.raises(NotIdentifiedError, match="ended"):
        turnbull([1.0, 2.0], [INF, INF])


def test_an_unreachable_tolerance_is_an_error() -> None:
    lower, upper, _ = _visits(0, 150, "several")
    with pytest.raises(ConvergenceError, match="reduced gradient"):
        turnbull(lower, upper, tolerance=-1.0)
