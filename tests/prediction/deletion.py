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

# Table and the column that dates its rows.
_DATED = {
    "milestones": "date",
    "claims": "said_on",
    "exercises": "end",
    "meetings": "date",
    "elections": "date",
    "leaders": "start",
}

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


def delete_later(source: Path, target: Path, day: date, strict: bool = False) -> None:
    """Copy a data directory to ``target`` without the facts dated after ``day``.

    Strictly, also without those whose page was published later or nobody knows when, and without the
    negotiations of which no page had been published.
    """
    shutil.copytree(source, target)
    published = {row["id"]: row["published"] for row in read(target / "sources.csv")}
    kept = _first_published_by(target, published, day) if strict else None

    def known(row: Row, column: str) -> bool:
        if row[column] == "" or last_day(row[column]) > day:
            return False
        if kept is None:
            return True
        page = published[row["source_id"]]
        in_time = page != "" and last_day(page) <= day
        return in_time and row.get("negotiation_id", "") in kept | {""}

    def forget_years(row: Row) -> Row:
        return row | {k: "" for k in _YEARS if k in row and row[k] and int(row[k]) > day.year}

    for name, column in _DATED.items():
        _rewrite(target / f"{name}.csv", lambda row, c=column: known(row, c))  # type: ignore[misc]
    if kept is not None:
        _rewrite(target / "negotiations.csv", lambda row: row["id"] in kept)
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


def _first_published_by(target: Path, published: dict[str, str], day: date) -> set[str]:
    """Negotiations of which some page had been published by a day."""
    return {
        row["negotiation_id"]
        for name in ("milestones", "claims")
        for row in read(target / f"{name}.csv")
        if published[row["source_id"]] != "" and last_day(published[row["source_id"]]) <= day
    }


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
