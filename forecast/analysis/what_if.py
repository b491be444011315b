"""The forecast if the case were another one in some respect: an association, not an effect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import inf, isfinite
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.analysis.case_draws import row_of, supposed
from forecast.analysis.refit import Reading, fit_tails, read, require_open
from forecast.archive import DAYS_PER_MONTH
from forecast.covariates import COVARIATES
from forecast.errors import UsageError
from forecast.models import HierarchicalModel
from forecast.prediction.conditioning import Remaining, mix
from forecast.prediction.grid import date_after, months_ahead, months_between, parse_day
from forecast.prediction.question import Question, pose
from forecast.survival.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Change:
    """What is supposed of the case.

    Attributes
    ----------
    covariates : mapping
        Value by covariate, in the units of the registry; a level for a category.
    never : float or None
        Never share, in [0, 1].
    open_at : datetime.date or str or None
        Day on which the talks were still open.
    elapsed : float or None
        The same as an age: months since the launch.
    """

    covariates: Mapping[str, float | str] = field(default_factory=dict)
    never: float | None = None
    open_at: date | str | None = None
    elapsed: float | None = None

    def __post_init__(self) -> None:
        if not self.covariates and (self.never, self.open_at, self.elapsed) == (None,) * 3:
            raise UsageError("nothing is changed: give a covariate, a never share or an open-at")
        if self.open_at is not None and self.elapsed is not None:
            raise UsageError("give open-at or the months elapsed, not both")
        if self.never is not None and not 0.0 <= self.never <= 1.0:
            raise UsageError(f"the never share lies between 0 and 1, not {self.never:g}")
        if self.elapsed is not None and not isfinite(self.elapsed):
            raise UsageError(f"the months elapsed must be a number, not {self.elapsed}")


@dataclass(frozen=True)
class WhatIf:
    """Both forecasts.

    Attributes
    ----------
    question : Question
        As it was asked.
    change : Change
    said : mapping of str to (str, str)
        What was changed: from, to.
    before, after : Remaining
    """

    question: Question
    change: Change
    said: Mapping[str, tuple[str, str]]
    before: Remaining
    after: Remaining

    @property
    def readings(self) -> dict[str, Reading]:
        """Figures of both."""
        return {
            "before": read(self.question, self.before),
            "after": read(self.question, self.after),
        }

    def to_frame(self) -> pd.DataFrame:
        """Cumulative probabilities: ``months`` after the as-of date, ``date``, ``before``, ``after``."""
        as_of = self.question.view.date
        return pd.DataFrame(
            {
                "months": months_ahead(),
                "date": [date_after(as_of, months) for months in months_ahead()],
                "before": cumulative_probability(self.before),
                "after": cumulative_probability(self.after),
            }
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw both curves."""
        from forecast.drawing import shown
        from forecast.drawing.before_after import before_after

        changes = [f"{name}: {a} → {b}" for name, (a, b) in self.said.items()]
        return shown(before_after(self.to_frame(), changes, ax))


def cumulative_probability(answer: Remaining) -> FloatArray:
    """Probability of a conclusion by each of :func:`months_ahead` after the as-of date."""
    return 1.0 - (1.0 - answer.unseen) * answer.survival


def what_if(
    question: Question, change: Change, models: Mapping[str, HierarchicalModel] | None = None
) -> WhatIf:
    """Answer a question again under a supposition, from the same fit.

    Parameters
    ----------
    question : Question
    change : Change
    models : mapping of str to HierarchicalModel, optional
        Fitted to the question's table; default: those of :func:`~forecast.analysis.refit.fit_tails`.

    Raises
    ------
    UsageError
        If a covariate or one of its levels is unknown to the models, or a value is no number.
    NothingToForecastError
        If the case is no longer open.
    """
    require_open(question)
    row = row_of(question)
    later = _reopened(question, change)
    fitted = fit_tails(question) if models is None else models
    changed = _changed(row, change.covariates, next(iter(fitted.values())))
    before = [supposed(model, question, row) for model in fitted.values()]
    after = [supposed(model, later, changed, change.never) for model in fitted.values()]
    weights = np.ones(len(before))
    return WhatIf(
        question,
        change,
        _said(question, later, change, row),
        mix(before, weights),
        mix(after, weights),
    )


