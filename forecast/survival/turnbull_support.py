"""Where the mass of Turnbull's estimate can lie: the innermost intervals of the observations."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.survival.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Support:
    """Candidate intervals in rising order, and the run of them that each observation covers.

    Only intervals (a, b] whose ends are neighbours among all left and right ends can carry mass: a
    left end directly followed by a right one. Entries count as right ends, for mass is best placed
    before an entry that falls inside an interval (Frydman 1994).

    Attributes
    ----------
    lower, upper : (j,) arrays
        The candidates (lower, upper], exact where equal, upper infinite beyond all right ends.
    first, past : (m,) int arrays
        Distinct observations: the candidates from `first` to before `past`.
    entered : (m,) int array
        Candidates that lie before the observation's entry.
    ended : (m,) bool array
        Whether its end was seen, that is, whether `upper` is finite.
    weights : (m,) array
        Total weight of each distinct observation.

    References
    ----------
    Turnbull (1976), doi:10.1111/j.2517-6161.1976.tb01597.x. Frydman (1994),
    doi:10.1111/j.2517-6161.1994.tb01959.x.
    """

    lower: FloatArray
    upper: FloatArray
    first: IntArray
    past: IntArray
    entered: IntArray
    ended: BoolArray
    weights: FloatArray

    @classmethod
    def build(
        cls, lower: FloatArray, upper: FloatArray, entry: FloatArray, weights: FloatArray
    ) -> Support:
        """Find the candidates of rows in (lower, upper], each array (n,), weights positive."""
        finite = np.isfinite(upper)
        values = np.unique(np.concatenate([lower, upper[finite], entry]))
        # Value r is position 2 r, and what lies between it and the next is position 2 r + 1.
        left = 2 * np.searchsorted(values, lower) + (lower < upper)
        right = np.full(len(upper), 2 * len(values))
        right[finite] = 2 * np.searchsorted(values, upper[finite])
        entered = 2 * np.searchsorted(values, entry)

        lefts = np.unique(left)
        rights = np.unique(np.concatenate([right, entered[entry > 0]]))
        nearest = np.searchsorted(lefts, rights, side="right") - 1
        start = lefts[np.maximum(nearest, 0)]
        innermost = (nearest >= 0) & (np.concatenate(([-1], rights[:-1])) < start)
        start, end = start[innermost], rights[innermost]
        edges = np.append(values, np.inf)

        runs = np.column_stack(
            [
                np.searchsorted(start, left),
                np.searchsorted(end, right, side="right"),
                np.where(entry > 0, np.searchsorted(end, entered, side="right"), 0),
                finite,
            ]
        )
        runs, which = np.unique(runs, axis=0, return_inverse=True)
        total = np.asarray(np.bincount(which.ravel(), weights, len(runs)), dtype=np.float64)
        first, past, before, ended = runs.T
        return cls(edges[start // 2], edges[end // 2], first, past, before, ended > 0, total)

    def until_nobody_is_left(self) -> Support:
        """Drop what lies beyond the first candidate that ends all that was followed so far.

        There the estimate falls to 0; observations that enter later say nothing about it. Where
        nobody is followed and nothing ended, the estimate does not fall, as Kaplan and Meier's.
        """
        j = len(self.lower)
        followed = _running(self.entered, self.first, j) > 0
        may_end = _running(self.first[self.ended], self.past[self.ended], j) > 0
        last = int(np.argmax(may_end & ~followed)) if (may_end & ~followed).any() else j - 1
        carries = followed | may_end
        carries[last], carries[last + 1 :] = True, False
        kept = self.entered <= last
        place = np.concatenate(([0], np.cumsum(carries)))
        return Support(
            self.lower[carries],
            self.upper[carries],
            place[self.first[kept]],
            place[self.past[kept]],
            place[self.entered[kept]],
            self.ended[kept],
            self.weights[kept],
        )


def _running(begin: IntArray, end: IntArray, size: int) -> IntArray:
    """How many of the runs [begin, end) cover each of the places, (size,)."""
    change = np.bincount(begin, minlength=size + 1) - np.bincount(end, minlength=size + 1)
    result: IntArray = np.cumsum(change)[:size]
    return result
