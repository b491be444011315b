"""Why a forecast is later than a promise: curves from parts of the evidence over past durations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

import matplotlib as mpl

from forecast.drawing.cumulative_curves import cumulative
from forecast.drawing.days import day_number
from forecast.drawing.style import BASELINE, INK, MUTED, PROMISE, STYLE, new_figure
from forecast.drawing.words import short_date

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_WIDTH, _CURVES, _PITCH = 560.0, 230.0, 14.0
_LEFT, _RIGHT, _TOP, _BETWEEN, _BOTTOM = 30.0, 132.0, 26.0, 34.0, 10.0
_SIZE = 7.0


@dataclass(frozen=True, slots=True)
class Span:
    """How long something took, or was said to take, laid from the launch of the case on.

    Where it was promised, ``mark`` stands above its end.
    """

    label: str
    until: date
    promised: bool
    mark: str = "promised"


@mpl.rc_context(STYLE)
def why_later(
    frame: pd.DataFrame,
    spans: Sequence[Span],
    launch: date,
    today: date,
    labels: Mapping[str, str],
    years: int = 8,
) -> list[Axes]:
    """Draw what each part of the evidence said at the launch, today's answer, and past durations.

    Parameters
    ----------
    frame : DataFrame
        Column ``date``, ``probability`` (today's answer, missing before today), and one a curve.
    spans : sequence of Span
        Drawn as bars below the curves.
    launch, today : datetime.date
    labels : mapping
        How columns are called in print.
    years : int
        Full calendar years shown after the launch.

    Returns
    -------
    list of Axes
        The curves, and the bars below them.
    """
    bars = _PITCH * len(spans)
    height = _TOP + _CURVES + _BETWEEN + bars + _BOTTOM
    figure = new_figure(_WIDTH, height, dpi=160.0)
    wide = (_WIDTH - _LEFT - _RIGHT) / _WIDTH
    above = figure.add_axes(
        (_LEFT / _WIDTH, (_BOTTOM + bars + _BETWEEN) / height, wide, _CURVES / height)
    )
    below = figure.add_axes((_LEFT / _WIDTH, _BOTTOM / height, wide, bars / height), sharex=above)
    cumulative(frame, above, as_of=launch, labels=labels, years=years)
    _draw_spans(below, spans, launch)
    promised = [span for span in spans if span.promised]
    for ax in (above, below):
        ax.axvline(day_number(today), color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)), zorder=1)
        for span in promised:
            ax.axvline(day_number(span.until), color=PROMISE, linewidth=0.9, zorder=1)
    _name(above, today, f"today, {short_date(today)}", MUTED, "left")
    for span in promised:
        _name(above, span.until, span.mark, PROMISE, "right")
    return [above, below]


def _draw_spans(ax: Axes, spans: Sequence[Span], launch: date) -> None:
    begin = day_number(launch)
    for row, span in enumerate(spans):
        end = day_number(span.until)
        colour = PROMISE if span.promised else BASELINE
        ax.barh(row, end - begin, left=begin, height=0.74, color=colour, zorder=3)
        right = ax.get_xlim()[1]
        inside = end > begin + 0.7 * (right - begin)
        ax.annotate(
            span.label,
            (min(end, right), row),
            (-4.0 if inside else 4.0, 0.0),
            textcoords="offset points",
            ha="right" if inside else "left",
            va="center",
            size=_SIZE,
            color="white" if inside else INK,
            zorder=4,
            bbox=None
            if inside
            else {"facecolor": "white", "edgecolor": "none", "pad": 0.8, "alpha": 0.85},
        )
    ax.set_ylim(len(spans) - 0.4, -0.6)
    ax.set_axis_off()
    ax.annotate(
        "from the launch on, as long as",
        (0.0, 1.0),
        (0.0, 3.0),
        xycoords="axes fraction",
        textcoords="offset points",
        size=_SIZE,
        color=MUTED,
    )


def _name(ax: Axes, day: date, text: str, colour: str, side: Literal["left", "right"]) -> None:
    ax.annotate(
        text,
        (day_number(day), 1.0),
        (0.0, 4.0),
        xycoords=ax.get_xaxis_transform(),
        textcoords="offset points",
        ha=side,
        size=_SIZE,
        color=colour,
        annotation_clip=False,
    )
