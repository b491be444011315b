"""One probability from each of many fits, a dot a row, beside the answer itself."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from forecast.drawing.style import ANSWER, GRID, INK, MUTED, STYLE, new_axes
from forecast.drawing.words import balanced, short_date, text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

PITCH = 12.5
MOST_LABEL = 250.0
PANEL = 230.0
_SIZE = 7.0
_LINE = 8.6
_GAP_ROWS = 0.8


def dots_height(table: pd.DataFrame) -> float:
    """Points that the rows of a table take."""
    return PITCH * float(_edges(table)[1][-1])


def label_width(table: pd.DataFrame) -> float:
    """Points that the labels of a table take."""
    widest = max(text_width(_words(label), _SIZE) for label in table["label"])
    return min(MOST_LABEL, widest + 12.0)


@mpl.rc_context(STYLE)
def answer_dots(table: pd.DataFrame, standing: float, day: date, ax: Axes | None = None) -> Axes:
    """Draw the probability of a conclusion by a day from each fit.

    Parameters
    ----------
    table : DataFrame
        Columns ``group`` (rows of a group stand together, in order), ``label``, ``by_headline``, and
        ``note``, which says why a probability is missing.
    standing : float
        The answer's own probability, a vertical line.
    day : datetime.date
    ax : Axes, optional
        Its left margin must have room for the labels.
    """
    if ax is None:
        left = label_width(table)
        size = (left + PANEL + 14.0, dots_height(table) + 46.0)
        ax = new_axes(*size, left=left, right=14.0, top=22.0, bottom=24.0)
    above, under = _edges(table)
    y = (above + under) / 2
    percent = 100.0 * table["by_headline"].to_numpy(dtype=np.float64)
    ax.axvline(100.0 * standing, color=ANSWER, linewidth=0.9, zorder=1)
    ax.hlines(y, 100.0 * standing, percent, color=GRID, linewidth=3.0, zorder=2)
    ax.plot(percent, y, "o", color=ANSWER, markersize=4.0, zorder=3)
    for place, value, note in zip(y, percent, table["note"], strict=True):
        text = _short(note) if note else f"{value:.0f} %"
        sooner = bool(note) or value >= 100.0 * standing
        ax.annotate(
            text,
            (50.0 if note else value, place),
            (5.0 if sooner else -5.0, 0.0),
            textcoords="offset points",
            ha="left" if sooner else "right",
            va="center",
            size=_SIZE,
            color=INK,
        )
    ax.set_yticks(y, ["\n".join(lines) for lines in _labels(table)])
    ax.tick_params(axis="y", labelcolor=INK)
    ax.set_ylim(under[-1] + 0.2, -0.2)
    ax.set_xlim(0.0, 100.0)
    ax.set_xticks(range(0, 101, 25), [f"{p} %" for p in range(0, 101, 25)])
    ax.grid(axis="x")
    ax.spines["left"].set_visible(False)
    title = f"probability by {short_date(day)}; line: the answer"
    ax.set_title(title, loc="left", fontsize=7.5, color=MUTED)
    return ax


def _labels(table: pd.DataFrame) -> list[list[str]]:
    return [balanced(_words(label), MOST_LABEL - 12.0, _SIZE) for label in table["label"]]


def _edges(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Upper and lower edge of each row, in rows of one line; a label of more lines takes more."""
    breaks = (table["group"] != table["group"].shift()).cumsum().to_numpy() - 1
    lines = np.array([len(lines) for lines in _labels(table)])
    heights = 1.0 + (lines - 1) * _LINE / PITCH
    under = heights.cumsum() + _GAP_ROWS * breaks
    return under - heights, under


def _words(label: object) -> str:
    return str(label).replace("_", " ")


def _short(note: str) -> str:
    return note if text_width(note, _SIZE) < PANEL / 2 else "no answer"
