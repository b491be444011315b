"""Cox regression of the conclusion hazard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from forecast.errors import DataError
from forecast.inference.newton import minimise
from forecast.models.base import DurationModel, event_rows, require_events, single_times
from forecast.models.design import Design
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray

if TYPE_CHECKING:
    from statsmodels.duration.hazard_regression import PHReg

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
        # Followed from after its entry on: PHReg would count a row at an event on its very entry.
        entry = np.nextafter(y["entry"][used], np.inf)
        model = PHReg(times[used], matrix[used], status=events[used], entry=entry, ties="efron")
        ratios = _penalised(model, self.penalty, self.design_.names)
        self.params_ = pd.Series(ratios, index=self.design_.names, name="log hazard ratio")
        risk = np.exp(matrix[used] @ ratios)
        self.knots_, self.cumulative_hazard_ = _breslow(
            times[used], events[used], y["entry"][used], risk
        )
        self.diagnostics_ |= {
            "missing": self.design_.missing,
            "constant": list(self.design_.constant),
            "intervals_at_midpoint": self.diagnostics_["interval"],
            "retrospective_as_followed": self.diagnostics_["retrospective"],
        }

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        matrix = self.design_.matrix(X) - self.design_.centre
        ratio = np.exp(matrix @ self.params_.to_numpy(dtype=np.float64))
        survival = np.exp(-np.outer(ratio, self.cumulative_hazard_))
        return SurvivalCurves(self.knots_, survival, np.zeros(len(X)), "step")


def _penalised(model: PHReg, penalty: float, names: Sequence[str]) -> FloatArray:
    """Log hazard ratios at the maximum of the penalised partial likelihood.

    Not by ``fit_regularized``: it works coordinate by coordinate on models that forget Efron's ties.
    """
    if not names:
        return np.zeros(0)

    def objective(beta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        value = -model.loglike(beta) + 0.5 * penalty * beta @ beta
        curvature = -model.hessian(beta) + penalty * np.eye(len(beta))
        return float(value), -model.score(beta) + penalty * beta, curvature

    return minimise(objective, np.zeros(len(names)), names).x


def _breslow(
    times: FloatArray, events: BoolArray, entry: FloatArray, risk: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Knots, from 0, and the cumulative baseline hazard up to and with each.

    statsmodels' own leaves out the jump at the knot itself.
    """
    knots = np.unique(times[events])
    at_risk = (entry < knots[:, np.newaxis]) & (times >= knots[:, np.newaxis])
    ended = (times == knots[:, np.newaxis]) & events
    hazard = np.cumsum(ended.sum(axis=1) / (at_risk @ risk))
    return np.concatenate([[0.0], knots]), np.concatenate([[0.0], hazard])
