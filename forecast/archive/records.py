"""The records of the archive: one small frozen class a kind of row."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forecast.archive.edtf import DateRange

FAILURE = "failure"
"""``searched_for`` of a negotiation that is in the data because it failed."""


@dataclass(frozen=True, slots=True)
class Source:
    """A public page in which facts were read, with the kind of publisher (official, press, copy)."""

    id: str
    url: str
    publisher: str
    published: DateRange | None
    kind: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """One source's account of one dated event.

    A planned milestone was announced for a day after its source appeared and is never taken as done.
    ``stage`` tells what a status speaks of: the negotiation itself or the ratification after signature.
    """

    negotiation_id: str
    event: str
    date: DateRange
    source: Source
    confidence: str
    planned: bool
    stage: str
    note: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody said about a duration, looking back or ahead.

    ``low_months`` and ``high_months`` count from ``said_on`` for a forecast, from the speaker's start for
    a retrospective duration; ``event`` is the event that was promised or dated.
    """

    id: str
    negotiation_id: str
    kind: str
    event: str
    said_by: str
    speaker: str
    said_on: DateRange | None
    low_months: float | None
    high_months: float | None
    target: DateRange | None
    statement: str
    source: Source


@dataclass(frozen=True, slots=True)
class Negotiation:
    """One attempt of some parties to reach one instrument, with all accounts of its milestones."""

    id: str
    title: str
    parties: tuple[str, ...]
    instrument: str
    family: str
    domain: str
    cluster: str
    searched_to: DateRange | None
    searched_for: str
    resolution: str
    notes: str
    milestones: tuple[Milestone, ...]
    claims: tuple[Claim, ...]

    def accounts(self, event: str) -> tuple[Milestone, ...]:
        """All accounts of an event that took place, in the order of the table."""
        return tuple(m for m in self.milestones if m.event == event and not m.planned)

    @property
    def sources(self) -> tuple[Source, ...]:
        """Every source of a milestone or claim, each once."""
        rows: tuple[Milestone | Claim, ...] = (*self.milestones, *self.claims)
        return tuple({row.source.id: row.source for row in rows}.values())


@dataclass(frozen=True, slots=True)
class Exercise:
    """A military exercise; ``named`` ones serve as a covariate."""

    name: str
    start: DateRange
    end: DateRange
    participants: frozenset[str]
    kind: str
    tag: str
    source: Source


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting of leaders or ministers, or a document that they agreed on."""

    kind: str
    date: DateRange
    parties: frozenset[str]
    source: Source


@dataclass(frozen=True, slots=True)
class Leader:
    """A term of the office that leads a government; the date of a term is its start."""

    iso3: str
    office: str
    name: str
    start: DateRange
    source: Source


@dataclass(frozen=True, slots=True)
class Election:
    """A national election of a parliament or a president."""

    iso3: str
    date: DateRange
    kind: str
    source: Source


@dataclass(frozen=True, slots=True)
class Country:
    """Traits of a party. Years are the first year in which the trait holds; None is never.

    For a bloc (``kind``) the traits of states are unknown.
    """

    iso3: str
    name: str
    kind: str
    region: str
    g7: int | None
    nato_since: int | None
    us_treaty_ally_since: int | None
    five_eyes: bool | None
    death_penalty_abolished_year: int | None
    death_penalty_known: bool | None
    legislature_approves: bool | None
    latitude: float | None
    longitude: float | None

    @property
    def capital(self) -> tuple[float, float] | None:
        """Latitude and longitude of the capital in degrees, if known."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude

    def as_of(self, year: int) -> Country:
        """Traits that had been acquired by the end of a year."""

        def acquired(since: int | None) -> int | None:
            return since if since is not None and since <= year else None

        return replace(
            self,
            g7=acquired(self.g7),
            nato_since=acquired(self.nato_since),
            us_treaty_ally_since=acquired(self.us_treaty_ally_since),
            death_penalty_abolished_year=acquired(self.death_penalty_abolished_year),
        )


@dataclass(frozen=True, slots=True)
class AccountChoice:
    """One row of an account set: on this clock, this claim stands for the negotiation's duration."""

    name: str
    negotiation_id: str
    clock: str
    claim_id: str
