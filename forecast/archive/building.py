"""From checked rows to an archive: which row becomes which record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, TypeVar

from forecast.archive.edtf import parse
from forecast.archive.records import (
    AccountChoice,
    Claim,
    Country,
    Election,
    Exercise,
    Leader,
    Meeting,
    Milestone,
    Negotiation,
    Source,
)
from forecast.archive.tables import Row
from forecast.archive.view import Archive

Rows = Mapping[str, tuple[Row, ...]]

Record = TypeVar("Record", Exercise, Country, AccountChoice, Meeting, Leader, Election)


def build(vintage: str, rows: Rows, **extras: Any) -> Archive:
    """Archive of all rows, as known at their vintage.

    Parameters
    ----------
    vintage : str
        EDTF date up to which the data set was researched.
    rows : mapping of str to tuple of rows
        Converted rows by table.
    **extras
        Further fields of :class:`Archive`, such as ``series``.
    """
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
    researched = parse(vintage).latest
    complete = Archive(
        date=researched,
        vintage=researched,
        mode="event",
        negotiations=negotiations,
        exercises=tuple(_record(Exercise, row, sources) for row in rows["exercises"]),
        countries={row["iso3"]: _record(Country, row, sources) for row in rows["countries"]},
        account_choices=tuple(_record(AccountChoice, row, sources) for row in rows["account_sets"]),
        meetings=tuple(_record(Meeting, row, sources) for row in rows["meetings"]),
        leaders=tuple(_record(Leader, row, sources) for row in rows["leaders"]),
        elections=tuple(_record(Election, row, sources) for row in rows["elections"]),
        **extras,
    )
    return complete.as_of(researched)


def _with_source(row: Row, sources: Mapping[str, Source]) -> dict[str, Any]:
    fields = dict(row)
    fields["source"] = sources[fields.pop("source_id")]
    return fields


def _record(kind: type[Record], row: Row, sources: Mapping[str, Source]) -> Record:
    """Record of the columns that its class names; a list of codes becomes a set."""
    fields = _with_source(row, sources) if "source_id" in row else row
    chosen: dict[str, Any] = {}
    for name in kind.__dataclass_fields__:
        value = fields[name]
        chosen[name] = frozenset(value) if isinstance(value, tuple) else value
    return kind(**chosen)
