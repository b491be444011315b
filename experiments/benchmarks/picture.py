"""The picture of a run: seconds against rows, a panel a problem."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from experiments.benchmarks.adapters import Figures
from experiments.benchmarks.judging import OURS
from experiments.benchmarks.problems import PROBLEMS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = {
    OURS: "#0b4a82",
    "forecast models": "#5f97c9",
    "lifelines": "#b8480a",
    "SurPyval": "#117733",
    "scikit-survival": "#93328e",
    "statsmodels": "#8a6d00",
    "R survival": "#1d2733",
}
MARKERS = {
    OURS: "o",
    "forecast models": "o",
    "lifelines": "s",
    "SurPyval": "^",
    "scikit-survival": "D",
    "statsmodels": "v",
    "R survival": "P",
}


def draw(cells: list[Figures]) -> Any:
    """Draw time against size, one panel a problem."""
    import matplotlib as mpl

    from forecast.drawing import STYLE, new_figure

    problems = list(dict.fromkeys(c["problem"] for c in cells))
    columns = min(3, len(problems))
    rows = -(-len(problems) // columns)
    with mpl.rc_context(STYLE):
        figure = new_figure(240.0 * columns, 190.0 * rows + 30.0)
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax, problem in zip(axes.flat, problems, strict=False):
            panel(ax, problem, [c for c in cells if c["problem"] == problem])
        for ax in axes.flat[len(problems) :]:
            ax.set_axis_off()
        handles = {
            label: handle
            for ax in axes.flat
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        order = [name for name in COLOURS if name in handles]
        figure.legend(
            [handles[k] for k in order], order, loc="upper center", ncols=len(order), frameon=False
        )
        figure.tight_layout(rect=(0, 0, 1, 1 - 24.0 / (190.0 * rows + 30.0)))
    return figure


def panel(ax: Axes, problem: str, cells: list[Figures]) -> None:
    """Draw seconds against rows, both on log scales, one line a library."""
    for name, colour in COLOURS.items():
        mine = [
            c for c in cells if c["library"] == name and "seconds" in c and c["status"] == "done"
        ]
        if mine:
            ax.plot(
                [c["n"] for c in mine],
                [c["seconds"] for c in mine],
                color=colour,
                marker=MARKERS[name],
                markersize=4.0,
                linewidth=1.8 if name == OURS else 1.0,
                label=name,
                zorder=3 if name == OURS else 2,
            )
    sizes = PROBLEMS[problem].sizes
    times = [c["seconds"] for c in cells if c.get("seconds") and c["status"] == "done"]
    decades = range(math.floor(math.log10(min(times, default=1.0))), 3)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
    ax.set_yticks([10.0**k for k in decades], [f"{10.0**k:g}" for k in decades])
    ax.set_xlim(min(sizes) / 2, max(sizes) * 2)
    ax.set_ylim(10.0 ** decades[0], max(times, default=1.0) * 2)
    ax.grid(visible=True)
    ax.set_title(PROBLEMS[problem].title, fontsize=8.5, loc="left")
    ax.set_xlabel("rows")
    ax.set_ylabel("seconds")
