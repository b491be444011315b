"""Reading and checking CSV tables by the one schema, ``datapackage.json``.

Everything that can be said about a cell without knowing what it means is said here: types, required
values, enumerations, patterns, EDTF dates, lists of codes, primary and foreign keys.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forecast.archive import edtf
from forecast.errors import DataError

SCHEMA_FILE = "datapackage.json"

_LONGEST_CELL = 100_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in a table; row 1 is the header, column is a name, both empty where it is the file."""

    file: str
    row: int | None
    column: str
    message: str

    def __str__(self) -> str:
        place = "" if self.row is None else f":{self.row}:{self.column}"
        return f"{self.file}{place}: {self.message}"


def by_place(problem: Problem) -> tuple[str, int, str, str]:
    """Sort key: file, row and column; of the whole file first."""
    return problem.file, problem.row or 0, problem.column, problem.message


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows in the types of the schema, and the line of the file on which each begins.

    ``complete`` tells whether every row could be read: what is missing from an incomplete table says
    nothing, so nothing is held against it.
    """

    file: str
    rows: tuple[Row, ...]
    lines: tuple[int | None, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class Schema:
    """The parsed ``datapackage.json``."""

    package: Mapping[str, Any]

    @property
    def resources(self) -> Mapping[str, Mapping[str, Any]]:
        """Resource descriptors by name, in the order of the file."""
        return {resource["name"]: resource for resource in self.package["resources"]}

    @property
    def vintage(self) -> str:
        """Date up to which the data set was researched."""
        return str(self.package["vintage"])


def read_schema(directory: Path) -> Schema:
    """Schema of a directory of tables.

    Raises
    ------
    DataError
        If there is none, or it is no JSON.
    """
    path = directory / SCHEMA_FILE
    try:
        return Schema(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise DataError(
            f"{directory} has no {SCHEMA_FILE}, so it is not a data directory"
        ) from None
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path} cannot be read: {error}") from None


def read_tables(
    directory: Path, schema: Schema, over: Path | None = None
) -> tuple[dict[str, Table], list[Problem]]:
    """Read every table of the schema and list all that is wrong with them.

    Parameters
    ----------
    directory : path
        Where the files lie.
    schema : Schema
    over : path, optional
        Data set over which the files are laid: a file may then be missing, and a row takes the place
        of one with the same primary key.

    Returns
    -------
    tables : dict of str to Table
        By resource name; a cell that could not be converted is None.
    problems : list of Problem
        Sorted by file, row and column; empty if the tables are as the schema says.
    """
    tables: dict[str, Table] = {}
    problems: list[Problem] = []
    for name, resource in schema.resources.items():
        if over is None or (directory / resource["path"]).exists():
            tables[name] = _read_table(directory, resource, problems)
        if over is not None:
            under = _read_table(over, resource, problems)
            tables[name] = _laid_over(under, tables.get(name), resource["schema"])
    for name, resource in schema.resources.items():
        problems.extend(_key_problems(tables[name], resource["schema"]))
        problems.extend(_reference_problems(tables[name], resource["schema"], tables))
    return tables, sorted(problems, key=by_place)


def _laid_over(under: Table, upper: Table | None, schema: Row) -> Table:
    """Rows of a table with those of another on top."""
    rows = () if upper is None else upper.rows
    lines = () if upper is None else upper.lines
    keys = _names(schema.get("primaryKey", ()))
    replaced = {tuple(row[name] for name in keys) for row in rows} if keys else set()
    kept = tuple(row for row in under.rows if tuple(row[name] for name in keys) not in replaced)
    complete = under.complete and (upper is None or upper.complete)
    return Table(under.file, kept + rows, (None,) * len(kept) + lines, complete)


def _read_table(directory: Path, resource: Row, problems: list[Problem]) -> Table:
    file = resource["path"]
    fields = resource["schema"]["fields"]
    empty = Table(file, (), (), complete=False)
    try:
        # utf-8-sig: a spreadsheet's byte-order mark is not part of the first column's name.
        text = (directory / file).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        problems.append(Problem(file, None, "", "the file is missing"))
        return empty
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        problems.append(Problem(file, line, "", "is not UTF-8 text; save it as CSV UTF-8"))
        return empty
    except OSError as error:
        problems.append(Problem(file, None, "", f"cannot be read: {error.strerror}"))
        return empty
    known = len(problems)
    records = _records(file, text, problems)
    if not records:
        problems.append(Problem(file, None, "", "the file is empty; a header row is needed"))
        return empty
    header = records[0][1]
    if not _header_is_right(file, header, [field["name"] for field in fields], problems):
        return empty
    by_name = {field["name"]: field for field in fields}
    complete = len(problems) == known
    rows, lines = [], []
    for line, record in records[1:]:
        if len(record) != len(header):
            complete = False
            message = f"has {len(record)} cells where the header has {len(header)}"
            problems.append(Problem(file, line, "", message))
            continue
        row = {}
        for column, cell in zip(header, record, strict=True):
            row[column], message = _convert(cell.strip(), by_name[column])
            if message:
                problems.append(Problem(file, line, column, message))
        rows.append(row)
        lines.append(line)
    return Table(file, tuple(rows), tuple(lines), complete)


def _records(file: str, text: str, problems: list[Problem]) -> list[tuple[int, list[str]]]:
    """Non-empty records of a CSV text, each with the line on which it begins."""
    # Not str.splitlines, which also breaks a cell at a form feed or a Unicode line separator.
    reader = csv.reader(io.StringIO(text), strict=True)
    records: list[tuple[int, list[str]]] = []
    line = 1
    # A cell that is too long is refused with its column, which the reader would not name.
    limit = csv.field_size_limit(max(len(text), _LONGEST_CELL))
    try:
        for record in reader:
            if record:
                records.append((line, record))
            line = reader.line_num + 1
    except csv.Error as error:
        problems.append(Problem(file, line, "", f"is not well-formed CSV from here on: {error}"))
    finally:
        csv.field_size_limit(limit)
    return records


def _header_is_right(
    file: str, header: list[str], names: list[str], problems: list[Problem]
) -> bool:
    known = len(problems)
    for name in names:
        if name not in header:
            problems.append(Problem(file, 1, name, "the column is missing"))
    for name in header:
        if name not in names:
            problems.append(Problem(file, 1, name, "is not a column of this table"))
        elif header.count(name) > 1:
            problems.append(Problem(file, 1, name, "the column stands twice"))
    return len(problems) == known


def _convert(cell: str, field: Row) -> tuple[Any, str]:
    """Cell in the field's type, and what is wrong with it (empty if nothing)."""
    constraints = field.get("constraints", {})
    separator = field.get("separator")
    if len(cell) > _LONGEST_CELL:
        return None, f"has {len(cell):,} characters; at most {_LONGEST_CELL:,} are read"
    if cell == "":
        blank = () if separator else "" if _is_text(field) else None
        return blank, "a value is required" if constraints.get("required") else ""
    if separator:
        items = tuple(item.strip() for item in cell.split(separator))
        bad = next((item for item in items if not item or not _matches(item, constraints)), None)
        return items, "" if bad is None else f"{_shown(bad)} is not allowed here"
    try:
        value = _READERS["edtf" if field.get("edtf") else field["type"]](cell)
    except ValueError as error:
        return None, str(error)
    return value, _constraint_message(cell, value, constraints)


