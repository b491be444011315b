"""Base rates that know no covariates: what any model has to beat."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.errors import NotIdentifiedError
from forecast.models.base import DurationModel, require_events
from forecast.models.kaplan_meier import product_limit
from forecast.survival import SurvivalCurves, fit_aft
from forecast.survival.arrays import DurationArray, FloatArray


class Lindy(DurationModel):
    r"""What has lasted will last about as long again, with the past median as the scale.

    .. math:: P(T \le e + h \mid T > e) = h / (e + h + t_0), \qquad S(t) = t_0 / (t_0 + t)

    where :math:`t_0` is the Kaplan-Meier median of the past spells.

    Parameters
    ----------
    t0 : float, optional
        Scale in months; default the past median. 0 is Gott's own rule, for elapsed > 0 only.

    References
    ----------
    Gott (1993), Implications of the Copernican principle for our future prospects,
    doi:10.1038/363315a0.
    """

    def __init__(self, t0: float | None = None) -> None:
        self.t0 = t0

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        if self.t0 is not None:
            self.t0_ = self.t0
        else:
            self.t0_ = float(product_limit(y, weights).quantile(0.5)[0, 0])
            if not np.isfinite(self.t0_):
                raise NotIdentifiedError("fewer than half of the past spells are known to conclude")
        self.diagnostics_["t0"] = self.t0_

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        # With t0 = 0 the curve is Gott's rule from the first positive knot on.
        scale = self.t0_ if self.t0_ > 0 else times[1]
        survival = scale / (scale + times) if self.t0_ > 0 else scale / np.maximum(times, scale)
        return SurvivalCurves(times, np.tile(survival, (len(X), 1)), np.zeros(len(X)), "log-linear")


class ConstantHazard(DurationModel):
    """Conclusions come at one rate a month, whatever the age: an exponential curve.

    Attributes
    ----------
    rate_ : float
        Conclusions a month, by maximum likelihood under all censoring and truncation.
    """

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        require_events(y, 2, "a rate")
        fit = fit_aft(np.ones((len(y), 1)), y, "exponential", weights=weights)
        self.rate_ = float(np.exp(-fit.coefficients[0]))
        self.loglik_ = fit.loglik
        self.diagnostics_["rate"] = self.rate_

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        survival = np.tile(np.exp(-self.rate_ * times), (len(X), 1))
        return SurvivalCurves(times, survival, np.zeros(len(X)), "log-linear")
