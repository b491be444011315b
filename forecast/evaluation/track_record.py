"""The track record: the few cells of a backtest that every answer must carry with it.

The backtest writes it; it is shipped with the package, so that a report needs no backtest of its own.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isnan, nan
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from forecast.errors import DataError
from forecast.evaluation.landmarks import HALVES
from forecast.evaluation.leaderboard import (
    CALIBRATION,
    CALIBRATION_OF_CLUSTERS,
    COVERAGE_BOUNDS,
    LOG_SKILL,
    ONCE,
    SAMPLES,
    SCOPES,
    TWCRPS_SKILL,
)
from forecast.models import BASELINES, HEADLINE

SCOPES_KEPT = ("defence", "Japan")
MODELS_KEPT = (HEADLINE, *BASELINES)
MEASURES_KEPT = (
    "log_score", "twcrps", "coverage", *COVERAGE_BOUNDS, "median width", "unbounded",
    CALIBRATION, CALIBRATION_OF_CLUSTERS,
    *(LOG_SKILL + base + once for base in BASELINES for once in ("", ONCE)),
    *(TWCRPS_SKILL + base for base in BASELINES),
)  # fmt: skip

COLUMNS = (
    "mode", "half", "scope", "model", "measure", "value", "lower", "upper", "rows", "missing",
    "negotiations", "clusters", "since", "until",
)  # fmt: skip

_PACKAGE = Path(__file__).resolve().parents[1]


class Line(NamedTuple):
    """A figure of the record and what it rests on, as in a leaderboard.

    ``since`` and ``until`` are the first and last landmark of the cell, as ISO dates.
    """

    value: float = nan
    lower: float = nan
    upper: float = nan
    rows: int = 0
    missing: int = 0
    negotiations: int = 0
    clusters: int = 0
    since: str = ""
    until: str = ""


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """Figures of the headline model and the baselines on past forecasts; empty where none were computed.

    Attributes
    ----------
    lines : mapping
        By mode, half, scope, model and measure.
    """

    lines: Mapping[tuple[str, str, str, str, str], Line] = field(default_factory=dict)

    def line(self, mode: str, scope: str, model: str, measure: str) -> Line:
        """Line of the half that counts; one without a figure where there is none."""
        return self.lines.get((mode, self.half, scope, model, measure), Line())

    @property
    def half(self) -> str:
        """The scored half if it has a figure of the headline model, else the development half."""
        scored = self.lines.get(("strict", HALVES[1], SCOPES_KEPT[0], HEADLINE, "log_score"))
        return HALVES[scored is not None and not isnan(scored.value)]


NO_RECORD = TrackRecord()


def default_path() -> Path:
    """File of the track record that comes with the package, or of the checkout."""
    shipped = _PACKAGE / "_track_record.csv"
    checkout = _PACKAGE.parent / "reports" / "backtest" / "track-record.csv"
    return shipped if shipped.is_file() else checkout


def load_track_record(path: Path | str | None = None) -> TrackRecord:
    """Read a track record.

    Parameters
    ----------
    path : path-like, optional
        Default: :func:`default_path`.

    Returns
    -------
    TrackRecord
        An empty one if there is no such file.

    Raises
    ------
    DataError
        If the file is no track record.
    """
    path = default_path() if path is None else Path(path)
    if not path.is_file():
        return NO_RECORD
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise DataError(f"{path} is no track record: its columns are not {', '.join(COLUMNS)}")
        return TrackRecord(dict(_entry(row, path, reader.line_num) for row in reader))


def track_record(board: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Cells of a leaderboard that make the track record, in a fixed order.

    Parameters
    ----------
    board : DataFrame
        As from :func:`~forecast.evaluation.leaderboard.leaderboard`, of one mode.
    rows : DataFrame
        What the leaderboard was made from; tells the first and last landmark of a cell.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`: every negotiation open at each landmark, none searched for as a failure. Skills
        are those of the headline model.
    """
    kept = board[
        (board["sample"] == "headline")
        & (board["question"] == "open")
        & board["scope"].isin(SCOPES_KEPT)
        & board["model"].isin(MODELS_KEPT)
        & board["measure"].isin(MEASURES_KEPT)
        & (
            (board["model"] == HEADLINE)
            | ~board["measure"].str.startswith((LOG_SKILL, TWCRPS_SKILL))
        )
    ]
    parts = [_span(rows, scope) for scope in SCOPES_KEPT]
    spans = pd.concat(parts, ignore_index=True)
    table = kept.merge(spans, on=["half", "scope"], validate="many_to_one")
    order = {"half": HALVES, "scope": SCOPES_KEPT, "model": MODELS_KEPT, "measure": MEASURES_KEPT}
    for column, names in order.items():
        table[column] = pd.Categorical(table[column], names, ordered=True)
    return table.sort_values(list(order), ignore_index=True)[list(COLUMNS)]


def _span(rows: pd.DataFrame, scope: str) -> pd.DataFrame:
    """First and last landmark of each half."""
    held = SCOPES[scope](rows) & SAMPLES["headline"](rows)
    days = rows[held].groupby("half")["landmark"]
    return days.agg(since="min", until="max").reset_index().assign(scope=scope)


def _entry(
    row: Mapping[str, str], path: Path, number: int
) -> tuple[tuple[str, str, str, str, str], Line]:
    try:
        value, lower, upper = (float(row[name] or nan) for name in COLUMNS[5:8])
        rows, missing, negotiations, clusters = (int(row[name]) for name in COLUMNS[8:12])
    except (TypeError, ValueError):
        raise DataError(f"{path}, line {number}: a figure is no number") from None
    line = Line(
        value, lower, upper, rows, missing, negotiations, clusters, row["since"], row["until"]
    )
    return (row["mode"], row["half"], row["scope"], row["model"], row["measure"]), line
