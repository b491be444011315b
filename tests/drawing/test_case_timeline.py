"""The timeline: order, markers, ranges, and the row in question."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from forecast.drawing import timeline
from forecast.drawing.style import FAILED


@pytest.fixture(scope="module")
def ax() -> Axes:
    columns = ["title", "family", "status", "lower", "upper", "retrospective", "target", "reach"]
    rows = [
        ("Long one", "B", "concluded", 80.0, 90.0, False, False, None),
        ("Ours", "B", "open", 8.0, None, False, True, 26.0),
        ("Short one", "B", "concluded", 3.0, 3.0, False, False, None),
        ("Given up", "A", "ended without agreement", 17.0, 17.0, False, False, None),
        ("Found late", "A", "concluded", 5.0, 9.0, True, False, None),
    ]
    return timeline(pd.DataFrame(rows, columns=columns))


def _heights(ax: Axes) -> dict[str, float]:
    return {str(t.get_text()): float(t.xy[1]) for t in ax.texts if hasattr(t, "xy")}


def _markers(ax: Axes) -> dict[float, tuple[str, float, str]]:
    """Marker, month and fill of each row, by its height."""
    found = {}
    for line in ax.lines:
        if line.get_marker() not in ("None", None):
            y, x = np.asarray(line.get_ydata())[0], np.asarray(line.get_xdata())[0]
            found[float(y)] = (str(line.get_marker()), float(x), str(line.get_markerfacecolor()))
    return found


def test_rows_stand_by_family_then_duration(ax: Axes) -> None:
    at = _heights(ax)
    order = ["B", "Short one", "Ours", "Long one", "A", "Found late", "Given up"]
    assert sorted(order, key=lambda name: at[name]) == order


def test_markers_tell_how_each_ended(ax: Axes) -> None:
    at, marker = _heights(ax), _markers(ax)
    assert marker[at["Short one"]][:2] == ("o", 3.0)
    assert marker[at["Long one"]][:2] == ("o", 85.0)
    assert marker[at["Given up"]] == ("X", 17.0, FAILED)
    assert marker[at["Ours"]][:2] == (">", 8.0)
    assert marker[at["Found late"]][2] == "white"


def test_months_are_written_beside_the_bars(ax: Axes) -> None:
    written = {text.get_text() for text in ax.texts}
    assert {"3", "80–90", "17", "5–9", "open at 8, now 26"} <= written


def test_the_case_in_question_is_bold(ax: Axes) -> None:
    bold = {t.get_text() for t in ax.texts if t.get_fontweight() == "bold"}
    assert bold == {"A", "B", "Ours"}


def test_only_markers_in_use_are_explained(ax: Axes) -> None:
    legend = ax.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == [
        "concluded",
        "ended without agreement",
        "open",
        "known only because it ended",
        "range of the dates",
    ]
