"""Fitting all models that a forecast needs to the spells of one as-of view."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from forecast.archive import Archive
from forecast.errors import ConvergenceError, NotIdentifiedError
from forecast.models import BASELINES, MEMBERS, DurationModel, create, members_of
from forecast.prediction.evidence import cases_of
from forecast.prediction.parts import Case
from forecast.threads import one_thread
from forecast.timing import Spells, spells

# Families that are compared with one another: access, logistics, information, equipment, alliances and
# other security treaties; arms control and peace; trade; accession to the WTO.
_GROUPS = (
    (
        "raa",
        "visiting_forces",
        "logistics",
        "information_security",
        "equipment",
        "access_basing",
        "alliance",
        "other_security",
    ),
    ("arms_control_peace",),
    ("trade",),
    ("wto_accession",),
)

_FITS_AT_ONCE = 2


@dataclass(frozen=True)
class Fitted:
    """Models fitted to the spells of one view, or why they could not be.

    The members make the answer; those of the pool stand beside it, unless the answer is the pool.
    """

    view: Archive
    table: Spells
    model: str
    seed: int
    members: Mapping[str, DurationModel | str]
    pool: Mapping[str, DurationModel | str]
    baselines: Mapping[str, DurationModel | str]
    cases: tuple[Case, ...]


def comparable_spells(view: Archive, clock: str, accounts: str, family: str) -> Spells:
    """Spells that a case of this family is compared with: its group of families."""
    return spells(view, clock, accounts, families=comparable_families(family), domain=None)


def comparable_families(family: str) -> tuple[str, ...]:
    """Families that one is compared with, itself among them."""
    return next((g for g in _GROUPS if family in g), _GROUPS[0])


def fit_models(view: Archive, table: Spells, model: str, seed: int) -> Fitted:
    """Fit the members of a pool, or one model, and the baselines; those that cannot be say why."""
    members = members_of(model)
    beside = () if set(members) & set(MEMBERS) else MEMBERS
    names = (*members, *beside, *(name for name in BASELINES if name not in members))
    with one_thread(), ThreadPoolExecutor(_FITS_AT_ONCE) as workers:
        models = dict(
            zip(names, workers.map(partial(fit_one, table=table, seed=seed), names), strict=True)
        )
        return Fitted(
            view=view,
            table=table,
            model=model,
            seed=seed,
            members={name: models[name] for name in members},
            pool={name: models[name] for name in beside},
            baselines={name: models[name] for name in BASELINES if name not in members},
            cases=cases_of(table),
        )


def fit_one(name: str, table: Spells, seed: int = 0) -> DurationModel | str:
    """Fit a registered model to a table of spells, or say why it cannot be."""
    model = create(name)
    if "seed" in model.get_params():
        model.set_params(seed=seed)
    try:
        return model.fit(table.X, table.y, None if model.weighs_cases else table.weights)
    except (NotIdentifiedError, ConvergenceError) as error:
        return str(error)


def diagnostics_of(fitted: Fitted) -> dict[str, Any]:
    """What each model has to confess of its fit, as plain data."""
    models = {**fitted.members, **fitted.pool, **fitted.baselines}
    return {
        name: {"not_identified": model} if isinstance(model, str) else _plain(model.diagnostics_)
        for name, model in models.items()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return float(f"{value:.6g}") if isinstance(value, float) else value
