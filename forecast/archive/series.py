"""Public country-year series that a user brings along; the project does not redistribute them."""

from __future__ import annotations

import csv
import hashlib
import io
from math import isfinite
from pathlib import Path
from reprlib import repr as short

from forecast.archive.view import Series
from forecast.errors import DataError

# Name of a series: its file and the column of the value; the others are iso3 and year.
_FILES = {
    "polyarchy": ("polyarchy.csv", "v2x_polyarchy"),
    "ideal_points": ("ideal_points.csv", "ideal_point"),
}

SERIES_FILES = tuple(file for file, _ in _FILES.values())
"""Names of the files that may hold a series."""


def read_series(directory: Path) -> tuple[dict[str, Series], dict[str, str]]:
    """Read those public series that a directory holds.

    Returns
    -------
    series : dict of str to Series
        By name: ``polyarchy`` (V-Dem electoral democracy index), ``ideal_points`` (UN votes).
    digests : dict of str to str
        SHA-256 by file name.

    Raises
    ------
    DataError
        If a file is not as it should be; the message names file, row and column.
    """
    series: dict[str, Series] = {}
    digests: dict[str, str] = {}
    for name, (file, column) in _FILES.items():
        path = directory / file
        if path.is_file():
            content = path.read_bytes()
            series[name] = _values(file, content, column)
            digests[file] = hashlib.sha256(content).hexdigest()
    return series, digests


def _values(file: str, content: bytes, column: str) -> Series:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise DataError(f"{file}: is not UTF-8 text; save it as CSV UTF-8") from None
    # Not str.splitlines, which also breaks a cell at a form feed or a Unicode line separator.
    reader = csv.DictReader(io.StringIO(text, newline=None))
    try:
        return _numbers(file, reader, column)
    except csv.Error as error:
        message = f"is not well-formed CSV from here on: {error}"
        raise DataError(f"{file}:{reader.line_num + 1}: {message}") from None


def _numbers(file: str, reader: csv.DictReader[str], column: str) -> Series:
    for needed in ("iso3", "year", column):
        if needed not in (reader.fieldnames or ()):
            raise DataError(f"{file}:1:{needed}: the column is missing")
    values = {}
    for row in reader:
        try:
            value = float(row[column])
            if not isfinite(value):
                raise ValueError
            values[row["iso3"], int(row["year"])] = value
        except (TypeError, ValueError):
            shown = f"{short(row['year'])}, {short(row[column])}"
            raise DataError(f"{file}:{reader.line_num}:{column}: {shown} are no numbers") from None
    return values
