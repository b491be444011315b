"""The records that a verb speaks of: the data, and in them what a user names."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from forecast.cli.console import note

if TYPE_CHECKING:
    from forecast.archive import Archive


def records_of(
    negotiation: str, data: Path | None, as_of: str | None = None
) -> tuple[Archive, str]:
    """Archive and id of a negotiation, or of a user's own in a file.

    A file may tell of a day after the data's vintage. Unless a day is asked for, that day is then the
    as-of date, and a note on standard error says so.
    """
    from forecast.archive import load_archive, with_own_case

    archive, id_ = with_own_case(load_archive(data), negotiation)
    if as_of is None and archive.date > archive.vintage:
        note(
            f"the as-of date is {archive.date}, the last day that {negotiation} tells of; "
            f"all other records end on {archive.vintage}"
        )
    return archive, id_


def command_for(verb: str, negotiation: str, data: Path | None) -> str:
    """Command that puts a verb to the same records, ready to be copied."""
    over = () if data is None else ("--data", str(data))
    return shlex.join(("forecast", *verb.split(), negotiation, *over))
