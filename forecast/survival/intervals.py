"""Confidence intervals of parameters: Wald's, and by the profile of the likelihood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.special import ndtri

from forecast.errors import ConvergenceError, DataError
from forecast.inference.newton import minimise
from forecast.survival.aft import AFTFit
from forecast.survival.arrays import FloatArray

_TOLERANCE = 1e-8
_MAX_STEPS = 40
_FURTHEST = 1e3


def wald_intervals(fit: AFTFit, level: float = 0.95) -> FloatArray:
    """Estimate plus and minus a normal quantile of standard errors, (k, 2), for all parameters."""
    reach = _quantile(level) * fit.standard_errors
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
    index, width = fit.index(name), _quantile(level)
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
    """Value on one side of the centre at which the root reaches the width."""
    inside, outside = (0.0, 0.0), (np.inf, np.inf)
    distance = width
    for _ in range(_MAX_STEPS):
        try:
            height = root(centre + distance * error)
        except ConvergenceError:
            height = np.inf
        if abs(height - width) <= _TOLERANCE * width:
            return centre + distance * error
        if height < width:
            inside = (distance, height)
        else:
            outside = (distance, height)
        if np.isinf(outside[0]):
            distance *= 2.0
            if distance > _FURTHEST:
                return float(np.copysign(np.inf, error))
        else:
            distance = _between(inside, outside, width)
    return centre + distance * error


def _between(inside: tuple[float, float], outside: tuple[float, float], width: float) -> float:
    """Next distance to try: linear interpolation, or the middle where a height is infinite."""
    if np.isinf(outside[1]):
        return 0.5 * (inside[0] + outside[0])
    share = (width - inside[1]) / (outside[1] - inside[1])
    return inside[0] + min(max(share, 0.01), 0.99) * (outside[0] - inside[0])


def _quantile(level: float) -> float:
    if not 0 < level < 1:
        raise DataError(f"A level lies between 0 and 1; it is {level:g}.")
    return float(ndtri(0.5 + 0.5 * level))
