"""Where Newton's method begins: near enough that a handful of steps suffice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from forecast.errors import ConvergenceError
from forecast.inference.newton import NewtonResult, minimise
from forecast.survival.arrays import FloatArray
from forecast.survival.durations import CONCLUDED, ENDED_WITHOUT
from forecast.survival.families import get_family
from forecast.survival.family import Family, LocationScale
from forecast.survival.generalised_gamma import GeneralisedGamma
from forecast.survival.likelihood import CensoredLikelihood

_SMALLEST_SCALE = 0.1
# From so many rows on, a fit begins at the estimate of every few rows.
_MANY_ROWS = 8_000
_FEW_ROWS = 2_000
_NEVER_RANGE = (0.05, 0.5)


def fit_from_best_start(likelihood: CensoredLikelihood, names: Sequence[str]) -> NewtonResult:
    """Maximise the posterior.

    A family with a shape begins at the best of its special cases, so that it cannot end below
    them: a generalised gamma at the log-normal (q = 0) or Weibull (q = 1) fit, and, should it find
    no maximum from there, at the other; a Gompertz at the exponential fit.

    Raises
    ------
    ConvergenceError
        If there is no maximum.
    """
    family = likelihood.family
    if isinstance(family, LocationScale):
        return minimise(likelihood.objective, _leaf_start(likelihood, names), names)
    special = [("exponential", 0.0)]
    if isinstance(family, GeneralisedGamma):
        special = [("lognormal", 0.0), ("weibull", 1.0)]
    starts = [_from_special_case(likelihood, names, *case) for case in special]
    found = [start for start in starts if start is not None]
    if not found:
        return minimise(likelihood.objective, _bare_start(likelihood), names)
    found.sort(key=lambda start: start[0])
    for _, start in found[:-1]:
        try:
            return minimise(likelihood.objective, start, names)
        except ConvergenceError:
            continue
    return minimise(likelihood.objective, found[-1][1], names)


def _from_special_case(
    likelihood: CensoredLikelihood, names: Sequence[str], family: str, shape: float
) -> tuple[float, FloatArray] | None:
    """Objective and parameters at a special case's fit; None where that has no maximum."""
    inner = likelihood.with_family(get_family(family))
    at = likelihood.slices[likelihood.layout.own - 1].start
    labels = [*names[:at], *names[at + 1 :]]
    try:
        fit = minimise(inner.objective, _leaf_start(inner, labels), labels)
    except ConvergenceError:
        return None
    start = np.insert(fit.x, at, shape)
    return likelihood.objective(start)[0], start


def _leaf_start(likelihood: CensoredLikelihood, names: Sequence[str]) -> FloatArray:
    """Start of a location-scale family: on many rows the estimate of every few of them."""
    rows = len(likelihood.y)
    if rows >= _MANY_ROWS:
        try:
            some = likelihood.every(rows // _FEW_ROWS)
            return minimise(some.objective, least_squares(some), names).x
        except ConvergenceError:
            pass
    return least_squares(likelihood)


def _bare_start(likelihood: CensoredLikelihood) -> FloatArray:
    """Start of a family with a shape where no special case has a maximum."""
    inner = likelihood.with_family(get_family(_like(likelihood.family)))
    at = likelihood.slices[likelihood.layout.own - 1].start
    return np.insert(least_squares(inner), at, 0.0)


def _like(family: Family) -> str:
    return "lognormal" if isinstance(family, GeneralisedGamma) else "exponential"


def least_squares(likelihood: CensoredLikelihood) -> FloatArray:
    """Least squares on the logs of interval midpoints, under the prior.

    Open rows count at their age; where there is a never share, not at all, for many of them may
    never conclude.
    """
    family, prior, x, y = likelihood.family, likelihood.prior, likelihood.design, likelihood.y
    columns = x.shape[1]
    middle = np.where(np.isinf(y["upper"]), y["lower"], 0.5 * y["lower"] + 0.5 * y["upper"])
    known = middle > 0
    concluded = y["cause"] == CONCLUDED
    if likelihood.layout.never:
        known &= concluded
    w = np.where(known, likelihood.weights, 0.0)
    log_time = np.log(np.where(known, middle, 1.0))
    mean, precision = prior.mean[:columns], prior.precision[:columns]
    normal = (x * w[:, np.newaxis]).T @ x + np.diag(precision)
    beta = np.linalg.lstsq(normal, x.T @ (w * log_time) + precision * mean, rcond=None)[0]
    start = np.asarray(beta, dtype=np.float64)
    if isinstance(family, LocationScale) and family.fixed_scale is None:
        residual = log_time - x @ beta
        spread = np.sqrt(w @ residual**2 / max(w.sum(), 1e-300)) / family.error_sd
        start = np.append(start, np.log(max(float(spread), _SMALLEST_SCALE)))
    return np.concatenate([start, _never_start(likelihood)])


def _never_start(likelihood: CensoredLikelihood) -> FloatArray:
    """Half the share of rows that did not conclude, for all; ends over the months to them."""
    layout, y, w = likelihood.layout, likelihood.y, likelihood.weights
    if not layout.never:
        return np.empty(0)
    total = max(float(w.sum()), 1e-300)
    waiting = y["cause"] != CONCLUDED
    share = float(np.clip(0.5 * float(w @ waiting) / total, *_NEVER_RANGE))
    part = likelihood.slices[layout.kappa]
    z = likelihood.never_design
    level = np.full(len(z), np.log(share / (1.0 - share)))
    gamma = np.linalg.lstsq(z, level, rcond=None)[0]
    prior = likelihood.prior
    held = prior.precision[part] > 0
    gamma = np.where(held, prior.mean[part], gamma)
    if not layout.ends:
        return np.asarray(gamma)
    ended = (y["cause"] == ENDED_WITHOUT) * w
    months = float((w * waiting) @ y["lower"])
    rate = np.log(max(float(ended.sum()), 0.5)) - np.log(max(months, 1e-300))
    if prior.precision[-1] > 0:
        rate = prior.mean[-1]
    return np.append(gamma, rate)
