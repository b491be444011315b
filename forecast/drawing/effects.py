"""Coefficients of a regression as ratios of durations, beside what was thought before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter

from forecast.drawing.style import ANSWER, ANSWER_LIGHT, GRID, INK, MUTED, STYLE, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_PITCH = 15.0
_NORMAL_90 = 1.6448536269514722
_RATIOS = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0)


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
        ax = new_axes(width, _PITCH * len(table) + 62, left=128, right=12, top=22, bottom=34)
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
