"""Stated probabilities against the share that came true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

from forecast.drawing.captions import caption, caption_height
from forecast.drawing.style import (
    ANSWER,
    ANSWER_LIGHT,
    MUTED,
    STYLE,
    figure_of,
    new_axes,
    size_in_points,
)
from forecast.drawing.words import spread, text_width

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes

CAPTION = (
    "Numbers above: how many forecasts each bin of stated probabilities holds. Points: the share of them "
    "that came true; band: its 90 % interval, over groups of related negotiations. A band without width is "
    "no certainty: there all outcomes are alike, or all negotiations related. Dashed: as often as stated."
)
"""What the parts of the figure are."""

_SIZE = 6.5
_WIDTH = 210.0
# Points at 0 and 100 % are drawn whole.
_LOW, _HIGH = -4.0, 104.0


@mpl.rc_context(STYLE)
def reliability(frame: pd.DataFrame, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw how often forecasts of each probability came true.

    Parameters
    ----------
    frame : DataFrame
        A row a bin: ``stated``, ``came_true``, ``lower`` and ``upper`` in [0, 1], ``rows``, rising in
        ``stated``.
    ax : Axes, optional
        Where to draw; default a new figure, with :data:`CAPTION` below.
    title : str
        Whose forecasts.

    Returns
    -------
    Axes
        Points with the number of forecasts above the axes, a band from ``lower`` to ``upper``, and the
        diagonal on which a calibrated forecast lies.
    """
    if ax is None:
        below = caption_height(CAPTION, _WIDTH)
        ax = new_axes(_WIDTH, _WIDTH + below, left=42, right=14, top=30, bottom=36 + below)
        caption(figure_of(ax), CAPTION)
    ax.set_xlim(_LOW, _HIGH)
    ax.set_ylim(_LOW, _HIGH)
    ax.set_aspect("equal")
    ticks = range(0, 101, 25)
    ax.set_xticks(ticks, [f"{p} %" for p in ticks])
    ax.set_yticks(ticks, [f"{p} %" for p in ticks])
    ax.grid(visible=True)
    ax.plot([0, 100], [0, 100], color=MUTED, linewidth=0.8, linestyle=(0, (3, 2)), zorder=1)
    stated, true = 100 * frame["stated"].to_numpy(float), 100 * frame["came_true"].to_numpy(float)
    lower, upper = 100 * frame["lower"].to_numpy(float), 100 * frame["upper"].to_numpy(float)
    ax.fill_between(stated, lower, upper, color=ANSWER_LIGHT, alpha=0.4, linewidth=0, zorder=2)
    ax.vlines(stated, lower, upper, color=ANSWER_LIGHT, linewidth=1.4, zorder=3)
    ax.plot(stated, true, color=ANSWER, linewidth=1.2, marker="o", markersize=3.5, zorder=4)
    _write_counts(ax, stated, [str(n) for n in frame["rows"]])
    ax.set_xlabel("stated")
    ax.set_ylabel("came true")
    ax.set_title(title, loc="left", fontsize=7.5, pad=13.0)
    return ax


def _write_counts(ax: Axes, stated: np.ndarray, counts: list[str]) -> None:
    """Numbers above the axes, over their points: inside there are lines wherever they might stand."""
    width = size_in_points(ax)[0]
    at = (stated - _LOW) / (_HIGH - _LOW) * width
    sizes = [text_width(f"{count} ", _SIZE) for count in counts]
    for place, count in zip(spread(list(at), sizes, 0.0, width), counts, strict=True):
        ax.annotate(
            count,
            (place / width, 1.0),
            (0.0, 3.0),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="center",
            color=MUTED,
            size=_SIZE,
            annotation_clip=False,
        )
