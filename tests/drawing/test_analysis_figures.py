"""Figures of the analysis draw the numbers they are given."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.dates import date2num

from forecast.analysis.sensitivity import (
    ACCOUNTS,
    FAILURES,
    MISS,
    NEVER,
    PRIORS,
    STANDING,
    START,
)
from forecast.drawing import figure_of, png_bytes
from forecast.drawing.answer_dots import answer_dots, dots_height
from forecast.drawing.before_after import before_after
from forecast.drawing.sensitivity_grid import explained, sensitivity_grid
from forecast.drawing.waterfall import waterfalls
from forecast.drawing.why_later import Span, why_later

DAY = date(2027, 12, 31)
DATES = [date(2026, 6, 30) + timedelta(days=182 * k) for k in range(20)]


def texts(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_waterfall_bars_take_up_where_the_last_ended() -> None:
    steps = pd.DataFrame(
        {
            "step": ["prior", "data", "prior_pacts", "allied", "answer"],
            "kind": ["level", "change", "change", "change", "level"],
            "median_months": [30.0, -20.0, 3.0, 0.01, 13.01],
            "within_12": [0.2, 0.3, -0.05, 0.0, 0.45],
        }
    )
    left, right = waterfalls(steps)
    spans: list[Any] = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in left.patches]  # type: ignore[attr-defined]  # they are bars
    np.testing.assert_allclose(
        spans, [(0.0, 30.0), (30.0, 10.0), (10.0, 13.0), (13.0, 13.01), (0.0, 13.01)]
    )
    assert texts(left) == ["30.0 mo", "\N{MINUS SIGN}20.0", "+3.0", "0", "13.0 mo"]
    assert texts(right) == ["20 %", "+30", "\N{MINUS SIGN}5", "0", "45 %"]
    assert [label.get_text() for label in left.get_yticklabels()][2] == "prior pacts"
    colours = [bar.get_facecolor() for bar in (left.patches[1], right.patches[1])]
    assert colours[0] == colours[1] != left.patches[2].get_facecolor()


def table(notes: tuple[str, ...] = ("", "", "")) -> pd.DataFrame:
    probability = [np.nan if note else p for p, note in zip((0.5, 0.25, 0.75), notes, strict=True)]
    return pd.DataFrame(
        {
            "group": ["a", "a", "b"],
            "label": ["all", "some_of_it", "others"],
            "by_headline": probability,
            "note": notes,
        }
    )


def test_dots_stand_at_the_probabilities() -> None:
    ax = answer_dots(table(), 0.5, DAY)
    dots: Any = next(line for line in ax.lines if line.get_marker() == "o")
    np.testing.assert_allclose(dots.get_xdata(), [50.0, 25.0, 75.0])
    heights = np.diff(dots.get_ydata())
    assert heights[1] > heights[0] == 1.0
    assert texts(ax) == ["50 %", "25 %", "75 %"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["all", "some of it", "others"]
    assert "31 Dec 2027" in ax.get_title(loc="left")


def test_a_long_label_is_wrapped_whole_and_its_row_is_higher() -> None:
    long = table()
    label = "start: talks began 2023-11-29 (Manila Shimbun/Presidential News Desk)"
    long.loc[1, "label"] = label
    ax = answer_dots(long, 0.5, DAY)
    figure_of(ax).canvas.draw()
    ticks = ax.get_yticklabels()
    assert ticks[1].get_text().split("\n") == [
        "start: talks began 2023-11-29 (Manila",
        "Shimbun/Presidential News Desk)",
    ]
    boxes = [tick.get_window_extent() for tick in ticks]
    assert all(a.y0 > b.y1 for a, b in pairwise(boxes))
    assert min(box.x0 for box in boxes) >= 0.0
    assert dots_height(long) == pytest.approx(dots_height(table()) + 8.6)


def test_a_missing_answer_says_so() -> None:
    ax = answer_dots(table(("", "no optimum", "long " * 60)), 0.5, DAY)
    assert texts(ax) == ["50 %", "no optimum", "no answer"]


def test_the_grid_has_a_cell_for_each_tail_and_share() -> None:
    rows = [
        {"assumption": "never share", "setting": s, "tail": t, "by_headline": p, "note": ""}
        for s, t, p in (("own", "weibull", 0.6), ("0 %", "weibull", 0.7), ("own", "pooled", 0.5))
    ]
    rows.append({**rows[0], "setting": "0 %", "tail": "pooled", "by_headline": 0.4})
    rows.append({**rows[2], "assumption": "as it stands", "setting": ""})
    rows.append({**rows[2], "assumption": "miss rate", "setting": "100 %", "by_headline": 0.9})
    grid, dots = sensitivity_grid(pd.DataFrame(rows), DAY)
    [below] = figure_of(grid).texts
    assert " ".join(below.get_text().split()) == (
        "Never share: part of the talks that would never conclude; own: as each model estimates it. "
        "Miss rate: chance that our search would have missed a conclusion."
    )
    axis = dots.get_tightbbox()
    assert axis is not None
    assert below.get_window_extent().y1 <= axis.y0
    assert texts(grid) == ["60", "70", "50", "40"]
    assert texts(dots) == ["90 %"]
    assert [label.get_text() for label in dots.get_yticklabels()] == ["miss rate: 100 %"]


def test_every_assumption_of_the_analysis_is_explained() -> None:
    names = [NEVER, MISS, PRIORS, ACCOUNTS, START, FAILURES]
    said = explained([STANDING, *names])
    assert [f"{name.capitalize()}: " in said for name in names] == [True] * 6


def test_before_and_after_are_both_drawn() -> None:
    rise = np.linspace(0.1, 0.9, len(DATES))
    frame = pd.DataFrame({"date": DATES, "before": rise, "after": rise / 2.0})
    ax = before_after(frame, ["allied: 0 → 1"])
    drawn: list[Any] = [line.get_ydata() for line in ax.lines]
    assert any(np.allclose(y, 100.0 * rise) for y in drawn)
    assert any(np.allclose(y, 50.0 * rise) for y in drawn)
    assert {"allied: 0 → 1", "As it stands", "If it were so"} <= set(texts(ax))


def test_promise_today_and_durations_stand_at_their_days() -> None:
    rise = np.linspace(0.1, 0.9, len(DATES))
    frame = pd.DataFrame({"date": DATES, "own": rise, "probability": [np.nan, *rise[1:]]})
    promised, past = date(2027, 6, 30), date(2028, 6, 30)
    spans = [Span("an official", promised, True, "their date"), Span("another", past, False)]
    above, below = why_later(
        frame, spans, DATES[0], DATES[1], {"own": "Alone", "probability": "Today"}
    )
    begin = date2num(DATES[0])  # type: ignore[no-untyped-call]  # matplotlib has no types here
    ends = [bar.get_x() + bar.get_width() for bar in below.patches]  # type: ignore[attr-defined]  # they are bars
    assert [bar.get_x() for bar in below.patches] == [begin, begin]  # type: ignore[attr-defined]  # they are bars
    assert ends == [date2num(promised), date2num(past)]  # type: ignore[no-untyped-call]  # matplotlib has no types here
    upright = {line.get_xdata()[0] for line in above.lines if len(set(line.get_xdata())) == 1}  # type: ignore[arg-type, index]  # line data may be anything
    assert upright == {date2num(promised), date2num(DATES[1])}  # type: ignore[no-untyped-call]  # matplotlib has no types here
    assert "an official" in texts(below)
    assert "their date" in texts(above)


@pytest.mark.parametrize("draw", [lambda: answer_dots(table(), 0.5, DAY)])
def test_the_same_figure_has_the_same_bytes(draw: Any) -> None:
    assert png_bytes(figure_of(draw())) == png_bytes(figure_of(draw()))
