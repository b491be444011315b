"""Promises against outcomes: every point where its months say."""

import numpy as np
import pandas as pd
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.text import Annotation

from forecast.drawing import new_axes, png_bytes
from forecast.drawing.promises import promises
from forecast.drawing.style import figure_of

ROWS = pd.DataFrame(
    [
        ("official", 6.0, 12.0, 12.0, 1),
        ("official", 3.0, 2.0, 4.0, 1),
        ("official", 12.0, 25.0, np.inf, 0),
        ("press", 0.03, 0.02, 0.02, 1),
        ("press", 5.0, 7.0, 7.0, 2),
        ("somebody", 1.0, 1.0, 1.0, 1),
    ],
    columns=["speaker", "promised", "lower", "upper", "cause"],
)


def points(colour_index: int) -> list[list[float]]:
    ax = promises(ROWS)
    drawn = [c for c in ax.collections if isinstance(c, PathCollection)]
    found: list[list[float]] = np.asarray(drawn[colour_index].get_offsets()).tolist()
    return found


def test_concluded_promises_stand_at_promised_and_actual_months() -> None:
    assert points(0) == [[6.0, 12.0], [3.0, 3.0]]
    # A few hours is drawn as three days, so that it can be seen on a log scale.
    assert points(2) == [[0.1, 0.1]]


def test_what_did_not_come_is_hollow_with_an_arrow_from_where_it_was_last_seen() -> None:
    assert points(1) == [[12.0, 25.0]]
    assert points(3) == [[5.0, 7.0]]
    ax = promises(ROWS)
    arrows = [text for text in ax.texts if isinstance(text, Annotation)]
    assert sorted(arrow.xy for arrow in arrows) == [(5.0, 10.5), (12.0, 37.5)]
    hollow = [c for c in ax.collections if isinstance(c, PathCollection)][1]
    assert np.asarray(hollow.get_facecolor()).tolist() == [[1.0, 1.0, 1.0, 1.0]]


def test_an_imprecise_end_is_a_line() -> None:
    lines = [c for c in promises(ROWS).collections if isinstance(c, LineCollection)]
    assert [path.tolist() for path in lines[0].get_segments()][1] == [[3.0, 2.0], [3.0, 4.0]]


def test_the_line_of_promises_kept_and_the_legend() -> None:
    ax = promises(ROWS)
    diagonal = ax.lines[0]
    assert np.array_equal(diagonal.get_xdata(), diagonal.get_ydata())
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    legend = ax.get_legend()
    assert legend is not None
    texts = [text.get_text() for text in legend.get_texts()]
    assert texts == ["official (3)", "press (2)", "somebody (1)"]


def test_it_draws_into_axes_that_are_given_and_saves_the_same_bytes() -> None:
    ax = new_axes(300, 300)
    assert promises(ROWS, ax=ax) is ax
    assert png_bytes(figure_of(promises(ROWS))) == png_bytes(figure_of(promises(ROWS)))
