"""Weighted draws of the hierarchical model, and what follows from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import expit

from forecast.inference import PosteriorSample
from forecast.models.hierarchical_problem import ErrorFamily, HierarchicalProblem
from forecast.models.latent_field import GROUPS, NEVER_FAMILY, Incidence
from forecast.survival.arrays import FloatArray
from forecast.survival.family import LocationScale

# The same standard normals for every fresh effect of a group: curves of some cases are then those that
# a call with more cases gives.
_FRESH_SEED = 20240502

_DRAWS_OF_A_MEAN = 2048


@dataclass(frozen=True, eq=False)
class Posterior:
    """Weighted draws.

    Attributes
    ----------
    names : tuple of str
        Names of the latent effects.
    fields : (S, d) array
        Their draws.
    group_sd : (S, 4) array
        Standard deviations of the groups of effects; 0 of a group without an effect in the data.
    scale : (S,) array
        Sigma.
    log_rate : (S,) array
        Log of the ending rate a month.
    weights : (S,) array
        They sum to 1.
    nodes : (S,) array
        Which node of the hyperparameters a draw belongs to.
    """

    names: tuple[str, ...]
    fields: FloatArray
    group_sd: FloatArray
    scale: FloatArray
    log_rate: FloatArray
    weights: FloatArray
    nodes: FloatArray

    @classmethod
    def of(cls, problem: HierarchicalProblem, sample: PosteriorSample) -> Posterior:
        """Name and unfold the draws of a sample, each beside its node's hyperparameters."""
        draws = sample.weights.shape[1]
        theta = np.repeat(sample.theta, draws, axis=0)
        return cls(
            names=problem.field.names,
            fields=sample.fields.reshape(-1, sample.fields.shape[2]),
            group_sd=problem.group_sd(theta),
            scale=np.exp(problem.log_scale(theta)),
            log_rate=problem.log_rate(theta),
            weights=sample.weights.ravel(),
            nodes=np.repeat(np.arange(len(sample.theta)), draws),
        )

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Tidy draws, (S, 2 + parameters): ``weight``, ``node``, then one column a parameter."""
        columns: dict[str, FloatArray] = {"weight": self.weights, "node": self.nodes}
        columns |= {name: self.fields[:, k] for k, name in enumerate(self.names)}
        columns |= {f"sd({name})": self.group_sd[:, k] for k, name in enumerate(GROUPS)}
        columns |= {"log(scale)": np.log(self.scale), "log(ending rate)": self.log_rate}
        return pd.DataFrame(columns).rename_axis("draw")

    def mean(self) -> pd.Series:
        """Posterior means of the parameters."""
        frame = self.frame.drop(columns=["weight", "node"])
        return pd.Series(self.weights @ frame.to_numpy(), index=frame.columns, name="mean")

    def sd(self) -> pd.Series:
        """Posterior standard deviations of the parameters."""
        frame = self.frame.drop(columns=["weight", "node"])
        away = frame.to_numpy() - self.mean().to_numpy()
        return pd.Series(np.sqrt(self.weights @ away**2), index=frame.columns, name="sd")

    def summary(self, shares: tuple[float, ...] = (0.05, 0.5, 0.95)) -> pd.DataFrame:
        """Mean, standard deviation and quantiles of each parameter."""
        table = pd.DataFrame({"mean": self.mean(), "sd": self.sd()})
        for share in shares:
            table[f"{share * 100:g} %"] = [
                weighted_quantile(self.frame[name].to_numpy(), self.weights, share)
                for name in table.index
            ]
        return table

    def predictors(self, incidence: Incidence) -> tuple[FloatArray, FloatArray]:
        """Log median and logit of the never share of some rows, each (S, n).

        Effects that the field does not hold are drawn from their prior given each draw's standard
        deviations.
        """
        rng = np.random.default_rng(_FRESH_SEED)
        noise = rng.standard_normal((len(self.weights), len(GROUPS))) * self.group_sd
        fresh = noise[:, np.newaxis, :] * np.sqrt(incidence.fresh)
        eta = (incidence.duration @ self._effects).T + fresh[..., :NEVER_FAMILY].sum(axis=2)
        kappa = (incidence.never @ self._effects).T + fresh[..., NEVER_FAMILY]
        return eta, kappa

    @cached_property
    def _effects(self) -> FloatArray:
        """Draws by effect, (d, S): a case picks the few that it has."""
        return np.ascontiguousarray(self.fields.T)


class Known(NamedTuple):
    """What a fit knew of an open case: that it was open at ``age``, given that it was at its ``entry``.

    ``power`` is its case weight; 0 of a case that the fit did not know.
    """

    age: float = 0.0
    entry: float = 0.0
    power: float = 0.0


@dataclass(frozen=True, eq=False)
class CaseDraws:
    """Durations of one case, draw by draw.

    Attributes
    ----------
    family : LocationScale
    location, scale : (S,) arrays
        Of the log duration.
    never : (S,) array
        Never share.
    rate : (S,) array
        Rate a month at which attempts that never conclude are ended.
    weights : (S,) array
        Posterior weights.
    """

    family: LocationScale
    location: FloatArray
    scale: FloatArray
    never: FloatArray
    rate: FloatArray
    weights: FloatArray

    def log_concluding(self, times: FloatArray) -> FloatArray:
        """Log of (1 - pi) S(t), the share that concludes, but later, (S, m)."""
        with np.errstate(divide="ignore"):
            z = (np.log(times) - self.location[:, np.newaxis]) / self.scale[:, np.newaxis]
            share = np.log1p(-self.never)
        later: FloatArray = share[:, np.newaxis] + self.family.log_survival(z)
        return later

    def log_lasting(self, age: float) -> FloatArray:
        """Log of pi exp(-lambda t), the share that never concludes and is not ended by an age, (S,)."""
        with np.errstate(divide="ignore"):
            lasting: FloatArray = np.log(self.never) - self.rate * age
        return lasting

    def log_open_at(self, age: float) -> FloatArray:
        """Log of the probability of being open at an age, (S,); the far tail does not fall to 0."""
        if age <= 0:
            return np.zeros_like(self.never)
        concluding = self.log_concluding(np.array([age]))[:, 0]
        open_: FloatArray = np.logaddexp(self.log_lasting(age), concluding)
        return open_

    def survival(self, times: FloatArray, elapsed: float) -> tuple[FloatArray, FloatArray]:
        r"""Draws of :math:`P(T > t \mid \text{open at } c)`, (S, m), and of the never share then, (S,).

        .. math:: \frac{\pi e^{-\lambda c} + (1 - \pi) S(t)}{\pi e^{-\lambda c} + (1 - \pi) S(c)}
        """
        reached = self.log_open_at(elapsed)
        never = np.exp(self.log_lasting(elapsed) - reached)
        later = self.log_concluding(np.maximum(times, elapsed))
        survival = never[:, np.newaxis] + np.exp(later - reached[:, np.newaxis])
        # The two parts of 1 need not sum to 1 in the last digit.
        return np.where(times <= elapsed, 1.0, np.minimum(survival, 1.0)), never

    def forgetting(self, known: Known) -> FloatArray:
        """Weights, (S,), of a fit that had not known of the case what this one did."""
        return self._weighed(-known.power, known.age, known.entry)

    def given_open(self, elapsed: float, entry: float = 0.0) -> FloatArray:
        """Weights, (S,), given that the case, open at its entry, is open at an age."""
        return self._weighed(1.0, elapsed, min(entry, elapsed))

    def _weighed(self, power: float, age: float, entry: float) -> FloatArray:
        """Weights times a power of the probability of being open at an age, given that at entry."""
        log_odds = power * (self.log_open_at(age) - self.log_open_at(entry))
        weights = self.weights * np.exp(log_odds - log_odds.max())
        total: FloatArray = weights / weights.sum()
        return total

    def mean_survival(
        self, times: FloatArray, elapsed: float, entry: float = 0.0
    ) -> tuple[FloatArray, float]:
        """Posterior mean survival given that the case is open at an age, (m,), and its never share.

        Parameters
        ----------
        times : (m,) array
            Months since the launch.
        elapsed : float
            Age at which the case is known to be open.
        entry : float
            Age before which it would not have been seen.
        """
        thin = self._thinned(self.given_open(elapsed, entry))
        survival, never = thin.survival(times, elapsed)
        mean = _mean_of_shares(thin.weights, survival)
        share = _mean_of_shares(thin.weights, never[:, np.newaxis])[0]
        return mean, float(min(share, mean[-1]))

    def _thinned(self, weights: FloatArray) -> CaseDraws:
        """As many draws as a mean needs, of equal weight; the weighted draws where these are fewer.

        Systematic resampling along the draws sorted by location: neighbours have nearly the same
        curve, so that little is lost (Kitagawa 1996).
        """
        if len(weights) <= _DRAWS_OF_A_MEAN:
            return replace(self, weights=weights)
        order = np.argsort(self.location, kind="stable")
        places = (np.arange(_DRAWS_OF_A_MEAN) + 0.5) / _DRAWS_OF_A_MEAN
        reached = np.minimum(np.searchsorted(np.cumsum(weights[order]), places), len(order) - 1)
        chosen = order[reached]
        return CaseDraws(
            self.family,
            self.location[chosen],
            self.scale[chosen],
            self.never[chosen],
            self.rate[chosen],
            np.full(_DRAWS_OF_A_MEAN, 1.0 / _DRAWS_OF_A_MEAN),
        )


def _mean_of_shares(weights: FloatArray, shares: FloatArray) -> FloatArray:
    """Weighted mean of shares, (m,), that is exact to rounding near 0 and near 1."""
    direct = weights @ shares
    return np.where(direct < 0.5, direct, 1.0 - weights @ (1.0 - shares))


def case_draws(
    posterior: Posterior,
    family: ErrorFamily,
    eta: FloatArray,
    kappa: FloatArray,
    never: float | None,
) -> CaseDraws:
    """Draws of one case from its predictors (S,); ``never`` replaces the model's never share."""
    share = expit(kappa) if never is None else np.full(len(kappa), never)
    location = eta - posterior.scale * family.median
    rate = np.exp(posterior.log_rate)
    return CaseDraws(family.durations, location, posterior.scale, share, rate, posterior.weights)


def weighted_quantile(values: FloatArray, weights: FloatArray, share: float) -> float:
    """Smallest value at which the weights reach a share of their sum, between the middles of steps."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) - 0.5 * weights[order]
    return float(np.interp(share * weights.sum(), reached, values[order]))
