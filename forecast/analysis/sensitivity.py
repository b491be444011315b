"""The answer under other assumptions: tails, never shares, misses, priors, accounts, failures."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, Any

import pandas as pd

from forecast.analysis.refit import (
    Variant,
    fit_tails,
    headline_day,
    pooled,
    read,
    refit,
    remaining_of,
    require_open,
)
from forecast.archive import Milestone, Negotiation
from forecast.models import HierarchicalModel, HierarchicalPriors
from forecast.models.hierarchical_priors import NARROW_SCALES, SCALES, Normal
from forecast.prediction.conditioning import Remaining
from forecast.prediction.question import Question, pose
from forecast.timing.table import DOCUMENTED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEVER_SHARES = (None, 0.0, 0.05, 0.10, 0.20, 0.35)
"""None: the models' own."""

MISS_RATES = (0.0, 0.05, 1.0)
POWERS = (0.5, 2.0)
FAILURE_WEIGHTS = (0.5, 1.0)
"""Of rows that were looked for because they failed; as it stands they have none."""

POOLED = "pooled"
STANDING, NEVER, MISS, PRIORS, ACCOUNTS, START, FAILURES = (
    "as it stands",
    "never share",
    "miss rate",
    "priors",
    "accounts",
    "start",
    "failures",
)

_MOST_STARTS = 10
LAUNCH, SIGNED = "launch_agreed", "signed"


@dataclass(frozen=True)
class Sensitivity:
    """Answers under other assumptions.

    Attributes
    ----------
    question : Question
    table : DataFrame
        Tidy: ``assumption`` ('as it stands', 'never share', 'miss rate', 'priors', 'accounts', 'start',
        'failures'), ``setting``, ``tail`` (a family of durations, or ``pooled``), the figures of
        :class:`~forecast.analysis.refit.Reading`, ``note`` (why there is no answer).
    """

    question: Question
    table: pd.DataFrame

    def plot(self, axes: Sequence[Axes] | None = None) -> list[Axes]:
        """Draw the grid of tails and never shares, and a dot for each other assumption."""
        from forecast.drawing import shown
        from forecast.drawing.sensitivity_grid import sensitivity_grid

        return shown(sensitivity_grid(self.table, headline_day(self.question), axes))


def sensitivity(
    question: Question,
    models: Mapping[str, HierarchicalModel] | None = None,
    workers: int = 2,
    advance: Callable[[int, int], None] = lambda done, of: None,
    **arguments: Any,
) -> Sensitivity:
    r"""Answer the question again under other assumptions, one at a time.

    Each tail stands alone under each never share; all else is pooled over the tails. Scaling the priors
    by a power a means :math:`p(\theta)^a`: of a normal prior its standard deviation over
    :math:`\sqrt a`, of a half-normal one its scale over :math:`\sqrt a`, so that the fits with rescaled
    priors are exact and nothing needs to be reweighted. Priors of effects given their group's standard
    deviation are part of the model and are not scaled.

    Parameters
    ----------
    question : Question
    models : mapping of str to HierarchicalModel, optional
        Fitted to the question's table.
    workers, advance, **arguments
        See :func:`~forecast.analysis.refit.refit`.

    Raises
    ------
    NothingToForecastError
        If the case is no longer open.

    References
    ----------
    Kallioinen, Paananen, Bürkner and Vehtari (2024), Statistics and Computing 34, 57.
    """
    require_open(question)
    fitted = fit_tails(question, **arguments) if models is None else models
    own = pooled({tail: remaining_of(model, question) for tail, model in fitted.items()})
    named = list(_variants(question))
    found = refit([variant for _, variant in named], remaining_of, workers, advance, **arguments)
    rows = [
        _row(STANDING, "", POOLED, question, own),
        *_tails_and_never(question, fitted),
        *_miss_rates(question, fitted),
        *(
            _row(assumption, variant.label, POOLED, variant.question, pooled(parts))
            for (assumption, variant), parts in zip(named, found, strict=True)
        ),
    ]
    return Sensitivity(question, pd.DataFrame(rows))


def power_scaled(tail: str, power: float) -> HierarchicalPriors:
    r"""Priors of the design raised to a power a: every spread over :math:`\sqrt a`."""
    priors, width = HierarchicalPriors(), 1.0 / sqrt(power)

    def scaled(prior: Normal) -> Normal:
        return Normal(prior.mean, prior.sd * width)

    return replace(
        priors,
        median=scaled(priors.median),
        family_sd=priors.family_sd * width,
        party_sd=priors.party_sd * width,
        cluster_sd=priors.cluster_sd * width,
        coefficient_sd=priors.coefficient_sd * width,
        log_scale=scaled(SCALES[tail]),
        never=scaled(priors.never),
        never_sd=priors.never_sd * width,
        log_ending_rate=scaled(priors.log_ending_rate),
    )


