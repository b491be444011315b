r"""What an analyst believes of a case, what the data do to it, and both the analyst and the model together.

At launch the belief is the model reweighted to agree with the analyst
(:mod:`forecast.analysis.stated_belief`). Weighting commutes with conditioning, so what is known of the open
case is used as for the model, and the same weights are put on the result. Talks that are known to be open
after the last month that the analyst spoke of are as the model has them.

Both together hold that either the analyst or the model is right, at even odds at launch. By Bayes' rule the
odds by now are those of what was found,

.. math:: L_B : L_M, \qquad L = m P(T > c) + (1 - m) P(T > v)

given that it was seen open at age c, searched for up to v, with the miss rate m. So pooling at launch and
then learning gives the same answer as learning and then pooling.

References
----------
Genest and Zidek (1986), Stat. Sci. 1, 114-135.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from forecast.analysis.refit import fit_tails, months_to, require_open
from forecast.analysis.stated_belief import Belief
from forecast.models import DurationModel
from forecast.prediction.conditioning import Remaining, mix, remaining
from forecast.prediction.grid import date_after, months_between
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
        from forecast.drawing import beliefs, shown

        said = list(zip(self.days, self.belief.shares, strict=True))
        return shown(beliefs(self.to_frame(), said, self.question.view.date, ax=ax))


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
    curves = [question.at_launch(model) for model in fitted]
    at_launch = SurvivalCurves.pool(curves, np.ones(len(curves)))
    ratios = belief.ratios(at_launch)
    parts, odds = [], []
    for curve in (question.curve(model) for model in fitted):
        held, left = belief.reweighted(curve, ratios)
        parts.append(remaining(held, question.ages, question.miss_rate))
        odds.append(left * unfound(held, question) / unfound(curve, question))
    updated = mix(parts, np.array(odds))
    model = question.remaining([question.curve(one) for one in fitted])
    odds_now = float(np.mean(odds))
    both = mix([updated, model], np.array([odds_now, 1.0]))
    return Weighed(
        question,
        belief,
        belief.reweighted(at_launch, ratios)[0],
        {UPDATED: updated, MODEL: model, BOTH: both},
        odds_now / (1.0 + odds_now),
    )


def unfound(curve: SurvivalCurves, question: Question) -> float:
    """Probability, on a curve since the launch, that no conclusion was found by now."""
    ages = question.ages
    seen, searched = curve.at([ages.open_at, ages.searched])[0]
    return float(question.miss_rate * seen + (1.0 - question.miss_rate) * searched)
