"""How the answer comes about: from the prior to the data, the family, the countries, each covariate."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from forecast.analysis.case_draws import row_of, weights_without_case
from forecast.analysis.refit import UNTOLD, fit_tails, require_open
from forecast.analysis.shapley import Value, shapley
from forecast.models import HierarchicalModel
from forecast.models.hierarchical_problem import FAMILIES
from forecast.models.latent_field import LOG_MEDIAN, NEVER_LOGIT
from forecast.prediction.grid import HORIZON_MONTHS
from forecast.prediction.question import Question
from forecast.survival.arrays import BoolArray, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DRAWS = 512
_HALVINGS = 22
_COALITIONS_AT_ONCE = 256

START, DATA, ANSWER = "prior: an average case", "data: an average case", "the answer"
COUNTRIES, FAMILY, CLUSTER = "countries", "family", "near-copies"
_PLAYERS = {"party": COUNTRIES, "family": FAMILY, "cluster": CLUSTER}


@dataclass(frozen=True)
class Explanation:
    """Steps from the prior to the answer.

    Attributes
    ----------
    question : Question
    steps : DataFrame
        ``step``; ``kind`` ('level' of the first and last row, else 'change'); ``median_months`` after the
        as-of date, at most 600; ``within_12``, the probability within 12 months of it; and the standard
        errors ``median_months_error`` and ``within_12_error``, 0 where the shares are exact.
    unknown : tuple of str
        Covariates without a known value, which stand at the centre and move nothing.
    """

    question: Question
    steps: pd.DataFrame
    unknown: tuple[str, ...]

    def plot(self, axes: Sequence[Axes] | None = None) -> list[Axes]:
        """Draw the steps as two waterfalls: months, and percentage points."""
        from forecast.drawing import shown
        from forecast.drawing.waterfall import waterfalls

        return shown(waterfalls(self.steps, axes))


@dataclass(frozen=True, eq=False)
class _Game:
    """One model's thinned draws of the case, split into what each player adds.

    ``base``, ``never``: predictors of an average case (D,); ``terms``, ``never_terms``: what the players
    add to them (n, D).
    """

    model: HierarchicalModel
    players: tuple[str, ...]
    weights: FloatArray
    base: FloatArray
    terms: FloatArray
    never: FloatArray
    never_terms: FloatArray
    scale: FloatArray
    rate: FloatArray

    @classmethod
    def of(cls, model: HierarchicalModel, question: Question, players: tuple[str, ...]) -> _Game:
        posterior = model.posterior_
        incidence = model.field_.incidence(row_of(question))
        duration, never = (m.toarray()[0] for m in (incidence.duration, incidence.never))
        chosen = _thinned(posterior.fields @ duration, weights_without_case(model, question))
        fields = posterior.fields[chosen]
        owners = np.array([_owner(name) for name in posterior.names])

        def added(coefficients: FloatArray) -> FloatArray:
            split = [(fields * coefficients)[:, owners == p].sum(axis=1) for p in players]
            return np.array(split).reshape(len(players), len(chosen))

        return cls(
            model=model,
            players=players,
            weights=np.full(len(chosen), 1.0 / len(chosen)),
            base=fields[:, posterior.names.index(LOG_MEDIAN)],
            terms=added(duration),
            never=fields[:, posterior.names.index(NEVER_LOGIT)],
            never_terms=added(never),
            scale=posterior.scale[chosen],
            rate=np.exp(posterior.log_rate[chosen]),
        )

    def survival(self, coalitions: BoolArray, question: Question) -> _Conditional:
        joined = coalitions.astype(np.float64)
        family = FAMILIES[self.model.family]
        location = self.base + joined @ self.terms - self.scale * family.median
        share = expit(self.never + joined @ self.never_terms)
        return _Conditional(self, location, share, question)


class _Conditional:
    """Survival of coalitions after the as-of date, under one model.

    Draw by draw the case is open at c with probability O(c) = pi exp(-lambda c) + (1 - pi) S(c), given that
    it was at its entry e with O(c) / O(e); weighing the draws by that and dividing by O(c) leaves the ratio
    of means of (pi exp(-lambda c) + (1 - pi) S(t)) / O(e) and O(c) / O(e).
    """

    def __init__(
        self, game: _Game, location: FloatArray, share: FloatArray, question: Question
    ) -> None:
        self.game, self.location, self.share = game, location, share
        ages = question.ages
        self.as_of = ages.as_of
        entry = game.model.known(question.spell.negotiation_id).entry
        entered = share * np.exp(-game.rate * entry) + self._concluding(
            np.full(len(location), entry)
        )
        self.weights = game.weights / entered
        self.lasting = (share * np.exp(-game.rate * ages.open_at) * self.weights).sum(axis=1)
        self.reached = np.ones(len(location))
        self.reached = self._open(np.full(len(location), ages.open_at))
        miss = question.miss_rate
        self.total = miss + (1.0 - miss) * self._open(np.full(len(location), ages.searched))

    def _concluding(self, age: FloatArray) -> FloatArray:
        """(1 - pi) S, (k, S), of each coalition at an age of its own."""
        with np.errstate(divide="ignore"):
            z = (np.log(age)[:, np.newaxis] - self.location) / self.game.scale
        survival = np.exp(FAMILIES[self.game.model.family].durations.log_survival(z))
        concluding: FloatArray = (1.0 - self.share) * survival
        return concluding

    def _open(self, age: FloatArray) -> FloatArray:
        concluding = (self._concluding(age) * self.weights).sum(axis=1)
        open_: FloatArray = (self.lasting + concluding) / self.reached
        return open_

    def open_after(self, months: FloatArray) -> FloatArray:
        """Probability of no conclusion within some months of the as-of date, (k,)."""
        return self._open(self.as_of + months) / self.total


def explain(
    question: Question,
    models: Mapping[str, HierarchicalModel] | None = None,
    priors: Mapping[str, HierarchicalModel] | None = None,
) -> Explanation:
    """Explain the median and the probability within 12 months by Shapley values.

    The players are the family, the countries and each covariate of which the case has a value; the value
    of some of them is the pooled forecast of the case when the terms of the others are left out of the
    linear predictors, draw by draw. An average case has none of these terms: no family, no country,
    covariates at their centres; it has been open for as long as the case.

    Parameters
    ----------
    question : Question
    models : mapping of str to HierarchicalModel, optional
        Fitted to the question's table.
    priors : mapping of str to HierarchicalModel, optional
        The same fitted to nothing but that the case is open; see :func:`prior_weights`.
    """
    require_open(question)
    fitted = fit_tails(question) if models is None else models
    before = fit_tails(question, prior_weights(question)) if priors is None else priors
    players, unknown = _players(next(iter(fitted.values())), question)
    value = _pooled_value([_Game.of(m, question, players) for m in fitted.values()], question)
    prior = _pooled_value([_Game.of(m, question, players) for m in before.values()], question)
    nobody = np.zeros((1, len(players)), dtype=np.bool_)
    start, data, answer = prior(nobody)[0], value(nobody)[0], value(~nobody)[0]
    shares = shapley(value, len(players))
    order = _from_large_to_small(players, shares.values)
    names = [START, DATA, *(players[k] for k in order), ANSWER]
    levels = np.vstack([start, data - start, shares.values[order], answer])
    errors = np.vstack([np.zeros((2, 2)), shares.errors[order], np.zeros((1, 2))])
    steps = pd.DataFrame(
        {
            "step": names,
            "kind": ["level", *["change"] * (len(names) - 2), "level"],
            "median_months": levels[:, 0],
            "within_12": levels[:, 1],
            "median_months_error": errors[:, 0],
            "within_12_error": errors[:, 1],
        }
    )
    return Explanation(question, steps, unknown)


def prior_weights(question: Question) -> FloatArray:
    """Case weights, (n,), that leave nothing to learn from but that the case itself is open."""
    own = question.table.X.index == question.spell.negotiation_id
    return np.where(own, 1.0, UNTOLD)


def _players(
    model: HierarchicalModel, question: Question
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who is in the game: groups whose terms the case has; and covariates without a value."""
    row, design = row_of(question), model.field_.design
    unknown = tuple(c for c in design.levels if row[c].isna().iloc[0])
    duration = model.field_.incidence(row).duration.toarray()[0]
    owners = [_owner(name) for name, k in zip(model.field_.names, duration, strict=True) if k != 0]
    players = dict.fromkeys(owner for owner in owners if owner not in (LOG_MEDIAN, *unknown))
    return tuple(players), unknown


