"""Data sets on which two samplers of the hierarchical model are compared, and their exchange as arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import log, sqrt
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

import forecast
from forecast.models import HierarchicalModel
from forecast.models.hierarchical_priors import SCALES, HierarchicalPriors
from forecast.models.hierarchical_problem import group_scales
from forecast.models.latent_field import GROUPS, UNGROUPED
from forecast.prediction.fitting import comparable_spells
from forecast.survival.arrays import DurationArray
from forecast.survival.durations import CONCLUDED, ENDED_WITHOUT, durations

CASE = "jpn-fra-raa"
HORIZONS = (6.0, 12.0, 24.0, 60.0)
"""Months ahead for which probabilities are compared."""

_SIMULATED_ROWS = 150
# Known hyperparameters of the simulated sets; sigma is the prior median of the family's.
_SD = {"family": 0.5, "party": 0.25, "cluster": 0.4, "never": 0.5}
_ENDING_RATE = 1.0 / 60.0
_FAMILIES, _PARTIES, _CLUSTERS = 6, 20, 40
_EXACT_SHARE = 0.4
_VISIT = 6.0


@dataclass(frozen=True, eq=False)
class DataSet:
    """Rows, the family of durations to fit, and the open row whose future is forecast."""

    family: str
    X: pd.DataFrame
    y: DurationArray
    case: str
    covariates: tuple[str, ...] | None = None

    def model(
        self, seed: int, nodes: int | None = None, draws: int | None = None
    ) -> HierarchicalModel:
        """Model of these rows, not yet fitted."""
        return HierarchicalModel(self.family, self.covariates, nodes=nodes, draws=draws, seed=seed)


def shipped(family: str) -> DataSet:
    """Defence negotiations as of the vintage."""
    archive = forecast.load_archive()
    table = comparable_spells(archive.as_of(archive.vintage), "launch:signed", "documented", "raa")
    return DataSet(family, table.X, table.y, CASE)


def simulated(family: str, seed: int) -> DataSet:
    """Draw rows from the model: effects from their priors at known hyperparameters.

    A third of the rows is followed from its launch, a third from a later age at which it was open, and a
    third is known only because it has ended. Most ends lie between two visits.
    """
    rng = np.random.default_rng(seed)
    priors = HierarchicalPriors()
    effects = {
        "family": rng.normal(0.0, _SD["family"], _FAMILIES),
        "party": rng.normal(0.0, _SD["party"], _PARTIES),
        "cluster": rng.normal(0.0, _SD["cluster"], _CLUSTERS),
        "never": rng.normal(0.0, _SD["never"], _FAMILIES),
    }
    median, never = rng.normal(*priors.median), rng.normal(*priors.never)
    slopes = rng.normal(0.0, priors.coefficient_sd, 2)
    scale = np.exp(SCALES[family].mean)
    rows: list[dict[str, object]] = []
    seen: list[tuple[float, float, float, float, int]] = []
    while len(rows) < _SIMULATED_ROWS:
        f, c = rng.integers(_FAMILIES), rng.integers(_CLUSTERS)
        parties = rng.choice(_PARTIES, size=rng.choice([2, 2, 2, 3]), replace=False)
        x = np.array([rng.normal(), float(rng.integers(2))])
        eta = median + effects["family"][f] + effects["cluster"][c] + x @ slopes
        eta += sqrt(2.0 / len(parties)) * effects["party"][parties].sum()
        share = 1.0 / (1.0 + np.exp(-never - effects["never"][f]))
        ended = rng.random() < share
        time = rng.exponential(1.0 / _ENDING_RATE) if ended else _duration(family, eta, scale, rng)
        row = _observed(time, ENDED_WITHOUT if ended else CONCLUDED, rng)
        if row is not None:
            seen.append(row)
            names = tuple(f"P{p:02d}" for p in parties)
            rows.append(
                {"family": f"F{f}", "parties": names, "cluster": f"C{c}", "x1": x[0], "x2": x[1]}
            )
    index = pd.Index([f"row-{k}" for k in range(len(rows))])
    lower, upper, entry, exit_, cause = (np.array(column) for column in zip(*seen, strict=True))
    y = durations(lower, upper, entry, exit_, cause)
    case = str(index[np.flatnonzero(~np.isfinite(y["upper"]))[0]])
    return DataSet(family, pd.DataFrame(rows, index=index), y, case, ("x1", "x2"))


DATA_SETS: Mapping[str, Callable[[], DataSet]] = MappingProxyType(
    {
        "defence, log-normal": lambda: shipped("lognormal"),
        "defence, Weibull": lambda: shipped("weibull"),
        "defence, log-logistic": lambda: shipped("loglogistic"),
        "simulated, log-normal": lambda: simulated("lognormal", 1),
        "simulated, Weibull": lambda: simulated("weibull", 2),
    }
)
"""What is compared, by name."""


def _duration(family: str, eta: float, scale: float, rng: np.random.Generator) -> float:
    """Draw a time with log median eta."""
    draw: dict[str, Callable[[], float]] = {
        "lognormal": rng.standard_normal,
        "weibull": lambda: log(rng.standard_exponential() / log(2.0)),
        "loglogistic": rng.logistic,
    }
    return float(np.exp(eta + scale * draw[family]()))


def _observed(
    time: float, cause: int, rng: np.random.Generator
) -> tuple[float, float, float, float, int] | None:
    """Lower, upper, entry, exit, cause of what is seen of a time; None if it never enters the data."""
    age = rng.uniform(12.0, 240.0)
    entry, exit_ = [(0.0, np.inf), (rng.uniform(0.0, age / 2.0), np.inf), (0.0, age)][
        rng.integers(3)
    ]
    if time <= entry or (time > age and np.isfinite(exit_)):
        return None
    if time > age:
        return age, np.inf, entry, np.inf, 0
    if rng.random() < _EXACT_SHARE:
        return time, time, entry, exit_, cause
    visit = np.floor(time / _VISIT) * _VISIT
    return max(visit, entry), min(visit + _VISIT, age), entry, exit_, cause


def parameter_names(model: HierarchicalModel) -> list[str]:
    """Latent effects, standard deviations of the groups in the data, log scale, log ending rate."""
    problem = model.problem_
    *groups, scale, rate = problem.hyperparameters
    return [*problem.field.names, *(f"sd({name})" for name in groups), scale, rate]


def as_arrays(data: DataSet, model: HierarchicalModel) -> dict[str, npt.NDArray[np.generic]]:
    """Rows, designs and priors of a fitted model for a sampler that shares no code with ours."""
    problem, priors = model.problem_, model.problem_.priors
    present = [GROUPS.index(name) for name in problem.hyperparameters[:-2]]
    group = [present.index(k) if k != UNGROUPED else -1 for k in problem.field.group]
    theta = np.zeros((1, len(problem.hyperparameters)))
    case = model.field_.incidence(data.X.loc[[data.case]])
    arrays = {name: problem.y[name] for name in ("entry", "lower", "upper", "exit", "cause")}
    return arrays | {
        "weights": problem.rows.weights,
        "A": problem.incidence.duration.toarray(),
        "B": problem.incidence.never.toarray(),
        "prior_mean": problem.model.prior_mean,
        # Those of grouped effects depend on theta and are not read.
        "prior_sd": np.exp(problem.log_sd(theta))[0],
        "group": np.array(group),
        "group_scales": np.array([group_scales(priors)[k] for k in present]),
        "log_scale_prior": np.array(problem.scale_prior),
        "log_rate_prior": np.array(priors.log_ending_rate),
        "family": np.array(data.family),
        "case_A": case.duration.toarray()[0],
        "case_B": case.never.toarray()[0],
        "case_age": np.array(model.known(data.case).age),
        "horizons": np.array(HORIZONS),
    }
