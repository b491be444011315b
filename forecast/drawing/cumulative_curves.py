"""Cumulative probability against calendar date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import matplotlib as mpl
import numpy as np

from forecast.drawing.days import day_number
from forecast.drawing.style import (
    ANSWER,
    BASELINE,
    MEMBERS,
    MUTED,
    PROMISE,
    STYLE,
    baseline_dashes,
    new_axes,
    size_in_points,
)
from forecast.drawing.words import NO_BREAK, drawable, short_date, spread, wrapped

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

ANSWER_COLUMN = "probability"

_SIZE = 7.0
_LINE = 9.0
_LABEL_WIDTH = 112.0
_LEADER = 14.0
_MISSED_YEARS = 3


class Promise(Protocol):
    """A date that somebody named."""

    @property
    def said_by(self) -> str:
        """Who said it."""

    @property
    def by(self) -> date:
        """The day by which it should have come."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One curve: how it is called and drawn."""

    label: str
    days: Any
    percent: Any
    colour: str
    style: Any
    width: float


@mpl.rc_context(STYLE)
def cumulative(
    frame: pd.DataFrame,
    ax: Axes | None = None,
    targets: Sequence[Promise] = (),
    as_of: date | None = None,
    *,
    labels: Mapping[str, str] | None = None,
    baselines: Collection[str] = (),
    years: int = 8,
    size: tuple[float, float] = (470.0, 250.0),
) -> Axes:
    """Draw the probability of a conclusion by each date.

    Parameters
    ----------
    frame : DataFrame
        Column ``date``, ``probability`` (the answer, a bold line), and one column in [0, 1] for each
        further curve.
    ax : Axes, optional
        Where to draw; its right margin must have room for the labels. Default: a new figure.
    targets : sequence
        Dates that somebody promised, each with ``by`` and ``said_by``: a marker where they lie in the
        window, a note where they passed in the three years before it.
    as_of : date, optional
        Where the axis begins; default the first date.
    labels : mapping, optional
        How a column is called in print.
    baselines : collection of str
        Columns drawn dashed and grey.
    years : int
        Full calendar years shown after the as-of date.
    size : (float, float)
        Width and height of a new figure in points.

    Returns
    -------
    Axes
        Labels stand at the end of their curves.
    """
    begin = as_of or frame["date"].iloc[0]
    end = date(begin.year + years, 12, 31)
    notes = _missed_note(targets, begin, size[0] if ax is None else size_in_points(ax)[0])
    ahead = sorted((t for t in targets if begin <= t.by <= end), key=lambda t: t.by)
    if ax is None:
        rows = len(notes) + len(ahead)
        ax = new_axes(*size, left=27, right=_LABEL_WIDTH + _LEADER + 6, top=8 + _LINE * rows)
    _frame_axes(ax, begin, end)
    lines = _lines(frame, dict(labels or {}), baselines)
    for line in lines:
        ax.plot(
            line.days,
            line.percent,
            color=line.colour,
            linestyle=line.style,
            linewidth=line.width,
            zorder=4 if line is lines[-1] else 3,
        )
    _label_ends(ax, lines, day_number(end))
    _mark_promises(ax, ahead)
    for row, note in enumerate(reversed(notes), start=len(ahead)):
        _above(ax, 0.0, row, note, "left")
    return ax


def _frame_axes(ax: Axes, begin: date, end: date) -> None:
    ax.set_xlim(day_number(begin), day_number(end))
    ax.set_ylim(0.0, 100.0)
    ax.set_yticks(range(0, 101, 25), [f"{p} %" for p in range(0, 101, 25)])
    ax.grid(axis="y")
    ax.spines["left"].set_visible(False)
    new_years = [date(year, 1, 1) for year in range(begin.year + 1, end.year + 1)]
    ax.set_xticks([day_number(day) for day in new_years], [""] * len(new_years))
    # A year's name stands under its middle; the short first one only where it has room.
    span = (end - begin).days
    for year in range(begin.year, end.year + 1):
        first, last = max(begin, date(year, 1, 1)), date(year, 12, 31)
        if (last - first).days / span > 0.05:
            middle = (day_number(first) + day_number(last)) / 2
            ax.annotate(
                str(last.year),
                (middle, 0.0),
                (0.0, -5.0),
                xycoords=ax.get_xaxis_transform(),
                textcoords="offset points",
                ha="center",
                va="top",
                color=MUTED,
                size=_SIZE,
            )


