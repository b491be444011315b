"""The hierarchical model as a latent Gaussian model: hyperparameters, designs, rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import log
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy.special import expit, logit, ndtri

from forecast.covariates import prior_means
from forecast.inference import LatentGaussianModel, RowDerivatives
from forecast.models.design import Design
from forecast.models.hierarchical_priors import HierarchicalPriors, Normal, half_normal
from forecast.models.latent_field import (
    GROUPS,
    LOG_MEDIAN,
    NEVER_LOGIT,
    UNGROUPED,
    Incidence,
    LatentField,
)
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.family import LocationScale
from forecast.survival.location_scale import loglogistic, lognormal, weibull
from forecast.survival.mixture_rows import MixtureRows


@dataclass(frozen=True)
class ErrorFamily:
    """A family of durations with the median of its W, which the model takes out."""

    durations: LocationScale
    median: float
    quantile: Callable[[FloatArray], FloatArray]


FAMILIES: Mapping[str, ErrorFamily] = MappingProxyType(
    {
        "lognormal": ErrorFamily(lognormal, 0.0, ndtri),
        "weibull": ErrorFamily(weibull, log(log(2.0)), lambda p: np.log(-np.log1p(-p))),
        "loglogistic": ErrorFamily(loglogistic, 0.0, logit),
    }
)

_SCALE, _RATE = "log(scale)", "log(ending rate)"


@dataclass(frozen=True, eq=False)
class HierarchicalProblem:
    """What is sampled.

    Attributes
    ----------
    field : LatentField
        Names and groups of the latent effects.
    incidence : Incidence
        How they enter the rows of the likelihood.
    y : (n,) structured array
        Durations of the rows.
    rows : MixtureRows
        The likelihood.
    family : ErrorFamily
    priors : HierarchicalPriors
    scale_prior : Normal
        Prior of log sigma.
    hyperparameters : tuple of str
        In the order of theta: the groups with effects in the data, whose standard deviations are unknown;
        ``log(scale)``; ``log(ending rate)``. Each is standard normal a priori on the scale of theta.
    """

    field: LatentField
    incidence: Incidence
    y: DurationArray
    rows: MixtureRows
    family: ErrorFamily
    priors: HierarchicalPriors
    scale_prior: Normal
    hyperparameters: tuple[str, ...]

    @classmethod
    def build(
        cls,
        field: LatentField,
        X: pd.DataFrame,
        y: DurationArray,
        weights: FloatArray,
        family: str,
        priors: HierarchicalPriors,
    ) -> HierarchicalProblem:
        """Put field, rows (n,) and priors together."""
        found = FAMILIES[family]
        present = [name for k, name in enumerate(GROUPS) if (field.group == k).any()]
        return cls(
            field,
            field.incidence(X),
            y,
            MixtureRows.build(y, found.durations, weights),
            found,
            priors,
            priors.scale_of(family),
            (*present, _SCALE, _RATE),
        )

    @cached_property
    def model(self) -> LatentGaussianModel:
        """The problem in the terms of inference, the same for any sampler."""
        return LatentGaussianModel(
            designs=(self.incidence.duration, self.incidence.never),
            prior_mean=self._fixed[0],
            log_sd=self.log_sd,
            rows=self._derivatives,
            values=self._values,
            hyperparameters=len(self.hyperparameters),
        )

    @cached_property
    def _fixed(self) -> tuple[FloatArray, FloatArray]:
        """Prior means of the effects, and the log standard deviations of those in no group, (d,)."""
        mean, sd = np.zeros(len(self.field.names)), np.ones(len(self.field.names))
        places = self.field.places
        mean[places[LOG_MEDIAN]], sd[places[LOG_MEDIAN]] = self.priors.median
        mean[places[NEVER_LOGIT]], sd[places[NEVER_LOGIT]] = self.priors.never
        columns = [places[name] for name in self.field.design.names]
        mean[columns] = coefficient_means(self.field.design, self.priors)
        sd[columns] = self.priors.coefficient_sd
        return mean, np.log(sd)

    def log_sd(self, theta: FloatArray) -> FloatArray:
        """Log prior standard deviations of all effects at nodes (b, h), (b, d)."""
        sd = self.group_sd(theta)
        grouped = self.field.group != UNGROUPED
        log_sd = np.tile(self._fixed[1], (len(theta), 1))
        log_sd[:, grouped] = np.log(sd[:, self.field.group[grouped]])
        return log_sd

    def group_sd(self, theta: FloatArray) -> FloatArray:
        """Standard deviations of the groups at nodes (b, h), (b, 4); a group not in the data has 0."""
        scales = group_scales(self.priors)
        sd = np.zeros((len(theta), len(GROUPS)))
        for place, name in enumerate(self.hyperparameters[:-2]):
            k = GROUPS.index(name)
            sd[:, k] = half_normal(theta[:, place], scales[k])
        return sd

    def log_scale(self, theta: FloatArray) -> FloatArray:
        """Log of sigma at nodes (b, h), (b,)."""
        return self.scale_prior.mean + self.scale_prior.sd * theta[:, -2]

    def log_rate(self, theta: FloatArray) -> FloatArray:
        """Log of the ending rate at nodes (b, h), (b,)."""
        prior = self.priors.log_ending_rate
        return prior[0] + prior[1] * theta[:, -1]

    def row_values(self, fields: FloatArray, scale: FloatArray, log_rate: FloatArray) -> FloatArray:
        """Log-likelihood of each row at some draws: fields (S, d), scale and log rate (S,); (S, n)."""
        eta, kappa = self.model.predictors(fields)
        column = scale[:, np.newaxis]
        return self.rows.values(
            eta - column * self.family.median, kappa, column, log_rate[:, np.newaxis]
        )

    def _derivatives(self, predictors: FloatArray, theta: FloatArray) -> RowDerivatives:
        scale, rate = self._row_parameters(theta)
        location = predictors[0] - scale * self.family.median
        return RowDerivatives(*self.rows.derivatives(location, predictors[1], scale, rate))

    def _values(self, predictors: FloatArray, theta: FloatArray) -> FloatArray:
        several = (len(theta), *(1,) * (predictors.ndim - 2))
        scale, rate = (part.reshape(several) for part in self._row_parameters(theta))
        return self.rows.values(
            predictors[0] - scale * self.family.median, predictors[1], scale, rate
        )

    def _row_parameters(self, theta: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.exp(self.log_scale(theta))[:, np.newaxis], self.log_rate(theta)[:, np.newaxis]


def group_scales(priors: HierarchicalPriors) -> tuple[float, ...]:
    """Scales of the half-normal priors in the order of the groups."""
    return (priors.family_sd, priors.party_sd, priors.cluster_sd, priors.never_sd)


def coefficient_means(design: Design, priors: HierarchicalPriors) -> FloatArray:
    """Prior mean of each column's coefficient, (k,)."""
    given = priors.coefficient_means
    means = prior_means(design.covariates) if given is None else given
    return np.array([means.get(name, 0.0) for name in design.covariates])


def prior_durations(
    family: str, priors: HierarchicalPriors, draws: int, seed: int = 0
) -> FloatArray:
    """Durations in months under the priors alone, (draws,); infinite for never.

    Of a negotiation between two parties, without covariates.
    """
    rng = np.random.default_rng(seed)

    def normal(prior: Normal) -> FloatArray:
        return prior[0] + prior[1] * rng.standard_normal(draws)

    def effects(scale: float, coefficients: int = 1) -> FloatArray:
        sd = np.abs(rng.standard_normal(draws)) * scale
        total: FloatArray = sd * rng.standard_normal((coefficients, draws)).sum(axis=0)
        return total

    median = normal(priors.median) + effects(priors.family_sd) + effects(priors.party_sd, 2)
    share = expit(normal(priors.never) + effects(priors.never_sd))
    error = FAMILIES[family].quantile(rng.random(draws)) - FAMILIES[family].median
    time = np.exp(median + np.exp(normal(priors.scale_of(family))) * error)
    return np.where(rng.random(draws) < share, np.inf, time)
