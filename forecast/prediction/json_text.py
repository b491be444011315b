"""Forecasts as JSON text, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import is_dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import DataError
from forecast.prediction.grid import months_ahead, significant
from forecast.prediction.parts import Case, End, Outlook, Target

if TYPE_CHECKING:
    from forecast.prediction.forecast import Forecast

SCHEMA = "forecast/1"

QUANTILES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)

_DATES = ("as_of", "vintage", "searched_to", "start_day", "open_at")


def written(forecast: Forecast) -> str:
    """Write a forecast, its distribution and what follows from it as JSON."""
    data = _fields(forecast)
    open_ = forecast.end is None
    days = forecast.year_ends(10)
    data["status"] = forecast.status
    data["sentence"] = forecast.sentence()
    data["unseen"] = _rounded(forecast.unseen) if open_ else 0.0
    data["never"] = _rounded(forecast.never) if open_ else 0.0
    data["months_ahead"] = list(months_ahead()) if open_ else []
    data["quantiles"] = {f"{p:g}": forecast.quantile(p) for p in QUANTILES}
    data["probability_by"] = {str(d): _rounded(forecast.probability_by(d)) for d in days}
    for group in ("members", "baselines"):
        outlooks = data[group]
        data[group] = [_fields(outlook) for outlook in outlooks]
        for row, outlook in zip(data[group], outlooks, strict=True):
            if outlook.identified:
                row["median"] = forecast.quantile(0.5, outlook)
                by = forecast.probability_by(forecast.headline_day, outlook)
                row["probability_by_headline_day"] = _rounded(by)
    data["headline_day"] = forecast.headline_day
    ordered = {"schema": data.pop("schema"), **data}
    return json.dumps(ordered, indent=1, ensure_ascii=False, default=_plain) + "\n"


def read(text: str, names: Iterable[str]) -> dict[str, Any]:
    """Read the fields of a forecast, of these names.

    Raises
    ------
    DataError
        If the text is no forecast of the schema ``forecast/1``.
    """
    try:
        data = json.loads(text)
        if data.get("schema") != SCHEMA:
            raise DataError(f"this is not a forecast of schema {SCHEMA}")
        return _typed({name: data[name] for name in names})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DataError(f"this is not a forecast file: {error}") from None


def _typed(fields: dict[str, Any]) -> dict[str, Any]:
    for name in _DATES:
        fields[name] = date.fromisoformat(fields[name])
    fields["parties"] = tuple(fields["parties"])
    fields["outlook"] = _outlook(fields["outlook"])
    for group in ("members", "baselines"):
        fields[group] = tuple(_outlook(row) for row in fields[group])
    fields["targets"] = tuple(
        Target(**{**row, "by": date.fromisoformat(row["by"])}) for row in fields["targets"]
    )
    fields["cases"] = tuple(_case(row) for row in fields["cases"])
    if fields["end"] is not None:
        row = fields["end"]
        fields["end"] = End(**{**row, "day": date.fromisoformat(row["day"])})
    return fields


def _case(row: dict[str, Any]) -> Case:
    days = {name: date.fromisoformat(row[name]) for name in ("start_day", "end_day")}
    return Case(**{**row, "parties": tuple(row["parties"]), **days})


def _outlook(row: dict[str, Any]) -> Outlook:
    fields = {name: row[name] for name in Outlook.__dataclass_fields__}
    return Outlook(**{**fields, "survival": tuple(fields["survival"])})


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _plain(value: object) -> object:
    return _fields(value) if is_dataclass(value) else str(value)


def _rounded(value: float) -> float:
    return float(significant(np.array([value]))[0])
