"""The figure of coefficients shows the intervals that it is given, as ratios."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes

from forecast.drawing import effects, figure_of, new_axes, png_bytes
from forecast.drawing.effects import effects_axes, write_units
from forecast.drawing.style import STYLE

TABLE = pd.DataFrame(
    {"5 %": [-0.5, 0.1], "50 %": [-0.2, 0.3], "95 %": [0.1, 0.6]},
    index=["prior_pacts", "death_penalty"],
)
PRIOR = pd.Series({"death_penalty": 0.25, "prior_pacts": -0.15})


@pytest.fixture
def drawn() -> Axes:
    return effects(TABLE, PRIOR, 0.35)


def spans(ax: Axes, which: int) -> np.ndarray:
    segments = ax.collections[which].get_segments()  # type: ignore[attr-defined]
    return np.array([[start[0], end[0]] for start, end in segments])


def test_posterior_intervals_are_ratios_of_durations(drawn: Axes) -> None:
    np.testing.assert_allclose(spans(drawn, 1), np.exp(TABLE[["5 %", "95 %"]].to_numpy()))
    points = np.asarray(drawn.lines[-1].get_xdata(), dtype=np.float64)
    np.testing.assert_allclose(points, np.exp(TABLE["50 %"]))


def test_prior_intervals_stand_beside_their_own_coefficients(drawn: Axes) -> None:
    reach = 1.6448536269514722 * 0.35
    expected = np.exp([[-0.15 - reach, -0.15 + reach], [0.25 - reach, 0.25 + reach]])
    np.testing.assert_allclose(spans(drawn, 0), expected)


def test_names_read_as_words_from_the_top(drawn: Axes) -> None:
    labels = [label.get_text() for label in drawn.get_yticklabels()]
    assert labels == ["prior pacts", "death penalty"]
    bottom, top = drawn.get_ylim()
    assert bottom > top
    assert "association, mostly prior" in drawn.get_xlabel()


def test_units_stand_beside_their_coefficients_on_the_page() -> None:
    units = ["number of kinds (0 to 3)", "1 if one of the parties keeps the death penalty"]
    ax = effects(TABLE, PRIOR, 0.35, ax=effects_axes(2, units=units))
    write_units(ax, units)
    figure = figure_of(ax)
    figure.canvas.draw()
    written = {text.get_text(): text.get_window_extent() for text in ax.texts}
    names = {label.get_text(): label.get_window_extent() for label in ax.get_yticklabels()}
    for unit, name in zip(units, ["prior pacts", "death penalty"], strict=True):
        assert ax.bbox.x1 < written[unit].x0 < written[unit].x1 <= figure.bbox.x1
        middle = (written[unit].y0 + written[unit].y1) / 2
        assert names[name].y0 < middle < names[name].y1
    assert written["unit"].y0 > ax.bbox.y1
    assert all(box.x0 >= 0.0 for box in names.values())
    # The coefficients keep the room that they have without units.
    plain = effects(TABLE, PRIOR, 0.35)
    assert ax.bbox.width == pytest.approx(plain.bbox.width)
    sizes = [axes.get_yticklabels()[0].get_fontsize() for axes in (ax, plain)]
    assert sizes == [STYLE["ytick.labelsize"]] * 2


def test_it_draws_into_axes_that_are_given() -> None:
    ax = new_axes(300.0, 120.0)
    assert effects(TABLE, PRIOR, 0.35, ax=ax) is ax
    assert png_bytes(figure_of(ax)).startswith(b"\x89PNG")
