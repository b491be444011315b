"""Captions stand at the lower edge and take the room that was left for them."""

from __future__ import annotations

import pytest

from forecast.drawing import caption, caption_height, new_figure

TEXT = "what a figure cannot say by itself " * 8


@pytest.mark.parametrize("width", [200.0, 470.0])
def test_a_caption_fits_into_the_height_that_it_asks_for(width: float) -> None:
    figure = new_figure(width, 300.0)
    caption(figure, TEXT)
    [text] = figure.texts
    box = text.get_window_extent()
    assert " ".join(text.get_text().split()) == TEXT.strip()
    assert box.x0 >= 0.0
    assert box.x1 <= width
    assert box.y0 >= 0.0
    assert box.y1 <= caption_height(TEXT, width)


def test_a_narrow_figure_needs_more_height() -> None:
    assert (
        caption_height(TEXT, 200.0) > caption_height(TEXT, 470.0) > caption_height("short", 470.0)
    )
