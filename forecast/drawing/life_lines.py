"""A whole data set in one figure: one line a negotiation, on the calendar."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import matplotlib as mpl
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from forecast.drawing.style import ANSWER, FAILED, INK, OPEN, STYLE, TINT, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_COLOURS = {"concluded": ANSWER, "ended without agreement": FAILED, "open": OPEN}
_PITCH = 2.1
_GAP = 5.0
_FIRST = date(1965, 1, 1)


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
        1965 enter at the left edge. Retrospective ones are pale.
    """
    sizes = frame["family"].value_counts()
    height = _PITCH * len(frame) + _GAP * (len(sizes) + 1)
    ax = new_axes(width, height + 46, left=112, right=10, top=24, bottom=22)
    left, right = _number(_FIRST), _number(as_of)
    top = 0.0
    for k, family in enumerate(sizes.index):
        rows = frame[frame["family"] == family].sort_values(["start_day", "end_day"])
        bottom = top + _PITCH * len(rows) + _GAP
        if k % 2 == 0:
            ax.axhspan(top, bottom, color=TINT, linewidth=0)
        y = [top + _GAP / 2 + _PITCH * (i + 0.5) for i in range(len(rows))]
        starts = [max(left, _number(day)) for day in rows["start_day"]]
        ends = [max(left, _number(day)) for day in rows["end_day"]]
        segments = [[(a, h), (max(b, a + 40), h)] for a, b, h in zip(starts, ends, y, strict=True)]
        colours = [_COLOURS[status] for status in rows["status"]]
        alphas = [0.45 if late else 1.0 for late in rows["retrospective"]]
        lines = LineCollection(segments, colors=colours, alpha=alphas, linewidths=1.3)
        ax.add_collection(lines)
        ax.text(-0.01, (top + bottom) / 2, f"{family} ({len(rows)})", transform=ax.get_yaxis_transform(),
                ha="right", va="center", color=INK, fontsize=7.5, clip_on=False)  # fmt: skip
        top = bottom
    ax.set_ylim(top, 0)
    ax.set_xlim(left, right)
    ax.xaxis_date()
    ax.xaxis.grid(visible=True)
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)
    handles = [Line2D([], [], color=c, linewidth=2, label=status) for status, c in _COLOURS.items()]
    handles.append(
        Line2D([], [], color=ANSWER, alpha=0.45, linewidth=2, label="known only because it ended")
    )
    ax.legend(
        handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, fontsize=7
    )
    return ax


def _number(day: date) -> float:
    """Day as matplotlib counts dates: days since 1970."""
    return float((day - date(1970, 1, 1)).days)
