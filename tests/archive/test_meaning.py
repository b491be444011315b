"""Faults that show only when rows are read together: launches, statuses, pairs, citing tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from forecast.archive import check

if TYPE_CHECKING:
    from tests.archive.conftest import Tables

ROW = {"confidence": "high", "planned": "0", "stage": "negotiation"}


def added(tables: Tables, key: str, event: str, date: str, **cells: str) -> int:
    """Add a milestone read in a page without a date, and return its line."""
    sources = tables.rows("sources.csv")
    undated = next(row for row in sources[1:] if row[sources[0].index("published")] == "")[0]
    fields = {**ROW, "negotiation_id": key, "event": event, "date": date, "source_id": undated}
    return tables.append("milestones.csv", **{**fields, **cells})


def found(tables: Tables) -> list[tuple[str, int | None, str, str]]:
    _, problems = check(tables.directory)
    return [(p.file, p.row, p.column, p.message) for p in problems]


@pytest.fixture
def talks(tables: Tables) -> str:
    """A negotiation whose talks began in March and that was signed in September 2001."""
    tables.append(
        "negotiations.csv",
        id="aaa-bbb",
        title="A-B",
        parties="AUS;NZL",
        instrument="OTHER",
        family="other_security",
        domain="defence",
    )
    added(tables, "aaa-bbb", "talks_began", "2001-03")
    added(tables, "aaa-bbb", "signed", "2001-09-15")
    return "aaa-bbb"


def test_a_launch_after_the_talks_is_another_attempt(tables: Tables, talks: str) -> None:
    assert found(tables) == []
    line = added(tables, talks, "launch_agreed", "2001-04-01")
    ((file, row, column, message),) = found(tables)
    assert (file, row, column) == ("milestones.csv", line, "date")
    assert message.startswith("launch_agreed on 2001-04-01 follows talks_began (2001-03-31)")


@pytest.mark.parametrize("date", ["2001-03-31", "2001", "2001-03/2001-06", "2001-04~"])
def test_a_launch_that_may_precede_the_talks_is_fine(tables: Tables, talks: str, date: str) -> None:
    added(tables, talks, "launch_agreed", date)
    assert found(tables) == []


def test_a_planned_opening_of_talks_dates_no_launch(tables: Tables, talks: str) -> None:
    added(tables, talks, "launch_agreed", "2001-04-01", planned="1")
    assert found(tables) == []


@pytest.mark.parametrize("event", ["status_ongoing", "not_concluded"])
def test_a_status_after_the_signature_speaks_of_ratification(
    tables: Tables, talks: str, event: str
) -> None:
    line = added(tables, talks, event, "2001-09-16")
    ((file, row, column, message),) = found(tables)
    assert (file, row, column) == ("milestones.csv", line, "stage")
    assert "follows the signature (2001-09-15)" in message
    tables.set("milestones.csv", line, "stage", "ratification")
    assert found(tables) == []


@pytest.mark.parametrize("date", ["2001-09-15", "2001-09", "2001-08-01"])
def test_a_status_that_may_precede_the_signature_is_fine(
    tables: Tables, talks: str, date: str
) -> None:
    added(tables, talks, "status_ongoing", date)
    assert found(tables) == []


@pytest.mark.parametrize(
    ("file", "first", "second", "cells"),
    [
        ("claims.csv", "low_months", "high_months", ("12", "11.5")),
        ("exercises.csv", "start", "end", ("2024-05-02", "2024-05-01")),
        ("leaders.csv", "start", "end", ("2024-06", "2024-05")),
    ],
)
def test_a_reversed_pair(
    tables: Tables, file: str, first: str, second: str, cells: tuple[str, str]
) -> None:
    tables.set(file, 4, first, cells[0])
    tables.set(file, 4, second, cells[1])
    ((where, row, column, message),) = found(tables)
    assert (where, row, column) == (file, 4, second)
    assert message.startswith(f"{second} ({cells[1]}")
    assert f"lies before {first} ({cells[0]}" in message


@pytest.mark.parametrize("file", ["meetings.csv", "leaders.csv", "elections.csv"])
def test_a_source_may_be_cited_by_any_table(tables: Tables, file: str) -> None:
    line = tables.append(
        "sources.csv", id="a-page", url="https://example.org", publisher="A", kind="press"
    )
    assert [(p[0], p[1]) for p in found(tables)] == [("sources.csv", line)]
    # The first page of the table stays cited by others, or the old source would be left over.
    rows = tables.rows(file)
    column = rows[0].index("source_id")
    repeated = next(
        number
        for number, row in enumerate(rows[1:], start=2)
        if sum(other[column] == row[column] for other in rows) > 1
    )
    tables.set(file, repeated, "source_id", "a-page")
    assert found(tables) == []


def test_a_party_that_is_no_known_code(tables: Tables) -> None:
    tables.set("meetings.csv", 2, "parties", "JPN;XYZ")
    ((file, row, column, message),) = found(tables)
    assert (file, row, column) == ("meetings.csv", 2, "parties")
    assert "'XYZ' is not in countries.csv" in message
