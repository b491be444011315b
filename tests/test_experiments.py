"""The experiments run as their readers run them, and write what they say."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import forecast
from forecast.models import BASELINES, HEADLINE, POOL, POOLS

Run = Callable[..., str]

ROOT = Path(__file__).resolve().parents[1]

WRITES = {
    "01_press_baseline.py": {"estimates.csv", "estimates.png", "run.json"},
    "02_japan_france.py": {"answers.csv", "answers.png", "run.json", "2024-05-02", "2026-06-30"},
    "dataset_picture.py": {"negotiations.png", "run.json"},
}


@pytest.fixture
def main(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a script as the main program, in this process: a new one loads everything anew."""

    def make(script: str, *arguments: str) -> str:
        path = str(ROOT / "experiments" / script)
        monkeypatch.setattr(sys, "argv", [path, *arguments])
        monkeypatch.setattr(sys, "path", [*sys.path])
        runpy.run_path(path, run_name="__main__")
        return capsys.readouterr().out

    return make


@pytest.mark.parametrize("script", WRITES)
def test_an_experiment_writes_its_results(script: str, main: Run, tmp_path: Path) -> None:
    out = tmp_path / "results"
    assert main(script, "--out", str(out))
    assert {path.name for path in out.iterdir()} == WRITES[script]
    record = json.loads((out / "run.json").read_text())
    assert set(record) == {"version", "vintage", "as_of", "digest", "seed", "arguments"}


def test_the_table_of_answers_holds_the_answer_and_each_model_once(
    main: Run, tmp_path: Path
) -> None:
    main("02_japan_france.py", "--out", str(tmp_path))
    table = pd.read_csv(tmp_path / "answers.csv")
    told = table.set_index(["as_of", "accounts", "model"])["probability"]
    assert told.index.is_unique
    models = [HEADLINE, *POOLS[HEADLINE], POOL, *BASELINES]
    for _, part in table.groupby(["as_of", "accounts"]):
        assert sorted(part["model"]) == sorted(models)
    answer = forecast.predict("jpn-fra-raa")
    held = told[str(answer.as_of), "documented", HEADLINE]
    assert held == pytest.approx(answer.probability_by(answer.headline_day), abs=0.0005)


@pytest.mark.usefixtures("fitted_anew")
def test_the_multiverse_runs_and_runs_again_to_the_same_bytes(main: Run, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for out in (first, second):
        # Parts of its own: else the second run would read those of the first.
        places = ("--out", str(out), "--kept", str(tmp_path / f"kept-{out.name}"))
        assert "combinations" in main("06_multiverse.py", "--quick", "--workers", "1", *places)
    names = {"README.md", "curve.png", "influence.csv", "run.json", "specifications.csv"}
    assert {path.name for path in first.iterdir()} == names
    for name in names:
        assert (first / name).read_bytes() == (second / name).read_bytes()


@pytest.mark.parametrize(
    "script",
    [
        *WRITES,
        "03_headline.py",
        "04_backtest.py",
        "05_officials.py",
        "06_multiverse.py",
        "backtest_on_dask.py",
        "coverage.py",
        "posterior_checks.py",
        "sbc.py",
        "unseen.py",
    ],
)
def test_an_experiment_explains_itself(
    script: str, main: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(script, "--help")
    assert "--out" in capsys.readouterr().out
