"""Cox regression of the conclusion hazard."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from forecast.models.base import DurationModel, event_rows, require_events, single_times
from forecast.models.design import Design
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.cox import fit_cox

_LEAST_EVENTS = 5


class CoxModel(DurationModel):
    """Proportional hazards with a ridge penalty and Efron's ties.

    It cannot take intervals or right truncation: an interval counts at its midpoint, a
    retrospective row as if it had been followed; both are counted in ``diagnostics_``. Beyond the
    last event the baseline goes on at its mean hazard.

    Parameters
    ----------
    covariates : sequence of str, optional
        Columns of X to use; default the registry's default ones and a user's own.
    penalty : float
        Precision of the Gaussian prior on each log hazard ratio, centred on 0 (ridge).

    Attributes
    ----------
    params_, standard_errors_ : Series
        Log hazard ratios: positive is sooner. With a penalty the errors are those of the
        posterior's normal approximation.
    loglik_ : float
        Log partial likelihood, without the prior.
    baseline_ : BaselineHazard
        Cumulative hazard at the mean covariates.
    """

    def __init__(self, covariates: Sequence[str] | None = None, penalty: float = 4.0) -> None:
        self.covariates = covariates
        self.penalty = penalty

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        require_events(y, _LEAST_EVENTS, "a Cox regression")
        self.design_ = Design(self.covariates).fit(X)
        times = single_times(y)
        used = (times > y["entry"]) & (weights > 0)
        fit = fit_cox(
            self.design_.matrix(X)[used],
            times[used],
            event_rows(y)[used],
            entry=y["entry"][used],
            weights=weights[used],
            prior_precision=self.penalty,
            names=self.design_.names,
        )
        names = list(self.design_.names)
        self.params_ = pd.Series(fit.coefficients, index=names, name="log hazard ratio")
        self.standard_errors_ = pd.Series(fit.standard_errors, index=names, name="standard error")
        self.loglik_ = fit.loglik
        self.baseline_ = fit.baseline
        self.diagnostics_ |= {
            "missing": self.design_.missing,
            "constant": list(self.design_.constant),
            "intervals_at_midpoint": self.diagnostics_["interval"],
            "retrospective_as_followed": self.diagnostics_["retrospective"],
            "concerns": fit.diagnostics,
            "iterations": fit.iterations,
        }

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        return self.baseline_.curves(self.design_.matrix(X))
