"""Flexible proportional hazards: a spline for the baseline, under every kind of censoring."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from forecast.models.base import DurationModel, require_events
from forecast.models.design import Design
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.splines import NegativeHazardError, SplineFit, fit_spline

# So many conclusions for each parameter of the baseline, which no prior holds.
_EVENTS_PER_PARAMETER = 2


class SplineModel(DurationModel):
    """Proportional hazards whose log cumulative hazard is a natural cubic spline in log time.

    Royston and Parmar's model: smooth like a parametric one, bound to no family, and with
    intervals, late entry and right truncation as they are. Beyond the last knot it goes on as a
    Weibull. Where the fitted hazard would be negative, it makes do with fewer knots; how many it
    has is among the ``diagnostics_``.

    Parameters
    ----------
    covariates : sequence of str, optional
        Columns of X to use; default the registry's default ones and a user's own.
    inner_knots : int
        Most internal knots, at quantiles of the log durations; 0 is the Weibull model.
    penalty : float
        Precision of the Gaussian prior on each log hazard ratio, centred on 0 (ridge).

    Attributes
    ----------
    params_, standard_errors_ : Series
        ``Intercept``, ``log(time)``, ``knot 1``, ... of the spline, then log hazard ratios:
        positive is sooner. With a penalty the errors are those of the posterior's normal
        approximation.
    loglik_ : float
        Log-likelihood of time, without the prior.
    """

    def __init__(
        self,
        covariates: Sequence[str] | None = None,
        inner_knots: int = 2,
        penalty: float = 4.0,
    ) -> None:
        self.covariates = covariates
        self.inner_knots = inner_knots
        self.penalty = penalty

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        self.design_ = Design(self.covariates).fit(X)
        shapes = self.inner_knots + 2
        unheld = shapes if self.penalty > 0 else shapes + len(self.design_.names)
        require_events(
            y, _EVENTS_PER_PARAMETER * unheld, f"{unheld} parameters that no prior holds"
        )
        self.fit_ = self._rising_fit(self.design_.matrix(X) - self.design_.centre, y, weights)
        index = list(self.fit_.names)
        self.params_ = pd.Series(self.fit_.theta, index=index, name="estimate")
        self.standard_errors_ = pd.Series(
            self.fit_.standard_errors, index=index, name="standard error"
        )
        self.loglik_ = self.fit_.loglik
        self.diagnostics_ |= {
            "missing": self.design_.missing,
            "constant": list(self.design_.constant),
            "inner_knots": self.fit_.spline.size - 2,
            "iterations": self.fit_.iterations,
        }

    def _rising_fit(self, x: FloatArray, y: DurationArray, weights: FloatArray) -> SplineFit:
        """Fit with as many of the knots as leave the hazard positive."""
        inner_knots = self.inner_knots
        while True:
            try:
                return fit_spline(
                    x,
                    y,
                    inner_knots,
                    weights=weights,
                    prior_precision=self.penalty,
                    names=self.design_.names,
                )
            except NegativeHazardError:
                inner_knots -= 1

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        return self.fit_.curves(self.design_.matrix(X) - self.design_.centre, times)
