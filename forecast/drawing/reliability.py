"""Stated probabilities against the share that came true."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl

from forecast.drawing.style import ANSWER, ANSWER_LIGHT, MUTED, STYLE, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_ROOM = 4.0


@mpl.rc_context(STYLE)
def reliability(frame: pd.DataFrame, ax: Axes | None = None, title: str = "") -> Axes:
    """Draw how often forecasts of each probability came true.

    Parameters
    ----------
    frame : DataFrame
        A row a bin: ``stated``, ``came_true``, ``lower`` and ``upper`` in [0, 1], ``rows``, rising in
        ``stated``.
    ax : Axes, optional
        Where to draw; default a new figure.
    title : str
        Whose forecasts.

    Returns
    -------
    Axes
        Points with the number of forecasts beside, a band from ``lower`` to ``upper``, and the diagonal
        on which a calibrated forecast lies.
    """
    if ax is None:
        ax = new_axes(210, 210, left=42, right=14, top=24, bottom=42)
    ax.set_xlim(0, 100)
    ax.set_ylim(0, 100)
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
    for x, y, n in zip(stated, true, frame["rows"], strict=True):
        left = x > 88  # below on the right a rising line is out of the way
        ax.annotate(
            f"{n}",
            (x, y),
            (-_ROOM if left else _ROOM, -_ROOM),
            textcoords="offset points",
            ha="right" if left else "left",
            va="top",
            color=MUTED,
            size=6.5,
            zorder=5,
        )
    ax.set_xlabel("stated")
    ax.set_ylabel("came true")
    ax.set_title(title, loc="left", fontsize=7.5)
    return ax
