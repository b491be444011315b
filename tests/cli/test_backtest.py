"""``forecast backtest``: what is printed, and what is refused."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from forecast.models import BASELINES
from tests.cli.conftest import Run

QUICK = ("backtest", "--mode", "event", "--every", "8", "--model", "lindy", "--jobs", "1")


@pytest.fixture(scope="module")
def landmarks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("landmarks")


def test_a_leaderboard_is_printed(run: Run, landmarks: Path) -> None:
    ended = run(*QUICK, "--out", str(landmarks), "--scope", "all")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("all, development half, event mode (hindsight)\n")
    assert "constant-hazard*" in ended.out
    assert max(map(len, ended.out.splitlines())) <= 80
    (directory,) = landmarks.iterdir()
    assert directory.name.startswith("event-")
    assert len(list(directory.glob("event-*.csv"))) == 6


def test_a_family_that_is_not_open_at_every_landmark_is_scored_at_the_others(
    run: Run, tmp_path: Path
) -> None:
    asked = ("backtest", "--family", "raa", "--every", "4", "--jobs", "1")
    ended = run(*asked, "--model", "log-regression", "--out", str(tmp_path))
    assert (ended.code, ended.err) == (0, "")
    assert "\n1 forecast of 1 negotiation, 1 independent (effective number 1)\n" in ended.out


def test_the_whole_leaderboard_as_csv(run: Run, landmarks: Path) -> None:
    ended = run(*QUICK, "--out", str(landmarks), "--csv")
    board = pd.read_csv(io.StringIO(ended.out))
    assert set(board["model"]) == {*BASELINES}
    assert set(board["half"]) == {"development"}
    assert {"defence", "trade", "all"} <= set(board["scope"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--mode", "both"), "'both' is not a mode"),
        (("--half", "first"), "'first' is not a half"),
        (("--scope", "moon"), "'moon' is not a scope; one of defence, Japan, trade, all"),
        (("--model", "oracle"), "'oracle' is not a model"),
        (("--domain", "fishing"), "'fishing' is not a domain"),
        (("--clock", "a:b"), "'a:b'"),
        (("--family", "fishing"), "'fishing' is not a family; one of access_basing"),
    ],
)
def test_what_is_not_understood_is_refused(
    run: Run, tmp_path: Path, arguments: tuple[str, str], message: str
) -> None:
    ended = run("backtest", *arguments, "--out", str(tmp_path / "out"))
    assert ended.code == 2
    assert message in ended.err
    assert not (tmp_path / "out").exists()


def test_a_place_that_cannot_be_written_is_said(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "n.json"
    file.write_text("mine")
    ended = run(*QUICK, "--out", str(file))
    assert ended == (2, "", f"error: cannot write to {file}: {file} is not a directory\n")
    assert file.read_text() == "mine"
