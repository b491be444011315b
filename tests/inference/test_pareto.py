"""Pareto smoothing: shapes of known tails, and the sign that its library wants turned."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from forecast.inference import smooth_weights


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_the_shape_of_a_known_tail(shape: float) -> None:
    # Quantiles of a generalised Pareto distribution, not draws: only the estimate can err.
    quantiles = stats.genpareto(shape).ppf((np.arange(40_000) + 0.5) / 40_000)
    _, found = smooth_weights(np.log(quantiles))
    assert found == pytest.approx(shape, abs=0.05)


def test_weights_are_ratios_and_not_their_inverses() -> None:
    log_ratios = np.random.default_rng(0).normal(size=4000)
    weights, _ = smooth_weights(log_ratios)
    assert weights.sum() == pytest.approx(1.0, abs=1e-12)
    order = np.argsort(log_ratios)
    assert (np.diff(weights[order]) >= -1e-15).all()
    # All but the tail are as they were, but for one constant.
    body = order[:3000]
    constant = weights[body] / np.exp(log_ratios[body])
    np.testing.assert_allclose(constant, constant[0], rtol=1e-10)


def test_a_constant_means_nothing() -> None:
    log_ratios = np.random.default_rng(1).standard_t(5, size=2000)
    one, other = smooth_weights(log_ratios), smooth_weights(log_ratios + 700.0)
    np.testing.assert_allclose(one[0], other[0], rtol=1e-9)
    assert one[1] == pytest.approx(other[1], abs=1e-9)


def test_smoothing_tames_a_single_huge_weight() -> None:
    log_ratios = np.random.default_rng(2).normal(size=1000)
    log_ratios[7] = 40.0
    weights, shape = smooth_weights(log_ratios)
    assert shape > 0.7
    assert weights.argmax() == 7
    assert weights[7] < 1.0


def test_draws_that_share_a_weight_do_not_look_like_a_tail() -> None:
    nodes = np.random.default_rng(3).normal(size=512)
    _, once = smooth_weights(nodes)
    # Sixteen draws a node that hardly differ: the tail must reach as deep into the nodes as without them.
    noise = 1e-6 * np.random.default_rng(4).normal(size=(512, 16))
    _, together = smooth_weights((nodes[:, np.newaxis] + noise).ravel(), together=16)
    assert together == pytest.approx(once, abs=0.1)
