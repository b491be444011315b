"""Kaplan-Meier curve of a reference class."""

from __future__ import annotations

import pandas as pd

from forecast.models.base import event_rows, single_times
from forecast.models.reference_class import ReferenceClass, going_on
from forecast.survival import SurvivalCurves, kaplan_meier
from forecast.survival.arrays import DurationArray, FloatArray


class KaplanMeier(ReferenceClass):
    """Share of past negotiations that were still open at each age.

    It cannot take intervals or right truncation: an interval counts at its midpoint, a
    retrospective row as if it had been followed; both are counted in ``diagnostics_``. Beyond the
    last event it goes on at the mean hazard, flagged by ``follow_up`` of the curve.

    Parameters
    ----------
    within : {'all', 'family'}
        Reference class: all spells, or those of the case's own family.
    min_events : int
        Least number of conclusions in the class.
    """

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        super()._fit(X, y, weights)
        self.diagnostics_["intervals_at_midpoint"] = self.diagnostics_["interval"]

    def _estimate(self, y: DurationArray, weights: FloatArray) -> SurvivalCurves:
        return product_limit(y, weights)


def product_limit(y: DurationArray, weights: FloatArray) -> SurvivalCurves:
    """Kaplan-Meier curve that goes on at the mean hazard beyond its last event.

    Intervals count at their midpoints.

    Returns
    -------
    SurvivalCurves
        One step curve.
    """
    times, events = single_times(y), event_rows(y)
    used = (times > y["entry"]) & (weights > 0)
    curve, _ = kaplan_meier(times[used], events[used], y["entry"][used], weights[used])
    return going_on(curve, y[used], weights[used])
