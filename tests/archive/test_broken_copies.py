"""Copies of the shipped data broken on purpose, every kind of fault in every table that can have it.

What can be broken is generated from ``datapackage.json``; each fault is named by file, row and column.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from forecast.archive import check, default_directory
from forecast.cli import main
from tests.archive.conftest import Tables

PACKAGE: dict[str, Any] = json.loads(
    (default_directory() / "datapackage.json").read_text(encoding="utf-8")
)
SCHEMAS = {resource["path"]: resource["schema"] for resource in PACKAGE["resources"]}

# The header is row 1.
ROW = 3


class Break(NamedTuple):
    """One fault to inject: its kind, the file, a column where it has one, and a value or rows."""

    kind: str
    file: str
    column: str = ""
    value: str = ""

    @property
    def name(self) -> str:
        return "-".join(filter(None, (self.kind, self.file.removesuffix(".csv"), self.column)))


class Place(NamedTuple):
    """Where a fault must be found."""

    file: str
    row: int | None
    column: str


def cell_breaks(file: str, field: dict[str, Any]) -> Iterator[Break]:
    name = field["name"]
    wrong = {"integer": "many", "number": "1,5", "boolean": "yes"}
    if field["type"] in wrong:
        yield Break("wrong type", file, name, wrong[field["type"]])
    if field.get("edtf"):
        # As a spreadsheet mangles it, as a person writes it, and a month that there is not.
        yield Break("bad date", file, name, "May-24")
        yield Break("bad date", file, name, "31/12/2024")
        yield Break("bad date", file, name, "2024-13")
    if "enum" in field.get("constraints", {}):
        yield Break("unknown code", file, name, "unheard-of")
    if "items" in field:
        yield Break("unknown code", file, name, "JPN;XYZ")


def all_breaks() -> Iterator[Break]:
    for file, schema in SCHEMAS.items():
        names = [field["name"] for field in schema["fields"]]
        for field in schema["fields"]:
            yield from cell_breaks(file, field)
        for key in schema.get("foreignKeys", ()):
            yield Break("orphan", file, key["fields"], "no-such-row")
        keys = schema["primaryKey"]
        yield Break("duplicate", file, keys if isinstance(keys, str) else keys[0])
        yield Break("unbalanced quotes", file)
        yield Break("not UTF-8", file)
        yield Break("empty file", file)
        yield Break("missing file", file)
        yield Break("missing column", file, names[0])
        yield Break("missing column", file, names[-1])
        long = next(n for n in ("note", "notes", "statement", "publisher", "name") if n in names)
        yield Break("a million characters", file, long, "x" * 1_000_000)


def inject(tables: Tables, fault: Break) -> Place:
    """Break a copy and tell where."""
    path = tables.directory / fault.file
    if fault.kind == "missing file":
        path.unlink()
        return Place(fault.file, None, "")
    if fault.kind == "empty file":
        path.write_bytes(b"")
        return Place(fault.file, None, "")
    if fault.kind in ("unbalanced quotes", "not UTF-8"):
        lines = path.read_bytes().splitlines(keepends=True)
        first, rest = lines[ROW - 1].split(b",", 1)
        bad = b'"' + first if fault.kind == "unbalanced quotes" else first + b"\xe9"
        lines[ROW - 1] = bad + b"," + rest
        path.write_bytes(b"".join(lines))
        return Place(fault.file, ROW, "")
    rows = tables.rows(fault.file)
    if fault.kind == "missing column":
        gone = rows[0].index(fault.column)
        tables.write(fault.file, [row[:gone] + row[gone + 1 :] for row in rows])
        return Place(fault.file, 1, fault.column)
    if fault.kind == "duplicate":
        tables.write(fault.file, [*rows, rows[ROW - 1]])
        return Place(fault.file, len(rows) + 1, fault.column)
    tables.set(fault.file, ROW, fault.column, fault.value)
    return Place(fault.file, ROW, fault.column)


BREAKS = list(all_breaks())
ONE_OF_A_KIND = list({fault.kind: fault for fault in reversed(BREAKS)}.values())


def test_every_kind_is_injected_in_four_places_or_more() -> None:
    counts = Counter(fault.kind for fault in BREAKS)
    assert set(counts) == {
        "wrong type",
        "bad date",
        "unknown code",
        "orphan",
        "duplicate",
        "unbalanced quotes",
        "not UTF-8",
        "empty file",
        "missing file",
        "missing column",
        "a million characters",
    }
    assert min(counts.values()) >= 4
    assert len(SCHEMAS) == len({fault.file for fault in BREAKS}) == 10


def test_the_intact_copy_passes(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(tables.directory)[1] == []
    assert main(["data", "check", str(tables.directory)]) == 0
    assert capsys.readouterr().out.endswith("No problems.\n")


@pytest.mark.parametrize("fault", BREAKS, ids=lambda fault: fault.name)
def test_a_fault_is_found_where_it_is(tables: Tables, fault: Break) -> None:
    place = inject(tables, fault)
    _, problems = check(tables.directory)
    # Nothing else is said, but of a duplicate that its address stands twice as well.
    assert place in [(p.file, p.row, p.column) for p in problems]
    assert {(p.file, p.row) for p in problems} == {place[:2]}
    assert len(problems) == 1 + (fault.kind == "duplicate" and fault.file == "sources.csv")
    where = place.file if place.row is None else f"{place.file}:{place.row}:{place.column}"
    (text, *_) = (str(p) for p in problems if p.column == place.column)
    assert text.startswith(f"{where}: ")
    assert len(text) < 400
    assert "\n" not in text


# Rows added to a sound copy; the last one is out of order.
NEW = {"confidence": "high", "planned": "0", "stage": "negotiation"}
REVERSED = [
    (("launch_agreed", "2001-05-02"), ("signed", "2001-05-01")),
    (("launch_agreed", "2001-05"), ("signed", "2001-04-30")),
    (("launch_agreed", "2001-05-02"), ("agreement_in_principle", "2001-05-01")),
    (("launch_agreed", "2001-05-02"), ("in_force", "2000")),
    (("signed", "2001-05-02"), ("in_force", "2001-05-01")),
    (("agreement_in_principle", "2001-06~"), ("signed", "2001-04")),
    (("talks_began", "2001-05-02"), ("launch_agreed", "2001-05-03")),
]


@pytest.mark.parametrize("events", REVERSED)
def test_stages_in_reversed_order(
    tables: Tables, events: tuple[tuple[str, str], tuple[str, str]]
) -> None:
    tables.append(
        "negotiations.csv",
        **{"id": "a-b", "title": "A-B", "parties": "AUS;NZL", "instrument": "OTHER"},
        **{"family": "other_security", "domain": "defence"},
    )
    tables.append("sources.csv", id="p", url="https://example.org", publisher="P", kind="press")
    for event, day in events:
        cells = NEW | {"negotiation_id": "a-b", "source_id": "p", "event": event, "date": day}
        line = tables.append("milestones.csv", **cells)
    (problem,) = check(tables.directory)[1]
    assert (problem.file, problem.row, problem.column) == ("milestones.csv", line, "date")
    assert problem.message.startswith(f"{events[1][0]} on {events[1][1]} ")


@pytest.mark.parametrize(
    ("file", "first", "second", "cells"),
    [
        ("claims.csv", "low_months", "high_months", ("12.5", "12")),
        ("exercises.csv", "start", "end", ("2024-05-02", "2024-05-01")),
        ("exercises.csv", "start", "end", ("2024-06", "2024-05")),
        ("leaders.csv", "start", "end", ("2024-06", "2023")),
    ],
)
def test_pairs_in_reversed_order(
    tables: Tables, file: str, first: str, second: str, cells: tuple[str, str]
) -> None:
    tables.set(file, ROW, first, cells[0])
    tables.set(file, ROW, second, cells[1])
    (problem,) = check(tables.directory)[1]
    assert (problem.file, problem.row, problem.column) == (file, ROW, second)


@pytest.mark.parametrize("fault", ONE_OF_A_KIND, ids=lambda fault: fault.name)
def test_the_command_ends_with_3_and_prints_the_place(
    tables: Tables, fault: Break, capsys: pytest.CaptureFixture[str]
) -> None:
    place = inject(tables, fault)
    assert main(["data", "check", str(tables.directory)]) == 3
    out, err = capsys.readouterr()
    where = place.file if place.row is None else f"{place.file}:{place.row}:{place.column}"
    assert out.startswith(f"{where}: ")
    assert err.startswith("error: 1 problem in 1 file;")
    assert "Traceback" not in out + err


def test_faults_of_all_kinds_at_once(tables: Tables) -> None:
    # One fault a table: each is found though the others are there.
    cells = {"wrong type": "countries.csv", "bad date": "elections.csv", "orphan": "claims.csv"}
    chosen = [
        next(f for f in BREAKS if (f.kind, f.file) == (kind, file))
        for kind, file in {
            **cells,
            "unknown code": "leaders.csv",
            "unbalanced quotes": "meetings.csv",
            "missing column": "account_sets.csv",
            "a million characters": "exercises.csv",
        }.items()
    ]
    places = {tuple(inject(tables, fault)) for fault in chosen}
    found = {(p.file, p.row, p.column) for p in check(tables.directory)[1]}
    assert found == places
