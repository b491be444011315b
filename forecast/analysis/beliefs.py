r"""What an analyst believes of a case, what the data do to it, and both the analyst and the model together.

An analyst says: by :math:`t_1 < t_2 < \dots` months since the launch it is concluded with the probabilities
:math:`p_1 < p_2 < \dots` Of everything else the analyst is silent, and the model speaks. The belief at launch
is the distribution that keeps these promises and is otherwise nearest to the model's own at launch, S (the
least Kullback-Leibler divergence), which is Jeffrey's rule: the model within each interval, rescaled.

.. math::
    B(t) = 1 - p_{k-1} - (p_k - p_{k-1}) \frac{S(t_{k-1}) - S(t)}{S(t_{k-1}) - S(t_k)}
    \quad (t_{k-1} < t \le t_k), \qquad
    B(t) = (1 - p_K) \frac{S(t)}{S(t_K)} \quad (t > t_K)

with :math:`t_0 = p_0 = 0`; the never share is rescaled as what comes later is. What is known of the open case
then conditions it as it does every curve (:func:`forecast.prediction.conditioning.remaining`). After the last
month that the analyst spoke of, talks that are known to be still open are as the model has them.

Both together hold that either the analyst or the model is right, at even odds at launch. Each odds is then
multiplied by how well its holder foresaw that nothing would be found,

.. math:: L = m\, S(c) + (1 - m)\, S(v) ,

S the holder's own curve, c the age when last seen open, v when searched for, m the miss rate. This is Bayes'
rule for the linear pool, so that pooling and then conditioning gives the same answer.

References
----------
Diaconis and Zabell (1982), J. Am. Stat. Assoc. 77, 822-830. Genest and Zidek (1986), Stat. Sci. 1, 114-135.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.refit import fit_tails, months_to, require_open
from forecast.errors import UsageError
from forecast.models import DurationModel
from forecast.prediction.conditioning import Remaining, mix, remaining
from forecast.prediction.grid import HORIZON_MONTHS, date_after, months_between
from forecast.prediction.question import Question
from forecast.survival import SurvivalCurves

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

BELIEF, UPDATED, MODEL, BOTH = (
    "your belief at launch",
    "your belief, still open",
    "the model",
    "both together",
)


@dataclass(frozen=True)
class Belief:
    """What an analyst holds: probabilities of a conclusion by some months since the launch.

    Attributes
    ----------
    months, shares : tuple of float
        Both rising; shares in (0, 1).
    """

    months: tuple[float, ...]
    shares: tuple[float, ...]

    def curve(self, model: SurvivalCurves) -> SurvivalCurves:
        """Belief at launch, silent where the analyst is: one case.

        Parameters
        ----------
        model : SurvivalCurves
            The model's curve of the case at launch, one case.
        """
        grid = np.union1d(model.times, self.months)
        survival = model.at(grid)[0]
        steps = np.array([0.0, *self.months])
        own = model.at(steps)[0]
        believed = 1.0 - np.array([0.0, *self.shares])
        held = believed[-1] * survival / own[-1]
        for k in range(len(self.months)):
            within = (grid >= steps[k]) & (grid <= steps[k + 1])
            # Where the model has no mass to share out, the belief is spread evenly.
            fallen = own[k] - survival[within] if own[k] > own[k + 1] else grid[within] - steps[k]
            held[within] = believed[k] + (believed[k + 1] - believed[k]) * fallen / fallen[-1]
        never = believed[-1] * model.never / own[-1]
        tail = model.tail_hazard
        return SurvivalCurves(grid, held[np.newaxis], never, "log-linear", model.follow_up, tail)


@dataclass(frozen=True)
class Weighed:
    """A belief and what the data do to it.

    Attributes
    ----------
    question : Question
    belief : Belief
    at_launch : SurvivalCurves
        The belief, since the launch.
    answers : dict of str to Remaining
        :data:`UPDATED`, :data:`MODEL` and :data:`BOTH`, after the as-of date.
    weight : float
        Weight of the analyst among both by now; one half at launch.
    """

    question: Question
    belief: Belief
    at_launch: SurvivalCurves
    answers: dict[str, Remaining]
    weight: float

    @property
    def days(self) -> list[date]:
        """Dates that the analyst spoke of."""
        start = self.question.spell.start.midpoint
        return [date_after(start, months) for months in self.belief.months]

    def by(self, day: date) -> dict[str, float]:
        """Probability by a day, not before the as-of date, according to each."""
        question = self.question
        ahead = months_between(question.view.date, day)
        since = months_between(question.spell.start.midpoint, day)
        at_launch = {BELIEF: float(1.0 - self.at_launch.at(since)[0, 0])}
        return at_launch | {
            name: answer.probability_within(ahead) for name, answer in self.answers.items()
        }

    def medians(self) -> dict[str, float]:
        """Months after the as-of date until it is as likely concluded as not; infinite for never.

        The belief at launch may lie in the past: then negative.
        """
        at_launch = float(self.at_launch.quantile(0.5)[0, 0]) - self.question.ages.as_of
        return {BELIEF: at_launch} | {
            name: months_to(answer, 0.5) for name, answer in self.answers.items()
        }

    def to_frame(self) -> pd.DataFrame:
        """Cumulative probabilities by months since the launch, a column each.

        Missing before the as-of date for all but the belief at launch.
        """
        import pandas as pd

        age = self.question.ages.as_of
        since = np.union1d(np.arange(0.0, age + 120.0, 0.5), [age])
        columns = {"months": since, BELIEF: 1.0 - self.at_launch.at(since)[0]}
        later = since >= age
        for name, answer in self.answers.items():
            column = np.full(len(since), np.nan)
            survival = answer.curve().at(since[later] - age)[0]
            column[later] = 1.0 - (1.0 - answer.unseen) * survival
            columns[name] = column
        frame = pd.DataFrame(columns)
        start = self.question.spell.start.midpoint
        frame.insert(0, "date", [date_after(start, months) for months in since])
        return frame

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw all four, with what the analyst said as dots."""
        from forecast.drawing import beliefs

        said = list(zip(self.days, self.belief.shares, strict=True))
        return beliefs(self.to_frame(), said, self.question.view.date, ax=ax)


