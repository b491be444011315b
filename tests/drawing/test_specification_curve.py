"""The specification curve: sorted answers above, shares of each level below."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PathCollection

from forecast.drawing import figure_of, png_bytes, specification_curve


@pytest.fixture
def table() -> pd.DataFrame:
    """300 answers; level "a" holds the lower half, "b" the upper; "c" and "d" alternate."""
    share = np.linspace(0.1, 0.9, 300)
    return pd.DataFrame(
        {
            "first": np.where(np.arange(300) < 150, "a", "b"),
            "second": np.where(np.arange(300) % 2 == 0, "c", "d"),
            "by_headline": share,
        }
    ).sample(frac=1.0, random_state=0)


CHOICES = {"first": ["a", "b"], "second": ["c", "d", "unused"]}


def areas(ax: Axes) -> list[np.ndarray]:
    found = ax.collections
    return [np.asarray(dots.get_sizes()) for dots in found if isinstance(dots, PathCollection)]


def test_the_curve_is_sorted_and_marks_the_answer(table: pd.DataFrame) -> None:
    curve, _ = specification_curve(table, CHOICES, usual=0.5)
    line = max(curve.lines, key=lambda drawn: len(np.asarray(drawn.get_xdata())))
    assert np.asarray(line.get_ydata()) == pytest.approx(np.linspace(10.0, 90.0, 300))
    written = " ".join(text.get_text() for text in curve.texts)
    assert "our answer, 50 %" in written
    assert "14 %" in written
    assert "86 %" in written


def test_dots_show_where_a_level_lies(table: pd.DataFrame) -> None:
    _, below = specification_curve(table, CHOICES)
    low, high, even, odd = areas(below)
    half = len(low) // 2
    assert low[: half - 1].min() > 0
    assert low[half + 1 :].max() == 0
    assert high[: half - 1].max() == 0
    # A level that makes no difference has equal dots all along.
    assert np.ptp(even) == 0
    assert np.ptp(odd) == 0


def test_names_counts_and_unused_levels_are_printed(table: pd.DataFrame) -> None:
    _, below = specification_curve(table, CHOICES, names={"first": "The first choice"})
    written = [text.get_text() for text in below.texts]
    assert written == [
        "The first choice",
        "a (150)",
        "b (150)",
        "second",
        "c (150)",
        "d (150)",
        "unused (0)",
    ]


def test_specifications_without_an_answer_are_left_out(table: pd.DataFrame) -> None:
    table.loc[table["first"] == "a", "by_headline"] = np.nan
    curve, below = specification_curve(table, CHOICES)
    assert len(areas(below)) == 3
    assert len(png_bytes(figure_of(curve))) > 1000
