"""Fitting the headline models again with something changed, and reading the same question's answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date
from math import inf
from typing import Any, NamedTuple, TypeVar

import numpy as np

from forecast.errors import ConvergenceError, NothingToForecastError, NotIdentifiedError
from forecast.models import HierarchicalModel, HierarchicalPriors
from forecast.prediction.conditioning import Remaining, mix
from forecast.prediction.grid import HORIZON_MONTHS, date_after, months_between
from forecast.prediction.question import Question
from forecast.survival.arrays import FloatArray
from forecast.threads import one_thread
from forecast.timing import spells

TAILS = ("lognormal", "weibull", "loglogistic")
"""Families of durations that the headline pools at equal weights."""

UNTOLD = 1e-12
"""Case weight of a row that is kept out of the likelihood: names, centres and scales stay those of all
rows, so that nothing but the evidence changes."""

NEVER = "never"

T = TypeVar("T")


@dataclass(frozen=True)
class Variant:
    """One way to fit the models.

    Attributes
    ----------
    label : str
        How it is called in a table.
    question : Question
        What is asked, of which table.
    weights : (n,) array or None
        Case weights; :data:`UNTOLD` keeps a row out of the likelihood.
    arguments : mapping
        Of :class:`~forecast.models.HierarchicalModel`: ``priors``, ``covariates``, ``failure_weight`` ...
    priors_of : callable or None
        Priors by tail, where they differ; a function of a module, so that it can be sent to a process.
    """

    label: str
    question: Question
    weights: FloatArray | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    priors_of: Callable[[str], HierarchicalPriors] | None = None


class Reading(NamedTuple):
    """What is read off a forecast.

    ``by_headline``: probability by the end of the year after the as-of date's; ``within_12``: within 12
    months of the as-of date; ``median_months``: months after the as-of date by which it is as likely
    concluded as not, infinite where no date is; ``median``: that date, or in words; ``never``, ``unseen``:
    probability that it never concludes, and that it is concluded already.
    """

    by_headline: float
    within_12: float
    median_months: float
    median: date | str
    never: float
    unseen: float


def require_open(question: Question) -> None:
    """Raise a NothingToForecastError if the clock of the case has stopped."""
    if not question.is_open:
        raise NothingToForecastError(
            f"{question.spell.negotiation_id} is no longer open on {question.view.date}; "
            "ask with an earlier --as-of"
        )


def headline_day(question: Question) -> date:
    """Day of the headline probability: the end of the year after the as-of date's."""
    return date(question.view.date.year + 1, 12, 31)


def read(question: Question, answer: Remaining) -> Reading:
    """Read the figures that every table shows off a forecast."""
    ahead = months_between(question.view.date, headline_day(question))
    months = months_to(answer, 0.5)
    return Reading(
        by_headline=answer.probability_within(ahead),
        within_12=answer.probability_within(12.0),
        median_months=months,
        median=_in_words(question.view.date, months),
        never=(1.0 - answer.unseen) * answer.never,
        unseen=answer.unseen,
    )


def months_to(answer: Remaining, p: float) -> float:
    """Months after the as-of date by which it is concluded with probability p; 0 where it is by now."""
    if p <= answer.unseen:
        return 0.0
    if p > 1.0 - (1.0 - answer.unseen) * answer.never:
        return inf
    return float(answer.curve().quantile((p - answer.unseen) / (1.0 - answer.unseen))[0, 0])


def _in_words(as_of: date, months: float) -> date | str:
    if months == inf:
        return NEVER
    if months > HORIZON_MONTHS:
        return f"after {date_after(as_of, HORIZON_MONTHS).year}"
    return date_after(as_of, months)


def with_trade(question: Question) -> Question:
    """The question beside trade negotiations too."""
    table = question.table
    families = [*table.X["family"].unique(), "trade"]
    wider = spells(question.view, table.clock.name, table.accounts, families, domain=None)
    return replace(question, table=wider)


def fit_tails(
    question: Question, weights: FloatArray | None = None, **arguments: Any
) -> dict[str, HierarchicalModel]:
    """Fit the headline models to the table of a question, by family of durations.

    Parameters
    ----------
    question : Question
    weights : (n,) array, optional
        Case weights; see :class:`Variant`.
    **arguments
        Of :class:`~forecast.models.HierarchicalModel`.

    Raises
    ------
    ConvergenceError, NotIdentifiedError
        If one of them cannot be fitted.
    """

    def fit(tail: str) -> HierarchicalModel:
        return _fit(Variant("", question, weights, arguments), tail)

    with one_thread(), ThreadPoolExecutor(2) as workers:
        return dict(zip(TAILS, workers.map(fit, TAILS), strict=True))


def refit(
    variants: Sequence[Variant],
    read_off: Callable[[HierarchicalModel, Question], T],
    workers: int = 2,
    advance: Callable[[int, int], None] = lambda done, of: None,
    **arguments: Any,
) -> list[dict[str, T | str]]:
    """Fit each variant under each tail, in parallel processes, and read something off each fit.

    Parameters
    ----------
    variants : sequence of Variant
    read_off : callable
        ``read_off(model, question)``, a function of a module so that it can be sent to a process.
    workers : int
        Processes; 1 stays in this one.
    advance : callable
        Told after each fit how many of how many are done.
    **arguments
        Of every :class:`~forecast.models.HierarchicalModel`, such as ``seed``; a variant's own go first.

    Returns
    -------
    list of dict
        By variant and tail: what was read, or why the model could not be fitted.
    """
    from joblib import Parallel, delayed

    shared = [replace(v, arguments={**arguments, **v.arguments}) for v in variants]
    tasks = [(variant, tail) for variant in shared for tail in TAILS]
    made = Parallel(n_jobs=workers, return_as="generator")(
        delayed(_read_one)(variant, tail, read_off) for variant, tail in tasks
    )
    found: list[dict[str, T | str]] = [{} for _ in variants]
    for done, ((_, tail), item) in enumerate(zip(tasks, made, strict=True), start=1):
        found[(done - 1) // len(TAILS)][tail] = item
        advance(done, len(tasks))
    return found


def remaining_of(model: HierarchicalModel, question: Question) -> Remaining:
    """Forecast of the case under one model; for :func:`refit`."""
    return question.remaining([question.curve(model)])


def pooled(parts: Mapping[str, Remaining | str]) -> Remaining | str:
    """Mixture of the tails at equal weights, or why one of them is missing."""
    told = [part for part in parts.values() if not isinstance(part, str)]
    if len(told) < len(parts):
        return next(part for part in parts.values() if isinstance(part, str))
    return mix(told, np.ones(len(told)))


def _read_one(
    variant: Variant, tail: str, read_off: Callable[[HierarchicalModel, Question], T]
) -> T | str:
    try:
        with one_thread():
            return read_off(_fit(variant, tail), variant.question)
    except (ConvergenceError, NotIdentifiedError) as error:
        return str(error)


def _fit(variant: Variant, tail: str) -> HierarchicalModel:
    table = variant.question.table
    model = HierarchicalModel(tail, **variant.arguments)
    if variant.priors_of is not None:
        model.set_params(priors=variant.priors_of(tail))
    return model.fit(table.X, table.y, variant.weights)
