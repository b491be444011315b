"""Regression of the log duration with any scikit-learn regressor, censoring handled by EM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import log_ndtr, ndtr
from sklearn.base import clone

from forecast.inference import find_fixed_point
from forecast.models.base import DurationModel, event_rows, require_events
from forecast.models.design import Design
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import DurationArray, FloatArray, IntArray

_LEAST_EVENTS = 5
_LARGEST_GHOST_WEIGHT = 1e6


class Moments(NamedTuple):
    """Weight, mean and variance of the log duration in a set of completed rows, each (k,)."""

    weight: FloatArray
    mean: FloatArray
    variance: FloatArray


_Complete = Callable[[FloatArray, float], tuple[IntArray, Moments]]


class LogDurationRegression(DurationModel):
    r"""Normal regression of log T, with a scikit-learn regressor for its mean.

    The E-step completes each censored row by the conditional mean *and variance* of its log duration;
    a mean alone would shrink the spread. A truncated row also stands for the rows of its kind that
    could not be seen: :math:`P(\text{unseen}) / P(\text{seen})` of them, completed in the same way
    (Turnbull 1976). The M-step fits the regressor to the completed means and sets

    .. math:: \sigma^2 = \sum w_i [(m_i - \hat\mu_i)^2 + v_i] / \sum w_i .

    With plain least squares this is the maximum likelihood of the log-normal AFT model.

    Parameters
    ----------
    regressor : scikit-learn regressor, optional
        Must take ``sample_weight``; default ``Ridge(alpha=1)`` on standardised columns.
    covariates : sequence of str, optional
        Columns of X to use; default the registry's default ones and a user's own.
    tolerance : float
        Largest change of a fitted mean, in standard deviations, at which EM stops.
    max_iterations : int

    References
    ----------
    Dempster, Laird & Rubin (1977), section 4; Turnbull (1976), section 4. Steps are accelerated
    (:func:`~forecast.inference.find_fixed_point`).
    """

    def __init__(
        self,
        regressor: Any = None,
        covariates: list[str] | None = None,
        tolerance: float = 1e-7,
        max_iterations: int = 500,
    ) -> None:
        self.regressor = regressor
        self.covariates = covariates
        self.tolerance = tolerance
        self.max_iterations = max_iterations

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        require_events(y, _LEAST_EVENTS, "a regression")
        self.design_ = Design(self.covariates).fit(X)
        matrix = self.design_.matrix(X)
        self.location_, self.spread_ = matrix.mean(axis=0), matrix.std(axis=0)
        standard = self._standardised(matrix)
        start = float(np.log(np.median(np.maximum(y["lower"], 0.5))))
        iterations = self._maximise(standard, _completion(y, weights), start)
        self.diagnostics_ |= {
            "missing": self.design_.missing,
            "constant": list(self.design_.constant),
            "iterations": iterations,
            "sigma": self.sigma_,
        }

    def _maximise(self, standard: FloatArray, complete: _Complete, start: float) -> int:
        """Iterate EM to convergence; return the number of steps."""
        regressor = _ridge() if self.regressor is None else self.regressor

        def step(state: FloatArray) -> FloatArray:
            """Means of all rows and log sigma after one step of EM."""
            rows, moments = complete(state[:-1], float(np.exp(state[-1])))
            if not all(np.isfinite(part).all() for part in moments):
                return np.full(len(state), np.nan)
            self.regressor_ = clone(regressor)
            self.regressor_.fit(standard[rows], moments.mean, sample_weight=moments.weight)
            updated = self.regressor_.predict(standard)
            residual = (moments.mean - updated[rows]) ** 2 + moments.variance
            self.sigma_ = float(np.sqrt(moments.weight @ residual / moments.weight.sum()))
            return np.append(updated, np.log(self.sigma_))

        def size(move: FloatArray) -> float:
            return float(max(np.abs(move[:-1]).max() / self.sigma_, abs(move[-1])))

        begin = np.append(np.full(len(standard), start), 0.0)
        # A leap too far leads to numbers that overflow; it is taken back.
        with np.errstate(over="ignore", invalid="ignore"):
            _, steps = find_fixed_point(step, begin, size, self.tolerance, self.max_iterations)
        return steps

    def _standardised(self, matrix: FloatArray) -> FloatArray:
        if not matrix.shape[1]:
            return np.zeros((len(matrix), 1))
        standard: FloatArray = (matrix - self.location_) / self.spread_
        return standard

    def mean_log(self, X: pd.DataFrame) -> FloatArray:
        """Mean of the log duration, (n,) log months."""
        return np.asarray(self.regressor_.predict(self._standardised(self.design_.matrix(X))))

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        z = (np.log(times[1:]) - self.mean_log(X)[:, np.newaxis]) / self.sigma_
        survival = np.column_stack([np.ones(len(X)), ndtr(-z)])
        return SurvivalCurves(times, survival, np.zeros(len(X)), "log-linear")


def _ridge() -> Any:
    # A third of a second to import, which no other model needs.
    from sklearn.linear_model import Ridge

    return Ridge(alpha=1.0)


def _completion(y: DurationArray, weights: FloatArray) -> _Complete:
    """E-step as a function of the current means and sigma: source rows and their moments."""
    with np.errstate(divide="ignore"):
        low, high = np.log(y["lower"]), np.log(y["upper"])
        entry, leave = np.log(y["entry"]), np.log(y["exit"])
    open_ = ~event_rows(y)
    high = np.where(open_, np.inf, high)
    # An end without agreement was no conclusion, so it was not the end that brought it into the data.
    leave = np.where(open_, np.inf, leave)
    wide = low < high
    late, early = np.flatnonzero(np.isfinite(entry)), np.flatnonzero(np.isfinite(leave))
    rows = np.concatenate([np.arange(len(y)), late, early])

    def complete(mean: FloatArray, sigma: float) -> tuple[IntArray, Moments]:
        seen_mean, seen_variance = low.copy(), np.zeros(len(y))
        seen_mean[wide], seen_variance[wide] = _truncated(mean[wide], sigma, low[wide], high[wide])
        before = _ghosts(mean, sigma, np.full(len(y), -np.inf), entry, entry, leave, late)
        after = _ghosts(mean, sigma, leave, np.full(len(y), np.inf), entry, leave, early)
        parts = (Moments(np.ones(len(y)), seen_mean, seen_variance), before, after)
        weight, centre, variance = (np.concatenate(column) for column in zip(*parts, strict=True))
        return rows, Moments(weight * weights[rows], centre, variance)

    return complete


def _ghosts(
    mean: FloatArray,
    sigma: float,
    low: FloatArray,
    high: FloatArray,
    entry: FloatArray,
    leave: FloatArray,
    index: IntArray,
) -> Moments:
    """Expected unseen companions in (low, high] of rows seen only in (entry, leave]."""
    m = mean[index]
    unseen = _mass((low[index] - m) / sigma, (high[index] - m) / sigma)
    seen = _mass((entry[index] - m) / sigma, (leave[index] - m) / sigma)
    weight = np.minimum(unseen / np.maximum(seen, 1e-300), _LARGEST_GHOST_WEIGHT)
    centre, variance = _truncated(m, sigma, low[index], high[index])
    return Moments(weight, centre, variance)


def _mass(a: FloatArray, b: FloatArray) -> FloatArray:
    """Normal probability of (a, b], on the side where it does not cancel."""
    return np.where(a > 0, ndtr(-a) - ndtr(-b), ndtr(b) - ndtr(a))


def _truncated(
    mean: FloatArray, sigma: float, low: FloatArray, high: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of a normal variable given that it lies in (low, high]."""
    a, b = (low - mean) / sigma, (high - mean) / sigma
    # By symmetry every interval is looked at from the upper side.
    flip = np.where(-a > b, -1.0, 1.0)
    left, right = np.where(flip < 0, -b, a), np.where(flip < 0, -a, b)
    log_mass = _log_mass(left, right)
    at_left, at_right = _density_ratio(left, log_mass), _density_ratio(right, log_mass)
    shift = at_left - at_right
    spread = 1.0 + _times(left, at_left) - _times(right, at_right) - shift**2
    return mean + sigma * flip * shift, sigma**2 * np.maximum(spread, 0.0)


def _log_mass(left: FloatArray, right: FloatArray) -> FloatArray:
    """Log of the normal probability of (left, right], with left + right >= 0."""
    outer, inner = log_ndtr(-right), log_ndtr(-left)
    with np.errstate(divide="ignore"):
        return np.asarray(inner + np.log(-np.expm1(np.minimum(outer - inner, 0.0))))


def _density_ratio(z: FloatArray, log_mass: FloatArray) -> FloatArray:
    with np.errstate(over="ignore", invalid="ignore"):
        log_density = -0.5 * z**2 - 0.5 * np.log(2.0 * np.pi)
        return np.where(np.isfinite(z), np.exp(log_density - log_mass), 0.0)


def _times(z: FloatArray, ratio: FloatArray) -> FloatArray:
    return np.where(np.isfinite(z), z, 0.0) * ratio
