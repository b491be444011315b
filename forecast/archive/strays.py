"""Files of a user's directory that are no table of the schema: mostly names that are mistyped."""

from __future__ import annotations

from collections.abc import Collection
from difflib import get_close_matches
from pathlib import Path

from forecast.archive.tables import Problem
from forecast.errors import DataError

_NAMED = 3
"""Files that a message names one by one."""


def require_known(directory: Path, known: Collection[str]) -> None:
    """Refuse a directory none of whose files would be read.

    Raises
    ------
    DataError
        If it holds none of the known files; the message names those that it holds.
    """
    found = sorted(path.name for path in directory.iterdir() if not path.name.startswith("."))
    if not set(found) & set(known):
        raise DataError(f"{directory} has no table that we know; {_held(found, known)}")


def stray_problems(directory: Path, known: Collection[str]) -> list[Problem]:
    """A problem for each CSV file that is not known, for its rows would be left out in silence."""
    return [
        Problem(path.name, None, "", f"is not a table that we know{_meant(path.name, known)}")
        for path in sorted(directory.iterdir())
        if path.suffix.lower() == ".csv" and path.name not in known
    ]


def _held(found: list[str], known: Collection[str]) -> str:
    if not found:
        return f"it is empty, and a table is one of {', '.join(sorted(known))}"
    named = ", ".join(found[:_NAMED])
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    meant = next(filter(None, (_meant(name, known) for name in found)), "")
    return f"it holds {named}{more}{meant}"


def _meant(name: str, known: Collection[str]) -> str:
    """Question after the known name that is nearest; empty if none is near."""
    near = get_close_matches(name.lower(), known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
