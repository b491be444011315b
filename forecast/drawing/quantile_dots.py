"""A distribution over dates as dots, each an equal chance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

import matplotlib as mpl

from forecast.drawing.style import (
    ANSWER,
    ANSWER_LIGHT,
    GRID,
    MUTED,
    STYLE,
    TINT,
    new_axes,
    size_in_points,
)
from forecast.drawing.words import wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes

NEVER = "never"

# Widths in units of one dot's column.
_GAP = 0.8
_SIDE = 2.6


@dataclass(frozen=True, slots=True)
class DotBins:
    """Where the dots go.

    Attributes
    ----------
    already : int
        Dots at the as-of date itself.
    bins : tuple of (date, date, int)
        First day, last day and dots of each calendar bin, without gaps.
    later, never : int
        Dots after the last bin, and dots without a date.
    """

    already: int
    bins: tuple[tuple[date, date, int], ...]
    later: int
    never: int


def dot_bins(days: Sequence[date | str], as_of: date, years: int = 8, months: int = 6) -> DotBins:
    """Sort dates into calendar bins.

    Parameters
    ----------
    days : sequence of datetime.date or str
        A date, the as-of date for what has already come, ``'never'``, or any other word for a date
        beyond all bins.
    as_of : date
    years : int
        Full calendar years after the as-of date's.
    months : {3, 6, 12}
        Length of a bin.
    """
    edges = [
        date(year, month, 1)
        for year in range(as_of.year, as_of.year + years + 1)
        for month in range(1, 13, months)
    ]
    edges.append(date(as_of.year + years + 1, 1, 1))
    spans = [
        (max(a, as_of), date.fromordinal(b.toordinal() - 1))
        for a, b in pairwise(edges)
        if b.toordinal() - 1 > as_of.toordinal()
    ]
    dates = [day for day in days if isinstance(day, date)]
    words = Counter("never" if day == NEVER else "later" for day in days if isinstance(day, str))
    last = spans[-1][1]
    return DotBins(
        already=sum(day <= as_of for day in dates),
        bins=tuple(
            (a, b, sum(max(a, _next(as_of)) <= day <= b for day in dates)) for a, b in spans
        ),
        later=words["later"] + sum(day > last for day in dates),
        never=words["never"],
    )


def _next(day: date) -> date:
    return date.fromordinal(day.toordinal() + 1)


@mpl.rc_context(STYLE)
def quantile_dotplot(
    days: Sequence[date | str],
    ax: Axes | None = None,
    *,
    as_of: date,
    marked: date | None = None,
    marked_label: str = "",
    already: str = "already, unseen",
    years: int = 8,
    months: int = 6,
    text_size: float = 7.0,
    size: tuple[float, float] = (470.0, 150.0),
) -> Axes:
    """Draw dates as stacked dots, each an equal share of the probability.

    Parameters
    ----------
    days : sequence of datetime.date or str
        Quantile dates at the middles of equal shares: 0.025, 0.075, ... for twenty dots.
    ax : Axes, optional
        Default: a new figure.
    as_of : date
    marked : date, optional
        Dots up to this day are dark, later ones light, with a thin line between.
    marked_label : str
        Written at that line.
    already : str
        What the column of dots at the as-of date is called.
    years, months : int
        Calendar years shown after the as-of date's, and months in a bin.
    text_size : float
        In points.
    size : (float, float)
        Width of a new figure, and its height at most, in points.

    Returns
    -------
    Axes
        One scatter holds all dots. Dots without a place on the axis stand in columns at the sides.
    """
    found = dot_bins(days, as_of, years, months)
    if ax is None:
        natural = _Layout(found, already, size[0] - 4.0, inf, text_size).height(text_size)
        ax = new_axes(size[0], min(size[1], natural + 4.0), left=2, right=2, top=2, bottom=2)
    width, height = size_in_points(ax)
    layout = _Layout(found, already, width, height, text_size)
    ax.set_xlim(0.0, width)
    ax.set_ylim(-layout.foot, height - layout.foot)
    ax.set_axis_off()
    _draw_calendar(ax, layout, text_size)
    xs, ys, colours = layout.dots(marked)
    ax.scatter(
        xs, ys, s=(0.86 * layout.unit) ** 2, c=colours, linewidths=0, zorder=3, clip_on=False
    )
    if marked is not None and found.bins[0][0] <= marked < found.bins[-1][1]:
        x = layout.right_edge(marked)
        top = layout.top + 1.7 * text_size
        ax.plot([x, x], [0.0, top], color=ANSWER, linewidth=0.8, linestyle=(0, (2, 2)))
        label = wrapped(marked_label, width - x - text_size, text_size, bold=True, most=1)[0]
        ax.text(
            x + 0.5 * text_size, top, label, va="top", size=text_size, color=ANSWER,
            weight="bold", zorder=4,
        )  # fmt: skip
    return ax


class _Layout:
    """Places in points: the left column, the calendar, the right columns."""

    def __init__(
        self, found: DotBins, already: str, width: float, height: float, text_size: float
    ) -> None:
        self.found = found
        sides = [(already, found.already)] if found.already else []
        ends = [(f"after {found.bins[-1][1].year}", found.later), (NEVER, found.never)]
        tails = [(name, n) for name, n in ends if n]
        side = 8.6 * text_size
        self.names = {name: wrapped(name, side, text_size, most=3) for name, _ in sides + tails}
        deepest = max((len(lines) for lines in self.names.values()), default=1)
        self.foot = (0.7 + 1.25 * deepest) * text_size
        highest = max([n for *_, n in found.bins] + [n for _, n in sides + tails])
        columns = len(found.bins) + (_SIDE + _GAP) * (len(sides) + len(tails))
        self.unit = min(width / columns, (height - self.foot - 2.5 * text_size) / max(highest, 1))
        # Where height limits the dots the calendar still takes the whole width.
        side = max(_SIDE * self.unit, side)
        gap = _GAP * self.unit
        taken = (side + gap) * (len(sides) + len(tails))
        self.step = (width - taken) / len(found.bins)
        self.unit = min(self.unit, self.step)
        self.top = max(highest, 1) * self.unit + 0.5 * text_size
        self.side = side
        self.begin = (side + gap) * len(sides)
        self.end = self.begin + self.step * len(found.bins)
        self.columns = [(side / 2, name, n) for name, n in sides]
        self.columns += [
            (self.end + gap + side / 2 + (side + gap) * i, name, n)
            for i, (name, n) in enumerate(tails)
        ]

    def height(self, text_size: float) -> float:
        """Height that is needed, with a label above the dots."""
        return self.foot + self.top + 2.0 * text_size

    def middle(self, i: int) -> float:
        return self.begin + self.step * (i + 0.5)

    def right_edge(self, day: date) -> float:
        """Right edge of the bin that a day is in."""
        return self.begin + self.step * sum(a <= day for a, *_ in self.found.bins)

    def dots(self, marked: date | None) -> tuple[list[float], list[float], list[str]]:
        stacks = [
            (self.middle(i), n, marked is None or last <= marked)
            for i, (_, last, n) in enumerate(self.found.bins)
        ]
        dark = {x: x < self.begin or marked is None for x, *_ in self.columns}
        stacks += [(x, n, dark[x]) for x, _, n in self.columns]
        placed = [
            (x, self.unit * (k + 0.5), ANSWER if is_dark else ANSWER_LIGHT)
            for x, n, is_dark in stacks
            for k in range(n)
        ]
        return [p[0] for p in placed], [p[1] for p in placed], [p[2] for p in placed]


def _draw_calendar(ax: Axes, layout: _Layout, text_size: float) -> None:
    for x, name, _ in layout.columns:
        left, right = x - layout.side / 2, x + layout.side / 2
        ax.fill_between([left, right], 0.0, layout.top, color=TINT, linewidth=0, zorder=0)
        ax.plot([left, right], [0.0, 0.0], color=MUTED, linewidth=0.6)
        ax.text(
            x, -0.5 * text_size, "\n".join(layout.names[name]), ha="center", va="top", size=text_size,
            color=MUTED, linespacing=1.1,
        )  # fmt: skip
    ax.plot([layout.begin, layout.end], [0.0, 0.0], color=MUTED, linewidth=0.6)
    years: dict[int, list[int]] = {}
    for i, (first, *_) in enumerate(layout.found.bins):
        years.setdefault(first.year, []).append(i)
    for year, members in years.items():
        left = layout.begin + layout.step * members[0]
        right = layout.begin + layout.step * (members[-1] + 1)
        if members[0] > 0:
            ax.plot([left, left], [-0.5 * text_size, layout.top], color=GRID, linewidth=0.6)
        if right - left > 2.4 * text_size:
            ax.text(
                (left + right) / 2, -0.5 * text_size, str(year), ha="center", va="top",
                size=text_size, color=MUTED,
            )  # fmt: skip
