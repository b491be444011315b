"""Questions that people put to a forecast; each takes a :class:`~forecast.prediction.question.Question`.

Public names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.analysis.beliefs import Belief, parse_belief, weigh
    from forecast.analysis.evidence_shares import evidence_shares
    from forecast.analysis.explain import explain
    from forecast.analysis.influence import shifts
    from forecast.analysis.replay import Replay
    from forecast.analysis.sensitivity import sensitivity
    from forecast.analysis.what_if import Change, what_if

_HOMES = {
    "Belief": "beliefs",
    "Change": "what_if",
    "Replay": "replay",
    "evidence_shares": "evidence_shares",
    "explain": "explain",
    "parse_belief": "beliefs",
    "sensitivity": "sensitivity",
    "shifts": "influence",
    "weigh": "beliefs",
    "what_if": "what_if",
}

__all__ = [
    "Belief",
    "Change",
    "Replay",
    "evidence_shares",
    "explain",
    "parse_belief",
    "sensitivity",
    "shifts",
    "weigh",
    "what_if",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"forecast.analysis.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'forecast.analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
