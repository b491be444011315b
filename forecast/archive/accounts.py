"""Which of several accounts of one event is preferred: the written rule, in code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import inf

from forecast.archive.edtf import DAYS_PER_MONTH, DateRange
from forecast.archive.records import Milestone, Negotiation

_KINDS = {"official": 0, "press": 1, "copy": 2}
_CONFIDENCE = {"high": 0, "medium": 1, "low": 2}

REPEATED = ("round", "exploratory_talks", "status_ongoing", "not_concluded", "suspended", "resumed")
"""Events of which several are several occasions, not several accounts of one."""

_GROUNDS = (
    "kind of source",
    "nearness in time",
    "confidence",
    "earlier source",
    "order of the table",
)


@dataclass(frozen=True, slots=True)
class Conflict:
    """Accounts of one event whose dates cannot all be true, and what settled it."""

    negotiation_id: str
    event: str
    accounts: tuple[Milestone, ...]
    settled_by: str


def conflicts(negotiation: Negotiation) -> Iterator[Conflict]:
    """Events of a negotiation whose accounts contradict each other.

    Two accounts contradict each other where their ranges have no day in common.
    """
    done = sorted((m for m in negotiation.milestones if not m.planned), key=lambda m: m.event)
    for event, group in groupby(done, key=lambda m: m.event):
        accounts = tuple(sorted(group, key=_rank))
        if event in REPEATED:
            continue
        best = accounts[0]
        against = [m for m in accounts[1:] if not _overlap(best.date, m.date)]
        if against:
            pairs = zip(_rank(best), _rank(against[0]), strict=True)
            differs = next((k for k, (a, b) in enumerate(pairs) if a != b), len(_GROUNDS) - 1)
            yield Conflict(negotiation.id, event, accounts, _GROUNDS[differs])


def _overlap(a: DateRange, b: DateRange) -> bool:
    return a.earliest <= b.latest and b.earliest <= a.latest


def preferred(accounts: Sequence[Milestone]) -> Milestone:
    """Account to believe where sources differ.

    Official over press over copies; then the source nearer in time to the event (in whole months); then
    the higher confidence; then the earlier source; then the order of the table.

    Raises
    ------
    ValueError
        If there is no account.
    """
    return min(accounts, key=_rank)


def settling(accounts: Sequence[Milestone]) -> Milestone:
    """Account whose date is used: the preferred one, or a more precise one that agrees with it.

    "2014" and "2014-07" do not contradict each other and make July 2014. Accounts that reach outside the
    preferred one's range are kept in the records and change nothing here.
    """
    ordered = sorted(accounts, key=_rank)
    chosen = ordered[0]
    for account in ordered[1:]:
        outer, inner = chosen.date, account.date
        narrower = (inner.earliest, inner.latest) != (outer.earliest, outer.latest)
        if narrower and outer.earliest <= inner.earliest and inner.latest <= outer.latest:
            chosen = account
    return chosen


def settled_range(accounts: Sequence[Milestone]) -> DateRange:
    """Date of an event by the written rule: that of the :func:`settling` account."""
    return settling(accounts).date


def _rank(account: Milestone) -> tuple[int, float, int, int]:
    published = account.source.published
    if published is None:
        lag, ordinal = inf, 0
    else:
        ordinal = published.latest.toordinal()
        days = max(0, ordinal - account.date.latest.toordinal())
        lag = round(days / DAYS_PER_MONTH)
    return (_KINDS[account.source.kind], lag, _CONFIDENCE[account.confidence], ordinal)
