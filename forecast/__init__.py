"""How long will this negotiation still take? Dated forecasts from sourced records.

>>> import forecast
>>> forecast.predict("jpn-gbr-raa", as_of="2023-06-01").status
'concluded'

Public names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.archive import Archive, load_archive
    from forecast.errors import ForecastError
    from forecast.models import MODELS
    from forecast.prediction import Forecast, predict, predict_open
    from forecast.reporting import write_report
    from forecast.survival import SurvivalCurves, durations
    from forecast.timing import Spells, spells

_HOMES = {
    "MODELS": "forecast.models",
    "Archive": "forecast.archive",
    "Forecast": "forecast.prediction",
    "ForecastError": "forecast.errors",
    "Spells": "forecast.timing",
    "SurvivalCurves": "forecast.survival",
    "durations": "forecast.survival",
    "load_archive": "forecast.archive",
    "predict": "forecast.prediction",
    "predict_open": "forecast.prediction",
    "spells": "forecast.timing",
    "write_report": "forecast.reporting",
}

_ROOMS = {
    "analysis", "archive", "covariates", "drawing", "evaluation", "inference", "models", "prediction",
    "reporting", "survival", "timing",
}  # fmt: skip

__all__ = [
    "MODELS",
    "Archive",
    "Forecast",
    "ForecastError",
    "Spells",
    "SurvivalCurves",
    "durations",
    "load_archive",
    "predict",
    "predict_open",
    "spells",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("negotiation-forecast")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _ROOMS:
        return import_module(f"forecast.{name}")
    raise AttributeError(f"module 'forecast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *sorted(_ROOMS), "__version__"]
