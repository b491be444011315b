"""Answers under other assumptions: a grid of tails and never shares, and a dot for each other one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.colors import LinearSegmentedColormap

from forecast.drawing.answer_dots import PANEL, answer_dots, dots_height, label_width
from forecast.drawing.captions import caption, caption_height
from forecast.drawing.style import ANSWER, INK, MUTED, STYLE, TINT, new_figure
from forecast.drawing.words import short_date

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_GRID, _STANDING = "never share", "as it stands"
_MEANINGS = {
    _GRID: "part of the talks that would never conclude; own: as each model estimates it",
    "miss rate": "chance that our search would have missed a conclusion",
    "priors": "all of them raised to a power, where 0.5 makes them wider and 2 narrower; or durations that "
    "are held to scatter less",
    "accounts": "past durations as another set of sources counts them",
    "start": "another dated account of when talks of this family began, in place of the one used",
    "failures": "weight of talks that were looked for because they failed; as it stands 0",
}
_CELL = 16.0
_TOP, _BETWEEN, _BOTTOM = 36.0, 36.0, 24.0
_COLOURS = LinearSegmentedColormap.from_list("probability", [TINT, ANSWER])


def explained(assumptions: Iterable[str]) -> str:
    """What some assumptions mean, in one paragraph."""
    named = [f"{name}: {_MEANINGS[name]}." for name in _MEANINGS if name in set(assumptions)]
    return " ".join(text[0].upper() + text[1:] for text in named)


@mpl.rc_context(STYLE)
def sensitivity_grid(
    table: pd.DataFrame, day: date, axes: Sequence[Axes] | None = None
) -> list[Axes]:
    """Draw the probability of a conclusion by a day under each assumption.

    Parameters
    ----------
    table : DataFrame
        Columns ``assumption``, ``setting``, ``tail``, ``by_headline`` and ``note``; rows of the assumption
        ``never share`` make the grid, the one ``as it stands`` the line, the others the dots.
    day : datetime.date
    axes : two Axes, optional
        For the grid and the dots, one over the other. Default: a new figure, with what the assumptions
        mean below.
    """
    grid = table[table["assumption"] == _GRID]
    cells = grid.pivot_table("by_headline", "tail", "setting", sort=False)
    others = table[~table["assumption"].isin([_GRID, _STANDING])]
    dots = others.assign(
        group=others["assumption"], label=others["assumption"] + ": " + others["setting"]
    )
    standing = float(table.loc[table["assumption"] == _STANDING, "by_headline"].iloc[0])
    text = explained(table["assumption"])
    upper, lower = _new_pair(cells, dots, text) if axes is None else axes
    _draw_cells(upper, cells, day)
    answer_dots(dots, standing, day, lower)
    return [upper, lower]


def _new_pair(cells: pd.DataFrame, dots: pd.DataFrame, text: str) -> tuple[Axes, Axes]:
    left = label_width(dots)
    width = left + PANEL + 14.0
    first, second = _CELL * len(cells), dots_height(dots)
    bottom = _BOTTOM + caption_height(text, width)
    height = _TOP + first + _BETWEEN + second + bottom
    figure = new_figure(width, height, dpi=144.0)
    caption(figure, text)
    boxes = [
        (left / width, edge / height, PANEL / width, inner / height)
        for edge, inner in ((bottom + second + _BETWEEN, first), (bottom, second))
    ]
    return figure.add_axes(boxes[0]), figure.add_axes(boxes[1])


def _draw_cells(ax: Axes, cells: pd.DataFrame, day: date) -> None:
    values = cells.to_numpy(dtype=np.float64)
    ax.pcolormesh(values, cmap=_COLOURS, vmin=0.0, vmax=1.0, edgecolor="white", linewidth=1.0)
    for (row, column), value in np.ndenumerate(values):
        colour = "white" if value > 0.45 else INK
        ax.annotate(
            f"{100 * value:.0f}",
            (column + 0.5, row + 0.5),
            ha="center",
            va="center",
            size=7.0,
            color=colour,
        )
    ax.set_ylim(len(cells), 0.0)
    ax.set_xticks(np.arange(cells.shape[1]) + 0.5, ["own", *list(cells.columns)[1:]])
    ax.set_yticks(np.arange(len(cells)) + 0.5, list(cells.index))
    ax.tick_params(axis="both", length=0.0, labelcolor=INK)
    ax.xaxis.tick_top()
    ax.spines[:].set_visible(False)
    title = f"probability by {short_date(day)} (%), by tail and never share"
    ax.set_title(title, loc="left", fontsize=7.5, color=MUTED, pad=4.0)
