"""Competing ends: by hand, by the recursion, and against Kaplan-Meier."""

from typing import Any

import numpy as np
import pytest

from forecast.errors import DataError, NotIdentifiedError
from forecast.survival.aalen_johansen import aalen_johansen
from forecast.survival.nonparametric import kaplan_meier


def _sample(seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    time = np.ceil(rng.exponential(12.0, n))
    return time, rng.integers(0, 3, n), np.floor(time * rng.uniform(0.0, 0.7, n))


def test_by_hand() -> None:
    fit = aalen_johansen([1.0, 2.0, 2.0, 3.0], [1, 2, 0, 1])
    assert fit.times.tolist() == [0.0, 1.0, 2.0, 3.0]
    np.testing.assert_allclose(fit.open, [1.0, 0.75, 0.5, 0.0])
    np.testing.assert_allclose(fit.ended, [[0, 0.25, 0.25, 0.75], [0, 0, 0.25, 0.25]])


def test_one_cause_is_kaplan_meier() -> None:
    time, cause, entry = _sample(0)
    fit = aalen_johansen(time, cause > 0, entry=entry)
    curve, errors = kaplan_meier(time, cause > 0, entry)
    np.testing.assert_allclose(fit.open, curve.survival[0], atol=1e-12)
    known = np.isfinite(errors) & (curve.survival[0] > 0)
    np.testing.assert_allclose(fit.open_errors[known], errors[known])
    np.testing.assert_allclose(fit.ended_errors[0, known], errors[known], atol=1e-9)


def test_without_censoring_the_variance_is_binomial() -> None:
    time, cause, _ = _sample(1, 100)
    cause = np.maximum(cause, 1)
    fit = aalen_johansen(time, cause)
    for k in (1, 2):
        share = np.array([np.mean((time <= t) & (cause == k)) for t in fit.times])
        np.testing.assert_allclose(fit.ended[k - 1], share, atol=1e-12)
        np.testing.assert_allclose(
            fit.ended_errors[k - 1], np.sqrt(share * (1 - share) / 100), atol=1e-9
        )


def test_variance_equals_the_matrix_recursion() -> None:
    time, cause, entry = _sample(2)
    fit = aalen_johansen(time, cause, entry=entry)
    covariance, state = np.zeros((3, 3)), np.array([1.0, 0.0, 0.0])
    for knot, t in enumerate(fit.times[1:], start=1):
        n = np.sum((entry < t) & (time >= t))
        q = np.array([np.sum((time == t) & (cause == k)) / n for k in (1, 2)])
        step = np.eye(3)
        step[0] = [1 - q.sum(), *q]
        multinomial = np.diag(step[0]) - np.outer(step[0], step[0])
        covariance = step.T @ covariance @ step + state[0] ** 2 * multinomial / n
        state = state @ step
        found = [fit.open_errors[knot], *fit.ended_errors[:, knot]]
        np.testing.assert_allclose(found, np.sqrt(np.diag(covariance).clip(0)), atol=1e-8)
        np.testing.assert_allclose([fit.open[knot], *fit.ended[:, knot]], state, atol=1e-12)


def test_probabilities_sum_to_one_and_lie_in_their_bands() -> None:
    time, cause, entry = _sample(3, 200)
    fit = aalen_johansen(time, cause, entry=entry)
    np.testing.assert_allclose(fit.open + fit.ended.sum(axis=0), 1.0)
    lower, upper = fit.bands()
    middle = fit.at(fit.times)
    assert (lower <= middle).all()
    assert (middle <= upper).all()
    assert ((lower >= 0) & (upper <= 1)).all()


def test_weights_are_copies() -> None:
    time, cause, entry = _sample(4)
    counts = np.random.default_rng(0).integers(0, 4, 60)
    weighted = aalen_johansen(time, cause, entry=entry, weights=counts)
    copies = (np.repeat(part, counts) for part in (time, cause))
    copied = aalen_johansen(*copies, entry=np.repeat(entry, counts))
    np.testing.assert_allclose(weighted.ended, copied.ended)
    np.testing.assert_allclose(weighted.ended_errors, copied.ended_errors)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 0.0], [1, 1]), "Row 1"),
        (([1.0, np.nan], [1, 1]), "finite"),
        (([1.0, 2.0], [1, 1.5]), "whole numbers"),
        (([1.0, 2.0], [1]), "one length"),
    ],
)
def test_bad_input(arguments: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        aalen_johansen(*arguments)


def test_no_end() -> None:
    with pytest.raises(NotIdentifiedError, match="No end"):
        aalen_johansen([1.0, 2.0], [0, 0])


def test_ages_begin_at_zero() -> None:
    with pytest.raises(DataError, match="begin at 0"):
        aalen_johansen([1.0], [1]).at([-1.0])
