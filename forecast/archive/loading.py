"""Where the tables lie, and how a user's own are laid over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from forecast.archive.building import build
from forecast.archive.checks import meaning_problems
from forecast.archive.series import SERIES_FILES, read_series
from forecast.archive.strays import require_known, stray_problems
from forecast.archive.tables import (
    SCHEMA_FILE,
    Problem,
    Schema,
    Table,
    by_place,
    read_schema,
    read_tables,
)
from forecast.archive.view import Archive
from forecast.errors import DataError, UsageError

_PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class ReadTables:
    """Tables as they were read, and all that is wrong with them."""

    schema: Schema
    tables: Mapping[str, Table]
    problems: list[Problem]


def default_directory() -> Path:
    """Directory of the data set that comes with the package, or of the checkout."""
    shipped = _PACKAGE / "_datasets"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "datasets"


def check(directory: Path | str | None = None) -> tuple[Mapping[str, Table], list[Problem]]:
    """Read all tables of a directory and list every problem at once.

    Parameters
    ----------
    directory : path-like, optional
        As for :func:`load_archive`.

    Returns
    -------
    tables : mapping of str to Table
    problems : list of Problem
        Empty for a sound data set.

    Raises
    ------
    UsageError
        If the directory is none.
    DataError
        If it holds no table that is known.
    """
    reading = _read(directory)
    return reading.tables, reading.problems


def load_archive(directory: Path | str | None = None) -> Archive:
    """Load the negotiation records, as known at their vintage.

    Parameters
    ----------
    directory : path-like, optional
        A directory with a ``datapackage.json`` is a data set of its own. One without is laid over the
        shipped data: its rows are added, and take the place of a shipped row with the same key; it
        may also hold the public series ``polyarchy.csv`` and ``ideal_points.csv``, and no other CSV
        file, for that would be a table whose name is mistyped. Default: the shipped data alone.

    Returns
    -------
    Archive

    Raises
    ------
    UsageError
        If the directory is none.
    DataError
        If anything is wrong with the tables; the message names file, row and column of the first
        problem and the number of others.
    """
    reading = _read(directory)
    if reading.problems:
        more = len(reading.problems) - 1
        rest = f" (and {more} more; see: forecast data check {directory or ''})" if more else ""
        raise DataError(f"{reading.problems[0]}{rest}")
    series, digests = read_series(default_directory() if directory is None else Path(directory))
    rows = {name: table.rows for name, table in reading.tables.items()}
    return build(reading.schema.vintage, rows, series=series, digests=digests)


def _read(directory: Path | str | None) -> ReadTables:
    shipped = default_directory()
    path = shipped if directory is None else Path(directory)
    if not path.is_dir():
        raise UsageError(f"{path} is not a directory of tables")
    complete = (path / SCHEMA_FILE).exists()
    schema = read_schema(path if complete else shipped)
    tables, problems = read_tables(path, schema, over=None if complete else shipped)
    if not complete:
        known = [*(resource["path"] for resource in schema.resources.values()), *SERIES_FILES]
        require_known(path, known)
        problems = sorted([*problems, *stray_problems(path, known)], key=by_place)
    # What rows mean together can be judged only where each can be read.
    return ReadTables(schema, tables, problems or meaning_problems(tables))
