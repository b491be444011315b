"""How long promises take: "about a year" as a distribution over dates."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import log_ndtr

from forecast.errors import DataError, NothingToForecastError
from forecast.models.base import DurationModel, Priors, require_events
from forecast.models.formula import INTERCEPT
from forecast.survival import SurvivalCurves, durations, fit_aft
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.family import LOG_SCALE

PROMISED, SAID_AT = "promised", "said_at"
_LEAST_EVENTS = 4


class SlipModel(DurationModel):
    r"""Normal slips of promises, unmet ones censored.

    .. math::
        \text{slip} = \log\frac{T + 1}{p + 1} \sim N(\mu, \sigma^2), \qquad
        P(T > t \mid T > 0) = \frac{\Phi((\mu - \log\frac{t + 1}{p + 1}) / \sigma)}
                                   {\Phi((\mu + \log(p + 1)) / \sigma)}

    with p the promised and T the actual months since the promise was made. The one month added to both
    keeps a promise of a few days from weighing like one of years. A prediction holds that the talks were
    open when the promise was made; the fit itself takes slips as plainly normal.

    Covariates are two columns of X: ``promised``, and optionally ``said_at``, the age in months at which
    the promise was made on the clock of ``y`` (default 0: the clock starts with the promise). With
    ``said_at`` since the launch it stands beside models of the time since launch. Rows without a promise
    are left out of the fit and counted in ``diagnostics_["without_promise"]``.

    Parameters
    ----------
    priors : mapping of str to (mean, sd), optional
        Gaussian priors on ``Intercept`` (mu) and ``log(scale)`` (log sigma); default none.

    Attributes
    ----------
    params_, standard_errors_ : Series
        ``Intercept`` and ``log(scale)``.
    loglik_ : float
        Log-likelihood of T, without the prior.
    """

    def __init__(self, priors: Priors | None = None) -> None:
        self.priors = priors

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        promised, said_at = _promise_of(X)
        known = np.isfinite(promised) & np.isfinite(said_at)
        self.diagnostics_["without_promise"] = int((~known).sum())
        promised, y, weights = promised[known], y[known], weights[known]
        require_events(y, _LEAST_EVENTS, "the slip of promises")
        labels = (INTERCEPT, LOG_SCALE)
        given = [(self.priors or {}).get(name, (0.0, np.inf)) for name in labels]
        fit = fit_aft(
            np.ones((len(y), 1)),
            _relative(y, promised, said_at[known]),
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
                f"no promise with a date or a number is known of {missing}"
            )
        # The day of each promise is a knot: until then a curve is 1.
        knots = np.union1d(times, said_at)
        since = np.maximum(knots - said_at[:, np.newaxis], 0.0)
        begun = self._log_tail(np.zeros((len(X), 1)), promised)
        survival = np.exp(self._log_tail(since, promised) - begun)
        return SurvivalCurves(knots, survival, np.zeros(len(X)), "log-linear")

    def _log_tail(self, since: FloatArray, promised: FloatArray) -> FloatArray:
        """Log-probability of a slip beyond that of each time since the promise, (n, m)."""
        slip = np.log1p(since) - np.log1p(promised)[:, np.newaxis]
        tail: FloatArray = log_ndtr((self.fit_.coefficients[0] - slip) / self.fit_.scale)
        return tail


def _promise_of(X: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
    if PROMISED not in X:
        raise DataError(f"X has no column {PROMISED!r} (promised months).")
    promised = X[PROMISED].to_numpy(dtype=np.float64)
    said_at = X[SAID_AT].to_numpy(dtype=np.float64) if SAID_AT in X else np.zeros(len(X))
    for name, values in ((PROMISED, promised), (SAID_AT, said_at)):
        if (values < 0).any() or np.isinf(values).any():
            raise DataError(f"{name} must be a finite number of months, not negative.")
    return promised, said_at


def _relative(y: DurationArray, promised: FloatArray, said_at: FloatArray) -> DurationArray:
    """Durations as multiples of the promised ones, one month added to both."""

    def relative(age: FloatArray) -> FloatArray:
        result: FloatArray = (np.maximum(age - said_at, 0.0) + 1.0) / (promised + 1.0)
        return result

    if (y["upper"] <= said_at).any():
        raise DataError("A promise was made after the end of its spell.")
    entered = y["entry"] > said_at
    return durations(
        relative(y["lower"]),
        relative(y["upper"]),
        entry=np.where(entered, relative(y["entry"]), 0.0),
        exit=relative(y["exit"]),
        cause=y["cause"],
    )
