"""The replay's figure: what is drawn where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from forecast.drawing import figure_of, png_bytes, replay
from forecast.drawing.replay import CAPTION

HEADLINE = date(2026, 12, 31)


@dataclass(frozen=True)
class Event:
    kind: str
    day: date
    what: str
    by: date | None = None


EVENTS = [
    Event("promise", date(2024, 2, 1), "An official", date(2025, 2, 1)),
    Event("promise", date(2024, 6, 1), "A minister", date(2025, 3, 1)),
    Event("meeting", date(2024, 5, 1), "summit"),
    Event("meeting", date(2031, 5, 1), "beyond the figure"),
    Event("leader", date(2024, 8, 1), "not drawn"),
]


@pytest.fixture
def frame() -> pd.DataFrame:
    rows = [
        {
            "part": part,
            "as_of": date(year, month, 1),
            "within_12": 0.5,
            "by_headline": 0.7 if year < 2027 else np.nan,
            **{f"q{q}": date(year + 1 + k, month, 1) for k, q in enumerate((10, 25, 50, 75))},
            "q90": None,
        }
        for part, years in (("as known then", (2024,)), ("if still open then", (2025, 2026, 2027)))
        for year in years
        for month in (1, 4, 7, 10)
    ]
    return pd.DataFrame(rows)


def test_the_median_and_the_promises_lie_at_their_dates(frame: pd.DataFrame) -> None:
    fan, below = replay(frame, EVENTS, [], HEADLINE)
    epoch = date(1970, 1, 1)
    medians = [line for line in fan.lines if line.get_linewidth() == 1.8]
    assert np.asarray(medians[0].get_ydata()) == pytest.approx(
        [(date(2027, month, 1) - epoch).days for month in (1, 4, 7, 10)]
    )
    assert medians[0].get_linestyle() == "-"
    assert medians[1].get_linestyle() != "-"
    spans = [tuple(x) for x in (np.asarray(line.get_xdata()) for line in fan.lines) if len(x) == 2]
    assert ((date(2024, 2, 1) - epoch).days, (date(2025, 2, 1) - epoch).days) in spans
    assert below.get_ylim() == (0.0, 100.0)
    assert np.nanmax(np.asarray(below.lines[1].get_ydata(), float)) == pytest.approx(70.0)


def test_labels_are_there_and_do_not_overlap(frame: pd.DataFrame) -> None:
    fan, below = replay(frame, EVENTS, [], HEADLINE)
    texts = [text for ax in (fan, below) for text in ax.texts if text.get_text()]
    written = " ".join(text.get_text() for text in texts)
    for part in (
        "An official: by 1 Feb 2025",
        "9 in 10, later or never",
        "parties meet",
        "by 31 Dec 2026",
    ):
        assert part in written
    assert "not drawn" not in written
    figure_of(fan).canvas.draw()
    boxes = [text.get_window_extent() for text in texts]
    page = figure_of(fan).bbox
    assert all(box.x0 >= page.x0 and box.x1 <= page.x1 for box in boxes)
    for (i, a), (j, b) in combinations(enumerate(boxes), 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 + 0.5 or b.y1 <= a.y0 + 0.5
        assert apart, (texts[i].get_text(), texts[j].get_text())


def test_a_caption_below_says_why_the_halves_do_not_meet(frame: pd.DataFrame) -> None:
    fan, below = replay(frame, EVENTS, [], HEADLINE)
    figure = figure_of(fan)
    [written] = figure.texts
    assert " ".join(written.get_text().split()) == CAPTION
    assert "given up unseen" in CAPTION
    figure.canvas.draw()
    box, axis = written.get_window_extent(), below.get_tightbbox()
    assert axis is not None
    assert 0.0 <= box.y0 < box.y1 <= axis.y0
    assert box.x1 <= figure.bbox.x1


def test_meetings_beyond_the_figure_are_left_out(frame: pd.DataFrame) -> None:
    fan, _ = replay(frame, EVENTS, [], HEADLINE)
    marks = [line for line in fan.lines if line.get_marker() == "v"]
    assert [len(np.asarray(line.get_xdata())) for line in marks] == [1]


def test_the_same_figure_gives_the_same_bytes(frame: pd.DataFrame) -> None:
    one, two = (replay(frame, EVENTS, [], HEADLINE)[0] for _ in range(2))
    assert png_bytes(figure_of(one)) == png_bytes(figure_of(two))
