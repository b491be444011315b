"""Survival analysis on arrays: durations, likelihoods, fits and curves; no files and no dates.

The functions `turnbull`, `aalen_johansen` and `concordance` are in the modules of their names.
"""

from forecast.survival.aalen_johansen import StateProbabilities
from forecast.survival.aft import AFTFit, fit_aft
from forecast.survival.bands import log_log_band
from forecast.survival.batch import ManyFits, bootstrap, fit_many, leave_one_out
from forecast.survival.concordance import Concordance
from forecast.survival.cox import CoxFit, fit_cox
from forecast.survival.curves import SurvivalCurves
from forecast.survival.durations import as_durations, durations
from forecast.survival.families import FAMILIES, Family, get_family
from forecast.survival.intervals import profile_interval, wald_intervals
from forecast.survival.likelihood import CensoredLikelihood
from forecast.survival.likelihood_inputs import NeverShare
from forecast.survival.nonparametric import kaplan_meier
from forecast.survival.predictions import Band, predicted_curves, quantile_band, survival_band
from forecast.survival.splines import SplineFit, fit_spline
from forecast.survival.turnbull import TurnbullFit

__all__ = [
    "FAMILIES",
    "AFTFit",
    "Band",
    "CensoredLikelihood",
    "Concordance",
    "CoxFit",
    "Family",
    "ManyFits",
    "NeverShare",
    "SplineFit",
    "StateProbabilities",
    "SurvivalCurves",
    "TurnbullFit",
    "as_durations",
    "bootstrap",
    "durations",
    "fit_aft",
    "fit_cox",
    "fit_many",
    "fit_spline",
    "get_family",
    "kaplan_meier",
    "leave_one_out",
    "log_log_band",
    "predicted_curves",
    "profile_interval",
    "quantile_band",
    "survival_band",
    "wald_intervals",
]
