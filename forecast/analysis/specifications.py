"""Every defensible way to make one forecast: the choices, their levels, and the fits that they take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from types import MappingProxyType
from typing import NamedTuple

from forecast.analysis.refit import TAILS
from forecast.archive import Archive
from forecast.covariates import COVARIATES
from forecast.models import BASELINES, MEMBERS, HierarchicalPriors, create
from forecast.timing.table import DOCUMENTED

DEFAULT, NONE = "default", "none"
ALONE, WITH_TRADE = "own group", "own group and trade"
WITHOUT = "without "
OWN = "model's own"

CLOCKS = ("launch:signed", "launch:agreed", "launch:in_force")
"""The first is the question; the others time other events of the same talks."""

NEVER_SHARES: Mapping[str, float | None] = MappingProxyType(
    {OWN: None, "0 %": 0.0, "10 %": 0.1, "20 %": 0.2, "35 %": 0.35}
)
MISS_RATES: Mapping[str, float] = MappingProxyType({"5 %": 0.05, "0 %": 0.0, "100 %": 1.0})
FAILURE_WEIGHTS: Mapping[str, float] = MappingProxyType({"0": 0.0, "0.5": 0.5, "1": 1.0})
HIERARCHICAL = tuple(f"hierarchical-{tail}" for tail in TAILS)

# Models that take covariates, and those that only look at the family or at nothing.
_REGRESSIONS = tuple(name for name in MEMBERS if "covariates" in create(name).get_params())
_CURVES = tuple(name for name in (*MEMBERS, *BASELINES) if name not in _REGRESSIONS)


class Refit(NamedTuple):
    """One fit, by the level of each choice that it takes a fit to make."""

    clock: str
    accounts: str
    families: str = ALONE
    covariates: str = DEFAULT
    model: str = HIERARCHICAL[0]
    priors: str = DEFAULT
    failure_weight: str = "0"


class Suppositions(NamedTuple):
    """The choices that take no fit of their own."""

    never_share: str = OWN
    miss_rate: str = "5 %"


CHOICES = (*Refit._fields, *Suppositions._fields)
"""Every choice, in the order of the table."""


def _spread(factor: float) -> HierarchicalPriors:
    """Priors of effects that are so many times as wide."""
    usual = HierarchicalPriors()
    return replace(
        usual,
        median=usual.median._replace(sd=usual.median.sd * factor),
        never=usual.never._replace(sd=usual.never.sd * factor),
        **{
            name: getattr(usual, name) * factor
            for name in ("family_sd", "party_sd", "cluster_sd", "coefficient_sd", "never_sd")
        },
    )


PRIORS: Mapping[str, HierarchicalPriors] = MappingProxyType(
    {
        DEFAULT: HierarchicalPriors(),
        "spreads halved": _spread(0.5),
        "spreads doubled": _spread(2.0),
        "covariate means 0": HierarchicalPriors(coefficient_means={}),
    }
)


def refits(archive: Archive, families: Sequence[str]) -> list[Refit]:
    """Every fit, each once, those of one table of spells together.

    All levels of the broad choices are combined with one another. Leaving out one family or one
    covariate is combined with the tails and the accounts, all else as by default; models other than the
    hierarchical ones with what they can take.

    Parameters
    ----------
    archive : Archive
        Whose account sets there are.
    families : sequence of str
        Families that the case is compared with.
    """
    found = {row: None for starts in _starts(archive) for row in _all_of(*starts, tuple(families))}
    order = [(clock, accounts) for clock, accounts in _starts(archive)]
    return sorted(
        found,
        key=lambda row: (order.index((row.clock, row.accounts)), row.families == WITH_TRADE),
    )


def _starts(archive: Archive) -> list[tuple[str, str]]:
    """Clocks with the account sets that change something on them."""
    return [
        (clock, accounts)
        for clock in CLOCKS
        for accounts in (
            DOCUMENTED,
            *sorted({c.name for c in archive.account_choices if c.clock == clock}),
        )
    ]


def _all_of(clock: str, accounts: str, families: tuple[str, ...]) -> Iterator[Refit]:
    breadth = (ALONE,) if "trade" in families else (ALONE, WITH_TRADE)
    broad = tuple(product(breadth, (DEFAULT, NONE)))
    for (wide, named), model, priors, weight in product(
        broad, HIERARCHICAL, PRIORS, FAILURE_WEIGHTS
    ):
        yield Refit(clock, accounts, wide, named, model, priors, weight)
    for (wide, named), model in product(broad, _REGRESSIONS):
        yield Refit(clock, accounts, wide, named, model)
    for wide, model in product(breadth, _CURVES):
        yield Refit(clock, accounts, wide, model=model)
    if clock == CLOCKS[0]:
        yield from _dropped(clock, accounts, families)


def _dropped(clock: str, accounts: str, families: tuple[str, ...]) -> Iterator[Refit]:
    """One family or one covariate left out."""
    for model in HIERARCHICAL:
        for family in families:
            yield Refit(clock, accounts, WITHOUT + family, model=model)
        for name in (name for name, entry in COVARIATES.items() if entry.default):
            yield Refit(clock, accounts, covariates=WITHOUT + name, model=model)


def readings() -> list[Suppositions]:
    """Every combination of the choices that take no fit."""
    return [Suppositions(*levels) for levels in product(NEVER_SHARES, MISS_RATES)]
