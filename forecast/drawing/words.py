"""Text in figures: how wide it is, where it breaks, and labels that keep clear of one another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import cache

from matplotlib.font_manager import FontProperties, findfont
from matplotlib.ft2font import FT2Font

from forecast.drawing.style import FONT

MISSING = "\N{WHITE SQUARE}"
NO_BREAK = "\N{NO-BREAK SPACE}"
"""Between words that :func:`wrapped` keeps on one line."""

_MEASURED = 100.0

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def short_date(day: date) -> str:
    """Date as "2 May 2025", in any locale."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


@cache
def _font(bold: bool) -> FT2Font:
    # Of our own: those that matplotlib keeps change their size whenever it draws.
    font = FT2Font(findfont(FontProperties(family=FONT, weight="bold" if bold else "normal")))
    font.set_size(_MEASURED, 72.0)
    return font


@cache
def _advance(character: str, bold: bool) -> float:
    """Width of one character in units of the type size."""
    glyph = _font(bold).load_char(ord(character))
    return float(glyph.linearHoriAdvance) / 65536.0 / _MEASURED


@cache
def _characters() -> frozenset[int]:
    return frozenset(_font(False).get_charmap())


def drawable(text: str) -> str:
    """Text on one line, with a square for each character that the figures' font lacks."""
    line = NO_BREAK.join(" ".join(part.split()) for part in text.split(NO_BREAK))
    return "".join(c if ord(c) in _characters() else MISSING for c in line)


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Width of one line in points, letter by letter: pairs may be set a little closer."""
    return size * sum(_advance(character, bold) for character in text)


def wrapped(
    text: str, width: float, size: float, bold: bool = False, most: int | None = None
) -> list[str]:
    """Break text into lines no wider than ``width`` points.

    Parameters
    ----------
    text : str
    width, size : float
        In points.
    bold : bool
    most : int, optional
        Number of lines at most; what does not fit is replaced by an ellipsis.

    Returns
    -------
    list of str
        Breaks at spaces, but not at no-break spaces; a word wider than the line is broken inside.
    """
    lines: list[str] = []
    line = ""
    for word in drawable(text).split(" "):
        candidate = f"{line} {word}" if line else word
        if text_width(candidate, size, bold) <= width:
            line = candidate
            continue
        if line:
            lines.append(line)
        *full, line = _pieces(word, width, size, bold)
        lines.extend(full)
    lines.append(line)
    if most is None or len(lines) <= most:
        return lines
    last = " ".join(lines[most - 1 :])
    while last and text_width(last.rstrip() + "…", size, bold) > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip(" ,;") + "…"]


def balanced(
    text: str, width: float, size: float, bold: bool = False, most: int | None = None
) -> list[str]:
    """Break text as :func:`wrapped` does, into as many lines but of more equal length."""
    lines = wrapped(text, width, size, bold, most)
    narrower = lines
    while len(narrower) == len(lines) > 1 and narrower[-1:] != ["…"] and width > 0:
        lines = narrower
        width = max(text_width(line, size, bold) for line in lines) - 1.0
        narrower = wrapped(text, width, size, bold)
    return lines


def _pieces(word: str, width: float, size: float, bold: bool) -> list[str]:
    pieces = [""]
    for character in word:
        if pieces[-1] and text_width(pieces[-1] + character, size, bold) > width:
            pieces.append("")
        pieces[-1] += character
    return pieces


def spread(wanted: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Centres for labels that do not overlap and stay as near as possible to where they belong.

    Parameters
    ----------
    wanted : sequence of float
        Where each label belongs, in any order.
    sizes : sequence of float
        Extent of each label along the same axis.
    low, high : float
        Span to stay in, where the labels fit into it at all.

    Returns
    -------
    list of float
        In the order of ``wanted``.
    """
    order = sorted(range(len(wanted)), key=lambda i: wanted[i])
    blocks: list[tuple[list[int], float]] = []
    for i in order:
        members, start = [i], wanted[i] - sizes[i] / 2
        while blocks and blocks[-1][1] + _extent(blocks[-1][0], sizes) > start:
            members = blocks.pop()[0] + members
            start = _best_start(members, wanted, sizes)
        blocks.append((members, start))
    placed = [0.0] * len(wanted)
    edge = low
    for members, start in blocks:
        edge = max(start, edge)
        for i in members:
            placed[i] = edge + sizes[i] / 2
            edge += sizes[i]
    for i in reversed(order):
        placed[i] = min(placed[i], high - sizes[i] / 2)
        high = placed[i] - sizes[i] / 2
    return placed


def _extent(members: Sequence[int], sizes: Sequence[float]) -> float:
    return sum(sizes[i] for i in members)


def _best_start(members: Sequence[int], wanted: Sequence[float], sizes: Sequence[float]) -> float:
    offset, total = 0.0, 0.0
    for i in members:
        total += wanted[i] - offset - sizes[i] / 2
        offset += sizes[i]
    return total / len(members)
