"""lifelines."""

from __future__ import annotations

from typing import Any

import lifelines
import numpy as np
import pandas as pd

from experiments.benchmarks.adapters import Adapter, Figures, Prepared
from experiments.benchmarks.problems import COVARIATES, Columns

DISTRIBUTION = "lifelines"

AFT = {
    "weibull": (lifelines.WeibullAFTFitter, "lambda_", "rho_"),
    "lognormal": (lifelines.LogNormalAFTFitter, "mu_", "sigma_"),
}


def frame(columns: Columns) -> pd.DataFrame:
    """Return the data as lifelines takes them."""
    return pd.DataFrame(columns)


def aft(family: str, *, interval: bool = False) -> Adapter:
    """Return the adapter of one family."""
    fitter, location, scale = AFT[family]

    def prepare(columns: Columns) -> Prepared:
        data = frame(columns)

        def run() -> Any:
            if interval:
                return fitter().fit_interval_censoring(data, "lower", "upper")
            return fitter().fit(data, "time", "event")

        return run, lambda fit: figures(fit, location, scale)

    return prepare


def figures(fit: Any, location: str, scale: str) -> Figures:
    """Read off coefficients, intercept first, and the log of the scale."""
    order = [(location, "Intercept")]
    order += [(location, name) for name in COVARIATES if (location, name) in fit.params_.index]
    # Of a Weibull lifelines gives the log of the shape, which is minus the log of the scale.
    sign = -1.0 if scale == "rho_" else 1.0
    last = (scale, "Intercept")
    return {
        "estimates": [*fit.params_.loc[order], sign * fit.params_.loc[last]],
        "standard_errors": fit.standard_errors_.loc[[*order, last]].to_numpy(),
        "loglik": float(fit.log_likelihood_),
    }


def product_limit(columns: Columns) -> Prepared:
    """Kaplan-Meier with its band."""

    def run() -> Any:
        return lifelines.KaplanMeierFitter().fit(columns["time"], columns["event"])

    return run, lambda fit: {"estimates": fit.survival_function_at_times([10, 20, 40]).to_numpy()}


def cox(columns: Columns) -> Prepared:
    """Cox by Efron's method."""
    data = frame(columns)
    return (
        lambda: lifelines.CoxPHFitter().fit(data, "time", "event"),
        lambda fit: {
            "estimates": fit.params_.to_numpy(),
            "standard_errors": fit.standard_errors_.to_numpy(),
            "loglik": float(fit.log_likelihood_),
        },
    )


def generalised_gamma(columns: Columns) -> Prepared:
    """Regression on mu alone: sigma and lambda are constants."""
    data = frame(columns).assign(Intercept=1.0)
    names = ["Intercept", *(name for name in COVARIATES if name in columns)]
    regressors = {"mu_": names, "sigma_": ["Intercept"], "lambda_": ["Intercept"]}

    def run() -> Any:
        fitter = lifelines.GeneralizedGammaRegressionFitter()
        return fitter.fit(data, "time", "event", regressors=regressors)

    def read(fit: Any) -> Figures:
        return {
            "estimates": fit.params_.to_numpy(),
            "standard_errors": fit.standard_errors_.to_numpy(),
            "loglik": float(fit.log_likelihood_),
        }

    return run, read


def leave_one_out(columns: Columns) -> Prepared:
    """Refit without each row in turn."""
    data = frame(columns)

    def run() -> list[Any]:
        return [
            lifelines.WeibullAFTFitter().fit(data.drop(index=row), "time", "event")
            for row in data.index
        ]

    return run, lambda fits: figures(fits[0], "lambda_", "rho_")


def turnbull(columns: Columns) -> Prepared:
    """Turnbull's estimate by lifelines' own stopping rule."""
    lower, upper = columns["lower"], columns["upper"]

    def run() -> Any:
        return lifelines.KaplanMeierFitter().fit_interval_censoring(lower, upper)

    def read(fit: Any) -> Figures:
        # Mass may lie anywhere in its interval of support: two curves, at its ends.
        curves = fit.survival_function_
        at = np.array([10.0, 20.0, 40.0])
        knots = np.searchsorted(curves.index.to_numpy(), at, side="right") - 1
        return {"estimates": curves.iloc[knots].mean(axis=1).to_numpy()}

    return run, read


ADAPTERS: dict[str, Adapter] = {
    "kaplan-meier": product_limit,
    "cox": cox,
    "aft-weibull": aft("weibull"),
    "aft-lognormal": aft("lognormal"),
    "interval": aft("weibull", interval=True),
    "generalised-gamma": generalised_gamma,
    "leave-one-out": leave_one_out,
    "turnbull": turnbull,
    "small-sets": aft("weibull"),
}
