"""Baseline of a proportional hazards fit: from it come the curves of single cases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import FloatArray
from forecast.survival.bands import normal_quantile
from forecast.survival.curves import SurvivalCurves


@dataclass(frozen=True, eq=False)
class BaselineHazard:
    r"""Cumulative hazard of one stratum, and what its standard error is made of.

    Attributes
    ----------
    times : (m,) array
        Event times, rising.
    at_centre : (m,) array
        Cumulative hazard at covariates equal to `centre`.
    variance : (m,) array
        Its variance were the coefficients known, :math:`\sum \bar w / \phi^2`.
    moments : (m, p) array
        Integral of the risk sets' mean covariates, less `centre`, over the hazard.
    centre : (p,) array
        Mean covariates of the stratum's rows.
    coefficients : (p,) array
        Log hazard ratios.
    """

    times: FloatArray
    at_centre: FloatArray
    variance: FloatArray
    moments: FloatArray
    centre: FloatArray
    coefficients: FloatArray

    @property
    def cumulative_hazard(self) -> FloatArray:
        """Cumulative hazard at covariates 0, (m,), as ``basehaz(fit, centered = FALSE)`` of R."""
        scale = float(np.exp(-self.centre @ self.coefficients))
        return self.at_centre * scale

    def curves(self, design: npt.ArrayLike) -> SurvivalCurves:
        """Survival :math:`exp(-H(t) exp(x'b))` of cases with covariates (n, p).

        Returns
        -------
        SurvivalCurves
            Step curves with knots at 0 and the event times, without a never share.
        """
        away = self._away(design)
        ratio = np.exp(away @ self.coefficients)
        with np.errstate(over="ignore"):
            survival = np.exp(-np.outer(ratio, np.concatenate(([0.0], self.at_centre))))
        knots = np.concatenate(([0.0], self.times))
        return SurvivalCurves(knots, survival, np.zeros(len(away)), "step")

    def standard_errors(self, design: npt.ArrayLike, covariance: FloatArray) -> FloatArray:
        r"""Return standard errors of the log cumulative hazard of cases, (n, m), at `times`.

        With :math:`q(t) = \int (x - \bar x(s)) dH(s)` the variance of the cumulative hazard is
        :math:`e^{2x'\beta} [\sum \bar w / \phi^2 + q' V q]`.

        Parameters
        ----------
        design : (n, p) array_like
        covariance : (p, p) array
            V, of the coefficients.
        """
        away = self._away(design)
        hazard = self.at_centre
        variance = np.empty((len(away), len(hazard)))
        for row, x in enumerate(away):
            q = np.outer(hazard, x) - self.moments
            variance[row] = self.variance + np.einsum("mi,ij,mj->m", q, covariance, q)
        result: FloatArray = np.sqrt(variance) / hazard
        return result

    def band(
        self, design: npt.ArrayLike, covariance: FloatArray, level: float = 0.95
    ) -> tuple[FloatArray, FloatArray]:
        """Pointwise log-log confidence limits of the survival of cases, each (n, m), at `times`.

        They include the uncertainty of the coefficients.
        """
        spread = normal_quantile(level) * self.standard_errors(design, covariance)
        survival = self.curves(design).survival[:, 1:]
        return survival ** np.exp(spread), survival ** np.exp(-spread)

    def _away(self, design: npt.ArrayLike) -> FloatArray:
        x = np.asarray(design, dtype=np.float64)
        if x.ndim != 2 or x.shape[1] != len(self.coefficients) or not np.isfinite(x).all():
            raise DataError(
                f"Covariates must be finite and of shape (n, {len(self.coefficients)})."
            )
        result: FloatArray = x - self.centre
        return result
