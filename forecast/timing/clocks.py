"""Clocks: which event starts the count of months and which one stops it."""

from __future__ import annotations

from dataclasses import dataclass

from forecast.errors import UsageError

# How far along a negotiation is once an event has taken place. A status says nothing by itself: it is
# read by its stage. Approvals and ratifications (approved_by_XXX) share one rank.
_APPROVED = 4
RANKS = {
    "launch_agreed": 0,
    "talks_began": 0,
    "round": 0,
    "suspended": 0,
    "resumed": 0,
    "agreement_in_principle": 1,
    "text_finalised": 2,
    "initialled": 2,
    "signed": 3,
    "in_force": 5,
}


def rank(event: str) -> int | None:
    """Rank of an event on the way from launch to force; None for one that is no step on it."""
    if event.startswith(("approved_by_", "ratified_by_")):
        return _APPROVED
    return RANKS.get(event)


@dataclass(frozen=True, slots=True)
class Clock:
    """An origin event and a terminal event.

    Attributes
    ----------
    terminal_event : str
        The milestone that stops the clock.
    verb : str
        How a sentence says that it has happened ("is signed").
    """

    name: str
    origin: str
    terminal_event: str
    verb: str

    @property
    def terminal_rank(self) -> int:
        """Rank of the terminal event."""
        return RANKS[self.terminal_event]


CLOCKS = {
    clock.name: clock
    for clock in (
        Clock("launch:signed", "launch", "signed", "signed"),
        Clock("launch:agreed", "launch", "agreement_in_principle", "agreed in principle"),
        Clock("launch:in_force", "launch", "in_force", "in force"),
        Clock("signed:in_force", "signed", "in_force", "in force"),
    )
}


def parse_clock(name: str) -> Clock:
    """Clock of this name.

    Raises
    ------
    UsageError
        If there is none; the message lists those there are.
    """
    try:
        return CLOCKS[name]
    except KeyError:
        raise UsageError(f"{name!r} is not a clock; one of {', '.join(CLOCKS)}") from None
