"""scikit-survival: no parametric model, no interval censoring, no standard errors in Cox."""

from __future__ import annotations

from typing import Any

import numpy as np
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.nonparametric import kaplan_meier_estimator
from sksurv.util import Surv

from experiments.benchmarks.adapters import Adapter, Figures, Prepared
from experiments.benchmarks.problems import Columns, design

DISTRIBUTION = "scikit-survival"


def product_limit(columns: Columns) -> Prepared:
    """Kaplan-Meier with its log-log band."""
    time, event = columns["time"], columns["event"] > 0

    def read(result: Any) -> Figures:
        times, survival, _ = result
        knots = np.searchsorted(times, [10.0, 20.0, 40.0], side="right") - 1
        return {"estimates": survival[knots]}

    return lambda: kaplan_meier_estimator(event, time, conf_type="log-log"), read


def cox(columns: Columns) -> Prepared:
    """Cox by Efron's method."""
    x = design(columns, intercept=False)
    y = Surv.from_arrays(columns["event"] > 0, columns["time"])
    return (
        lambda: CoxPHSurvivalAnalysis(ties="efron").fit(x, y),
        lambda fit: {"estimates": fit.coef_},
    )


ADAPTERS: dict[str, Adapter] = {"kaplan-meier": product_limit, "cox": cox}
