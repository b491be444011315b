"""The registry of covariates: what each is called, measured in, and expected to do.

To add one, write a function of a :class:`Case` and the archive in the file it fits, and register it with
its unit, expected sign, prior mean and the ground for that expectation. Nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import inf

from forecast.archive import Archive, Country, DateRange, Negotiation, settled_range

JAPAN = "JPN"
"""Exercises, meetings and foundation pacts are collected for Japan."""

VISITING_FORCES = ("raa", "visiting_forces")
"""Families in which foreign soldiers come under a host's criminal law."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a covariate may know of a negotiation: who, what kind, and when it began."""

    negotiation_id: str
    parties: tuple[str, ...]
    family: str
    launch: DateRange

    @property
    def day(self) -> date:
        """First possible day of the launch: only what was so before it is used."""
        return self.launch.earliest


@dataclass(frozen=True, slots=True)
class Value:
    """A covariate's value for one case and what it rests on; None is unknown, never guessed."""

    value: float | str | None
    rests_on: str


Function = Callable[[Case, Archive], Value]


@dataclass(frozen=True, slots=True)
class Covariate:
    """One registered covariate.

    Attributes
    ----------
    unit : str
        What one unit is; "1 if ..." or "1 where ..." of a trait that a case has or has not.
    sign : str
        Expected association with the duration: '+' longer, '-' shorter, '?' none assumed.
    prior_mean : float
        Prior mean of its coefficient on the log duration, per unit.
    ground : str
        Where the expectation comes from.
    default : bool
        Whether models use it unless told which to use.
    levels : tuple of str
        Categories, the reference last; empty for a number.
    bounds : (float, float)
        Least and largest value of a number that there can be.
    """

    name: str
    unit: str
    sign: str
    prior_mean: float
    ground: str
    default: bool
    levels: tuple[str, ...]
    bounds: tuple[float, float]
    function: Function

    @property
    def yes_or_no(self) -> bool:
        """Whether 1 stands for yes and 0 for no."""
        return _is_yes_or_no(self.unit)


def _is_yes_or_no(unit: str) -> bool:
    return unit.startswith(("1 if ", "1 where "))


COVARIATES: dict[str, Covariate] = {}


def covariate(
    *,
    unit: str,
    sign: str,
    prior_mean: float,
    ground: str,
    default: bool = True,
    levels: Sequence[str] = (),
    bounds: tuple[float, float] = (0.0, inf),
) -> Callable[[Function], Function]:
    """Register a function as a covariate under its own name."""

    def register(function: Function) -> Function:
        name = function.__name__
        possible = (0.0, 1.0) if _is_yes_or_no(unit) else bounds
        COVARIATES[name] = Covariate(
            name, unit, sign, prior_mean, ground, default, tuple(levels), possible, function
        )
        return function

    return register


def prior_means(names: Iterable[str]) -> dict[str, float]:
    """Prior mean of each coefficient, by covariate; 0 for a name that is not registered."""
    return {name: COVARIATES[name].prior_mean if name in COVARIATES else 0.0 for name in names}


def default_covariates(names: Iterable[str]) -> list[str]:
    """Those of some columns that models use unless told: default ones, and a user's own."""
    return [name for name in names if name not in COVARIATES or COVARIATES[name].default]


def values(case: Case, archive: Archive) -> Mapping[str, Value]:
    """Every registered covariate of a case."""
    return {name: entry.function(case, archive) for name, entry in COVARIATES.items()}


def states(parties: Iterable[str], archive: Archive) -> list[Country] | None:
    """Countries of the parties; None unless each is a state in the table."""
    countries = [archive.countries.get(party) for party in parties]
    known = [country for country in countries if country is not None and country.kind == "state"]
    return known if len(known) == len(countries) else None


NOT_STATES = "not all parties are states in the table"


def holds(first_year: int | None, day: date) -> bool:
    """Whether a trait acquired in a year was held before the year of a day."""
    return first_year is not None and first_year < day.year


def reached_before(negotiation: Negotiation, event: str, day: date) -> bool:
    """Whether an event of a negotiation is documented before a day."""
    accounts = negotiation.accounts(event)
    return bool(accounts) and settled_range(accounts).latest < day
