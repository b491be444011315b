"""Short names that the tests of covariates share."""

from __future__ import annotations

from collections.abc import Callable

from forecast.archive import Archive, Country, Milestone, Negotiation
from forecast.covariates import COVARIATES, Case, Value

Make = Callable[..., Milestone]
Talks = Callable[..., Negotiation]
Records = Callable[..., Archive]
Land = Callable[..., Country]


def found(name: str, case: Case, archive: Archive) -> Value:
    """A covariate's value and what it rests on."""
    return COVARIATES[name].function(case, archive)


def value(name: str, case: Case, archive: Archive) -> float | str | None:
    return found(name, case, archive).value
