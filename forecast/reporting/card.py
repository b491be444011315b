"""One shareable picture of an answer, 1600 by 900 pixels."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from forecast.drawing import STYLE, balanced, new_figure, wrapped
from forecast.drawing.style import ANSWER, GRID, INK, MUTED
from forecast.prediction.forecast import Forecast
from forecast.prediction.words import long_date, percent
from forecast.reporting.contents import contents
from forecast.reporting.figures import dots

PIXELS = (1600, 900)

_DPI = 100.0
_WIDTH, _HEIGHT = (72.0 * n / _DPI for n in PIXELS)
_MARGIN = 58.0
_FULL = _WIDTH - 2 * _MARGIN
_SIDE = 290.0


@mpl.rc_context(STYLE)
def card(forecast: Forecast) -> Figure:
    """Draw the answer as one picture.

    Parameters
    ----------
    forecast : Forecast

    Returns
    -------
    Figure
        1600 by 900 pixels. The rule by which the question is decided and the known dates stand on
        it too; a long title is wrapped and set smaller, never cut off at the edge.
    """
    figure = new_figure(_WIDTH, _HEIGHT, _DPI)
    words = contents(forecast, {}, {})
    page = _Page(figure)
    page.write(f"Forecast as of {words['as_of']}", 13, MUTED)
    page.down(5)
    page.write(words["title"], 25, INK, bold=True, most=2)
    page.down(3)
    page.write(f"{words['question']} What counts: {words['resolution']}", 12.5, MUTED, most=2)
    page.down(20)
    if forecast.end is not None:
        page.down(80)
        page.write(words["sentence"], 32, ANSWER, bold=True, most=4)
        page.footer(
            words["known"], [f"Source: {words['end']['source']['text']}", _origin(forecast)]
        )
        return figure
    top = page.y
    page.write(words["sentence"], 32, ANSWER, bold=True, most=3, width=_FULL - _SIDE - 40)
    bottom = _quantiles(page, forecast, top)
    page.y = min(page.y, bottom) - 14
    floor = page.footer(words["known"], [_legend(forecast), _origin(forecast)])
    _draw_dots(figure, forecast, floor + 14, page.y)
    return figure


class _Page:
    """A figure written from the top down; ``y`` is where the next line may begin, in points."""

    def __init__(self, figure: Figure) -> None:
        self.figure = figure
        self.y = _HEIGHT - 44.0

    def down(self, points: float) -> None:
        """Leave a gap."""
        self.y -= points

    def write(
        self,
        text: str,
        size: float,
        colour: str,
        *,
        bold: bool = False,
        most: int = 1,
        width: float = _FULL,
    ) -> None:
        """Write wrapped text and move below it; set it smaller where it needs too many lines."""
        lines = wrapped(text, width, size, bold)
        while len(lines) > most and size > 11.0:
            size -= 1.0
            lines = wrapped(text, width, size, bold)
        for line in balanced(text, width, size, bold, most):
            self.at(_MARGIN, self.y - 1.05 * size, line, size, colour, bold=bold)
            self.y -= 1.28 * size

    def at(
        self, x: float, y: float, text: str, size: float, colour: str, *, bold: bool = False,
        side: str = "left",
    ) -> None:  # fmt: skip
        """Write one line whose baseline is at a place."""
        self.figure.text(
            x / _WIDTH,
            y / _HEIGHT,
            text,
            size=size,
            color=colour,
            weight="bold" if bold else "normal",
            ha=side,
            va="baseline",
        )

    def rule(self, y: float) -> None:
        """Draw a thin line across the page."""
        line = Line2D(
            [_MARGIN / _WIDTH, 1 - _MARGIN / _WIDTH],
            [y / _HEIGHT] * 2,
            color=GRID,
            linewidth=1.0,
            transform=self.figure.transFigure,
        )
        self.figure.add_artist(line)

    def footer(self, known: Sequence[dict[str, str]], notes: Sequence[str]) -> float:
        """Write the known dates and small notes at the foot; return the height of its top."""
        self.at(_MARGIN, 30.0, notes[0], 10.5, MUTED)
        self.at(_WIDTH - _MARGIN, 30.0, notes[1], 10.5, MUTED, side="right")
        self.rule(50.0)
        step = _FULL / len(known)
        for i, row in enumerate(known):
            x = _MARGIN + step * i
            self.at(x, 87.0, row["label"], 10.5, MUTED)
            value = wrapped(row["value"], step - 10.0, 14.0, True, most=1)[0]
            self.at(x, 66.0, value, 14.0, INK, bold=True)
        self.rule(108.0)
        return 108.0


def _quantiles(page: _Page, forecast: Forecast, top: float) -> float:
    """Write three dates on the right of the sentence; return where they end."""
    x = _WIDTH - _MARGIN - _SIDE
    y = top - 15.0
    page.at(x, y, f"{forecast.verb[:1].upper()}{forecast.verb[1:]} with probability", 11, MUTED)
    for p in (0.25, 0.5, 0.75):
        y -= 26.0
        page.at(x, y, percent(p), 15, ANSWER, bold=True)
        page.at(x + 62.0, y, f"by {long_date(forecast.quantile(p))}", 15, INK)
    return y - 6.0


def _legend(forecast: Forecast) -> str:
    """What a dot is, and what a picture that travels alone must not leave out."""
    dot = "Each dot is a chance of 1 in 20."
    return dot if forecast.never else f"{dot} The models hold that the talks conclude some day."


def _draw_dots(figure: Figure, forecast: Forecast, low: float, high: float) -> None:
    box = (_MARGIN / _WIDTH, low / _HEIGHT, _FULL / _WIDTH, (high - low) / _HEIGHT)
    dots(forecast, figure.add_axes(box), text_size=11.5)


def _origin(forecast: Forecast) -> str:
    return f"negotiation-forecast {forecast.version} · facts {forecast.digest[:12]}"
