"""The whole data set: a line a spell, a mark for what began before the calendar, a full legend."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D

from forecast.drawing import figure_of, lifelines
from forecast.drawing.style import ANSWER, FAILED, OPEN

AS_OF = date(2026, 6, 30)
ROWS = [
    ("Alliances", date(1938, 11, 29), date(1939, 8, 23), "ended without agreement", True),
    ("Alliances", date(1958, 6, 1), date(1960, 1, 19), "concluded", False),
    ("Alliances", date(2006, 1, 1), date(2008, 1, 1), "concluded", True),
    ("Peace", date(1956, 10, 19), date(2025, 1, 24), "open", False),
    ("Peace", date(2010, 1, 1), date(2012, 1, 1), "open", False),
    ("Trade", date(2010, 1, 1), date(2012, 1, 1), "open", False),
]
# Families of one row are lower than their two lines of text.
ROWS += [("Peace", date(2011, 1, k), date(2012, 1, 1), "open", False) for k in range(1, 9)]
ROWS += [("Alliances", date(2011, 1, k), date(2012, 1, 1), "open", False) for k in range(1, 9)]


@pytest.fixture
def drawn() -> Axes:
    columns = ["family", "start_day", "end_day", "status", "retrospective"]
    return lifelines(pd.DataFrame(ROWS, columns=columns), AS_OF)


def test_what_began_before_the_calendar_has_an_arrow_in_its_colour(drawn: Axes) -> None:
    arrows = [line for line in drawn.lines if line.get_marker() == "<"]
    assert sorted((to_hex(a.get_color()), a.get_alpha()) for a in arrows) == sorted(
        [(FAILED, 0.45), (ANSWER, 1.0), (OPEN, 1.0)]
    )
    texts = [text.get_text() for text in drawn.texts]
    assert "\u25c2 2 launched from 1938 on" in texts
    assert "\u25c2 launched in 1956" in texts
    assert sum("launched" in text for text in texts) == 2


def test_only_what_reaches_the_calendar_has_a_line(drawn: Axes) -> None:
    lines = [c for c in drawn.collections if isinstance(c, LineCollection)]
    counts = sorted(len(c.get_segments()) for c in lines)
    assert counts == [1, 9, 10]
    left = (date(1965, 1, 1) - date(1970, 1, 1)).days
    longest = max(
        (s for c in lines for s in c.get_segments()), key=lambda s: float(s[1][0] - s[0][0])
    )
    assert longest[:, 0].tolist() == [left, (date(2025, 1, 24) - date(1970, 1, 1)).days]


def test_the_legend_shows_every_pale_colour_and_the_arrow(drawn: Axes) -> None:
    legend = drawn.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == [
        "concluded",
        "ended without agreement",
        "open",
        "pale: known only because it ended",
        "launched before 1965",
    ]
    lines: list[Any] = legend.findobj(Line2D)
    pale = {line.get_color() for line in lines if line.get_alpha() == 0.45}
    assert pale == {ANSWER, FAILED}


def test_names_legend_and_marks_stay_on_the_page_and_apart(drawn: Axes) -> None:
    figure = figure_of(drawn)
    figure.canvas.draw()
    legend = drawn.get_legend()
    assert legend is not None
    texts = [text.get_window_extent() for text in drawn.texts]
    for box in (*texts, legend.get_window_extent()):
        assert box.x0 >= 0.0
        assert box.x1 <= figure.bbox.x1
        assert box.y1 <= figure.bbox.y1
    marks = [line.get_window_extent().x0 for line in drawn.lines if line.get_marker() == "<"]
    assert max(box.x1 for box in texts) < min(marks) < drawn.bbox.x0