def _from_large_to_small(players: tuple[str, ...], shares: FloatArray) -> list[int]:
    """Family and countries first, then covariates by what they add to the probability."""
    groups = tuple(_PLAYERS.values())
    return sorted(range(len(players)), key=lambda k: (players[k] not in groups, -abs(shares[k, 1])))


def _owner(effect: str) -> str:
    """Player to whom an effect belongs; an effect that nobody owns is its own."""
    name = effect.split("[")[0]
    return FAMILY if name == "never" else _PLAYERS.get(name, name)


def _thinned(location: FloatArray, weights: FloatArray) -> np.ndarray:
    """Places of equally weighted draws: systematic resampling along the draws sorted by location."""
    order = np.argsort(location, kind="stable")
    reached = np.searchsorted(np.cumsum(weights[order]), (np.arange(_DRAWS) + 0.5) / _DRAWS)
    chosen: np.ndarray = order[np.minimum(reached, len(order) - 1)]
    return chosen


def _pooled_value(games: list[_Game], question: Question) -> Value:
    """Value function: coalitions (k, n) to median months and P within 12 months, (k, 2)."""

    def some(coalitions: BoolArray) -> FloatArray:
        parts = [game.survival(coalitions, question) for game in games]

        def open_after(months: FloatArray) -> FloatArray:
            total: FloatArray = np.mean([part.open_after(months) for part in parts], axis=0)
            return total

        within = 1.0 - open_after(np.full(len(coalitions), 12.0))
        return np.column_stack([_medians(open_after, len(coalitions)), within])

    def value(coalitions: BoolArray) -> FloatArray:
        pieces = np.array_split(coalitions, -(-len(coalitions) // _COALITIONS_AT_ONCE))
        return np.vstack([some(piece) for piece in pieces])

    return value


def _medians(open_after: Callable[[FloatArray], FloatArray], n: int) -> FloatArray:
    """Months in [0, 600] at which the probability of being open falls to a half, by bisection, (n,)."""
    low, high = np.zeros(n), np.full(n, np.log1p(HORIZON_MONTHS))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        later = open_after(np.expm1(middle)) > 0.5
        low, high = np.where(later, middle, low), np.where(later, high, middle)
    months: FloatArray = np.expm1(high)
    return np.where(open_after(np.zeros(n)) <= 0.5, 0.0, months)