def _constraint_message(cell: str, value: Any, constraints: Row) -> str:
    if not _matches(cell, constraints):
        allowed = constraints.get("enum")
        hint = f"; one of {', '.join(allowed)}" if allowed else ""
        return f"{_shown(cell)} is not allowed here{hint}"
    if "minimum" in constraints and value < constraints["minimum"]:
        return f"{_shown(cell)} is below {constraints['minimum']}"
    if "maximum" in constraints and value > constraints["maximum"]:
        return f"{_shown(cell)} is above {constraints['maximum']}"
    return ""


def _matches(cell: str, constraints: Row) -> bool:
    if "enum" in constraints and cell not in constraints["enum"]:
        return False
    pattern = constraints.get("pattern")
    return pattern is None or re.fullmatch(pattern, cell) is not None


def _is_text(field: Row) -> bool:
    return field["type"] == "string" and not field.get("edtf")


def _integer(cell: str) -> int:
    if not re.fullmatch(r"[+-]?\d{1,18}", cell):
        raise ValueError(f"{_shown(cell)} is not a whole number")
    return int(cell)


def _number(cell: str) -> float:
    if not re.fullmatch(r"[+-]?\d{1,18}(\.\d+)?", cell):
        raise ValueError(f"{_shown(cell)} is not a number")
    return float(cell)


def _boolean(cell: str) -> bool:
    if cell not in ("0", "1"):
        raise ValueError(f"{_shown(cell)} is neither 0 nor 1")
    return cell == "1"


def _edtf(cell: str) -> edtf.DateRange:
    try:
        return edtf.parse(cell)
    except ValueError:
        message = (
            f"{_shown(cell)} is not an EDTF date such as 2024, 2024-05, 2024-05-02 or 2024-05~"
        )
        raise ValueError(message) from None


_READERS: Mapping[str, Callable[[str], Any]] = {
    "string": str,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "edtf": _edtf,
}


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 60 else cell[:57] + "...")


def _names(keys: str | Iterable[str]) -> list[str]:
    return [keys] if isinstance(keys, str) else list(keys)


def _key_problems(table: Table, schema: Row) -> Iterable[Problem]:
    keys = [_names(schema.get("primaryKey", ()))]
    keys += [[f["name"]] for f in schema["fields"] if f.get("constraints", {}).get("unique")]
    for key in filter(None, keys):
        yield from _duplicates(table, key)


def _duplicates(table: Table, keys: list[str]) -> Iterable[Problem]:
    seen: dict[tuple[Any, ...], int | None] = {}
    for line, row in zip(table.lines, table.rows, strict=True):
        key = tuple(row[name] for name in keys)
        if key in seen:
            shown = ", ".join(str(part) for part in key)
            first = "the shipped data" if seen[key] is None else f"row {seen[key]}"
            message = f"{_shown(shown)} stands already in {first}"
            yield Problem(table.file, line, keys[0], message)
        else:
            seen[key] = line


def _reference_problems(
    table: Table, schema: Row, tables: Mapping[str, Table]
) -> Iterable[Problem]:
    for column, resource, target in _references(schema):
        if not tables[resource].complete:
            continue
        known = {row[target] for row in tables[resource].rows}
        for line, row in zip(table.lines, table.rows, strict=True):
            cells = row[column] if isinstance(row[column], tuple) else (row[column],)
            for cell in cells:
                if cell and cell not in known:
                    message = f"{_shown(cell)} is not in {tables[resource].file}"
                    yield Problem(table.file, line, column, message)


def _references(schema: Row) -> Iterable[tuple[str, str, str]]:
    """Column, resource and target of every foreign key; lists of codes name theirs in ``items``."""
    for key in schema.get("foreignKeys", ()):
        reference = key["reference"]
        yield _names(key["fields"])[0], reference["resource"], _names(reference["fields"])[0]
    for field in schema["fields"]:
        if "items" in field:
            resource, target = field["items"].split(".")
            yield field["name"], resource, target
