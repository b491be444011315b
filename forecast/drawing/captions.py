"""Captions: what a figure cannot say by itself, in a few lines at its lower edge."""

from __future__ import annotations

from matplotlib.figure import Figure

from forecast.drawing.style import MUTED, POINTS_PER_INCH
from forecast.drawing.words import wrapped

_SIZE = 6.5
_LINE = 9.0
_EDGE = 6.0


def caption_height(text: str, width: float) -> float:
    """Points that a caption takes at the lower edge of a figure of some width in points."""
    return _LINE * len(_lines(text, width)) + _EDGE


def caption(figure: Figure, text: str) -> None:
    """Write a caption at the lower edge of a figure, which must have room for it.

    Parameters
    ----------
    figure : Figure
        With :func:`caption_height` free at its lower edge.
    text : str
        Broken into lines of the figure's width.
    """
    width, height = figure.get_size_inches() * POINTS_PER_INCH
    figure.text(
        _EDGE / width,
        _EDGE / height,
        "\n".join(_lines(text, width)),
        va="bottom",
        color=MUTED,
        size=_SIZE,
        linespacing=1.15,
    )


def _lines(text: str, width: float) -> list[str]:
    return wrapped(text, width - 2.0 * _EDGE, _SIZE)
