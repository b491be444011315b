"""Skills over a baseline with their intervals, one line a model."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING

import matplotlib as mpl

from forecast.drawing.style import ANSWER, BASELINE, INK, MUTED, STYLE, TINT, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PITCH = 15.0


@mpl.rc_context(STYLE)
def skill_table(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    title: str = "",
    *,
    labels: Mapping[str, str] | None = None,
    width: float = 420.0,
) -> Axes:
    """Draw each model's skill over a baseline as a point and its interval, with the figures beside.

    Parameters
    ----------
    frame : DataFrame
        A row a model, drawn from the top: ``model``, ``value``, ``lower``, ``upper``; figures are missing
        where there were too few forecasts.
    ax : Axes, optional
        Where to draw; its right margin must have room for the figures. Default: a new figure.
    title : str
        Skill in what, over whom.
    labels : mapping, optional
        How a model is called in print.
    width : float
        Width of a new figure in points.

    Returns
    -------
    Axes
        Filled points where the interval lies on one side of 0, hollow ones where it holds 0.
    """
    n = len(frame)
    if ax is None:
        ax = new_axes(width, _PITCH * n + 60, left=125, right=115, top=24, bottom=36)
    names = dict(labels or {})
    for row in range(0, n, 2):
        ax.axhspan(row - 0.5, row + 0.5, color=TINT, linewidth=0, zorder=0)
    ax.axvline(0.0, color=MUTED, linewidth=0.8, zorder=1)
    for row, (value, lower, upper) in enumerate(frame[["value", "lower", "upper"]].to_numpy(float)):
        _draw_row(ax, row, value, lower, upper)
    ax.set_ylim(n - 0.5, -0.5)
    ax.set_yticks(range(n), [names.get(name, name) for name in frame["model"]])
    ax.tick_params(axis="y", labelcolor=INK)
    ax.spines["left"].set_visible(False)
    ax.set_title(title, loc="left", fontsize=7.5)
    ax.set_xlabel("above 0: better than the baseline")
    return ax


def _draw_row(ax: Axes, row: int, value: float, lower: float, upper: float) -> None:
    known = not isnan(value)
    text = f"{value:+.2f} ({lower:+.2f} to {upper:+.2f})" if known else "too few"
    if known:
        clear = lower > 0 or upper < 0
        colour = ANSWER if lower > 0 else BASELINE
        ax.plot([lower, upper], [row, row], color=colour, linewidth=1.4, zorder=2)
        ax.plot(
            [value], [row], marker="o", markersize=4, zorder=3, color=colour,
            markerfacecolor=colour if clear else "white",
        )  # fmt: skip
    ax.annotate(
        text,
        (1.0, row),
        (6.0, 0.0),
        xycoords=ax.get_yaxis_transform(),
        textcoords="offset points",
        va="center",
        color=INK if known else MUTED,
        size=7.0,
        annotation_clip=False,
    )
