r"""Aalen-Johansen's estimate for competing ends: the probability of each end by each age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError, NotIdentifiedError
from forecast.survival.arrays import FloatArray, IntArray, check_spans
from forecast.survival.bands import log_log_band


@dataclass(frozen=True, eq=False)
class StateProbabilities:
    """Probabilities of being open, and of having ended from each cause, by age.

    Attributes
    ----------
    times : (m,) array
        0 and the times of the ends.
    causes : (k,) int array
        The causes, rising.
    open : (m,) array
        Probability of not having ended, Kaplan-Meier's of all ends.
    ended : (k, m) array
        Probability of having ended from each cause (cumulative incidence). With `open` they sum
        to 1.
    open_errors, ended_errors : (m,) and (k, m) arrays
        Standard errors.
    """

    times: FloatArray
    causes: IntArray
    open: FloatArray
    ended: FloatArray
    open_errors: FloatArray
    ended_errors: FloatArray

    def at(self, t: npt.ArrayLike) -> FloatArray:
        """Probabilities at times (n,): open first, then each cause, (1 + k, n)."""
        knot = np.searchsorted(self.times, np.asarray(t, dtype=np.float64), side="right") - 1
        if (knot < 0).any():
            raise DataError("Ages begin at 0.")
        return np.vstack([self.open, self.ended])[:, knot]

    def bands(self, level: float = 0.95) -> tuple[FloatArray, FloatArray]:
        """Pointwise log-log confidence limits, each (1 + k, m), in the order of `at`."""
        return log_log_band(
            np.vstack([self.open, self.ended]),
            np.vstack([self.open_errors, self.ended_errors]),
            level,
        )


def aalen_johansen(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
) -> StateProbabilities:
    r"""Estimate state occupation probabilities where one of several ends comes first.

    .. math::
        S(t) = \prod_{s \le t} (1 - d_s / n_s), \quad
        F_k(t) = \sum_{s \le t} S(s-)\, d_{ks} / n_s

    with :math:`d_{ks}` ends of cause k at s among the :math:`n_s` rows for which entry
    :math:`< s \le` time, :math:`d_s = \sum_k d_{ks}`. The variance propagates the multinomial
    variance of each step,

    .. math::
        \mathrm{var} F_k(t) = \sum_{s \le t} \frac{1}{n_s} \Bigl[
        S(s-)^2 q_{ks} (1 - q_{ks}) + \{F_k(t) - F_k(s)\}^2 \frac{q_s}{1 - q_s}
        - 2 S(s-) \{F_k(t) - F_k(s)\} q_{ks} \Bigr]

    with :math:`q = d / n`. It is Greenwood's for S and where there is one cause, and the binomial
    variance where no row is censored.

    Parameters
    ----------
    time : (n,) array_like
        Months to the end, or to the end of observation.
    cause : (n,) array_like of int
        0 where no end was seen, else the number of the cause.
    entry : (n,) array_like, optional
        Age from which a row was followed; default 0.
    weights : (n,) array_like, optional
        Frequency weights; default 1.

    Returns
    -------
    StateProbabilities

    Raises
    ------
    DataError
        If a value is not finite, or a time is not after 0 and its entry.
    NotIdentifiedError
        If no end was seen.

    References
    ----------
    Aalen and Johansen (1978), Scandinavian Journal of Statistics 5, 141-150. Andersen, Borgan,
    Gill and Keiding (1993), Statistical Models Based on Counting Processes, section IV.4.
    """
    times, causes, entries, w = _checked(time, cause, entry, weights)
    seen = causes != 0
    knots, at = np.unique(times[seen], return_inverse=True)
    kinds, kind = np.unique(causes[seen], return_inverse=True)
    k, m = len(kinds), len(knots)
    ends = np.bincount(kind * m + at, w[seen], k * m).reshape(k, m)
    at_risk = _weight_from(times, w, knots) - _weight_from(entries, w, knots)

    share = ends / at_risk
    # Shares that sum to 1 must leave exactly nobody.
    total = np.minimum(share.sum(axis=0), 1.0)
    staying = np.where(ends.sum(axis=0) >= at_risk * (1.0 - 1e-12), 0.0, 1.0 - total)
    survival = np.cumprod(staying)
    before = np.concatenate(([1.0], survival[:-1]))
    ended = np.cumsum(before * share, axis=1)
    odds = total / np.where(staying > 0, staying, 1.0)
    # After everybody has ended nothing is uncertain any more.
    odds = np.where(staying > 0, odds, 0.0) / at_risk
    return StateProbabilities(
        times=np.concatenate(([0.0], knots)),
        causes=kinds,
        open=np.concatenate(([1.0], survival)),
        ended=_with_zero(ended),
        open_errors=np.concatenate(([0.0], survival * np.sqrt(np.cumsum(odds)))),
        ended_errors=_with_zero(_errors(ended, before, share, odds, at_risk)),
    )


def _errors(
    ended: FloatArray, before: FloatArray, share: FloatArray, odds: FloatArray, at_risk: FloatArray
) -> FloatArray:
    """Return standard errors of the probabilities of the ends, (k, m)."""
    own = np.cumsum(before**2 * share * (1.0 - share) / at_risk, axis=1)
    joint = before * share / at_risk
    # The squares of F(t) - F(s) are multiplied out, so that each sum is over s alone.
    variance = (
        own
        + ended**2 * np.cumsum(odds)
        - 2.0 * ended * np.cumsum(ended * odds + joint, axis=1)
        + np.cumsum(ended**2 * odds + 2.0 * ended * joint, axis=1)
    )
    result: FloatArray = np.sqrt(np.maximum(variance, 0.0))
    return result


def _weight_from(ages: FloatArray, weights: FloatArray, knots: FloatArray) -> FloatArray:
    """Weight of the rows whose age is at least each of the knots, (m,)."""
    order = np.argsort(ages)
    sums = np.concatenate((np.cumsum(weights[order][::-1])[::-1], [0.0]))
    result: FloatArray = sums[np.searchsorted(ages[order], knots, side="left")]
    return result


def _with_zero(rows: FloatArray) -> FloatArray:
    return np.hstack([np.zeros((len(rows), 1)), rows])


def _checked(
    time: npt.ArrayLike,
    cause: npt.ArrayLike,
    entry: npt.ArrayLike | None,
    weights: npt.ArrayLike | None,
) -> tuple[FloatArray, IntArray, FloatArray, FloatArray]:
    times, causes = np.asarray(time, dtype=np.float64), np.asarray(cause, dtype=np.float64)
    entries = np.zeros(times.shape) if entry is None else np.asarray(entry, dtype=np.float64)
    w = np.ones(times.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    parts = (times, causes, entries, w)
    if times.ndim != 1 or any(part.shape != times.shape for part in parts):
        raise DataError("Times, causes, entries and weights must be of one length.")
    if not all(np.isfinite(part).all() for part in parts) or (w < 0).any():
        raise DataError("Times, causes, entries and weights must be finite, weights not negative.")
    check_spans(entries, times)
    if (causes != np.round(causes)).any() or (causes < 0).any():
        raise DataError("Causes are whole numbers: 0 where no end was seen, else 1, 2, ...")
    kept = w > 0
    if not (causes[kept] > 0).any():
        raise NotIdentifiedError("No end was seen, so there is nothing to estimate.")
    return times[kept], causes[kept].astype(np.intp), entries[kept], w[kept]
