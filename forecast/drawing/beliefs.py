"""An analyst's belief beside the model: cumulative probabilities against the date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from forecast.drawing.days import day_number
from forecast.drawing.style import (
    ANSWER,
    INK,
    MEMBERS,
    MUTED,
    PROMISE,
    STYLE,
    new_axes,
    size_in_points,
)
from forecast.drawing.words import short_date, spread

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SIZE = 7.0
_LINE = 9.0
_LOOKS = (
    (PROMISE, (0, (3, 1.6)), 1.3),
    (PROMISE, "-", 1.5),
    (MUTED, "-", 1.3),
    (ANSWER, "-", 2.0),
    (MEMBERS[0], "-", 1.3),
)


@mpl.rc_context(STYLE)
def beliefs(
    frame: pd.DataFrame,
    said: Sequence[tuple[date, float]],
    as_of: date,
    ax: Axes | None = None,
    years: int = 6,
) -> Axes:
    """Draw cumulative probabilities of a belief at launch, the same now, the model, and both.

    Parameters
    ----------
    frame : DataFrame
        Column ``date``, ``months`` (left out), and one column a curve, in [0, 1] or missing.
    said : sequence of (date, float)
        What the analyst said, drawn as dots.
    as_of : datetime.date
        A vertical line.
    ax : Axes, optional
        With room at the right for labels. Default: a new figure.
    years : int
        Full calendar years shown after the as-of date.
    """
    ax = ax or new_axes(470.0, 240.0, left=36, right=118, top=18)
    x = np.array([day_number(day) for day in frame["date"]])
    end = day_number(date(as_of.year + years, 12, 31))
    ax.set_xlim(x[0], end)
    ax.set_ylim(0.0, 100.0)
    ax.set_ylabel("probability of a conclusion by then, %", size=_SIZE)
    ax.grid(axis="both")
    first, last = frame["date"].iloc[0].year + 1, as_of.year + years
    ax.set_xticks(
        [day_number(date(year, 1, 1)) for year in range(first, last + 1)],
        [str(year) for year in range(first, last + 1)],
    )
    ax.axvline(day_number(as_of), color=INK, linewidth=0.7)
    ax.annotate(f"as known on {short_date(as_of)}", (day_number(as_of), 1.0), (0, 3),
                xycoords=ax.get_xaxis_transform(), textcoords="offset points", ha="center", size=_SIZE,
                color=MUTED)  # fmt: skip
    names = [name for name in frame.columns if name not in ("date", "months")]
    ends = []
    for name, (colour, style, width) in zip(names, _LOOKS, strict=False):
        y = 100.0 * frame[name].to_numpy(float)
        ax.plot(x, y, color=colour, linestyle=style, linewidth=width)
        ends.append(float(np.interp(end, x, y)))
    ax.plot([day_number(day) for day, _ in said], [100.0 * share for _, share in said], marker="o",
            markersize=4.5, color=PROMISE, linestyle="none", zorder=5)  # fmt: skip
    pitch = 100.0 * _LINE / size_in_points(ax)[1]
    places = spread(ends, [pitch] * len(ends), 0.0, 100.0 + pitch)
    for name, (colour, _, _), height, place in zip(names, _LOOKS, ends, places, strict=False):
        ax.annotate(name, (end, height), (end + 0.03 * (end - x[0]), place), xycoords="data",
                    textcoords="data", va="center", size=_SIZE, color=colour, annotation_clip=False,
                    arrowprops={"arrowstyle": "-", "color": colour, "linewidth": 0.5, "shrinkA": 0,
                                "shrinkB": 0})  # fmt: skip
    return ax
