"""statsmodels: no parametric model, no interval censoring."""

from __future__ import annotations

from typing import Any

import numpy as np
from statsmodels.duration.hazard_regression import PHReg
from statsmodels.duration.survfunc import SurvfuncRight

from experiments.benchmarks.adapters import Adapter, Figures, Prepared
from experiments.benchmarks.problems import Columns, design

DISTRIBUTION = "statsmodels"


def product_limit(columns: Columns) -> Prepared:
    """Kaplan-Meier with standard errors."""

    def read(fit: Any) -> Figures:
        knots = np.searchsorted(fit.surv_times, [10.0, 20.0, 40.0], side="right") - 1
        return {"estimates": fit.surv_prob[knots]}

    return lambda: SurvfuncRight(columns["time"], columns["event"]), read


def cox(columns: Columns) -> Prepared:
    """Cox by Efron's method."""
    x = design(columns, intercept=False)

    def run() -> Any:
        fit = PHReg(columns["time"], x, status=columns["event"], ties="efron").fit()
        _ = fit.bse
        return fit

    return run, lambda fit: {
        "estimates": fit.params,
        "standard_errors": fit.bse,
        "loglik": float(fit.llf),
    }


ADAPTERS: dict[str, Adapter] = {"kaplan-meier": product_limit, "cox": cox}
