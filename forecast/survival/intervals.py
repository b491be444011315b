"""Confidence intervals of parameters: Wald's, and by the profile of the likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecast.errors import ConvergenceError
from forecast.inference.newton import minimise
from forecast.survival.aft import AFTFit
from forecast.survival.arrays import FloatArray
from forecast.survival.bands import normal_quantile

_TOLERANCE = 1e-7
_MAX_STEPS = 40
_FURTHEST = 1e3


def wald_intervals(fit: AFTFit, level: float = 0.95) -> FloatArray:
    """Estimate plus and minus a normal quantile of standard errors, (k, 2), for all parameters."""
    reach = normal_quantile(level) * fit.standard_errors
    return np.column_stack([fit.theta - reach, fit.theta + reach])


def profile_interval(fit: AFTFit, name: str, level: float = 0.95) -> tuple[float, float]:
    r"""Values of a parameter that a likelihood-ratio test does not reject.

    The limits are where the signed root :math:`\pm\sqrt{2 (\ell(\hat\theta) - \ell_p(v))}` of the
    profile log-posterior :math:`\ell_p` (the best for all other parameters at value v) meets the
    normal quantile. It is nearly linear in v, so that a secant takes a few fits. A profile that
    levels off before has no limit on that side: it is infinite.

    Parameters
    ----------
    fit : AFTFit
    name : str
        The parameter.
    level : float
        Coverage.

    Raises
    ------
    DataError
        If there is no such parameter.

    References
    ----------
    Venzon and Moolgavkar (1988), doi:10.2307/2347496.
    """
    index, width = fit.index(name), normal_quantile(level)
    lower, upper = (
        _limit(
            _signed_root(fit, index),
            float(fit.theta[index]),
            side * fit.standard_errors[index],
            width,
        )
        for side in (-1.0, 1.0)
    )
    return lower, upper


def _signed_root(fit: AFTFit, index: int) -> Callable[[float], float]:
    """Root of twice the fall of the profile log-posterior, of one value of the parameter."""
    likelihood = fit.likelihood
    others = np.arange(len(fit.theta)) != index
    labels = [name for name, kept in zip(fit.names, others, strict=True) if kept]
    best = likelihood.log_posterior(fit.theta)[0]
    # How the others move with the parameter, to first order.
    along = fit.covariance[:, index] / fit.covariance[index, index]
    last = [fit.theta]

    def root(value: float) -> float:
        start = last[0] + along * (value - last[0][index])
        start[index] = value

        def objective(part: FloatArray) -> tuple[float, FloatArray, FloatArray]:
            theta = start.copy()
            theta[others] = part
            found, gradient, hessian = likelihood.objective(theta)
            return found, gradient[others], hessian[np.ix_(others, others)]

        if not others.any():
            return float(np.sqrt(max(2.0 * (best - likelihood.log_posterior(start)[0]), 0.0)))
        found = minimise(objective, start[others], labels)
        theta = start.copy()
        theta[others] = found.x
        last[0] = theta
        return float(np.sqrt(max(2.0 * (best + found.value), 0.0)))

    return root


def _limit(root: Callable[[float], float], centre: float, error: float, width: float) -> float:
    """Value on one side of the centre at which the root reaches the width, by secants."""
    before, inside, outside = (0.0, 0.0), 0.0, np.inf
    distance = width
    for _ in range(_MAX_STEPS):
        try:
            height = root(centre + distance * error)
        except ConvergenceError:
            height = np.inf
        if abs(height - width) <= _TOLERANCE * width:
            break
        inside, outside = (
            (distance, outside) if height < width else (inside, min(distance, outside))
        )
        if inside > _FURTHEST and np.isinf(outside):
            return float(np.copysign(np.inf, error))
        ahead = _secant(before, (distance, height), width)
        before = (distance, height)
        if np.isinf(outside):
            distance = float(np.clip(ahead, 1.02 * inside, 2.0 * inside))
        else:
            distance = ahead if inside < ahead < outside else 0.5 * (inside + outside)
    return centre + distance * error


def _secant(before: tuple[float, float], here: tuple[float, float], width: float) -> float:
    """Where the line through two points reaches the width; infinite where there is none."""
    if not np.isfinite([before[1], here[1]]).all() or here[1] == before[1]:
        return np.inf
    slope = (here[1] - before[1]) / (here[0] - before[0])
    return here[0] + (width - here[1]) / slope if slope > 0 else np.inf
