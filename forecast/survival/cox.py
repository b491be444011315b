r"""Cox regression by Newton's method on the penalised partial likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from forecast.errors import ConvergenceError, DataError, NotIdentifiedError
from forecast.inference.newton import minimise
from forecast.survival.arrays import BoolArray, FloatArray, IntArray, check_spans
from forecast.survival.baseline import BaselineHazard
from forecast.survival.guard import Concern
from forecast.survival.partial_likelihood import PartialLikelihood
from forecast.survival.prior import GaussianPrior
from forecast.survival.risk_sets import RiskSets

Ties = Literal["efron", "breslow"]

# The square of a covariate must not overflow.
_LARGEST = 1e100
# A hazard ratio whose standard error, on its log, is above this was hardly observed.
_WIDE = 10.0
# The same for a change by one standard deviation of the covariate.
_WIDE_STANDARDISED = 3.0
_EVENTS_PER_COVARIATE = 1.5
# Information below this share of what there is at 0: at 0, rounding error of a flat direction; at
# the estimate, standard errors a thousand times as wide, on the way to infinity.
_UNDETERMINED = 1e-10
_SEPARATED = 1e-6


@dataclass(frozen=True, eq=False)
class CoxFit:
    r"""A fitted hazard :math:`\lambda_g(t) \exp(x'\beta)` with a baseline for each stratum g.

    Attributes
    ----------
    names : tuple of str
        Names of the covariates.
    coefficients : (p,) array
        Log hazard ratios.
    covariance : (p, p) array
        Inverse of the observed information (with the prior).
    loglik, loglik_null : float
        Log partial likelihood at the estimate and at 0, without the prior.
    gradient : (p,) array
        Gradient of the log-posterior at the estimate.
    iterations : int
        Newton steps.
    events : int
        Rows with an event and a positive weight.
    ties : 'efron' or 'breslow'
        How tied events were treated.
    baselines : tuple of BaselineHazard
        One each a stratum, in the order of `strata`.
    strata : (g,) array
        Labels of the strata, sorted.
    concerns : tuple of Concern
        What a reader must know: fewer than 1.5 events for a covariate without a prior, or a
        standard error above 10, or above 3 for a change of the covariate by one standard deviation
        (near separation, so that neither estimate nor Wald interval can be relied on).
    """

    names: tuple[str, ...]
    coefficients: FloatArray
    covariance: FloatArray
    loglik: float
    loglik_null: float
    gradient: FloatArray
    iterations: int
    events: int
    ties: Ties
    baselines: tuple[BaselineHazard, ...]
    strata: npt.NDArray[np.generic]
    concerns: tuple[Concern, ...]

    @property
    def standard_errors(self) -> FloatArray:
        """Standard errors of the coefficients, (p,)."""
        errors: FloatArray = np.sqrt(np.diag(self.covariance))
        return errors

    @property
    def diagnostics(self) -> list[str]:
        """The concerns as sentences."""
        return [concern.sentence for concern in self.concerns]

    @property
    def baseline(self) -> BaselineHazard:
        """The baseline of a fit without strata."""
        if len(self.baselines) != 1:
            raise DataError(f"The fit has {len(self.baselines)} strata; choose one of `baselines`.")
        return self.baselines[0]


def fit_cox(
    design: npt.ArrayLike,
    time: npt.ArrayLike,
    event: npt.ArrayLike,
    *,
    entry: npt.ArrayLike | None = None,
    strata: npt.ArrayLike | None = None,
    weights: npt.ArrayLike | None = None,
    ties: Ties = "efron",
    prior_mean: npt.ArrayLike | None = None,
    prior_precision: npt.ArrayLike | None = None,
    names: Sequence[str] | None = None,
) -> CoxFit:
    r"""Fit a proportional hazards regression.

    The log partial likelihood is

    .. math::
        \sum_i w_i \delta_i x_i'\beta
        - \sum_{t} \bar w_t \sum_{l=0}^{d_t - 1} \log\Bigl(\sum_{j \in R(t)} w_j e^{x_j'\beta}
        - f_{tl} \sum_{j \in D(t)} w_j e^{x_j'\beta}\Bigr)

    over the event times t of each stratum, with the :math:`d_t` events :math:`D(t)` of mean weight
    :math:`\bar w_t`, the risk set :math:`R(t)` of entry :math:`< t \le` time in the same stratum,
    and :math:`f_{tl} = l / d_t` (Efron) or 0 (Breslow). Times are tied where they are equal as
    numbers. A covariate that changes with time is several rows of one case: each covers
    (entry, time] with the values it had then, and only the last can have the event.

    Parameters
    ----------
    design : (n, p) array_like
        Covariates, without an intercept; p may be 0.
    time : (n,) array_like
        Months to the event, or to the end of the row.
    event : (n,) array_like
        1 or True where the event was seen.
    entry : (n,) array_like, optional
        Age from which a row was followed; default 0.
    strata : (n,) array_like, optional
        Labels of strata with a baseline of their own.
    weights : (n,) array_like, optional
        Case weights; default 1. Rows of weight 0 are left out.
    ties : 'efron' or 'breslow'
        How tied events are treated.
    prior_mean, prior_precision : (p,) or scalar array_like, optional
        Gaussian priors on the coefficients (ridge); default none. A precision of 1 / s**2 is a
        standard deviation of s.
    names : sequence of str, optional
        Names of the covariates; default x0, x1, ...

    Returns
    -------
    CoxFit

    Raises
    ------
    DataError
        If the arrays do not fit together or a row contradicts itself.
    NotIdentifiedError
        If no event was seen.
    ConvergenceError
        If the partial likelihood has no maximum (separation) or a covariate is not determined; it
        names the covariate.

    References
    ----------
    Cox (1972), doi:10.1111/j.2517-6161.1972.tb00899.x. Efron (1977),
    doi:10.1080/01621459.1977.10480613. Therneau and Grambsch (2000), Modeling Survival Data,
    sections 3.1 to 3.3 and 10.2.
    """
    if ties not in ("efron", "breslow"):
        raise DataError(f"Ties are 'efron' or 'breslow', not {ties!r}.")
    rows = _Rows.checked(design, time, event, entry, strata, weights)
    p = rows.x.shape[1]
    labels = tuple(names) if names is not None else tuple(f"x{k}" for k in range(p))
    if len(labels) != p:
        raise DataError(f"The design has {p} columns but {len(labels)} names.")
    prior = GaussianPrior.of(prior_mean, prior_precision, p)
    sets = RiskSets.build(
        rows.time, rows.event, rows.entry, rows.stratum, rows.weights, efron=ties == "efron"
    )
    likelihood = PartialLikelihood.build(rows.x, sets, prior)
    found = _maximise(likelihood, labels)
    events = int(rows.event.sum())
    return CoxFit(
        names=labels,
        coefficients=found.beta,
        covariance=found.covariance,
        loglik=found.loglik,
        loglik_null=found.loglik_null,
        gradient=found.gradient,
        iterations=found.iterations,
        events=events,
        ties=ties,
        baselines=likelihood.baselines(found.beta),
        strata=rows.strata,
        concerns=_concerns(likelihood, found, labels, events),
    )


@dataclass(frozen=True, eq=False)
class _Rows:
    x: FloatArray
    time: FloatArray
    event: BoolArray
    entry: FloatArray | None
    stratum: IntArray
    strata: npt.NDArray[np.generic]
    weights: FloatArray

    @classmethod
    def checked(
        cls,
        design: npt.ArrayLike,
        time: npt.ArrayLike,
        event: npt.ArrayLike,
        entry: npt.ArrayLike | None,
        strata: npt.ArrayLike | None,
        weights: npt.ArrayLike | None,
    ) -> _Rows:
        times = np.asarray(time, dtype=np.float64)
        events = np.asarray(event, dtype=np.float64)
        x = np.asarray(design, dtype=np.float64)
        entries = np.zeros(times.shape) if entry is None else np.asarray(entry, dtype=np.float64)
        w = np.ones(times.shape) if weights is None else np.asarray(weights, dtype=np.float64)
        labels = np.zeros(times.shape) if strata is None else np.asarray(strata)
        _check(x, times, events, entries, labels, w)
        kept = w > 0
        if not (events[kept] > 0).any():
            raise NotIdentifiedError("No event was seen, so there is nothing to regress on.")
        if not kept.all():
            x, times, events, entries, labels, w = (
                part[kept] for part in (x, times, events, entries, labels, w)
            )
        if strata is None:
            names, codes = np.zeros(1), np.zeros(len(times), dtype=np.intp)
        else:
            names, codes = np.unique(labels, return_inverse=True)
        late = entries if (entries > 0).any() else None
        return cls(x, times, events > 0, late, codes, names, w)


def _check(
    x: FloatArray,
    times: FloatArray,
    events: FloatArray,
    entries: FloatArray,
    labels: npt.NDArray[np.generic],
    weights: FloatArray,
) -> None:
    if x.ndim != 2 or times.ndim != 1 or len(x) != len(times):
        raise DataError(f"A design {x.shape} does not fit times {times.shape}.")
    if any(part.shape != times.shape for part in (events, entries, labels, weights)):
        raise DataError("Times, events, entries, strata and weights must be of one length.")
    if not np.isfinite(x).all():
        raise DataError("The design has a value that is missing or infinite.")
    if np.abs(x).max(initial=0.0) > _LARGEST:
        raise DataError(f"The design has a value above {_LARGEST:g}; use another unit.")
    if not all(np.isfinite(part).all() for part in (times, events, entries, weights)):
        raise DataError("Times, events, entries and weights must be finite numbers.")
    check_spans(entries, times)
    if not np.isin(events, (0.0, 1.0)).all():
        raise DataError("Events must be 0 or 1.")
    if (weights < 0).any():
        raise DataError("Case weights cannot be negative.")


@dataclass(frozen=True, eq=False)
class _Estimate:
    beta: FloatArray
    covariance: FloatArray
    loglik: float
    loglik_null: float
    gradient: FloatArray
    iterations: int


def _maximise(likelihood: PartialLikelihood, names: Sequence[str]) -> _Estimate:
    """Maximise, and refuse a maximum at infinity or along a line."""
    start = np.zeros(len(names))
    null = likelihood.loglik(start)
    if not names:
        return _Estimate(start, np.empty((0, 0)), null, null, start, 0)
    _, _, curvature = likelihood.objective(start)
    flat, name = _flattest(curvature, likelihood.scale(), names)
    if flat < _UNDETERMINED:
        raise ConvergenceError(
            f"The cases do not determine {name!r}, alone or against other covariates: it does not "
            "vary where events were seen, or follows from the others; drop it or put a prior on it."
        )
    found = minimise(likelihood.objective, start, names)
    flat, name = _flattest(found.hessian, np.sqrt(np.diag(curvature)), names)
    if flat < _SEPARATED:
        raise ConvergenceError(
            f"The events are separated: the fit keeps improving as {name!r} goes to infinity (now "
            f"{found.x[names.index(name)]:.6g}); put a prior (penalty) on it, drop it, or bring "
            "more cases."
        )
    loglik = likelihood.loglik(found.x)
    covariance = found.inverse_hessian()
    return _Estimate(found.x, covariance, loglik, null, -found.gradient, found.iterations)


def _flattest(curvature: FloatArray, scale: FloatArray, names: Sequence[str]) -> tuple[float, str]:
    """Least curvature relative to the scale, and the covariate that it belongs to most."""
    values, vectors = np.linalg.eigh(curvature / np.outer(scale, scale))
    return float(values[0]), names[int(np.argmax(np.abs(vectors[:, 0])))]


def _concerns(
    likelihood: PartialLikelihood, found: _Estimate, names: Sequence[str], events: int
) -> tuple[Concern, ...]:
    """Say whether events are few and which covariates are next to separation."""
    concerns = []
    free = int((likelihood.prior.precision == 0).sum())
    if events < _EVENTS_PER_COVARIATE * free:
        concerns.append(
            Concern(
                "few events",
                None,
                f"{events} events for {free} covariates without a prior are few: the estimates "
                "lean to extremes and their standard errors are too small; set priors or drop "
                "covariates.",
            )
        )
    errors = np.sqrt(np.diag(found.covariance))
    wide = (errors > _WIDE) | (errors * likelihood.spread() > _WIDE_STANDARDISED)
    for k in np.flatnonzero(wide).tolist():
        concerns.append(
            Concern(
                "near separation",
                names[k],
                f"The data hardly determine {names[k]!r} (estimate {found.beta[k]:.3g}, standard "
                f"error {errors[k]:.3g}): it nearly separates the cases that had the event; add a "
                "prior (penalty) on it, drop it, or bring more cases.",
            )
        )
    return tuple(concerns)
