"""forecast score and forecast export metaculus, as a user runs them."""

import json
from pathlib import Path

import numpy as np
import pytest

from forecast.archive import load_archive
from forecast.evaluation.saved import score_saved
from forecast.prediction.comparison import read_forecast
from tests.cli.conftest import Run
from tests.cli.test_verbs import assert_readable

RANGE = ("--open", "2026-06-01", "--close", "2031-01-01")


@pytest.fixture(scope="module")
def past(answer: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("past") / "past.json"
    asked = ("--as-of", "2022-01-15", "--model", "lindy", "--json")
    path.write_text(answer("predict", "jpn-gbr-raa", *asked).out, encoding="utf-8")
    return path


def test_score_prints_outcome_and_losses(
    run: Run, past: Path, then_and_now: tuple[Path, Path]
) -> None:
    code, out, err = run("score", str(past), str(then_and_now[1]))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "Japan-UK Reciprocal Access Agreement, as of 2022-01-15"
    assert "signed 11 January 2023, 11.9 months later" in " ".join(out.split())
    header = next(line for line in lines if "Brier 6" in line)
    assert " ".join(header.split()) == "log Brier 6 Brier 12 Brier 24 Brier 36 CRPS"
    figures = {}
    first = lines.index(header) + 1
    for line in lines[first : first + 2]:
        label, *losses = line.strip().rsplit(maxsplit=6)
        figures[label] = [float(loss) for loss in losses]
    found = score_saved(read_forecast(past), load_archive()).scores
    assert list(figures) == ["The answer", "Pool of five models"]
    for row in found[:2]:
        printed = [row.log, *row.brier, row.crps]
        np.testing.assert_allclose(figures[row.label], printed, atol=0.051)
    assert "not known yet: the data end on 30 June 2026" in " ".join(out.split())
    assert out.index("Japan-UK") < out.index("Japan-France")


def test_score_of_unknown_outcomes_has_no_key(run: Run, then_and_now: tuple[Path, Path]) -> None:
    code, out, _ = run("score", str(then_and_now[0]))
    assert code == 0
    assert "not known yet: last seen open 17 December 2024" in " ".join(out.split())
    assert "Losses" not in out
    assert_readable(out)


def test_a_bad_file_is_one_sentence(run: Run, past: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"schema": "other"}', encoding="utf-8")
    code, out, err = run("score", str(past), str(bad))
    assert (code, out) == (3, "")
    assert err == f"error: {bad}: this is not a forecast of schema forecast/1\n"
    code, out, err = run("score", str(tmp_path / "none.json"))
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_a_table_that_is_cut_off_says_so(run: Run, past: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.json"
    cut.write_text(past.read_text(encoding="utf-8")[:500], encoding="utf-8")
    assert run("score", str(cut)).code == 3


def test_export_prints_json(run: Run, then_and_now: tuple[Path, Path]) -> None:
    code, out, err = run("export", "metaculus", str(then_and_now[1]), *RANGE)
    assert (code, err) == (0, "")
    question = json.loads(out)
    assert len(question["continuous_cdf"]) == 201
    assert question["range"] == ["2026-06-01", "2031-01-01"]
    assert question["negotiation"] == "jpn-fra-raa"
    assert (question["open_lower_bound"], question["open_upper_bound"]) == (True, True)


def test_export_of_an_id_is_that_of_its_forecast(
    run: Run, answer: Run, then_and_now: tuple[Path, Path]
) -> None:
    of_file = run("export", "metaculus", str(then_and_now[1]), *RANGE).out
    assert answer("export", "metaculus", "jpn-fra-raa", *RANGE).out == of_file


def test_export_writes_a_file(run: Run, then_and_now: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "cdf.json"
    call = ("export", "metaculus", str(then_and_now[1]), *RANGE, "--closed-lower")
    assert run(*call, "--out", str(out)).out == f"{out}\n"
    question = json.loads(out.read_text(encoding="utf-8"))
    assert question["continuous_cdf"][0] == 0.0
    assert question["open_lower_bound"] is False
    assert [path.name for path in tmp_path.iterdir()] == ["cdf.json"]
    code, _, err = run(*call, "--out", str(tmp_path / "no" / "cdf.json"))
    assert (code, err.count("\n")) == (2, 1)


@pytest.mark.parametrize(
    ("source", "opens", "closes", "code", "said"),
    [
        ("jpn-gbr-raa", "2026-06-01", "2031-01-01", 5, "no open question"),
        ("nowhere", "2026-06-01", "2031-01-01", 5, "nowhere"),
        ("none.json", "2026-06-01", "2031-01-01", 2, "cannot be read"),
        ("jpn-fra-raa", "soon", "2031-01-01", 2, "--open 'soon' is not a day"),
        ("jpn-gbr-raa", "2031-01-01", "2026-06-01", 2, "must end after it begins"),
    ],
)
def test_export_refuses_in_one_sentence(
    run: Run, source: str, opens: str, closes: str, code: int, said: str
) -> None:
    ended = run("export", "metaculus", source, "--open", opens, "--close", closes)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("verb", [("score",), ("export",), ("export", "metaculus")])
def test_help_is_readable(run: Run, verb: tuple[str, ...]) -> None:
    code, out, _ = run(*verb, "--help")
    assert code == 0
    assert_readable(out)
