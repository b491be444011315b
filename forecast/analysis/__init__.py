"""Questions that people put to a forecast; each takes a :class:`~forecast.prediction.question.Question`.

Public names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.analysis.evidence_shares import evidence_shares
    from forecast.analysis.explain import explain
    from forecast.analysis.sensitivity import sensitivity
    from forecast.analysis.what_if import Change, what_if

_HOMES = {
    "Change": "what_if",
    "evidence_shares": "evidence_shares",
    "explain": "explain",
    "sensitivity": "sensitivity",
    "what_if": "what_if",
}

__all__ = ["Change", "evidence_shares", "explain", "sensitivity", "what_if"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"forecast.analysis.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'forecast.analysis' has no attribute {name!r}")


def __dir__() -> list[str]:
    return list(__all__)
