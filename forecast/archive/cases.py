"""A user's own negotiation in a short TOML file, beside the records of the data set."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from forecast.archive.edtf import DateRange, parse
from forecast.archive.records import Milestone, Negotiation, Source
from forecast.archive.view import Archive
from forecast.errors import DataError, UsageError

SUFFIX = ".toml"

# Family of each instrument; other treaties are named in the file.
FAMILIES = {
    "RAA": "raa",
    "VFA": "visiting_forces",
    "SOFA": "visiting_forces",
    "ACSA": "logistics",
    "LOGISTICS": "logistics",
    "ISA": "information_security",
    "COMSEC": "information_security",
    "DETT": "equipment",
    "DCA": "access_basing",
    "BASING": "access_basing",
    "ALLIANCE": "alliance",
    "OTHER": "other_security",
    "FTA": "trade",
    "EPA": "trade",
    "WTO_ACCESSION": "wto_accession",
}

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")

_DATED = {"launch": "launch_agreed", "talks_began": "talks_began", "open_at": "status_ongoing"}
_KNOWN = {"id", "title", "parties", "instrument", *_DATED}

_TEMPLATE = """\
# A negotiation of your own. Dates are EDTF: 2026-06-15, 2026-06, 2026, 2026-06~ (about).
id = "{id}"
title = "{title}"
parties = [{parties}]        # ISO 3166 alpha-3 codes
instrument = "{instrument}"

# When both sides agreed to negotiate. If only the first talks are known, write talks_began instead.
launch = "{launch}"

# The last day on which you know that it was not yet signed (optional).
# open_at = "{launch}"
"""


def case_template(id: str, parties: Sequence[str], instrument: str, launch: str) -> str:
    """Text of a TOML file for a new case.

    Raises
    ------
    UsageError
        If an argument is not what the file needs.
    """
    if instrument not in FAMILIES:
        raise UsageError(f"{instrument!r} is not an instrument; one of {', '.join(FAMILIES)}")
    capitals = all(party.isalpha() and party.isupper() for party in parties)
    if not capitals or len(set(parties)) < max(2, len(parties)):
        raise UsageError("parties are at least two codes in capitals, each once, such as DEU,JPN")
    if not _ID.fullmatch(id):
        raise UsageError(f"{id!r} is not an id such as deu-jpn-raa")
    try:
        _bounded(launch)
    except ValueError as error:
        raise UsageError(f"launch: {error}") from None
    return _TEMPLATE.format(
        id=id,
        title=f"{'-'.join(parties)} {instrument}",
        parties=", ".join(f'"{party}"' for party in parties),
        instrument=instrument,
        launch=launch,
    )


def read_case(path: Path) -> Negotiation:
    """Negotiation described by a TOML file.

    Raises
    ------
    UsageError
        If the file cannot be read.
    DataError
        If it is no TOML or lacks something; the message names the key.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DataError(f"{path} is not a TOML file: {error}") from None
    unknown = sorted(set(data) - _KNOWN)
    if unknown:
        raise DataError(
            f"{path}: {unknown[0]!r} is not a key of a case; one of {', '.join(sorted(_KNOWN))}"
        )
    id_, instrument = _text(path, data, "id"), _text(path, data, "instrument")
    if not _ID.fullmatch(id_):
        raise DataError(f"{path}: {id_!r} is not an id such as deu-jpn-raa")
    if instrument not in FAMILIES:
        raise DataError(f"{path}: instrument {instrument!r} is not one of {', '.join(FAMILIES)}")
    parties = data.get("parties")
    if (
        not isinstance(parties, list)
        or not all(isinstance(p, str) for p in parties)
        or len(set(parties)) < max(2, len(parties))
    ):
        raise DataError(
            f'{path}: parties must be a list of codes such as ["DEU", "JPN"], each once'
        )
    source = Source("your-file", path.name, "your file", None, "press")
    milestones = tuple(
        Milestone(id_, event, _date(path, data, key), source, "high", False, "negotiation", "")
        for key, event in _DATED.items()
        if key in data
    )
    if not {"launch", "talks_began"} & set(data):
        raise DataError(
            f"{path}: a case needs the date of its launch or of its first talks (talks_began)"
        )
    begun, *later = milestones
    if any(milestone.date.latest < begun.date.earliest for milestone in later):
        raise DataError(f"{path}: the dates are not in order: launch, talks_began, open_at")
    return Negotiation(
        id=id_,
        title=str(data.get("title", id_)),
        parties=tuple(parties),
        instrument=instrument,
        family=FAMILIES[instrument],
        domain="trade" if FAMILIES[instrument] in ("trade", "wto_accession") else "defence",
        cluster="",
        searched_to=None,
        searched_for="",
        resolution="",
        notes="",
        milestones=milestones,
        claims=(),
    )


def misfit(archive: Archive, id: str, parties: Iterable[str]) -> str:
    """Why a case cannot be added to some records; empty if it can."""
    unknown = [party for party in parties if party not in archive.countries]
    if unknown:
        return f"{id}: {unknown[0]!r} is not a party in countries.csv"
    if id in archive:
        return f"{id} is already a negotiation of the data set; choose another id"
    return ""


def with_case(archive: Archive, case: Negotiation) -> Archive:
    """Archive with one more negotiation, as of the same date or the case's last fact if later.

    Raises
    ------
    DataError
        If a party is not in the table of countries, or the id is taken.
    """
    if why := misfit(archive, case.id, case.parties):
        raise DataError(why)
    complete = archive.complete or archive
    added = replace(complete, negotiations={**complete.negotiations, case.id: case})
    last = max(milestone.date.latest for milestone in case.milestones)
    return added.as_of(max(archive.date, last), archive.mode)


def with_own_case(archive: Archive, negotiation: str) -> tuple[Archive, str]:
    """Archive and id of what a user names: an id of the archive, or the path of a TOML file.

    Raises
    ------
    UsageError, DataError
        As :func:`read_case` and :func:`with_case`.
    """
    if not negotiation.endswith(SUFFIX):
        return archive, negotiation
    case = read_case(Path(negotiation))
    return with_case(archive, case), case.id


def _text(path: Path, data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    if not isinstance(value, str) or not value:
        raise DataError(f"{path}: {key} is missing, or no text in quotes")
    return value


def _date(path: Path, data: dict[str, Any], key: str) -> DateRange:
    try:
        return _bounded(str(data[key]))
    except ValueError as error:
        raise DataError(f"{path}: {key}: {error}") from None


def _bounded(text: str) -> DateRange:
    found = parse(text)
    if found.earliest == date.min or found.latest == date.max:
        raise ValueError(f"{found} has no beginning or no end")
    return found
