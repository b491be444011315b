"""Our own core, called on arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.benchmarks.adapters import Adapter, Figures, Prepared
from experiments.benchmarks.problems import Columns, design
from forecast.survival import AFTFit, durations, fit_aft, kaplan_meier
from forecast.survival.arrays import DurationArray
from forecast.survival.cox import CoxFit, fit_cox

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


def leave_one_out(columns: Columns) -> Prepared:
    """Refit without each row in turn."""
    x, y = design(columns, intercept=True), spells(columns)

    def run() -> list[AFTFit]:
        keep = ~np.eye(len(y), dtype=bool)
        return [fit_aft(x[rows], y[rows], "weibull") for rows in keep]

    return run, lambda fits: figures(fits[0])


ADAPTERS: dict[str, Adapter] = {
    "kaplan-meier": product_limit,
    "cox": cox,
    "aft-weibull": aft("weibull"),
    "aft-lognormal": aft("lognormal"),
    "interval": aft("weibull"),
    "leave-one-out": leave_one_out,
    "small-sets": aft("weibull"),
}
