"""Our own core, called on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.benchmarks.adapters import Adapter, Figures, Prepared
from experiments.benchmarks.problems import Columns, design
from forecast.survival import (
    AFTFit,
    ManyFits,
    durations,
    fit_aft,
    fit_many,
    kaplan_meier,
    leave_one_out,
)
from forecast.survival.arrays import DurationArray
from forecast.survival.cox import CoxFit, fit_cox
from forecast.survival.turnbull import TurnbullFit, turnbull

DISTRIBUTION = "negotiation-forecast"


def spells(columns: Columns) -> DurationArray:
    """Return the durations of either kind of data."""
    if "lower" in columns:
        return durations(columns["lower"], columns["upper"])
    return durations(columns["time"], np.where(columns["event"] > 0, columns["time"], np.inf))


def figures(fit: AFTFit) -> Figures:
    """Read off coefficients, intercept first, and the log of the scale."""
    return {
        "estimates": [*fit.coefficients, fit.log_scale],
        "standard_errors": fit.standard_errors,
        "loglik": fit.loglik,
    }


def aft(family: str) -> Adapter:
    """Return the adapter of one family."""

    def prepare(columns: Columns) -> Prepared:
        x, y = design(columns, intercept=True), spells(columns)

        def run() -> AFTFit:
            fit = fit_aft(x, y, family)
            _ = fit.standard_errors
            return fit

        return run, figures

    return prepare


def product_limit(columns: Columns) -> Prepared:
    """Kaplan-Meier with standard errors."""
    time, event = columns["time"], columns["event"]

    def read(result: Any) -> Figures:
        curve, _ = result
        return {"estimates": curve.at(np.array([10.0, 20.0, 40.0]))[0]}

    return lambda: kaplan_meier(time, event), read


def cox(columns: Columns) -> Prepared:
    """Cox by Efron's method."""
    x, time, event = design(columns, intercept=False), columns["time"], columns["event"]

    def run() -> CoxFit:
        fit = fit_cox(x, time, event)
        _ = fit.standard_errors
        return fit

    return run, lambda fit: {
        "estimates": fit.coefficients,
        "standard_errors": fit.standard_errors,
        "loglik": fit.loglik,
    }


def all_but_one(columns: Columns) -> Prepared:
    """Refit without each row in turn, all in one call."""
    x, y = design(columns, intercept=True), spells(columns)

    def run() -> ManyFits:
        fits = fit_many(x, y, "weibull", leave_one_out(len(y)))
        _ = fits.standard_errors
        return fits

    return run, lambda fits: {
        "estimates": fits.theta[0],
        "standard_errors": fits.standard_errors[0],
        "loglik": fits.loglik[0],
        "failures": len(fits.failures),
    }


def generalised_gamma(columns: Columns) -> Prepared:
    """Fit with a free shape, compared afterwards with the log-normal and the Weibull."""
    run, _ = aft("generalised-gamma")(columns)

    def read(fit: AFTFit) -> Figures:
        special = [aft(family)(columns)[0]().loglik for family in ("weibull", "lognormal")]
        return {
            "estimates": fit.theta,
            "standard_errors": fit.standard_errors,
            "loglik": fit.loglik,
            "gradient_norm": float(np.linalg.norm(fit.gradient)),
            "floor": max(special),
        }

    return run, read


def small_set(columns: Columns) -> Prepared:
    """Weibull, with what the fit says of itself beyond too few events."""
    run, _ = aft("weibull")(columns)

    def read(fit: AFTFit) -> Figures:
        said = [c.sentence for c in fit.concerns if c.kind != "few events"]
        return {**figures(fit), "said": said}

    return run, read


def npmle(columns: Columns) -> Prepared:
    """Turnbull's estimate."""
    lower, upper = columns["lower"], columns["upper"]

    def read(fit: TurnbullFit) -> Figures:
        return {
            "estimates": fit.curve.at(np.array([10.0, 20.0, 40.0]))[0],
            "loglik": fit.loglik,
            "gap": fit.gap,
        }

    return lambda: turnbull(lower, upper), read


ADAPTERS: dict[str, Adapter] = {
    "kaplan-meier": product_limit,
    "cox": cox,
    "aft-weibull": aft("weibull"),
    "aft-lognormal": aft("lognormal"),
    "interval": aft("weibull"),
    "generalised-gamma": generalised_gamma,
    "leave-one-out": all_but_one,
    "turnbull": npmle,
    "small-sets": small_set,
}
