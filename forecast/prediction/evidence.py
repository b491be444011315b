"""What a forecast shows of the records: promised dates, past cases, covariates, the resolution rule."""

from __future__ import annotations

from datetime import date
from math import inf

from forecast.archive import Archive, Claim, Milestone, Negotiation, add_months
from forecast.covariates import Case as CovariateCase
from forecast.covariates import default_covariates, values
from forecast.prediction.parts import Case, Target
from forecast.timing import Spell, Spells

_RESOLUTIONS = {
    "launch:signed": "the day on which representatives of all parties sign it",
    "launch:agreed": "the day on which the parties announce an agreement in principle",
    "launch:in_force": "the day on which it enters into force",
    "signed:in_force": "the day on which it enters into force",
}


def targets_of(record: Negotiation, event: str) -> tuple[Target, ...]:
    """Dates by which somebody said that the event of this very case would come, in order."""
    found = []
    for claim in record.claims:
        by = _promised(claim)
        if claim.kind == "forecast" and claim.event == event and by is not None:
            found.append(
                Target(
                    said_by=claim.said_by,
                    speaker=claim.speaker,
                    said_on=str(claim.said_on),
                    by=by,
                    statement=claim.statement,
                    source=claim.source.url,
                )
            )
    return tuple(sorted(found, key=lambda target: target.by))


def _promised(claim: Claim) -> date | None:
    if claim.target is not None:
        return claim.target.latest
    if claim.said_on is None or claim.high_months is None:
        return None
    return add_months(claim.said_on.latest, round(claim.high_months))


def cases_of(table: Spells) -> tuple[Case, ...]:
    """Spells as rows for reading."""
    return tuple(
        Case(
            id=str(key),
            title=row["title"],
            family=row["family"],
            parties=row["parties"],
            start=row["start"],
            start_day=row["start_day"],
            end=row["end"],
            end_day=row["end_day"],
            status=row["status"],
            lower=float(f"{row['lower']:.6g}"),
            upper=None if row["upper"] == inf else float(f"{row['upper']:.6g}"),
            retrospective=bool(row["exit"] < inf),
            weight=float(f"{weight:.6g}"),
            account=row["account"],
            start_source=row["start_source"],
            end_source=row["end_source"],
        )
        for (key, row), weight in zip(table.frame.iterrows(), table.weights, strict=True)
    )


def covariates_of(view: Archive, record: Negotiation, spell: Spell) -> dict[str, str]:
    """Covariates that the models use, each with what it rests on."""
    case = CovariateCase(record.id, record.parties, record.family, spell.start)
    known = values(case, view)
    shown = {}
    for name in default_covariates(known):
        item = known[name]
        value = f"{item.value:.3g}" if isinstance(item.value, float) else item.value or "unknown"
        shown[name] = f"{value} ({item.rests_on})"
    return shown


def resolution_of(record: Negotiation, clock: str) -> str:
    """What counts as the terminal event, and on whose word."""
    ground = record.resolution or "per a foreign or defence ministry of a party"
    return f"{_RESOLUTIONS[clock]}, {ground}"


def open_at_source(record: Negotiation, spell: Spell) -> str:
    """Address of a source that shows the case open on ``open_at``; empty for an analyst's word."""
    shown: list[Milestone] = [
        m for m in record.milestones if m.date.earliest == spell.open_at and not m.planned
    ]
    return shown[0].source.url if shown else ""
