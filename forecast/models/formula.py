"""Design matrices from formulas such as ``"prior_pacts + log(template_experience + 1)"``."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd

from forecast.errors import DataError
from forecast.survival.arrays import FloatArray

INTERCEPT = "Intercept"


class FormulaDesign:
    """Columns of a design matrix that a formula names, learnt from the training rows.

    It has the attributes of :class:`~forecast.models.design.Design`. A missing number is set to its
    column's mean before the formula is applied, a missing category to the reference level; both are
    counted. The intercept is the model's own.

    Parameters
    ----------
    formula : str
        Right-hand side in the grammar of `formulaic` (Wilkinson's, with transforms).
    """

    def __init__(self, formula: str) -> None:
        self.formula = formula

    def fit(self, X: pd.DataFrame) -> Self:
        """Learn columns, transforms and centres from training rows.

        Raises
        ------
        DataError
            If the formula cannot be read or names a column that X does not have.
        """
        from formulaic import model_matrix
        from formulaic.errors import FormulaicError

        self._fill: dict[str, Any] = {
            str(name): _centre_of(column) for name, column in X.items() if not _is_object(column)
        }
        try:
            matrix = model_matrix(self.formula, self._filled(X))
        except (FormulaicError, SyntaxError, KeyError, ValueError) as error:
            raise DataError(f"the formula {self.formula!r} cannot be used: {error}") from None
        self._spec = matrix.model_spec
        columns = {str(name): matrix[name] for name in matrix.columns if name != INTERCEPT}
        self.constant = tuple(name for name, v in columns.items() if v.nunique() < 2)
        self.names = tuple(name for name in columns if name not in self.constant)
        self.covariates = self.names
        self.centre = np.array([float(columns[name].mean()) for name in self.names])
        used = {str(name) for name in self._spec.required_variables}
        self.missing = {name: int(X[name].isna().sum()) for name in used if X[name].isna().any()}
        return self

    def matrix(self, X: pd.DataFrame) -> FloatArray:
        """Design matrix without an intercept, (n, k)."""
        if not self.names:
            return np.empty((len(X), 0))
        matrix = self._spec.get_model_matrix(self._filled(X))
        return np.asarray(matrix[list(self.names)], dtype=np.float64)

    def _filled(self, X: pd.DataFrame) -> pd.DataFrame:
        return X.fillna({name: value for name, value in self._fill.items() if name in X})


def _is_object(column: pd.Series[Any]) -> bool:
    return bool(column.dtype == object)


def _centre_of(column: pd.Series[Any]) -> Any:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.categories[-1]
    return column.mean() if pd.api.types.is_numeric_dtype(column) else None
