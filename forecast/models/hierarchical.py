r"""The headline model: a Bayesian hierarchical regression of durations with a never share.

For negotiation i of family f with parties p in P(i), cluster c of near-copies:

.. math::
    \log T_i &= \mu + a_f + \sqrt{2 / |P|} \sum_p g_p + u_c + x_i' b + \sigma W_i \\
    \mathrm{logit}\, P(\text{never}_i) &= k + k_f

W has median 0: minimum Gumbel (Weibull), normal or logistic. An attempt that never concludes is ended
formally at a rate lambda. The likelihood of each kind of row is that of
:mod:`forecast.survival.likelihood`; inference is that of :mod:`forecast.inference.nested_laplace`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.errors import NotIdentifiedError, UsageError
from forecast.inference import leave_one_out, sample_posterior
from forecast.models.base import DurationModel
from forecast.models.hierarchical_priors import HierarchicalPriors
from forecast.models.hierarchical_problem import (
    FAMILIES,
    HierarchicalProblem,
    coefficient_means,
    prior_durations,
)
from forecast.models.hierarchical_rows import (
    ended_given_never,
    follow_up,
    open_rows,
    searched_for_failure,
)
from forecast.models.latent_field import LatentField
from forecast.models.posterior import CaseDraws, Known, Posterior, case_draws
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.durations import CONCLUDED

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KNOTS = np.concatenate([np.arange(0.0, 12.0, 0.5), np.geomspace(12.0, 1200.0, 100)])

_COST = {"lognormal": (512, 16), "weibull": (1024, 32), "loglogistic": (512, 16)}
"""Nodes and draws a node: a Weibull tail's latent posterior is the most skewed, and as many tell less."""


