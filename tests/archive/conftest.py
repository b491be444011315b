"""Copies of the shipped tables, to be spoilt."""

import csv
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from forecast.archive import default_directory


class Tables:
    """A data directory whose tables can be edited; rows are numbered as the lines of the file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def rows(self, file: str) -> list[list[str]]:
        with (self.directory / file).open(newline="", encoding="utf-8") as handle:
            return list(csv.reader(handle))

    def write(self, file: str, rows: list[list[str]]) -> None:
        with (self.directory / file).open("w", newline="", encoding="utf-8") as handle:
            csv.writer(handle, lineterminator="\n").writerows(rows)

    def set(self, file: str, line: int, column: str, value: str) -> None:
        rows = self.rows(file)
        rows[line - 1][rows[0].index(column)] = value
        self.write(file, rows)

    def append(self, file: str, **cells: str) -> int:
        """Add a row with these cells, the others empty; return its line."""
        rows = self.rows(file)
        assert set(cells) <= set(rows[0])
        rows.append([cells.get(column, "") for column in rows[0]])
        self.write(file, rows)
        return len(rows)

    def line(self, file: str, **cells: str) -> int:
        """First line whose cells are these."""
        header, *rows = self.rows(file)
        for number, row in enumerate(rows, start=2):
            if cells.items() <= dict(zip(header, row, strict=True)).items():
                return number
        raise AssertionError(f"{file} has no row with {cells}")

    def edit_text(self, file: str, change: Callable[[str], str]) -> None:
        path = self.directory / file
        path.write_bytes(change(path.read_bytes().decode()).encode())


@pytest.fixture
def tables(tmp_path: Path) -> Tables:
    """A copy of the shipped data set."""
    return Tables(Path(shutil.copytree(default_directory(), tmp_path / "data")))
