"""Tables of text as Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows under a head, columns aligned; nothing where there is no row."""
    if not rows:
        return ""
    widths = [max(3, *(len(row[k]) for row in [head, *rows])) for k in range(len(head))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in [head, rule, *rows]
    )
