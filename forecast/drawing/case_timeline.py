"""Past negotiations as horizontal bars, by how long they took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.lines import Line2D

from forecast.drawing.style import (
    ANSWER,
    FAILED,
    INK,
    MUTED,
    OPEN,
    STYLE,
    TINT,
    new_axes,
)
from forecast.drawing.words import wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_STATUS = {
    "concluded": (ANSWER, "o"),
    "ended without agreement": (FAILED, "X"),
    "open": (OPEN, ">"),
}

_ROW = 7.6
_HEAD = 1.35
LABEL_SIZE = 6.2
LABEL_WIDTH = 168.0


@dataclass(frozen=True, slots=True)
class _Row:
    y: float
    label: str
    status: str
    lower: float
    upper: float
    reach: float
    retrospective: bool
    target: bool

    @property
    def end(self) -> float:
        return self.lower if np.isinf(self.upper) else self.upper


@mpl.rc_context(STYLE)
def timeline(cases_frame: pd.DataFrame, ax: Axes | None = None, *, width: float = 470.0) -> Axes:
    """Draw negotiations as bars of months, grouped by family and sorted by duration.

    Parameters
    ----------
    cases_frame : DataFrame
        Columns ``title`` (or a shorter ``label``), ``family``, ``status`` (``concluded``, ``ended
        without agreement`` or ``open``), ``lower`` and ``upper`` months (missing or infinite while
        open). Optional: ``retrospective`` (known only because it ended), ``target`` (the case in
        question), ``reach`` (months from launch to the as-of date: a dotted line from the last proof
        that an open one was open). Families stand in the order of their first row; the caller
        chooses how many rows there are.
    ax : Axes, optional
        Needs a left margin for the labels. Default: a new figure, as high as its rows.
    width : float
        Of a new figure, in points.

    Returns
    -------
    Axes
    """
    rows, heads, depth = _rows(cases_frame)
    if ax is None:
        height = depth * _ROW + 20.0 + 16.0
        ax = new_axes(width, height, left=LABEL_WIDTH + 10.0, right=14.0, top=16.0, bottom=20.0)
    longest = max([max(row.end, row.reach) for row in rows], default=1.0)
    ax.set_xlim(0.0, longest * 1.08)
    ax.set_ylim(depth, 0.0)
    for name in ("left", "top"):
        ax.spines[name].set_visible(False)
    ax.set_yticks([])
    step = next(s for s in (3, 6, 12, 24, 60, 120, 600) if longest / s <= 9 or s == 600)
    ax.set_xticks(np.arange(0.0, longest * 1.08, step))
    ax.set_xlabel("months from launch", size=LABEL_SIZE, labelpad=2)
    ax.tick_params(labelsize=LABEL_SIZE)
    ax.grid(axis="x")
    for y, head in heads:
        _beside(ax, y, head, weight="bold", color=INK)
    for row in rows:
        _draw(ax, row)
    _key(ax, rows)
    return ax


def _rows(frame: pd.DataFrame) -> tuple[list[_Row], list[tuple[float, str]], float]:
    """Rows from the top down with their places, the families' headings, and the total depth."""
    rows: list[_Row] = []
    heads: list[tuple[float, str]] = []
    depth = 0.0
    table = frame.assign(
        label=frame["label"] if "label" in frame else frame["title"],
        upper=frame["upper"].astype(float).fillna(np.inf),
        length=frame[["lower", "upper"]].astype(float).mean(axis=1),
    )
    for family in table["family"].unique():
        heads.append((depth + _HEAD - 0.5, str(family)))
        depth += _HEAD
        chosen = table[table["family"] == family].sort_values(["length", "label"], kind="stable")
        for record in chosen.to_dict("records"):
            rows.append(_row(depth + 0.5, record))
            depth += 1.0
        depth += 0.25
    return rows, heads, depth


