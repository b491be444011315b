r"""Likelihood of durations whose log cumulative hazard is a spline in log time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.durations import CONCLUDED
from forecast.survival.prior import GaussianPrior
from forecast.survival.spline_basis import NaturalSpline

# An interval narrower than this in log time is the density at its middle times its width.
_NARROW = 1e-5


@dataclass(frozen=True, eq=False)
class SplineLikelihood:
    r"""Log-posterior of theta = (spline, beta) with :math:`\log H = Z \theta`.

    With :math:`H = e^\eta`, a row that ended at t contributes
    :math:`\eta + \log s'(\log t) - \log t - H`, one that was open :math:`-H(l)`, one that ended in
    (l, u] :math:`\log(e^{-H(l)} - e^{-H(u)})`; entry at v takes off :math:`-H(v)`, or with an exit
    x, of a row that concluded, :math:`\log(e^{-H(v)} - e^{-H(x)})`.

    Attributes
    ----------
    exact, slopes : (n_1, k) arrays
        Rows of Z at the exact ends, and their derivatives in log time.
    lasting : (n_2, k) array
        Rows of Z at ages that were outlived (or, with a negative weight, at entries).
    begin, end : (n_3, k) arrays
        Rows of Z at both ends of intervals; rows of 0 in `begin` where it is at time 0.
    from_zero : (n_3,) bool array
        Where that is so.
    exact_weights, lasting_weights, between_weights : (n_1,), (n_2,), (n_3,) arrays
        Case weights, negative for what is divided by.
    constant : float
        What no parameter enters.
    prior : GaussianPrior
        Prior on theta, none on the spline.
    spline : NaturalSpline
        Basis.
    mixing : (j + 2, j + 2) array
        The spline's coefficients are this matrix times the first parameters, see `coefficients`.
    """

    exact: FloatArray
    slopes: FloatArray
    lasting: FloatArray
    begin: FloatArray
    end: FloatArray
    from_zero: npt.NDArray[np.bool_]
    exact_weights: FloatArray
    lasting_weights: FloatArray
    between_weights: FloatArray
    constant: float
    prior: GaussianPrior
    spline: NaturalSpline
    mixing: FloatArray

    @classmethod
    def build(
        cls,
        x: FloatArray,
        y: DurationArray,
        spline: NaturalSpline,
        weights: FloatArray,
        prior_mean: npt.ArrayLike | None,
        prior_precision: npt.ArrayLike | None,
    ) -> SplineLikelihood:
        """Sort checked rows by what they contribute."""
        entry, lower, upper, exit_ = y["entry"], y["lower"], y["upper"], y["exit"]
        used = weights > 0
        concluded = (y["cause"] == CONCLUDED) & used
        middle = 0.5 * lower + 0.5 * np.where(concluded, upper, lower)
        width = np.where(concluded, upper, lower) - lower
        narrow = concluded & (width < _NARROW * lower)
        wide = concluded & ~narrow
        truncated = concluded & np.isfinite(exit_)
        lasts = used & ~concluded & (lower > 0)
        entered = used & ~truncated & (entry > 0)

        mixing = spline.orthogonal(np.log(middle[concluded]))

        def rows(chosen: npt.NDArray[np.bool_], times: FloatArray) -> FloatArray:
            return np.hstack([spline.values(np.log(times[chosen])) @ mixing, x[chosen]])

        slopes = np.zeros((int(narrow.sum()), spline.size + x.shape[1]))
        slopes[:, : spline.size] = spline.slopes(np.log(middle[narrow])) @ mixing
        begins = np.concatenate([lower[wide], entry[truncated]])
        from_zero = begins == 0
        begin = np.vstack([rows(wide, _positive(lower)), rows(truncated, _positive(entry))])
        begin[from_zero] = 0.0
        constant = -np.log(middle[narrow]) + np.log(np.where(width > 0, width, 1.0))[narrow]
        own = GaussianPrior.of(prior_mean, prior_precision, x.shape[1])
        none = np.zeros(spline.size)
        return cls(
            exact=rows(narrow, middle),
            slopes=slopes,
            lasting=np.vstack([rows(lasts, lower), rows(entered, entry)]),
            begin=begin,
            end=np.vstack([rows(wide, upper), rows(truncated, exit_)]),
            from_zero=from_zero,
            exact_weights=weights[narrow],
            lasting_weights=np.concatenate([weights[lasts], -weights[entered]]),
            between_weights=np.concatenate([weights[wide], -weights[truncated]]),
            constant=float(weights[narrow] @ constant),
            prior=GaussianPrior(
                np.concatenate([none, own.mean]), np.concatenate([none, own.precision])
            ),
            spline=spline,
            mixing=mixing,
        )

    def start(self, y: DurationArray) -> FloatArray:
        """Return the exponential distribution with the conclusions per month followed."""
        upper = np.where(np.isfinite(y["upper"]), y["upper"], y["lower"])
        followed = float(np.sum(0.5 * y["lower"] + 0.5 * upper - y["entry"]))
        concluded = float(np.sum(y["cause"] == CONCLUDED))
        knots = self.spline.knots
        theta = np.zeros(len(self.prior.mean))
        spline = np.zeros(self.spline.size)
        spline[:2] = np.log(concluded) - np.log(followed) + knots[0], knots[-1] - knots[0]
        theta[: self.spline.size] = np.linalg.solve(self.mixing, spline)
        return theta

    @property
    def coefficients(self) -> FloatArray:
        """Matrix (k, k) that takes theta to the coefficients of the spline's basis and beta."""
        matrix = np.eye(len(self.prior.mean))
        matrix[: self.spline.size, : self.spline.size] = self.mixing
        return matrix

    def loglik(self, theta: FloatArray) -> float:
        """Weighted log-likelihood of time, without the prior."""
        away = theta - self.prior.mean
        return self.log_posterior(theta)[0] + 0.5 * float(self.prior.precision @ away**2)

    def log_posterior(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Weighted log-likelihood plus log-prior, with gradient (k,) and Hessian (k, k).

        The log-prior is without its constant. Where a density would not be positive the value is
        not finite.
        """
        away = theta - self.prior.mean
        value = self.constant - 0.5 * float(self.prior.precision @ away**2)
        gradient = -self.prior.precision * away
        hessian = np.diag(-self.prior.precision)

        eta, slope, w = self.exact @ theta, self.slopes @ theta, self.exact_weights
        if not (slope > 0).all():
            return -np.inf, gradient, hessian
        hazard = np.exp(eta)
        value += float(w @ (eta + np.log(slope) - hazard))
        gradient = gradient + self.exact.T @ (w * (1.0 - hazard)) + self.slopes.T @ (w / slope)
        hessian = hessian - _weighted(self.exact, w * hazard, self.exact)
        hessian -= _weighted(self.slopes, w / slope**2, self.slopes)

        outlived = self.lasting_weights * np.exp(self.lasting @ theta)
        value -= float(outlived.sum())
        gradient -= self.lasting.T @ outlived
        hessian -= _weighted(self.lasting, outlived, self.lasting)
        parts = self._between(theta)
        return value + parts[0], gradient + parts[1], hessian + parts[2]

    def objective(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Minus the log-posterior with its derivatives, to be minimised."""
        value, gradient, hessian = self.log_posterior(theta)
        return -value, -gradient, -hessian

    def _between(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Sum of w log(exp(-H_1) - exp(-H_2)), with derivatives."""
        w, p = self.between_weights, len(theta)
        first = np.where(self.from_zero, 0.0, np.exp(self.begin @ theta))
        second = np.exp(self.end @ theta)
        rise = second - first
        if not (rise > 0).all():
            return -np.inf, np.zeros(p), np.zeros((p, p))
        odds = 1.0 / np.expm1(rise)
        spread = odds * (1.0 + odds)
        value = float(w @ (np.log(-np.expm1(-rise)) - first))
        gradient = self.end.T @ (w * odds * second) - self.begin.T @ (w * (1.0 + odds) * first)
        cross = _weighted(self.begin, w * spread * first * second, self.end)
        hessian = (
            _weighted(self.end, w * second * (odds - spread * second), self.end)
            - _weighted(self.begin, w * first * (1.0 + odds + spread * first), self.begin)
            + cross
            + cross.T
        )
        return value, gradient, hessian


def _positive(times: FloatArray) -> FloatArray:
    return np.where(times > 0, times, 1.0)


def _weighted(left: FloatArray, weights: FloatArray, right: FloatArray) -> FloatArray:
    """Return left' diag(weights) right."""
    result: FloatArray = (left * weights[:, np.newaxis]).T @ right
    return result
