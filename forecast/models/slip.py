"""How long promises take: "about a year" as a distribution over dates."""

from __future__ import annotations

from math import log

import numpy as np
import pandas as pd
from scipy.special import log_ndtr

from forecast.errors import DataError, NothingToForecastError
from forecast.models.base import DurationModel, Priors, require_events
from forecast.models.formula import INTERCEPT
from forecast.survival import SurvivalCurves, durations, fit_aft
from forecast.survival.arrays import DurationArray, FloatArray, IntArray
from forecast.survival.family import LOG_SCALE

PROMISED, SAID_AT, FIRST = "promised", "said_at", "first_promises"

WEAK_PRIORS: Priors = {"Intercept": (0.0, 1.0), "log(scale)": (log(0.75), 0.3)}
"""A promise is as likely early as late, by a factor of e; the scale is that of log-normal durations."""


class SlipModel(DurationModel):
    r"""Normal slips of promises, unmet ones censored.

    .. math::
        \text{slip} = \log\frac{T + 1}{p + 1} \sim N(\mu, \sigma^2), \qquad
        P(T > t \mid T > 0) = \frac{\Phi((\mu - \log\frac{t + 1}{p + 1}) / \sigma)}
                                   {\Phi((\mu + \log(p + 1)) / \sigma)}

    with p the promised and T the actual months since the promise was made. The one month added to both
    keeps a promise of a few days from weighing like one of years. A prediction holds that the talks were
    open when the promise was made; the fit itself takes slips as plainly normal.

    A prediction reads two columns of X: ``promised``, and optionally ``said_at``, the age in months at
    which the promise was made on the clock of ``y`` (default 0: the clock starts with the promise;
    negative: it was made before). With ``said_at`` since the launch it stands beside models of the time
    since launch. A case without a promise has no curve.

    The fit reads the column ``first_promises`` where there is one: pairs (said_at, promised), each an
    observation of the duration of its row. Those made after the end of their row, where an account set
    tells of a shorter duration than the documents, are left out and counted in
    ``diagnostics_["promises_after_the_end"]``. Without that column the fit reads those of a prediction.
    Rows without a promise are left out and counted in ``diagnostics_["without_promise"]``.

    Parameters
    ----------
    priors : mapping of str to (mean, sd), optional
        Gaussian priors on ``Intercept`` (mu) and ``log(scale)`` (log sigma); default none. A handful of
        promises can have been kept to the day, and sigma is then 0 without a prior.
    min_events : int
        Least number of promises that came true.

    Attributes
    ----------
    params_, standard_errors_ : Series
        ``Intercept`` and ``log(scale)``.
    loglik_ : float
        Log-likelihood of T, without the prior.
    """

    def __init__(self, priors: Priors | None = None, min_events: int = 4) -> None:
        self.priors = priors
        self.min_events = min_events

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        rows, promised, said_at = _promises_in(X)
        self.diagnostics_["without_promise"] = len(X) - len(np.unique(rows))
        if FIRST in X:
            before = said_at < y["upper"][rows]
            self.diagnostics_["promises_after_the_end"] = int((~before).sum())
            rows, promised, said_at = rows[before], promised[before], said_at[before]
        y, weights = y[rows], weights[rows]
        require_events(y, self.min_events, "the slip of promises")
        labels = (INTERCEPT, LOG_SCALE)
        given = [(self.priors or {}).get(name, (0.0, np.inf)) for name in labels]
        fit = fit_aft(
            np.ones((len(y), 1)),
            _relative(y, promised, said_at),
            "lognormal",
            weights=weights,
            prior_mean=[mean for mean, _ in given],
            prior_precision=[sd**-2.0 for _, sd in given],
            names=labels[:1],
        )
        exact = y["lower"] == y["upper"]
        self.fit_ = fit
        self.params_ = pd.Series(fit.theta, index=labels, name="estimate")
        self.standard_errors_ = pd.Series(fit.standard_errors, index=labels, name="standard error")
        # A density of the relative time becomes one of months by its derivative, 1 / (p + 1).
        self.loglik_ = fit.loglik - float(weights[exact] @ np.log1p(promised[exact]))
        self.diagnostics_ |= {"iterations": fit.iterations, "concerns": fit.diagnostics}

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        promised, said_at = _promise_of(X)
        if not (np.isfinite(promised) & np.isfinite(said_at)).all():
            missing = X.index[~(np.isfinite(promised) & np.isfinite(said_at))][0]
            raise NothingToForecastError(
                f"no promise with a date or a number is known of {missing!r}"
            )
        # The day of each promise is a knot: until then a curve is 1.
        knots = np.union1d(times, np.maximum(said_at, 0.0))
        beyond = np.union1d(times, knots[knots > times[-1]])
        survival = np.empty((len(X), len(knots)))
        for row, promise in enumerate(zip(promised, said_at, strict=True)):
            survival[row] = np.exp(self._log_curve(knots, beyond, *promise))
        return SurvivalCurves(knots, survival, np.zeros(len(X)), "log-linear")

    def _log_curve(
        self, knots: FloatArray, times: FloatArray, promised: float, said_at: float
    ) -> FloatArray:
        """Log-survival of one case at knots; between times it is that of the case alone."""
        begun = max(said_at, 0.0)
        own = np.union1d(times, begun)
        tail = self._log_tail(np.maximum(own, begun) - said_at, promised)
        curve: FloatArray = np.interp(knots, own, tail - tail[0])
        return curve

    def _log_tail(self, since: FloatArray, promised: float) -> FloatArray:
        """Log-probability of a slip beyond that of each time since the promise, (m,)."""
        slip = np.log1p(since) - np.log1p(promised)
        tail: FloatArray = log_ndtr((self.fit_.coefficients[0] - slip) / self.fit_.scale)
        return tail


