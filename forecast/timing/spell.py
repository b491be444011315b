"""One negotiation on one clock: from imprecise dates to bounds on its duration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import MINYEAR, date
from math import inf

from forecast.archive import (
    DAYS_PER_MONTH,
    DateRange,
    Milestone,
    Negotiation,
    add_months,
    settled_range,
    settling,
)
from forecast.errors import NothingToForecastError
from forecast.timing.clocks import Clock, rank

OPEN, CONCLUDED, ENDED = 0, 1, 2

# Where only the first talks are dated, the launch lies at most this long before them: the 90 % point of
# the gap where both are known.
TALKS_AFTER_LAUNCH_MONTHS = 9

_STATUS = ("status_ongoing", "not_concluded")


@dataclass(frozen=True, slots=True)
class Spell:
    """One negotiation on one clock as of one date.

    Attributes
    ----------
    start : DateRange
        When the clock started.
    start_accounts, end_accounts : tuple of Milestone
        The accounts that start and end rest on, the one whose date is used first.
    end : DateRange or None
        When it stopped; between the last evidence before and a later stage where its own day is not
        documented; None while open.
    open_at : datetime.date
        Last date at which a source shows it unconcluded.
    lower, upper : float
        Bounds on the duration in days; equal where exact, upper infinite while open.
    entry : float
        Age in days from which the case was followed (left truncation).
    exit : float
        Age in days by which it must have ended to be in the data at all (right truncation).
    cause : int
        0 open, 1 concluded, 2 ended without agreement.
    """

    negotiation_id: str
    start: DateRange
    start_accounts: tuple[Milestone, ...]
    end: DateRange | None
    end_accounts: tuple[Milestone, ...]
    open_at: date
    first_seen: date | None
    lower: float
    upper: float
    entry: float
    exit: float
    cause: int

    @property
    def retrospective(self) -> bool:
        """Whether it is known only because it ended."""
        return self.exit < inf


def spell_of(negotiation: Negotiation, clock: Clock, as_of: date) -> Spell:
    """Spell of a negotiation, seen through an as-of view.

    Parameters
    ----------
    negotiation : Negotiation
        From an archive as of ``as_of``.
    clock : Clock
    as_of : datetime.date

    Returns
    -------
    Spell
        With the start in [a_L, a_U] and the end in [b_L, b_U]: lower = max(0, b_L - a_U), raised by
        dated evidence that it was still open; upper = b_U - a_L, capped by later stages. While open,
        lower = c_L - a_U with c the last such evidence, upper infinite.

    Raises
    ------
    NothingToForecastError
        If the clock never started, as far as the view shows.
    """
    start, start_accounts = _start(negotiation, clock)
    end, end_accounts, cause = _end(negotiation, clock)
    evidence = [day for day in _open_days(negotiation, clock) if end is None or day <= end.latest]
    open_at = max([start.earliest, *evidence])
    first_seen = _first_seen(negotiation)
    if end is None:
        lower = float(max(0, (open_at - start.latest).days))
        # A case first seen open at some age tells nothing of the ages before.
        entry = min(_age(first_seen, start), lower) if first_seen else lower
        upper, exit_ = inf, inf
    else:
        latest_open = max(end.earliest, open_at)
        lower = float(max(0, (latest_open - start.latest).days))
        upper = float((end.latest - start.earliest).days)
        if upper < 0:
            raise NothingToForecastError(
                f"{negotiation.id} ends ({end}) before it begins ({start}) on {clock.name}"
            )
        upper = max(upper, 1.0) if lower == 0 else max(upper, lower)
        seen_open = first_seen is not None and first_seen < end.latest
        entry = _age(first_seen, start) if first_seen and seen_open else 0.0
        exit_ = inf if seen_open else max(upper, float((as_of - start.earliest).days))
    return Spell(
        negotiation_id=negotiation.id,
        start=start,
        start_accounts=start_accounts,
        end=end,
        end_accounts=end_accounts,
        open_at=open_at,
        first_seen=first_seen,
        lower=lower,
        upper=upper,
        entry=entry,
        exit=exit_,
        cause=cause,
    )


def _start(negotiation: Negotiation, clock: Clock) -> tuple[DateRange, tuple[Milestone, ...]]:
    event = "signed" if clock.origin == "signed" else "launch_agreed"
    accounts = negotiation.accounts(event)
    if accounts:
        return settled_range(accounts), _settling_first(accounts)
    talks = negotiation.accounts("talks_began")
    if event == "launch_agreed" and talks:
        began = settled_range(talks)
        earliest = began.earliest
        if earliest.year > MINYEAR:
            earliest = add_months(earliest, -TALKS_AFTER_LAUNCH_MONTHS)
        span = DateRange(earliest, began.latest, f"{earliest}/{began.latest}")
        return span, _settling_first(talks)
    missing = "signed" if clock.origin == "signed" else "launched"
    raise NothingToForecastError(f"{negotiation.id} was never {missing}, as far as is documented")


def _end(
    negotiation: Negotiation, clock: Clock
) -> tuple[DateRange | None, tuple[Milestone, ...], int]:
    accounts = _terminal_accounts(negotiation, clock)
    later = _first_later_stage(negotiation, clock)
    if accounts:
        end = settled_range(accounts)
        if later and end.earliest <= later.date.latest < end.latest:
            end = DateRange(end.earliest, later.date.latest, end.text)
        return end, _settling_first(accounts), CONCLUDED
    if later:
        before = [d for d in _open_days(negotiation, clock) if d <= later.date.latest]
        earliest = max(before, default=later.date.earliest)
        return DateRange(earliest, later.date.latest, f"../{later.date}"), (later,), CONCLUDED
    abandoned = negotiation.accounts("abandoned")
    if abandoned:
        end = settled_range(abandoned)
        if all(day <= end.latest for day in _open_days(negotiation, clock)):
            return end, _settling_first(abandoned), ENDED
    return None, (), OPEN


def _terminal_accounts(negotiation: Negotiation, clock: Clock) -> tuple[Milestone, ...]:
    # A WTO accession is concluded by the members' approval; its protocol is not signed like a treaty.
    if negotiation.family == "wto_accession" and clock.terminal_event == "signed":
        return negotiation.accounts("approved_by_WTO") or negotiation.accounts("in_force")
    return negotiation.accounts(clock.terminal_event)


def _first_later_stage(negotiation: Negotiation, clock: Clock) -> Milestone | None:
    later = [m for m in _done(negotiation) if (rank(m.event) or 0) > clock.terminal_rank]
    return min(later, key=lambda m: m.date.latest, default=None)


def _open_days(negotiation: Negotiation, clock: Clock) -> list[date]:
    """First days of all evidence that the terminal event had not yet taken place."""
    reached = _first_later_stage(negotiation, clock) is not None
    return [m.date.earliest for m in _done(negotiation) if _shows_open(m, clock, reached)]


def _shows_open(milestone: Milestone, clock: Clock, reached: bool) -> bool:
    if milestone.event in _STATUS:
        if milestone.stage == "ratification":
            return clock.terminal_event == "in_force"
        # Talks can go on after an agreement in principle whose day nobody recorded.
        return not (clock.terminal_event == "agreement_in_principle" and reached)
    step = rank(milestone.event)
    return step is not None and step < clock.terminal_rank


def _done(negotiation: Negotiation) -> Iterable[Milestone]:
    return (m for m in negotiation.milestones if not m.planned)


def _first_seen(negotiation: Negotiation) -> date | None:
    published = (m.source.published for m in negotiation.milestones)
    return min((day.latest for day in published if day is not None), default=None)


def _age(day: date, start: DateRange) -> float:
    return float(max(0, (day - start.latest).days))


def _settling_first(accounts: tuple[Milestone, ...]) -> tuple[Milestone, ...]:
    best = settling(accounts)
    return (best, *(account for account in accounts if account is not best))


def months(days: float) -> float:
    """Days in months of 30.4375 days."""
    return days / DAYS_PER_MONTH
