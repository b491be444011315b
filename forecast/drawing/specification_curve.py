"""The specification curve: one answer under many choices, sorted, and the choices below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np

from forecast.drawing.style import ANSWER, GRID, INK, MUTED, PROMISE, STYLE, new_figure
from forecast.drawing.words import wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SIZE = 6.4
_WIDTH, _LEFT, _RIGHT, _TOP, _CURVE, _GAP, _BOTTOM = 470.0, 150.0, 12.0, 20.0, 130.0, 8.0, 22.0
_ROW = 8.2
_HEAD = 10.5
_BINS = 75
_LARGEST = 4.6


@mpl.rc_context(STYLE)
def specification_curve(
    table: pd.DataFrame,
    choices: Mapping[str, Sequence[str]],
    usual: float | None = None,
    names: Mapping[str, str] | None = None,
    value: str = "by_headline",
    ylabel: str = "probability, %",
) -> tuple[Axes, Axes]:
    """Draw the sorted answers above, and below where each level of each choice lies among them.

    Specifications are gathered in bins of equal number along the curve. The area of a dot is the share of
    a level's specifications that lie in the bin, against the bin that holds most of them: a level that
    makes no difference has equal dots all along.

    Parameters
    ----------
    table : DataFrame
        One row a specification; rows without an answer are left out.
    choices : mapping of str to sequence of str
        Columns and their levels in the order of print; the first level is the usual one.
    usual : float, optional
        The answer by the usual choices, marked on the curve.
    names : mapping, optional
        How a choice is called in print.
    value : str
        Column of the answers, in [0, 1].
    ylabel : str
    """
    told = table.dropna(subset=[value]).sort_values(value, kind="stable", ignore_index=True)
    depth = sum(_HEAD + _ROW * len(levels) for levels in choices.values())
    height = _TOP + _CURVE + _GAP + depth + _BOTTOM
    figure = new_figure(_WIDTH, height, dpi=180)
    left, width = _LEFT / _WIDTH, (_WIDTH - _LEFT - _RIGHT) / _WIDTH
    curve = figure.add_axes((left, (height - _TOP - _CURVE) / height, width, _CURVE / height))
    below = figure.add_axes((left, _BOTTOM / height, width, depth / height))
    _curve(curve, 100.0 * told[value].to_numpy(float), usual, ylabel)
    _dots(below, told, choices, names or {}, depth)
    return curve, below


def _curve(ax: Axes, percent: np.ndarray, usual: float | None, ylabel: str) -> None:
    rank = (np.arange(len(percent)) + 0.5) / len(percent)
    ax.plot(rank, percent, color=ANSWER, linewidth=1.6)
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, 100.0)
    ax.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0], ["", "", "", "", ""])
    ax.set_yticks(range(0, 101, 20))
    ax.grid(axis="both")
    ax.set_ylabel(ylabel, size=7.0)
    for share in (0.05, 0.5, 0.95):
        height = float(np.quantile(percent, share))
        ax.plot([share], [height], marker="o", markersize=3.4, color=ANSWER)
        ax.annotate(f"{height:.0f} %", (share, height), (-3, 4), textcoords="offset points",
                    ha="right" if share > 0.05 else "center", size=7.0, color=ANSWER)  # fmt: skip
    if usual is not None:
        place = float(np.searchsorted(percent, 100.0 * usual) / len(percent))
        ax.plot([place], [100.0 * usual], marker="D", markersize=4.4, color=PROMISE, zorder=5)
        ax.annotate(f"our answer, {100.0 * usual:.0f} %", (place, 100.0 * usual), (6, -8),
                    textcoords="offset points", ha="left", size=7.0, color=PROMISE)  # fmt: skip


def _dots(
    ax: Axes,
    told: pd.DataFrame,
    choices: Mapping[str, Sequence[str]],
    names: Mapping[str, str],
    depth: float,
) -> None:
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(depth, 0.0)
    ax.set_yticks([])
    ax.set_xticks([0.0, 0.25, 0.5, 0.75, 1.0], ["lowest", "", "middle", "", "highest"])
    first, *_, last = ax.get_xticklabels()
    first.set_horizontalalignment("left")
    last.set_horizontalalignment("right")
    ax.spines["left"].set_visible(False)
    bins = np.minimum(np.arange(len(told)) * _BINS // max(len(told), 1), _BINS - 1)
    centres = (np.arange(_BINS) + 0.5) / _BINS
    y = 0.0
    for choice, levels in choices.items():
        _beside(ax, y + _HEAD * 0.62, names.get(choice, choice), INK, "bold")
        y += _HEAD
        for level in levels:
            counts = np.bincount(bins[(told[choice] == level).to_numpy()], minlength=_BINS)
            middle = y + _ROW / 2
            ax.plot([0.0, 1.0], [middle, middle], color=GRID, linewidth=0.5, zorder=1)
            if counts.any():
                areas = (_LARGEST**2) * counts / counts.max()
                ax.scatter(
                    centres, np.full(_BINS, middle), s=areas, color=ANSWER, linewidths=0, zorder=2
                )
            _beside(ax, middle, f"{level} ({counts.sum():,})", MUTED, "normal")
            y += _ROW


def _beside(ax: Axes, y: float, text: str, colour: str, weight: str) -> None:
    line = wrapped(text, _LEFT - 10.0, _SIZE, weight == "bold", most=1)[0]
    ax.annotate(line, (0.0, y), (-6, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
                ha="right", va="center", size=_SIZE, color=colour, weight=weight,
                annotation_clip=False)  # fmt: skip
