"""A forecast through time: the dates it gave month by month, and the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import matplotlib as mpl
import numpy as np

from forecast.drawing.captions import caption, caption_height
from forecast.drawing.days import day_number
from forecast.drawing.style import (
    ANSWER,
    ANSWER_LIGHT,
    BASELINE,
    INK,
    MUTED,
    PROMISE,
    STYLE,
    new_figure,
    size_in_points,
)
from forecast.drawing.words import drawable, short_date, spread

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

CAPTION = (
    "As known then: talks that were concluded or given up unseen by our sources are reckoned with. If still "
    "open then: they are seen open on that very day, which rules out both; hence the step at the line."
)
"""Why the two halves do not meet."""

_SIZE = 7.0
_WIDTH, _HEIGHT = 470.0, 384.0
_LINE = 9.0
_TOP_YEARS = 6
_AHEAD = (0, (4, 2))
_MARKS = {"meeting": ("v", INK, "parties meet"), "election": ("s", BASELINE, "election")}
_QUANTILES = {
    "q10": "1 in 10 by then",
    "q25": "1 in 4",
    "q50": "even odds",
    "q75": "3 in 4",
    "q90": "9 in 10",
}


class Occasion(Protocol):
    """Something dated that bears on the case."""

    @property
    def kind(self) -> str:
        """``promise``, ``meeting``, ``election`` ..."""

    @property
    def day(self) -> date:
        """When it was; of a promise when it was made."""

    @property
    def what(self) -> str:
        """Who promised, or what it was."""

    @property
    def by(self) -> date | None:
        """Of a promise: the day promised."""


@mpl.rc_context(STYLE)
def replay(
    frame: pd.DataFrame,
    events: Sequence[Occasion],
    due: Sequence[Occasion],
    headline_day: date,
    axes: tuple[Axes, Axes] | None = None,
) -> tuple[Axes, Axes]:
    """Draw the fan of dates above and the probabilities below, over the day of the forecast.

    Parameters
    ----------
    frame : DataFrame
        Columns ``part`` (``as known then`` or ``if still open then``), ``as_of``, ``q10``, ``q25``, ``q50``,
        ``q75``, ``q90`` (dates; missing where there is none), ``within_12`` and ``by_headline``.
    events, due : sequence
        What happened, and what is due. Promises are drawn in the fan: made at the cross, due at the dot.
    headline_day : datetime.date
        Day of ``by_headline``.
    axes : (Axes, Axes), optional
        Default: a new figure, with :data:`CAPTION` below.
    """
    fan, below = axes or _new_axes()
    known = frame[frame["part"] == "as known then"]
    ahead = frame[frame["part"] == "if still open then"]
    split = day_number(known["as_of"].iloc[-1])
    for ax in (fan, below):
        ax.set_xlim(day_number(known["as_of"].iloc[0]), day_number(ahead["as_of"].iloc[-1]))
        ax.grid(axis="both")
        ax.axvline(split, color=MUTED, linewidth=0.8)
    _fan(fan, known, ahead)
    _promises(fan, events)
    _occasions(fan, [*events, *due])
    for side, shift, text in (("right", -4, "as known then"), ("left", 4, "if still open then")):
        fan.annotate(text, (split, 1.0), (shift, -3), xycoords=fan.get_xaxis_transform(),
                     textcoords="offset points", ha=side, va="top", size=_SIZE, color=INK)  # fmt: skip
    _probabilities(below, known, ahead, headline_day)
    return fan, below


def _new_axes() -> tuple[Axes, Axes]:
    bottom = caption_height(CAPTION, _WIDTH)
    height = _HEIGHT + bottom
    figure = new_figure(_WIDTH, height, dpi=180)
    caption(figure, CAPTION)
    left, width = 36.0 / _WIDTH, (_WIDTH - 36.0 - 96.0) / _WIDTH
    fan = figure.add_axes((left, (bottom + 160.0) / height, width, 190.0 / height))
    below = figure.add_axes((left, (bottom + 30.0) / height, width, 92.0 / height))
    return fan, below


def _fan(ax: Axes, known: pd.DataFrame, ahead: pd.DataFrame) -> None:
    days = [day for part in (known, ahead) for day in part["as_of"]]
    top = date(max(days).year + _TOP_YEARS, 12, 31)
    low = min(days)
    ax.set_ylim(day_number(low) - 183.0, day_number(top))
    for part, alpha, style in ((known, 1.0, "-"), (ahead, 0.55, _AHEAD)):
        x = np.array([day_number(day) for day in part["as_of"]])
        dates = {name: _numbers(part[name], top) for name in ("q10", "q25", "q50", "q75", "q90")}
        ax.fill_between(
            x, dates["q10"], dates["q90"], color=ANSWER_LIGHT, alpha=0.35 * alpha, linewidth=0
        )
        ax.fill_between(
            x, dates["q25"], dates["q75"], color=ANSWER_LIGHT, alpha=0.8 * alpha, linewidth=0
        )
        ax.plot(x, dates["q50"], color=ANSWER, linewidth=1.8, linestyle=style)
    today = [day_number(low), day_number(top)]
    ax.plot(today, today, color=MUTED, linewidth=0.8)
    _years(ax, low, top, "y")
    _years(ax, low, max(days), "x")
    ax.set_ylabel("date of the conclusion", size=_SIZE)
    _label_bands(ax, ahead, top)


def _label_bands(ax: Axes, part: pd.DataFrame, top: date) -> None:
    """Names of the quantiles at the right; one that lies beyond the figure stands at its top."""
    wanted = [min(float(_numbers(part[name], top)[-1]), day_number(top)) for name in _QUANTILES]
    low, high = ax.get_ylim()
    pitch = (high - low) * _LINE / size_in_points(ax)[1]
    places = spread(wanted, [pitch] * len(wanted), low, high)
    for (name, text), y, place in zip(_QUANTILES.items(), wanted, places, strict=True):
        beyond = ", later or never" if y == day_number(top) else ""
        ax.annotate(f"{text}{beyond}", (ax.get_xlim()[1], place), (4, 0), textcoords="offset points",
                    va="center", size=_SIZE, color=ANSWER, weight="bold" if name == "q50" else "normal",
                    annotation_clip=False)  # fmt: skip


def _promises(ax: Axes, events: Sequence[Occasion]) -> None:
    """A line from the day a promise was made to the day promised, and labels below the diagonal."""
    made = [
        (e, day_number(e.day), day_number(e.by)) for e in events if e.kind == "promise" and e.by
    ]
    if not made:
        return
    low, high = ax.get_ylim()
    pitch = (high - low) * _LINE / size_in_points(ax)[1]
    places = spread([by for _, _, by in made], [pitch] * len(made), low, high)
    # Below the diagonal the figure is empty, further right the more so.
    right = max(by for _, _, by in made)
    for (event, x, y), place in zip(made, places, strict=True):
        ax.plot([x, y], [y, y], color=PROMISE, linewidth=1.0, zorder=4)
        ax.plot([x], [y], marker="x", markersize=4.5, color=PROMISE, zorder=5, clip_on=False)
        ax.plot([y], [y], marker="o", markersize=4.0, color=PROMISE, zorder=5)
        text = f"{drawable(event.what)}: by {short_date(event.by or event.day)}"
        ax.annotate(text, (right, place), (9, 0), textcoords="offset points", va="center", size=_SIZE,
                    color=PROMISE, zorder=6,
                    bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4})  # fmt: skip


def _occasions(ax: Axes, events: Sequence[Occasion]) -> None:
    """Marks above the fan, one row a kind, and the rows' names at the right."""
    low, high = ax.get_xlim()
    for row, (kind, (marker, colour, name)) in enumerate(_MARKS.items()):
        days = [day_number(event.day) for event in events if event.kind == kind]
        shown = [day for day in days if low <= day <= high]
        place = 1.05 + 0.055 * row
        ax.plot(shown, [place] * len(shown), transform=ax.get_xaxis_transform(), marker=marker, color=colour,
                markersize=3.6, linestyle="none", clip_on=False)  # fmt: skip
        ax.annotate(name, (1.0, place), (4, 0), xycoords="axes fraction", textcoords="offset points",
                    va="center", size=_SIZE, color=colour, annotation_clip=False)  # fmt: skip


