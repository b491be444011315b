"""Covariates of what the parties had done together before."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from math import inf, log1p

from forecast.archive import DAYS_PER_MONTH, Archive, add_months
from forecast.covariates.registry import JAPAN, Case, Value, covariate, reached_before

# The lists of exercises and meetings begin with the Japanese fiscal year 2012.
LISTED_SINCE = date(2012, 4, 1)
_WINDOW_MONTHS = 60
_LEAST_COVERED_MONTHS = 24

_MOST_NAMED = 3

# Pacts on which closer defence cooperation is usually founded.
_FOUNDATIONS = ("information_security", "logistics", "equipment")


@covariate(
    unit="log(1 + named exercises per covered year)",
    sign="-",
    prior_mean=-0.15,
    ground="Japanese officials gave the maturity of joint exercises as the reason to launch with France",
)
def prior_exercises(case: Case, archive: Archive) -> Value:
    """Named exercises with all parties, per covered year of the five years before the launch."""
    days = (
        exercise.end.latest
        for exercise in archive.exercises
        if exercise.tag == "named" and exercise.participants.issuperset(case.parties)
    )
    return _per_year(case, days, "named exercises")


@covariate(
    unit="log(1 + meetings per covered year)",
    sign="-",
    prior_mean=0.0,
    ground="none assumed: ministers meet more where more is at stake",
    default=False,
)
def prior_meetings(case: Case, archive: Archive) -> Value:
    """Meetings of leaders or ministers of all parties, per covered year of the five before."""
    days = (
        meeting.date.latest
        for meeting in archive.meetings
        if meeting.parties.issuperset(case.parties)
    )
    return _per_year(case, days, "meetings")


@covariate(
    unit="number of kinds (0 to 3)",
    bounds=(0.0, 3.0),
    sign="-",
    prior_mean=-0.15,
    ground="press accounts name the information, logistics and equipment pacts as the base of a RAA",
)
def prior_pacts(case: Case, archive: Archive) -> Value:
    """Kinds of foundation pact (ISA, ACSA, DETT) in force between the parties before the launch.

    The case's own kind does not count. Missing where Japan is no party: only its pacts are collected.
    """
    if JAPAN not in case.parties:
        return Value(None, "foundation pacts are collected for Japan only")
    found: dict[str, str] = {}
    for other in archive.between(case.parties):
        if (
            other.family in _FOUNDATIONS
            and other.family != case.family
            and reached_before(other, "in_force", case.day)
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
    found = _earlier(case, archive)
    return Value(log1p(len(found)), _named(found))


@covariate(
    unit="1 if the first of its kind",
    sign="+",
    prior_mean=0.0,
    ground="said of Australia's RAA; template experience speaks of the same in finer steps",
    default=False,
)
def first_of_kind(case: Case, archive: Archive) -> Value:
    """Whether no party had signed an agreement of this family before."""
    found = _earlier(case, archive)
    return Value(float(not found), f"{len(found)} before")


@covariate(
    unit="decades after 2000",
    bounds=(-inf, inf),
    sign="?",
    prior_mean=0.0,
    ground="none assumed",
    default=False,
)
def launch_year(case: Case, archive: Archive) -> Value:
    """When the talks were launched, in decades after 2000."""
    return Value((case.day.year - 2000) / 10, str(case.day.year))


def _earlier(case: Case, archive: Archive) -> list[str]:
    parties = set(case.parties)
    return [
        other.id
        for other in archive.of_family(case.family)
        if other.id != case.negotiation_id
        and parties.intersection(other.parties)
        and reached_before(other, "signed", case.day)
    ]


def _named(earlier: list[str]) -> str:
    """How many came before and which: all of a few, else the last."""
    count = f"{len(earlier)} before"
    if not earlier:
        return count
    if len(earlier) > _MOST_NAMED:
        return f"{count}, among them {earlier[-1]}"
    return f"{count}: {', '.join(earlier)}"


def _per_year(case: Case, days: Iterable[date], what: str) -> Value:
    """Log of 1 + the rate of listed events in the covered part of five years before the launch."""
    if JAPAN not in case.parties:
        return Value(None, f"the list of {what} covers Japan's only")
    if case.day < add_months(LISTED_SINCE, _LEAST_COVERED_MONTHS):
        return Value(None, f"the list covers less than two years before {case.day}")
    start = max(add_months(case.day, -_WINDOW_MONTHS), LISTED_SINCE)
    years = (case.day - start).days / DAYS_PER_MONTH / 12
    count = sum(start <= day < case.day for day in days)
    return Value(log1p(count / years), f"{count} {what} in {years:.1f} years")
