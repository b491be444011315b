"""Every kind of fault in a data set is found where it is, and nothing else is."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest

from forecast.archive import check, load_archive
from forecast.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.archive.conftest import Tables

MILESTONE = {
    "negotiation_id": "jpn-gbr-raa",
    "confidence": "high",
    "planned": "0",
    "stage": "negotiation",
    # Published on 15 September 2023.
    "source_id": "mofa-japan-80e4c0",
}


def found(tables: Tables) -> list[tuple[str, int | None, str]]:
    """Where the faults are."""
    _, problems = check(tables.directory)
    return [(problem.file, problem.row, problem.column) for problem in problems]


def message(tables: Tables) -> str:
    """What is said of the only fault."""
    _, (problem,) = check(tables.directory)
    return problem.message


def test_the_shipped_data_are_clean() -> None:
    _, problems = check()
    assert problems == []


def test_a_copy_reads_as_the_original(tables: Tables) -> None:
    assert found(tables) == []
    assert load_archive(tables.directory).digest() == load_archive().digest()


@pytest.mark.parametrize(
    ("file", "column", "value", "said"),
    [
        ("claims.csv", "low_months", "twelve", "'twelve' is not a number"),
        ("claims.csv", "low_months", "nan", "'nan' is not a number"),
        ("claims.csv", "high_months", "-1", "below 0"),
        ("countries.csv", "g7", "1975.5", "not a whole number"),
        ("milestones.csv", "planned", "yes", "neither 0 nor 1"),
        ("milestones.csv", "date", "2024-13", "'2024-13' is not an EDTF date"),
        ("milestones.csv", "date", "", "a value is required"),
        ("milestones.csv", "event", "initialed", "'initialed' is not allowed"),
        ("milestones.csv", "source_id", "the-moon", "'the-moon' is not in sources.csv"),
        ("milestones.csv", "negotiation_id", "xx", "'xx' is not in negotiations.csv"),
        ("negotiations.csv", "family", "pact", "one of raa, visiting_forces"),
        ("negotiations.csv", "parties", "JPN;XXX", "'XXX' is not in countries.csv"),
        ("negotiations.csv", "parties", "JPN;", "'' is not allowed here"),
        ("exercises.csv", "participants", "JPN;AUZ", "'AUZ' is not in countries.csv"),
        ("sources.csv", "publisher", " ", "a value is required"),
        ("sources.csv", "published", "yesterday", "not an EDTF date"),
        ("account_sets.csv", "claim_id", "jpn-gbr-raa-c99", "is not in claims.csv"),
    ],
)
def test_a_bad_cell(tables: Tables, file: str, column: str, value: str, said: str) -> None:
    tables.set(file, 3, column, value)
    assert found(tables) == [(file, 3, column)]
    assert said in message(tables)


def test_a_long_bad_cell_is_cut_in_the_message(tables: Tables) -> None:
    tables.set("milestones.csv", 3, "date", "2" * 10_000)
    assert len(message(tables)) < 200


def test_a_duplicate_id(tables: Tables) -> None:
    rows = tables.rows("claims.csv")
    tables.write("claims.csv", [*rows, rows[4]])
    assert found(tables) == [("claims.csv", len(rows) + 1, "id")]
    assert "row 5" in message(tables)


def test_a_duplicate_address(tables: Tables) -> None:
    url = tables.rows("sources.csv")[1][1]
    tables.set("sources.csv", 3, "url", url)
    assert found(tables) == [("sources.csv", 3, "url")]


def test_a_duplicate_of_a_compound_key(tables: Tables) -> None:
    rows = tables.rows("account_sets.csv")
    tables.write("account_sets.csv", [*rows, rows[1]])
    assert found(tables) == [("account_sets.csv", 4, "name")]


def test_an_unknown_column(tables: Tables) -> None:
    rows = [[*row, ""] for row in tables.rows("negotiations.csv")]
    rows[0][-1] = "mood"
    tables.write("negotiations.csv", rows)
    assert found(tables) == [("negotiations.csv", 1, "mood")]


def test_a_column_twice(tables: Tables) -> None:
    rows = tables.rows("account_sets.csv")
    tables.write("account_sets.csv", [[*row, row[-1]] for row in rows])
    assert ("account_sets.csv", 1, "note") in found(tables)


@pytest.mark.parametrize("file", ["negotiations.csv", "sources.csv", "exercises.csv"])
def test_a_missing_column_is_the_only_thing_said(tables: Tables, file: str) -> None:
    # Rows elsewhere point into the table; that it could not be read is no fault of theirs.
    name = tables.rows(file)[0][1]
    tables.write(file, [[*row[:1], *row[2:]] for row in tables.rows(file)])
    assert found(tables) == [(file, 1, name)]
    assert message(tables) == "the column is missing"


@pytest.mark.parametrize("file", ["negotiations.csv", "countries.csv", "exercises.csv"])
def test_a_missing_file_is_the_only_thing_said(tables: Tables, file: str) -> None:
    (tables.directory / file).unlink()
    assert found(tables) == [(file, None, "")]
    assert message(tables) == "the file is missing"


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(tables: Tables, content: bytes) -> None:
    (tables.directory / "sources.csv").write_bytes(content)
    assert found(tables) == [("sources.csv", None, "")]
    assert "empty" in message(tables)


def test_a_table_without_rows_misses_all_that_others_cite(tables: Tables) -> None:
    cited = len(tables.rows("account_sets.csv")) - 1
    tables.write("claims.csv", tables.rows("claims.csv")[:1])
    assert found(tables) == [("account_sets.csv", row, "claim_id") for row in range(2, cited + 2)]


def test_a_short_row(tables: Tables) -> None:
    rows = tables.rows("negotiations.csv")
    rows[4] = rows[4][:-1]
    tables.write("negotiations.csv", rows)
    assert found(tables) == [("negotiations.csv", 5, "")]
    assert message(tables) == "has 10 cells where the header has 11"


def test_unbalanced_quotes(tables: Tables) -> None:
    lines = (tables.directory / "sources.csv").read_text().splitlines(keepends=True)
    lines[6] = '"' + lines[6]
    (tables.directory / "sources.csv").write_text("".join(lines))
    assert found(tables) == [("sources.csv", 7, "")]
    assert "not well-formed CSV" in message(tables)


def test_text_that_is_not_utf8(tables: Tables) -> None:
    path = tables.directory / "claims.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[9] = lines[9].replace(b",", b",S\xe9journ\xe9", 1)
    path.write_bytes(b"".join(lines))
    assert found(tables) == [("claims.csv", 10, "")]
    assert "UTF-8" in message(tables)


def test_a_million_characters_in_a_cell(tables: Tables) -> None:
    tables.set("negotiations.csv", 8, "notes", "x" * 100_000)
    assert found(tables) == []
    before = csv.field_size_limit()
    tables.edit_text("negotiations.csv", lambda text: text.replace("x" * 10, "x" * 100))
    assert found(tables) == [("negotiations.csv", 8, "notes")]
    assert message(tables) == "has 1,000,000 characters; at most 100,000 are read"
    assert csv.field_size_limit() == before


def test_rows_are_counted_in_lines_of_the_file(tables: Tables) -> None:
    # Below a cell of four lines and an empty line, the row after is not the fourth but the eighth.
    tables.set("claims.csv", 3, "statement", "one\ntwo\n\nfour")
    tables.set("claims.csv", 4, "kind", "rumour")
    assert found(tables) == [("claims.csv", 7, "kind")]
    tables.edit_text("claims.csv", lambda text: text.replace("\n", "\n\n", 1))
    assert found(tables) == [("claims.csv", 8, "kind")]


def test_a_spreadsheets_csv_is_fine(tables: Tables) -> None:
    for path in tables.directory.glob("*.csv"):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert found(tables) == []
    assert load_archive(tables.directory).digest() == load_archive().digest()


@pytest.mark.parametrize("character", ["\u2028", "\x0c", "\x85"])
def test_an_odd_character_does_not_break_its_cell(tables: Tables, character: str) -> None:
    tables.set("negotiations.csv", 3, "notes", f"before{character}after")
    assert found(tables) == []
    key = tables.rows("negotiations.csv")[2][0]
    assert load_archive(tables.directory)[key].notes == f"before{character}after"


def test_reversed_stages(tables: Tables) -> None:
    line = tables.append("milestones.csv", **MILESTONE, event="signed", date="2022-05-01")
    assert found(tables) == [("milestones.csv", line, "date")]
    assert message(tables) == "signed on 2022-05-01 precedes agreement_in_principle (2022-05-04)"


def test_stages_that_may_be_in_order_are_fine(tables: Tables) -> None:
    tables.append("milestones.csv", **MILESTONE, event="signed", date="2022-05")
    assert found(tables) == []


def test_a_plan_that_is_not_called_one(tables: Tables) -> None:
    line = tables.append("milestones.csv", **MILESTONE, event="round", date="2023-12-01")
    assert found(tables) == [("milestones.csv", line, "date")]
    assert "mark it as planned" in message(tables)
    tables.set("milestones.csv", line, "planned", "1")
    assert found(tables) == []


def test_force_may_be_announced_a_year_ahead(tables: Tables) -> None:
    year = {**MILESTONE, "event": "in_force"}
    tables.append("milestones.csv", **year, date="2024-09-15")
    assert found(tables) == []
    late = tables.append("milestones.csv", **year, date="2024-09-16")
    assert found(tables) == [("milestones.csv", late, "date")]


def test_a_source_that_nothing_rests_on(tables: Tables) -> None:
    page = {"id": "page", "url": "https://example.org", "publisher": "X", "kind": "press"}
    line = tables.append("sources.csv", **page)
    assert found(tables) == [("sources.csv", line, "id")]


def test_a_claim_chosen_for_another_negotiation(tables: Tables) -> None:
    other = next(row[0] for row in tables.rows("claims.csv")[1:] if row[1] == "jpn-fra-raa")
    tables.set("account_sets.csv", 2, "claim_id", other)
    assert found(tables) == [("account_sets.csv", 2, "claim_id")]
    assert message(tables) == f"{other} speaks of jpn-fra-raa"


def test_all_faults_are_listed_in_order(tables: Tables) -> None:
    tables.set("sources.csv", 9, "kind", "rumour")
    tables.set("claims.csv", 8, "speaker", "nobody")
    tables.set("claims.csv", 7, "kind", "rumour")
    assert found(tables) == [
        ("claims.csv", 7, "kind"),
        ("claims.csv", 8, "speaker"),
        ("sources.csv", 9, "kind"),
    ]


def test_loading_says_the_first_fault_in_one_sentence(tables: Tables) -> None:
    tables.set("milestones.csv", 5, "date", "soon")
    where = "milestones.csv:5:date: 'soon' is not an EDTF date"
    with pytest.raises(DataError) as one:
        load_archive(tables.directory)
    assert str(one.value).startswith(where)
    assert "more" not in str(one.value)
    tables.set("milestones.csv", 6, "date", "later")
    with pytest.raises(DataError) as two:
        load_archive(tables.directory)
    assert str(two.value).startswith(where)
    assert str(two.value).endswith(f"(and 1 more; see: forecast data check {tables.directory})")
    assert "\n" not in str(two.value)


def test_a_directory_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a directory of tables"):
        load_archive(tmp_path / "nowhere")


def test_a_schema_that_is_no_json(tables: Tables) -> None:
    (tables.directory / "datapackage.json").write_text("{")
    with pytest.raises(DataError, match=r"datapackage\.json cannot be read"):
        load_archive(tables.directory)


def test_without_a_schema_the_shipped_one_holds(tables: Tables) -> None:
    (tables.directory / "datapackage.json").unlink()
    tables.set("claims.csv", 3, "kind", "rumour")
    assert found(tables) == [("claims.csv", 3, "kind")]


@pytest.mark.parametrize("spoil", [str.upper, lambda text: text.replace(",", ";")])
def test_another_layout_is_refused(tables: Tables, spoil: Callable[[str], str]) -> None:
    tables.edit_text("countries.csv", spoil)
    with pytest.raises(DataError, match=r"countries\.csv:1:"):
        load_archive(tables.directory)
