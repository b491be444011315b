"""The multiverse: which fits it takes, what it reads off them, and that it survives being killed."""

from __future__ import annotations

import io
import signal
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import forecast.analysis.multiverse as module
from forecast.analysis.multiverse import every_refit, multiverse, run_of
from forecast.analysis.specifications import (
    ALONE,
    CHOICES,
    HIERARCHICAL,
    NONE,
    PRIORS,
    WITH_TRADE,
    Refit,
    readings,
)
from forecast.archive import Archive
from forecast.errors import NothingToForecastError
from forecast.models import BASELINES, MEMBERS
from forecast.prediction.making import predict
from forecast.prediction.question import Question, pose

CASE = "jpn-fra-raa"
QUICK = Refit("launch:signed", "documented", model="kaplan-meier")


@pytest.fixture(scope="module")
def question() -> Question:
    return pose(CASE)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory, archive: Archive) -> pd.DataFrame:
    """Two simple models and one hierarchical, the latter also without covariates and a family."""
    fits = [
        QUICK,
        QUICK._replace(model="lindy"),
        QUICK._replace(model=HIERARCHICAL[0]),
        QUICK._replace(model=HIERARCHICAL[0], covariates=NONE),
        QUICK._replace(model="lognormal-aft", covariates=NONE),
        QUICK._replace(families="without logistics"),
    ]
    return multiverse(CASE, tmp_path_factory.mktemp("kept"), archive=archive, fits=fits, workers=1)


def test_every_fit_is_there_once_and_enough_of_them(question: Question) -> None:
    fits = every_refit(question)
    assert len(set(fits)) == len(fits)
    assert sum(fit.model in HIERARCHICAL for fit in fits) >= 500
    assert {fit.model for fit in fits} == {*HIERARCHICAL, *MEMBERS, *BASELINES}
    assert {fit.clock for fit in fits} == {"launch:signed", "launch:agreed", "launch:in_force"}
    # The press tells other durations up to the signature only.
    assert {fit.clock for fit in fits if fit.accounts == "press"} == {"launch:signed"}
    assert {f"without {name}" for name in question.table.X["family"].unique()} < {
        fit.families for fit in fits
    }


def test_the_broad_choices_are_fully_crossed(question: Question) -> None:
    broad = [
        fit
        for fit in every_refit(question)
        if fit.model in HIERARCHICAL
        and fit.families in (ALONE, WITH_TRADE)
        and fit.covariates in ("default", NONE)
    ]
    # Clocks with accounts, families, covariates, tails, priors, weights of failures.
    assert len(broad) == 4 * 2 * 2 * 3 * 4 * 3


def test_each_prior_differs_in_what_its_name_says() -> None:
    usual, halved = PRIORS["default"], PRIORS["spreads halved"]
    assert halved.median == (usual.median.mean, usual.median.sd / 2)
    assert halved.family_sd == usual.family_sd / 2
    assert PRIORS["covariate means 0"].coefficient_means == {}
    assert PRIORS["spreads doubled"].coefficient_sd == 2 * usual.coefficient_sd


def test_a_specification_is_the_forecast_made_that_way(small: pd.DataFrame) -> None:
    rows = small.set_index(list(CHOICES))["by_headline"]
    for name in ("kaplan-meier", "hierarchical-lognormal"):
        answer = predict(CASE, model=name)
        own = (*QUICK._replace(model=name), "model's own", "5 %")
        # The fits of the multiverse are coarser than the headline's.
        near = 1e-5 if name == "kaplan-meier" else 0.015
        assert rows[own] == pytest.approx(answer.probability_by(answer.headline_day), abs=near)
        for label, share in (("35 %", "35 % of such talks never conclude, counted from launch"),):
            assumed = (*QUICK._replace(model=name), label, "5 %")
            assert rows[assumed] == pytest.approx(answer.sensitivity[share], abs=near)
        certain = (*QUICK._replace(model=name), "model's own", "0 %")
        label = "our search would miss a conclusion with probability 0 %"
        assert rows[certain] == pytest.approx(answer.sensitivity[label], abs=near)


