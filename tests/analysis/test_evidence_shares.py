"""Answers from parts of the evidence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import norm

from forecast.analysis.evidence_shares import ALL, PRIOR, case_reading, evidence_shares
from forecast.analysis.explain import prior_weights
from forecast.analysis.refit import fit_tails, pooled, read, remaining_of
from forecast.covariates import prior_means
from forecast.errors import NothingToForecastError
from forecast.models import HierarchicalModel
from forecast.prediction.conditioning import Remaining
from forecast.prediction.question import pose
from forecast.survival.arrays import FloatArray
from tests.analysis.asked import CASE, QUICK, small, small_shares


def test_each_part_of_the_evidence_is_left_out_once() -> None:
    refits: Any = small_shares().refits.set_index("label")
    assert list(refits.index) == [
        ALL,
        PRIOR,
        "raa alone",
        "relatives alone",
        "without jpn-aus-raa",
        "without jpn-gbr-raa",
        "without jpn-phl-raa",
        *(f"without {name}" for name in dict.fromkeys(small().table.X["family"]) if name != "raa"),
        "covariates' prior means at 0",
        "with trade negotiations",
    ]
    n = len(small().table)
    logistics = int((small().table.X["family"] == "logistics").sum())
    assert refits.loc[ALL, "cases"] == n - 1
    assert refits.loc[PRIOR, "cases"] == 0
    assert refits.loc["raa alone", "cases"] == 3
    assert refits.loc["relatives alone", "cases"] == n - 4
    assert refits.loc["without jpn-gbr-raa", "cases"] == n - 2
    assert refits.loc["without logistics", "cases"] == n - 1 - logistics
    assert refits.loc["with trade negotiations", "cases"] > n + 20
    assert (refits["note"] == "").all()


def test_all_the_evidence_gives_the_answer() -> None:
    models = fit_tails(small(), **QUICK)
    answer = pooled({tail: remaining_of(m, small()) for tail, m in models.items()})
    assert isinstance(answer, Remaining)
    told = small_shares().refits.iloc[0]
    for name, value in read(small(), answer)._asdict().items():
        assert told[name] == value


def test_shares_add_up_to_the_answer() -> None:
    found: Any = small_shares().shares
    refits: Any = small_shares().refits.set_index("label")
    assert list(found.index) == ["prior", "relatives", "raa"]
    assert found["weight"].sum() == pytest.approx(1.0)
    for column in ("within_12", "by_headline", "median_months"):
        assert found[column].sum() == pytest.approx(refits.loc[ALL, column])
        assert found.loc["prior", column] == pytest.approx(refits.loc[PRIOR, column])


def test_the_weight_of_the_prior_is_its_part_of_the_precision() -> None:
    found: Any = small_shares().shares
    refits: Any = small_shares().refits.set_index("label")
    variance = refits["log_median_variance"]
    assert found.loc["prior", "weight"] == pytest.approx(variance[ALL] / variance[PRIOR])
    own, relatives = 1.0 / variance["raa alone"], 1.0 / variance["relatives alone"]
    both, none = 1.0 / variance[ALL], 1.0 / variance[PRIOR]
    share = ((own - none) + (both - relatives)) / 2.0 / both
    assert found.loc["raa", "weight"] == pytest.approx(share)
    assert (found["weight"] > 0).all()


def test_the_prior_alone_is_the_one_stated() -> None:
    """Variance of the case's log median before any data but that it was open at 7.5 months."""
    row = small().table.X.loc[[CASE]]
    table = small().table
    model = HierarchicalModel("lognormal").fit(table.X, table.y, prior_weights(small()))
    design = model.field_.design
    values = design.matrix(row)[0] - design.centre
    means = prior_means(design.covariates)
    rng = np.random.default_rng(3)
    n = 200_000

    def effect(scale: float, size: int = 1) -> FloatArray:
        total: FloatArray = scale * np.abs(rng.normal(size=n)) * rng.normal(size=(size, n)).sum(0)
        return total

    eta = np.log(24.0) + 0.6 * rng.normal(size=n) + effect(0.5) + effect(0.25, 2)
    for name, value in zip(design.covariates, values, strict=True):
        eta += value * (means[name] + 0.35 * rng.normal(size=n))
    sigma = np.exp(0.6 + 0.3 * rng.normal(size=n))
    never = expit(-2.0 + 0.7 * rng.normal(size=n) + effect(0.5))
    lasting = never * np.exp(-np.exp(-np.log(60.0) + 0.7 * rng.normal(size=n)) * 7.5236)
    weights = lasting + (1.0 - never) * norm.sf((np.log(7.5236) - eta) / sigma)
    told = np.cov(eta, aweights=weights)
    assert case_reading(model, small()).variance == pytest.approx(float(told), rel=0.04)


def test_the_figure_marks_every_answer() -> None:
    shares = small_shares()
    ax = shares.plot()
    dots: Any = next(line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_allclose(dots.get_xdata(), 100.0 * shares.refits["by_headline"])
    assert len(ax.get_yticklabels()) == len(shares.refits)


def test_a_case_that_has_ended_has_no_shares() -> None:
    with pytest.raises(NothingToForecastError):
        evidence_shares(pose("jpn-gbr-raa"), workers=1)