def _probabilities(ax: Axes, known: pd.DataFrame, ahead: pd.DataFrame, headline_day: date) -> None:
    ax.set_ylim(0.0, 100.0)
    for column, colour in (("by_headline", ANSWER), ("within_12", INK)):
        for part, style in ((known, "-"), (ahead, _AHEAD)):
            x = [day_number(day) for day in part["as_of"]]
            y = 100.0 * part[column].to_numpy(float)
            ax.plot(x, y, color=colour, linewidth=1.5, linestyle=style)
    first, last = known["as_of"].iloc[0], ahead["as_of"].iloc[-1]
    ax.annotate(f"by {short_date(headline_day)}", (day_number(first), 100.0 * known["by_headline"].iloc[0]),
                (5, 5), textcoords="offset points", size=_SIZE, color=ANSWER)  # fmt: skip
    ax.annotate("within 12 months", (day_number(last), 100.0 * ahead["within_12"].iloc[-1]), (4, 0),
                textcoords="offset points", va="center", size=_SIZE, color=INK,
                annotation_clip=False)  # fmt: skip
    _years(ax, first, last, "x")
    ax.set_ylabel("probability, %", size=_SIZE)
    ax.set_xlabel("day of the forecast", size=_SIZE)


def _years(ax: Axes, first: date, last: date, which: str) -> None:
    years = [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]
    axis: Any = ax.xaxis if which == "x" else ax.yaxis
    axis.set_ticks([day_number(day) for day in years], [str(day.year) for day in years])


def _numbers(days: pd.Series, top: date) -> Any:
    """Days as numbers; what is missing lies above the top."""
    return np.array(
        [day_number(d) if isinstance(d, date) else day_number(top) + 4000.0 for d in days]
    )
