"""Parametric regression of durations by penalised maximum likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.inference.newton import NewtonResult
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.durations import CONCLUDED
from forecast.survival.family import LOG_SCALE, Family, LocationScale
from forecast.survival.gompertz import Gompertz
from forecast.survival.guard import Concern, concerns
from forecast.survival.likelihood import CensoredLikelihood
from forecast.survival.likelihood_inputs import NeverShare
from forecast.survival.start import fit_from_best_start


@dataclass(frozen=True, eq=False)
class AFTFit:
    """A fitted regression: log T = X beta + scale W, or a Gompertz with rate exp(-X beta).

    Attributes
    ----------
    names : tuple of str
        Names of the free parameters: the columns of the design, ``log(scale)`` unless the family
        has none, ``q`` (generalised gamma) or ``shape`` (Gompertz), ``never: ...`` of the never
        share, ``log(ending rate)``.
    theta : (k,) array
        Estimates of the free parameters.
    covariance : (k, k) array
        Inverse of the observed information (with the prior) of the free parameters.
    loglik : float
        Weighted log-likelihood of time, without the prior.
    gradient : (k,) array
        Gradient of the log-posterior at the estimate.
    iterations : int
        Newton steps, without those of special cases that it began from.
    likelihood : CensoredLikelihood
        What was maximised.
    concerns : tuple of Concern
        What a reader must know before the figures are used; empty if nothing.
    """

    names: tuple[str, ...]
    theta: FloatArray
    covariance: FloatArray
    loglik: float
    gradient: FloatArray
    iterations: int
    likelihood: CensoredLikelihood = field(repr=False)
    concerns: tuple[Concern, ...] = ()

    @property
    def family(self) -> Family:
        """Distribution of durations."""
        return self.likelihood.family

    @property
    def coefficients(self) -> FloatArray:
        """Beta, (p,): effects on log months."""
        return self.theta[: self.likelihood.design.shape[1]]

    @property
    def log_scale(self) -> float:
        """Log of the scale; 0 for a Gompertz, which has none."""
        family = self.family
        if isinstance(family, LocationScale) and family.fixed_scale is not None:
            return float(np.log(family.fixed_scale))
        return self.parameter(LOG_SCALE) if LOG_SCALE in family.parameters else 0.0

    @property
    def scale(self) -> float:
        """The scale."""
        return float(np.exp(self.log_scale))

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of the free parameters, (k,)."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def diagnostics(self) -> list[str]:
        """The concerns as sentences."""
        return [concern.sentence for concern in self.concerns]

    @property
    def aic(self) -> float:
        """Akaike's criterion, 2 k - 2 loglik; it knows nothing of priors."""
        return 2.0 * len(self.theta) - 2.0 * self.loglik

    @property
    def bic(self) -> float:
        """Schwarz's criterion, k log(sum of weights) - 2 loglik; it knows nothing of priors."""
        return len(self.theta) * float(np.log(self.likelihood.weights.sum())) - 2.0 * self.loglik

    def parameter(self, name: str) -> float:
        """Estimate of one parameter by its name."""
        return float(self.theta[self.index(name)])

    def index(self, name: str) -> int:
        """Place of a parameter.

        Raises
        ------
        DataError
            If there is none of that name.
        """
        if name not in self.names:
            raise DataError(f"There is no parameter {name!r}; choose from {', '.join(self.names)}.")
        return self.names.index(name)


def fit_aft(
    design: npt.ArrayLike,
    y: DurationArray,
    family: str | Family,
    *,
    weights: npt.ArrayLike | None = None,
    prior_mean: npt.ArrayLike | None = None,
    prior_precision: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
    never: NeverShare | None = None,
) -> AFTFit:
    """Fit by Newton's method to any mix of censored and truncated rows.

    Parameters
    ----------
    design : (n, p) array_like
        Covariates, with a column of ones for an intercept.
    y : (n,) structured array
        Durations in months, see `durations`.
    family : str or Family
        Distribution of durations or its name.
    weights : (n,) array_like, optional
        Case weights; default 1.
    prior_mean, prior_precision : (k,) or scalar array_like, optional
        Gaussian priors on the free parameters in the order of `AFTFit.names`. Default: none. A
        precision of 1 / s**2 is a standard deviation of s.
    names : sequence of str, optional
        Names of the design's columns; default x0, x1, ...
    never : NeverShare, optional
        A share that never concludes. Default: none.

    Returns
    -------
    AFTFit

    Raises
    ------
    DataError
        If the arrays do not fit together.
    NotIdentifiedError
        If there are fewer conclusions than parameters without a prior, or a never share meets a
        Gompertz of negative shape.
    ConvergenceError
        If the likelihood has no maximum; it names the parameter that ran away.
    """
    likelihood = CensoredLikelihood.build(
        design,
        y,
        family,
        weights=weights,
        prior_mean=prior_mean,
        prior_precision=prior_precision,
        never=never,
    )
    labels = parameter_names(likelihood, names)
    check_identified(likelihood)
    return as_fit(likelihood, labels, _maximise(likelihood, labels))


def as_fit(likelihood: CensoredLikelihood, names: tuple[str, ...], found: NewtonResult) -> AFTFit:
    """Report a maximum of a likelihood."""
    covariance = found.inverse_hessian()
    loglik = -found.value - float(likelihood.log_prior(found.x))
    worries = concerns(likelihood, names, found.x, covariance)
    return AFTFit(
        names, found.x, covariance, loglik, -found.gradient, found.iterations, likelihood, worries
    )


def parameter_names(likelihood: CensoredLikelihood, names: Sequence[str] | None) -> tuple[str, ...]:
    """Names of all free parameters, given those of the design's columns or none."""
    columns = likelihood.design.shape[1]
    labels = tuple(names) if names is not None else tuple(f"x{k}" for k in range(columns))
    if len(labels) != columns:
        raise DataError(f"The design has {columns} columns but {len(labels)} names.")
    return (*labels, *likelihood.parameters)


def check_identified(likelihood: CensoredLikelihood) -> None:
    """Raise a NotIdentifiedError if conclusions are fewer than parameters without a prior."""
    counted = (likelihood.y["cause"] == CONCLUDED) & (likelihood.weights > 0)
    conclusions, wanted = int(np.sum(counted)), int(np.sum(likelihood.prior.precision == 0))
    if conclusions < wanted:
        raise NotIdentifiedError(
            f"{conclusions} conclusions cannot determine {wanted} parameters without a prior; "
            "bring more cases, drop covariates or set priors."
        )


def _maximise(likelihood: CensoredLikelihood, names: tuple[str, ...]) -> NewtonResult:
    try:
        return fit_from_best_start(likelihood, names)
    except ConvergenceError as error:
        if likelihood.layout.never and isinstance(likelihood.family, Gompertz):
            raise NotIdentifiedError(
                "A never share beside a Gompertz found no maximum at a positive shape; a negative "
                "one already never ends for a share of its own, so that the two cannot be told "
                "apart: drop the never share or choose another family."
            ) from error
        raise


__all__ = ["LOG_SCALE", "AFTFit", "as_fit", "check_identified", "fit_aft", "parameter_names"]
