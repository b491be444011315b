"""What rows must mean together: order of stages, plans called plans, nothing left over."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, date
from itertools import pairwise
from typing import Any

from forecast.archive.edtf import DateRange, add_months
from forecast.archive.tables import Problem, Table, by_place

# Entry into force is announced with the exchange of notes, so a source may precede it by this much.
_IN_FORCE_AHEAD_MONTHS = 12

_STAGES = ("launch_agreed", "agreement_in_principle", "signed", "in_force")

_STATUS = ("status_ongoing", "not_concluded")

_CITING = ("milestones", "claims", "exercises", "meetings", "leaders", "elections")

# Columns of a table of which the first cannot exceed the second.
_PAIRS = (
    ("claims", "low_months", "high_months"),
    ("exercises", "start", "end"),
    ("leaders", "start", "end"),
)


def meaning_problems(tables: Mapping[str, Table]) -> list[Problem]:
    """Every fault that shows only when rows are read together, sorted by file and row."""
    problems = [
        *_unmarked_plans(tables),
        *_reversed_stages(tables["milestones"]),
        *_late_launches(tables["milestones"]),
        *_misplaced_statuses(tables["milestones"]),
        *_reversed_pairs(tables),
        *_foreign_choices(tables),
        *_uncited_sources(tables),
    ]
    return sorted(problems, key=by_place)


def _unmarked_plans(tables: Mapping[str, Table]) -> Iterable[Problem]:
    published = {row["id"]: row["published"] for row in tables["sources"].rows}
    for line, row in _numbered(tables["milestones"]):
        seen: DateRange | None = published[row["source_id"]]
        if seen is None or seen.latest.year == MAXYEAR or row["planned"]:
            continue
        limit = seen.latest
        if row["event"] == "in_force":
            limit = add_months(limit, _IN_FORCE_AHEAD_MONTHS)
        if row["date"].earliest > limit:
            message = (
                f"{row['event']} on {row['date']} lies after its source was published ({seen}); "
                "mark it as planned or mend the date"
            )
            yield Problem(tables["milestones"].file, line, "date", message)


def _reversed_stages(milestones: Table) -> Iterable[Problem]:
    """Accounts of a later stage that end before every account of an earlier stage begins."""
    accounts: dict[str, dict[str, list[tuple[int | None, DateRange]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for line, row in _numbered(milestones):
        if row["event"] in _STAGES and not row["planned"]:
            accounts[row["negotiation_id"]][row["event"]].append((line, row["date"]))
    for stages in accounts.values():
        known = [stage for stage in _STAGES if stage in stages]
        for before, after in pairwise(known):
            first = min(span.earliest for _, span in stages[before])
            for line, span in stages[after]:
                if span.latest < first:
                    message = f"{after} on {span} precedes {before} ({first})"
                    yield Problem(milestones.file, line, "date", message)


def _late_launches(milestones: Table) -> Iterable[Problem]:
    """Launches that were agreed only after every account of the talks has them under way."""
    began = _latest(milestones, "talks_began")
    for line, row in _numbered(milestones):
        first_talks = began.get(row["negotiation_id"])
        if row["event"] != "launch_agreed" or row["planned"] or first_talks is None:
            continue
        if row["date"].earliest > first_talks:
            message = (
                f"launch_agreed on {row['date']} follows talks_began ({first_talks}); "
                "a relaunch is a negotiation of its own"
            )
            yield Problem(milestones.file, line, "date", message)


def _misplaced_statuses(milestones: Table) -> Iterable[Problem]:
    """Statuses of the negotiation from days on which every account has it signed."""
    signed = _latest(milestones, "signed")
    for line, row in _numbered(milestones):
        last = signed.get(row["negotiation_id"])
        if row["event"] not in _STATUS or row["stage"] != "negotiation" or last is None:
            continue
        if row["date"].earliest > last:
            message = (
                f"{row['event']} on {row['date']} follows the signature ({last}): ratification"
            )
            yield Problem(milestones.file, line, "stage", message)


def _latest(milestones: Table, event: str) -> dict[str, date]:
    """Last day on which an event can have taken place by any of its accounts, by negotiation."""
    days: dict[str, date] = {}
    for row in milestones.rows:
        if row["event"] == event and not row["planned"]:
            key = row["negotiation_id"]
            days[key] = max(days.get(key, date.min), row["date"].latest)
    return days


def _reversed_pairs(tables: Mapping[str, Table]) -> Iterable[Problem]:
    for name, first, second in _PAIRS:
        for line, row in _numbered(tables[name]):
            low, high = row[first], row[second]
            if low is None or high is None:
                continue
            dated = isinstance(low, DateRange)
            if (low.earliest > high.latest) if dated else (low > high):
                message = f"{second} ({high}) lies before {first} ({low})"
                yield Problem(tables[name].file, line, second, message)


def _foreign_choices(tables: Mapping[str, Table]) -> Iterable[Problem]:
    owner = {row["id"]: row["negotiation_id"] for row in tables["claims"].rows}
    for line, row in _numbered(tables["account_sets"]):
        if owner[row["claim_id"]] != row["negotiation_id"]:
            message = f"{row['claim_id']} speaks of {owner[row['claim_id']]}"
            yield Problem(tables["account_sets"].file, line, "claim_id", message)


def _uncited_sources(tables: Mapping[str, Table]) -> Iterable[Problem]:
    cited = {row["source_id"] for name in _CITING for row in tables[name].rows}
    for line, row in _numbered(tables["sources"]):
        # A shipped source (no line) is left over where a user's row takes the place of the citing one.
        if line is not None and row["id"] not in cited:
            yield Problem(tables["sources"].file, line, "id", "no row rests on this source")


def _numbered(table: Table) -> Iterable[tuple[int | None, Mapping[str, Any]]]:
    return zip(table.lines, table.rows, strict=True)
