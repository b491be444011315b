"""Cox regression of the conclusion hazard."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.errors import DataError
from forecast.models.base import DurationModel, event_rows, require_events, single_times
from forecast.models.design import Design
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import DurationArray, FloatArray

_LEAST_EVENTS = 5


class CoxModel(DurationModel):
    """Proportional hazards with a ridge penalty and Efron's ties, through statsmodels' PHReg.

    It cannot take intervals or right truncation: an interval counts at its midpoint, a retrospective
    row as if it had been followed; both are counted in ``diagnostics_``. Beyond the last event the
    baseline goes on at its mean hazard.

    Parameters
    ----------
    covariates : sequence of str, optional
        Columns of X to use; default the registry's default ones and a user's own.
    penalty : float
        Precision of the Gaussian prior on each log hazard ratio, centred on 0 (ridge).

    Attributes
    ----------
    params_ : Series
        Log hazard ratios: positive is sooner.
    """

    def __init__(self, covariates: Sequence[str] | None = None, penalty: float = 4.0) -> None:
        self.covariates = covariates
        self.penalty = penalty

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        # Takes more than a second to import.
        from statsmodels.duration.hazard_regression import PHReg

        require_events(y, _LEAST_EVENTS, "a Cox regression")
        if not np.isin(weights, (0.0, 1.0)).all():
            raise DataError("The Cox regression knows no case weights but 0 and 1.")
        self.design_ = Design(self.covariates).fit(X)
        times, events = single_times(y), event_rows(y)
        used = (times > y["entry"]) & (weights > 0)
        matrix = self.design_.matrix(X) - self.design_.centre
        model = PHReg(
            times[used], matrix[used], status=events[used], entry=y["entry"][used], ties="efron"
        )
        ratios = np.zeros(0)
        if self.design_.names:
            # statsmodels divides the log-likelihood by the number of rows before it penalises.
            ratios = model.fit_regularized(alpha=self.penalty / used.sum(), L1_wt=0.0).params
        self.params_ = pd.Series(ratios, index=self.design_.names, name="log hazard ratio")
        knots, cumulative, _ = model.baseline_cumulative_hazard(ratios)[0]
        self._set_baseline(np.asarray(knots), np.asarray(cumulative))
        self.diagnostics_ |= {
            "missing": self.design_.missing,
            "constant": list(self.design_.constant),
            "intervals_at_midpoint": self.diagnostics_["interval"],
            "retrospective_as_followed": self.diagnostics_["retrospective"],
        }

    def _set_baseline(self, knots: FloatArray, cumulative: FloatArray) -> None:
        rises = np.diff(cumulative, prepend=0.0) > 0
        self.knots_ = np.concatenate([[0.0], knots[rises]])
        self.cumulative_hazard_ = np.concatenate([[0.0], cumulative[rises]])

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        matrix = self.design_.matrix(X) - self.design_.centre
        ratio = np.exp(matrix @ self.params_.to_numpy(dtype=np.float64))
        survival = np.exp(-np.outer(ratio, self.cumulative_hazard_))
        return SurvivalCurves(self.knots_, survival, np.zeros(len(X)), "step")
