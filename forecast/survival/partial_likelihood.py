"""The log partial likelihood of a proportional hazards regression, with its derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from forecast.survival.arrays import FloatArray
from forecast.survival.baseline import BaselineHazard
from forecast.survival.prior import GaussianPrior
from forecast.survival.risk_sets import RiskSets

# A covariate that varies by less than this share of its size does not vary.
_CONSTANT = 1e-12


@dataclass(frozen=True, eq=False)
class PartialLikelihood:
    """The log partial likelihood with a Gaussian prior, and its derivatives.

    Attributes
    ----------
    x : (p, n) array
        Covariates of the sorted rows, less the mean of their stratum.
    centres : (g, p) array
        Those means.
    sets : RiskSets
        The sorted rows.
    prior : GaussianPrior
        Prior on the coefficients.
    event_total : (p,) array
        Weighted sum of the centred covariates of the events.
    """

    x: FloatArray
    centres: FloatArray
    sets: RiskSets
    prior: GaussianPrior
    event_total: FloatArray

    @classmethod
    def build(cls, x: FloatArray, sets: RiskSets, prior: GaussianPrior) -> PartialLikelihood:
        """Centre the rows of x (n, p) by stratum, which leaves the partial likelihood as it is."""
        by_column = np.ascontiguousarray(x[sets.order].T)
        starts = sets.stratum_starts
        totals = np.add.reduceat(by_column * sets.weights, starts, axis=1)
        centres = totals / np.add.reduceat(sets.weights, starts)
        size = np.maximum.reduceat(np.abs(by_column), starts, axis=1)
        centred = by_column - centres[:, sets.stratum]
        # What is constant in a stratum must be 0 in it, and not rounding error.
        spread = np.maximum.reduceat(np.abs(centred), starts, axis=1)
        varies = spread > _CONSTANT * size
        if not varies.all():
            centred *= varies[:, sets.stratum]
        total = centred[:, sets.event] @ sets.weights[sets.event]
        return cls(centred, centres.T, sets, prior, total)

    def loglik(self, beta: FloatArray) -> float:
        """Log partial likelihood at beta, without the prior."""
        risk, shift = self._risk(beta)
        phi = self._denominators(risk)
        sets = self.sets
        centred = self.event_total @ beta - shift[sets.stratum[sets.event]] @ sets.term_weight
        return float(centred - sets.term_weight @ np.log(phi))

    def log_posterior(self, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Log partial likelihood plus log-prior, with gradient (p,) and Hessian (p, p).

        The log-prior is without its constant.
        """
        sets, x = self.sets, self.x
        risk, shift = self._risk(beta)
        phi = self._denominators(risk)
        linear = self.event_total @ beta - shift[sets.stratum[sets.event]] @ sets.term_weight
        value = linear - sets.term_weight @ np.log(phi)
        expected = risk * self._exposure(sets.term_weight / phi)
        gradient = self.event_total - x @ expected
        means = self._means(risk, phi)
        hessian = (means * sets.term_weight) @ means.T - (x * expected) @ x.T
        away = beta - self.prior.mean
        value -= 0.5 * float(self.prior.precision @ away**2)
        gradient -= self.prior.precision * away
        hessian[np.diag_indices(len(beta))] -= self.prior.precision
        return float(value), gradient, hessian

    def objective(self, beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Minus the log-posterior with its derivatives, to be minimised."""
        value, gradient, hessian = self.log_posterior(beta)
        return -value, -gradient, -hessian

    def spread(self) -> FloatArray:
        """Return standard deviations of the covariates within strata, (p,)."""
        weights = self.sets.weights
        return np.asarray(np.sqrt(self.x**2 @ weights / weights.sum()))

    def scale(self) -> FloatArray:
        """Return square roots of the most information to be expected on each covariate, (p,)."""
        most = self.sets.term_weight.sum() * self.spread() ** 2 + self.prior.precision
        return np.sqrt(np.where(most > 0, most, 1.0))

    def baselines(self, beta: FloatArray) -> tuple[BaselineHazard, ...]:
        """Breslow's or Efron's cumulative baseline hazard of every stratum."""
        sets = self.sets
        risk, shift = self._risk(beta)
        phi = self._denominators(risk)
        hazard = sets.by_group(sets.term_weight / phi)
        variance = sets.by_group(sets.term_weight / phi**2)
        means = self._means(risk, phi) * (sets.term_weight / phi)
        moments = np.stack([sets.by_group(row) for row in means]) if len(beta) else means[:, :0]
        edges = np.searchsorted(sets.group_stratum, np.arange(len(sets.stratum_starts) + 1))
        found = []
        for g, (first, past) in enumerate(pairwise(edges)):
            rising = slice(first, past)
            scale = np.exp(-shift[g])
            found.append(
                BaselineHazard(
                    times=sets.group_time[rising][::-1],
                    at_centre=scale * np.cumsum(hazard[rising][::-1]),
                    variance=scale**2 * np.cumsum(variance[rising][::-1]),
                    moments=scale * np.cumsum(moments[:, rising][:, ::-1], axis=1).T
                    if len(beta)
                    else np.empty((past - first, 0)),
                    centre=self.centres[g],
                    coefficients=beta,
                )
            )
        return tuple(found)

    def _risk(self, beta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Weighted risks of the rows, (n,), each stratum's largest scaled to 1, and the scales."""
        eta = beta @ self.x
        shift = np.maximum.reduceat(eta, self.sets.stratum_starts)
        return self.sets.weights * np.exp(eta - shift[self.sets.stratum]), shift

    def _denominators(self, risk: FloatArray) -> FloatArray:
        """Phi of every term, (e,)."""
        sets = self.sets
        phi = sets.at_risk(risk)[sets.event_group]
        if sets.has_ties:
            phi = phi - sets.fraction * sets.of_events(risk)[sets.event_group]
        return phi

    def _exposure(self, hazards: FloatArray) -> FloatArray:
        """Cumulative hazard to which each row was exposed, (n,), of the terms' hazards (e,)."""
        sets = self.sets
        exposure = sets.over_groups(sets.by_group(hazards))
        if sets.has_ties:
            taken_off = sets.by_group(hazards * sets.fraction)[sets.event_group]
            exposure[sets.event] -= taken_off
        return exposure

    def _means(self, risk: FloatArray, phi: FloatArray) -> FloatArray:
        """Mean of the centred covariates in each term's risk set, (p, e)."""
        sets = self.sets
        weighted = self.x * risk
        sums = sets.at_risk(weighted)[:, sets.event_group]
        if sets.has_ties:
            sums -= sets.fraction * sets.of_events(weighted)[:, sets.event_group]
        result: FloatArray = sums / phi
        return result
