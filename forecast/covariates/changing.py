"""Covariates that change while talks go on, for models that split a spell into episodes.

Each is a function of the parties, the archive and a day, and sees what the archive's view holds: beyond
the date of the view there is nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from forecast.archive import Archive, add_months
from forecast.covariates.registry import Value

WINDOW_MONTHS = 6

DatedFunction = Callable[[Sequence[str], Archive, date], Value]


@dataclass(frozen=True, slots=True)
class ChangingCovariate:
    """A covariate of parties on a day; ``sign`` is the expected association with the hazard."""

    name: str
    unit: str
    sign: str
    prior_mean: float
    ground: str
    function: DatedFunction


CHANGING: dict[str, ChangingCovariate] = {}


def _changing(sign: str, ground: str) -> Callable[[DatedFunction], DatedFunction]:
    def register(function: DatedFunction) -> DatedFunction:
        name = function.__name__
        CHANGING[name] = ChangingCovariate(name, "1 if so", sign, 0.0, ground, function)
        return function

    return register


def values_on(parties: Sequence[str], archive: Archive, day: date) -> Mapping[str, Value]:
    """Every changing covariate of some parties on a day."""
    return {name: entry.function(parties, archive, day) for name, entry in CHANGING.items()}


@_changing("?", "governments before an election avoid contested treaties, or hurry to finish them")
def election_within_6_months(parties: Sequence[str], archive: Archive, day: date) -> Value:
    """Whether a party elects its parliament or president within six months of the day, either side.

    Missing where no election of a party is listed.
    """
    listed = {election.iso3 for election in archive.elections}
    dated = [(e.iso3, e.date.latest) for e in archive.elections if e.iso3 in parties]
    return _near(parties, listed, dated, day, ahead=WINDOW_MONTHS)


@_changing("?", "a new leader brings new priorities, or a fresh start")
def leader_changed_within_6_months(parties: Sequence[str], archive: Archive, day: date) -> Value:
    """Whether a party's leader took office in the six months before the day.

    Missing where no leader of a party is listed.
    """
    listed = {leader.iso3 for leader in archive.leaders}
    dated = [
        (leader.iso3, leader.start.latest) for leader in archive.leaders if leader.iso3 in parties
    ]
    return _near(parties, listed, dated, day, ahead=0)


@_changing(
    "+", "leaders' visits are the deadline of such talks; a postponed visit postpones the deal"
)
def meeting_ahead_or_recent(parties: Sequence[str], archive: Archive, day: date) -> Value:
    """Whether leaders or ministers of all parties meet within six months of the day, either side.

    Missing where no meeting of the parties is listed.
    """
    together = [m for m in archive.meetings if m.parties.issuperset(parties)]
    if not together:
        return Value(None, "no meeting of the parties is listed")
    dated = [(meeting.kind, meeting.date.latest) for meeting in together]
    return _shown(_within(dated, day, ahead=WINDOW_MONTHS))


def _near(
    parties: Sequence[str],
    listed: set[str],
    dated: Iterable[tuple[str, date]],
    day: date,
    ahead: int,
) -> Value:
    unlisted = [party for party in parties if party not in listed]
    near = _within(dated, day, ahead)
    if unlisted and not near:
        return Value(None, f"none listed for {', '.join(unlisted)}")
    return _shown(near)


def _within(dated: Iterable[tuple[str, date]], day: date, ahead: int) -> list[str]:
    first, last = add_months(day, -WINDOW_MONTHS), add_months(day, ahead)
    return [f"{what} {when}" for what, when in dated if first <= when <= last]


def _shown(near: list[str]) -> Value:
    return Value(float(bool(near)), ", ".join(near) or "none in the window")
