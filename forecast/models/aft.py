"""Accelerated failure time regression with Gaussian priors, under every kind of censoring."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.covariates import prior_means
from forecast.models.base import DurationModel, Priors, require_events
from forecast.models.design import Design
from forecast.survival import SurvivalCurves, fit_aft, get_family, predicted_curves
from forecast.survival.arrays import DurationArray, FloatArray

INTERCEPT = "Intercept"

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
    centre : {'registry', 'zero'}
        Where the penalty pulls: to the prior means registered with the covariates, or to 0.
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
    ) -> None:
        self.family = family
        self.covariates = covariates
        self.penalty = penalty
        self.centre = centre
        self.priors = priors

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        self.design_ = Design(self.covariates).fit(X)
        names = (INTERCEPT, *self.design_.names)
        labels = (*names, *get_family(self.family).parameters)
        mean, precision = self._prior(labels)
        unheld = int((precision == 0).sum())
        require_events(
            y, _EVENTS_PER_PARAMETER * unheld, f"{unheld} parameters that no prior holds"
        )
        fit = fit_aft(
            np.column_stack([np.ones(len(X)), self.design_.matrix(X)]),
            y,
            self.family,
            weights=weights,
            prior_mean=mean,
            prior_precision=precision,
            names=names,
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

    def _prior(self, labels: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        registry = prior_means(self.design_.covariates) if self.centre == "registry" else {}
        mean = dict.fromkeys(labels, 0.0)
        precision = dict.fromkeys(labels, 0.0)
        for name, covariate in zip(self.design_.names, self.design_.covariates, strict=True):
            mean[name] = registry.get(covariate, 0.0)
            precision[name] = self.penalty
        for name, (centre, sd) in (self.priors or {}).items():
            if name in mean:
                mean[name], precision[name] = centre, 1.0 / sd**2
        return np.array(list(mean.values())), np.array(list(precision.values()))

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        design = np.column_stack([np.ones(len(X)), self.design_.matrix(X)])
        return predicted_curves(self.fit_, design, times)

    def location(self, X: pd.DataFrame) -> FloatArray:
        """Linear predictor of the log duration, (n,) log months."""
        coefficients = self.params_[[INTERCEPT, *self.design_.names]].to_numpy(dtype=np.float64)
        location: FloatArray = coefficients[0] + self.design_.matrix(X) @ coefficients[1:]
        return location
