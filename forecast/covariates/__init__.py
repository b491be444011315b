"""Named covariates of a negotiation, each known on the day it was launched.

A file here holds the covariates of one kind; importing it registers them.
"""

from forecast.covariates import experience, parties, public_series
from forecast.covariates.changing import CHANGING, ChangingCovariate, values_on
from forecast.covariates.registry import (
    COVARIATES,
    Case,
    Covariate,
    Value,
    covariate,
    default_covariates,
    prior_means,
    values,
)

__all__ = [
    "CHANGING",
    "COVARIATES",
    "Case",
    "ChangingCovariate",
    "Covariate",
    "Value",
    "covariate",
    "default_covariates",
    "experience",
    "parties",
    "prior_means",
    "public_series",
    "values",
    "values_on",
]
