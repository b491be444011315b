"""A user's directory laid over the shipped data: rows added and replaced, faults named in its files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from forecast.archive import Archive, check, load_archive
from forecast.errors import DataError
from forecast.timing import spells
from tests.archive.conftest import Tables

NEGOTIATION = (
    "id,title,parties,instrument,family,domain,cluster,searched_to,searched_for,resolution,notes"
)
MILESTONE = "negotiation_id,event,date,source_id,confidence,planned,stage,note"
SOURCE = "id,url,publisher,published,kind"


class Overlay:
    """A directory of a few rows of a user's own."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.write("negotiations", NEGOTIATION, "deu-jpn-raa,D-J,DEU;JPN,RAA,raa,defence,,,,,")
        self.write("sources", SOURCE, "my-page,https://example.org/mine,Mine,2026-06-02,press")
        self.milestone("deu-jpn-raa,launch_agreed,2026-06-01,my-page,high,0,negotiation,")

    def write(self, table: str, *lines: str) -> None:
        (self.directory / f"{table}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def milestone(self, *rows: str) -> None:
        self.write("milestones", MILESTONE, *rows)

    def load(self) -> Archive:
        return load_archive(self.directory)

    def faults(self) -> list[str]:
        return [str(problem) for problem in check(self.directory)[1]]


@pytest.fixture
def overlay(tmp_path: Path) -> Overlay:
    return Overlay(tmp_path)


KNOWN = (
    "account_sets.csv, claims.csv, countries.csv, elections.csv, exercises.csv, ideal_points.csv, "
    "leaders.csv, meetings.csv, milestones.csv, negotiations.csv, polyarchy.csv, sources.csv"
)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([], f"it is empty, and a table is one of {KNOWN}"),
        (["negotiation.csv"], "it holds negotiation.csv (did you mean negotiations.csv?)"),
        (["Claims.CSV"], "it holds Claims.CSV (did you mean claims.csv?)"),
        (["b.txt", "a.txt"], "it holds a.txt, b.txt"),
        ([f"{n}.txt" for n in range(5)], "it holds 0.txt, 1.txt, 2.txt and 2 more"),
    ],
)
def test_a_directory_without_a_table_is_refused(
    tmp_path: Path, files: list[str], said: str
) -> None:
    for file in files:
        (tmp_path / file).touch()
    for read in (load_archive, check):
        with pytest.raises(DataError) as caught:
            read(tmp_path)
        assert str(caught.value) == f"{tmp_path} has no table that we know; {said}"


def test_a_table_whose_name_is_mistyped_is_a_fault(overlay: Overlay) -> None:
    overlay.write("milestone", MILESTONE)
    overlay.write("zzz", MILESTONE)
    (overlay.directory / "notes.txt").touch()
    assert overlay.faults() == [
        "milestone.csv: is not a table that we know (did you mean milestones.csv?)",
        "zzz.csv: is not a table that we know",
    ]


def test_a_fault_of_a_row_stands_among_those_of_files(overlay: Overlay) -> None:
    overlay.write("zzz", MILESTONE)
    overlay.write("a", MILESTONE)
    overlay.milestone("deu-jpn-raa,round,soon,my-page,high,0,negotiation,")
    assert [fault.partition(":")[0] for fault in overlay.faults()] == [
        "a.csv",
        "milestones.csv",
        "zzz.csv",
    ]


def test_rows_are_added(overlay: Overlay, archive: Archive) -> None:
    over = overlay.load()
    assert list(over) == [*archive, "deu-jpn-raa"]
    assert over["deu-jpn-raa"].milestones[0].source.publisher == "Mine"
    assert over["jpn-fra-raa"] == archive["jpn-fra-raa"]
    mine = spells(over, families=["raa"])
    assert mine.frame.loc["deu-jpn-raa", "status"] == "open"
    assert mine.X.loc["deu-jpn-raa", "legal_sticking_point"] == 1.0
    assert overlay.faults() == []


def test_a_row_takes_the_place_of_one_with_the_same_key(overlay: Overlay, archive: Archive) -> None:
    overlay.write(
        "negotiations", NEGOTIATION, "jpn-fra-raa,Another title,JPN;FRA,RAA,raa,defence,,,,,"
    )
    overlay.milestone("jpn-fra-raa,round,2026-06-01,my-page,high,0,negotiation,")
    over = overlay.load()
    assert len(over) == len(archive)
    assert over["jpn-fra-raa"].title == "Another title"
    assert over["jpn-fra-raa"].milestones[:-1] == archive["jpn-fra-raa"].milestones
    assert over["jpn-fra-raa"].milestones[-1].event == "round"


def test_a_replaced_claim_may_leave_its_shipped_source_over(
    overlay: Overlay, tables: Tables
) -> None:
    # Of a source that only this claim cites; the user cannot take it out of the shipped table.
    header, *rows = tables.rows("claims.csv")
    cited = Counter(
        cell
        for path in tables.directory.glob("*.csv")
        if path.name != "sources.csv"
        for row in tables.rows(path.name)
        for cell in row
    )
    lone = next(row for row in rows if cited[row[-1]] == 1 and "," not in "".join(row))
    overlay.write("claims", ",".join(header), ",".join([*lone[:-1], "my-page"]))
    assert overlay.faults() == []
    claims = [c for n in overlay.load().values() for c in n.claims if c.id == lone[0]]
    assert [claim.source.id for claim in claims] == ["my-page"]


