"""Figures of a backtest: what they draw, and that nothing is cut off."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection
from matplotlib.text import Annotation

from forecast.drawing import (
    figure_of,
    new_axes,
    reliability,
    score_over_time,
    skill_table,
    svg_bytes,
)
from forecast.drawing.reliability import CAPTION


@pytest.fixture
def bins() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "stated": [0.2, 0.4, 0.8],
            "came_true": [0.1, 0.5, 0.7],
            "lower": [0.0, 0.3, 0.5],
            "upper": [0.3, 0.7, 0.9],
            "rows": [8, 20, 15],
        }
    )


@pytest.fixture
def skills() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "model": ["good", "level", "bad", "unknown"],
            "value": [0.3, 0.1, -0.4, np.nan],
            "lower": [0.1, -0.1, -0.6, np.nan],
            "upper": [0.5, 0.3, -0.2, np.nan],
        }
    )


@pytest.fixture
def years() -> pd.DataFrame:
    frame = pd.DataFrame({"answer": [2.0, 1.8], "base": [2.2, 2.1]}, index=[2010, 2011])
    return frame.assign(rows=[12, 14])


def test_reliability_draws_points_bands_diagonal_and_counts(bins: pd.DataFrame) -> None:
    ax = reliability(bins, title="A model")
    diagonal, points = ax.lines
    assert np.asarray(diagonal.get_xdata()).tolist() == [0, 100]
    assert np.asarray(points.get_xdata()) == pytest.approx([20, 40, 80])
    assert np.asarray(points.get_ydata()) == pytest.approx([10, 50, 70])
    uprights = next(c for c in ax.collections if isinstance(c, LineCollection))
    ends = [np.asarray(segment)[:, 1].tolist() for segment in uprights.get_segments()]
    assert ends == [pytest.approx([0, 30]), pytest.approx([30, 70]), pytest.approx([50, 90])]
    assert [text.get_text() for text in ax.texts] == ["8", "20", "15"]


def test_reliability_writes_counts_clear_of_the_lines_and_of_one_another(
    bins: pd.DataFrame,
) -> None:
    close = bins.assign(stated=[0.24, 0.26, 0.8], rows=[1000, 2000, 15])
    ax = reliability(close)
    figure_of(ax).canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert all(box.y0 > ax.bbox.y1 for box in boxes)
    assert all(a.x1 < b.x0 for a, b in pairwise(boxes))
    # The last one stands over its point.
    middle = (boxes[-1].x0 + boxes[-1].x1) / 2
    assert middle == pytest.approx(ax.transData.transform((80.0, 0.0))[0], abs=1.0)


def test_reliability_draws_points_at_0_and_100_per_cent_whole(bins: pd.DataFrame) -> None:
    ax = reliability(bins.assign(came_true=[0.0, 0.5, 1.0], upper=[0.3, 0.7, 1.0]))
    figure_of(ax).canvas.draw()
    radius = 0.5 * ax.lines[1].get_markersize() * figure_of(ax).dpi / 72.0
    for y, edge, sign in ((0.0, ax.bbox.y0, 1.0), (100.0, ax.bbox.y1, -1.0)):
        at = ax.transData.transform((50.0, y))[1]
        assert sign * (at - edge) > radius


def test_reliability_says_what_numbers_and_band_are(bins: pd.DataFrame) -> None:
    [below] = figure_of(reliability(bins)).texts
    written = " ".join(below.get_text().split())
    assert written == CAPTION
    assert "how many forecasts" in written
    assert "90 % interval" in written
    assert not figure_of(reliability(bins, new_axes(200.0, 200.0))).texts


def test_skill_shows_which_intervals_hold_zero(skills: pd.DataFrame) -> None:
    ax = skill_table(skills, labels={"good": "The good one"})
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names == ["The good one", "level", "bad", "unknown"]
    written = [text.get_text() for text in ax.texts if isinstance(text, Annotation)]
    assert written == [
        "+0.30 (+0.10 to +0.50)",
        "+0.10 (-0.10 to +0.30)",
        "-0.40 (-0.60 to -0.20)",
        "too few",
    ]
    points = [line for line in ax.lines if line.get_marker() == "o"]
    hollow = [point.get_markerfacecolor() == "white" for point in points]
    assert hollow == [False, True, False]
    # The first model stands at the top.
    assert ax.get_ylim()[0] > ax.get_ylim()[1]


def test_score_over_time_draws_each_model_and_counts_forecasts(years: pd.DataFrame) -> None:
    ax = score_over_time(years, answer="answer", baselines=["base"], labels={"base": "A baseline"})
    answer, base = ax.lines
    assert np.asarray(answer.get_ydata()).tolist() == [2.0, 1.8]
    assert answer.get_linewidth() > base.get_linewidth()
    assert base.get_linestyle() != "-"
    assert [text.get_text() for text in ax.get_xticklabels()] == ["2010\n12", "2011\n14"]
    legend = ax.get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["answer", "A baseline"]


def test_texts_stay_on_the_page(
    bins: pd.DataFrame, skills: pd.DataFrame, years: pd.DataFrame
) -> None:
    long = {"good": "Hierarchical log-logistic"}
    for ax in (
        reliability(bins, title="A model"),
        skill_table(skills, labels=long, title="Gain in log score over a baseline, nats"),
        score_over_time(years, answer="answer", labels={"base": "Kaplan-Meier, family"}),
    ):
        figure = figure_of(ax)
        box = ax.get_tightbbox(figure.canvas.get_renderer())  # type: ignore[attr-defined]
        assert box is not None
        page = figure.bbox
        for part in (box, *(text.get_window_extent() for text in figure.texts)):
            assert part.x0 >= page.x0
            assert part.y0 >= page.y0
            assert part.x1 <= page.x1
            assert part.y1 <= page.y1
        assert all(text.get_window_extent().y1 <= box.y0 for text in figure.texts)


def test_given_axes_are_used_and_bytes_repeat(
    bins: pd.DataFrame, skills: pd.DataFrame, years: pd.DataFrame
) -> None:
    for draw, frame in ((reliability, bins), (skill_table, skills), (score_over_time, years)):
        ax = draw(frame)
        first = svg_bytes(figure_of(ax))
        assert svg_bytes(figure_of(draw(frame))) == first
        ax.clear()
        assert draw(frame, ax) is ax
