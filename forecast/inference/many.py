"""Newton's method for many problems of one kind at once, such as refits under other weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import ConvergenceError
from forecast.inference.newton import FLAT, REGULAR_FALL, minimise, noise, rounding

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
Evaluation = tuple[FloatArray, FloatArray, FloatArray]
ManyObjective = Callable[[FloatArray, IntArray], Evaluation]

_MAX_STEPS = 25
_MAX_HALVINGS = 8
_SUFFICIENT_DECREASE = 1e-4


@dataclass(frozen=True, eq=False)
class ManyResult:
    """Minima of b problems.

    Attributes
    ----------
    x : (b, p) array
        The points; NaN where there is no minimum.
    values : (b,) array
        Objectives at `x`.
    gradients : (b, p) array
        Gradients at `x`.
    hessians : (b, p, p) array
        Hessians at `x`.
    failures : dict of int to str
        Problems without a minimum, with the sentence that says why.
    """

    x: FloatArray
    values: FloatArray
    gradients: FloatArray
    hessians: FloatArray
    failures: dict[int, str]

    @property
    def converged(self) -> npt.NDArray[np.bool_]:
        """Which problems have a minimum, (b,)."""
        found: npt.NDArray[np.bool_] = np.isfinite(self.values)
        return found

    def inverse_hessians(self) -> FloatArray:
        """Inverse Hessians, (b, p, p); NaN where there is no minimum."""
        inverse = np.full_like(self.hessians, np.nan)
        found = self.converged
        scale = np.sqrt(np.diagonal(self.hessians[found], axis1=1, axis2=2))
        outer = scale[:, :, np.newaxis] * scale[:, np.newaxis, :]
        inverse[found] = np.linalg.inv(self.hessians[found] / outer) / outer
        return inverse


def minimise_many(
    objective: ManyObjective,
    starts: npt.ArrayLike,
    names: Sequence[str],
    *,
    tolerance: float = 1e-10,
) -> ManyResult:
    """Minimise many smooth functions, each to the same standard as `minimise`.

    All problems take their Newton steps together, halved where the objective does not fall enough;
    those that are done drop out. One that meets a Hessian that is not positive definite, a step
    that does not help, or a minimum that is not regular is handed to `minimise`, from its start:
    that finds the minimum by a more careful walk or says what ran away.

    Parameters
    ----------
    objective : callable
        ``objective(theta, which) -> (values, gradients, hessians)`` of the problems `which`, (a,),
        at theta (a, p): shapes (a,), (a, p) and (a, p, p).
    starts : (b, p) array_like
        Where to begin.
    names : sequence of str
        Names of the parameters, for messages.
    tolerance : float
        Newton decrement at which to stop.
    """
    walk = _Walk(objective, np.array(starts, dtype=np.float64), tolerance)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        hard = walk.run()
    failures: dict[int, str] = {}
    for index in hard:
        try:
            walk.redo(int(index), names)
        except ConvergenceError as error:
            failures[int(index)] = str(error)
    return ManyResult(walk.x, walk.values, walk.gradients, walk.hessians, failures)


class _Walk:
    """State of the problems: points and what the objective says there."""

    def __init__(self, objective: ManyObjective, x: FloatArray, tolerance: float) -> None:
        many, size = x.shape
        self._objective, self._tolerance = objective, tolerance
        self._starts = x
        self.x = x.copy()
        self.values = np.full(many, np.nan)
        self.gradients = np.full((many, size), np.nan)
        self.hessians = np.full((many, size, size), np.nan)

    def run(self) -> IntArray:
        """Walk all problems; return those that need more care, set to NaN."""
        active = np.arange(len(self.x))
        self._keep(active, self.x, self._objective(self.x, active))
        hard = [active[~self._finite(active)]]
        active = active[self._finite(active)]
        for _ in range(_MAX_STEPS):
            if not len(active):
                break
            steps, decrements = _steps(self.gradients[active], self.hessians[active])
            downhill = decrements >= 0
            near = downhill & (decrements <= self._tolerance)
            hard.append(active[~downhill])
            hard.append(self._finish(active[near], steps[near], decrements[near]))
            far = downhill & ~near
            stuck = self._line(active[far], steps[far], decrements[far])
            hard.append(active[far][stuck])
            active = active[far][~stuck]
        hard.append(active)
        difficult = np.concatenate(hard)
        self.x[difficult] = self.values[difficult] = np.nan
        return difficult

    def redo(self, index: int, names: Sequence[str]) -> None:
        """Minimise one problem with care."""
        which = np.array([index])

        def one(theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
            values, gradients, hessians = self._objective(theta[np.newaxis], which)
            return float(values[0]), gradients[0], hessians[0]

        found = minimise(one, self._starts[index], names, tolerance=self._tolerance)
        self.x[index], self.values[index] = found.x, found.value
        self.gradients[index], self.hessians[index] = found.gradient, found.hessian

    def _line(
        self, active: IntArray, steps: FloatArray, decrements: FloatArray
    ) -> npt.NDArray[np.bool_]:
        """Take halved steps that lower the objectives enough; return which found none."""
        waiting = np.ones(len(active), dtype=bool)
        length = 1.0
        for _ in range(_MAX_HALVINGS):
            if not waiting.any():
                break
            here = active[waiting]
            trial = self.x[here] + length * steps[waiting]
            found = self._objective(trial, here)
            bound = self.values[here] - 2 * _SUFFICIENT_DECREASE * length * decrements[waiting]
            good = _all_finite(found) & (found[0] <= bound + noise(self.values[here]))
            self._keep(here[good], trial[good], tuple(part[good] for part in found))
            waiting[np.flatnonzero(waiting)[good]] = False
            length /= 2
        return waiting

    def _finish(self, done: IntArray, steps: FloatArray, decrements: FloatArray) -> IntArray:
        """Take one more step; return the problems whose minimum is not regular."""
        if not len(done):
            return done
        trial = self.x[done] + steps
        found = self._objective(trial, done)
        _, after = _steps(found[1], found[2])
        least = rounding(self.values[done])
        regular = (decrements <= least) | (after <= np.maximum(REGULAR_FALL * decrements, least))
        good = _all_finite(found) & (found[0] <= self.values[done] + noise(self.values[done]))
        self._keep(done[good], trial[good], tuple(part[good] for part in found))
        regular &= _flattest(self.hessians[done]) > FLAT
        irregular: IntArray = done[~regular]
        return irregular

    def _keep(
        self, which: IntArray, x: FloatArray, found: Evaluation | tuple[FloatArray, ...]
    ) -> None:
        self.x[which], self.values[which] = x, found[0]
        self.gradients[which], self.hessians[which] = found[1], found[2]

    def _finite(self, which: IntArray) -> npt.NDArray[np.bool_]:
        return _all_finite((self.values[which], self.gradients[which], self.hessians[which]))


def _all_finite(found: Evaluation) -> npt.NDArray[np.bool_]:
    values, gradients, hessians = found
    finite: npt.NDArray[np.bool_] = (
        np.isfinite(values)
        & np.isfinite(gradients).all(axis=1)
        & np.isfinite(hessians).all(axis=(1, 2))
    )
    return finite


def _scaled(hessians: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Hessians with unit diagonals, and the scale of each parameter."""
    curvature = np.abs(np.diagonal(hessians, axis1=1, axis2=2))
    scale = np.sqrt(np.where(curvature > 0, curvature, 1.0))
    return hessians / (scale[:, :, np.newaxis] * scale[:, np.newaxis, :]), scale


def _steps(gradients: FloatArray, hessians: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Newton steps (a, p) and decrements (a,); -1 where a Hessian cannot be solved."""
    scaled, scale = _scaled(hessians)
    slopes = gradients / scale
    try:
        steps = -np.linalg.solve(scaled, slopes[..., np.newaxis])[..., 0]
    except np.linalg.LinAlgError:
        return np.zeros_like(gradients), np.full(len(gradients), -1.0)
    decrements = -0.5 * np.einsum("ij,ij->i", slopes, steps)
    return steps / scale, np.where(np.isfinite(decrements), decrements, -1.0)


def _flattest(hessians: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.eigvalsh(_scaled(hessians)[0])[:, 0], dtype=np.float64)
