"""A forecast through time: the dates it gave month by month, and the probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Protocol

import matplotlib as mpl
import numpy as np

from forecast.drawing.style import (
    ANSWER,
    ANSWER_LIGHT,
    BASELINE,
    INK,
    MUTED,
    PROMISE,
    STYLE,
    new_figure,
)
from forecast.drawing.words import drawable, short_date, spread

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_SIZE = 7.0
_WIDTH, _HEIGHT = 470.0, 390.0
_TOP_YEARS = 6
_MARKS = {"meeting": ("v", INK), "election": ("s", BASELINE)}
_NAMES = {"meeting": "meeting of the parties", "election": "election"}


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
        Default: a new figure.
    """
    fan, below = axes or _new_axes()
    known = frame[frame["part"] == "as known then"]
    ahead = frame[frame["part"] == "if still open then"]
    first, last = frame["as_of"].min(), frame["as_of"].max()
    for ax in (fan, below):
        ax.set_xlim(_number(first), _number(last))
        ax.grid(axis="both")
        if len(known):
            ax.axvline(_number(known["as_of"].max()), color=MUTED, linewidth=0.8)
    _fan(fan, known, ahead)
    _promises(fan, events, last)
    _occasions(fan, [*events, *due])
    _probabilities(below, known, ahead, headline_day)
    return fan, below


def _new_axes() -> tuple[Axes, Axes]:
    figure = new_figure(_WIDTH, _HEIGHT, dpi=180)
    left, width = 36.0 / _WIDTH, (_WIDTH - 36.0 - 96.0) / _WIDTH
    fan = figure.add_axes((left, 160.0 / _HEIGHT, width, 190.0 / _HEIGHT))
    below = figure.add_axes((left, 30.0 / _HEIGHT, width, 92.0 / _HEIGHT))
    return fan, below


def _fan(ax: Axes, known: pd.DataFrame, ahead: pd.DataFrame) -> None:
    days = [day for part in (known, ahead) for day in part["as_of"]]
    top = date(max(days).year + _TOP_YEARS, 12, 31)
    low = min(days)
    ax.set_ylim(_number(low), _number(top))
    for part, alpha, style in ((known, 1.0, "-"), (ahead, 0.55, (0, (4, 2)))):
        x = np.array([_number(day) for day in part["as_of"]])
        dates = {name: _numbers(part[name], top) for name in ("q10", "q25", "q50", "q75", "q90")}
        ax.fill_between(
            x, dates["q10"], dates["q90"], color=ANSWER_LIGHT, alpha=0.35 * alpha, linewidth=0
        )
        ax.fill_between(
            x, dates["q25"], dates["q75"], color=ANSWER_LIGHT, alpha=0.8 * alpha, linewidth=0
        )
        ax.plot(x, dates["q50"], color=ANSWER, linewidth=1.8, linestyle=style)
    ax.plot([_number(low), _number(top)], [_number(low), _number(top)], color=MUTED, linewidth=0.8)
    _years(ax, low, top, "y")
    _years(ax, low, max(days), "x")
    ax.set_ylabel("date of the conclusion", size=_SIZE)
    _label_bands(ax, ahead if len(ahead) else known, top)


def _label_bands(ax: Axes, part: pd.DataFrame, top: date) -> None:
    row = part.iloc[-1]
    x = _number(row["as_of"])
    named = {
        "q10": "1 in 10",
        "q25": "1 in 4",
        "q50": "even odds",
        "q75": "3 in 4",
        "q90": "9 in 10",
    }
    wanted = {name: float(_numbers(part[name], top)[-1]) for name in named}
    shown = {name: y for name, y in wanted.items() if y < _number(top)}
    low, high = ax.get_ylim()
    scale = (high - low) / (190.0 / 9.0)
    places = spread(list(shown.values()), [scale] * len(shown), low, high)
    for (name, _), y in zip(shown.items(), places, strict=True):
        ax.annotate(f"{named[name]} by then", (x, y), (4, 0), textcoords="offset points", va="center",
                    size=_SIZE, color=ANSWER, weight="bold" if name == "q50" else "normal",
                    annotation_clip=False)  # fmt: skip
    if len(shown) < len(named):
        missing = [text for name, text in named.items() if name not in shown]
        ax.annotate(f"{', '.join(missing)}:\nlater, or never", (1.0, 1.0), (4, 0), xycoords="axes fraction",
                    textcoords="offset points", va="bottom", size=_SIZE, color=ANSWER,
                    annotation_clip=False)  # fmt: skip


