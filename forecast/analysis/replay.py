"""The forecast as it would have stood month by month, and how it decays ahead if nothing happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from forecast.analysis.occasions import Occasion, due_occasions, past_occasions
from forecast.analysis.refit import Variant, fit_tails, months_to, pooled, refit, remaining_of
from forecast.archive import Archive, add_months
from forecast.errors import NotIdentifiedError, UsageError
from forecast.models import HierarchicalModel
from forecast.prediction.conditioning import Ages, Remaining, mix, remaining
from forecast.prediction.grid import HORIZON_MONTHS, date_after, months_between
from forecast.prediction.question import Question, pose, view_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SHARES = (0.1, 0.25, 0.5, 0.75, 0.9)

AHEAD = 36
"""Months ahead for which the decay is shown."""


class Standing(NamedTuple):
    """A forecast on one day.

    Attributes
    ----------
    as_of : datetime.date
    within_12, by_headline : float
        Probability of a conclusion within 12 months of that day, and by the headline day of the replay.
    quantiles : tuple of float
        Months after that day by which it is concluded with the probabilities :data:`SHARES`; infinite
        where there is no such date.
    never, unseen : float
        Probability that it never concludes, and that it is concluded already.
    """

    as_of: date
    within_12: float
    by_headline: float
    quantiles: tuple[float, ...]
    never: float
    unseen: float

    def dates(self) -> dict[float, date | None]:
        """Date of each quantile; None where there is none within fifty years."""
        return {
            share: None if months > HORIZON_MONTHS else date_after(self.as_of, months)
            for share, months in zip(SHARES, self.quantiles, strict=True)
        }


@dataclass(frozen=True)
class Replay:
    """A forecast through time.

    Attributes
    ----------
    question : Question
        The case on the last day.
    headline_day : datetime.date
        The same for all standings.
    answer : Remaining
        The forecast of the last day.
    past : tuple of Standing
        From the launch on, each from what was known on its day.
    ahead : tuple of Standing
        From the last day on, each if the talks are still open then and nothing else is learnt.
    notes : dict
        Why a day has no standing.
    events, due : tuple of Occasion
        What happened meanwhile, and what is due.
    """

    question: Question
    headline_day: date
    answer: Remaining
    past: tuple[Standing, ...]
    ahead: tuple[Standing, ...]
    notes: dict[date, str]
    events: tuple[Occasion, ...]
    due: tuple[Occasion, ...]

    def probability_by(self, day: date) -> float:
        """Probability, as known on the last day, of a conclusion by a later day."""
        return self.answer.probability_within(months_between(self.question.view.date, day))

    def to_frame(self) -> pd.DataFrame:
        """One row a standing, ``part`` is ``as known then`` or ``if still open then``."""
        import pandas as pd

        rows = [
            {
                "part": part,
                "as_of": s.as_of,
                "within_12": s.within_12,
                "by_headline": s.by_headline,
                **{f"q{share * 100:g}": day for share, day in s.dates().items()},
                "never": s.never,
                "unseen": s.unseen,
            }
            for part, standings in ((KNOWN, self.past), (STILL_OPEN, self.ahead))
            for s in standings
        ]
        return pd.DataFrame(rows)

    def plot(self, axes: tuple[Axes, Axes] | None = None) -> tuple[Axes, Axes]:
        """Draw the dates and the probabilities through time, with promises and meetings."""
        from forecast.drawing import replay, shown

        drawn = replay(self.to_frame(), self.events, self.due, self.headline_day, axes=axes)
        return shown(drawn)


KNOWN, STILL_OPEN = "as known then", "if still open then"


def replay(
    negotiation: str,
    until: date | str | None = None,
    clock: str = "launch:signed",
    accounts: str = "documented",
    archive: Archive | None = None,
    seed: int = 0,
    workers: int = 2,
    advance: Callable[[int, int], None] = lambda done, of: None,
    **arguments: Any,
) -> Replay:
    """Forecast a case as of every month since its launch, with what was known then.

    Every month the models are fitted again to the view of that day. The standings ahead come from the
    last fit alone.

    Parameters
    ----------
    negotiation : str
    until : datetime.date or str, optional
        The last day; default the vintage. Of a case that has ended by then, the day before its end.
    clock, accounts, archive : optional
        As for :func:`forecast.predict`.
    seed, workers
        Seed of the fits; processes.
    advance : callable
        Told how many of how many fits are done.
    **arguments
        Of every fit; see :func:`~forecast.analysis.refit.refit`.

    Raises
    ------
    NothingToForecastError
        If the negotiation is unknown or was not launched by then.
    NotIdentifiedError
        If no model can be fitted to what was known on the last day.
    UsageError
        If it began and ended on one day, as far as is known.
    """
    last = _last_question(pose(negotiation, until, clock, accounts, archive=archive))
    headline = date(last.view.date.year + 1, 12, 31)
    days = _months(last.spell.start.latest, last.view.date)
    questions = [_question_of(last, day) for day in days]
    parts = refit(
        [Variant(str(q.view.date), q) for q in questions],
        remaining_of,
        workers,
        advance,
        seed=seed,
        **arguments,
    )
    answers = dict(zip(days, map(pooled, parts), strict=True))
    told = {day: a for day, a in answers.items() if not isinstance(a, str)}
    notes = {day: a for day, a in answers.items() if isinstance(a, str)}
    if days[-1] not in told:
        raise NotIdentifiedError(f"there is no forecast as of {days[-1]}: {notes[days[-1]]}")
    event = last.table.clock.terminal_event
    return Replay(
        question=last,
        headline_day=headline,
        answer=told[max(told)],
        past=tuple(standing(day, answer, headline) for day, answer in told.items()),
        ahead=tuple(decay(last, fit_tails(last, seed=seed, **arguments).values(), headline)),
        notes=notes,
        events=tuple(past_occasions(last.view, last.record, days[0], event)),
        due=tuple(due_occasions(last.view, last.record, event)),
    )


def decay(
    question: Question, models: Iterable[HierarchicalModel], headline: date, months: int = AHEAD
) -> list[Standing]:
    """Standings in the months ahead if the talks are still open then and nothing else is learnt.

    Parameters
    ----------
    question : Question
    models : iterable of HierarchicalModel
        Fitted to the question's table; they are not fitted again.
    headline : datetime.date
    months : int
        How far ahead.
    """
    fitted = list(models)
    day = question.view.date
    later = [add_months(day, k) for k in range(months + 1)]
    return [standing(each, still_open(question, fitted, each), headline) for each in later]


def still_open(question: Question, models: Iterable[HierarchicalModel], day: date) -> Remaining:
    """Forecast from a day on of a case that is known to be open on that very day."""
    age = max(months_between(question.spell.start.midpoint, day), 0.0)
    row = question.table.X.loc[[question.spell.negotiation_id]]
    # Seen open on the day itself, nothing can have gone unseen, whatever the miss rate.
    parts = [
        remaining(model.predict_survival(row, elapsed=age), Ages(age, age, age), 0.0)
        for model in models
    ]
    return mix(parts, np.ones(len(parts)))


def standing(day: date, answer: Remaining, headline: date) -> Standing:
    """Read off a forecast what a replay shows; by a headline day that has passed there is none."""
    ahead = months_between(day, headline)
    return Standing(
        as_of=day,
        within_12=answer.probability_within(12.0),
        by_headline=answer.probability_within(ahead) if ahead >= 0 else np.nan,
        quantiles=tuple(months_to(answer, share) for share in SHARES),
        never=(1.0 - answer.unseen) * answer.never,
        unseen=answer.unseen,
    )


def _last_question(question: Question) -> Question:
    """The question itself while the case is open, else that of the day before it ended."""
    end = question.spell.end
    if question.is_open or end is None:
        return question
    eve = end.earliest - timedelta(days=1)
    if eve < question.spell.start.latest:
        raise UsageError(
            f"{question.spell.negotiation_id} began and ended within {question.spell.start} and {end}: "
            "there are no months to replay"
        )
    return _question_of(question, eve)


def _question_of(question: Question, day: date) -> Question:
    """The same question on another day."""
    table = question.table
    view = view_of(question.view, day)
    return pose(question.spell.negotiation_id, None, table.clock.name, table.accounts, archive=view)


def _months(first: date, last: date) -> list[date]:
    """The first day, the same day of each month after it, and the last day."""
    days, k = [], 0
    while (day := add_months(first, k)) < last:
        days.append(day)
        k += 1
    return [*days, last]
