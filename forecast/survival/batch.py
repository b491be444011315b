"""Many fits at once: the same rows under other case weights, as in a bootstrap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.inference.many import minimise_many
from forecast.survival.aft import fit_aft
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray, IntArray
from forecast.survival.durations import CONCLUDED
from forecast.survival.family import Family
from forecast.survival.likelihood_inputs import NeverShare


@dataclass(frozen=True, eq=False)
class ManyFits:
    """Fits to b data sets.

    Attributes
    ----------
    names : tuple of str
        Names of the free parameters, as in `AFTFit`.
    theta : (b, k) array
        Estimates; NaN where a fit has no maximum.
    covariance : (b, k, k) array
        Inverse of the observed information; NaN where a fit has no maximum.
    loglik : (b,) array
        Weighted log-likelihood of time, without the prior; NaN where a fit has no maximum.
    failures : dict of int to str
        Data sets without a fit, with the sentence that says why.
    """

    names: tuple[str, ...]
    theta: FloatArray
    covariance: FloatArray
    loglik: FloatArray
    failures: dict[int, str]

    @property
    def converged(self) -> BoolArray:
        """Which data sets have a fit, (b,)."""
        return np.isfinite(self.loglik)

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors, (b, k)."""
        errors: FloatArray = np.sqrt(np.diagonal(self.covariance, axis1=1, axis2=2))
        return errors


def fit_many(
    design: npt.ArrayLike,
    y: DurationArray,
    family: str | Family,
    weights: npt.ArrayLike,
    *,
    prior_mean: npt.ArrayLike | None = None,
    prior_precision: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    never: NeverShare | None = None,
) -> ManyFits:
    """Fit one model to many data sets that share their rows and differ in case weights.

    All begin at the fit with equal weights and take their Newton steps together, so that a few
    steps suffice; each fit meets the same standard as `fit_aft` on its own.

    Parameters
    ----------
    design, y, family, prior_mean, prior_precision, names, never
        As in `fit_aft`.
    weights : (b, n) array_like
        Case weights of each data set: see `leave_one_out` and `bootstrap`.

    Returns
    -------
    ManyFits

    Raises
    ------
    DataError
        If the arrays do not fit together.
    NotIdentifiedError, ConvergenceError
        If the fit with equal weights fails.
    """
    plain = fit_aft(
        design,
        y,
        family,
        prior_mean=prior_mean,
        prior_precision=prior_precision,
        names=names,
        never=never,
    )
    likelihood, w = plain.likelihood, np.asarray(weights, dtype=np.float64)
    if w.ndim != 2 or w.shape[1] != len(likelihood.y):
        raise DataError(f"Weights {w.shape} must have one column for each of {len(y)} durations.")
    if not (np.isfinite(w).all() and (w >= 0).all()):
        raise DataError("Case weights must be finite and not negative.")
    thin = _too_few(likelihood.y, w, int((likelihood.prior.precision == 0).sum()))
    fitted = np.flatnonzero(~thin)

    def objective(theta: FloatArray, which: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        values, gradients, hessians = likelihood.log_posteriors(theta, w[fitted[which]])
        return -values, -gradients, -hessians

    starts = np.repeat(plain.theta[np.newaxis], len(fitted), axis=0)
    found = minimise_many(objective, starts, plain.names)
    result = ManyFits(
        plain.names,
        np.full((len(w), len(plain.theta)), np.nan),
        np.full((len(w), len(plain.theta), len(plain.theta)), np.nan),
        np.full(len(w), np.nan),
        {int(k): "It has fewer conclusions than parameters." for k in np.flatnonzero(thin)},
    )
    result.theta[fitted] = found.x
    result.covariance[fitted] = found.inverse_hessians()
    result.loglik[fitted] = -found.values - likelihood.log_prior(found.x)
    result.failures.update({int(fitted[k]): why for k, why in found.failures.items()})
    return result


def leave_one_out(rows: int) -> FloatArray:
    """Weights of the data sets that each lack one row, (rows, rows)."""
    return np.ones((rows, rows)) - np.eye(rows)


def bootstrap(rows: int, draws: int, rng: np.random.Generator) -> FloatArray:
    """Weights of data sets drawn with replacement: how often each row was drawn, (draws, rows)."""
    return rng.multinomial(rows, np.full(rows, 1.0 / rows), size=draws).astype(np.float64)


def _too_few(y: DurationArray, weights: FloatArray, wanted: int) -> BoolArray:
    """Whether a data set has fewer conclusions than parameters without a prior, (b,)."""
    conclusions = ((weights > 0) & (y["cause"] == CONCLUDED)).sum(axis=1)
    return np.asarray(conclusions < wanted)
