"""Making a forecast: records as of a date, models fitted to their spells, one case conditioned."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from importlib.metadata import version
from math import inf
from operator import itemgetter

import numpy as np

from forecast.archive import Archive
from forecast.errors import ForecastError, NotIdentifiedError, UsageError
from forecast.models import HEADLINE, MODELS, POOL, POOL_LABELS, DurationModel, members_of
from forecast.prediction.conditioning import Remaining
from forecast.prediction.evidence import (
    covariates_of,
    open_at_source,
    resolution_of,
    targets_of,
)
from forecast.prediction.fitting import Fitted, comparable_spells, diagnostics_of, fit_models
from forecast.prediction.forecast import Forecast
from forecast.prediction.grid import months_between, significant
from forecast.prediction.parts import End, Outlook
from forecast.prediction.question import Question, pose, view_of
from forecast.prediction.words import long_date
from forecast.survival import SurvivalCurves
from forecast.timing import CONCLUDED, OPEN

_MISS_RATES = (0.0, 0.05, 1.0)
NEVER_SHARES = (0.0, 0.05, 0.10, 0.20, 0.35)

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
        Seed of whatever is drawn: by the models, and by :meth:`Forecast.draws`.
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
    question = pose(negotiation, as_of, clock, accounts, open_at, archive)
    if not question.is_open:
        return _documented_end(question, model, seed)
    return _forecast(fit_models(question.view, question.table, model, seed), question)


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

    Parameters
    ----------
    as_of, clock, model, accounts, seed, archive
        As of :func:`predict`.
    domain : {'defence', 'trade'}

    Returns
    -------
    dict of str to Forecast
        By id, in the order of the table.
    """
    members_of(model)
    if domain not in _FIRST_FAMILY:
        raise UsageError(f"{domain!r} is not a domain; one of {', '.join(_FIRST_FAMILY)}")
    view = view_of(archive, as_of)
    table = comparable_spells(view, clock, accounts, _FIRST_FAMILY[domain])
    fitted = fit_models(view, table, model, seed)
    questions = {
        key: Question(view, spell, table)
        for key, spell in table.by_id.items()
        if spell.cause == OPEN
    }
    return {key: _forecast(fitted, question) for key, question in questions.items()}


def _forecast(fitted: Fitted, question: Question) -> Forecast:
    members = _curves(fitted.members, question.curve)
    identified = _identified(members)
    if not identified:
        reasons = "; ".join(f"{MODELS[name].label}: {why}" for name, why in members.items())
        raise NotIdentifiedError(f"no model can be fitted: {reasons}")
    record, table = question.record, fitted.table
    weight = 1.0 / len(identified)
    forecast = _blank(question, fitted.model)
    forecast = replace(
        forecast,
        seed=fitted.seed,
        searched_to=question.searched,
        miss_rate=question.miss_rate,
        outlook=_mixture(fitted.model, 1.0, identified, question),
        members=tuple(_described(n, c, weight, question) for n, c in members.items()),
        baselines=(
            *_pooled(_identified(_curves(fitted.pool, question.curve)), question),
            *(
                _described(name, curve, 0.0, question)
                for name, curve in _curves(fitted.baselines, question.curve).items()
            ),
        ),
        targets=targets_of(record, table.clock.terminal_event),
        cases=tuple(case for case in fitted.cases if case.id != record.id),
        excluded=dict(table.excluded),
        covariates=covariates_of(question.view, record, question.spell),
        diagnostics=diagnostics_of(fitted),
    )
    return replace(forecast, sensitivity=_sensitivity(fitted, question, forecast, identified))


def _curves(
    models: Mapping[str, DurationModel | str], ask: Callable[[DurationModel], SurvivalCurves]
) -> dict[str, SurvivalCurves | str]:
    """What each model says when it is asked, or why it says nothing."""
    curves: dict[str, SurvivalCurves | str] = {}
    for name, model in models.items():
        try:
            curves[name] = model if isinstance(model, str) else ask(model)
        except ForecastError as error:
            curves[name] = str(error)
    return curves


def _identified(curves: Mapping[str, SurvivalCurves | str]) -> list[SurvivalCurves]:
    """Curves of the models that could say anything."""
    return [curve for curve in curves.values() if not isinstance(curve, str)]


def _mixture(
    name: str, weight: float, curves: Sequence[SurvivalCurves], question: Question
) -> Outlook:
    ends = min(curve.follow_up for curve in curves) - question.ages.as_of
    return _outlook(name, label_of(name), weight, question.remaining(curves), ends)


def _pooled(curves: Sequence[SurvivalCurves], question: Question) -> tuple[Outlook, ...]:
    """Outlook of the pool that stands beside the answer, if it does and says anything."""
    return (_mixture(POOL, 0.0, curves, question),) if curves else ()


def _described(
    name: str, curve: SurvivalCurves | str, weight: float, question: Question
) -> Outlook:
    if isinstance(curve, str):
        return Outlook(name, MODELS[name].label, 0.0, 0.0, (), 0.0, note=curve)
    return _mixture(name, weight, [curve], question)


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
    fitted: Fitted, question: Question, forecast: Forecast, own: Sequence[SurvivalCurves]
) -> dict[str, float]:
    """P by the headline day under other miss rates, of the models' own curves, and never shares."""
    ahead = months_between(forecast.as_of, forecast.headline_day)

    def by_headline(curves: Sequence[SurvivalCurves], miss_rate: float) -> float:
        return float(f"{question.remaining(curves, miss_rate).probability_within(ahead):.6g}")

    table = {}
    if question.miss_rate < 1.0:
        for miss in _MISS_RATES:
            label = f"our search would miss a conclusion with probability {miss * 100:.0f} %"
            table[label] = by_headline(own, miss)
    said = "of such talks never conclude, counted from launch"
    at_launch = _identified(_curves(fitted.members, question.at_launch))
    share = float(np.mean([curve.never[0] for curve in at_launch]))
    nevers = [(share, f"{share * 100:.0f} % {said}{_as_modelled(forecast)}", own)] if share else []
    # One that reads like the models' own would be printed twice, with two answers.
    for supposed in (s for s in NEVER_SHARES if not share or f"{s:.2f}" != f"{share:.2f}"):
        curves = _identified(_curves(fitted.members, partial(question.curve, never=supposed)))
        nevers.append((supposed, f"{supposed * 100:.0f} % {said}", curves))
    for _, label, some in sorted(nevers, key=itemgetter(0)):
        table[label] = by_headline(some, question.miss_rate)
    return table


def _as_modelled(forecast: Forecast) -> str:
    now = f"{forecast.never * 100:.0f} %"
    return f" (as the models have it; of those still open like this case {now})"


def _documented_end(question: Question, model: str, seed: int) -> Forecast:
    spell, timer = question.spell, question.table.clock
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
    return replace(_blank(question, model), seed=seed, end=end)


def _blank(question: Question, model: str) -> Forecast:
    """Forecast with all that does not depend on a model."""
    view, spell, record = question.view, question.spell, question.record
    timer = question.table.clock
    return Forecast(
        negotiation=record.id,
        title=record.title,
        family=record.family,
        parties=record.parties,
        clock=timer.name,
        verb=timer.verb,
        resolution=resolution_of(record, timer.name),
        model=model,
        accounts=question.table.accounts,
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