def _promises(ax: Axes, events: Sequence[Occasion], last: date) -> None:
    for event in events:
        if event.kind != "promise" or event.by is None:
            continue
        x, y = _number(event.day), _number(event.by)
        ax.plot([x, y], [y, y], color=PROMISE, linewidth=1.0, zorder=4)
        ax.plot([x], [y], marker="x", markersize=4.5, color=PROMISE, zorder=5, clip_on=False)
        ax.plot([y], [y], marker="o", markersize=4.0, color=PROMISE, zorder=5)
        text = f"{drawable(event.what)}: by {short_date(event.by)}"
        ax.annotate(text, (min(y, _number(last)), y), (5, -1), textcoords="offset points", va="top",
                    size=_SIZE, color=PROMISE)  # fmt: skip


def _occasions(ax: Axes, events: Sequence[Occasion]) -> None:
    """Marks above the fan, one row a kind, and the rows' names at the right."""
    for row, (kind, (marker, colour)) in enumerate(_MARKS.items()):
        days = [_number(event.day) for event in events if event.kind == kind]
        low, high = ax.get_xlim()
        days = [day for day in days if low <= day <= high]
        place = 1.055 + 0.05 * row
        ax.plot(days, [place] * len(days), transform=ax.get_xaxis_transform(), marker=marker, color=colour,
                markersize=3.6, linestyle="none", clip_on=False)  # fmt: skip
        ax.annotate(_NAMES[kind], (0.0, place), (0, 0), xycoords="axes fraction",
                    textcoords="offset points", va="center", ha="left", size=_SIZE, color=colour,
                    annotation_clip=False, alpha=0.0)  # fmt: skip


def _probabilities(ax: Axes, known: pd.DataFrame, ahead: pd.DataFrame, headline_day: date) -> None:
    named = {
        "by_headline": (f"by {short_date(headline_day)}", ANSWER),
        "within_12": ("within 12 months", INK),
    }
    ax.set_ylim(0.0, 100.0)
    ends: dict[str, float] = {}
    for column, (_, colour) in named.items():
        for part, style in ((known, "-"), (ahead, (0, (4, 2)))):
            x = [_number(day) for day in part["as_of"]]
            ax.plot(
                x,
                100.0 * part[column].to_numpy(float),
                color=colour,
                linewidth=1.5,
                linestyle=style,
            )
    for column, (text, colour) in named.items():
        part = ahead if len(ahead) else known
        shown = part[column].dropna()
        ends[column] = 100.0 * float(shown.iloc[-1]) if len(shown) else 0.0
        x = _number(part["as_of"].loc[shown.index[-1]]) if len(shown) else ax.get_xlim()[1]
        ax.annotate(text, (ax.get_xlim()[1], ends[column]), (4, 0), textcoords="offset points",
                    va="center", size=_SIZE, color=colour, annotation_clip=False)  # fmt: skip
        del x
    _years(
        ax, min([*known["as_of"], *ahead["as_of"]]), max([*known["as_of"], *ahead["as_of"]]), "x"
    )
    ax.set_ylabel("probability, %", size=_SIZE)
    ax.set_xlabel("day of the forecast", size=_SIZE)


def _years(ax: Axes, first: date, last: date, which: str) -> None:
    years = [date(year, 1, 1) for year in range(first.year + 1, last.year + 1)]
    axis: Any = ax.xaxis if which == "x" else ax.yaxis
    axis.set_ticks([_number(day) for day in years], [str(day.year) for day in years])


def _numbers(days: pd.Series, top: date) -> Any:
    """Days as numbers; what is missing lies above the top."""
    return np.array([_number(d) if isinstance(d, date) else _number(top) + 4000.0 for d in days])


def _number(day: date) -> float:
    """Days since 1970, which is how matplotlib counts dates."""
    return float((day - date(1970, 1, 1)).days)
