"""Making a forecast: records as of a date, models fitted to their spells, one case conditioned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib.metadata import version
from math import inf
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from forecast.archive import Archive, Claim, Milestone, Negotiation, add_months, load_archive
from forecast.covariates import Case as CovariateCase
from forecast.covariates import default_covariates, values
from forecast.errors import (
    ConvergenceError,
    ForecastError,
    NothingToForecastError,
    NotIdentifiedError,
    UsageError,
)
from forecast.models import BASELINES, MEMBERS, MODELS, POOL, DurationModel, check_model, create
from forecast.prediction.conditioning import Ages, Remaining, mix, remaining
from forecast.prediction.forecast import Case, End, Forecast, Outlook, Target
from forecast.prediction.grid import months_ahead, months_between, parse_day, significant
from forecast.prediction.words import long_date
from forecast.survival import SurvivalCurves
from forecast.timing import (
    CONCLUDED,
    OPEN,
    Spell,
    Spells,
    check_accounts,
    parse_clock,
    spell_of,
    spells,
)

MISS_RATE = 0.05
"""Probability that a conclusion would have escaped a search that was made."""

_MISS_RATES = (0.0, 0.05, 1.0)
_NEVER_SHARES = (0.05, 0.10, 0.20, 0.35)

# Families that are compared with one another: access, logistics, information, equipment, alliances and
# other security treaties; arms control and peace; trade; accession to the WTO.
_GROUPS = (
    (
        "raa",
        "visiting_forces",
        "logistics",
        "information_security",
        "equipment",
        "access_basing",
        "alliance",
        "other_security",
    ),
    ("arms_control_peace",),
    ("trade",),
    ("wto_accession",),
)
_FIRST_FAMILY = {"defence": "raa", "trade": "trade"}

DISTRIBUTION = "negotiation-forecast"


@dataclass(frozen=True)
class _Fitted:
    """Models fitted to the spells of one view, or why they could not be."""

    view: Archive
    table: Spells
    model: str
    seed: int
    members: Mapping[str, DurationModel | str]
    baselines: Mapping[str, DurationModel | str]
    cases: tuple[Case, ...]


def predict(
    negotiation: str,
    as_of: date | str | None = None,
    clock: str = "launch:signed",
    model: str = POOL,
    accounts: str = "documented",
    seed: int = 0,
    open_at: date | str | None = None,
    archive: Archive | None = None,
) -> Forecast:
    """Forecast when a negotiation will be concluded.

    Parameters
    ----------
    negotiation : str
        Id, such as ``jpn-fra-raa``.
    as_of : datetime.date or str, optional
        Information cut-off: nothing later is used. Default: the vintage of the data.
    clock : str
        ``launch:signed``, ``launch:agreed``, ``launch:in_force`` or ``signed:in_force``.
    model : str
        ``pool`` (the members at equal weights, mixed after conditioning) or a registered model.
    accounts : str
        ``documented``, or an account set such as ``press``.
    seed : int
        Seed of :meth:`Forecast.draws`.
    open_at : datetime.date or str, optional
        Assert that the talks were still open on this day.
    archive : Archive, optional
        Default: the shipped data set.

    Returns
    -------
    Forecast
        Of a clock that has stopped it holds the documented end.

    Raises
    ------
    UsageError
        If a date, clock, model or account set is malformed or unknown.
    NothingToForecastError
        If the negotiation is unknown, was never launched, or not yet by ``as_of``.
    NotIdentifiedError
        If the known cases cannot determine the model.

    Examples
    --------
    >>> import forecast
    >>> answer = forecast.predict("jpn-gbr-raa", as_of="2023-06-01")
    >>> answer.status, answer.quantile(0.5)
    ('concluded', datetime.date(2023, 1, 11))
    """
    check_model_name(model)
    view = _view(archive, as_of)
    check_accounts(view, accounts)
    spell = _target_spell(view, negotiation, clock)
    asserted = _asserted(open_at, spell, view.date)
    if spell.cause != OPEN:
        return _documented_end(view, spell, clock, model, accounts, seed)
    record = view[negotiation]
    fitted = _fit(view, _comparable(view, clock, accounts, record.family), model, seed)
    return _forecast(fitted, replace(spell, open_at=asserted))


def predict_open(
    as_of: date | str | None = None,
    clock: str = "launch:signed",
    model: str = POOL,
    accounts: str = "documented",
    seed: int = 0,
    archive: Archive | None = None,
    domain: str = "defence",
) -> dict[str, Forecast]:
    """Forecast every open negotiation of a domain from one fit.

    Parameters are those of :func:`predict`.

    Returns
    -------
    dict of str to Forecast
        By id, in the order of the table.
    """
    check_model_name(model)
    view = _view(archive, as_of)
    fitted = _fit(view, _comparable(view, clock, accounts, _FIRST_FAMILY[domain]), model, seed)
    open_ = {key: spell for key, spell in fitted.table.by_id.items() if spell.cause == OPEN}
    return {key: _forecast(fitted, spell) for key, spell in open_.items()}


def check_model_name(model: str) -> None:
    """Raise a UsageError unless ``model`` is the pool or a registered model."""
    if model != POOL:
        check_model(model)


def _view(archive: Archive | None, as_of: date | str | None) -> Archive:
    records = _shipped() if archive is None else archive
    return records if as_of is None else records.as_of(parse_day(as_of, "as-of"), records.mode)


@cache
def _shipped() -> Archive:
    return load_archive()


def _target_spell(view: Archive, negotiation: str, clock: str) -> Spell:
    timer, record = parse_clock(clock), view[negotiation]
    try:
        return spell_of(record, timer, view.date)
    except NothingToForecastError:
        later = (view.complete or view)[negotiation]
        begun = spell_of(later, timer, date.max).start
        step = "signed" if timer.origin == "signed" else "launched"
        raise NothingToForecastError(
            f"{negotiation} was not yet {step} by {view.date} ({step}: {begun})"
        ) from None


def _asserted(open_at: date | str | None, spell: Spell, as_of: date) -> date:
    if open_at is None:
        return spell.open_at
    day = parse_day(open_at, "open-at")
    if not spell.start.earliest <= day <= as_of:
        raise UsageError(
            f"open-at {day} must lie between the start ({spell.start}) and the as-of date ({as_of})"
        )
    return max(day, spell.open_at)


def _comparable(view: Archive, clock: str, accounts: str, family: str) -> Spells:
    """Spells that a case of this family is compared with: its group of families."""
    group = next((g for g in _GROUPS if family in g), _GROUPS[0])
    return spells(view, clock, accounts, families=group, domain=None)


def _fit(view: Archive, table: Spells, model: str, seed: int) -> _Fitted:
    members = MEMBERS if model == POOL else (model,)
    # One thread: sums over threads differ in the last digits from machine to machine.
    with threadpool_limits(1):
        return _Fitted(
            view=view,
            table=table,
            model=model,
            seed=seed,
            members={name: _fit_one(name, table) for name in members},
            baselines={name: _fit_one(name, table) for name in BASELINES if name not in members},
            cases=_cases(table),
        )


def _fit_one(name: str, table: Spells) -> DurationModel | str:
    try:
        return create(name).fit(table.X, table.y, table.weights)
    except (NotIdentifiedError, ConvergenceError) as error:
        return str(error)


def _forecast(fitted: _Fitted, spell: Spell) -> Forecast:
    view, record = fitted.view, fitted.view[spell.negotiation_id]
    searched = min(view.date, record.searched_to.latest if record.searched_to else spell.open_at)
    searched = max(searched, spell.open_at)
    miss_rate = MISS_RATE if record.searched_to else 1.0
    origin = spell.start.midpoint
    ages = Ages(
        *(max(0.0, months_between(origin, day)) for day in (spell.open_at, searched, view.date))
    )
    members = _curves(fitted.members, fitted.table, spell.negotiation_id)
    identified = {name: curve for name, curve in members.items() if not isinstance(curve, str)}
    if not identified:
        reasons = "; ".join(f"{MODELS[name].label}: {why}" for name, why in members.items())
        raise NotIdentifiedError(f"no model can be fitted: {reasons}")
    baselines = _curves(fitted.baselines, fitted.table, spell.negotiation_id)
    weight = 1.0 / len(identified)
    answer = _mixed(list(identified.values()), ages, miss_rate)
    forecast = _blank(view, spell, fitted.table.clock.name, fitted.model, fitted.table.accounts)
    forecast = replace(
        forecast,
        seed=fitted.seed,
        searched_to=searched,
        miss_rate=miss_rate,
        outlook=_outlook(
            fitted.model,
            "Pool" if fitted.model == POOL else MODELS[fitted.model].label,
            1.0,
            answer,
            min((curve.follow_up for curve in identified.values()), default=inf) - ages.as_of,
        ),
        members=tuple(_described(n, c, weight, ages, miss_rate) for n, c in members.items()),
        baselines=tuple(_described(n, c, 0.0, ages, miss_rate) for n, c in baselines.items()),
        targets=_targets(record, fitted.table.clock.terminal_event),
        cases=tuple(case for case in fitted.cases if case.id != spell.negotiation_id),
        excluded=dict(fitted.table.excluded),
        covariates=_covariates(view, record, spell),
        diagnostics=_diagnostics(fitted),
    )
    return replace(
        forecast,
        sensitivity=_sensitivity(list(identified.values()), ages, miss_rate, forecast),
    )


def _curves(
    models: Mapping[str, DurationModel | str], table: Spells, case: str
) -> dict[str, SurvivalCurves | str]:
    """Curve of each model for one case since its launch, or why there is none."""
    row = table.X.loc[[case]]
    curves: dict[str, SurvivalCurves | str] = {}
    for name, model in models.items():
        try:
            curves[name] = model if isinstance(model, str) else model.predict_survival(row)
        except ForecastError as error:
            curves[name] = str(error)
    return curves


def _mixed(
    curves: Sequence[SurvivalCurves], ages: Ages, miss_rate: float, never: float = 0.0
) -> Remaining:
    parts = [remaining(curve.with_never(never), ages, miss_rate) for curve in curves]
    return mix(parts, np.ones(len(parts)))


def _described(
    name: str, curve: SurvivalCurves | str, weight: float, ages: Ages, miss_rate: float
) -> Outlook:
    label = MODELS[name].label
    if isinstance(curve, str):
        return Outlook(name, label, 0.0, 0.0, (), 0.0, note=curve)
    part = remaining(curve, ages, miss_rate)
    return _outlook(name, label, weight, part, curve.follow_up - ages.as_of)


def _outlook(
    name: str, label: str, weight: float, part: Remaining, follow_up_ends: float
) -> Outlook:
    # Rounded here, once, so that what is printed, saved and read back is the same number.
    unseen, never = significant(np.array([part.unseen, part.never]))
    return Outlook(
        name=name,
        label=label,
        weight=weight,
        unseen=float(unseen),
        survival=tuple(map(float, significant(part.survival))),
        never=float(never),
        follow_up_ends=None if follow_up_ends == inf else float(f"{max(follow_up_ends, 0.0):.6g}"),
    )


def _sensitivity(
    curves: Sequence[SurvivalCurves], ages: Ages, miss_rate: float, forecast: Forecast
) -> dict[str, float]:
    """P by the headline day under other miss rates and never shares."""
    ahead = months_between(forecast.as_of, forecast.headline_day)

    def by_headline(miss: float, never: float) -> float:
        part = _mixed(curves, ages, miss, never)
        curve = SurvivalCurves(
            months_ahead(), part.survival[np.newaxis], np.array([part.never]), "log-linear"
        )
        return float(f"{1.0 - (1.0 - part.unseen) * curve.at(ahead)[0, 0]:.6g}")

    table = {}
    if miss_rate < 1.0:
        for miss in _MISS_RATES:
            label = f"our search would miss a conclusion with probability {miss * 100:.0f} %"
            table[label] = by_headline(miss, 0.0)
    for share in _NEVER_SHARES:
        table[f"{share * 100:.0f} % of such talks never conclude"] = by_headline(miss_rate, share)
    return table


def _targets(record: Negotiation, event: str) -> tuple[Target, ...]:
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


def _cases(table: Spells) -> tuple[Case, ...]:
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


def _covariates(view: Archive, record: Negotiation, spell: Spell) -> dict[str, str]:
    case = CovariateCase(record.id, record.parties, record.family, spell.start)
    known = values(case, view)
    shown = {}
    for name in default_covariates(known):
        item = known[name]
        value = f"{item.value:.3g}" if isinstance(item.value, float) else item.value or "unknown"
        shown[name] = f"{value} ({item.rests_on})"
    return shown


def _diagnostics(fitted: _Fitted) -> dict[str, Any]:
    models = {**fitted.members, **fitted.baselines}
    return {
        name: {"not_identified": model} if isinstance(model, str) else _plain(model.diagnostics_)
        for name, model in models.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _documented_end(
    view: Archive, spell: Spell, clock: str, model: str, accounts: str, seed: int
) -> Forecast:
    timer = parse_clock(clock)
    account = spell.end_accounts[0]
    assert spell.end is not None  # the caller has seen that the clock has stopped
    if spell.cause == CONCLUDED:
        status = "concluded"
        when = f"on {long_date(spell.end.earliest)}" if spell.end.is_day else f"in {spell.end}"
        text = f"it is concluded: {timer.verb} {when}"
    else:
        status = "ended without agreement"
        text = f"the talks ended without agreement, {spell.end}"
    end = End(status, f"{text} ({account.source.publisher})", spell.end.latest, account.source.url)
    return replace(_blank(view, spell, clock, model, accounts), seed=seed, end=end)


def _blank(view: Archive, spell: Spell, clock: str, model: str, accounts: str) -> Forecast:
    """Forecast with all that does not depend on a model."""
    record, timer = view[spell.negotiation_id], parse_clock(clock)
    return Forecast(
        negotiation=record.id,
        title=record.title,
        family=record.family,
        parties=record.parties,
        clock=clock,
        verb=timer.verb,
        resolution=_resolution(record, clock),
        model=model,
        accounts=accounts,
        seed=0,
        as_of=view.date,
        vintage=view.vintage,
        searched_to=view.date,
        start=str(spell.start),
        start_day=spell.start.midpoint,
        start_source=spell.start_accounts[0].source.url,
        open_at=spell.open_at,
        open_at_source=_open_at_source(record, spell),
        miss_rate=0.0,
        outlook=Outlook("none", "None", 0.0, 0.0, (), 0.0),
        members=(),
        baselines=(),
        sensitivity={},
        targets=(),
        cases=(),
        excluded={},
        covariates={},
        diagnostics={},
        digest=view.digest(),
        version=version(DISTRIBUTION),
    )


_RESOLUTIONS = {
    "launch:signed": "the day on which representatives of all parties sign it",
    "launch:agreed": "the day on which the parties announce an agreement in principle",
    "launch:in_force": "the day on which it enters into force",
    "signed:in_force": "the day on which it enters into force",
}


def _resolution(record: Negotiation, clock: str) -> str:
    ground = record.resolution or "per a foreign or defence ministry of a party"
    return f"{_RESOLUTIONS[clock]}, {ground}"


def _open_at_source(record: Negotiation, spell: Spell) -> str:
    """Address of a source that shows the case open on ``open_at``; empty for an analyst's word."""
    shown: list[Milestone] = [
        m for m in record.milestones if m.date.earliest == spell.open_at and not m.planned
    ]
    return shown[0].source.url if shown else ""
