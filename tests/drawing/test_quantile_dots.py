"""Twenty dots: each in its bin, or in a column of its own at the side."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from matplotlib.collections import PathCollection

from forecast.drawing import quantile_dotplot
from forecast.drawing.quantile_dots import dot_bins
from forecast.drawing.style import ANSWER

AS_OF = date(2026, 6, 30)
DAYS: list[date | str] = [
    AS_OF,
    *[date(2026, 9, 1)] * 4,
    *[date(2027, 2, 1)] * 3,
    *[date(2027, 7, 1)] * 2,
    *[date(2028, 1, 1)] * 5,
    date(2034, 12, 31),
    date(2035, 1, 1),
    "after 2076",
    "never",
    "never",
]


def test_dots_are_counted_in_calendar_half_years() -> None:
    found = dot_bins(DAYS, AS_OF)
    assert found.already == 1
    assert found.later == 2
    assert found.never == 2
    filled = {first: n for first, _, n in found.bins if n}
    assert filled == {
        date(2026, 7, 1): 4,
        date(2027, 1, 1): 3,
        date(2027, 7, 1): 2,
        date(2028, 1, 1): 5,
        date(2034, 7, 1): 1,
    }
    assert found.already + found.later + found.never + sum(filled.values()) == len(DAYS) == 20


def test_bins_have_no_gaps_and_begin_after_the_as_of_date() -> None:
    bins = dot_bins([], date(2026, 5, 2)).bins
    assert bins[0][:2] == (date(2026, 5, 2), date(2026, 6, 30))
    assert bins[-1][1] == date(2034, 12, 31)
    for (_, last, _), (first, _, _) in pairwise(bins):
        assert first == last + timedelta(days=1)


def test_twenty_dots_are_drawn_in_their_stacks() -> None:
    ax = quantile_dotplot(DAYS, as_of=AS_OF, marked=date(2027, 12, 31), marked_label="$9$ in 20")
    (dots,) = ax.collections[-1:]
    places = np.asarray(dots.get_offsets())
    assert len(places) == 20
    columns, heights = np.unique(places[:, 0].round(6), return_counts=True)
    # From left to right: already, five bins, later, never.
    assert list(heights) == [1, 4, 3, 2, 5, 1, 2, 2]
    assert (np.diff(columns) > 0).all()
    colours = np.asarray(dots.get_facecolor())
    dark = np.all(np.isclose(colours, colours[0]), axis=1)
    assert dark.sum() == 1 + 4 + 3 + 2
    assert "#" + "".join(f"{round(255 * c):02x}" for c in colours[0][:3]) == ANSWER


def test_neighbouring_dots_do_not_overlap() -> None:
    ax = quantile_dotplot([date(2027, 2, 1)] * 20, as_of=AS_OF, size=(300.0, 120.0))
    dots = ax.collections[-1]
    assert isinstance(dots, PathCollection)
    ys = np.sort(np.asarray(dots.get_offsets())[:, 1])
    diameter = float(np.sqrt(dots.get_sizes()[0]))
    assert np.diff(ys).min() >= diameter
    assert ys[-1] + diameter / 2 <= ax.get_ylim()[1]


def test_side_columns_are_named() -> None:
    ax = quantile_dotplot(DAYS, as_of=AS_OF, already="already signed, unseen")
    written = {text.get_text().replace("\n", " ") for text in ax.texts}
    assert {"already signed, unseen", "after 2034", "never", "2027", "2034"} <= written
