r"""Curves and quantiles of new cases, with bands that carry the uncertainty of the parameters.

Bands are Wald intervals of the delta method (with the prior, where there is one: of the posterior's
normal approximation), for one case and one time at a time, conditional on the family. A survival's
band is symmetric on the scale :math:`\log(-\log S)`, a quantile's on the scale of log months.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from forecast.errors import DataError
from forecast.survival import terms
from forecast.survival.aft import AFTFit
from forecast.survival.arrays import BoolArray, FloatArray
from forecast.survival.bands import normal_quantile
from forecast.survival.curves import SurvivalCurves
from forecast.survival.family import Channels
from forecast.survival.gompertz import Gompertz
from forecast.survival.jets import ZERO, Jets
from forecast.survival.terms import Layout

_BISECTIONS = 10
_NEWTON_STEPS = 12
_DOUBLINGS = 40


class Band(NamedTuple):
    """Estimates with pointwise limits, each (n, m)."""

    estimate: FloatArray
    lower: FloatArray
    upper: FloatArray


class _Cases:
    """New cases under a fit: their channels (n, 1) and the covariance of those, (n, c, c)."""

    def __init__(
        self, fit: AFTFit, design: npt.ArrayLike, never_design: npt.ArrayLike | None
    ) -> None:
        likelihood = fit.likelihood
        x = _columns(design, likelihood.design.shape[1], "design")
        designs = [x, *(np.ones((len(x), 1)) for _ in fit.family.parameters)]
        if likelihood.layout.never:
            width = likelihood.never_design.shape[1]
            if never_design is None and width > 1:
                raise DataError("The never share has covariates: give its design as well.")
            given = np.ones((len(x), 1)) if never_design is None else never_design
            designs.append(_columns(given, width, "never share's design"))
        if len({len(part) for part in designs}) != 1:
            raise DataError("The two designs must have one row for each case.")
        # Whether an attempt that never concludes is ended does not change when others conclude.
        self.layout = Layout(fit.family, likelihood.layout.never)
        slices = likelihood.slices[: len(designs)]
        self.channels: Channels = tuple(
            (part @ fit.theta[s])[:, np.newaxis] for part, s in zip(designs, slices, strict=True)
        )
        self.covariance = np.empty((len(x), len(designs), len(designs)))
        for i, (left, s) in enumerate(zip(designs, slices, strict=True)):
            for j, (right, t) in enumerate(zip(designs, slices, strict=True)):
                self.covariance[:, i, j] = np.sum((left @ fit.covariance[s, t]) * right, axis=1)

    def __len__(self) -> int:
        return len(self.covariance)

    @property
    def never(self) -> FloatArray:
        """Share that never concludes, (n,): the never share, or a Gompertz's of negative shape."""
        if self.layout.never:
            share: FloatArray = expit(self.channels[self.layout.kappa][:, 0])
            return share
        if not isinstance(self.layout.family, Gompertz):
            return np.zeros(len(self))
        eta, shape = self.channels[0][:, 0], self.channels[1][:, 0]
        negative = shape < 0
        total = np.exp(np.minimum(-eta - np.log(np.where(negative, -shape, 1.0)), 700.0))
        return np.where(negative, np.exp(-total), 0.0)

    def log_survival(self, log_time: FloatArray) -> Jets:
        """Log of P(T > t), the never share included, (n, m)."""
        evaluate = terms.lasts if self.layout.never else terms.survival
        return evaluate(self.layout, self.channels, log_time, log_time)

    def slope(self, log_time: FloatArray, log_survival: FloatArray) -> FloatArray:
        """Return the derivative of the log-survival in log time, (n, m): negative."""
        density = terms.density(self.layout, self.channels, log_time, log_time).value
        if self.layout.never:
            kappa = self.channels[self.layout.kappa]
            density = density + np.log(expit(-kappa))
        return -np.exp(density - log_survival)

    def standard_error(
        self, gradient: tuple[FloatArray, ...], shape: tuple[int, ...]
    ) -> FloatArray:
        """Return the standard error of a function with this gradient in the channels, (n, m)."""
        parts = [np.broadcast_to(part, shape) for part in gradient]
        total = np.zeros(shape)
        for i, left in enumerate(parts):
            for j, right in enumerate(parts):
                total += left * right * self.covariance[:, i, j][:, np.newaxis]
        error: FloatArray = np.sqrt(np.maximum(total, 0.0))
        return error


def predicted_curves(
    fit: AFTFit,
    design: npt.ArrayLike,
    times: npt.ArrayLike,
    *,
    never_design: npt.ArrayLike | None = None,
) -> SurvivalCurves:
    """Survival curves of new cases at the estimates.

    Parameters
    ----------
    fit : AFTFit
    design : (n, p) array_like
        Covariates as in the fit.
    times : (m,) array_like
        Knots in months, rising from 0.
    never_design : (n, r) array_like, optional
        Covariates of the never share where it has any.
    """
    cases, grid = _Cases(fit, design, never_design), _knots(times)
    with np.errstate(over="ignore", under="ignore"):
        later = np.exp(cases.log_survival(np.log(grid[1:])).value)
    never = cases.never
    survival = np.column_stack([np.ones(len(cases)), np.maximum(later, never[:, np.newaxis])])
    return SurvivalCurves(grid, survival, never, "log-linear")


