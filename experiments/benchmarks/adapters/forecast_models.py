"""Our own models: the same fits, called on a DataFrame of covariates by name."""

from __future__ import annotations

import pandas as pd

from experiments.benchmarks.adapters import Adapter, Figures, Prepared
from experiments.benchmarks.adapters.forecast_core import DISTRIBUTION, spells
from experiments.benchmarks.problems import COVARIATES, Columns
from forecast.models import AFTModel

__all__ = ["ADAPTERS", "DISTRIBUTION"]


def aft(family: str) -> Adapter:
    """Return the adapter of one family, without a penalty."""

    def prepare(columns: Columns) -> Prepared:
        X, y = pd.DataFrame({name: columns[name] for name in COVARIATES}), spells(columns)
        return lambda: AFTModel(family, COVARIATES, penalty=0.0).fit(X, y), read

    def read(model: AFTModel) -> Figures:
        return {
            "estimates": model.params_.to_numpy(),
            "standard_errors": model.standard_errors_.to_numpy(),
            "loglik": model.loglik_,
        }

    return prepare


ADAPTERS: dict[str, Adapter] = {
    "aft-weibull": aft("weibull"),
    "aft-lognormal": aft("lognormal"),
    "interval": aft("weibull"),
}
