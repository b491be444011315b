"""How the command line speaks: plain text of at most 80 columns, the same with and without a terminal."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecast.archive.shown import one_line, printable

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80

SETTINGS = {"help_option_names": ["-h", "--help"], "max_content_width": WIDTH}
"""Click settings of every command."""


def console() -> Console:
    """Console on standard output.

    Text from the data is printed as it stands: markup, emoji codes and highlighting are off. What a
    terminal would take for a command is left out before.
    """
    from rich.console import Console

    return Console(width=WIDTH, markup=False, emoji=False, highlight=False, soft_wrap=False)


@contextmanager
def working(message: str) -> Iterator[None]:
    """Show on standard error that something takes a while, if somebody watches."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True, markup=False).status(message):
        yield


def fail(sentence: str) -> None:
    """Print an error on standard error."""
    print(f"error: {printable(sentence)}", file=sys.stderr)


def note(sentence: str) -> None:
    """Print on standard error what a reader may not expect."""
    print(f"note: {printable(sentence)}", file=sys.stderr)


def title(text: str) -> None:
    """Print what the whole output is about."""
    from rich.text import Text

    console().print(Text(printable(text), style="bold"))


def heading(text: str) -> None:
    """Print a heading after an empty line."""
    print()
    title(text)


def paragraph(text: str, indent: int = 2, hanging: int = 0) -> None:
    """Print wrapped text; lines after the first stand further in by ``hanging``."""
    wrapped = textwrap.wrap(
        printable(text),
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * (indent + hanging),
        break_on_hyphens=False,
    )
    print("\n".join(wrapped))


def address(url: str, indent: int = 2) -> None:
    """Print an address on a line of its own, never broken, so that it can be copied."""
    print(" " * indent + one_line(url))


def rows(
    lines: Iterable[Sequence[str]],
    header: Sequence[str] = (),
    right: Collection[int] = (),
    wraps: Collection[int] = (),
) -> None:
    """Print a table without rules.

    Parameters
    ----------
    lines : iterable of sequences of str
        Cells; all lines have the same number.
    header : sequence of str, optional
    right : collection of int, optional
        Columns whose cells stand at the right.
    wraps : collection of int, optional
        Columns whose text goes on in the next line where it is too long; the others keep their width.
    """
    from rich.padding import Padding
    from rich.table import Table

    cells = [list(line) for line in lines]
    if not cells:
        return
    table = Table(
        box=None,
        show_header=bool(header),
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="dim",
    )
    for place in range(len(cells[0])):
        table.add_column(
            header[place] if header else "",
            justify="right" if place in right else "left",
            overflow="fold",
            no_wrap=place not in wraps,
        )
    for row in cells:
        table.add_row(*map(printable, row))
    out = console()
    with out.capture() as printed:
        out.print(Padding(table, (0, 0, 0, 2), expand=False))
    for line in printed.get().splitlines():
        print(line.rstrip())
