"""Clusters are the connected components; intervals cover as they say, and have a seed."""

import numpy as np
import pytest

from forecast.errors import DataError
from forecast.evaluation.bootstrap import (
    Estimate,
    blanked,
    clustered_difference,
    clustered_mean,
    clustered_skill,
    effective_number,
    related,
)


def test_related_rows_are_joined_by_chains() -> None:
    cluster = ["a", "wave", "b", "wave", "c", "a"]
    parties = [
        ("JPN", "FRA"),
        ("JPN", "GBR"),
        ("GBR", "JPN"),
        ("JPN", "DEU"),
        ("USA", "DEU"),
        ("X", "Y"),
    ]
    # b has the parties of one of the wave; the two rows of a share their cluster alone.
    assert related(cluster, parties).tolist() == [0, 1, 1, 1, 2, 0]
    assert related([], []).tolist() == []
    with pytest.raises(DataError, match="one length"):
        related(["a"], [])


def test_a_cluster_and_a_party_of_one_name_are_different_things() -> None:
    assert related(["JPN", "x"], [("A", "B"), ("JPN",)]).tolist() == [0, 1]


def test_effective_number() -> None:
    assert effective_number([0, 1, 2, 3]) == 4.0
    assert effective_number([0, 0, 0]) == 1.0
    assert effective_number([0, 0, 0, 1]) == pytest.approx(16 / 10)
    assert effective_number([]) == 0.0


def test_figures_by_hand() -> None:
    model, baseline = [1.0, np.nan, 3.0, 2.0], [2.0, 5.0, 4.0, np.nan]
    labels = ["x", "x", "y", "z"]
    assert clustered_mean(model, labels).value == 2.0
    skill = clustered_skill(model, baseline, labels)
    assert skill.value == pytest.approx(1 - 4 / 6)
    assert skill[3:] == (2, 2, 2, 2.0)
    gain = clustered_difference(model, baseline, labels)
    assert gain.value == 1.0
    assert (gain.lower, gain.upper) == (1.0, 1.0)


def test_interval_resamples_whole_clusters() -> None:
    """Of two clusters, a quarter of the samples has the first twice and a quarter the second."""
    found = clustered_mean([0.0, 0.0, 0.0, 1.0], [0, 0, 0, 1], level=0.4)
    assert (found.lower, found.upper) == (0.25, 0.25)
    wide = clustered_mean([0.0, 0.0, 0.0, 1.0], [0, 0, 0, 1], level=0.6)
    assert (wide.lower, wide.upper) == (0.0, 1.0)


def test_interval_of_independent_rows_is_that_of_the_normal() -> None:
    values = np.random.default_rng(0).normal(size=400)
    found = clustered_mean(values, np.arange(400), draws=8000)
    error = values.std() / 20
    assert found.lower == pytest.approx(values.mean() - 1.645 * error, abs=0.15 * error)
    assert found.upper == pytest.approx(values.mean() + 1.645 * error, abs=0.15 * error)


def test_intervals_cover_under_clustering() -> None:
    rng = np.random.default_rng(2)
    labels = np.repeat(np.arange(40), 6)
    hits = {"clustered": 0, "rows": 0}
    for seed in range(200):
        values = rng.normal(size=40)[labels] + 0.3 * rng.normal(size=240)
        for name, groups in {"clustered": labels, "rows": np.arange(240)}.items():
            found = clustered_mean(values, groups, draws=200, seed=seed)
            hits[name] += found.lower <= 0.0 <= found.upper
    assert 0.82 <= hits["clustered"] / 200 <= 0.95
    assert hits["rows"] / 200 < 0.65


def test_seed() -> None:
    values, labels = np.random.default_rng(0).random(30), np.arange(30) // 3
    assert clustered_mean(values, labels, seed=1) == clustered_mean(values, labels, seed=1)
    assert clustered_mean(values, labels, seed=1) != clustered_mean(values, labels, seed=2)


def test_nothing_to_estimate_from() -> None:
    found = clustered_mean([np.nan, np.nan], [0, 1])
    assert np.isnan(found[:3]).all()
    assert found[3:] == (0, 2, 0, 0.0)
    perfect = clustered_skill([0.0, 0.0], [0.0, 0.0], [0, 1])
    assert np.isnan(perfect[:3]).all()
    assert perfect.rows == 2


def test_small_cells_are_blank() -> None:
    full = Estimate(0.3, 0.1, 0.5, 20, 3, 9, 7.5)
    assert blanked(full) == full
    small = blanked(full._replace(rows=19))
    assert np.isnan(small[:3]).all()
    assert small[3:] == (19, 3, 9, 7.5)


def test_bad_input() -> None:
    with pytest.raises(DataError, match="difference"):
        clustered_skill([-1.0], [1.0], [0])
    with pytest.raises(DataError, match="cluster each"):
        clustered_mean([1.0, 2.0], [0])
    with pytest.raises(DataError, match="one number a row"):
        clustered_mean([[1.0]], [0])
