"""The look that all figures share: colours, type, grid, and how a figure is made.

The colours stay apart for colour-blind readers; what matters also differs by line or marker.
"""

from __future__ import annotations

import sys
from typing import Any, TypeVar

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

INK = "#1d2733"
MUTED = "#5a6673"
GRID = "#dfe4e9"
TINT = "#eef3f8"
ANSWER = "#0b4a82"
ANSWER_LIGHT = "#9fbfdc"
PROMISE = "#b8480a"
FAILED = "#b8480a"
OPEN = "#3f7f6b"
MEMBERS = ("#117733", "#93328e", "#8a6d00", "#b0485c", "#2b8fa3", "#6b2c4f", "#5b6b1f")
BASELINE = "#6d7781"
BASELINE_DASHES: dict[str, tuple[float, tuple[float, ...]]] = {
    "constant-hazard": (0, (5, 2)),
    "lindy": (0, (1, 1.4)),
    "kaplan-meier-family": (0, (6, 1.6, 1, 1.6)),
    "pool": (0, (2.5, 1.2)),
    "officials": (0, (8, 1.5, 1, 1.5, 1, 1.5)),
}
"""Dashes of each baseline by its name, the same in every figure; all are grey."""

_OTHER_DASHES = (0.0, (3.5, 1.6))

FONT = "DejaVu Sans"

STYLE: dict[Any, Any] = {
    "font.family": [FONT],
    "font.size": 7.5,
    "text.color": INK,
    "text.parse_math": False,
    "text.hinting": "none",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.major.size": 3.0,
    "xtick.major.width": 0.6,
    "ytick.major.size": 0.0,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "negotiation-forecast",
}
"""Settings for :func:`matplotlib.rc_context`; dollar signs are never read as formulas."""

T = TypeVar("T", Axes, list[Axes], tuple[Axes, Axes])

POINTS_PER_INCH = 72.0
_NOTEBOOK_DPI = 110.0


def baseline_dashes(name: str) -> tuple[float, tuple[float, ...]]:
    """Dashes of a baseline; those without dashes of their own share one pattern."""
    return BASELINE_DASHES.get(name, _OTHER_DASHES)


def new_figure(width: float, height: float, dpi: float = POINTS_PER_INCH) -> Figure:
    """Empty figure that belongs to no window and to no global state.

    Parameters
    ----------
    width, height : float
        In points of 1/72 inch.
    dpi : float
        Pixels per inch where it is saved as a picture.
    """
    figure = Figure(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH), dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def new_axes(
    width: float,
    height: float,
    left: float = 24.0,
    right: float = 8.0,
    top: float = 8.0,
    bottom: float = 20.0,
) -> Axes:
    """Axes in a new figure, margins in points."""
    figure = new_figure(width, height)
    box = (
        left / width,
        bottom / height,
        (width - left - right) / width,
        (height - top - bottom) / height,
    )
    return figure.add_axes(box)


def figure_of(ax: Axes) -> Figure:
    """Figure that holds the axes, also where they lie in a part of it."""
    figure = ax.figure
    while not isinstance(figure, Figure):
        figure = figure.figure
    return figure


def shown(drawn: T) -> T:
    """Hand the figure of what was drawn over to the notebook that asked for it, which shows it.

    Elsewhere a figure belongs to nobody but the caller, as :func:`new_figure` made it.

    Parameters
    ----------
    drawn : Axes, or a sequence of Axes of one figure

    Returns
    -------
    The same.
    """
    if "ipykernel" in sys.modules:
        from matplotlib import pyplot

        found: Any = drawn
        figure = figure_of(found if isinstance(found, Axes) else found[0])
        figure.set_dpi(max(figure.dpi, _NOTEBOOK_DPI))
        pyplot.figure(figure)
    return drawn


def size_in_points(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points."""
    box = ax.get_position()
    width, height = figure_of(ax).get_size_inches() * POINTS_PER_INCH
    return float(box.width * width), float(box.height * height)
