"""Turnbull's curve of a reference class: Kaplan and Meier's, for dates known to an interval."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.models.base import event_rows
from forecast.models.reference_class import ReferenceClass, going_on
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.turnbull import turnbull


class Turnbull(ReferenceClass):
    """Share of past negotiations that were still open at each age, intervals taken as they are.

    The mass of an interval lies at its end. It cannot take right truncation: a retrospective row
    counts as if it had been followed, and is counted in ``diagnostics_``. Beyond the last event it
    goes on at the mean hazard, flagged by ``follow_up`` of the curve.

    Parameters
    ----------
    within : {'all', 'family'}
        Reference class: all spells, or those of the case's own family.
    min_events : int
        Least number of conclusions in the class.

    Attributes
    ----------
    gap_ : float
        Largest reduced gradient of any class: how far from its maximum the mean log-likelihood can
        be.
    """

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        self.gap_ = 0.0
        super()._fit(X, y, weights)

    def _estimate(self, y: DurationArray, weights: FloatArray) -> SurvivalCurves:
        upper = np.where(event_rows(y), y["upper"], np.inf)
        used = (upper > y["entry"]) & (weights > 0)
        y, upper, weights = y[used], upper[used], weights[used]
        fit = turnbull(y["lower"], upper, entry=y["entry"], weights=weights)
        self.gap_ = max(self.gap_, fit.gap)
        return going_on(fit.curve, y, weights)
