"""Survival analysis on arrays: durations, likelihoods, fits and curves; no files and no dates."""

from forecast.survival.aft import AFTFit, fit_aft
from forecast.survival.curves import SurvivalCurves
from forecast.survival.durations import as_durations, durations
from forecast.survival.families import FAMILIES, Family, get_family
from forecast.survival.likelihood import CensoredLikelihood
from forecast.survival.nonparametric import kaplan_meier

__all__ = [
    "FAMILIES",
    "AFTFit",
    "CensoredLikelihood",
    "Family",
    "SurvivalCurves",
    "as_durations",
    "durations",
    "fit_aft",
    "get_family",
    "kaplan_meier",
]
