"""SurPyval."""

from __future__ import annotations

from typing import Any

import numpy as np
import surpyval

from experiments.benchmarks.adapters import Adapter, Figures, Prepared
from experiments.benchmarks.problems import Columns, FloatArray, design

DISTRIBUTION = "surpyval"

AFT = {"weibull": surpyval.WeibullAFT, "lognormal": surpyval.LogNormalAFT}


def observed(columns: Columns) -> dict[str, FloatArray]:
    """Return times and censoring flags as SurPyval takes them."""
    if "lower" not in columns:
        return {"x": columns["time"], "c": (columns["event"] == 0).astype(int)}
    lower, upper = columns["lower"], columns["upper"]
    flags = np.where(np.isinf(upper), 1, np.where(lower == 0, -1, 2))
    left = np.where(flags == -1, upper, lower)
    right = np.where(flags == 1, lower, upper)
    return {"x": np.column_stack([left, right]), "c": flags}


def aft(family: str) -> Adapter:
    """Return the adapter of one family."""

    def prepare(columns: Columns) -> Prepared:
        x, times = design(columns, intercept=False), observed(columns)

        def run() -> Any:
            fit = AFT[family].fit(Z=x, **times)
            fit.standard_errors()
            return fit

        return run, lambda fit: figures(fit, family)

    return prepare


def figures(fit: Any, family: str) -> Figures:
    """Read off coefficients of the log time, intercept first, and the log of the scale.

    SurPyval's coefficients are those of the acceleration, minus ours.
    """
    first, second, *coefficients = fit.params
    errors = np.array(fit.standard_errors(), dtype=float)
    if family == "weibull":
        intercept, log_scale = np.log(first), -np.log(second)
        errors[0] /= first
    else:
        intercept, log_scale = first, np.log(second)
    return {
        "estimates": [intercept, *(-b for b in coefficients), log_scale],
        "standard_errors": [errors[0], *errors[2:], errors[1] / second],
        "loglik": float(fit.log_likelihood),
    }


def product_limit(columns: Columns) -> Prepared:
    """Kaplan-Meier."""
    times = observed(columns)
    return (
        lambda: surpyval.KaplanMeier.fit(**times),
        lambda fit: {"estimates": fit.sf(np.array([10.0, 20.0, 40.0]))},
    )


def cox(columns: Columns) -> Prepared:
    """Cox by Efron's method."""
    x, times = design(columns, intercept=False), observed(columns)

    def run() -> Any:
        fit = surpyval.CoxPH.fit(Z=x, **times)
        fit.standard_errors()
        return fit

    return run, lambda fit: {
        "estimates": fit.params,
        "standard_errors": fit.standard_errors(),
        "loglik": float(fit.log_likelihood),
    }


def leave_one_out(columns: Columns) -> Prepared:
    """Refit without each row in turn."""
    x, times = design(columns, intercept=False), observed(columns)

    def run() -> list[Any]:
        fits = []
        for rows in ~np.eye(len(x), dtype=bool):
            fit = surpyval.WeibullAFT.fit(Z=x[rows], **{k: v[rows] for k, v in times.items()})
            fit.standard_errors()
            fits.append(fit)
        return fits

    return run, lambda fits: figures(fits[0], "weibull")


def turnbull(columns: Columns) -> Prepared:
    """Turnbull's estimate of the survival curve itself, not of the hazard (its default)."""
    times = observed(columns)
    return (
        lambda: surpyval.Turnbull.fit(turnbull_estimator="Kaplan-Meier", **times),
        lambda fit: {"estimates": fit.sf(np.array([10.0, 20.0, 40.0]))},
    )


ADAPTERS: dict[str, Adapter] = {
    "kaplan-meier": product_limit,
    "cox": cox,
    "aft-weibull": aft("weibull"),
    "aft-lognormal": aft("lognormal"),
    "interval": aft("weibull"),
    "leave-one-out": leave_one_out,
    "turnbull": turnbull,
    "small-sets": aft("weibull"),
}
