"""Which rows the hierarchical model learns what from: rows looked for as failures, and open ones."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.models.posterior import Known
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray
from forecast.survival.durations import CONCLUDED, ENDED_WITHOUT

FAILURE = "failure"
"""What ``searched_for`` holds of a row that was looked for because it failed."""


def searched_for_failure(X: pd.DataFrame) -> BoolArray:
    """Rows that were looked for because they failed, (n,)."""
    if "searched_for" not in X.columns:
        return np.zeros(len(X), dtype=np.bool_)
    return (X["searched_for"] == FAILURE).to_numpy()


def ended_given_never(
    X: pd.DataFrame, y: DurationArray, searched: BoolArray
) -> tuple[BoolArray, DurationArray]:
    """Rows looked for as failures that were ended, and how they look given that they would be.

    Given that such an attempt never concludes and was ended by now, only its time tells something.
    """
    exit_ = np.where(np.isfinite(y["exit"]), y["exit"], _ages(X))
    told = searched & (y["cause"] == ENDED_WITHOUT) & np.isfinite(exit_)
    retold = y[told].copy()
    retold["exit"] = np.maximum(exit_[told], retold["upper"])
    return told, retold


def open_rows(X: pd.DataFrame, y: DurationArray, share: FloatArray) -> dict[object, Known]:
    """What the fit knows of each open row, by name."""
    rows = (share > 0) & ~np.isfinite(y["upper"])
    told = zip(X.index[rows], y["lower"][rows], y["entry"][rows], share[rows], strict=True)
    return {name: Known(float(age), float(entry), float(w)) for name, age, entry, w in told}


def follow_up(y: DurationArray) -> dict[str, float]:
    """Whether anybody was followed long enough to speak of never (Maller and Zhou 1996)."""
    longest = float(y["lower"][y["cause"] == CONCLUDED].max())
    open_ = ~np.isfinite(y["upper"])
    return {
        "longest_concluded_months": longest,
        "open_for_longer": int((open_ & (y["lower"] > longest)).sum()),
    }


def _ages(X: pd.DataFrame) -> FloatArray:
    """Months from launch to the as-of date; infinite where X does not say."""
    if "months_to_as_of" not in X.columns:
        return np.full(len(X), np.inf)
    return X["months_to_as_of"].to_numpy(dtype=np.float64)
