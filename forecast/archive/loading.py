"""From the tables to an archive: where they lie, how rows become records."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from forecast.archive.checks import meaning_problems
from forecast.archive.edtf import parse
from forecast.archive.records import (
    AccountChoice,
    Claim,
    Country,
    Exercise,
    Milestone,
    Negotiation,
    Source,
)
from forecast.archive.tables import (
    SCHEMA_FILE,
    Problem,
    Schema,
    Table,
    read_schema,
    read_tables,
)
from forecast.archive.view import Archive
from forecast.errors import DataError

_PACKAGE = Path(__file__).resolve().parents[1]


def default_directory() -> Path:
    """Directory of the data set that comes with the package, or of the checkout."""
    shipped = _PACKAGE / "_datasets"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "datasets"


def check(directory: Path | str | None = None) -> tuple[dict[str, Table], list[Problem]]:
    """Read all tables of a directory and list every problem at once.

    Parameters
    ----------
    directory : path-like, optional
        Directory of the tables; the shipped data set if omitted. Without a ``datapackage.json`` of its
        own it is held against the shipped one.

    Returns
    -------
    tables : dict of str to Table
    problems : list of Problem
        Empty for a sound data set.
    """
    _, tables, problems = _read(directory)
    return tables, problems


def load_archive(directory: Path | str | None = None) -> Archive:
    """Load the negotiation records, as known at their vintage.

    Parameters
    ----------
    directory : path-like, optional
        Directory of the tables; the shipped data set if omitted.

    Returns
    -------
    Archive

    Raises
    ------
    DataError
        If anything is wrong with the tables; the message names file, row and column of the first
        problem and the number of others.
    """
    schema, tables, problems = _read(directory)
    if problems:
        more = len(problems) - 1
        rest = f" (and {more} more; see: forecast data check {directory or ''})" if more else ""
        raise DataError(f"{problems[0]}{rest}")
    return _build(schema, {name: table.rows for name, table in tables.items()})


def _read(directory: Path | str | None) -> tuple[Schema, dict[str, Table], list[Problem]]:
    path = default_directory() if directory is None else Path(directory)
    if not path.is_dir():
        raise DataError(f"{path} is not a directory of tables")
    schema = read_schema(path if (path / SCHEMA_FILE).exists() else default_directory())
    tables, problems = read_tables(path, schema)
    # What rows mean together can be judged only where each can be read.
    return schema, tables, problems or meaning_problems(tables)


def _build(schema: Schema, rows: Mapping[str, tuple[Mapping[str, Any], ...]]) -> Archive:
    sources = {row["id"]: Source(**row) for row in rows["sources"]}
    milestones: dict[str, list[Milestone]] = defaultdict(list)
    for row in rows["milestones"]:
        milestones[row["negotiation_id"]].append(Milestone(**_with_source(row, sources)))
    claims: dict[str, list[Claim]] = defaultdict(list)
    for row in rows["claims"]:
        claims[row["negotiation_id"]].append(Claim(**_with_source(row, sources)))
    negotiations = {
        row["id"]: Negotiation(
            **row,
            milestones=tuple(milestones[row["id"]]),
            claims=tuple(claims[row["id"]]),
        )
        for row in rows["negotiations"]
    }
    vintage = parse(schema.vintage).latest
    complete = Archive(
        date=vintage,
        vintage=vintage,
        mode="event",
        negotiations=negotiations,
        exercises=tuple(_exercise(row, sources) for row in rows["exercises"]),
        countries={row["iso3"]: _country(row) for row in rows["countries"]},
        account_choices=tuple(
            AccountChoice(row["name"], row["negotiation_id"], row["clock"], row["claim_id"])
            for row in rows["account_sets"]
        ),
    )
    return complete.as_of(vintage)


def _with_source(row: Mapping[str, Any], sources: Mapping[str, Source]) -> dict[str, Any]:
    fields = dict(row)
    fields["source"] = sources[fields.pop("source_id")]
    return fields


def _exercise(row: Mapping[str, Any], sources: Mapping[str, Source]) -> Exercise:
    return Exercise(
        name=row["name"],
        start=row["start"],
        end=row["end"],
        participants=frozenset(row["participants"]),
        kind=row["kind"],
        tag=row["tag"],
        source=sources[row["source_id"]],
    )


def _country(row: Mapping[str, Any]) -> Country:
    return Country(**{name: row[name] for name in Country.__dataclass_fields__})
