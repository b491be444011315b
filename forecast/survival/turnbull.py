r"""Turnbull's non-parametric maximum likelihood estimate under interval censoring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.survival.arrays import FloatArray, IntArray
from forecast.survival.curves import SurvivalCurves
from forecast.survival.turnbull_support import Support

_FIRST_STEPS = 10
_MAX_STEPS = 500
_SUFFICIENT_INCREASE = 1e-4
_MAX_HALVINGS = 40
# Relative rounding error of the log-likelihood.
_ROUNDING = 1e-13
# Share of a level's curvature that is added to it where a level has next to none.
_RIDGE = 1e-13


@dataclass(frozen=True, eq=False)
class TurnbullFit:
    r"""Masses on intervals, and the proof that no others are more likely.

    The likelihood says at most how much mass an interval (lower, upper] has, not where in it.
    The convention here: it lies at the interval's end, so that `curve` is the highest of the
    survival curves with this likelihood, and is exact at every upper end. Where an interval is
    unbounded, its mass lies beyond all data. There are no confidence bands: the estimate converges
    more slowly than root n and not to a normal distribution.

    Attributes
    ----------
    lower, upper : (j,) arrays
        Intervals that may carry mass, in rising order; exact times where the two are equal.
    mass : (j,) array
        Their probabilities, which sum to 1; 0 for many.
    reduced_gradients : (j,) array
        Derivative of the mean log-likelihood when mass moves to interval j from everywhere,
        :math:`\sum_i w_i [1(j \in A_i) / P(A_i) - 1(j > v_i) / P(T > v_i)] / \sum_i w_i`. At a
        maximum it is at most 0, and 0 where there is mass.
    gap : float
        Largest reduced gradient: no estimate has a mean log-likelihood higher by more than this
        (without delayed entry; with it, to first order).
    loglik : float
        Weighted log-likelihood.
    steps : int
        Steps taken.
    curve : SurvivalCurves
        One step curve with knots at 0 and the finite upper ends that carry mass.
    """

    lower: FloatArray
    upper: FloatArray
    mass: FloatArray
    reduced_gradients: FloatArray
    gap: float
    loglik: float
    steps: int
    curve: SurvivalCurves


def turnbull(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    tolerance: float = 1e-10,
) -> TurnbullFit:
    r"""Estimate a distribution of which each row says only that it lies in (lower, upper].

    Masses :math:`p_j \ge 0` on the innermost intervals maximise
    :math:`\sum_i w_i [\log P(A_i) - \log P(T > v_i)]` with :math:`A_i` the row's interval and
    :math:`v_i` its entry. In the increments :math:`h_j = -\log(1 - p_j / P(T \ge j))` of the
    cumulative hazard this is

    .. math::
        \sum_i w_i \Bigl[\log\bigl(1 - e^{-\sum_{j \in A_i} h_j}\bigr)
        - \sum_{v_i < j < A_i} h_j\Bigr]

    which is concave, so that every maximum is the maximum, also under delayed entry. Each step
    takes a Newton step on the cumulative hazards of the intervals that carry mass, and then one of
    the iterative convex minorant algorithm, which also gives mass to intervals that have none.

    Parameters
    ----------
    lower, upper : (n,) array_like
        Months: exact where equal, open where `upper` is infinite, else in (lower, upper].
    entry : (n,) array_like, optional
        Age from which a row was followed; default 0. A row counts from there on: `lower` is raised
        to it.
    weights : (n,) array_like, optional
        Case weights; default 1.
    tolerance : float
        Largest reduced gradient at which to stop.

    Returns
    -------
    TurnbullFit

    Raises
    ------
    DataError
        If a row contradicts itself.
    NotIdentifiedError
        If every row is open.
    ConvergenceError
        If the tolerance is not reached.

    References
    ----------
    Turnbull (1976), doi:10.1111/j.2517-6161.1976.tb01597.x. Gentleman and Geyer (1994),
    doi:10.1093/biomet/81.3.618 (optimality). Wellner and Zhan (1997),
    doi:10.1080/01621459.1997.10474044 (iterative convex minorant).
    """
    support = Support.build(*_checked(lower, upper, entry, weights)).until_nobody_is_left()
    problem = _Problem.of(support)
    hazard, steps = _maximise(problem, tolerance)
    survival = np.exp(-np.concatenate(([0.0], np.cumsum(hazard))))
    mass = np.append(-np.expm1(-hazard), 1.0) * survival
    gradients = problem.reduced_gradients(hazard)
    return TurnbullFit(
        support.lower,
        support.upper,
        mass,
        gradients,
        float(max(gradients.max(), 0.0)),
        problem.value(np.concatenate(([0.0], np.cumsum(hazard)))),
        steps,
        _curve(support, mass, survival),
    )


def _checked(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    entry: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    low, up = np.asarray(lower, dtype=np.float64), np.asarray(upper, dtype=np.float64)
    late = np.zeros(low.shape) if entry is None else np.asarray(entry, dtype=np.float64)
    w = np.ones(low.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if low.ndim != 1 or any(part.shape != low.shape for part in (up, late, w)):
        raise DataError("Lower and upper ends, entries and weights must be of one length.")
    if np.isnan(up).any() or not all(np.isfinite(part).all() for part in (low, late, w)):
        raise DataError("Lower ends, entries and weights must be finite; upper may be infinite.")
    if (w < 0).any():
        raise DataError("Case weights cannot be negative.")
    bad = (low < 0) | (late < 0) | (low > up) | (up <= late) | (up <= 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"Row {row}: an end in ({low[row]:g}, {up[row]:g}] after an entry at {late[row]:g} "
            "is impossible."
        )
    kept = w > 0
    if not np.isfinite(up[kept]).any():
        raise NotIdentifiedError("No row has ended, so there is no curve to estimate.")
    return np.maximum(low, late)[kept], up[kept], late[kept], w[kept]


def _curve(support: Support, mass: FloatArray, survival: FloatArray) -> SurvivalCurves:
    knots = np.isfinite(support.upper) & (mass > 0)
    after = survival - mass
    return SurvivalCurves(
        np.concatenate(([0.0], support.upper[knots])),
        np.concatenate(([1.0], np.maximum(after[knots], 0.0)))[np.newaxis, :],
        np.zeros(1),
        "step",
    )


@dataclass(frozen=True, eq=False)
class _Problem:
    """The concave log-likelihood of cumulative hazards at the k = 0 ... j - 1 candidates' starts.

    The last candidate takes what is left, so that its hazard is infinite and no variable.
    """

    support: Support
    outlasted: FloatArray  # (j - 1,) weight of the observations known to outlast a candidate
    first: IntArray  # observations that end before the last candidate: from this knot
    past: IntArray  # to this one
    weights: FloatArray

    @classmethod
    def of(cls, support: Support) -> _Problem:
        j = len(support.lower)
        w = support.weights
        change = _sums(support.entered, w, j + 1) - _sums(support.first, w, j + 1)
        ends = support.past < j
        return cls(
            support,
            np.cumsum(change)[: j - 1],
            support.first[ends],
            support.past[ends],
            w[ends],
        )

    def value(self, cumulative: FloatArray) -> float:
        """Log-likelihood of the cumulative hazards (j,), the first of them 0."""
        inside = cumulative[self.past] - cumulative[self.first]
        if not (inside > 0).all():
            return -np.inf
        logs = np.log(-np.expm1(-inside))
        return float(self.weights @ logs - self.outlasted @ np.diff(cumulative))

    def derivatives(self, cumulative: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Gradient (j,) in the cumulative hazards, and minus the curvature of each observation."""
        odds = 1.0 / np.expm1(cumulative[self.past] - cumulative[self.first])
        pull = self.weights * odds
        j = len(cumulative)
        gradient = _sums(self.past, pull, j) - _sums(self.first, pull, j)
        gradient[1:] -= self.outlasted
        gradient[:-1] += self.outlasted
        return gradient, pull * (1.0 + odds)

    def reduced_gradients(self, hazard: FloatArray) -> FloatArray:
        """Return derivatives of the mean log-likelihood in the masses, (j,)."""
        s = self.support
        j = len(s.lower)
        before = np.exp(-np.concatenate(([0.0], np.cumsum(hazard))))
        # Differences of hazards, for those of survivals lose digits in the upper tail.
        cumulative = np.concatenate(([0.0], np.cumsum(hazard), [np.inf]))
        mass = before[s.first] * -np.expm1(cumulative[s.first] - cumulative[s.past])
        inverse = s.weights / mass
        change = _sums(s.first, inverse, j + 1) - _sums(s.past, inverse, j + 1)
        change -= _sums(s.entered, s.weights / before[s.entered], j + 1)
        result: FloatArray = np.cumsum(change)[:j] / s.weights.sum()
        return result


