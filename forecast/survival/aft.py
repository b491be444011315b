"""Accelerated failure time regression by penalised maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError, NotIdentifiedError
from forecast.inference.newton import minimise
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.durations import CONCLUDED, as_durations
from forecast.survival.families import Family
from forecast.survival.likelihood import CensoredLikelihood

LOG_SCALE = "log(scale)"
_SMALLEST_START_SCALE = 0.1


@dataclass(frozen=True, eq=False)
class AFTFit:
    """A fitted log T = X beta + scale W.

    Attributes
    ----------
    family : Family
        Distribution of W.
    names : tuple of str
        Names of the free parameters: the columns of the design, then ``log(scale)`` unless the
        family fixes it.
    coefficients : (p,) array
        beta, on log months.
    log_scale : float
        Log of the scale.
    covariance : (k, k) array
        Inverse of the observed information (with the prior) of the free parameters.
    loglik : float
        Weighted log-likelihood of time, without the prior.
    gradient : (k,) array
        Gradient of the log-posterior at the estimate.
    iterations : int
        Newton steps.
    """

    family: Family
    names: tuple[str, ...]
    coefficients: FloatArray
    log_scale: float
    covariance: FloatArray
    loglik: float
    gradient: FloatArray
    iterations: int

    @property
    def scale(self) -> float:
        """The scale."""
        return float(np.exp(self.log_scale))

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of the free parameters, (k,)."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors


def fit_aft(
    design: npt.ArrayLike,
    y: DurationArray,
    family: str | Family,
    *,
    weights: npt.ArrayLike | None = None,
    prior_mean: npt.ArrayLike | None = None,
    prior_precision: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> AFTFit:
    """Fit by Newton's method to any mix of censored and truncated rows.

    Parameters
    ----------
    design : (n, p) array_like
        Covariates, with a column of ones for an intercept.
    y : (n,) structured array
        Durations in months, see `durations`.
    family : str or Family
        Distribution of W or its name.
    weights : (n,) array_like, optional
        Case weights; default 1.
    prior_mean, prior_precision : (k,) or scalar array_like, optional
        Gaussian priors on (beta, log scale), k = p + 1, or on beta alone, k = p, where the family
        fixes the scale. Default: none. A precision of 1 / s**2 is a standard deviation of s.
    names : sequence of str, optional
        Names of the design's columns; default x0, x1, ...

    Returns
    -------
    AFTFit

    Raises
    ------
    DataError
        If the arrays do not fit together.
    NotIdentifiedError
        If there are fewer conclusions than parameters without a prior.
    ConvergenceError
        If the likelihood has no maximum; it names the parameter that ran away.
    """
    y = as_durations(y)
    likelihood = CensoredLikelihood.build(
        design,
        y,
        family,
        weights=weights,
        prior_mean=prior_mean,
        prior_precision=prior_precision,
    )
    labels = _names(likelihood, names)
    _check_identified(likelihood, y)
    found = minimise(likelihood.objective, _start(likelihood, y), labels)
    beta, log_scale = likelihood.split(found.x)
    return AFTFit(
        likelihood.family,
        labels,
        beta,
        log_scale,
        found.inverse_hessian(),
        likelihood.loglik(found.x),
        -found.gradient,
        found.iterations,
    )


def _names(likelihood: CensoredLikelihood, names: Sequence[str] | None) -> tuple[str, ...]:
    columns = likelihood.design.shape[1]
    labels = tuple(names) if names is not None else tuple(f"x{k}" for k in range(columns))
    if len(labels) != columns:
        raise DataError(f"The design has {columns} columns but {len(labels)} names.")
    return labels if likelihood.family.fixed_scale is not None else (*labels, LOG_SCALE)


def _check_identified(likelihood: CensoredLikelihood, y: DurationArray) -> None:
    conclusions = int(np.sum((y["cause"] == CONCLUDED) & (likelihood.weights > 0)))
    wanted = int(np.sum(likelihood.prior.precision == 0))
    if conclusions < wanted:
        raise NotIdentifiedError(
            f"{conclusions} conclusions cannot determine {wanted} parameters without a prior; "
            "bring more cases, drop covariates or set priors."
        )


def _start(likelihood: CensoredLikelihood, y: DurationArray) -> FloatArray:
    """Least squares on the logs of interval midpoints, under the prior; open rows at their age."""
    family, prior, x = likelihood.family, likelihood.prior, likelihood.design
    columns = x.shape[1]
    middle = np.where(np.isinf(y["upper"]), y["lower"], 0.5 * y["lower"] + 0.5 * y["upper"])
    known = middle > 0
    w = np.where(known, likelihood.weights, 0.0)
    log_time = np.log(np.where(known, middle, 1.0))
    mean, precision = prior.mean[:columns], prior.precision[:columns]
    normal = (x * w[:, np.newaxis]).T @ x + np.diag(precision)
    beta = np.linalg.lstsq(normal, x.T @ (w * log_time) + precision * mean, rcond=None)[0]
    if family.fixed_scale is not None:
        return np.asarray(beta, dtype=np.float64)
    residual = log_time - x @ beta
    spread = np.sqrt(w @ residual**2 / max(w.sum(), 1e-300)) / family.error_sd
    return np.append(beta, np.log(max(float(spread), _SMALLEST_START_SCALE)))