def parse_belief(text: str) -> Belief:
    """Read a belief such as ``12:0.5,24:0.9``: months since the launch, probability by then.

    Raises
    ------
    UsageError
        If the text is malformed, or months or probabilities do not rise.

    Examples
    --------
    >>> parse_belief("12:0.5,24:0.9")
    Belief(months=(12.0, 24.0), shares=(0.5, 0.9))
    """
    pairs = [_pair(part, text) for part in text.split(",")]
    months, shares = zip(*pairs, strict=True)
    for what, values in (("months", months), ("probabilities", shares)):
        if any(later <= earlier for earlier, later in pairwise(values)):
            raise UsageError(f"the {what} of a belief must rise, and those of {text!r} do not")
    return Belief(months, shares)


def _pair(part: str, text: str) -> tuple[float, float]:
    try:
        month, share = map(float, part.split(":"))
    except ValueError:
        raise UsageError(
            f"{part.strip()!r} in the belief {text!r} is not months:probability, such as 12:0.5"
        ) from None
    if not 0.0 < month <= HORIZON_MONTHS:
        raise UsageError(
            f"the months of a belief lie between 0 and {HORIZON_MONTHS:g}, not {month:g}"
        )
    if not 0.0 < share < 1.0:
        raise UsageError(f"the probabilities of a belief lie between 0 and 1, not {share:g}")
    return month, share


def weigh(
    question: Question,
    belief: Belief,
    models: Sequence[DurationModel] | None = None,
    seed: int = 0,
) -> Weighed:
    """Put an analyst's belief beside the model, and say what the data do to it.

    Parameters
    ----------
    question : Question
        Of a case that is open.
    belief : Belief
    models : sequence of DurationModel, optional
        Fitted to the question's table; default the headline models, which are fitted.
    seed : int
        Of that fit.

    Returns
    -------
    Weighed

    Raises
    ------
    NothingToForecastError
        If the case is not open.
    """
    require_open(question)
    fitted = list(fit_tails(question, seed=seed).values()) if models is None else list(models)
    row = question.table.X.loc[[question.spell.negotiation_id]]
    # Open at age 0 says nothing: so the model forgets what its fit knew of this very case.
    curves = [model.predict_survival(row, elapsed=0.0) for model in fitted]
    at_launch = SurvivalCurves.pool(curves, np.ones(len(curves)))
    held = belief.curve(at_launch)
    updated = remaining(held, question.ages, question.miss_rate)
    model = question.remaining([question.curve(one) for one in fitted])
    foresaw = np.array([unfound(held, question), unfound(at_launch, question)])
    both = mix([updated, model], foresaw)
    answers = {UPDATED: updated, MODEL: model, BOTH: both}
    return Weighed(question, belief, held, answers, float(foresaw[0] / foresaw.sum()))


def unfound(curve: SurvivalCurves, question: Question) -> float:
    """Probability, at launch, of what is known by now: seen open, and no conclusion found since."""
    ages = question.ages
    seen, searched = curve.at([ages.open_at, ages.searched])[0]
    return float(question.miss_rate * seen + (1.0 - question.miss_rate) * searched)
