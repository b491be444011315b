"""Survival analysis on arrays: durations, likelihoods, fits and curves; no files and no dates."""

from forecast.survival.aft import AFTFit, fit_aft
from forecast.survival.batch import ManyFits, bootstrap, fit_many, leave_one_out
from forecast.survival.curves import SurvivalCurves
from forecast.survival.durations import as_durations, durations
from forecast.survival.families import FAMILIES, Family, get_family
from forecast.survival.intervals import profile_interval, wald_intervals
from forecast.survival.likelihood import CensoredLikelihood, NeverShare
from forecast.survival.nonparametric import kaplan_meier
from forecast.survival.predictions import Band, predicted_curves, quantile_band, survival_band

__all__ = [
    "FAMILIES",
    "AFTFit",
    "Band",
    "CensoredLikelihood",
    "Family",
    "ManyFits",
    "NeverShare",
    "SurvivalCurves",
    "as_durations",
    "bootstrap",
    "durations",
    "fit_aft",
    "fit_many",
    "get_family",
    "kaplan_meier",
    "leave_one_out",
    "predicted_curves",
    "profile_interval",
    "quantile_band",
    "survival_band",
    "wald_intervals",
]
