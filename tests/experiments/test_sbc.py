"""Ranks of simulation-based calibration: kept for the same code and settings, and for no others."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
import pytest

from experiments import sbc
from experiments.simulated_talks import RANKED
from forecast.errors import UsageError
from forecast.keeping import fingerprint

Made = list[tuple[str, int]]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Made:
    """Data sets that were ranked, by a fit that takes no time."""
    asked: Made = []

    def ranks(family: str, number: int) -> dict[str, int | str]:
        asked.append((family, number))
        return {"family": family, "set": number, **dict.fromkeys(RANKED, 10 * number)}

    monkeypatch.setattr(sbc, "ranks", ranks)
    return asked


def test_a_run_that_was_stopped_makes_the_ranks_that_are_missing(
    made: Made, tmp_path: Path
) -> None:
    path = tmp_path / "out" / "ranks.csv"
    sbc.run(["weibull"], 2, 1, path)
    assert made == [("weibull", 0), ("weibull", 1)]
    table = sbc.run(["weibull", "lognormal"], 2, 1, path)
    assert made[2:] == [("lognormal", 0), ("lognormal", 1)]
    assert table["family"].tolist() == ["lognormal", "lognormal", "weibull", "weibull"]
    assert table["x1"].tolist() == [0, 10, 0, 10]
    kept = pd.read_csv(path).sort_values(["family", "set"], ignore_index=True)
    pd.testing.assert_frame_equal(kept, table)
    # What was kept beyond what is asked is left out, and stays kept.
    assert sbc.run(["weibull"], 1, 1, path)[["family", "set"]].to_numpy().tolist() == [
        ["weibull", 0]
    ]
    assert len(pd.read_csv(path)) == 4
    assert len(made) == 4


@pytest.mark.parametrize("lost", [1, 2, 9, 10_000])
def test_a_torn_line_is_made_again(made: Made, tmp_path: Path, lost: int) -> None:
    path = tmp_path / "ranks.csv"
    whole = sbc.run(["weibull"], 3, 1, path)
    text = path.read_text(encoding="utf-8")
    kept = text[: max(len(text) - lost, 20)]  # at the least part of the head
    path.write_text(kept, encoding="utf-8")
    pd.testing.assert_frame_equal(sbc.run(["weibull"], 3, 1, path), whole)
    assert made[3:] == [("weibull", k) for k in range(3) if k == 2 or lost > 100]


def test_a_run_says_what_decided_its_ranks(made: Made, tmp_path: Path) -> None:
    sbc.run(["weibull"], 1, 1, tmp_path / "ranks.csv")
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert list(run) == ["version", "code", "rows", "draws", "priors"]
    assert (run["rows"], run["draws"], run["priors"]["party_sd"]) == (150, 99, 0.25)
    assert run["priors"]["coefficient_means"] == {"x1": -0.15, "x2": 0.2, "x3": 0.0}
    simulated, models = sbc.ROOT / "experiments/simulated_talks.py", sbc.ROOT / "forecast/models"
    named = {path for pattern in sbc.DECIDING for path in sbc.ROOT.glob(pattern)}
    assert {simulated, models / "hierarchical.py", models / "posterior.py"} < named


@pytest.mark.parametrize("name", ["version", "code", "rows", "priors"])
def test_ranks_of_other_code_or_settings_are_refused_and_left_alone(
    name: str, made: Made, tmp_path: Path
) -> None:
    path, run = tmp_path / "ranks.csv", tmp_path / "run.json"
    sbc.run(["weibull"], 1, 1, path)
    other = {**json.loads(run.read_text(encoding="utf-8")), name: "other"}
    run.write_text(json.dumps(other), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(UsageError, match=rf"another run \(its {name} differ\)"):
        sbc.run(["weibull"], 2, 1, path)
    assert (len(made), path.read_bytes()) == (1, before)


def test_ranks_without_a_record_of_what_decided_them_are_refused_in_a_sentence(
    made: Made,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    kept = tmp_path / "kept" / fingerprint(sbc.decided_by())
    kept.mkdir(parents=True)
    (kept / "ranks.csv").write_text("family,set\n", encoding="utf-8")
    places = ["--kept", str(kept.parent), "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", ["sbc.py", *places, "--sets", "1"])
    with pytest.raises(SystemExit, match="2"):
        sbc.main()
    assert "holds ranks.csv and no run.json" in capsys.readouterr().err
    assert made == []
    assert [path.name for path in kept.iterdir()] == ["ranks.csv"]
    assert not (tmp_path / "out").exists()


def test_results_go_on_from_the_ranks_that_are_kept(
    made: Made, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    places = ["--kept", str(tmp_path / "kept"), "--out", str(tmp_path / "out")]
    for sets in ("2", "3"):
        monkeypatch.setattr(sys, "argv", ["sbc.py", *places, "--sets", sets, "--jobs", "1"])
        sbc.main()
    assert len(made) == len(set(made)) == 9
    out = tmp_path / "out"
    assert {path.name for path in out.iterdir()} == {
        "run.json", "ranks.csv", "ranks.png", "sbc.md", "summary.csv",
    }  # fmt: skip
    assert len(pd.read_csv(out / "ranks.csv")) == 9
    assert json.loads((out / "run.json").read_text(encoding="utf-8"))["rows"] == 150