def _promise_of(X: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    """Promise of each row, missing where there is none: months promised, and age when it was made."""
    if PROMISED not in X:
        raise DataError(f"X has no column {PROMISED!r} (promised months).")
    promised = X[PROMISED].to_numpy(dtype=np.float64)
    said_at = X[SAID_AT].to_numpy(dtype=np.float64) if SAID_AT in X else np.zeros(len(X))
    return _checked(promised, said_at)


def _promises_in(X: pd.DataFrame) -> tuple[IntArray, FloatArray, FloatArray]:
    """Promises to learn from: the row of each, months promised, and age when it was made."""
    if FIRST not in X:
        promised, said_at = _promise_of(X)
        known = np.flatnonzero(np.isfinite(promised) & np.isfinite(said_at))
        return known, promised[known], said_at[known]
    found = [(row, *pair) for row, pairs in enumerate(X[FIRST]) for pair in pairs]
    rows, said_at, promised = np.array(found, dtype=np.float64).reshape(-1, 3).T
    return rows.astype(np.intp), *_checked(promised, said_at)


def _checked(promised: FloatArray, said_at: FloatArray) -> tuple[FloatArray, FloatArray]:
    if (promised < 0).any() or np.isinf(promised).any():
        raise DataError(f"{PROMISED} must be a finite number of months, not negative.")
    if np.isinf(said_at).any():
        raise DataError(f"{SAID_AT} must be a finite number of months.")
    return promised, said_at


def _relative(y: DurationArray, promised: FloatArray, said_at: FloatArray) -> DurationArray:
    """Durations as multiples of the promised ones, one month added to both."""

    def relative(age: FloatArray) -> FloatArray:
        result: FloatArray = (np.maximum(age - said_at, 0.0) + 1.0) / (promised + 1.0)
        return result

    if (y["upper"] <= said_at).any():
        raise DataError("A promise was made after the end of its spell.")
    # Talks that began after the promise are in the data because they began.
    entered = y["entry"] > said_at
    return durations(
        relative(y["lower"]),
        relative(y["upper"]),
        entry=np.where(entered, relative(y["entry"]), 0.0),
        exit=relative(y["exit"]),
        cause=y["cause"],
    )
