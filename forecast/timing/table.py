"""The table of spells: covariates X, durations y, and a frame that says where each comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import inf

import numpy as np
import pandas as pd

from forecast.archive import DAYS_PER_MONTH, FAILURE, Archive, Claim, Milestone, Negotiation
from forecast.covariates import COVARIATES, Case, values
from forecast.errors import NothingToForecastError, UsageError
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.durations import durations
from forecast.timing.clocks import Clock, parse_clock
from forecast.timing.promises import officials_said
from forecast.timing.spell import CONCLUDED, Spell, months, spell_of

DOCUMENTED = "documented"

RESERVED = (
    "family", "cluster", "parties", "searched_for", "months_to_as_of",
    "promised", "said_at", "first_promises",
)  # fmt: skip
"""Columns of X that describe a row and are no covariates."""

_STATUS = {0: "open", 1: "concluded", 2: "ended without agreement"}


@dataclass(frozen=True, slots=True)
class Spells:
    """Spells of many negotiations on one clock as of one date.

    Attributes
    ----------
    X : DataFrame, (n, covariates + 8)
        Index the negotiation id; one column a covariate, then ``family``, ``cluster``, ``parties``,
        ``searched_for``, ``months_to_as_of`` (since the launch), and what officials promised:
        ``promised``, ``said_at``, ``first_promises``
        (:func:`~forecast.timing.promises.officials_said`).
    y : structured array, (n,)
        Durations in months; see :func:`forecast.durations`.
    frame : DataFrame, (n, ...)
        For reading: title, dates, bounds in months, status, account and sources of each spell.
    excluded : Series
        Why a negotiation of the same domain and families is no spell, by id.
    weights : (n,) array
        Case weights for models that know no better: the near-copies of a cluster share one, and a row
        that was looked for because it failed has none, for such rows would make all others look slower.
        They have none at earlier as-of dates either, when they were still open: they are in the data
        only because of what became of them later.
    by_id : mapping of str to Spell
    """

    X: pd.DataFrame
    y: DurationArray
    frame: pd.DataFrame
    excluded: pd.Series
    weights: FloatArray
    by_id: Mapping[str, Spell]
    clock: Clock
    as_of: date
    accounts: str

    def __len__(self) -> int:
        """Return the number of spells."""
        return len(self.y)


def spells(
    archive: Archive,
    clock: str = "launch:signed",
    accounts: str = DOCUMENTED,
    families: Collection[str] | None = None,
    domain: str | None = "defence",
) -> Spells:
    """Turn the negotiations of an as-of view into censored durations.

    Parameters
    ----------
    archive : Archive
        The view; its date is the as-of date.
    clock : str
        Origin and terminal event, such as ``launch:signed``.
    accounts : str
        ``documented``, or an account set such as ``press``: the claims it names stand for the
        durations of their negotiations once they had been made; all other spells are unchanged.
    families, domain : optional
        Keep only these; None keeps all.

    Returns
    -------
    Spells

    Raises
    ------
    UsageError
        If the clock or the account set is unknown.
    """
    timer = parse_clock(clock)
    check_accounts(archive, accounts)
    claims = _claims_of(archive, accounts, clock)
    found: dict[str, Spell] = {}
    excluded: dict[str, str] = {}
    for negotiation in archive.values():
        if families is not None and negotiation.family not in families:
            continue
        if domain is not None and negotiation.domain != domain:
            continue
        try:
            spell = spell_of(negotiation, timer, archive.date)
        except NothingToForecastError as error:
            excluded[negotiation.id] = str(error)
            continue
        claim = claims.get(negotiation.id)
        found[negotiation.id] = _retold(spell, claim) if claim else spell
    return Spells(
        X=_covariates(archive, found, timer),
        y=_durations(found),
        frame=_frame(archive, found, claims),
        excluded=pd.Series(excluded, dtype=object, name="reason"),
        weights=_weights([archive[key] for key in found]),
        by_id=found,
        clock=timer,
        as_of=archive.date,
        accounts=accounts,
    )


def check_accounts(archive: Archive, accounts: str) -> None:
    """Raise a UsageError unless the account set exists."""
    known = [DOCUMENTED, *sorted({choice.name for choice in archive.account_choices})]
    if accounts not in known:
        raise UsageError(f"{accounts!r} is not an account set; one of {', '.join(known)}")


def _claims_of(archive: Archive, accounts: str, clock: str) -> dict[str, Claim]:
    """Claims of an account set that had been made by the date of the view, by negotiation."""
    chosen = {
        choice.negotiation_id: choice.claim_id
        for choice in archive.account_choices
        if choice.name == accounts and choice.clock == clock
    }
    return {
        negotiation_id: claim
        for negotiation_id, claim_id in chosen.items()
        for claim in archive[negotiation_id].claims
        if claim.id == claim_id
    }


def _retold(spell: Spell, claim: Claim) -> Spell:
    """Spell with a claimed duration in place of the documented one, if it has concluded."""
    if spell.cause != CONCLUDED:
        return spell
    low = claim.low_months or 0.0
    high = inf if claim.high_months is None else claim.high_months
    return replace(
        spell, lower=low * DAYS_PER_MONTH, upper=high * DAYS_PER_MONTH, entry=0.0, exit=inf
    )


def _durations(found: Mapping[str, Spell]) -> DurationArray:
    rows = list(found.values())
    return durations(
        lower=[months(spell.lower) for spell in rows],
        upper=[months(spell.upper) for spell in rows],
        entry=[months(spell.entry) for spell in rows],
        exit=[months(spell.exit) for spell in rows],
        cause=[spell.cause for spell in rows],
    )


def _weights(records: Sequence[Negotiation]) -> FloatArray:
    sizes = Counter(record.cluster for record in records if record.cluster)
    weights = [
        0.0 if record.searched_for == FAILURE else 1.0 / sizes.get(record.cluster, 1)
        for record in records
    ]
    return np.array(weights)


def _covariates(archive: Archive, found: Mapping[str, Spell], clock: Clock) -> pd.DataFrame:
    rows = {}
    for key, spell in found.items():
        negotiation = archive[key]
        case = Case(key, negotiation.parties, negotiation.family, spell.start)
        row: dict[str, object] = {name: item.value for name, item in values(case, archive).items()}
        row["family"] = negotiation.family
        row["cluster"] = negotiation.cluster or key
        row["parties"] = negotiation.parties
        row["searched_for"] = negotiation.searched_for
        row["months_to_as_of"] = months((archive.date - spell.start.midpoint).days)
        row |= officials_said(negotiation, spell.start, clock.terminal_event, archive.date)
        rows[key] = row
    columns = [*COVARIATES, *RESERVED]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("id")
    for name, entry in COVARIATES.items():
        kind = pd.CategoricalDtype(list(entry.levels)) if entry.levels else float
        table[name] = table[name].astype(kind)
    return table


def _frame(
    archive: Archive, found: Mapping[str, Spell], claims: Mapping[str, Claim]
) -> pd.DataFrame:
    rows = {key: _described(archive[key], spell, claims) for key, spell in found.items()}
    columns = list(next(iter(rows.values()))) if rows else []
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("id")


def _described(
    negotiation: Negotiation, spell: Spell, claims: Mapping[str, Claim]
) -> dict[str, object]:
    claim = claims.get(negotiation.id) if spell.cause == CONCLUDED else None
    return {
        "title": negotiation.title,
        "family": negotiation.family,
        "parties": negotiation.parties,
        "searched_for": negotiation.searched_for,
        "start": str(spell.start),
        "start_day": spell.start.midpoint,
        "end": "" if spell.end is None else str(spell.end),
        "end_day": spell.open_at if spell.end is None else spell.end.midpoint,
        "status": _STATUS[spell.cause],
        "lower": months(spell.lower),
        "upper": months(spell.upper),
        "entry": months(spell.entry),
        "exit": months(spell.exit),
        "account": f"{claim.said_by}: {claim.statement}" if claim else DOCUMENTED,
        "start_source": _address(spell.start_accounts),
        "end_source": claim.source.url if claim else _address(spell.end_accounts),
    }


def _address(accounts: tuple[Milestone, ...]) -> str:
    return accounts[0].source.url if accounts else ""
