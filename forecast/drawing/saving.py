"""Figures as bytes that are the same on every run."""

from __future__ import annotations

from io import BytesIO

import matplotlib as mpl
from matplotlib.figure import Figure

from forecast.drawing.style import STYLE


def svg_bytes(figure: Figure) -> bytes:
    """SVG without a date, its text kept as text."""
    return _saved(figure, "svg", {"Date": None, "Creator": None})


def png_bytes(figure: Figure) -> bytes:
    """PNG at the figure's own resolution."""
    return _saved(figure, "png", {"Software": None})


def _saved(figure: Figure, kind: str, metadata: dict[str, str | None]) -> bytes:
    buffer = BytesIO()
    with mpl.rc_context(STYLE):
        figure.savefig(buffer, format=kind, dpi=figure.dpi, metadata=metadata)
    return buffer.getvalue()