def test_a_trait_of_a_country_is_replaced(overlay: Overlay, tables: Tables) -> None:
    header, *rows = tables.rows("countries.csv")
    france = next(row for row in rows if row[0] == "FRA")
    france[header.index("g7")] = "1976"
    france[-1] = "mine"
    quoted = ",".join(f'"{cell}"' for cell in france)
    overlay.write("countries", ",".join(header), quoted)
    assert overlay.load().countries["FRA"].g7 == 1976


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        (
            "deu-jpn-raa,launch_agreed,May-24,my-page,high,0,negotiation,",
            "milestones.csv:3:date: 'May-24' is not an EDTF date",
        ),
        (
            "deu-jpn-raa,signed,2026-06-01,no-page,high,0,negotiation,",
            "milestones.csv:3:source_id: 'no-page' is not in sources.csv",
        ),
        (
            "deu-jpn-rra,signed,2026-06-01,my-page,high,0,negotiation,",
            "milestones.csv:3:negotiation_id: 'deu-jpn-rra' is not in negotiations.csv",
        ),
        (
            "deu-jpn-raa,round,2026-06-01,my-page,high,maybe,negotiation,",
            "milestones.csv:3:planned: 'maybe' is neither 0 nor 1",
        ),
        (
            "deu-jpn-raa,signed,2026-05-31,my-page,high,0,negotiation,",
            "milestones.csv:3:date: signed on 2026-05-31 precedes launch_agreed (2026-06-01)",
        ),
        (
            "deu-jpn-raa,signed,2026-06-03,my-page,high,0,negotiation,",
            "milestones.csv:3:date: signed on 2026-06-03 lies after its source was published",
        ),
        ("deu-jpn-raa,round,2026-06-01", "milestones.csv:3:: has 3 cells where the header has 8"),
    ],
)
def test_a_fault_is_named_by_the_users_file_and_line(
    overlay: Overlay, row: str, fault: str
) -> None:
    overlay.milestone("deu-jpn-raa,launch_agreed,2026-06-01,my-page,high,0,negotiation,", row)
    (found,) = overlay.faults()
    assert found.startswith(fault)
    with pytest.raises(DataError) as caught:
        overlay.load()
    assert str(caught.value).startswith(fault)


def test_a_duplicate_within_the_directory(overlay: Overlay) -> None:
    row = "deu-jpn-raa,launch_agreed,2026-06-01,my-page,high,0,negotiation,"
    overlay.milestone(row, row)
    (found,) = overlay.faults()
    assert found.startswith("milestones.csv:3:negotiation_id: ")
    assert found.endswith("stands already in row 2")


def test_an_address_that_the_shipped_sources_have(overlay: Overlay, archive: Archive) -> None:
    url = archive["jpn-fra-raa"].milestones[0].source.url
    overlay.write("sources", SOURCE, f"my-page,{url},Mine,2026-06-02,press")
    (found,) = overlay.faults()
    assert found.startswith("sources.csv:2:url: ")
    assert found.endswith("stands already in the shipped data")


def test_a_source_of_the_users_that_nothing_rests_on(overlay: Overlay) -> None:
    overlay.milestone()
    assert overlay.faults() == ["sources.csv:2:id: no row rests on this source"]


def test_an_unreadable_table_is_the_only_thing_said(overlay: Overlay) -> None:
    # Milestones point into the table; that it could not be read is no fault of theirs.
    overlay.write("negotiations", NEGOTIATION.replace(",title", ""), "deu-jpn-raa,DEU;JPN,RAA,raa")
    assert overlay.faults() == ["negotiations.csv:1:title: the column is missing"]


def test_a_directory_with_a_schema_is_used_alone(tables: Tables, archive: Archive) -> None:
    tables.set("negotiations.csv", 2, "title", "One that is mine")
    own = load_archive(tables.directory)
    first = tables.rows("negotiations.csv")[1][0]
    assert own[first].title == "One that is mine"
    assert list(own) == list(archive)
    (tables.directory / "elections.csv").unlink()
    _, problems = check(tables.directory)
    assert "elections.csv: the file is missing" in [str(problem) for problem in problems]


def test_the_same_directory_without_its_schema_is_laid_over(tables: Tables) -> None:
    (tables.directory / "datapackage.json").unlink()
    for path in tables.directory.glob("*.csv"):
        if path.name != "elections.csv":
            path.unlink()
    assert check(tables.directory)[1] == []


def test_files_of_a_spreadsheet_read_the_same(overlay: Overlay) -> None:
    plain = overlay.load()
    for path in overlay.directory.glob("*.csv"):
        lines = path.read_text(encoding="utf-8").splitlines()
        quoted = [",".join(f'"{cell}"' for cell in line.split(",")) for line in lines]
        path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join([*quoted, ""]).encode())
    again = overlay.load()
    assert again["deu-jpn-raa"] == plain["deu-jpn-raa"]
    assert again.digest() == plain.digest()


@pytest.mark.parametrize("date", ["../2024", "0001-03", "2024/.."])
def test_an_open_date_breaks_nothing(overlay: Overlay, date: str) -> None:
    overlay.write("sources", SOURCE, "my-page,https://example.org/mine,Mine,9999-06,press")
    overlay.milestone(f"deu-jpn-raa,talks_began,{date},my-page,high,0,negotiation,")
    assert overlay.faults() == []
    table = spells(overlay.load(), families=["raa"])
    assert ("deu-jpn-raa" in table.by_id) == (date != "2024/..")
