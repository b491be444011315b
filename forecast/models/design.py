"""From a frame of covariates to the numbers a regression works on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from forecast.covariates import default_covariates
from forecast.errors import DataError
from forecast.survival.arrays import FloatArray
from forecast.timing import RESERVED


class Design:
    """Columns of a design matrix, learnt from the training rows.

    Categories become one column each but the reference, the last of their levels. A missing value is
    set to the column's mean among the training rows, so that it moves no prediction away from the
    average case, and is counted. A column without any variation is left out, and named.

    Attributes
    ----------
    names : tuple of str
        Columns, such as ``prior_exercises`` and ``partner_type[G7]``.
    covariates : tuple of str
        The covariate of each column.
    centre : (k,) array
        Value that stands for a missing one.
    missing : dict of str to int
        Missing training values by covariate.
    constant : tuple of str
        Columns left out because they do not vary.
    """

    def __init__(self, covariates: Sequence[str] | None = None) -> None:
        self.wanted = covariates

    def fit(self, X: pd.DataFrame) -> Self:
        """Learn columns and centres from training rows."""
        own = (column for column in X.columns if column not in RESERVED)
        chosen = default_covariates(own) if self.wanted is None else self.wanted
        absent = [c for c in chosen if c not in X.columns]
        if absent:
            raise DataError(f"X has no column {absent[0]!r}")
        self.levels = {
            c: tuple(X[c].cat.categories[:-1])
            if isinstance(X[c].dtype, pd.CategoricalDtype)
            else ()
            for c in chosen
        }
        columns = self._columns(X)
        spread = {
            name: np.nanmax(v) - np.nanmin(v) if _any(v) else 0.0 for name, v in columns.items()
        }
        self.constant = tuple(name for name, width in spread.items() if width == 0)
        kept = {name: v for name, v in columns.items() if spread[name] > 0}
        self.names = tuple(kept)
        self.covariates = tuple(name.split("[")[0] for name in kept)
        self.centre = np.array([np.nanmean(v) for v in kept.values()])
        self.missing = {c: int(X[c].isna().sum()) for c in chosen if X[c].isna().any()}
        return self

    def matrix(self, X: pd.DataFrame) -> FloatArray:
        """Design matrix without an intercept, (n, k); missing values at the centre."""
        columns = self._columns(X)
        if not self.names:
            return np.empty((len(X), 0))
        values = np.column_stack([columns[name] for name in self.names])
        return np.where(np.isnan(values), self.centre, values)

    def _columns(self, X: pd.DataFrame) -> dict[str, FloatArray]:
        columns: dict[str, FloatArray] = {}
        for covariate, levels in self.levels.items():
            if not levels:
                columns[covariate] = _numbers(X[covariate])
                continue
            missing = X[covariate].isna().to_numpy()
            for level in levels:
                dummy = (X[covariate] == level).to_numpy(dtype=np.float64)
                columns[f"{covariate}[{level}]"] = np.where(missing, np.nan, dummy)
        return columns


def _numbers(column: pd.Series[Any]) -> FloatArray:
    try:
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        message = f"the column {column.name!r} of X holds no numbers; make text categorical"
        raise DataError(message) from None


def _any(values: FloatArray) -> bool:
    return bool(np.isfinite(values).any())
