"""The answer under other assumptions."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from scipy.stats import halfnorm, norm

from forecast.analysis.refit import TAILS
from forecast.analysis.sensitivity import narrow_scale, power_scaled, sensitivity
from forecast.errors import NothingToForecastError
from forecast.models import HierarchicalPriors
from forecast.models.hierarchical_priors import SCALES
from forecast.prediction.question import pose
from tests.analysis.asked import small, small_sensitivity


def settings(assumption: str) -> Any:
    table: Any = small_sensitivity().table
    return table[table["assumption"] == assumption].set_index("setting")["by_headline"]


def test_every_assumption_is_there() -> None:
    table: Any = small_sensitivity().table
    assert list(dict.fromkeys(table["assumption"])) == [
        "as it stands",
        "never share",
        "miss rate",
        "priors",
        "accounts",
        "start",
        "failures",
    ]
    grid = table[table["assumption"] == "never share"]
    assert list(dict.fromkeys(grid["tail"])) == [*TAILS, "pooled"]
    own = "the models' own"
    assert list(dict.fromkeys(grid["setting"])) == [own, "0 %", "5 %", "10 %", "20 %", "35 %"]
    assert len(grid) == 24
    assert list(settings("miss rate").index) == ["0 %", "5 %", "100 %"]
    assert list(settings("priors").index) == [
        "to the power 0.5",
        "to the power 2",
        "narrower error scale",
    ]
    assert list(settings("accounts").index) == ["press"]
    assert list(settings("failures").index) == ["weight 0.5", "weight 1"]
    assert (table["note"] == "").all()


def test_the_standing_answer_stands_in_each_grid() -> None:
    standing = settings("as it stands").iloc[0]
    table: Any = small_sensitivity().table
    grid = table[table["assumption"] == "never share"].set_index(["setting", "tail"])
    assert grid.loc[("the models' own", "pooled"), "by_headline"] == pytest.approx(standing)
    assert settings("miss rate")["5 %"] == pytest.approx(standing)
    pooled = grid.xs("pooled", level="tail")["by_headline"]
    assert pooled.iloc[1:].is_monotonic_decreasing
    assert settings("miss rate").is_monotonic_increasing


def test_every_other_account_of_a_start_is_tried() -> None:
    starts = list(settings("start").index)
    assert [text.partition(" (")[0] for text in starts] == [
        "jpn-aus-raa launch agreed 2014",
        "jpn-aus-raa talks began 2014-09-24/2014-11-12",
        "jpn-phl-raa talks began 2023-11-27",
        "jpn-phl-raa talks began 2023-11-29",
    ]
    assert settings("start").nunique() == 4


@pytest.mark.parametrize("tail", TAILS)
@pytest.mark.parametrize("power", [0.5, 2.0])
def test_scaled_priors_have_the_powered_density(tail: str, power: float) -> None:
    """Where p(x)^a is proportional to the scaled density, their log ratio does not depend on x."""
    before, after = HierarchicalPriors(), power_scaled(tail, power)
    x = np.linspace(0.1, 2.0, 7)
    pairs = [
        (getattr(before, n), getattr(after, n)) for n in ("median", "never", "log_ending_rate")
    ]
    assert after.log_scale is not None
    pairs.append((SCALES[tail], after.log_scale))
    for old, new in pairs:
        assert np.ptp(norm.logpdf(x, *new) - power * norm.logpdf(x, *old)) < 1e-10
    for name in ("family_sd", "party_sd", "cluster_sd", "never_sd"):
        old, new = getattr(before, name), getattr(after, name)
        ratio = halfnorm.logpdf(x, scale=new) - power * halfnorm.logpdf(x, scale=old)
        assert np.ptp(ratio) < 1e-10
    assert after.coefficient_sd == pytest.approx(before.coefficient_sd / np.sqrt(power))
    assert pickle.loads(pickle.dumps(partial(power_scaled, power=power)))(tail) == after


@pytest.mark.parametrize("tail", TAILS)
def test_the_narrower_scale_alone_differs_from_the_default(tail: str) -> None:
    narrow = narrow_scale(tail)
    assert narrow.log_scale is not None
    assert SCALES[tail].mean - narrow.log_scale.mean == pytest.approx(0.9, abs=0.05)
    assert SCALES[tail].sd == narrow.log_scale.sd
    assert replace(narrow, log_scale=None) == HierarchicalPriors()
    assert pickle.loads(pickle.dumps(narrow_scale))(tail) == narrow


def test_the_figure_holds_the_grid_and_a_dot_for_each_other_answer() -> None:
    grid, dots = small_sensitivity().plot()
    table: Any = small_sensitivity().table
    cells = [text.get_text() for text in grid.texts]
    assert len(cells) == 24
    first = table[table["assumption"] == "never share"]["by_headline"].iloc[0]
    assert cells[0] == f"{100 * first:.0f}"
    others = ~table["assumption"].isin(["never share", "as it stands"])
    assert len(dots.get_yticklabels()) == others.sum()


def test_a_case_that_has_ended_has_no_sensitivity() -> None:
    assert small().is_open
    with pytest.raises(NothingToForecastError):
        sensitivity(pose("jpn-gbr-raa"), workers=1)
