r"""The one censored likelihood of log T = eta + scale W, with eta = X beta.

Every kind of censoring and truncation is a sum of the terms of `terms`; Gaussian priors may stand
on any parameter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray
from forecast.survival.durations import CONCLUDED, as_durations
from forecast.survival.families import Family, get_family
from forecast.survival.terms import Evaluate, RowDerivatives, Term, between, cdf, density, survival

# An interval narrower than this in log time (five minutes in a year) is the density at its middle
# times its width: the relative error is of the order of its square, and a difference of survival
# functions would lose that many digits and more in its second derivative.
_NARROW = 1e-5


@dataclass(frozen=True, eq=False)
class GaussianPrior:
    r"""Independent Gaussian priors, up to a constant :math:`-\sum_k q_k (\theta_k - m_k)^2 / 2`.

    Attributes
    ----------
    mean, precision : (k,) arrays
        One each a parameter; precision 0 is no prior.
    """

    mean: FloatArray
    precision: FloatArray

    @classmethod
    def of(
        cls, mean: npt.ArrayLike | None, precision: npt.ArrayLike | None, size: int
    ) -> GaussianPrior:
        """Check and broadcast the two to (size,); the default of each is 0.

        Raises
        ------
        DataError
            If the lengths are not `size`, a value is not finite or a precision is negative.
        """
        try:
            means, precisions = (
                np.broadcast_to(np.asarray(0.0 if part is None else part, np.float64), (size,))
                for part in (mean, precision)
            )
        except ValueError as error:
            raise DataError(
                f"A prior has one mean and one precision for each of the {size} parameters."
            ) from error
        if not (np.isfinite(means).all() and np.isfinite(precisions).all()):
            raise DataError("A prior's mean and precision must be finite.")
        if (precisions < 0).any():
            raise DataError("A prior's precision cannot be negative; 0 means no prior.")
        return cls(means, precisions)


@dataclass(frozen=True, eq=False)
class CensoredLikelihood:
    r"""Likelihood of durations under a log-location-scale family.

    The parameters are theta = (beta, log scale), or beta alone where the family fixes the scale.
    Row i contributes its weight times :math:`\log A_i - \log B_i`:

    - exact at t: :math:`A = f(t)`, the density of time and not of log time;
    - concluded in (l, u]: :math:`A = S(l) - S(u)`, so :math:`F(u)` if l = 0;
    - open at l: :math:`A = S(l)`;
    - ended without agreement at l: :math:`A = S(l)`, for it was open until then (its cause of
      ending is treated as independent censoring);
    - entry v, no exit: :math:`B = S(v)`; exit x of a concluded row: :math:`B = S(v) - S(x)`.

    A row that ended without agreement is not divided for its exit: the division conditions on
    having *concluded* by then, and it had not.

    Attributes
    ----------
    design : (n, p) array
        Covariates, with a column of ones for an intercept.
    family : Family
        Distribution of W.
    terms : tuple of Term
        What the rows contribute.
    constants : (n,) array
        Parts of the log-likelihood that no parameter enters: minus log t of exact rows.
    weights : (n,) array
        Case weights.
    prior : GaussianPrior
        Prior on theta.
    """

    design: FloatArray
    family: Family
    terms: tuple[Term, ...]
    constants: FloatArray
    weights: FloatArray
    prior: GaussianPrior

    @classmethod
    def build(
        cls,
        design: npt.ArrayLike,
        y: DurationArray,
        family: str | Family,
        *,
        weights: npt.ArrayLike | None = None,
        prior_mean: npt.ArrayLike | None = None,
        prior_precision: npt.ArrayLike | None = None,
    ) -> CensoredLikelihood:
        """Check the arrays and sort the rows into terms.

        Parameters
        ----------
        design : (n, p) array_like
            Covariates, with a column of ones for an intercept.
        y : (n,) structured array
            Durations in months, see `durations`.
        family : str or Family
            Distribution of W or its name.
        weights : (n,) array_like, optional
            Case weights, not negative; default 1.
        prior_mean, prior_precision : (k,) or scalar array_like, optional
            Gaussian prior on (beta, log scale); default none.

        Raises
        ------
        DataError
            If lengths differ or a value is not finite.
        """
        y = as_durations(y)
        x = np.ascontiguousarray(design, dtype=np.float64)
        case_weights = np.ones(len(y)) if weights is None else np.asarray(weights, np.float64)
        if x.ndim != 2 or len(x) != len(y) or case_weights.shape != (len(y),):
            raise DataError(
                f"Durations ({len(y)} rows), design {x.shape} and weights {case_weights.shape} "
                "do not fit together."
            )
        if not np.isfinite(x).all():
            raise DataError("The design has a value that is missing or infinite.")
        if not (np.isfinite(case_weights).all() and (case_weights >= 0).all()):
            raise DataError("Case weights must be finite and not negative.")
        chosen = get_family(family)
        terms, constants = _terms(y)
        size = x.shape[1] + (chosen.fixed_scale is None)
        prior = GaussianPrior.of(prior_mean, prior_precision, size)
        return cls(x, chosen, terms, constants, case_weights, prior)

    @property
    def size(self) -> int:
        """Number of free parameters."""
        return len(self.prior.mean)

    def split(self, theta: FloatArray) -> tuple[FloatArray, float]:
        """Return (beta, log scale) of the parameters theta."""
        if self.family.fixed_scale is not None:
            return theta, float(np.log(self.family.fixed_scale))
        return theta[:-1], float(theta[-1])

    def rows(self, eta: FloatArray, log_scale: npt.ArrayLike) -> RowDerivatives:
        """Log-likelihood of every row, unweighted, with its derivatives in eta and log scale.

        Parameters
        ----------
        eta : (..., n) array
            Linear predictors; leading axes are separate evaluations.
        log_scale : (...) array_like
            Log of the scale of each evaluation.

        Returns
        -------
        RowDerivatives of (..., n) arrays
        """
        tau = np.asarray(log_scale, dtype=np.float64)[..., np.newaxis]
        total = RowDerivatives(*(np.zeros(eta.shape) for _ in RowDerivatives._fields))
        total.value[...] = self.constants
        for term in self.terms:
            part = term.evaluate(
                self.family, eta[..., term.rows], tau, term.log_time, term.log_time_2
            )
            for whole, piece in zip(total, part, strict=True):
                whole[..., term.rows] += term.sign * piece
        return total

    def row_loglik(self, theta: FloatArray) -> FloatArray:
        """Log-likelihood of every row, (n,), of time, without weights and prior."""
        beta, log_scale = self.split(theta)
        return self.rows(self.design @ beta, log_scale).value

    def loglik(self, theta: FloatArray) -> float:
        """Weighted log-likelihood of time, without the prior."""
        return float(self.weights @ self.row_loglik(theta))

    def log_posterior(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Weighted log-likelihood plus log-prior, with gradient (k,) and Hessian (k, k).

        The log-prior is without its constant, so that without a prior this is the log-likelihood.
        """
        beta, log_scale = self.split(theta)
        by_row = self.rows(self.design @ beta, log_scale)
        x, w, p = self.design, self.weights, self.design.shape[1]
        gradient, hessian = np.empty(self.size), np.empty((self.size, self.size))
        gradient[:p] = x.T @ (w * by_row.eta)
        hessian[:p, :p] = (x * (w * by_row.eta_eta)[:, np.newaxis]).T @ x
        if self.family.fixed_scale is None:
            gradient[p] = w @ by_row.tau
            hessian[:p, p] = hessian[p, :p] = x.T @ (w * by_row.eta_tau)
            hessian[p, p] = w @ by_row.tau_tau
        away = theta - self.prior.mean
        value = float(w @ by_row.value - 0.5 * self.prior.precision @ away**2)
        gradient -= self.prior.precision * away
        hessian[np.diag_indices(self.size)] -= self.prior.precision
        return value, gradient, hessian

    def objective(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Minus the log-posterior with its derivatives, to be minimised."""
        value, gradient, hessian = self.log_posterior(theta)
        return -value, -gradient, -hessian


def _terms(y: DurationArray) -> tuple[tuple[Term, ...], FloatArray]:
    """Sort the rows into terms; return them with the rows' constants."""
    entry, lower, upper, exit_ = y["entry"], y["lower"], y["upper"], y["exit"]
    concluded = y["cause"] == CONCLUDED
    log_lower, log_upper = _log(lower), _log(upper)
    width = np.where(concluded, upper - lower, np.inf)
    exact = width == 0
    with np.errstate(divide="ignore", invalid="ignore"):
        log_width = np.where(lower > 0, np.log1p(width / lower), np.inf)
    narrow = ~exact & (log_width < _NARROW)
    point = exact | narrow
    wide = concluded & ~point
    entered = entry > 0
    through_exit = concluded & np.isfinite(exit_)

    constants = np.zeros(len(y))
    constants[exact] = -log_lower[exact]
    constants[narrow] = np.log(log_width[narrow])
    middle = log_lower + np.where(narrow, 0.5 * log_width, 0.0)
    log_entry, log_exit = _log(entry), _log(exit_)
    terms = (
        _term(density, point, middle),
        _term(survival, ~concluded & (lower > 0), log_lower),
        _term(cdf, wide & (lower == 0), log_upper),
        _term(between, wide & (lower > 0), log_lower, log_upper),
        _term(survival, entered & ~through_exit, log_entry, sign=-1.0),
        _term(cdf, ~entered & through_exit, log_exit, sign=-1.0),
        _term(between, entered & through_exit, log_entry, log_exit, sign=-1.0),
    )
    return tuple(term for term in terms if len(term.rows)), constants


def _term(
    evaluate: Evaluate,
    chosen: BoolArray,
    log_time: FloatArray,
    log_time_2: FloatArray | None = None,
    sign: float = 1.0,
) -> Term:
    rows = np.flatnonzero(chosen)
    second = log_time if log_time_2 is None else log_time_2
    return Term(evaluate, rows, log_time[rows], second[rows], sign)


def _log(time: FloatArray) -> FloatArray:
    """Log of the times; 0 and infinity stay, as no term uses their logs."""
    with np.errstate(divide="ignore"):
        result: FloatArray = np.log(time)
    return result
