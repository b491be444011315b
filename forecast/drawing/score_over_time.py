"""Mean scores of models by the year of the forecast."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import matplotlib as mpl

from forecast.drawing.style import ANSWER, BASELINE, MEMBERS, STYLE, baseline_dashes, new_axes

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

# More years would run into one another.
_LABELS = 10


@mpl.rc_context(STYLE)
def score_over_time(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    title: str = "",
    *,
    answer: str = "",
    baselines: Collection[str] = (),
    labels: Mapping[str, str] | None = None,
    size: tuple[float, float] = (470.0, 220.0),
) -> Axes:
    """Draw the mean score of each model by year.

    Parameters
    ----------
    frame : DataFrame
        Index the year; a column a model, and ``rows``: how many forecasts each mean is of.
    ax : Axes, optional
        Where to draw; its right margin must have room for the labels. Default: a new figure.
    title : str
        Which score, of what.
    answer : str
        Column drawn bold.
    baselines : collection of str
        Columns drawn dashed and grey.
    labels : mapping, optional
        How a model is called in print.
    size : (float, float)
        Width and height of a new figure in points.

    Returns
    -------
    Axes
        The number of forecasts stands under each year.
    """
    if ax is None:
        ax = new_axes(*size, left=30, right=140, top=22, bottom=46)
    years = frame.index.to_numpy()
    models = [str(name) for name in frame.columns if name != "rows"]
    looks, names = _looks(models, answer, baselines), dict(labels or {})
    for name in models:
        colour, dashes, width = looks[name]
        ax.plot(
            years, frame[name], color=colour, linestyle=dashes, linewidth=width,
            marker="o", markersize=2.0 + 0.6 * width, zorder=2 + width, label=names.get(name, name),
        )  # fmt: skip
    ax.set_ylim(bottom=0.0)
    step = 1 + (len(years) - 1) // _LABELS
    shown = years[::step]
    counts = frame["rows"].to_numpy()[::step]
    ax.set_xticks(shown, [f"{year}\n{n}" for year, n in zip(shown, counts, strict=True)])
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    ax.set_title(title, loc="left", fontsize=7.5)
    ax.set_xlabel("year of the forecasts, and their number")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=7)
    return ax


def _looks(
    models: list[str], answer: str, baselines: Collection[str]
) -> dict[str, tuple[str, Any, float]]:
    """Colour, dashes and width of each line."""
    grey = [name for name in models if name in baselines]
    others = [name for name in models if name not in baselines and name != answer]
    looks: dict[str, tuple[str, Any, float]] = {answer: (ANSWER, "solid", 2.4)}
    looks |= {name: (BASELINE, baseline_dashes(name), 1.0) for name in grey}
    looks |= {name: (MEMBERS[i % len(MEMBERS)], "solid", 1.0) for i, name in enumerate(others)}
    return looks
