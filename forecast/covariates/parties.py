"""Covariates of who negotiates."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from math import asin, cos, inf, log2, radians, sin, sqrt

from forecast.archive import Archive, Country
from forecast.covariates.registry import (
    JAPAN,
    NOT_STATES,
    VISITING_FORCES,
    Case,
    Value,
    covariate,
    holds,
    states,
)

_EARTH_RADIUS_KM = 6371.0


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
    partners = [party for party in case.parties if party != JAPAN]
    known = states(partners, archive)
    if known is None:
        return Value(None, f"{', '.join(partners)}: not all are states in the table")
    tests: tuple[tuple[str, Callable[[Country], bool]], ...] = (
        ("US treaty ally", lambda c: c.iso3 == "USA" or holds(c.us_treaty_ally_since, case.day)),
        ("Five Eyes", lambda c: bool(c.five_eyes)),
        ("G7", lambda c: holds(c.g7, case.day)),
    )
    shown = f"{', '.join(partners)} in {case.day.year}"
    for level, fits in tests:
        if all(fits(country) for country in known):
            return Value(level, shown)
    return Value("other", shown)


@covariate(
    unit="doublings of the number of parties",
    bounds=(1.0, inf),
    sign="+",
    prior_mean=0.20,
    ground="more parties, more to settle: studies of trade and environmental agreements",
)
def log2_parties(case: Case, archive: Archive) -> Value:
    """Binary logarithm of the number of parties; a bloc counts as one."""
    return Value(log2(len(case.parties)), f"{len(case.parties)} parties")


@covariate(
    unit="1 where the issue arises",
    sign="+",
    prior_mean=0.25,
    ground="the death penalty and off-duty jurisdiction held up Australia's RAA; see it with 0 as well",
)
def legal_sticking_point(case: Case, archive: Archive) -> Value:
    """Whether one party keeps the death penalty and another has abolished it (visiting forces only)."""
    if case.family not in VISITING_FORCES:
        return Value(0.0, "no visiting forces")
    known = states(case.parties, archive)
    if known is None:
        return Value(None, NOT_STATES)
    unknown = [c.iso3 for c in known if not c.death_penalty_known]
    if unknown:
        return Value(None, f"the law of {', '.join(unknown)} is not known")
    abolished = [holds(c.death_penalty_abolished_year, case.day) for c in known]
    shown = ", ".join(
        f"{c.iso3} {'abolished' if gone else 'retains'}"
        for c, gone in zip(known, abolished, strict=True)
    )
    return Value(float(any(abolished) and not all(abolished)), shown)


@covariate(
    unit="1 where a legislature must approve",
    sign="+",
    prior_mean=0.15,
    ground="negotiators who face a vote at home bargain longer",
)
def legislature_approves(case: Case, archive: Archive) -> Value:
    """Whether the legislature of any party must approve such a treaty; missing if none is known to."""
    found = {
        p: archive.countries[p].legislature_approves for p in case.parties if p in archive.countries
    }
    needed = [party for party, approves in found.items() if approves]
    if needed:
        return Value(1.0, ", ".join(needed))
    unknown = [party for party in case.parties if found.get(party) is None]
    if unknown:
        return Value(None, f"not known for {', '.join(unknown)}")
    return Value(0.0, "no party's must")


@covariate(
    unit="1 if all parties lie in one region",
    sign="-",
    prior_mean=-0.15,
    ground="neighbours share threats and meet more often",
)
def same_region(case: Case, archive: Archive) -> Value:
    """Whether all parties lie in one region of the table."""
    regions = {
        party: archive.countries[party].region
        for party in case.parties
        if party in archive.countries
    }
    if len(regions) < len(case.parties) or not all(regions.values()):
        return Value(None, "a party's region is not known")
    return Value(float(len(set(regions.values())) == 1), ", ".join(regions.values()))


@covariate(
    unit="1 if all parties belong to one alliance",
    sign="-",
    prior_mean=-0.15,
    ground="allies have settled much of the law and the trust before",
)
def allied(case: Case, archive: Archive) -> Value:
    """Whether all parties are members of NATO, or the United States and its treaty allies."""
    known = states(case.parties, archive)
    if known is None:
        return Value(None, NOT_STATES)
    if all(holds(c.nato_since, case.day) for c in known):
        return Value(1.0, "NATO")
    others = [c for c in known if c.iso3 != "USA"]
    with_usa = len(others) == 1 and len(known) == 2
    if with_usa and holds(others[0].us_treaty_ally_since, case.day):
        return Value(1.0, f"{others[0].iso3} is a treaty ally of the United States")
    return Value(0.0, "no common alliance in the table")


@covariate(
    unit="km",
    sign="?",
    prior_mean=0.0,
    ground="none assumed",
    default=False,
)
def distance_km(case: Case, archive: Archive) -> Value:
    """Great circle between the capitals; the longest where there are more than two parties."""
    known = states(case.parties, archive)
    if known is None:
        return Value(None, NOT_STATES)
    capitals = [(country.iso3, country.capital) for country in known]
    if any(capital is None for _, capital in capitals):
        return Value(None, "a capital's position is not known")
    longest, between = max(
        (great_circle_km(here, there), f"{one}-{two}")
        for (one, here), (two, there) in combinations(capitals, 2)
        if here is not None and there is not None
    )
    return Value(round(longest), between)


def great_circle_km(here: tuple[float, float], there: tuple[float, float]) -> float:
    """Distance between two places on a sphere of 6,371 km radius, by the haversine formula.

    Parameters
    ----------
    here, there : (float, float)
        Latitude and longitude in degrees.
    """
    phi_1, phi_2 = radians(here[0]), radians(there[0])
    half_lambda = radians(there[1] - here[1]) / 2
    chord = sin((phi_2 - phi_1) / 2) ** 2 + cos(phi_1) * cos(phi_2) * sin(half_lambda) ** 2
    return 2 * _EARTH_RADIUS_KM * asin(sqrt(chord))
