r"""What an analyst believes of a case, what the data do to it, and both the analyst and the model together.

An analyst says: by :math:`t_1 < t_2 < \dots < t_K` months since the launch it is concluded with the
probabilities :math:`p_1 < p_2 < \dots < p_K`. Of everything else the analyst is silent, and the model
speaks. The belief at launch is the distribution that agrees with the analyst and is otherwise nearest to the
model's own, F (the least Kullback-Leibler divergence). That is Jeffrey's rule: the model, weighted within
each interval by

.. math::
    r_k = \frac{p_k - p_{k-1}}{F(t_k) - F(t_{k-1})}, \qquad r_{K+1} = \frac{1 - p_K}{1 - F(t_K)}

with :math:`t_0 = p_0 = 0`; the last weight is that of all that comes later, or never. Weighting commutes with
conditioning, so what is known of the open case is used as for the model, and the same weights are put on the
result. Talks that are known to be open after :math:`t_K` are as the model has them.

Both together hold that either the analyst or the model is right, at even odds at launch. By Bayes' rule the
odds by now are those of what was found,

.. math:: L_B : L_M, \qquad L = m P(T > c) + (1 - m) P(T > v)

given that it was seen open at age c, searched for up to v, with the miss rate m. So pooling at launch and
then learning gives the same answer as learning and then pooling.

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
from forecast.survival.arrays import FloatArray

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

    def ratios(self, model: SurvivalCurves) -> FloatArray:
        """Weights r of the intervals and of what comes later, (K + 1,).

        Parameters
        ----------
        model : SurvivalCurves
            The model's curve of the case at launch, one case.

        Raises
        ------
        UsageError
            If the model holds a conclusion within one of the intervals impossible.
        """
        reached = np.append(model.at([0.0, *self.months])[0], 0.0)
        own = -np.diff(reached)
        if (own <= 0.0).any():
            k = int(np.argmax(own <= 0.0))
            raise UsageError(
                f"a belief up to {self.months[min(k, len(self.months) - 1)]:g} months cannot be weighed: "
                "the model gives no chance to that span"
            )
        ratios: FloatArray = np.diff([0.0, *self.shares, 1.0]) / own
        return ratios

    def reweighted(self, curve: SurvivalCurves, ratios: FloatArray) -> tuple[SurvivalCurves, float]:
        """Put the weights on a curve of one case, and say how much of it they leave.

        Parameters
        ----------
        curve : SurvivalCurves
            Times since the launch.
        ratios : (K + 1,) array

        Returns
        -------
        SurvivalCurves
            Normalised.
        float
            What it was divided by: 1 for the curve at launch.
        """
        grid = np.union1d(curve.times, self.months)
        survival = curve.at(grid)[0]
        steps = np.array([0.0, *self.months])
        own = curve.at(steps)[0]
        held = ratios[-1] * survival
        left = ratios[-1] * own[-1]
        for k in reversed(range(len(self.months))):
            within = (grid >= steps[k]) & (grid <= steps[k + 1])
            held[within] = left + ratios[k] * (survival[within] - own[k + 1])
            left += ratios[k] * (own[k] - own[k + 1])
        never = ratios[-1] * curve.never / left
        return (
            SurvivalCurves(
                grid,
                held[np.newaxis] / left,
                never,
                "log-linear",
                curve.follow_up,
                curve.tail_hazard,
            ),
            float(left),
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
