"""Accelerated failure time regression with Gaussian priors, under every kind of censoring."""

from __future__ import annotations

from collections.abc import Sequence
from math import log
from typing import Any

import numpy as np
import pandas as pd

from forecast.covariates import prior_means
from forecast.errors import UsageError
from forecast.models.base import DurationModel, Priors, require_events
from forecast.models.design import Design
from forecast.models.formula import INTERCEPT, FormulaDesign
from forecast.survival import (
    NeverShare,
    SurvivalCurves,
    fit_aft,
    get_family,
    predicted_curves,
    wald_intervals,
)
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.durations import ENDED_WITHOUT
from forecast.survival.terms import LOG_ENDING_RATE

NEVER_PRIORS: dict[str, tuple[float, float]] = {
    f"never: {INTERCEPT}": (-2.0, 0.7),
    LOG_ENDING_RATE: (-log(60.0), 0.7),
}
"""Priors of a never share and of the rate at which such attempts are ended formally."""

PRIOR_SD = 0.35
"""Prior standard deviation of a coefficient on the log duration, per registered unit."""

# So many conclusions for each parameter that no prior holds; with fewer a fit is a formality.
_EVENTS_PER_PARAMETER = 2


class AFTModel(DurationModel):
    """Log-linear model of durations: log T = Intercept + X b + scale W.

    Parameters
    ----------
    family : {'lognormal', 'weibull', 'loglogistic', 'exponential', 'generalised-gamma', 'gompertz'}
        Distribution of T.
    covariates : sequence of str, optional
        Columns of X to use; default the registry's default ones and a user's own. Empty: none.
    penalty : float
        Precision 1 / sd**2 of the Gaussian prior on each coefficient (ridge); 0 is maximum
        likelihood.
    formula : str, optional
        Instead of ``covariates``: the right-hand side of a formula, such as
        ``"prior_pacts + legal_sticking_point"``.
    centre : {'registry', 'zero'}
        Where the penalty pulls: to the prior means registered with the covariates, or to 0.
    never : sequence of str, optional
        Covariates of a share that never concludes; empty: one share for all. Default: no such share.
        Its parameters are ``never: Intercept``, ``never: ...`` and, where spells ended without
        agreement, ``log(ending rate)``; unless ``priors`` says otherwise they have those of the
        design: logit -2 +- 0.7, one end in 60 months give or take a factor of two.
    priors : mapping of str to (mean, sd), optional
        Further Gaussian priors by parameter name, ``Intercept`` and ``log(scale)`` among them; they
        replace the penalty where both speak of one coefficient.

    Attributes
    ----------
    params_, standard_errors_ : Series
        ``Intercept``, the columns, ``log(scale)`` unless the family fixes it, a shape by its name.
        With a prior the errors are those of the posterior's normal approximation.
    loglik_ : float
        Log-likelihood of time, without the prior.
    """

    def __init__(
        self,
        family: str = "lognormal",
        covariates: Sequence[str] | None = None,
        penalty: float = 1.0 / PRIOR_SD**2,
        centre: str = "registry",
        priors: Priors | None = None,
        formula: str | None = None,
        never: Sequence[str] | None = None,
    ) -> None:
        self.family = family
        self.covariates = covariates
        self.penalty = penalty
        self.centre = centre
        self.priors = priors
        self.formula = formula
        self.never: Any = never

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        self.design_ = self._design().fit(X)
        names = (INTERCEPT, *self.design_.names)
        never = self._never_share(X, y)
        labels = (*names, *get_family(self.family).parameters, *never_labels(never, y))
        mean, precision = self._prior(labels)
        unheld = int((precision == 0).sum())
        require_events(
            y, _EVENTS_PER_PARAMETER * unheld, f"{unheld} parameters that no prior holds"
        )
        fit = fit_aft(
            _with_ones(self.design_.matrix(X)),
            y,
            self.family,
            weights=weights,
            prior_mean=mean,
            prior_precision=precision,
            names=names,
            never=never,
        )
        self.fit_ = fit
        self.params_ = pd.Series(fit.theta, index=labels, name="estimate")
        self.standard_errors_ = pd.Series(fit.standard_errors, index=labels, name="standard error")
        self.loglik_ = fit.loglik
        self.scale_ = fit.scale
        self.diagnostics_ |= {
            "missing": self.design_.missing,
            "constant": list(self.design_.constant),
            "iterations": fit.iterations,
            "concerns": fit.diagnostics,
        }

    def _design(self) -> Design | FormulaDesign:
        if self.formula is None:
            return Design(self.covariates)
        if self.covariates is not None:
            raise UsageError("name the covariates or write a formula, not both")
        return FormulaDesign(self.formula)

    def _never_covariates(self) -> Sequence[str] | None:
        columns: Sequence[str] | None = self.never
        return columns

    def _never_share(self, X: pd.DataFrame, y: DurationArray) -> NeverShare | None:
        columns = self._never_covariates()
        if columns is None:
            return None
        self.never_design_ = Design(columns).fit(X)
        names = (INTERCEPT, *self.never_design_.names)
        return NeverShare(_with_ones(self.never_design_.matrix(X)), names)

    def _prior(self, labels: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        registry = prior_means(self.design_.covariates) if self.centre == "registry" else {}
        mean = dict.fromkeys(labels, 0.0)
        precision = dict.fromkeys(labels, 0.0)
        for name, covariate in zip(self.design_.names, self.design_.covariates, strict=True):
            mean[name] = registry.get(covariate, 0.0)
            precision[name] = self.penalty
        for name, (centre, sd) in (NEVER_PRIORS | dict(self.priors or {})).items():
            if name in mean:
                mean[name], precision[name] = centre, 1.0 / sd**2
        return np.array(list(mean.values())), np.array(list(precision.values()))

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        absent = self._never_covariates() is None
        share = None if absent else _with_ones(self.never_design_.matrix(X))
        design = _with_ones(self.design_.matrix(X))
        return predicted_curves(self.fit_, design, times, never_design=share)

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Estimates with their errors and Wald intervals; ``attrs["concerns"]`` says what to doubt.

        Returns
        -------
        DataFrame
            Index the parameters; columns ``estimate``, ``standard error``, ``lower``, ``upper``.
        """
        limits = wald_intervals(self.fit_, level)
        table = pd.DataFrame({"estimate": self.params_, "standard error": self.standard_errors_})
        table["lower"], table["upper"] = limits[:, 0], limits[:, 1]
        table.attrs["concerns"] = list(self.fit_.diagnostics)
        return table

    def location(self, X: pd.DataFrame) -> FloatArray:
        """Linear predictor of the log duration, (n,) log months."""
        coefficients = self.params_[[INTERCEPT, *self.design_.names]].to_numpy(dtype=np.float64)
        location: FloatArray = coefficients[0] + self.design_.matrix(X) @ coefficients[1:]
        return location


class ParametricModel(AFTModel):
    """Durations of one distribution for all cases: an :class:`AFTModel` without covariates.

    Parameters
    ----------
    family, priors
        As for :class:`AFTModel`.
    never : bool
        Whether a share never concludes.
    """

    covariates: Sequence[str] | None = ()
    formula: str | None = None
    penalty = 0.0
    centre = "zero"

    def __init__(
        self, family: str = "lognormal", priors: Priors | None = None, never: bool = False
    ) -> None:
        self.family = family
        self.priors = priors
        self.never = never

    def _never_covariates(self) -> Sequence[str] | None:
        return () if self.never else None


def never_labels(never: NeverShare | None, y: DurationArray) -> tuple[str, ...]:
    """Names of the parameters of a never share: its columns, and the ending rate where rows ended."""
    if never is None:
        return ()
    names = tuple(f"never: {name}" for name in never.names or ())
    return (*names, LOG_ENDING_RATE) if (y["cause"] == ENDED_WITHOUT).any() else names


def _with_ones(matrix: FloatArray) -> FloatArray:
    return np.column_stack([np.ones(len(matrix)), matrix])