def _maximise(problem: _Problem, tolerance: float) -> tuple[FloatArray, int]:
    """Hazards (j - 1,) of all candidates but the last, and the steps taken."""
    j = len(problem.support.lower)
    if j == 1:
        return np.empty(0), 0
    # As if every candidate had the same mass.
    hazard = -np.log1p(-1.0 / np.arange(j, 1.0, -1.0))
    cumulative = np.concatenate(([0.0], np.cumsum(hazard)))
    # These leave few intervals with mass, and so make the first Newton steps quick.
    for _ in range(_FIRST_STEPS):
        cumulative = _ascend(problem, cumulative, _convex_minorant(problem, cumulative))
    for step in range(_MAX_STEPS):
        gap = problem.reduced_gradients(np.diff(cumulative)).max()
        if gap <= tolerance:
            return np.diff(cumulative), _FIRST_STEPS + step
        cumulative = _ascend(problem, cumulative, _newton(problem, cumulative))
        cumulative = _ascend(problem, cumulative, _convex_minorant(problem, cumulative))
    raise ConvergenceError(
        f"Turnbull's estimate has not converged in {_MAX_STEPS} steps: a reduced gradient of "
        f"{gap:.2g} is left; raise the tolerance ({tolerance:g})."
    )


def _newton(problem: _Problem, cumulative: FloatArray) -> FloatArray:
    """Maximum of the quadratic model over the intervals that carry mass, kept monotone.

    Neighbouring levels of the cumulative hazard that would cross are merged, and it is solved anew.
    """
    gradient, curvature = problem.derivatives(cumulative)
    a, b, j = problem.first, problem.past, len(cumulative)
    level = np.concatenate(([0], np.cumsum(np.diff(cumulative) > 0)))
    while True:
        size = int(level[-1]) + 1
        # The step is taken from levels that are already merged.
        values = _sums(level, cumulative, size) / np.bincount(level, minlength=size)
        values[0] = 0.0
        merged = cumulative - values[level]
        pull = curvature * (merged[b] - merged[a])
        target = gradient + _sums(b, pull, j) - _sums(a, pull, j)
        if size > 1:
            values[1:] += _solve(level[a], level[b], curvature, _sums(level, target, size)[1:])
        rises = np.diff(values) > 0
        if rises.all():
            return np.asarray(values[level])
        level = np.concatenate(([0], np.cumsum(rises)))[level]


