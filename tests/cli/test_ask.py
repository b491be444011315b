"""what-if, explain, evidence and sensitivity, as a user runs them."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.analysis.asked import CASE, models, priors, question, small_sensitivity, small_shares
from tests.cli.conftest import Run
from tests.cli.test_verbs import assert_readable

VERBS = ("what-if", "explain", "evidence", "sensitivity")


@pytest.fixture(autouse=True)
def few_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fits that were made once stand for those that a call makes; all else is as a user meets it."""

    def fit_tails(asked: Any, weights: Any = None, **_: Any) -> Any:
        assert asked.table.X.equals(question().table.X)
        return models() if weights is None else priors()

    for room in ("what_if", "explain"):
        monkeypatch.setattr(f"forecast.analysis.{room}.fit_tails", fit_tails)
    monkeypatch.setattr(
        "forecast.analysis.evidence_shares.evidence_shares", lambda *_, **__: small_shares()
    )
    monkeypatch.setattr(
        "forecast.analysis.sensitivity.sensitivity", lambda *_, **__: small_sensitivity()
    )


def line_of(out: str, label: str) -> list[str]:
    line = next(line for line in out.splitlines() if line.strip().startswith(label))
    return line.strip().removeprefix(label).split("  ")


def cells(out: str, label: str) -> list[str]:
    return [cell.strip() for cell in line_of(out, label) if cell.strip()]


def test_what_if_prints_both_forecasts(run: Run) -> None:
    code, out, err = run("what-if", CASE, "--set", "prior_exercises=0", "--never", "0.2")
    assert (code, err) == (0, "")
    assert_readable(out)
    assert cells(out, "prior_exercises") == ["1.82 -> 0"]
    assert cells(out, "never share") == ["the models' own -> 20 %"]
    told = question().remaining([question().curve(m) for m in models().values()])
    before, after = cells(out, "within 12 months")
    assert before == f"{100 * told.probability_within(12.0):.0f} %"
    assert int(after.split()[0]) < int(before.split()[0])
    assert "An association among past negotiations, mostly prior" in out


def test_explain_prints_steps_that_add_up(run: Run) -> None:
    code, out, err = run("explain", CASE)
    assert (code, err) == (0, "")
    assert_readable(out)
    first = out.index("prior: an average case")
    lines = out[first:].split("\n\n")[0].splitlines()
    months = [float(re.split(r"\s{2,}", line.strip())[1]) for line in lines]
    assert sum(months[:-1]) == pytest.approx(months[-1], abs=0.05 * len(months))
    assert "An association, mostly prior" in " ".join(out.split())


def test_evidence_prints_shares_and_answers(run: Run) -> None:
    code, out, err = run("evidence", CASE)
    assert (code, err) == (0, "")
    assert_readable(out)
    weights = [int(cells(out, s)[0].split()[0]) for s in ("prior", "relatives", "raa")]
    assert sum(weights) == pytest.approx(100, abs=1)
    refits: Any = small_shares().refits.set_index("label")
    row = refits.loc["without jpn-gbr-raa"]
    percents = [f"{100 * row[name]:.0f} %" for name in ("within_12", "by_headline")]
    assert cells(out, "without jpn-gbr-raa") == [*percents, str(row["median"])]


def test_sensitivity_prints_the_grid_and_the_rest(run: Run) -> None:
    code, out, err = run("sensitivity", CASE)
    assert (code, err) == (0, "")
    assert_readable(out)
    table = small_sensitivity().table
    grid = table[(table["assumption"] == "never share") & (table["tail"] == "weibull")]
    assert cells(out, "weibull") == [f"{100 * p:.0f} %" for p in grid["by_headline"]]
    for label in ("miss rate: 100 %", "priors: to the power 2", "start: jpn-aus-raa launch"):
        assert label in out


@pytest.mark.parametrize("verb", ["evidence", "sensitivity"])
def test_tables_come_as_csv(run: Run, verb: str) -> None:
    _, out, _ = run(verb, CASE, "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    whole = small_shares().refits if verb == "evidence" else small_sensitivity().table
    told = [float(row["by_headline"]) for row in rows]
    np.testing.assert_allclose(told, whole["by_headline"].to_numpy(float), rtol=1e-5)


@pytest.mark.parametrize("verb", VERBS)
def test_a_figure_is_written_whole(run: Run, tmp_path: Path, verb: str) -> None:
    path = tmp_path / "figure.png"
    more = ("--never", "0.1") if verb == "what-if" else ()
    code, _, err = run(verb, CASE, *more, "--figure", str(path))
    assert (code, err) == (0, f"{path}\n")
    assert path.read_bytes().startswith(b"\x89PNG")
    assert [file.name for file in tmp_path.iterdir()] == ["figure.png"]


@pytest.mark.parametrize(
    ("call", "code", "said"),
    [
        (("what-if", CASE, "--set", "exercises=1"), 2, "'exercises' is no covariate"),
        (("what-if", CASE, "--set", "prior_exercises"), 2, "is not of the form NAME=VALUE"),
        (("what-if", CASE, "--set", "allied=lots"), 2, "allied is a number, not 'lots'"),
        (("what-if", CASE, "--never", "2"), 2, "between 0 and 1, not 2"),
        (("what-if", CASE), 2, "nothing is changed"),
        (("what-if", "jpn-gbr-raa", "--never", "0.1"), 5, "no longer open on 2026-06-30"),
        (("explain", "jpn-fra"), 5, "there is no negotiation 'jpn-fra'"),
        (("explain", CASE, "--as-of", "2020-01-01"), 5, "was not yet launched by 2020-01-01"),
        (("explain", CASE, "--figure", "why.pdf"), 2, "must end in .png or .svg"),
        (("evidence", CASE, "--figure", "no/such/why.png"), 2, "no/such is not a directory"),
        (("evidence", CASE, "--accounts", "gossip"), 2, "'gossip' is not an account set"),
        (("sensitivity", CASE, "--clock", "sun:moon"), 2, "sun:moon"),
    ],
)
def test_what_cannot_be_answered_is_one_sentence(
    run: Run, call: tuple[str, ...], code: int, said: str
) -> None:
    ended = run(*call)
    assert (ended.code, ended.out) == (code, "")
    assert said in ended.err
    assert ended.err.count("\n") == 1


@pytest.mark.parametrize("verb", VERBS)
def test_a_figure_that_cannot_be_written_is_refused_before_anything_is_printed(
    run: Run, tmp_path: Path, verb: str
) -> None:
    taken = tmp_path / "dir.png"
    taken.mkdir()
    more = ("--never", "0.1") if verb == "what-if" else ()
    for path, why in (
        (taken, "it is a directory"),
        (Path("/proc/why.png"), "nothing can be written in /proc"),
    ):
        assert run(verb, CASE, *more, "--figure", str(path)) == (
            2,
            "",
            f"error: cannot write to {path}: {why}\n",
        )
    assert [path.name for path in tmp_path.iterdir()] == ["dir.png"]


@pytest.mark.parametrize("verb", VERBS)
def test_help_is_readable_and_ends_with_examples(run: Run, verb: str) -> None:
    code, out, _ = run(verb, "--help")
    assert code == 0
    assert_readable(out)
    assert f"\n  Examples\n    forecast {verb} {CASE}" in out