def survival_band(
    fit: AFTFit,
    design: npt.ArrayLike,
    times: npt.ArrayLike,
    level: float = 0.95,
    *,
    never_design: npt.ArrayLike | None = None,
) -> Band:
    r"""Survival of new cases with pointwise limits that carry the parameters' uncertainty.

    .. math:: S^{\exp(\pm z\, \mathrm{se}(\log S) / |\log S|)}

    Parameters
    ----------
    fit, design, never_design
        As in `predicted_curves`.
    times : (m,) array_like
        Months, not negative.
    level : float
        Coverage.

    Returns
    -------
    Band of (n, m) arrays
    """
    cases, grid = _Cases(fit, design, never_design), np.asarray(times, dtype=np.float64)
    if grid.ndim != 1 or not np.isfinite(grid).all() or (grid < 0).any():
        raise DataError("Times must be finite, not negative and one-dimensional.")
    width = normal_quantile(level)
    started = grid > 0
    shape = (len(cases), int(started.sum()))
    bounds = [np.ones((len(cases), len(grid))) for _ in Band._fields]
    with np.errstate(over="ignore", under="ignore"):
        jets = cases.log_survival(np.log(grid[started]))
        hazard = -np.broadcast_to(jets.value, shape)
        error = cases.standard_error(jets.first, shape)
        reach = width * error / np.where(hazard > 0, hazard, 1.0)
        for bound, factor in zip(
            bounds, (np.ones(shape), np.exp(reach), np.exp(-reach)), strict=True
        ):
            # 0 times infinity: no hazard yet.
            bound[:, started] = np.exp(-np.where(hazard > 0, hazard * factor, 0.0))
    return Band(*bounds)


def quantile_band(
    fit: AFTFit,
    design: npt.ArrayLike,
    probabilities: npt.ArrayLike,
    level: float = 0.95,
    *,
    never_design: npt.ArrayLike | None = None,
) -> Band:
    r"""Months by which each case has concluded with the given probabilities, with limits.

    With :math:`\log S(y, c)` of log time y and channels c, :math:`\partial y / \partial c =
    -(\partial_c \log S) / (\partial_y \log S)`. A quantile beyond what ever concludes is infinite,
    and so are its limits.

    Parameters
    ----------
    fit, design, level, never_design
        As in `survival_band`.
    probabilities : (k,) array_like
        Between 0 and 1.

    Returns
    -------
    Band of (n, k) arrays
    """
    cases = _Cases(fit, design, never_design)
    p = np.asarray(probabilities, dtype=np.float64)
    if p.ndim != 1 or not ((p > 0) & (p < 1)).all():
        raise DataError("Probabilities must lie between 0 and 1.")
    width, shape = normal_quantile(level), (len(cases), len(p))
    reached = p < 1.0 - cases.never[:, np.newaxis]
    with np.errstate(over="ignore", under="ignore", divide="ignore"):
        log_time = _invert(cases, np.broadcast_to(np.log1p(-p), shape), reached)
        jets = cases.log_survival(log_time)
        slope = cases.slope(log_time, jets.value)
        gradient = tuple(ZERO if part is ZERO else -part / slope for part in jets.first)
        reach = width * cases.standard_error(gradient, shape)
        limits = (log_time, log_time - reach, log_time + reach)
        return Band(*(np.where(reached, np.exp(part), np.inf) for part in limits))


def _invert(cases: _Cases, targets: FloatArray, reached: BoolArray) -> FloatArray:
    """Log times at which the log-survival meets the targets, (n, k).

    Bisection, then Newton's steps within the bracket on the log of the cumulative hazard, which is
    nearly linear in log time.
    """
    start = np.broadcast_to(cases.channels[0], targets.shape)
    below, above = start - 1.0, start + 1.0
    for _ in range(_DOUBLINGS):
        early = cases.log_survival(below).value < targets
        late = (cases.log_survival(above).value > targets) & reached
        if not (early.any() or late.any()):
            break
        below = np.where(early, start - 2.0 * (start - below), below)
        above = np.where(late, start + 2.0 * (above - start), above)
    for _ in range(_BISECTIONS):
        middle = 0.5 * (below + above)
        survives = cases.log_survival(middle).value > targets
        below, above = np.where(survives, middle, below), np.where(survives, above, middle)
    log_time = 0.5 * (below + above)
    for _ in range(_NEWTON_STEPS):
        value = cases.log_survival(log_time).value
        rate = cases.slope(log_time, value) / value
        step = (np.log(-targets) - np.log(-value)) / rate
        moved = np.where(np.isfinite(step), log_time + step, log_time)
        log_time = np.clip(moved, below, above)
    return log_time


def _columns(design: npt.ArrayLike, width: int, name: str) -> FloatArray:
    x = np.asarray(design, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != width or not np.isfinite(x).all():
        raise DataError(f"The {name} must have {width} columns of finite numbers, as in the fit.")
    return x


def _knots(times: npt.ArrayLike) -> FloatArray:
    grid = np.asarray(times, dtype=np.float64)
    if grid.ndim != 1 or len(grid) < 2 or grid[0] != 0:
        raise DataError("The knots of a curve rise from 0.")
    return grid
