"""A whole data set in one figure: one line a negotiation, on the calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.collections import LineCollection
from matplotlib.legend_handler import HandlerTuple
from matplotlib.lines import Line2D

from forecast.drawing.days import day_number
from forecast.drawing.style import ANSWER, FAILED, INK, MUTED, OPEN, STYLE, TINT, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLOURS = {"concluded": ANSWER, "ended without agreement": FAILED, "open": OPEN}
_PALE = 0.45
_PITCH = 2.1
_GAP = 5.0
_FIRST = date(1965, 1, 1)
_LEAST_DAYS = 40.0
# Parts of the width, left of the axes: where the arrows stand, and where the names end.
_ARROWS, _NAMES = -0.007, -0.018


@mpl.rc_context(STYLE)
def lifelines(frame: pd.DataFrame, as_of: date, width: float = 520.0) -> Axes:
    """Draw every spell from its start to its end, or to when it was last seen open.

    Parameters
    ----------
    frame : DataFrame, (n, ...)
        Columns ``family``, ``start_day``, ``end_day``, ``status`` and ``retrospective``; one row a spell.
    as_of : date
        Right end of the calendar.
    width : float
        Width of the figure in points; the height follows from the number of rows.

    Returns
    -------
    Axes
        Families one below the other, the largest first; within a family by start. Spells begun before
        1965 have an arrow at the left edge, and those that went on a line from there; their number and
        first year stand under the family's name. Retrospective ones are pale.
    """
    sizes = frame["family"].value_counts()
    height = _PITCH * len(frame) + _GAP * (len(sizes) + 1)
    ax = new_axes(width, height + 56, left=118, right=10, top=34, bottom=22)
    left, right = day_number(_FIRST), day_number(as_of)
    top = 0.0
    for k, family in enumerate(sizes.index):
        rows = frame[frame["family"] == family].sort_values(["start_day", "end_day"])
        bottom = top + _PITCH * len(rows) + _GAP
        if k % 2 == 0:
            ax.axhspan(top, bottom, color=TINT, linewidth=0)
        y = [top + _GAP / 2 + _PITCH * (i + 0.5) for i in range(len(rows))]
        _draw_spells(ax, rows, y)
        _write_name(ax, str(family), rows, (top + bottom) / 2)
        top = bottom
    ax.set_ylim(top, 0)
    ax.set_xlim(left, right)
    ax.xaxis_date()
    ax.xaxis.grid(visible=True)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    _add_legend(ax, frame)
    return ax


def _draw_spells(ax: Axes, rows: pd.DataFrame, y: Sequence[float]) -> None:
    """A line a spell, and an arrow for what began before the calendar does."""
    left = day_number(_FIRST)
    segments, colours, alphas = [], [], []
    days = zip(y, rows["start_day"], rows["end_day"], strict=True)
    looks = zip(rows["status"], rows["retrospective"], strict=True)
    for (height, start, end), (status, late) in zip(days, looks, strict=True):
        colour, alpha = _COLOURS[status], _PALE if late else 1.0
        if start < _FIRST:
            ax.plot([_ARROWS], [height], marker="<", markersize=2.4, markeredgewidth=0, color=colour,
                    alpha=alpha, transform=ax.get_yaxis_transform(), clip_on=False)  # fmt: skip
        if end >= _FIRST:
            begin = max(left, day_number(start))
            segments.append([(begin, height), (max(day_number(end), begin + _LEAST_DAYS), height)])
            colours.append(colour)
            alphas.append(alpha)
    ax.add_collection(LineCollection(segments, colors=colours, alpha=alphas, linewidths=1.3))


def _write_name(ax: Axes, family: str, rows: pd.DataFrame, middle: float) -> None:
    """Name and size of a family, and below it what began before the calendar does."""
    where = ax.get_yaxis_transform()
    early = [day.year for day in rows["start_day"] if day < _FIRST]
    ax.text(_NAMES, middle, f"{family} ({len(rows)})", transform=where, ha="right", color=INK,
            va="bottom" if early else "center", fontsize=7.5, clip_on=False)  # fmt: skip
    if early:
        told = f"{len(early)} launched from {min(early)} on"
        text = told if len(early) > 1 else f"launched in {early[0]}"
        ax.text(_NAMES, middle, f"\N{BLACK LEFT-POINTING SMALL TRIANGLE} {text}", transform=where,
                ha="right", va="top", color=MUTED, fontsize=6.5, clip_on=False)  # fmt: skip


def _add_legend(ax: Axes, frame: pd.DataFrame) -> None:
    """Explain each colour, the pale ones that occur, and the arrow."""
    handles: dict[str, Line2D | tuple[Line2D, ...]] = {
        status: Line2D([], [], color=colour, linewidth=2) for status, colour in _COLOURS.items()
    }
    late = set(frame.loc[frame["retrospective"], "status"])
    if late:
        handles["pale: known only because it ended"] = tuple(
            Line2D([], [], color=colour, alpha=_PALE, linewidth=2)
            for status, colour in _COLOURS.items()
            if status in late
        )
    if any(day < _FIRST for day in frame["start_day"]):
        arrow = Line2D([], [], color=MUTED, marker="<", markersize=3.5, linestyle="none")
        handles[f"launched before {_FIRST.year}"] = arrow
    ax.legend(
        handles.values(), handles.keys(), handler_map={tuple: HandlerTuple(ndivide=None)},
        loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False, fontsize=7,
    )  # fmt: skip