def _reopened(question: Question, change: Change) -> Question:
    """The question with the day on which the case is supposed to have been open."""
    day = change.open_at
    if change.elapsed is not None:
        start = question.spell.start.midpoint
        most = months_between(start, question.view.date)
        if not 0.0 <= change.elapsed <= most:
            raise UsageError(
                f"the months elapsed lie between 0 and {most:.1f}, not at {change.elapsed:g}"
            )
        day = start + timedelta(days=round(change.elapsed * DAYS_PER_MONTH))
    if day is None:
        return question
    table = question.table
    again = pose(
        question.spell.negotiation_id,
        clock=table.clock.name,
        accounts=table.accounts,
        open_at=day,
        archive=question.view,
    )
    seen, supposed_day = question.spell.open_at, parse_day(day, "open-at")
    if supposed_day < seen:
        raise UsageError(
            f"open-at {supposed_day} is no news: the talks are known as open on {seen}"
        )
    return replace(question, spell=again.spell)


def _changed(
    row: pd.DataFrame, covariates: Mapping[str, float | str], model: HierarchicalModel
) -> pd.DataFrame:
    changed = row.copy()
    levels = model.field_.design.levels
    for name, value in covariates.items():
        if name not in levels:
            known = ", ".join(sorted(levels))
            raise UsageError(f"{name!r} is no covariate of the models; one of {known}")
        check = _level if isinstance(row[name].dtype, pd.CategoricalDtype) else _number
        column = pd.Series([check(name, value, row, model)], index=row.index)
        changed[name] = column.astype(row[name].dtype)
    return changed


def _number(name: str, value: float | str, row: pd.DataFrame, model: HierarchicalModel) -> float:
    try:
        number = float(value)
    except ValueError:
        number = float("nan")
    if not isfinite(number):
        raise UsageError(f"{name} is a number, not {value!r}")
    if name in model.field_.design.constant:
        raise UsageError(f"{name} is the same in all cases, so the models know nothing of it")
    if name in COVARIATES:
        least, most = COVARIATES[name].bounds
        if not least <= number <= most:
            limits = f"at least {least:g}" if most == inf else f"from {least:g} to {most:g}"
            raise UsageError(f"{name} is {limits}, not {number:g}")
    return number


def _level(name: str, value: float | str, row: pd.DataFrame, model: HierarchicalModel) -> str:
    levels = list(row[name].cat.categories)
    absent = [level for level in levels if f"{name}[{level}]" in model.field_.design.constant]
    known = [level for level in levels if level not in absent]
    if value in absent:
        raise UsageError(f"no case has {name} {value!r}, so the models know nothing of it")
    if value not in known:
        raise UsageError(f"{value!r} is no level of {name}; one of {', '.join(known)}")
    return str(value)


def _said(
    question: Question, later: Question, change: Change, row: pd.DataFrame
) -> dict[str, tuple[str, str]]:
    said = {
        name: (_written(row[name].iloc[0]), _written(value) + _beyond(question, name, value))
        for name, value in change.covariates.items()
    }
    if change.never is not None:
        said["never share"] = ("the models' own", f"{100 * change.never:.0f} %")
    if later is not question:
        said["last seen open"] = (str(question.spell.open_at), str(later.spell.open_at))
    return said


def _beyond(question: Question, name: str, value: float | str) -> str:
    """Note of a number that no case comes near: there the models only extrapolate."""
    column = question.table.X[name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return ""
    least, most = float(column.min()), float(column.max())
    if least <= float(value) <= most:
        return ""
    return f" (beyond all cases, {least:.3g} to {most:.3g})"


def _written(value: object) -> str:
    if value is None or value != value:
        return "unknown"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
