"""The cumulative curve: what is drawn, labelled and marked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib.lines import Line2D
from matplotlib.text import Annotation

from forecast.drawing import cumulative, figure_of, score_over_time, svg_bytes
from forecast.drawing.style import BASELINE_DASHES
from forecast.models import BASELINES, POOL

AS_OF = date(2026, 6, 30)


@dataclass(frozen=True)
class Said:
    said_by: str
    by: date


def dashes_of(line: Line2D) -> tuple[float, tuple[float, ...]]:
    """Dashes as they were asked for: those kept are multiples of the width of the line."""
    offset, dashes = line._unscaled_dash_pattern  # type: ignore[attr-defined]
    return offset, tuple(dashes)


@pytest.fixture
def frame() -> pd.DataFrame:
    months = np.arange(0, 200)
    days = [AS_OF + timedelta(days=round(30.4375 * m)) for m in months]
    rates = {"probability": 0.030, "a": 0.031, "b": 0.0305, "c": 0.0302, "base": 0.0295}
    curves = {name: 1 - np.exp(-rate * months) for name, rate in rates.items()}
    return pd.DataFrame({"date": days, **curves})


def test_the_answer_is_the_boldest_line_and_holds_the_values(frame: pd.DataFrame) -> None:
    ax = cumulative(frame, baselines=["base"])
    widths = [line.get_linewidth() for line in ax.lines]
    answer = ax.lines[int(np.argmax(widths))]
    assert np.asarray(answer.get_ydata()) == pytest.approx(100 * frame["probability"].to_numpy())
    assert len(ax.lines) == 5
    assert ax.lines[0].get_linestyle() != "-"
    assert ax.get_ylim() == (0.0, 100.0)


def test_a_baseline_has_the_same_dashes_in_every_figure_and_order(frame: pd.DataFrame) -> None:
    both = ["lindy", "constant-hazard"]
    curves = frame.rename(columns={"a": "lindy", "b": "constant-hazard"})
    years = pd.DataFrame({"constant-hazard": [2.0], "lindy": [2.2], "rows": [12]}, index=[2010])
    drawn = cumulative(curves[["date", "probability", *both]], baselines=both)
    scores = score_over_time(years, baselines=both)
    # The one draws Gott/Lindy first, the other the constant rate.
    pairs = list(zip(drawn.lines[:2], scores.lines[::-1], strict=True))
    assert [dashes_of(a) for a, _ in pairs] == [dashes_of(b) for _, b in pairs]
    assert dashes_of(pairs[0][0]) == BASELINE_DASHES["lindy"]


def test_every_baseline_of_an_answer_has_dashes_of_its_own() -> None:
    assert set(BASELINE_DASHES) == {*BASELINES, POOL}
    assert len(set(BASELINE_DASHES.values())) == len(BASELINE_DASHES)


def test_the_axis_runs_from_the_as_of_date_to_eight_years_ahead(frame: pd.DataFrame) -> None:
    ax = cumulative(frame, as_of=AS_OF)
    epoch = date(1970, 1, 1)
    assert ax.get_xlim() == ((AS_OF - epoch).days, (date(2034, 12, 31) - epoch).days)


def test_labels_do_not_overlap(frame: pd.DataFrame) -> None:
    labels = {"probability": "The answer", "a": "A long label " * 3, "b": "B", "c": "$C$"}
    ax = cumulative(frame, labels=labels, baselines=["base"])
    texts = [t for t in ax.texts if isinstance(t, Annotation) and t.get_text()]
    boxes = [t.get_window_extent() for t in texts]
    for (i, a), (j, b) in combinations(enumerate(boxes), 2):
        apart = a.x1 <= b.x0 or b.x1 <= a.x0 or a.y1 <= b.y0 + 0.5 or b.y1 <= a.y0 + 0.5
        assert apart, (texts[i].get_text(), texts[j].get_text())
    page = figure_of(ax).bbox
    assert all(box.x0 >= page.x0 and box.x1 <= page.x1 for box in boxes)


def test_promised_dates_are_marked_ahead_and_noted_behind(frame: pd.DataFrame) -> None:
    targets = [
        Said("A minister", date(2027, 3, 31)),
        Said("An envoy", date(2025, 5, 2)),
        Said("Long ago", date(2015, 1, 1)),
        Said("Far off", date(2050, 1, 1)),
    ]
    ax = cumulative(frame, targets=targets, as_of=AS_OF)
    upright = [line for line in ax.lines if len(np.unique(np.asarray(line.get_xdata()))) == 1]
    assert [np.asarray(line.get_xdata())[0] for line in upright] == [
        (date(2027, 3, 31) - date(1970, 1, 1)).days
    ]
    written = " ".join(text.get_text() for text in ax.texts)
    assert "A minister: by 31 Mar 2027" in written
    assert "missed: 2 May 2025 (An envoy)" in written
    assert "Long ago" not in written
    assert "Far off" not in written


@pytest.mark.parametrize("width", range(250, 480, 10))
def test_a_missed_date_is_never_broken(frame: pd.DataFrame, width: float) -> None:
    targets = [
        Said("Ambassador Setton (France)", date(2024, 12, 31)),
        Said("An official", date(2025, 5, 2)),
    ]
    ax = cumulative(frame, targets=targets, as_of=AS_OF, size=(width, 250.0))
    lines = [text.get_text() for text in ax.texts]
    for day in ("31 Dec 2024", "2 May 2025"):
        assert sum(day in line for line in lines) == 1


def test_given_axes_are_used_and_returned(frame: pd.DataFrame) -> None:
    first = cumulative(frame)
    first.clear()
    assert cumulative(frame, ax=first) is first


def test_svg_is_the_same_each_time_and_keeps_its_text(frame: pd.DataFrame) -> None:
    labels = {"a": "Model <$a$> & Co"}
    one, two = (svg_bytes(figure_of(cumulative(frame, labels=labels))) for _ in range(2))
    assert one == two
    assert b"Model &lt;$a$&gt; &amp; Co" in one
    assert b"<dc:date>" not in one
