"""Making a forecast: records as of a date, models fitted to their spells, one case conditioned."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date
from functools import cache
from importlib.metadata import version
from math import inf

import numpy as np

from forecast.archive import Archive, load_archive
from forecast.errors import (
    ForecastError,
    NothingToForecastError,
    NotIdentifiedError,
    UsageError,
)
from forecast.models import HEADLINE, MODELS, POOL, POOL_LABELS, DurationModel, members_of
from forecast.prediction.conditioning import Ages, Remaining, mix, remaining
from forecast.prediction.evidence import (
    covariates_of,
    open_at_source,
    resolution_of,
    targets_of,
)
from forecast.prediction.fitting import Fitted, comparable_spells, diagnostics_of, fit_models
from forecast.prediction.forecast import End, Forecast, Outlook
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
)

MISS_RATE = 0.05
"""Probability that a conclusion would have escaped a search that was made."""

_MISS_RATES = (0.0, 0.05, 1.0)
_NEVER_SHARES = (0.05, 0.10, 0.20, 0.35)

_FIRST_FAMILY = {"defence": "raa", "trade": "trade"}

DISTRIBUTION = "negotiation-forecast"


def predict(
    negotiation: str,
    as_of: date | str | None = None,
    clock: str = "launch:signed",
    model: str = HEADLINE,
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
        ``hierarchical`` (three hierarchical models at equal weights, mixed after conditioning), ``pool``
        (five simpler ones) or a registered model.
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
    members_of(model)  # refuses an unknown name before any work
    view = _view(archive, as_of)
    check_accounts(view, accounts)
    spell = _target_spell(view, negotiation, clock)
    asserted = _asserted(open_at, spell, view.date)
    if spell.cause != OPEN:
        return _documented_end(view, spell, clock, model, accounts, seed)
    record = view[negotiation]
    fitted = fit_models(view, comparable_spells(view, clock, accounts, record.family), model, seed)
    return _forecast(fitted, replace(spell, open_at=asserted))


def predict_open(
    as_of: date | str | None = None,
    clock: str = "launch:signed",
    model: str = HEADLINE,
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
    members_of(model)
    if domain not in _FIRST_FAMILY:
        raise UsageError(f"{domain!r} is not a domain; one of {', '.join(_FIRST_FAMILY)}")
    view = _view(archive, as_of)
    fitted = fit_models(
        view, comparable_spells(view, clock, accounts, _FIRST_FAMILY[domain]), model, seed
    )
    open_ = {key: spell for key, spell in fitted.table.by_id.items() if spell.cause == OPEN}
    return {key: _forecast(fitted, spell) for key, spell in open_.items()}


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


def _forecast(fitted: Fitted, spell: Spell) -> Forecast:
    view, record = fitted.view, fitted.view[spell.negotiation_id]
    searched = min(view.date, record.searched_to.latest if record.searched_to else spell.open_at)
    searched = max(searched, spell.open_at)
    miss_rate = MISS_RATE if record.searched_to else 1.0
    origin = spell.start.midpoint
    ages = Ages(
        *(max(0.0, months_between(origin, day)) for day in (spell.open_at, searched, view.date))
    )
    members = _curves(fitted.members, fitted.table, spell.negotiation_id, ages)
    identified = {name: curve for name, curve in members.items() if not isinstance(curve, str)}
    if not identified:
        reasons = "; ".join(f"{MODELS[name].label}: {why}" for name, why in members.items())
        raise NotIdentifiedError(f"no model can be fitted: {reasons}")
    baselines = _curves(fitted.baselines, fitted.table, spell.negotiation_id, ages)
    pool = _curves(fitted.pool, fitted.table, spell.negotiation_id, ages)
    weight = 1.0 / len(identified)
    answer = _mixed(members.values(), ages, miss_rate)
    forecast = _blank(view, spell, fitted.table.clock.name, fitted.model, fitted.table.accounts)
    forecast = replace(
        forecast,
        seed=fitted.seed,
        searched_to=searched,
        miss_rate=miss_rate,
        outlook=_outlook(
            fitted.model,
            label_of(fitted.model),
            1.0,
            answer,
            min((curve.follow_up for curve in identified.values()), default=inf) - ages.as_of,
        ),
        members=tuple(_described(n, c, weight, ages, miss_rate) for n, c in members.items()),
        baselines=(
            *_pooled(pool, ages, miss_rate),
            *(_described(n, c, 0.0, ages, miss_rate) for n, c in baselines.items()),
        ),
        targets=targets_of(record, fitted.table.clock.terminal_event),
        cases=tuple(case for case in fitted.cases if case.id != spell.negotiation_id),
        excluded=dict(fitted.table.excluded),
        covariates=covariates_of(view, record, spell),
        diagnostics=diagnostics_of(fitted),
    )
    return replace(forecast, sensitivity=_sensitivity(fitted, ages, miss_rate, forecast))


def _curves(
    models: Mapping[str, DurationModel | str],
    table: Spells,
    case: str,
    ages: Ages,
    never: float | None = None,
) -> dict[str, SurvivalCurves | str]:
    """Curve of each model for one case, open when last seen, or why there is none."""
    row = table.X.loc[[case]]
    curves: dict[str, SurvivalCurves | str] = {}
    for name, model in models.items():
        try:
            curves[name] = (
                model
                if isinstance(model, str)
                else model.predict_survival(row, elapsed=ages.open_at, never=never)
            )
        except ForecastError as error:
            curves[name] = str(error)
    return curves


def _mixed(curves: Iterable[SurvivalCurves | str], ages: Ages, miss_rate: float) -> Remaining:
    """Mixture of the models that could say anything."""
    parts = [remaining(curve, ages, miss_rate) for curve in curves if not isinstance(curve, str)]
    return mix(parts, np.ones(len(parts)))


def _described(
    name: str, curve: SurvivalCurves | str, weight: float, ages: Ages, miss_rate: float
) -> Outlook:
    label = MODELS[name].label
    if isinstance(curve, str):
        return Outlook(name, label, 0.0, 0.0, (), 0.0, note=curve)
    part = remaining(curve, ages, miss_rate)
    return _outlook(name, label, weight, part, curve.follow_up - ages.as_of)


def _pooled(
    curves: Mapping[str, SurvivalCurves | str], ages: Ages, miss_rate: float
) -> tuple[Outlook, ...]:
    """Outlook of the pool that stands beside the answer, if it does and says anything."""
    identified = [curve for curve in curves.values() if not isinstance(curve, str)]
    if not identified:
        return ()
    ends = min(curve.follow_up for curve in identified) - ages.as_of
    part = _mixed(identified, ages, miss_rate)
    return (_outlook(POOL, label_of(POOL), 0.0, part, ends),)


def label_of(model: str) -> str:
    """How a pool or a registered model is called in print."""
    return POOL_LABELS[model] if model in POOL_LABELS else MODELS[model].label


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
    fitted: Fitted, ages: Ages, miss_rate: float, forecast: Forecast
) -> dict[str, float]:
    """P by the headline day under other miss rates and never shares."""
    ahead = months_between(forecast.as_of, forecast.headline_day)

    def curves(never: float | None) -> Collection[SurvivalCurves | str]:
        return _curves(fitted.members, fitted.table, forecast.negotiation, ages, never).values()

    def by_headline(parts: Collection[SurvivalCurves | str], miss: float) -> float:
        part = _mixed(parts, ages, miss)
        curve = SurvivalCurves(
            months_ahead(), part.survival[np.newaxis], np.array([part.never]), "log-linear"
        )
        return float(f"{1.0 - (1.0 - part.unseen) * curve.at(ahead)[0, 0]:.6g}")

    table = {}
    if miss_rate < 1.0:
        own = curves(None)
        for miss in _MISS_RATES:
            label = f"our search would miss a conclusion with probability {miss * 100:.0f} %"
            table[label] = by_headline(own, miss)
    for share in _NEVER_SHARES:
        table[f"{share * 100:.0f} % of such talks never conclude"] = by_headline(
            curves(share), miss_rate
        )
    return table


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
        resolution=resolution_of(record, clock),
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
        open_at_source=open_at_source(record, spell),
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