def narrow_scale(tail: str) -> HierarchicalPriors:
    """Priors of the design but for the scale of the errors, which is held to be smaller."""
    return HierarchicalPriors(log_scale=NARROW_SCALES[tail])


def _tails_and_never(
    question: Question, fitted: Mapping[str, HierarchicalModel]
) -> Iterator[dict[str, object]]:
    for share in NEVER_SHARES:
        setting = "the models' own" if share is None else f"{100 * share:.0f} %"
        parts = {t: question.remaining([question.curve(m, share)]) for t, m in fitted.items()}
        for tail, part in [*parts.items(), (POOLED, pooled(parts))]:
            yield _row(NEVER, setting, tail, question, part)


def _miss_rates(
    question: Question, fitted: Mapping[str, HierarchicalModel]
) -> Iterator[dict[str, object]]:
    curves = [question.curve(model) for model in fitted.values()]
    for miss in MISS_RATES:
        answer = question.remaining(curves, miss)
        yield _row(MISS, f"{100 * miss:.0f} %", POOLED, question, answer)


def _variants(question: Question) -> Iterator[tuple[str, Variant]]:
    for power in POWERS:
        label = f"to the power {power:g}"
        yield (
            PRIORS,
            Variant(label, question, priors_of=partial(power_scaled, power=power)),
        )
    yield PRIORS, Variant("narrower error scale", question, priors_of=narrow_scale)
    for name in _account_sets(question):
        yield ACCOUNTS, Variant(name, _posed(question, accounts=name))
    yield from ((START, variant) for variant in _starts(question))
    for weight in FAILURE_WEIGHTS:
        yield FAILURES, Variant(f"weight {weight:g}", question, None, {"failure_weight": weight})


def _account_sets(question: Question) -> list[str]:
    clock = question.table.clock.name
    named = {c.name for c in question.view.account_choices if c.clock == clock}
    return sorted({DOCUMENTED, *named} - {question.table.accounts})


def _starts(question: Question) -> Iterator[Variant]:
    """Each other account of each start in the family of the case, alone in place of what is used."""
    table = question.table
    family = table.X.index[table.X["family"] == question.record.family]
    ids = family if len(family) <= _MOST_STARTS else [question.spell.negotiation_id]
    for key in ids:
        record, used = question.view[key], table.by_id[key].start
        seen = {(used.earliest, used.latest)}
        for account in _start_accounts(record, table.clock.origin):
            days = (account.date.earliest, account.date.latest)
            if days not in seen:
                seen.add(days)
                what = account.event.replace("_", " ")
                label = f"{key} {what} {account.date.text} ({account.source.publisher})"
                yield Variant(label, _restarted(question, record, account))


def _start_accounts(record: Negotiation, origin: str) -> tuple[Milestone, ...]:
    if origin == SIGNED:
        return record.accounts(SIGNED)
    return (*record.accounts(LAUNCH), *record.accounts("talks_began"))


def _restarted(question: Question, record: Negotiation, account: Milestone) -> Question:
    """The question if this account of a start were the only one."""
    event = SIGNED if question.table.clock.origin == SIGNED else LAUNCH
    others = tuple(m for m in record.milestones if m.event != event or m.planned)
    changed = replace(record, milestones=(*others, replace(account, event=event)))
    view = question.view
    return _posed(
        question,
        archive=replace(view, negotiations={**view.negotiations, record.id: changed}),
    )


def _posed(question: Question, **changed: Any) -> Question:
    """The question posed again with something changed."""
    table, key = question.table, question.spell.negotiation_id
    asked: dict[str, Any] = {
        "clock": table.clock.name,
        "accounts": table.accounts,
        "archive": question.view,
    }
    again = pose(key, **asked | changed)
    asserted = max(question.spell.open_at, again.spell.open_at)
    return replace(again, spell=replace(again.spell, open_at=asserted))


def _row(
    assumption: str, setting: str, tail: str, question: Question, answer: Remaining | str
) -> dict[str, object]:
    row: dict[str, object] = {"assumption": assumption, "setting": setting, "tail": tail}
    if isinstance(answer, str):
        return row | {"note": answer}
    return row | read(question, answer)._asdict() | {"note": ""}
