"""Which negotiations somebody may mean who names one that is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from forecast.archive.records import Country, Negotiation

_AT_MOST = 3


def meant(
    asked: str, negotiations: Mapping[str, Negotiation], countries: Mapping[str, Country]
) -> list[str]:
    """Ids that come nearest to a name, the best of these: the same parts, the same words, close ids.

    An id with its parties in another order has the same parts. The words of a negotiation are those of
    its id, its title, and the codes and names of its parties; all that was asked must be among them.
    """
    name = asked.casefold()
    parts = sorted(name.split("-"))
    found = [id_ for id_ in negotiations if sorted(id_.split("-")) == parts]
    return (
        found
        or _with_words(_words(name), negotiations, countries)[:_AT_MOST]
        or _close(name, negotiations)
    )


def _with_words(
    asked: set[str], negotiations: Mapping[str, Negotiation], countries: Mapping[str, Country]
) -> list[str]:
    """Ids of those that have every word: first what is not signed, then what has fewer parties."""
    if not asked:
        return []
    found = [n for n in negotiations.values() if asked <= _words(*_names(n, countries))]
    return [n.id for n in sorted(found, key=lambda n: (bool(n.accounts("signed")), len(n.parties)))]


def _close(name: str, ids: Iterable[str]) -> list[str]:
    """Ids that are spelt nearly so, also with their first two parts the other way round."""
    spelt = {id_: id_ for id_ in ids}
    if "-" in name:  # it has parties, which may stand the other way round
        spelt = {_swapped(id_): id_ for id_ in spelt} | spelt
    near = get_close_matches(name, spelt, n=_AT_MOST, cutoff=0.6)
    return list(dict.fromkeys(spelt[spelling] for spelling in near))


def _swapped(id_: str) -> str:
    first, *rest = id_.split("-")
    return "-".join((*rest[:1], first, *rest[1:]))


def _names(negotiation: Negotiation, countries: Mapping[str, Country]) -> Iterable[str]:
    yield from (negotiation.id, negotiation.title, *negotiation.parties)
    yield from (countries[code].name for code in negotiation.parties if code in countries)


def _words(*texts: str) -> set[str]:
    return set(re.findall(r"\w+", " ".join(texts).casefold()))