def _solve(a: IntArray, b: IntArray, curvature: FloatArray, right: FloatArray) -> FloatArray:
    """Solve for the levels from 1 on, level 0 being 0, where observations join levels a and b."""
    # Takes a tenth of a second to import.
    from scipy.sparse import coo_array, diags_array
    from scipy.sparse.linalg import splu

    size = len(right) + 1
    entries = np.concatenate([curvature, curvature, -curvature, -curvature])
    rows, columns = np.concatenate([a, b, a, b]), np.concatenate([a, b, b, a])
    matrix = coo_array((entries, (rows, columns)), shape=(size, size)).tocsc()[1:, 1:]
    diagonal = matrix.diagonal()
    ridge = diags_array(np.full(size - 1, _RIDGE * float(diagonal.max())))
    solver = splu((matrix + ridge).tocsc(), permc_spec="MMD_AT_PLUS_A")
    return np.asarray(solver.solve(right))


def _convex_minorant(problem: _Problem, cumulative: FloatArray) -> FloatArray:
    """Step of the iterative convex minorant algorithm: Newton's with a diagonal curvature."""
    gradient, curvature = problem.derivatives(cumulative)
    j = len(cumulative)
    diagonal = _sums(problem.first, curvature, j) + _sums(problem.past, curvature, j)
    # Where all curvature is rounded away any positive one will do: the step is checked after.
    diagonal = np.maximum(diagonal, max(1e-9 * diagonal.max(), np.finfo(np.float64).tiny))
    return _monotone(cumulative + gradient / diagonal, diagonal)


def _monotone(values: FloatArray, weights: FloatArray) -> FloatArray:
    """Nearest rising values that begin at 0."""
    # Takes a third of a second to import.
    from scipy.optimize import isotonic_regression

    rising = isotonic_regression(values[1:], weights=weights[1:]).x
    return np.concatenate(([0.0], np.maximum(rising, 0.0)))


def _ascend(problem: _Problem, here: FloatArray, there: FloatArray) -> FloatArray:
    """First of the halved steps towards `there` that raises the log-likelihood enough."""
    value = problem.value(here)
    slope = float(problem.derivatives(here)[0] @ (there - here))
    noise = _ROUNDING * (1.0 + abs(value))
    length = 1.0
    for _ in range(_MAX_HALVINGS if slope > 0 else 0):
        trial = there if length == 1.0 else here + length * (there - here)
        if problem.value(trial) >= value + _SUFFICIENT_INCREASE * length * slope - noise:
            return trial
        length /= 2
    return here


def _sums(places: IntArray, values: FloatArray, size: int) -> FloatArray:
    """Add up values by place, (size,)."""
    return np.asarray(np.bincount(places, values, size), dtype=np.float64)
