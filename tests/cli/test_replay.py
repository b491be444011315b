"""``forecast replay`` and ``forecast predict --belief``, read as a user reads them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import forecast.analysis.replay as module
from forecast.analysis.replay import Replay
from tests.cli.conftest import Run

SHORT = ("replay", "jpn-fra-raa", "--as-of", "2024-05-02")


@pytest.fixture(scope="module", autouse=True)
def replayed_once() -> Iterator[None]:
    """Replay each case once, in this process: these tests ask how a replay is shown."""
    whole = module.replay

    @cache
    def once(*asked: Any) -> Replay:
        negotiation, until, clock, accounts, seed = asked
        return whole(negotiation, until, clock, accounts, seed=seed, workers=1)

    def quick(*asked: Any, advance: Callable[[int, int], None]) -> Replay:
        # Without the archive, which is read anew by each call.
        return once(*asked[:4], *asked[5:])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "replay", quick)
        yield


def test_a_replay_fits_eighty_columns_and_says_what_each_half_is(answer: Run) -> None:
    ended = answer(*SHORT)
    assert ended.code == 0, ended.err
    assert max(map(len, ended.out.splitlines())) <= 80
    lines = ended.out.splitlines()
    assert any(line.split()[:2] == ["2024-05-02", "45"] for line in lines)
    assert "if it is still open on that day and nothing else is learnt" in ended.out
    assert "Japanese government official promised it by 2025-05-02" in ended.out
    assert "about 2027-04" in ended.out
    # The election of June 2024 had not been called.
    assert "2024-07-07" not in ended.out


def test_a_replay_as_csv_holds_every_month(run: Run, tmp_path: Path) -> None:
    picture = tmp_path / "replay.png"
    ended = run(*SHORT, "--csv", "--figure", str(picture))
    rows = list(csv.DictReader(io.StringIO(ended.out)))
    assert [row["part"] for row in rows].count("if still open then") == 37
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_figure_that_cannot_be_written_is_refused_at_once(run: Run) -> None:
    assert run(*SHORT, "--figure", "replay.gif").code == 2


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("replay", "jpn-fra-raa", "--as-of", "2020-01-01"), 5, "not yet launched"),
        (("replay", "no-such-case"), 5, "there is no negotiation"),
        (("predict", "jpn-fra-raa", "--belief", "24:0.9,12:0.5"), 2, "must rise"),
        (("predict", "jpn-fra-raa", "--belief", "12"), 2, "not months:probability"),
        (("predict", "--open", "--belief", "12:0.5"), 2, "one negotiation"),
        (("predict", "jpn-fra-raa", "--json", "--belief", "12:0.5"), 2, "prints a table"),
        (
            ("predict", "jpn-fra-raa", "--model", "pool", "--belief", "12:0.5"),
            2,
            "error: --belief is weighed against the headline models: leave out --model pool\n",
        ),
        (
            ("predict", "jpn-fra-raa", "--model", "foo", "--belief", "12:0.5"),
            2,
            "error: --belief is weighed against the headline models: leave out --model foo\n",
        ),
        (("predict", "jpn-gbr-raa", "--belief", "12:0.5"), 5, "no longer open"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    run: Run, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    ended = run(*arguments)
    assert ended.code == code
    assert ended.err.startswith("error: ")
    assert len(ended.err.splitlines()) == 1
    assert sentence in ended.err
    assert not ended.out


def test_a_belief_is_shown_as_dates_beside_the_model(answer: Run) -> None:
    ended = answer("predict", "jpn-fra-raa", "--belief", "12:0.5,24:0.9")
    assert ended.code == 0, ended.err
    assert max(map(len, ended.out.splitlines())) <= 80
    assert "by 3 May 2025" in ended.out
    table = {line[2:24].strip(): line for line in ended.out.splitlines() if line.count("%") == 6}
    assert list(table) == [
        "your belief at launch",
        "your belief, still ope",
        "the model",
        "both together",
    ]
    assert "was found has made them" in " ".join(ended.out.split())
