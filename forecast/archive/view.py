"""The archive of negotiations, and what of it was known on a date.

The as-of view is the only door to the data: everything downstream takes an :class:`Archive` and sees
only what that view holds.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, TypeVar

from forecast.archive.edtf import DateRange
from forecast.archive.records import (
    AccountChoice,
    Claim,
    Country,
    Election,
    Exercise,
    Leader,
    Meeting,
    Milestone,
    Negotiation,
)
from forecast.archive.suggestions import meant
from forecast.errors import NothingToForecastError, UsageError

Mode = Literal["event", "strict"]

Series = Mapping[tuple[str, int], float]
"""A public series: value by country and year."""

Key = TypeVar("Key")

Fact = Milestone | Claim | Exercise | Meeting | Leader | Election


@dataclass(frozen=True)
class Archive(Mapping[str, Negotiation]):
    """Negotiations by id, as they were known on ``date``.

    Attributes
    ----------
    date : datetime.date
        The as-of date of this view; for a freshly loaded archive the vintage.
    vintage : datetime.date
        Date up to which the data set was researched.
    mode : {'event', 'strict'}
        ``event``: a fact is known from the last day of its date range on, whenever it was published.
        ``strict``: also its source must have appeared; what has no publication date is not known.
    series : mapping of str to Series
        Public series that the user brought, by name; none comes with the package.
    digests : mapping of str to str
        SHA-256 of each file of such a series, by file name.
    """

    date: dt.date
    vintage: dt.date
    mode: Mode
    negotiations: Mapping[str, Negotiation]
    exercises: tuple[Exercise, ...]
    countries: Mapping[str, Country]
    account_choices: tuple[AccountChoice, ...]
    meetings: tuple[Meeting, ...] = ()
    leaders: tuple[Leader, ...] = ()
    elections: tuple[Election, ...] = ()
    series: Mapping[str, Series] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    complete: Archive | None = None

    def __getitem__(self, negotiation_id: str) -> Negotiation:
        """Negotiation of this id.

        Raises
        ------
        NothingToForecastError
            If there is none; the message suggests those that may be meant.
        """
        try:
            return self.negotiations[negotiation_id]
        except KeyError:
            near = meant(negotiation_id, self.negotiations, self.countries)
            hint = f" (did you mean {' or '.join(near)}?)" if near else ""
            raise NothingToForecastError(
                f"there is no negotiation {negotiation_id!r}{hint}; see: forecast data list"
            ) from None

    def __contains__(self, negotiation_id: object) -> bool:
        """Whether there is a negotiation of this id."""
        return negotiation_id in self.negotiations

    def __iter__(self) -> Iterator[str]:
        """Ids in the order of the table."""
        return iter(self.negotiations)

    def __len__(self) -> int:
        """Number of negotiations."""
        return len(self.negotiations)

    def __repr__(self) -> str:
        """One line: size, date and mode."""
        return f"<Archive: {len(self)} negotiations as of {self.date} ({self.mode})>"

    def require_family(self, family: str) -> None:
        """Refuse a family that no negotiation is of.

        Raises
        ------
        UsageError
            Naming those that there are.
        """
        known = sorted({negotiation.family for negotiation in self.negotiations.values()})
        if family not in known:
            raise UsageError(f"{family!r} is not a family; one of {', '.join(known)}")

    def as_of(self, date: dt.date, mode: Mode = "event") -> Archive:
        """View of what was known on a date.

        Parameters
        ----------
        date : datetime.date
            Information cut-off. After the vintage it adds nothing that was not researched.
        mode : {'event', 'strict'}
            See the class. In strict mode a negotiation of which no source had appeared is absent.

        Returns
        -------
        Archive
            A view made from the complete records, also when this archive is itself a view.
        """
        complete = self.complete or self
        negotiations = {}
        for negotiation in complete.negotiations.values():
            seen = replace(
                negotiation,
                milestones=tuple(m for m in negotiation.milestones if _known(m, date, mode)),
                claims=tuple(c for c in negotiation.claims if _known(c, date, mode)),
            )
            if mode == "event" or seen.milestones or seen.claims:
                negotiations[seen.id] = seen
        return replace(
            complete,
            date=date,
            mode=mode,
            negotiations=negotiations,
            exercises=tuple(e for e in complete.exercises if _known(e, date, mode)),
            meetings=tuple(m for m in complete.meetings if _known(m, date, mode)),
            leaders=tuple(term for term in complete.leaders if _known(term, date, mode)),
            elections=tuple(e for e in complete.elections if _known(e, date, mode)),
            countries={iso3: c.as_of(date.year) for iso3, c in complete.countries.items()},
            complete=complete,
        )

    def of_family(self, family: str) -> tuple[Negotiation, ...]:
        """Negotiations of one family, in the order of the table."""
        return self._by_family.get(family, ())

    def between(self, parties: Iterable[str]) -> tuple[Negotiation, ...]:
        """Negotiations of exactly these parties, in the order of the table."""
        return self._by_parties.get(frozenset(parties), ())

    @cached_property
    def _by_family(self) -> Mapping[str, tuple[Negotiation, ...]]:
        return _grouped(self.values(), lambda negotiation: negotiation.family)

    @cached_property
    def _by_parties(self) -> Mapping[frozenset[str], tuple[Negotiation, ...]]:
        return _grouped(self.values(), lambda negotiation: frozenset(negotiation.parties))

    def digest(self) -> str:
        """SHA-256 of the facts in this view, in hexadecimal.

        It names what a forecast rests on. It does not see how a negotiation came into the records
        (``searched_for``, ``domain``), on which its case weight depends: :func:`facts_digest` does.
        """
        return self._digest

    @cached_property
    def _digest(self) -> str:
        digest = hashlib.sha256()
        for fact in self._facts():
            digest.update(repr(fact).encode())
        return digest.hexdigest()

    def _facts(self) -> Iterable[object]:
        for negotiation in self.values():
            if negotiation.milestones or negotiation.claims:
                yield negotiation.id, negotiation.parties, negotiation.family, negotiation.cluster
                if negotiation.searched_to:
                    yield min(negotiation.searched_to.latest, self.date)
                yield from negotiation.milestones
                yield from negotiation.claims
        yield from ((e.name, e.start, e.end, sorted(e.participants), e.tag) for e in self.exercises)
        yield from ((m.kind, m.date, sorted(m.parties)) for m in self.meetings)
        yield from self.leaders
        yield from self.elections
        yield from self.digests.items()
        yield from self.countries.values()
        # A choice of a claim that nobody had made yet is no fact of this view.
        said = {claim.id for negotiation in self.values() for claim in negotiation.claims}
        yield from (choice for choice in self.account_choices if choice.claim_id in said)


def facts_digest(archive: Archive) -> str:
    """SHA-256 of all in a view that decides a forecast, in hexadecimal.

    Beside the facts of :meth:`Archive.digest` it sees of each negotiation the domain and what it was
    searched for. Kept work is told apart by it; forecasts print the digest.
    """
    traits = sorted((n.id, n.domain, n.searched_for) for n in archive.values())
    return hashlib.sha256(f"{archive.digest()}{traits}".encode()).hexdigest()


def _grouped(
    negotiations: Iterable[Negotiation], key: Callable[[Negotiation], Key]
) -> dict[Key, tuple[Negotiation, ...]]:
    groups: dict[Key, list[Negotiation]] = {}
    for negotiation in negotiations:
        groups.setdefault(key(negotiation), []).append(negotiation)
    return {name: tuple(group) for name, group in groups.items()}


def _known(fact: Fact, on: dt.date, mode: Mode) -> bool:
    happened = _happened(fact)
    if happened is None or happened.latest > on:
        return False
    if mode == "event":
        return True
    published = fact.source.published
    return published is not None and published.latest <= on


def _happened(fact: Fact) -> DateRange | None:
    match fact:
        case Milestone():
            return fact.date
        case Claim():
            return fact.said_on
        case Exercise():
            return fact.end
        case Leader():
            return fact.start
        case Meeting() | Election():
            return fact.date
