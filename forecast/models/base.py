"""What every model of durations has in common: one public fit, one public prediction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from forecast.errors import DataError, NotIdentifiedError
from forecast.survival import SurvivalCurves, as_durations
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray
from forecast.survival.durations import CONCLUDED


class DurationModel(BaseEstimator):
    """Model of the time to conclusion, fitted to censored and truncated durations.

    A subclass writes ``_fit`` and ``_curves``; both get checked input. Spells that ended without
    agreement count as open until that day: what is modelled is the time to a conclusion while the
    talks last. Models without a never share hold that every negotiation concludes some day.

    Attributes
    ----------
    weighs_cases : bool
        Whether the model itself treats near-copies and rows looked for because they failed, from the
        columns ``cluster`` and ``searched_for``; it is then fitted without case weights.
    diagnostics_ : dict
        Counts of rows by kind and whatever the fit has to confess.
    """

    weighs_cases: ClassVar[bool] = False
    diagnostics_: dict[str, Any]

    def fit(
        self,
        X: pd.DataFrame,
        y: DurationArray | pd.DataFrame,
        sample_weight: npt.ArrayLike | None = None,
    ) -> Self:
        """Fit to spells.

        Parameters
        ----------
        X : DataFrame, (n, p)
            Covariates, and the reserved columns (:data:`forecast.timing.RESERVED`) that the model needs.
        y : structured array or DataFrame, (n,)
            Durations in months; see :func:`forecast.durations`.
        sample_weight : (n,) array_like, optional
            Case weights; default 1.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If X and y do not fit together.
        NotIdentifiedError
            If the cases cannot determine the model.
        ConvergenceError
            If the fit has no optimum.
        """
        rows = as_durations(y)
        if len(X) != len(rows):
            raise DataError(f"X has {len(X)} rows and y has {len(rows)}.")
        weights = np.ones(len(rows)) if sample_weight is None else np.asarray(sample_weight, float)
        if weights.shape != (len(rows),) or not np.isfinite(weights).all() or (weights < 0).any():
            raise DataError("Sample weights must be one number, not negative, for each row.")
        weighed = weights > 0
        self.diagnostics_ = _row_counts(rows[weighed])
        self.diagnostics_["without_weight"] = int((~weighed).sum())
        if not self.diagnostics_["concluded"]:
            raise NotIdentifiedError(
                "no negotiation in the data has concluded, so nothing can be learnt"
            )
        self._fit(X[weighed], rows[weighed], weights[weighed])
        return self

    def predict_survival(
        self,
        X: pd.DataFrame,
        times: npt.ArrayLike | None = None,
        elapsed: npt.ArrayLike | None = None,
        never: float | None = None,
    ) -> SurvivalCurves:
        """Survival curves of new cases.

        Parameters
        ----------
        X : DataFrame, (n, p)
        times : (m,) array_like, optional
            Knots in months, rising from 0; a model with knots of its own keeps those.
        elapsed : scalar or (n,) array_like, optional
            Condition on being open at this age: draw by draw where the model has draws, else on the
            curve.
        never : float, optional
            Suppose that this share of such negotiations never concludes, in place of the model's own.

        Returns
        -------
        SurvivalCurves
            n curves, times counted from the launch.
        """
        check_is_fitted(self, "diagnostics_")
        grid = self._knots() if times is None else np.asarray(times, dtype=np.float64)
        return self._predict(X, grid, elapsed, never)

    def _predict(
        self,
        X: pd.DataFrame,
        times: FloatArray,
        elapsed: npt.ArrayLike | None,
        never: float | None,
    ) -> SurvivalCurves:
        """Curves under both suppositions; models with draws condition draw by draw instead."""
        curves = self._curves(X, times)
        if never is not None:
            curves = curves.concluding().with_never(never)
        return curves if elapsed is None else curves.given(elapsed)

    def _knots(self) -> FloatArray:
        """Knots of a curve that was asked for without times."""
        return default_times()

    @abstractmethod
    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        """Estimate; set fitted attributes and add to ``diagnostics_``."""

    @abstractmethod
    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        """Return one curve a row of X."""


def default_times() -> FloatArray:
    """Knots fine enough for talks of any length: to a century, a fifth of a month at first."""
    return np.concatenate([np.arange(0.0, 24.0, 0.2), np.geomspace(24.0, 1200.0, 300)])


def interval_rows(y: DurationArray) -> BoolArray:
    """Rows known to have ended inside an interval, (n,) bool."""
    return np.asarray((y["upper"] > y["lower"]) & np.isfinite(y["upper"]))


def event_rows(y: DurationArray) -> BoolArray:
    """Rows that concluded, (n,) bool."""
    return np.asarray(y["cause"] == CONCLUDED)


def single_times(y: DurationArray) -> FloatArray:
    """One time a row, (n,) months, for models that cannot take intervals.

    The midpoint of an interval; the age at which an open row was last seen, or one that ended without
    agreement did so.
    """
    concluded = event_rows(y)
    finite = np.where(np.isfinite(y["upper"]), y["upper"], y["lower"])
    times: FloatArray = np.where(concluded, 0.5 * (y["lower"] + finite), y["lower"])
    return times


def _row_counts(y: DurationArray) -> dict[str, Any]:
    concluded = event_rows(y)
    ended = np.isfinite(y["upper"]) & ~concluded
    return {
        "rows": len(y),
        "concluded": int(concluded.sum()),
        "open": int((~np.isfinite(y["upper"])).sum()),
        "ended_without_agreement": int(ended.sum()),
        "interval": int((interval_rows(y) & concluded).sum()),
        "entered_late": int((y["entry"] > 0).sum()),
        "retrospective": int(np.isfinite(y["exit"]).sum()),
    }


def require_events(y: DurationArray, needed: int, what: str) -> None:
    """Raise a NotIdentifiedError where fewer spells concluded than a model needs.

    Parameters
    ----------
    y : structured array
    needed : int
        Least number of conclusions.
    what : str
        What they are needed for, as in "2 concluded cases are too few for {what}".
    """
    found = int(event_rows(y).sum())
    if found < needed:
        cases = "case is" if found == 1 else "cases are"
        raise NotIdentifiedError(
            f"{found} concluded {cases} too few for {what} (at least {needed})"
        )


Priors = Mapping[str, tuple[float, float]]
"""Prior mean and standard deviation by parameter name."""
