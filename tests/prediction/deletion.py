"""Delete every fact dated after a day from a data directory, with nothing but the standard library.

It shares no code with the package on purpose: what it deletes must not be decided by the code under test.
"""

from __future__ import annotations

import calendar
import csv
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, str]

_YEARS = ("g7", "nato_since", "us_treaty_ally_since", "death_penalty_abolished_year")


def last_day(text: str) -> date:
    """Last possible day of an EDTF date or interval, "about" widened."""
    end = text.split("/")[-1].strip()
    if end in ("", ".."):
        return date.max
    about = end.endswith(("~", "%"))
    plain = end.rstrip("~%?").replace("-XX", "").replace("X", "9")
    parts = [int(part) for part in plain.split("-")]
    if len(parts) == 3:
        exact = date(parts[0], parts[1], parts[2])
        return exact + timedelta(days=7) if about else exact
    month = parts[1] if len(parts) == 2 else 12
    if month > 20:
        # A season: spring ends in May, winter in the February after.
        month = 3 * (month - 20) + 2
    months = parts[0] * 12 + month - 1
    months += (1 if len(parts) == 2 else 6) if about else 0
    year, month = months // 12, months % 12 + 1
    return date(year, month, calendar.monthrange(year, month)[1])


def delete_later(source: Path, target: Path, day: date) -> None:
    """Copy a data directory to ``target`` without the facts dated after ``day``."""
    shutil.copytree(source, target)

    def known(text: str) -> bool:
        return text != "" and last_day(text) <= day

    def forget_years(row: Row) -> Row:
        return row | {k: "" for k in _YEARS if k in row and row[k] and int(row[k]) > day.year}

    _rewrite(target / "milestones.csv", lambda row: known(row["date"]))
    _rewrite(target / "claims.csv", lambda row: known(row["said_on"]))
    _rewrite(target / "exercises.csv", lambda row: known(row["end"]))
    for name, column in (("meetings", "date"), ("elections", "date"), ("leaders", "start")):
        if (target / f"{name}.csv").exists():
            _rewrite(target / f"{name}.csv", lambda row, c=column: known(row[c]))  # type: ignore[misc]
    claims = {row["id"] for row in read(target / "claims.csv")}
    _rewrite(target / "account_sets.csv", lambda row: row["claim_id"] in claims)
    _rewrite(target / "countries.csv", lambda row: True, forget_years)
    cited = {
        row["source_id"]
        for path in target.glob("*.csv")
        for row in read(path)
        if "source_id" in row
    }
    _rewrite(target / "sources.csv", lambda row: row["id"] in cited)


def read(path: Path) -> list[Row]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _rewrite(
    path: Path, keep: Callable[[Row], bool], change: Callable[[Row], Row] = lambda row: row
) -> None:
    rows = read(path)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(change(row) for row in rows if keep(row))
