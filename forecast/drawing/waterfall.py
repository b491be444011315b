"""Steps from one level to another, as horizontal bars that take up where the last one ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from forecast.drawing.style import ANSWER, GRID, INK, MUTED, PROMISE, STYLE, new_figure
from forecast.drawing.words import text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PITCH = 14.0
_PANEL = 190.0
_GAP = 16.0
_TOP, _BOTTOM = 22.0, 24.0
_SIZE = 7.0

_SOONER, _LATER = ANSWER, PROMISE


@mpl.rc_context(STYLE)
def waterfalls(steps: pd.DataFrame, axes: Sequence[Axes] | None = None) -> list[Axes]:
    """Draw what each step adds to the median and to the probability within 12 months.

    Parameters
    ----------
    steps : DataFrame
        Columns ``step``, ``kind`` ('level' of the first and the last, else 'change'), ``median_months``
        and ``within_12``, a probability.
    axes : two Axes, optional
        Side by side; the left one's margin must have room for the names.

    Returns
    -------
    list of Axes
        Months at the left, percentage points at the right; blue is sooner, orange later.
    """
    names = [str(step).replace("_", " ") for step in steps["step"]]
    left, right = _new_pair(names) if axes is None else axes
    levels = (steps["kind"] == "level").to_numpy()
    _waterfall(left, steps["median_months"].to_numpy(float), levels, 1, " mo")
    _waterfall(right, 100.0 * steps["within_12"].to_numpy(float), levels, 0, " %")
    left.set_title("median, months from now (blue: sooner)", loc="left", fontsize=7.5, color=MUTED)
    right.set_title("probability within 12 months, %", loc="left", fontsize=7.5, color=MUTED)
    left.set_yticks(range(len(names)), names)
    left.tick_params(axis="y", labelcolor=INK)
    right.set_yticks([])
    return [left, right]


def _new_pair(names: Sequence[str]) -> tuple[Axes, Axes]:
    margin = 12.0 + max(text_width(name, _SIZE) for name in names)
    width = margin + 2 * _PANEL + _GAP + 8.0
    inner = _PITCH * len(names)
    height = inner + _TOP + _BOTTOM
    figure = new_figure(width, height, dpi=144.0)
    boxes = [
        (x / width, _BOTTOM / height, _PANEL / width, inner / height)
        for x in (margin, margin + _PANEL + _GAP)
    ]
    return figure.add_axes(boxes[0]), figure.add_axes(boxes[1])


def _waterfall(ax: Axes, values: np.ndarray, levels: np.ndarray, digits: int, unit: str) -> None:
    """Bars from ``begin`` to ``end``; the sense in which a change is sooner depends on the unit."""
    end = np.where(levels, values, np.cumsum(values))
    begin = np.where(levels, 0.0, end - values)
    sooner = values < 0 if unit == " mo" else values > 0
    colours = np.where(levels, MUTED, np.where(sooner, _SOONER, _LATER))
    places = np.arange(len(values))
    ax.barh(places, end - begin, left=begin, height=0.62, color=colours, zorder=3)
    for k in places[:-1]:
        ax.plot([end[k], end[k]], [k, k + 1], color=MUTED, linewidth=0.6, zorder=2)
    reach = float(max(begin.max(), end.max()))
    for k in places:
        text = f"{values[k]:.{digits}f}{unit}" if levels[k] else _signed(values[k], digits)
        ax.annotate(
            text,
            (max(begin[k], end[k]), k),
            (3.0, 0.0),
            textcoords="offset points",
            va="center",
            size=_SIZE,
            color=INK,
        )
    ax.set_xlim(min(0.0, float(end.min())), 1.22 * reach)
    ax.set_ylim(len(values) - 0.4, -0.6)
    ax.grid(axis="x")
    ax.axvline(0.0, color=GRID, linewidth=0.8)
    ax.spines["left"].set_visible(False)


def _signed(value: float, digits: int) -> str:
    text = f"{value:+.{digits}f}"
    return "0" if float(text) == 0.0 else text.replace("-", "\N{MINUS SIGN}")
