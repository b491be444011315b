"""Promises against outcomes: how long it was said to take, and how long it took."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, NullLocator

from forecast.drawing.style import ANSWER, BASELINE, INK, MEMBERS, MUTED, STYLE, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_MARKERS = {
    "official": (ANSWER, "o"),
    "minister": (MEMBERS[3], "s"),
    "head of government": (MEMBERS[0], "D"),
    "diplomat": (MEMBERS[2], "^"),
    "press": (BASELINE, "v"),
    "expert": (MEMBERS[1], "P"),
}
_OTHER = (INK, "X")

_SIZE = 13.0

# Less than three days on either axis is drawn as three days.
_LEAST, _MOST = 0.1, 420.0
_TICKS = {
    0.25: "1 week",
    1: "1 month",
    3: "3 months",
    6: "6 months",
    12: "1 year",
    24: "2 years",
    60: "5 years",
    120: "10 years",
    240: "20 years",
}


@mpl.rc_context(STYLE)
def promises(frame: pd.DataFrame, width: float = 460.0, ax: Axes | None = None) -> Axes:
    """Draw each promise at its promised and its actual months, both on log scales.

    Parameters
    ----------
    frame : DataFrame, (n, ...)
        Columns ``promised``, ``lower`` and ``upper`` (months; upper infinite where it has not happened),
        ``cause`` (1 concluded) and ``speaker``.
    width : float
        Width of a new figure in points, as high as wide.
    ax : Axes, optional
        Default: in a new figure.

    Returns
    -------
    Axes
        On or below the diagonal a promise was met. Filled: concluded, a vertical line where the day is
        known only to a range. Hollow with an arrow: not concluded when last seen, or ended without
        agreement.
    """
    ax = ax or new_axes(width, width, left=50, right=10, top=30, bottom=48)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.plot([_LEAST, _MOST], [_LEAST, _MOST], color=MUTED, linewidth=0.9, zorder=1)
    handles = []
    for speaker in _in_order(frame["speaker"]):
        colour, marker = _MARKERS.get(speaker, _OTHER)
        rows = frame[frame["speaker"] == speaker]
        _draw(ax, rows, colour, marker)
        label = f"{speaker} ({len(rows)})"
        handles.append(
            Line2D([], [], linestyle="", marker=marker, color=colour, markersize=4, label=label)
        )
    ax.legend(handles=handles, loc="lower left", bbox_to_anchor=(0, 1), ncols=3, frameon=False,
              fontsize=7, handletextpad=0.2, columnspacing=1.2)  # fmt: skip
    _label(ax)
    return ax


def _draw(ax: Axes, rows: pd.DataFrame, colour: str, marker: str) -> None:
    x = rows["promised"].clip(lower=_LEAST).to_numpy()
    lower = rows["lower"].clip(lower=_LEAST).to_numpy()
    done = (rows["cause"] == 1).to_numpy()
    upper = np.maximum(np.where(done, rows["upper"], lower), _LEAST)
    middle = (lower + upper) / 2
    ax.vlines(x[done], lower[done], upper[done], color=colour, linewidth=0.7, alpha=0.55)
    ax.scatter(x[done], middle[done], s=_SIZE, c=colour, marker=marker, linewidths=0, alpha=0.85)
    ax.scatter(
        x[~done], lower[~done], s=_SIZE, c="white", edgecolors=colour, marker=marker, linewidths=0.9
    )
    arrow = {"arrowstyle": "->", "color": colour, "linewidth": 0.9, "shrinkA": 0, "shrinkB": 0}
    for at, height in zip(x[~done], lower[~done], strict=True):
        ax.annotate("", (at, height * 1.5), (at, height * 1.1), arrowprops=arrow)


def _label(ax: Axes) -> None:
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(FixedLocator(list(_TICKS)))
        axis.set_minor_locator(NullLocator())
        axis.set_ticks(list(_TICKS), list(_TICKS.values()))
        axis.grid(visible=True)
    ax.set_xlim(_LEAST * 0.9, 90)
    ax.set_ylim(_LEAST * 0.9, _MOST)
    ax.tick_params(axis="x", labelrotation=30)
    ax.set_xlabel("promised, from the day it was said")
    ax.set_ylabel("what it took")
    where = ax.transAxes
    ax.text(0.02, 0.98, "late, or not yet: above the line", transform=where, va="top", color=MUTED)
    ax.text(0.98, 0.02, "met: on or below the line", transform=where, ha="right", color=MUTED)


def _in_order(speakers: pd.Series) -> list[str]:
    known = [speaker for speaker in _MARKERS if (speakers == speaker).any()]
    return known + sorted(set(speakers) - set(_MARKERS))
