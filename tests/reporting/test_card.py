"""The card: its size, and that nothing on it is cut off."""

from __future__ import annotations

from collections.abc import Callable

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from forecast.drawing import STYLE, png_bytes
from forecast.prediction.forecast import Forecast
from forecast.reporting import card


def _texts(figure: Figure) -> str:
    return " ".join(" ".join(t.get_text().split()) for t in figure.texts)


def test_it_has_1600_by_900_pixels(make_forecast: Callable[..., Forecast]) -> None:
    data = png_bytes(card(make_forecast()))
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20], "big") == 1600
    assert int.from_bytes(data[20:24], "big") == 900


def test_it_tells_the_answer_and_the_dates(make_forecast: Callable[..., Forecast]) -> None:
    forecast = make_forecast()
    words = _texts(card(forecast))
    for expected in (forecast.title, forecast.sentence(), forecast.resolution, "2 May 2024"):
        assert expected in words
    assert "Data up to 30 June 2026" in words


@pytest.mark.parametrize("times", [1, 4, 30])
def test_no_text_leaves_the_picture(
    make_forecast: Callable[..., Forecast], hostile: str, times: int
) -> None:
    figure = card(make_forecast(title=hostile * times, resolution=hostile * times))
    for text in [*figure.texts, *figure.axes[0].texts]:
        with mpl.rc_context(STYLE):
            box = text.get_window_extent()
        assert box.x0 >= 0, text.get_text()
        assert box.x1 <= 1600, text.get_text()
        assert box.y0 >= 0, text.get_text()
        assert box.y1 <= 900, text.get_text()
    if times == 1:
        assert " ".join(hostile.split()) in _texts(figure)