def test_choices_change_what_they_should(small: pd.DataFrame) -> None:
    usual = small[(small["never_share"] == "model's own") & (small["miss_rate"] == "5 %")]
    by = usual.set_index(["model", "covariates", "families"])["by_headline"]
    assert (
        abs(
            by["hierarchical-lognormal", "default", ALONE]
            - by["hierarchical-lognormal", NONE, ALONE]
        )
        > 0.005
    )
    assert (
        by["kaplan-meier", "default", ALONE] != by["kaplan-meier", "default", "without logistics"]
    )
    assert Counter(small["model"])["lindy"] == len(readings()) == 15


def test_a_fit_serves_all_its_readings(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, archive: Archive
) -> None:
    made: list[Refit] = []
    fitted = module._fitted

    def counted(fit: Refit, question: Question, seed: int) -> object:
        made.append(fit)
        return fitted(fit, question, seed)

    monkeypatch.setattr(module, "_fitted", counted)
    table = multiverse(CASE, tmp_path, archive=archive, fits=[QUICK], workers=1)
    assert made == [QUICK]
    assert len(table) == 15


def test_a_model_without_an_answer_says_why(tmp_path: Path, archive: Archive) -> None:
    early = "2024-05-02"
    fit = QUICK._replace(families="without raa", model="kaplan-meier-family")
    table = multiverse(CASE, tmp_path, early, archive, [fit], workers=1)
    assert table["by_headline"].isna().all()
    assert table["note"].str.len().min() > 10


def test_a_concluded_case_is_refused(tmp_path: Path, archive: Archive) -> None:
    with pytest.raises(NothingToForecastError, match="no longer open"):
        multiverse("jpn-gbr-raa", tmp_path, archive=archive, fits=[QUICK])


def test_parts_are_another_run_s_where_a_case_weighs_otherwise(
    question: Question, archive: Archive
) -> None:
    others = dict(archive.negotiations)
    others["jpn-gbr-raa"] = replace(others["jpn-gbr-raa"], searched_for="failure")
    changed = replace(archive, negotiations=others, complete=None)
    again = pose(CASE, archive=changed)
    weights = [asked.table.weights.sum() for asked in (question, again)]
    assert weights[0] == pytest.approx(weights[1] + 1.0)
    runs = [run_of(asked, [QUICK], 0) for asked in (question, again)]
    assert [name for name in runs[0] if runs[0][name] != runs[1][name]] == ["data"]


NAMES = ("kaplan-meier", "lindy", "constant-hazard", "turnbull", "cox", "kaplan-meier-family")
KILLED = """
import os
import signal
from pathlib import Path
from forecast import keeping
from forecast.analysis import multiverse as m
from forecast.analysis.specifications import Refit

write = keeping.write_text

def write_and_die(path, text):
    write(path, text)
    if path.name == "003.csv":
        os.kill(os.getpid(), signal.SIGKILL)

keeping.write_text = write_and_die
m.BATCH = 1
fits = [Refit("launch:signed", "documented", model=n) for n in {names!r}]
m.multiverse("jpn-fra-raa", Path({kept!r}), fits=fits, workers=1)
"""


@pytest.mark.usefixtures("fitted_anew")
def test_killed_and_started_again_it_ends_with_the_same_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(module, "BATCH", 1)
    fits = [QUICK._replace(model=name) for name in NAMES]

    def finish(kept: str) -> bytes:
        table = multiverse(CASE, tmp_path / kept, fits=fits, workers=1)
        return table.to_csv(index=False).encode()

    code = KILLED.format(names=NAMES, kept=str(tmp_path / "broken"))
    killed = subprocess.run([sys.executable, "-c", code], check=False, timeout=600)
    assert killed.returncode == -signal.SIGKILL
    done = {path: path.stat().st_mtime_ns for path in (tmp_path / "broken").rglob("0*.csv")}
    assert sorted(path.name for path in done) == ["001.csv", "002.csv", "003.csv"]
    whole = finish("whole")
    assert finish("broken") == whole
    # What the killed process had kept was not made again.
    assert {path: path.stat().st_mtime_ns for path in done} == done
    parts = {path.name: path.read_bytes() for path in (tmp_path / "whole").rglob("0*.csv")}
    assert parts == {p.name: p.read_bytes() for p in (tmp_path / "broken").rglob("0*.csv")}
    assert np.isfinite(pd.read_csv(io.BytesIO(whole))["by_headline"]).all()
