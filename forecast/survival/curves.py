r"""Survival curves on a grid of knots: what every model predicts.

A curve is :math:`S(t) = \pi + (1 - \pi) S_0(t)` with a never share :math:`\pi` and the survival
:math:`S_0` of those that conclude some time. Interpolation, extrapolation and conditioning all act
on :math:`S_0`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError, NothingToForecastError
from forecast.survival.arrays import FloatArray, IntArray
from forecast.survival.curve_integrals import integral
from forecast.survival.interpolation import between, concluding_part, first_at_or_below, log_or_zero

Kind = Literal["step", "log-linear"]

# Survivals this close count as equal: products of fractions reach 0.4 only to within rounding, and
# a median must not wait for the next event because of that.
_TIE = 1e-12


@dataclass(frozen=True, eq=False)
class SurvivalCurves:
    r"""Survival curves of n cases on common knots, times in months.

    Between knots a `step` curve keeps its last value (right-continuous); in a `log-linear` curve
    :math:`\log S_0` is linear, a constant hazard, except that :math:`S_0` itself is linear in an
    interval at whose end it reaches 0. Beyond the last knot :math:`S_0` goes on at a constant
    hazard `tail_hazard`: later than the grid and never are different things. A curve that reaches
    its never share at the last knot stays there.

    Attributes
    ----------
    times : (m,) array
        Knots, strictly increasing from 0; at least two.
    survival : (n, m) array
        :math:`P(T > t)` at the knots, from 1 and never rising.
    never : (n,) array
        Share that never concludes; at most the last survival.
    kind : 'step' or 'log-linear'
        How to read the curve between knots.
    follow_up : float
        Age beyond which the curve is extrapolated; at most the last knot for a step curve.
    tail_hazard : (n,) array
        Hazard of :math:`S_0` beyond the last knot, a month. The argument `tail` sets it; default
        the mean hazard :math:`-\log S_0(t_m) / t_m`. A curve that has not fallen by its last knot
        has mean hazard 0 and never falls.

    Raises
    ------
    DataError
        If shapes differ, knots do not rise from 0, or a survival does not fall from 1.
    """

    times: FloatArray
    survival: FloatArray
    never: FloatArray
    kind: Kind
    follow_up: float = np.inf
    tail: InitVar[npt.ArrayLike | None] = None
    tail_hazard: FloatArray = field(init=False)

    def __post_init__(self, tail: npt.ArrayLike | None) -> None:
        """Check and freeze the arrays."""
        times = np.array(self.times, dtype=np.float64)
        survival = np.array(self.survival, dtype=np.float64)
        if times.ndim != 1 or len(times) < 2 or survival.ndim != 2:
            raise DataError("Curves need at least two knots (m,) and survival of shape (n, m).")
        if survival.shape[1] != len(times):
            raise DataError(f"Survival has {survival.shape[1]} columns for {len(times)} knots.")
        if self.kind not in ("step", "log-linear"):
            raise DataError(f"A curve is 'step' or 'log-linear', not {self.kind!r}.")
        if times[0] != 0 or not (np.diff(times) > 0).all() or not np.isfinite(times).all():
            raise DataError("Knots must be finite and rise strictly from 0.")
        _check_falling(survival)
        survival = np.minimum.accumulate(np.clip(survival, 0.0, 1.0), axis=1)
        never = _by_row(self.never, len(survival), "never")
        if not (never <= survival[:, -1] + _TIE).all() or (never < 0).any():
            raise DataError("The never share must lie between 0 and the last survival.")
        never = np.minimum(never, survival[:, -1])
        last = concluding_part(survival[:, -1:], never)[:, 0]
        if tail is None:
            positive = np.where(last > 0, last, 1.0)
            hazard = np.maximum(-np.log(positive) / times[-1], 0.0)
        else:
            hazard = _by_row(tail, len(survival), "tail")
        if (hazard < 0).any():
            raise DataError("A tail hazard cannot be negative.")
        follow_up = float(self.follow_up)
        if self.kind == "step":
            follow_up = min(follow_up, float(times[-1]))
        for name, array in (
            ("times", times),
            ("survival", survival),
            ("never", never),
            ("tail_hazard", np.where((last > 0) & (never < 1.0), hazard, 0.0)),
        ):
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        object.__setattr__(self, "follow_up", follow_up)

    def __len__(self) -> int:
        """Return the number of cases n."""
        return len(self.survival)

    def __getitem__(self, rows: int | slice | npt.NDArray[np.int_ | np.bool_]) -> SurvivalCurves:
        """Select cases; an integer gives curves of one case."""
        index = np.atleast_1d(np.arange(len(self))[rows])
        return self._with(
            survival=self.survival[index], never=self.never[index], tail=self.tail_hazard[index]
        )

    def at(self, t: npt.ArrayLike) -> FloatArray:
        """Survival at any times, exact at knots; 1 before 0.

        Parameters
        ----------
        t : scalar, (k,) or (n, k) array_like
            Months; two axes give each case times of its own.

        Returns
        -------
        (n, k) array
        """
        times = self._for_rows(t)
        segment = np.searchsorted(self.times, times, side="right") - 1
        left = np.clip(segment, 0, len(self.times) - 1)
        at_knot = self._gather(self.survival, left)
        concluding = self._interpolate(left, times)
        tail = (segment == len(self.times) - 1) & (times > self.times[-1])
        concluding = np.where(tail, self._extrapolate(times), concluding)
        never = self.never[:, np.newaxis]
        survival = never + (1.0 - never) * concluding
        survival = np.where((times == self.times[left]) | (times < 0), at_knot, survival)
        # Rounding must not let an interpolated value exceed the knot before it.
        return np.minimum(survival, at_knot)

    def quantile(self, p: npt.ArrayLike) -> FloatArray:
        """Smallest t by which a share p has concluded: 1 - S(t) >= p.

        Shares are compared to within 1e-12, so that rounding does not push a quantile to the next
        event. Infinite where p exceeds 1 - never, where p equals it and the curve only approaches
        its never share, and where a curve never falls.

        Parameters
        ----------
        p : scalar, (k,) or (n, k) array_like
            Probabilities in [0, 1].

        Returns
        -------
        (n, k) array
            Months.
        """
        shares = self._for_rows(p)
        if not ((shares >= 0) & (shares <= 1)).all():
            raise DataError("A quantile's probability must lie in [0, 1].")
        targets = np.broadcast_to(1.0 - shares, (len(self), shares.shape[1]))
        knot = first_at_or_below(self.survival, targets + _TIE)
        beyond = knot == len(self.times)
        right = np.minimum(knot, len(self.times) - 1)
        concluding = concluding_part(targets, self.never)
        times = self.times[right]
        if self.kind == "log-linear":
            times = self._invert(right, concluding)
        return np.where(beyond, self._invert_tail(concluding), times)

    def given(self, elapsed: npt.ArrayLike) -> SurvivalCurves:
        """Curves conditional on T > elapsed; times stay counted from the beginning.

        The survival is 1 up to `elapsed` and S(t) / S(elapsed) beyond. A step curve keeps its
        knots; in a log-linear one the ages become knots, so that n different ages make a common
        grid of n more: (n, m + n) numbers. A step curve that is conditioned beyond its last knot
        becomes log-linear, as in `pool`.

        Parameters
        ----------
        elapsed : scalar or (n,) array_like
            Age, in months, at which the case is known to be open.

        Returns
        -------
        SurvivalCurves
            The tail keeps its hazard.

        Raises
        ------
        NothingToForecastError
            If a curve is 0 at its elapsed time: the model holds that the case had ended.
        """
        ages = _by_row(elapsed, len(self), "elapsed")
        if not (np.isfinite(ages) & (ages >= 0)).all():
            raise DataError("An elapsed time must be a finite number of months from 0.")
        if self.kind == "step" and (ages > self.times[-1]).any():
            return self._as_log_linear().given(ages)
        reached = self.at(ages[:, np.newaxis])
        if (reached <= 0).any():
            row = int(np.argmax(reached[:, 0] <= 0))
            raise NothingToForecastError(
                f"Case {row} is open at {ages[row]:g} months, when its curve is already 0."
            )
        # A step curve is constant up to its next knot, with or without a knot at the age.
        grid = self.times if self.kind == "step" else np.union1d(self.times, ages)
        survival = np.where(grid <= ages[:, np.newaxis], 1.0, self.at(grid) / reached)
        never = np.minimum(self.never / reached[:, 0], 1.0)
        return self._with(times=grid, survival=survival, never=never, tail=self.tail_hazard)

    def concluding(self) -> SurvivalCurves:
        """Curves of those that conclude some day: the same without their never share."""
        return self._with(
            survival=concluding_part(self.survival, self.never),
            never=np.zeros(len(self)),
            tail=self.tail_hazard,
        )

    def with_never(self, share: npt.ArrayLike) -> SurvivalCurves:
        """Curves of which a further share never concludes: share + (1 - share) S.

        Parameters
        ----------
        share : scalar or (n,) array_like
            In [0, 1].
        """
        shares = _by_row(share, len(self), "share")
        if not ((shares >= 0) & (shares <= 1)).all():
            raise DataError("A never share must lie in [0, 1].")
        column = shares[:, np.newaxis]
        return self._with(
            survival=column + (1.0 - column) * self.survival,
            never=shares + (1.0 - shares) * self.never,
            tail=self.tail_hazard,
        )

    def restricted_mean(self, horizon: float) -> FloatArray:
        r"""Mean of min(T, horizon) in months, (n,): the exact integral of S from 0 to horizon."""
        if not (np.isfinite(horizon) and horizon >= 0):
            raise DataError("The horizon of a restricted mean must be finite and not negative.")
        return integral(self, 1, np.full(len(self), horizon))

    def draw(self, size: int, rng: np.random.Generator) -> FloatArray:
        """Draw durations by inverting the curves, (n, size) months; infinite for never."""
        return self.quantile(rng.random((len(self), size)))

    @staticmethod
    def pool(curves: Sequence[SurvivalCurves], weights: npt.ArrayLike) -> SurvivalCurves:
        """Mix several predictions of the same cases.

        The mixture is exact at every knot of the union grid. If all are step curves with one last
        knot it is a step curve and exact everywhere. Otherwise it is log-linear, and each knot of a
        step member comes with a twin at the next smaller floating-point number, which holds the
        value before the jump, so that no time lies inside a jump. Beyond the last knot it goes on
        at the hazard that the mixture has there. It is followed up as far as all its members are.

        Parameters
        ----------
        curves : sequence of SurvivalCurves
            Each of the same n cases.
        weights : (len(curves),) array_like
            Not negative; divided by their sum.
        """
        shares = np.asarray(weights, dtype=np.float64)
        if not curves or shares.shape != (len(curves),):
            raise DataError("A pool needs one weight for each of its members.")
        if not np.isfinite(shares).all() or (shares < 0).any() or shares.sum() <= 0:
            raise DataError("The weights of a pool must be finite, not negative and not all 0.")
        if len({len(member) for member in curves}) != 1:
            raise DataError("The members of a pool must predict the same cases.")
        shares = shares / shares.sum()
        if any(c.kind != "step" for c in curves) or len({c.times[-1] for c in curves}) > 1:
            curves = [c._as_log_linear() for c in curves]
        grid = np.unique(np.concatenate([c.times for c in curves]))
        survival = np.tensordot(shares, np.stack([c.at(grid) for c in curves]), axes=1)
        never = shares @ np.stack([c.never for c in curves])
        # What still concludes beyond the grid, by member, and how fast.
        rest = shares[:, np.newaxis] * np.stack([c.at(grid[-1])[:, 0] - c.never for c in curves])
        flow = np.sum(rest * np.stack([c.tail_hazard for c in curves]), axis=0)
        total = rest.sum(axis=0)
        tail = np.where(total > 0, flow / np.where(total > 0, total, 1.0), 0.0)
        follow_up = min(c.follow_up for c in curves)
        return SurvivalCurves(grid, survival, never, curves[0].kind, follow_up, tail)

    def _as_log_linear(self) -> SurvivalCurves:
        """Return the same curves as log-linear ones: a jump becomes two neighbouring knots."""
        if self.kind == "log-linear":
            return self
        grid = np.union1d(self.times, np.nextafter(self.times[1:], 0.0))
        return SurvivalCurves(
            grid, self.at(grid), self.never, "log-linear", self.follow_up, self.tail_hazard
        )

    def _with(
        self,
        *,
        survival: FloatArray,
        never: FloatArray,
        tail: FloatArray,
        times: FloatArray | None = None,
    ) -> SurvivalCurves:
        grid = self.times if times is None else times
        return SurvivalCurves(grid, survival, never, self.kind, self.follow_up, tail)

    def _for_rows(self, values: npt.ArrayLike) -> FloatArray:
        """Return the values as (1, k) for all cases or (n, k), one row a case."""
        array = np.atleast_2d(np.asarray(values, dtype=np.float64))
        if array.ndim != 2 or len(array) not in (1, len(self)) or np.isnan(array).any():
            raise DataError(
                f"Values of shape {array.shape} do not fit {len(self)} curves, or one is missing."
            )
        return array

    def _gather(self, columns: FloatArray, index: IntArray) -> FloatArray:
        """Pick columns: the index is (1, k) or (n, k), the result (n, k)."""
        full = np.broadcast_to(index, (len(self), index.shape[1]))
        return np.take_along_axis(columns, full, axis=1)

    def _interpolate(self, left: IntArray, times: FloatArray) -> FloatArray:
        """S_0 between the knots `left` and the next, (n, k)."""
        concluding = concluding_part(self.survival, self.never)
        before = self._gather(concluding, left)
        if self.kind == "step":
            return before
        right = np.minimum(left + 1, len(self.times) - 1)
        length = np.where(right > left, self.times[right] - self.times[left], 1.0)
        fraction = np.clip((times - self.times[left]) / length, 0.0, 1.0)
        return between(before, self._gather(concluding, right), fraction)

    def _extrapolate(self, times: FloatArray) -> FloatArray:
        """S_0 beyond the last knot, (n, k)."""
        last = concluding_part(self.survival[:, -1:], self.never)
        hazard = self.tail_hazard[:, np.newaxis]
        beyond = np.maximum(times - self.times[-1], 0.0)
        # At infinite times a hazard of 0 still takes nothing.
        gone = np.where(hazard > 0, np.where(hazard > 0, hazard, 1.0) * beyond, 0.0)
        result: FloatArray = last * np.exp(-gone)
        return result

    def _invert(self, right: IntArray, targets: FloatArray) -> FloatArray:
        """Time at which S_0 meets the targets between a knot and the one before, (n, k)."""
        concluding = concluding_part(self.survival, self.never)
        left = np.maximum(right - 1, 0)
        start, end = self._gather(concluding, left), self._gather(concluding, right)
        falls = (start > end) & (targets > end)
        log_linear = falls & (end > 0)
        # Differences of logs, for a ratio may overflow where the end is next to 0.
        drop = np.where(log_linear, log_or_zero(start) - log_or_zero(end), 1.0)
        fallen = np.where(log_linear, log_or_zero(start) - log_or_zero(targets), 0.0)
        fraction = np.where(end > 0, fallen / drop, (start - targets) / np.where(falls, start, 1.0))
        fraction = np.where(falls, np.clip(fraction, 0.0, 1.0), 1.0)
        return self.times[left] + fraction * (self.times[right] - self.times[left])

    def _invert_tail(self, targets: FloatArray) -> FloatArray:
        """Time beyond the last knot at which S_0 meets the targets, (n, k); infinite if never."""
        last = concluding_part(self.survival[:, -1:], self.never)
        hazard = self.tail_hazard[:, np.newaxis]
        reached = (targets > 0) & (hazard > 0)
        fall = np.where(reached, log_or_zero(last) - log_or_zero(targets), 0.0)
        wait = np.maximum(fall, 0.0) / np.where(hazard > 0, hazard, 1.0)
        return np.where(reached, self.times[-1] + wait, np.inf)


def _check_falling(survival: FloatArray) -> None:
    if not np.isfinite(survival).all() or (np.abs(survival[:, 0] - 1.0) > _TIE).any():
        raise DataError("Survival must be finite and begin at 1.")
    if (np.diff(survival, axis=1) > _TIE).any() or (survival < -_TIE).any():
        row = int(np.argmax((np.diff(survival, axis=1) > _TIE).any(axis=1)))
        raise DataError(f"Survival must not rise or be negative (case {row}).")


def _by_row(values: npt.ArrayLike, n: int, name: str) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape not in ((), (n,)) or np.isnan(array).any():
        raise DataError(f"{name} must be one number or one for each of the {n} curves.")
    return np.broadcast_to(array, (n,)).copy()
