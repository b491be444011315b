"""Newton's method for smooth functions of a few parameters, with an honest account of failure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from forecast.errors import ConvergenceError

FloatArray = npt.NDArray[np.float64]
Value = TypeVar("Value", float, FloatArray)
Objective = Callable[[FloatArray], tuple[float, FloatArray, FloatArray]]

# Eigenvalues of the Hessian, scaled to a unit diagonal, below this count as flat.
FLAT = 1e-10
# At a regular minimum the decrement falls quadratically; on the way to infinity, by 1/e a step.
REGULAR_FALL = 0.1
_SUFFICIENT_DECREASE = 1e-4
_MAX_HALVINGS = 60

_ADVICE = "add a prior (penalty) on it, drop it, or bring more cases"


@dataclass(frozen=True, eq=False)
class NewtonResult:
    """A minimum.

    Attributes
    ----------
    x : (p,) array
        The point.
    value : float
        Objective at `x`.
    gradient : (p,) array
        Gradient at `x`.
    hessian : (p, p) array
        Hessian at `x`, positive definite.
    iterations : int
        Newton steps taken.
    """

    x: FloatArray
    value: float
    gradient: FloatArray
    hessian: FloatArray
    iterations: int

    def inverse_hessian(self) -> FloatArray:
        """Inverse of the Hessian, (p, p): the covariance where a minus log-density is minimised."""
        scale = np.sqrt(np.diag(self.hessian))
        outer = np.outer(scale, scale)
        inverse = np.linalg.inv(self.hessian / outer) / outer
        symmetric: FloatArray = (inverse + inverse.T) / 2
        return symmetric


def minimise(
    objective: Objective,
    start: npt.ArrayLike,
    names: Sequence[str],
    *,
    tolerance: float = 1e-10,
    max_iterations: int = 100,
) -> NewtonResult:
    r"""Minimise a smooth function by Newton's method with a line search.

    Each step solves :math:`H d = -g` in coordinates that give :math:`H` a unit diagonal, with the
    eigenvalues replaced by their absolute values and bounded from below, so that `d` goes downhill
    where :math:`H` is not positive definite. The step is halved until the objective falls enough
    (Armijo). The search stops when the Newton decrement :math:`g'H^{-1}g/2`, the fall that the
    quadratic model still promises, is at most `tolerance`; it does not depend on the units of the
    parameters. One more step is then taken. At a regular minimum it shrinks the decrement
    quadratically. Where it does not, the objective only levels off on the way to infinity (as under
    separation), and that is an error and not a result.

    Parameters
    ----------
    objective : callable
        ``objective(theta) -> (value, gradient, hessian)`` with shapes (), (p,) and (p, p).
        A value that is not finite marks a point outside the domain; it must be finite at `start`.
    start : (p,) array_like
        Where to begin.
    names : sequence of str
        Names of the parameters, for messages.
    tolerance : float
        Newton decrement at which to stop, in units of the objective.
    max_iterations : int
        Steps after which to give up.

    Returns
    -------
    NewtonResult

    Raises
    ------
    ConvergenceError
        If no minimum is found; it names the parameter that ran away or that nothing determines.

    References
    ----------
    Boyd and Vandenberghe (2004), Convex Optimization, section 9.5 (decrement and line search).
    Nocedal and Wright (2006), Numerical Optimization, section 3.4 (modified Hessians).
    """
    point = _evaluate(objective, np.array(start, dtype=np.float64))
    if not point.is_finite():
        raise ConvergenceError("The fit cannot begin: its objective is not finite at the start.")
    search = _Search(point, tuple(names))
    for iteration in range(1, max_iterations + 1):
        local = _quadratic_model(point)
        if local.decrement <= tolerance:
            last = _evaluate(objective, point.x + local.step)
            search.check(local, point, last)
            if last.is_finite() and last.value <= point.value + noise(point.value):
                point = last
            return NewtonResult(point.x, point.value, point.gradient, point.hessian, iteration)
        point = search.line(objective, point, local)
    raise search.runaway(point, f"after {max_iterations} Newton steps there is still no optimum")


@dataclass(frozen=True, eq=False)
class _Point:
    x: FloatArray
    value: float
    gradient: FloatArray
    hessian: FloatArray

    def is_finite(self) -> bool:
        return bool(
            np.isfinite(self.value)
            and np.isfinite(self.gradient).all()
            and np.isfinite(self.hessian).all()
        )


@dataclass(frozen=True, eq=False)
class _QuadraticModel:
    step: FloatArray
    decrement: float
    flattest: float  # smallest eigenvalue of the Hessian scaled to a unit diagonal
    flattest_direction: FloatArray  # in the scaled coordinates


def _evaluate(objective: Objective, x: FloatArray) -> _Point:
    # A trial point may lie so far out that the objective overflows. It is then not finite and is
    # refused by the line search, so that the overflow itself is no news.
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        value, gradient, hessian = objective(x)
    return _Point(x, float(value), gradient, hessian)


def noise(value: Value) -> Value:
    """Bound the rounding error of an objective of this size."""
    return 1e-13 * (1.0 + abs(value))


def rounding(value: Value) -> Value:
    """Bound the decrement that rounding errors of the gradient leave at a minimum of this size."""
    return 1e-20 + 1e-30 * abs(value)


def _unit_diagonal(hessian: FloatArray) -> FloatArray:
    """Scale of each parameter: square root of the absolute curvature, 1 where there is none."""
    curvature = np.abs(np.diag(hessian))
    return np.sqrt(np.where(curvature > 0, curvature, 1.0))


def _quadratic_model(point: _Point) -> _QuadraticModel:
    scale = _unit_diagonal(point.hessian)
    values, vectors = np.linalg.eigh(point.hessian / np.outer(scale, scale))
    slope = vectors.T @ (point.gradient / scale)
    curvature = np.maximum(np.abs(values), FLAT)
    step = -(vectors @ (slope / curvature)) / scale
    decrement = 0.5 * float(slope @ (slope / curvature))
    return _QuadraticModel(step, decrement, float(values[0]), vectors[:, 0])


class _Search:
    """Line search and diagnosis of one minimisation."""

    def __init__(self, start: _Point, names: tuple[str, ...]) -> None:
        self._start = start.x
        self._scale = _unit_diagonal(start.hessian)
        self._names = names

    def line(self, objective: Objective, point: _Point, local: _QuadraticModel) -> _Point:
        """Return the first of the halved steps that lowers the objective enough."""
        slope = -2.0 * local.decrement
        length = 1.0
        for _ in range(_MAX_HALVINGS):
            trial = _evaluate(objective, point.x + length * local.step)
            enough = point.value + _SUFFICIENT_DECREASE * length * slope + noise(point.value)
            if trial.is_finite() and trial.value <= enough:
                return trial
            length /= 2
        raise self.runaway(point, "no step lowers the objective any further")

    def check(self, local: _QuadraticModel, point: _Point, last: _Point) -> None:
        """Raise unless `point` is a regular minimum, `last` being one more step on."""
        if local.flattest <= FLAT:
            name = self._names[int(np.argmax(np.abs(local.flattest_direction)))]
            raise ConvergenceError(
                f"The fit has no single optimum: the cases do not determine {name!r}, alone or "
                f"against other parameters; {_ADVICE}."
            )
        least = rounding(point.value)
        if local.decrement <= least or not last.is_finite():
            return
        if _quadratic_model(last).decrement > max(REGULAR_FALL * local.decrement, least):
            raise self.runaway(last, "the fit keeps improving on the way to infinity")

    def runaway(self, point: _Point, what: str) -> ConvergenceError:
        """Error that names the parameter that moved furthest, in units of its first curvature."""
        k = int(np.argmax(np.abs(point.x - self._start) * self._scale))
        return ConvergenceError(
            f"The fit does not converge: {what}; the parameter that ran away is "
            f"{self._names[k]!r} (now {point.x[k]:.6g}); {_ADVICE}."
        )