def _lines(frame: pd.DataFrame, labels: dict[str, str], baselines: Collection[str]) -> list[_Line]:
    """Baselines first, then members, the answer last and on top."""
    days = np.array([day_number(day) for day in frame["date"]])

    def line(name: str, colour: str, style: Any, width: float) -> _Line:
        percent = 100.0 * frame[name].to_numpy(float)
        return _Line(labels.get(name, name), days, percent, colour, style, width)

    names = [str(name) for name in frame.columns if name not in ("date", ANSWER_COLUMN)]
    dashed = [name for name in names if name in baselines]
    members = [name for name in names if name not in baselines]
    labels.setdefault(ANSWER_COLUMN, "The answer")
    return [
        *(line(name, BASELINE, baseline_dashes(name), 1.0) for name in dashed),
        *(line(name, MEMBERS[i % len(MEMBERS)], "solid", 0.9) for i, name in enumerate(members)),
        line(ANSWER_COLUMN, ANSWER, "solid", 2.6),
    ]


def _label_ends(ax: Axes, lines: Sequence[_Line], end: float) -> None:
    """Write each label beside the end of its curve, moved only as far as others force it."""
    height = size_in_points(ax)[1]
    texts = [_label_lines(line, line is lines[-1]) for line in lines]
    ends = [float(np.interp(end, line.days, line.percent)) * height / 100.0 for line in lines]
    sizes = [_LINE * len(text) for text in texts]
    places = spread(ends, sizes, -6.0, height + 1.0)
    for line, text, at, place in zip(lines, texts, ends, places, strict=True):
        bold = line is lines[-1]
        ax.annotate(
            "",
            (1.0, at / height),
            (_LEADER, place - at),
            xycoords="axes fraction",
            textcoords="offset points",
            arrowprops={
                "arrowstyle": "-",
                "color": line.colour,
                "linewidth": 0.6,
                "shrinkA": 0.0,
                "shrinkB": 1.0,
            },
            annotation_clip=False,
        )
        ax.annotate(
            "\n".join(text),
            (1.0, place / height),
            (_LEADER + 2.0, 0.0),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            color=line.colour,
            size=_SIZE,
            weight="bold" if bold else "normal",
            linespacing=1.15,
            annotation_clip=False,
        )


def _label_lines(line: _Line, bold: bool) -> list[str]:
    return wrapped(line.label, _LABEL_WIDTH, _SIZE, bold, most=2)


def _mark_promises(ax: Axes, ahead: Sequence[Promise]) -> None:
    """Mark each promised day by a vertical line up to a row of its own above the axes."""
    left, right = ax.get_xlim()
    for row, promise in enumerate(reversed(ahead)):
        day = day_number(promise.by)
        share = (day - left) / (right - left)
        ax.plot([day, day], [0.0, 100.0], color=PROMISE, linewidth=0.9, zorder=2)
        lift = 5.0 + _LINE * row
        ax.annotate(
            "",
            (share, 1.0),
            (0.0, lift + _LINE - 2.0),
            xycoords="axes fraction",
            textcoords="offset points",
            arrowprops={
                "arrowstyle": "-",
                "color": PROMISE,
                "linewidth": 0.9,
                "shrinkA": 0.0,
                "shrinkB": 0.0,
            },
            annotation_clip=False,
        )
        side = "left" if share < 0.5 else "right"
        text = f"{promise.said_by}: by {short_date(promise.by)}"
        room = size_in_points(ax)[0] * max(share, 1.0 - share) - 6.0
        _above(ax, share, row, wrapped(text, room, _SIZE, most=1)[0], side)


def _above(ax: Axes, share: float, row: int, text: str, side: str) -> None:
    shift = 0.0 if share == 0.0 else (3.0 if side == "left" else -3.0)
    ax.annotate(
        text,
        (share, 1.0),
        (shift, 5.0 + _LINE * row),
        xycoords="axes fraction",
        textcoords="offset points",
        ha=side,
        va="bottom",
        color=PROMISE,
        size=_SIZE,
        annotation_clip=False,
    )


def _missed_note(targets: Sequence[Promise], begin: date, width: float) -> list[str]:
    first = date(begin.year - _MISSED_YEARS, begin.month, min(begin.day, 28))
    missed = sorted((t for t in targets if first <= t.by < begin), key=lambda t: t.by)
    if not missed:
        return []
    whole = [(short_date(t.by).replace(" ", NO_BREAK), drawable(t.said_by)) for t in missed]
    named = "; ".join(f"{day} ({who})" for day, who in whole)
    lines = wrapped(f"Named earlier and missed: {named}", width - 30.0, _SIZE, most=3)
    return [line.replace(NO_BREAK, " ") for line in lines]
