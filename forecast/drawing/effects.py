"""Coefficients of a regression as ratios of durations, beside what was thought before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter

from forecast.drawing.style import ANSWER, ANSWER_LIGHT, GRID, INK, MUTED, STYLE, new_axes
from forecast.drawing.words import text_width

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PITCH = 15.0
_SIZE = 6.5
_BESIDE = 8.0
_NORMAL_90 = 1.6448536269514722
_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)


@mpl.rc_context(STYLE)
def effects_axes(rows: int, width: float = 420.0, units: Sequence[str] = ()) -> Axes:
    """Axes in a new figure for some coefficients, with room for their units at the right."""
    room = max((text_width(unit, _SIZE) + _BESIDE for unit in units), default=0.0)
    return new_axes(width + room, _PITCH * rows + 62, left=128, right=12 + room, top=22, bottom=34)


@mpl.rc_context(STYLE)
def effects(
    table: pd.DataFrame,
    prior_mean: pd.Series,
    prior_sd: float,
    ax: Axes | None = None,
    width: float = 420.0,
) -> Axes:
    """Draw 90 % intervals of coefficients on the log duration, as ratios of durations.

    Parameters
    ----------
    table : DataFrame, (k, ...)
        Index the coefficients; columns ``5 %``, ``50 %`` and ``95 %`` of the posterior.
    prior_mean : Series, (k,)
        Prior means by coefficient.
    prior_sd : float
        Their common standard deviation.
    ax : Axes, optional
    width : float
        Width of a new figure in points.
    """
    if ax is None:
        ax = effects_axes(len(table), width)
    y = np.arange(len(table))
    reach = _NORMAL_90 * prior_sd
    prior = prior_mean.reindex(table.index).to_numpy(dtype=np.float64)
    ax.axvline(1.0, color=GRID, linewidth=1.0, zorder=0)
    ax.hlines(y, np.exp(prior - reach), np.exp(prior + reach), color=ANSWER_LIGHT, linewidth=5.5)
    ax.hlines(y, np.exp(table["5 %"]), np.exp(table["95 %"]), color=ANSWER, linewidth=1.6)
    ax.plot(np.exp(table["50 %"]), y, "o", color=ANSWER, markersize=3.6)
    ax.set_xscale("log")
    ax.set_ylim(len(table) - 0.4, -0.6)
    ax.set_yticks(y, [name.replace("_", " ") for name in table.index])
    ax.tick_params(axis="y", labelcolor=INK)
    ax.xaxis.set_major_locator(FixedLocator(_RATIOS))
    ax.xaxis.set_minor_locator(FixedLocator([]))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda ratio, _: f"× {ratio:g}"))
    ax.set_xlabel("median duration for one unit more (an association, mostly prior)")
    ax.set_title(
        "pale: prior, dark: with the data; 90 % intervals",
        loc="left",
        fontsize=7.5,
        color=MUTED,
    )
    return ax


@mpl.rc_context(STYLE)
def write_units(ax: Axes, units: Sequence[str]) -> None:
    """Write at the right of the coefficients that :func:`effects` drew what one unit of each is.

    Parameters
    ----------
    ax : Axes
        As :func:`effects_axes` makes them for these units.
    units : sequence of str
        One a coefficient, from the top.
    """
    where = ax.get_yaxis_transform()
    for row, unit in enumerate(units):
        ax.annotate(unit, (1.0, row), (_BESIDE, 0.0), xycoords=where, textcoords="offset points",
                    va="center", size=_SIZE, color=MUTED, annotation_clip=False)  # fmt: skip
    ax.annotate("unit", (1.0, 1.0), (_BESIDE, 6.0), xycoords="axes fraction",
                textcoords="offset points", size=7.5, color=MUTED, annotation_clip=False)  # fmt: skip
