"""Text of the records made fit to show: other people wrote it, and a terminal obeys what it prints."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

_BLANKS = "\n\N{NO-BREAK SPACE}"


def printable(text: str) -> str:
    r"""Text without control characters; blanks other than line breaks and no-break spaces become spaces.

    >>> printable("\x1b[2JJapan and\tFrance\n")
    '[2JJapan and France\n'
    """
    return "".join(c if c.isprintable() or c in _BLANKS else " " * c.isspace() for c in text)


def one_line(text: str) -> str:
    """Text without line breaks, tabs and control characters."""
    return " ".join(printable(text).split())


def host(url: str) -> str:
    """Host of a web address without ``www.``; the text itself where it is none."""
    name = urlsplit(url).hostname if is_address(url) else None
    return name.removeprefix("www.") if name else url


def is_address(url: str) -> bool:
    """Whether a text can be followed as a link."""
    return bool(re.match(r"https?://[^\s/]", url))
