"""Priors: what they hold possible, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from forecast.errors import UsageError
from forecast.models import HierarchicalModel, HierarchicalPriors
from forecast.models.hierarchical_priors import SCALES, Normal, half_normal
from forecast.models.hierarchical_problem import FAMILIES, prior_durations


def test_the_prior_predictive_is_that_of_the_design() -> None:
    priors = HierarchicalPriors(log_scale=Normal(np.log(0.75), 0.3))
    times = prior_durations("lognormal", priors, 400_000)
    # Quartiles of all, never at the far end: 13, 31 and 92 months; 0.43 within two years; 0.15 never.
    np.testing.assert_allclose(np.quantile(times, [0.25, 0.5, 0.75]), [13, 31, 92], rtol=0.03)
    assert (times <= 24.0).mean() == pytest.approx(0.43, abs=0.005)
    assert np.isinf(times).mean() == pytest.approx(0.15, abs=0.005)


def test_a_wider_scale_moves_the_late_quartile_most() -> None:
    times = prior_durations("lognormal", HierarchicalPriors(), 400_000)
    np.testing.assert_allclose(np.quantile(times, [0.25, 0.5, 0.75]), [8.15, 36.9, 264], rtol=0.03)
    assert (times <= 24.0).mean() == pytest.approx(0.43, abs=0.005)
    assert np.isinf(times).mean() == pytest.approx(0.15, abs=0.005)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_median_of_a_family_is_that_of_its_log(family: str) -> None:
    # Whatever the tail, half of those that conclude do so within the median duration.
    sure = Normal(np.log(24.0), 1e-6)
    priors = HierarchicalPriors(sure, 1e-6, 1e-6, never=Normal(-30.0, 0.1))
    times = prior_durations(family, priors, 400_000)
    assert (times <= 24.0).mean() == pytest.approx(0.5, abs=0.004)


def test_a_model_shows_its_own_priors() -> None:
    short = HierarchicalModel(priors=HierarchicalPriors(median=Normal(np.log(6.0), 0.01)))
    assert (short.prior_predictive(20_000) <= 6.0).mean() == pytest.approx(0.43, abs=0.02)
    again = short.prior_predictive(64, seed=1)
    np.testing.assert_array_equal(again, short.prior_predictive(64, seed=1))
    assert not np.array_equal(again, short.prior_predictive(64, seed=2))


def test_half_normal_quantiles() -> None:
    score = np.array([-4.0, -2.0, 0.0, 1.0, 3.0])
    expected = stats.halfnorm(scale=0.5).ppf(stats.norm.cdf(score))
    np.testing.assert_allclose(half_normal(score, 0.5), expected, rtol=1e-9)
    assert half_normal(np.array([-1000.0]), 0.5)[0] > 0.0


def test_half_normal_quantiles_far_out_are_finite() -> None:
    """A node of the heavy-tailed proposal may lie there; one infinite effect would spoil every mean."""
    score = np.array([4.99, 5.01, 8.0, 8.5, 12.0, 29.0])
    expected = stats.halfnorm(scale=0.5).isf(stats.norm.sf(score))
    np.testing.assert_allclose(half_normal(score, 0.5), expected, rtol=1e-9)
    assert np.isfinite(half_normal(np.array([np.inf, 1000.0]), 0.5)).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("family_sd", 0.0),
        ("party_sd", -0.1),
        ("cluster_sd", float("nan")),
        ("coefficient_sd", 0.0),
        ("never_sd", 0.0),
        ("median", Normal(3.0, 0.0)),
        ("never", Normal(-2.0, -1.0)),
        ("log_ending_rate", Normal(-4.0, 0.0)),
        ("log_scale", Normal(0.0, 0.0)),
    ],
)
def test_a_prior_without_spread_is_refused(name: str, value: Any) -> None:
    with pytest.raises(UsageError, match=f"the prior {name} needs a positive spread, not"):
        HierarchicalPriors(**{name: value})


def test_each_family_has_a_scale_of_its_own() -> None:
    priors = HierarchicalPriors()
    assert {family: priors.scale_of(family) for family in FAMILIES} == dict(SCALES)
    assert HierarchicalPriors(log_scale=Normal(0.1, 0.2)).scale_of("weibull") == (0.1, 0.2)
    with pytest.raises(UsageError, match="'gompertz' has no prior of its scale; one of lognormal"):
        priors.scale_of("gompertz")
