"""The Japan-France question as the tests ask it: few nodes, and a small table where many fits are made."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from forecast.analysis.evidence_shares import EvidenceShares, evidence_shares
from forecast.analysis.explain import prior_weights
from forecast.analysis.refit import fit_tails
from forecast.analysis.sensitivity import Sensitivity, sensitivity
from forecast.models import HierarchicalModel
from forecast.prediction.question import Question, pose
from forecast.timing import Spells

CASE = "jpn-fra-raa"
QUICK: dict[str, Any] = {"nodes": 64, "draws": 8}
KEPT = ("raa", "logistics", "equipment")


@cache
def question() -> Question:
    return pose(CASE)


@cache
def models() -> dict[str, HierarchicalModel]:
    return fit_tails(question(), **QUICK)


@cache
def priors() -> dict[str, HierarchicalModel]:
    return fit_tails(question(), prior_weights(question()), **QUICK)


def only(table: Spells, families: tuple[str, ...]) -> Spells:
    """The rows of some families."""
    kept = table.X["family"].isin(families).to_numpy()
    return replace(
        table,
        X=table.X[kept],
        y=table.y[kept],
        frame=table.frame[kept],
        weights=table.weights[kept],
    )


@cache
def small() -> Question:
    return replace(question(), table=only(question().table, KEPT))


@cache
def small_shares() -> EvidenceShares:
    return evidence_shares(small(), workers=1, **QUICK)


@cache
def small_sensitivity() -> Sensitivity:
    return sensitivity(small(), workers=1, **QUICK)
