"""The evidence's peak: exact where it is quadratic; a climb without an end says so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from forecast.errors import ConvergenceError
from forecast.inference import LatentGaussianModel
from forecast.inference.evidence import find_peak
from forecast.inference.latent import FloatArray
from tests.inference.conftest import Conjugate, Target

Maker = Callable[[Target, int], LatentGaussianModel]


def quadratic(h: int) -> tuple[FloatArray, FloatArray, Target]:
    """Centre and precision of a normal likelihood of h hyperparameters, and its log."""
    rng = np.random.default_rng(h)
    root = rng.normal(size=(h, h))
    centre, precision = rng.normal(size=h), root @ root.T + 0.5 * np.eye(h)

    def target(theta: FloatArray) -> FloatArray:
        away = theta - centre
        value: FloatArray = -0.5 * ((away @ precision) * away).sum(axis=1)
        return value

    return centre, precision, target


@pytest.mark.parametrize("h", [1, 2, 3, 5, 6])
def test_a_quadratic_evidence_is_found_exactly(h: int, of_theta: Maker) -> None:
    centre, precision, target = quadratic(h)
    peak = find_peak(of_theta(target, h))
    covariance = np.linalg.inv(precision + np.eye(h))
    np.testing.assert_allclose(peak.centre, covariance @ precision @ centre, atol=1e-7)
    np.testing.assert_allclose(peak.covariance, covariance, atol=1e-7)


def test_the_peak_of_a_conjugate_evidence(conjugate: Conjugate) -> None:
    peak = find_peak(conjugate.model())

    def lost(theta: float) -> float:
        return 0.5 * theta**2 - conjugate.log_evidence(theta)

    best = float(minimize_scalar(lost, bracket=(-1.0, 1.0, 3.0)).x)
    bend = (lost(best + 0.1) + lost(best - 0.1) - 2 * lost(best)) / 0.01
    sd = bend**-0.5
    # It centres a proposal: within a tenth of a standard deviation is near enough.
    assert peak.centre[0] == pytest.approx(best, abs=0.1 * sd)
    assert peak.covariance[0, 0] == pytest.approx(sd**2, rel=0.15)
    fields = peak.fields(np.array([[best]]))
    np.testing.assert_allclose(fields[0], conjugate.posterior(best)[0], atol=0.05)


def test_a_climb_without_an_end_is_refused(of_theta: Maker) -> None:
    rising = of_theta(lambda theta: 5.0 * theta[:, 0] ** 2 + theta[:, 0], 1)
    with pytest.raises(ConvergenceError, match=r"does not end: .* promises to rise by \d"):
        find_peak(rising)
