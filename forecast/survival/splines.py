r"""Royston and Parmar's flexible parametric model: a spline for the log cumulative hazard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.inference.newton import minimise
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.bands import normal_quantile
from forecast.survival.curves import SurvivalCurves
from forecast.survival.durations import CONCLUDED, as_durations
from forecast.survival.spline_basis import NaturalSpline
from forecast.survival.spline_likelihood import SplineLikelihood


class NegativeHazardError(ConvergenceError):
    """A fitted spline that falls somewhere."""


@dataclass(frozen=True, eq=False)
class SplineFit:
    r"""A fitted :math:`\log H(t \mid x) = s(\log t) + x'\beta`.

    Attributes
    ----------
    spline : NaturalSpline
        Basis of s, with its knots.
    names : tuple of str
        ``Intercept`` (s at the first knot), ``log(time)`` (slope over the width of the knots),
        ``knot 1``, ... for the internal knots, then the covariates.
    theta : (k,) array
        Estimates, in that order.
    covariance : (k, k) array
        Inverse of the observed information (with the prior).
    loglik : float
        Weighted log-likelihood of time, without the prior.
    gradient : (k,) array
        Gradient of the log-posterior at the estimate.
    iterations : int
        Newton steps.
    """

    spline: NaturalSpline
    names: tuple[str, ...]
    theta: FloatArray
    covariance: FloatArray
    loglik: float
    gradient: FloatArray
    iterations: int

    @property
    def coefficients(self) -> FloatArray:
        """Log hazard ratios of the covariates, (p,)."""
        return self.theta[self.spline.size :]

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of the parameters, (k,)."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors

    def log_cumulative_hazard(self, design: npt.ArrayLike, times: npt.ArrayLike) -> FloatArray:
        """Return log H of cases with covariates (n, p) at positive months (m,), (n, m)."""
        x, months = self._checked(design, times)
        baseline = self.spline.values(np.log(months)) @ self.theta[: self.spline.size]
        result: FloatArray = (x @ self.coefficients)[:, np.newaxis] + baseline
        return result

    def curves(self, design: npt.ArrayLike, times: npt.ArrayLike) -> SurvivalCurves:
        """Survival of cases with covariates (n, p) on knots (m,) that rise from 0.

        Beyond the outer knots of the spline they are those of a Weibull distribution.
        """
        knots = np.asarray(times, dtype=np.float64)
        with np.errstate(over="ignore"):
            hazard = np.exp(self.log_cumulative_hazard(design, knots[1:]))
        survival = np.column_stack([np.ones(len(hazard)), np.exp(-hazard)])
        return SurvivalCurves(knots, survival, np.zeros(len(hazard)), "log-linear")

    def band(
        self, design: npt.ArrayLike, times: npt.ArrayLike, level: float = 0.95
    ) -> tuple[FloatArray, FloatArray]:
        """Pointwise confidence limits of the survival at positive months (m,), each (n, m).

        By the delta method on the log cumulative hazard, given the knots.
        """
        x, months = self._checked(design, times)
        middle = self.log_cumulative_hazard(x, months)
        basis, own = self.spline.values(np.log(months)), self.spline.size
        v = self.covariance
        variance = (
            np.sum((basis @ v[:own, :own]) * basis, axis=1)
            + 2.0 * x @ v[own:, :own] @ basis.T
            + np.sum((x @ v[own:, own:]) * x, axis=1)[:, np.newaxis]
        )
        spread = normal_quantile(level) * np.sqrt(np.maximum(variance, 0.0))
        with np.errstate(over="ignore"):
            return np.exp(-np.exp(middle + spread)), np.exp(-np.exp(middle - spread))

    def _checked(
        self, design: npt.ArrayLike, times: npt.ArrayLike
    ) -> tuple[FloatArray, FloatArray]:
        x, months = np.asarray(design, dtype=np.float64), np.asarray(times, dtype=np.float64)
        wanted = len(self.coefficients)
        if x.ndim != 2 or x.shape[1] != wanted or not np.isfinite(x).all():
            raise DataError(f"Covariates must be finite and of shape (n, {wanted}).")
        if months.ndim != 1 or not ((months > 0) & np.isfinite(months)).all():
            raise DataError("A log cumulative hazard is asked for at finite months after 0.")
        return x, months


def fit_spline(
    design: npt.ArrayLike,
    y: DurationArray,
    inner_knots: int = 2,
    *,
    knots: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    prior_mean: npt.ArrayLike | None = None,
    prior_precision: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> SplineFit:
    r"""Fit by Newton's method to any mix of censored and truncated rows.

    The cumulative hazard is :math:`\log H(t \mid x) = s(\log t) + x'\beta` with a natural cubic
    spline s: proportional hazards with a smooth baseline. Without internal knots it is the Weibull
    model. The spline is not constrained to rise. A fit that falls anywhere, a negative hazard, is
    refused; fewer knots or more cases help.

    Parameters
    ----------
    design : (n, p) array_like
        Covariates, without an intercept; p may be 0.
    y : (n,) structured array
        Durations in months, see `durations`.
    inner_knots : int
        Number of internal knots, at equally spaced quantiles of the log event times (of an
        interval: its midpoint); the boundary knots are the first and the last of those.
    knots : (j + 2,) array_like, optional
        Months to use as knots instead, boundary knots included.
    weights : (n,) array_like, optional
        Case weights; default 1.
    prior_mean, prior_precision : (p,) or scalar array_like, optional
        Gaussian priors on the covariates' coefficients (ridge); default none.
    names : sequence of str, optional
        Names of the covariates; default x0, x1, ...

    Returns
    -------
    SplineFit

    Raises
    ------
    DataError
        If the arrays do not fit together.
    NotIdentifiedError
        If there are fewer conclusions than parameters without a prior, or too few distinct ones for
        the knots.
    ConvergenceError
        If the likelihood has no maximum; as a NegativeHazardError if the fitted hazard is negative
        somewhere.

    References
    ----------
    Royston and Parmar (2002), doi:10.1002/sim.1203.
    """
    y = as_durations(y)
    x = np.ascontiguousarray(design, dtype=np.float64)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=np.float64)
    _check(x, y, w)
    spline = _spline(y, w, inner_knots, knots)
    labels = tuple(names) if names is not None else tuple(f"x{k}" for k in range(x.shape[1]))
    if len(labels) != x.shape[1]:
        raise DataError(f"The design has {x.shape[1]} columns but {len(labels)} names.")
    shapes = ("Intercept", "log(time)", *(f"knot {k}" for k in range(1, spline.size - 1)))
    likelihood = SplineLikelihood.build(x, y, spline, w, prior_mean, prior_precision)
    _check_identified(likelihood, y, w)
    found = minimise(likelihood.objective, likelihood.start(y), (*shapes, *labels))
    back = likelihood.coefficients
    theta = back @ found.x
    _check_rising(spline, theta[: spline.size])
    return SplineFit(
        spline,
        (*shapes, *labels),
        theta,
        back @ found.inverse_hessian() @ back.T,
        likelihood.loglik(found.x),
        np.asarray(-np.linalg.solve(back.T, found.gradient), dtype=np.float64),
        found.iterations,
    )


def _check(x: FloatArray, y: DurationArray, weights: FloatArray) -> None:
    if x.ndim != 2 or len(x) != len(y) or weights.shape != (len(y),):
        raise DataError(
            f"Durations ({len(y)} rows), design {x.shape} and weights {weights.shape} do not fit "
            "together."
        )
    if not np.isfinite(x).all():
        raise DataError("The design has a value that is missing or infinite.")
    if not (np.isfinite(weights).all() and (weights >= 0).all()):
        raise DataError("Case weights must be finite and not negative.")


def _spline(
    y: DurationArray, weights: FloatArray, inner_knots: int, knots: npt.ArrayLike | None
) -> NaturalSpline:
    if knots is not None:
        given = np.asarray(knots, dtype=np.float64)
        if given.ndim != 1 or len(given) < 2 or not (given > 0).all():
            raise DataError("Knots are at least two positive numbers of months.")
        if not np.isfinite(given).all() or not (np.diff(given) > 0).all():
            raise DataError("Knots must be finite and rise strictly.")
        return NaturalSpline(np.log(given))
    if inner_knots < 0:
        raise DataError(f"The number of internal knots cannot be {inner_knots}.")
    seen = (y["cause"] == CONCLUDED) & (weights > 0)
    if not seen.any():
        raise NotIdentifiedError("No row has concluded, so there is no curve to estimate.")
    ends = np.log(0.5 * y["lower"][seen] + 0.5 * y["upper"][seen])
    shares = np.linspace(0.0, 1.0, inner_knots + 2)
    places = np.quantile(ends, shares, weights=weights[seen], method="inverted_cdf")
    if not (np.diff(places) > 1e-9).all():
        raise NotIdentifiedError(
            f"The {int(seen.sum())} conclusions have too few distinct times for {inner_knots} "
            "internal knots; use fewer or give the knots."
        )
    return NaturalSpline(places)


def _check_identified(likelihood: SplineLikelihood, y: DurationArray, weights: FloatArray) -> None:
    conclusions = int(np.sum((y["cause"] == CONCLUDED) & (weights > 0)))
    wanted = int(np.sum(likelihood.prior.precision == 0))
    if conclusions < wanted:
        raise NotIdentifiedError(
            f"{conclusions} conclusions cannot determine {wanted} parameters without a prior; "
            "bring more cases, drop covariates or knots, or set priors."
        )


def _check_rising(spline: NaturalSpline, coefficients: FloatArray) -> None:
    slope, place = spline.least_slope(coefficients)
    if slope < 0:
        raise NegativeHazardError(
            f"The fitted hazard is negative around {np.exp(place):.3g} months: the spline bends "
            "more than these cases determine; use fewer knots."
        )
