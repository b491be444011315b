"""The dataset card: its figures are counted, and those in the repository are up to date."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from forecast.archive import Archive, Milestone, Negotiation, default_directory
from forecast.cli import main
from forecast.errors import DataError, UsageError
from forecast.reporting import card_figures, refresh_card
from forecast.reporting.dataset_card import BEGIN, END
from forecast.timing import spells


@pytest.fixture
def card(tmp_path: Path) -> Path:
    return Path(shutil.copy(default_directory() / "README.md", tmp_path / "README.md"))


def test_the_figures_are_not_stale(archive: Archive, card: Path) -> None:
    before = card.read_text(encoding="utf-8")
    assert not refresh_card(archive, card), "run: forecast data card"
    assert card.read_text(encoding="utf-8") == before


def test_stale_figures_are_renewed_and_the_rest_is_kept(archive: Archive, card: Path) -> None:
    fresh = card.read_text(encoding="utf-8")
    head, rest = fresh.split(BEGIN)
    tail = rest.split(END)[1]
    card.write_text(f"{head}{BEGIN}\n\nTwo negotiations.\n\n{END}{tail}", encoding="utf-8")
    assert refresh_card(archive, card)
    assert card.read_text(encoding="utf-8") == fresh
    assert not refresh_card(archive, card)


def test_a_card_without_a_place_for_figures(archive: Archive, tmp_path: Path) -> None:
    path = tmp_path / "README.md"
    path.write_text("# Card\n")
    with pytest.raises(DataError, match=r"README\.md has no lines"):
        refresh_card(archive, path)
    assert path.read_text() == "# Card\n"


def test_a_card_that_is_no_text(archive: Archive, card: Path) -> None:
    card.write_bytes(b"\xff" + card.read_bytes())
    before = card.read_bytes()
    with pytest.raises(DataError, match=r"README\.md is not UTF-8 text"):
        refresh_card(archive, card)
    assert card.read_bytes() == before


def test_a_card_that_cannot_be_read(archive: Archive, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read: Is a directory"):
        refresh_card(archive, tmp_path)


def test_a_card_that_cannot_be_written_is_left_whole(
    archive: Archive, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(before: Path, after: Path) -> None:
        raise OSError(28, "No space left on device")

    card.write_text(f"# Card\n{BEGIN}\n{END}\n", encoding="utf-8")
    before = card.read_bytes()
    monkeypatch.setattr("os.replace", full)
    with pytest.raises(UsageError, match=r"README\.md cannot be written: No space left"):
        refresh_card(archive, card)
    assert card.read_bytes() == before


def test_the_totals_are_those_of_the_files(archive: Archive) -> None:
    def count(table: str) -> int:
        with (default_directory() / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            return len(list(csv.DictReader(file)))

    first = card_figures(archive).split("\n\n")[0]
    assert f"**{count('negotiations')} negotiations**" in first
    assert f"{count('milestones'):,} dated accounts" in first
    assert f"{count('claims')} claims" in first
    assert f"{count('exercises')} exercises" in first
    assert f"{count('meetings')} meetings" in first


def test_rows_of_the_table_of_families_add_up(archive: Archive) -> None:
    lines = re.findall(r"^\| (\w+) \|(.*)\|$", card_figures(archive).split("Launches")[0], re.M)
    counts = {
        family: [int(cell) for cell in cells.split("|")[:6]]
        for family, cells in lines
        if family != "family"
    }
    total = counts.pop("all")
    assert [sum(column) for column in zip(*counts.values(), strict=True)] == total
    table = spells(archive, domain=None)
    assert total[0] == len(table)
    for family, (number, concluded, still_open, ended, followed, looking_back) in counts.items():
        assert number == concluded + still_open + ended == followed + looking_back, family
        assert number == (table.X["family"] == family).sum()


def test_accounts_that_contradict_are_counted_by_what_settled_them(
    records: Callable[..., Archive],
    talks: Callable[..., Negotiation],
    milestone: Callable[..., Milestone],
) -> None:
    launch = milestone("launch_agreed", "2020-01-01", "2020-01-02")
    vague = milestone("launch_agreed", "2020", "2020-01-02", "press")
    official = milestone("signed", "2021-05-02", "2021-05-03")
    press = milestone("signed", "2021-05-04", "2021-05-04", "press")
    figures = card_figures(records(talks(launch, vague, official, press)))
    # "2020" does not contradict its first of January; two days of a signature do.
    assert " have more than one account." in figures
    assert figures.split("\n\n")[-1].startswith("2 launches, ")
    assert "In 1 events of any kind accounts contradict each other." in figures
    assert "The written rule settled 1 by kind of source." in figures


def test_the_command_renews_a_named_card(card: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "card", str(card)]) == 0
    assert capsys.readouterr().out == f"{card}: figures were up to date\n"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace(" dated accounts", " accounts"), encoding="utf-8")
    assert main(["data", "card", str(card)]) == 0
    assert capsys.readouterr().out == f"{card}: figures renewed\n"
    assert main(["data", "card", str(card.with_name("none.md"))]) == 2
    assert capsys.readouterr().err.startswith(f"error: {card.with_name('none.md')} is not a file;")
