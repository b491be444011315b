"""Named covariates of a negotiation, each known on the day it was launched.

To add one, write a function of a :class:`Case` and the archive, and register it with its unit, expected
sign, prior mean and the ground for that expectation. Nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import log1p

from forecast.archive import (
    DAYS_PER_MONTH,
    Archive,
    Country,
    DateRange,
    Negotiation,
    add_months,
    settled_range,
)

# The list of exercises begins with the Japanese fiscal year 2012 and always includes Japan.
EXERCISES_SINCE = date(2012, 4, 1)
EXERCISES_PARTY = "JPN"
_EXERCISE_WINDOW_MONTHS = 60
_LEAST_COVERED_MONTHS = 24

# Pacts on which closer defence cooperation is usually founded, and the family of each.
_FOUNDATIONS = ("information_security", "logistics", "equipment")

_VISITING_FORCES = ("raa", "visiting_forces")


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
        What one unit is; a covariate of categories lists them there.
    sign : str
        Expected association with the duration: '+' longer, '-' shorter, '?' none assumed.
    prior_mean : float
        Prior mean of its coefficient on the log duration, per unit.
    ground : str
        Where the expectation comes from.
    levels : tuple of str
        Categories, the reference last; empty for a number.
    """

    name: str
    unit: str
    sign: str
    prior_mean: float
    ground: str
    levels: tuple[str, ...]
    function: Function


COVARIATES: dict[str, Covariate] = {}


def covariate(
    *, unit: str, sign: str, prior_mean: float, ground: str, levels: Sequence[str] = ()
) -> Callable[[Function], Function]:
    """Register a function as a covariate under its own name."""

    def register(function: Function) -> Function:
        name = function.__name__
        COVARIATES[name] = Covariate(name, unit, sign, prior_mean, ground, tuple(levels), function)
        return function

    return register


def prior_means(names: Iterable[str]) -> dict[str, float]:
    """Prior mean of each coefficient, by covariate; 0 for a name that is not registered."""
    return {name: COVARIATES[name].prior_mean if name in COVARIATES else 0.0 for name in names}


def values(case: Case, archive: Archive) -> Mapping[str, Value]:
    """Every registered covariate of a case."""
    return {name: entry.function(case, archive) for name, entry in COVARIATES.items()}


@covariate(
    unit="category",
    sign="?",
    prior_mean=0.0,
    ground="none assumed: allies trust more, but also ask for more",
    levels=("US treaty ally", "Five Eyes", "G7", "other"),
)
def partner_type(case: Case, archive: Archive) -> Value:
    """First of the levels that fits every partner; the United States counts as its own ally.

    Partners are the parties but Japan, or all parties where Japan is none.
    """
    partners = [p for p in case.parties if p != EXERCISES_PARTY]
    countries = [archive.countries.get(partner) for partner in partners]
    known = [country for country in countries if country is not None and country.kind == "state"]
    if len(known) < len(countries):
        return Value(None, f"{', '.join(partners)}: not all are states in the table")
    year = case.day.year

    def ally(country: Country) -> bool:
        return country.iso3 == "USA" or _since(country.us_treaty_ally_since, year)

    tests: tuple[tuple[str, Callable[[Country], bool]], ...] = (
        ("US treaty ally", ally),
        ("Five Eyes", lambda country: bool(country.five_eyes)),
        ("G7", lambda country: _since(country.g7, year)),
    )
    for level, fits in tests:
        if all(fits(country) for country in known):
            return Value(level, f"{', '.join(partners)} in {year}")
    return Value("other", f"{', '.join(partners)} in {year}")


@covariate(
    unit="log(1 + named exercises per covered year)",
    sign="-",
    prior_mean=-0.15,
    ground="Japanese officials gave the maturity of joint exercises as the reason to launch with France",
)
def prior_exercises(case: Case, archive: Archive) -> Value:
    """Named exercises with all parties, per covered year of the five years before the launch."""
    if EXERCISES_PARTY not in case.parties:
        return Value(None, "the list of exercises covers Japan's only")
    start = max(add_months(case.day, -_EXERCISE_WINDOW_MONTHS), EXERCISES_SINCE)
    years = (case.day - start).days / DAYS_PER_MONTH / 12
    if case.day < add_months(EXERCISES_SINCE, _LEAST_COVERED_MONTHS):
        return Value(None, f"the list covers {max(years, 0):.1f} of the five years before")
    parties = set(case.parties)
    found = [
        exercise
        for exercise in archive.exercises
        if exercise.tag == "named"
        and parties <= exercise.participants
        and start <= exercise.end.latest < case.day
    ]
    return Value(log1p(len(found) / years), f"{len(found)} named exercises in {years:.1f} years")


@covariate(
    unit="number of kinds (0 to 3)",
    sign="-",
    prior_mean=-0.15,
    ground="press accounts name the information, logistics and equipment pacts as the base of a RAA",
)
def prior_pacts(case: Case, archive: Archive) -> Value:
    """Kinds of foundation pact (ISA, ACSA, DETT) in force between the parties before the launch.

    The case's own kind does not count. Missing where Japan is no party: only its pacts are collected.
    """
    if EXERCISES_PARTY not in case.parties:
        return Value(None, "foundation pacts are collected for Japan only")
    parties = set(case.parties)
    found: dict[str, str] = {}
    for other in archive.values():
        if (
            other.family in _FOUNDATIONS
            and other.family != case.family
            and set(other.parties) == parties
            and _reached_before(other, "in_force", case.day)
        ):
            found[other.family] = other.id
    return Value(float(len(found)), ", ".join(found.values()) or "none in force")


@covariate(
    unit="log(1 + earlier agreements)",
    sign="-",
    prior_mean=-0.15,
    ground="the second and third RAA followed the first one's text and took a fifth of its time",
)
def template_experience(case: Case, archive: Archive) -> Value:
    """Agreements of the same family that a party had signed before the launch."""
    parties = set(case.parties)
    found = [
        other.id
        for other in archive.values()
        if other.id != case.negotiation_id
        and other.family == case.family
        and parties & set(other.parties)
        and _reached_before(other, "signed", case.day)
    ]
    return Value(log1p(len(found)), f"{len(found)} before" + (f": {found[-1]}" if found else ""))


@covariate(
    unit="1 where the issue arises",
    sign="+",
    prior_mean=0.25,
    ground="the death penalty and off-duty jurisdiction held up Australia's RAA; see it with 0 as well",
)
def legal_sticking_point(case: Case, archive: Archive) -> Value:
    """Whether one party keeps the death penalty and another has abolished it (visiting forces only)."""
    if case.family not in _VISITING_FORCES:
        return Value(0.0, "no visiting forces")
    countries = [archive.countries.get(party) for party in case.parties]
    known = [country for country in countries if country is not None and country.kind == "state"]
    if len(known) < len(countries):
        return Value(None, "not all parties are states in the table")
    abolished = [_since(c.death_penalty_abolished_year, case.day.year) for c in known]
    shown = ", ".join(
        f"{c.iso3} {'abolished' if gone else 'retains'}"
        for c, gone in zip(known, abolished, strict=True)
    )
    return Value(float(any(abolished) and not all(abolished)), shown)


def _since(first_year: int | None, year: int) -> bool:
    return first_year is not None and first_year < year


def _reached_before(negotiation: Negotiation, event: str, day: date) -> bool:
    accounts = negotiation.accounts(event)
    return bool(accounts) and settled_range(accounts).latest < day