class HierarchicalModel(DurationModel):
    """Hierarchical accelerated failure times with a never share, fitted by nested Laplace.

    Rows that were looked for because they failed would set the never share by themselves. They enter the
    likelihood with ``failure_weight``; what is left of those that were ended tells of the ending rate
    alone, given that they never concluded.

    Parameters
    ----------
    family : {'lognormal', 'weibull', 'loglogistic'}
        Distribution of T.
    covariates : sequence of str, optional
        Columns of X to use; default the registry's default ones and a user's own.
    priors : HierarchicalPriors, optional
        Default those of the design.
    failure_weight : float
        Weight, in [0, 1], of rows with ``searched_for`` equal to ``failure``: 0 leaves them out, 1 takes
        them as if all had been found without looking for failures. The right weight is the share of
        ordinary negotiations that the lists cover, which nobody knows.
    nodes : int, optional
        Hyperparameter nodes; a power of 2 serves best. Default 512, and 1,024 under a Weibull tail.
    draws : int, optional
        Draws of the latent field a node, even; default 16, and 32 under a Weibull tail.
    seed : int
        Seed of the quasi-random nodes and the draws.

    Attributes
    ----------
    posterior_ : Posterior
        Weighted draws; :attr:`posterior` is their tidy frame.
    params_, standard_errors_ : Series
        Posterior means and standard deviations.
    problem_ : HierarchicalProblem
        What was sampled: its ``model`` can be given to other samplers.
    """

    weighs_cases: ClassVar[bool] = True

    def __init__(
        self,
        family: str = "lognormal",
        covariates: Sequence[str] | None = None,
        priors: HierarchicalPriors | None = None,
        failure_weight: float = 0.0,
        nodes: int | None = None,
        draws: int | None = None,
        seed: int = 0,
    ) -> None:
        self.family = family
        self.covariates = covariates
        self.priors = priors
        self.failure_weight = failure_weight
        self.nodes = nodes
        self.draws = draws
        self.seed = seed

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        self._check()
        searched = searched_for_failure(X)
        share = np.where(searched, self.failure_weight, 1.0) * weights
        rows = share > 0
        if not (y["cause"][rows] == CONCLUDED).any():
            raise NotIdentifiedError(
                "no negotiation but those looked for as failures has concluded"
            )
        told, retold = ended_given_never(X, y, searched)
        self.field_ = LatentField.of(X[rows], self.covariates)
        rest = (1.0 - self.failure_weight) * weights[told]
        self.problem_ = HierarchicalProblem.build(
            self.field_,
            pd.concat([X[rows], X[told]]),
            np.concatenate([y[rows], retold]),
            np.concatenate([share[rows], rest]),
            self.family,
            self._priors,
        )
        self.rows_ = X.index[rows].append(X.index[told])
        self.known_ = open_rows(X, y, share)
        self.open_ = X[[name in self.known_ for name in X.index]]
        self._forgotten: dict[object, FloatArray] = {}
        self._sample()
        self.diagnostics_ |= {
            "told_of_the_ending_rate_only": int(told.sum()) if self.failure_weight < 1 else 0,
            "looked_for_as_failures_and_left_out": int((searched & ~rows & ~told).sum()),
            "missing": self.field_.design.missing,
            "constant": list(self.field_.design.constant),
            **follow_up(y[rows]),
        }

    def _check(self) -> None:
        if self.family not in FAMILIES:
            raise UsageError(
                f"{self.family!r} is no family of this model; one of {', '.join(FAMILIES)}"
            )
        if not 0.0 <= self.failure_weight <= 1.0:
            raise UsageError(f"failure_weight lies in [0, 1], not {self.failure_weight}")
        if self.draws is not None and (self.draws < 2 or self.draws % 2):
            raise UsageError(f"draws come in mirrored pairs: an even number, not {self.draws}")

    @property
    def _priors(self) -> HierarchicalPriors:
        return self.priors or HierarchicalPriors()

    def _sample(self) -> None:
        problem = self.problem_
        nodes, draws = _COST[self.family]
        sample = sample_posterior(
            problem.model, self.nodes or nodes, self.draws or draws, self.seed
        )
        self.posterior_ = Posterior.of(problem, sample)
        self.params_, self.standard_errors_ = self.posterior_.mean(), self.posterior_.sd()
        self.diagnostics_ |= sample.diagnostics

    @property
    def posterior(self) -> pd.DataFrame:
        """Tidy draws with weights, one row a draw."""
        return self.posterior_.frame

    def summary(self) -> pd.DataFrame:
        """Posterior mean, standard deviation, 5, 50 and 95 % quantiles by parameter."""
        return self.posterior_.summary()

    def case(self, X: pd.DataFrame, never: float | None = None) -> list[CaseDraws]:
        """Draws of the durations of some cases, one object a row of X.

        Parameters
        ----------
        X : DataFrame, (n, p)
        never : float, optional
            Suppose this never share.
        """
        eta, kappa = self.posterior_.predictors(self.field_.incidence(X))
        family = FAMILIES[self.family]
        return [
            case_draws(self.posterior_, family, eta[:, k], kappa[:, k], never)
            for k in range(len(X))
        ]

    def case_anew(self, X: pd.DataFrame, never: float | None = None) -> list[CaseDraws]:
        """As :meth:`case`, weighed as if the fit had not known that these cases were open.

        Of a case that it knew by this name to be open; one that concluded stays in the fit. What was learnt
        from a case was learnt under its own covariates and never share, whatever is supposed of it now.
        """
        cases = []
        for name, case in zip(X.index, self.case(X), strict=True):
            share = case.never if never is None else np.full_like(case.never, never)
            cases.append(replace(case, never=share, weights=self._weights_without(name)))
        return cases

    def _weights_without(self, name: object) -> FloatArray:
        """Weights of the draws, (S,), as if the fit had not known an open case.

        Kept, for a table of all open cases asks each of them under six never shares.
        """
        if name not in self.known_:
            return self.posterior_.weights
        if name not in self._forgotten:
            (case, *_) = self.case(self.open_.loc[[name]])
            self._forgotten[name] = case.forgetting(self.known_[name])
        return self._forgotten[name]

    def known(self, name: object) -> Known:
        """What the fit knew of a case by name; nothing of one that was not in it, or not open."""
        return self.known_.get(name, Known())

    def predict_draws(
        self,
        X: pd.DataFrame,
        times: npt.ArrayLike,
        n: int,
        rng: np.random.Generator,
        elapsed: npt.ArrayLike = 0.0,
    ) -> FloatArray:
        """Posterior draws of survival curves, each conditional on being open at ``elapsed``.

        Parameters
        ----------
        X : DataFrame, (k, p)
        times : (m,) array_like
            Months since the launch.
        n : int
            Number of draws.
        rng : Generator
        elapsed : scalar or (k,) array_like
            Age at which each case is known to be open.

        Returns
        -------
        (n, k, m) array
        """
        grid = np.asarray(times, dtype=np.float64)
        ages = np.broadcast_to(np.asarray(elapsed, dtype=np.float64), (len(X),))
        curves = np.empty((n, len(X), len(grid)))
        for k, (case, age) in enumerate(zip(self.case_anew(X), ages, strict=True)):
            weights = case.given_open(float(age), self.known(X.index[k]).entry)
            chosen = rng.choice(len(weights), size=n, p=weights)
            curves[:, k] = case.survival(grid, float(age))[0][chosen]
        return curves

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        return self._predict(X, times, None, None)

    def _predict(
        self,
        X: pd.DataFrame,
        times: FloatArray,
        elapsed: npt.ArrayLike | None,
        never: float | None,
    ) -> SurvivalCurves:
        # Without an age a case is asked about as at its launch: that the fit knew it open is forgotten.
        known = 0.0 if elapsed is None else elapsed
        ages = np.broadcast_to(np.asarray(known, dtype=np.float64), (len(X),))
        grid = np.union1d(np.concatenate([[0.0], times]), ages)
        parts = [
            case.mean_survival(grid, float(age), self.known(name).entry)
            for case, age, name in zip(self.case_anew(X, never), ages, X.index, strict=True)
        ]
        return _as_curves(grid, parts)

    def _knots(self) -> FloatArray:
        # A mean over thousands of draws costs as much at every knot, and is smooth.
        return _KNOTS

    def loo(self) -> pd.DataFrame:
        """Expected log predictive density of each row when it is left out.

        Returns
        -------
        DataFrame
            Index the rows of the fit; columns ``elpd`` and ``pareto_shape``; the sum of the first is
            ``attrs["elpd"]`` and its standard error ``attrs["se"]``.
        """
        draws = self.posterior_
        values = self.problem_.row_values(draws.fields, draws.scale, draws.log_rate)
        elpd, shape = leave_one_out(values, draws.weights)
        table = pd.DataFrame({"elpd": elpd, "pareto_shape": shape}, index=self.rows_)
        table.attrs["elpd"] = float(table["elpd"].sum())
        table.attrs["se"] = float(np.sqrt(len(table) * table["elpd"].var()))
        return table

    def prior_predictive(self, draws: int = 4096, seed: int = 0) -> FloatArray:
        """Durations in months that the priors hold possible, (draws,); infinite for never.

        Of a negotiation between two parties of a family, none of which is in the data, without
        covariates.
        """
        return prior_durations(self.family, self._priors, draws, seed)

    def plot_effects(self, ax: Axes | None = None) -> Axes:
        """Draw the coefficients: prior and posterior, as ratios of durations."""
        from forecast.drawing import effects, shown

        names = list(self.field_.design.names)
        means = coefficient_means(self.field_.design, self._priors)
        drawn = effects(
            self.summary().loc[names],
            prior_mean=pd.Series(means, index=names),
            prior_sd=self._priors.coefficient_sd,
            ax=ax,
        )
        return shown(drawn)


def _as_curves(grid: FloatArray, parts: list[tuple[FloatArray, float]]) -> SurvivalCurves:
    survival = np.stack([survival for survival, _ in parts])
    never = np.minimum(np.array([share for _, share in parts]), survival[:, -1])
    return SurvivalCurves(grid, survival, never, "log-linear")