def _row(y: float, record: dict[Any, Any]) -> _Row:
    reach = record.get("reach")
    return _Row(
        y=y,
        label=str(record["label"]),
        status=str(record["status"]),
        lower=float(record["lower"]),
        upper=float(record["upper"]),
        reach=0.0 if reach is None or np.isnan(reach) else float(reach),
        retrospective=bool(record.get("retrospective", False)),
        target=bool(record.get("target", False)),
    )


def _draw(ax: Axes, row: _Row) -> None:
    colour, marker = _STATUS[row.status]
    if row.target:
        ax.axhspan(row.y - 0.5, row.y + 0.5, color=TINT, linewidth=0, zorder=0)
    ax.plot([0.0, row.lower], [row.y, row.y], color=colour, linewidth=2.2, alpha=0.45, zorder=2,
            solid_capstyle="butt")  # fmt: skip
    at = row.lower
    if not np.isinf(row.upper) and row.upper > row.lower:
        at = (row.lower + row.upper) / 2
        ax.plot([row.lower, row.upper], [row.y, row.y], color=colour, linewidth=0.8, zorder=2)
    if row.status == "open" and row.reach > row.lower:
        ax.plot([row.lower, row.reach], [row.y, row.y], color=colour, linewidth=0.9,
                linestyle=(0, (1, 1.6)), zorder=2)  # fmt: skip
    face = "white" if row.retrospective else colour
    ax.plot([at], [row.y], marker=marker, markersize=4.2, markerfacecolor=face,
            markeredgecolor=colour, markeredgewidth=0.8, linestyle="none", zorder=3,
            clip_on=False)  # fmt: skip
    ax.annotate(
        _months(row),
        (max(row.end, row.reach), row.y),
        (4.0, 0.0),
        textcoords="offset points",
        va="center",
        size=LABEL_SIZE - 0.6,
        color=MUTED,
        annotation_clip=False,
    )
    _beside(ax, row.y, row.label, weight="bold" if row.target else "normal",
            color=ANSWER if row.target else INK)  # fmt: skip


def _months(row: _Row) -> str:
    """Whole months, as a range where the dates leave one."""
    low, high = round(row.lower), round(row.end)
    if row.status == "open":
        return f"open at {low}" + (f", now {round(row.reach)}" if row.reach else "")
    return str(high) if low == high else f"{low}–{high}"


def _beside(ax: Axes, y: float, text: str, weight: str, color: str) -> None:
    line = wrapped(text, LABEL_WIDTH, LABEL_SIZE, weight == "bold", most=1)[0]
    ax.annotate(
        line,
        (0.0, y),
        (-LABEL_WIDTH - 6.0, 0.0),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        size=LABEL_SIZE,
        color=color,
        weight=weight,
        annotation_clip=False,
    )


def _key(ax: Axes, rows: list[_Row]) -> None:
    """One line above the axes that names the markers in use."""
    used = [name for name in _STATUS if any(row.status == name for row in rows)]
    marks = [_mark(*_STATUS[name], name) for name in used]
    if any(row.retrospective for row in rows):
        hollow = _mark(ANSWER, "o", "known only because it ended")
        hollow.set_markerfacecolor("white")
        marks.append(hollow)
    if any(row.status != "open" and row.upper > row.lower for row in rows):
        marks.append(Line2D([], [], color=MUTED, linewidth=0.8, label="range of the dates"))
    ax.legend(
        handles=marks,
        loc="lower right",
        bbox_to_anchor=(1.0, 1.0),
        ncols=len(marks),
        frameon=False,
        fontsize=LABEL_SIZE,
        handletextpad=0.4,
        columnspacing=1.2,
        handlelength=1.2,
        borderaxespad=0.2,
    )


def _mark(colour: str, marker: str, label: str) -> Line2D:
    return Line2D([], [], color=colour, marker=marker, markersize=4.2, linestyle="none",
                  markeredgewidth=0.8, label=label)  # fmt: skip
