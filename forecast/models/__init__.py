"""Models of durations and their registry: one file a kind of model.

To add a model, write a :class:`DurationModel` in a file of its own and enter it here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from forecast.errors import UsageError
from forecast.models.aft import AFTModel, ParametricModel
from forecast.models.base import DurationModel
from forecast.models.baselines import ConstantHazard, Lindy
from forecast.models.cox import CoxModel
from forecast.models.hierarchical import HierarchicalModel
from forecast.models.hierarchical_priors import HierarchicalPriors
from forecast.models.kaplan_meier import KaplanMeier
from forecast.models.log_regression import LogDurationRegression
from forecast.models.slip import WEAK_PRIORS, SlipModel
from forecast.models.spline import SplineModel
from forecast.models.turnbull import Turnbull

Role = Literal["headline", "member", "baseline", "other"]
"""Headline models are mixed into the answer, members into the pool that stands beside it; baselines stand
beside every answer, others are on request."""

HEADLINE, POOL = "hierarchical", "pool"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """A registered model: how it is called, what part it plays, and how it is made."""

    name: str
    label: str
    role: Role
    description: str
    make: Callable[[], DurationModel]


_ENTRIES = (
    ModelEntry(
        "hierarchical-lognormal",
        "Hierarchical log-normal",
        "headline",
        "Families and countries partially pooled, a never share; log-normal durations.",
        lambda: HierarchicalModel("lognormal"),
    ),
    ModelEntry(
        "hierarchical-weibull",
        "Hierarchical Weibull",
        "headline",
        "The same with Weibull durations: a thinner tail.",
        lambda: HierarchicalModel("weibull"),
    ),
    ModelEntry(
        "hierarchical-loglogistic",
        "Hierarchical log-logistic",
        "headline",
        "The same with log-logistic durations: a fatter tail.",
        lambda: HierarchicalModel("loglogistic"),
    ),
    ModelEntry(
        "lognormal-aft",
        "Log-normal AFT",
        "member",
        "Log-normal durations, covariates under the registered priors, all censoring.",
        lambda: AFTModel("lognormal"),
    ),
    ModelEntry(
        "weibull-aft",
        "Weibull AFT",
        "member",
        "Weibull durations, covariates under the registered priors, all censoring.",
        lambda: AFTModel("weibull"),
    ),
    ModelEntry(
        "cox",
        "Cox regression",
        "member",
        "Proportional hazards with ridge; intervals at their midpoints.",
        CoxModel,
    ),
    ModelEntry(
        "log-regression",
        "Log-duration regression",
        "member",
        "Ridge regression of the log duration, censoring completed by EM.",
        LogDurationRegression,
    ),
    ModelEntry(
        "kaplan-meier",
        "Kaplan-Meier, all",
        "member",
        "Share still open by age among all comparable negotiations.",
        KaplanMeier,
    ),
    ModelEntry(
        "kaplan-meier-family",
        "Kaplan-Meier, family",
        "baseline",
        "Share still open by age among negotiations of the same family.",
        lambda: KaplanMeier(within="family"),
    ),
    ModelEntry(
        "constant-hazard",
        "Constant rate",
        "baseline",
        "One rate of conclusion a month, whatever the age.",
        ConstantHazard,
    ),
    ModelEntry(
        "lindy",
        "Gott/Lindy",
        "baseline",
        "What has lasted lasts about as long again; scale: the past median.",
        Lindy,
    ),
    ModelEntry(
        "officials",
        "What officials said",
        "baseline",
        "The newest promise of an official, as late as promises were before.",
        lambda: SlipModel(WEAK_PRIORS, min_events=2),
    ),
    ModelEntry(
        "loglogistic-aft",
        "Log-logistic AFT",
        "other",
        "Log-logistic durations, covariates under the registered priors, all censoring.",
        lambda: AFTModel("loglogistic"),
    ),
    ModelEntry(
        "lognormal-never",
        "Log-normal AFT, never share",
        "other",
        "The log-normal regression beside a share of talks that never conclude.",
        lambda: AFTModel("lognormal", never=()),
    ),
    ModelEntry(
        "turnbull",
        "Turnbull, all",
        "other",
        "Share still open by age among all comparable negotiations, dates known to an interval.",
        Turnbull,
    ),
    ModelEntry(
        "turnbull-family",
        "Turnbull, family",
        "other",
        "The same among negotiations of the same family.",
        lambda: Turnbull(within="family"),
    ),
    ModelEntry(
        "spline",
        "Royston-Parmar spline",
        "other",
        "Proportional hazards with a smooth baseline and ridge, all censoring.",
        SplineModel,
    ),
)

MODELS: dict[str, ModelEntry] = {entry.name: entry for entry in _ENTRIES}

MEMBERS: tuple[str, ...] = tuple(e.name for e in _ENTRIES if e.role == "member")
"""Members of the pool."""

POOLS: dict[str, tuple[str, ...]] = {
    HEADLINE: tuple(e.name for e in _ENTRIES if e.role == "headline"),
    POOL: MEMBERS,
}
"""Mixtures at equal weights by name: what each is mixed from."""

POOL_LABELS = {HEADLINE: "Hierarchical, three tails", POOL: "Pool of five models"}

BASELINES: tuple[str, ...] = tuple(e.name for e in _ENTRIES if e.role == "baseline")
"""Shown beside every answer."""


def create(name: str) -> DurationModel:
    """Make a registered model, unfitted.

    Raises
    ------
    UsageError
        If there is none of that name; the message lists those there are.
    """
    check_model(name)
    return MODELS[name].make()


def check_model(name: str) -> None:
    """Raise a UsageError unless a model of that name is registered."""
    if name not in MODELS:
        raise UsageError(f"{name!r} is not a model; one of {', '.join([*POOLS, *MODELS])}")


def members_of(name: str) -> tuple[str, ...]:
    """Models that an answer under this name is mixed from: those of a pool, or the model itself.

    Raises
    ------
    UsageError
        If there is neither a pool nor a model of that name.
    """
    if name in POOLS:
        return POOLS[name]
    check_model(name)
    return (name,)


__all__ = [
    "BASELINES",
    "HEADLINE",
    "MEMBERS",
    "MODELS",
    "POOL",
    "POOLS",
    "POOL_LABELS",
    "AFTModel",
    "ConstantHazard",
    "CoxModel",
    "DurationModel",
    "HierarchicalModel",
    "HierarchicalPriors",
    "KaplanMeier",
    "Lindy",
    "LogDurationRegression",
    "ModelEntry",
    "ParametricModel",
    "SlipModel",
    "SplineModel",
    "Turnbull",
    "check_model",
    "create",
    "members_of",
]
