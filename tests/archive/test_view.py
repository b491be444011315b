"""What was known on a date, in both senses of known."""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from forecast.archive import (
    AccountChoice,
    Archive,
    Claim,
    Country,
    Election,
    Exercise,
    Leader,
    Meeting,
    Milestone,
    Mode,
    Negotiation,
    default_directory,
    facts_digest,
)
from forecast.errors import NothingToForecastError

Make = Callable[..., Milestone]
Talks = Callable[..., Negotiation]
Records = Callable[..., Archive]


def events(view: Archive) -> list[str]:
    return [m.event for n in view.values() for m in n.milestones]


@pytest.mark.parametrize(
    ("when", "known_from"),
    [
        ("2020-05-02", date(2020, 5, 2)),
        ("2020-05", date(2020, 5, 31)),
        ("2020", date(2020, 12, 31)),
        ("2020-05~", date(2020, 6, 30)),
        ("2020-05-02?", date(2020, 5, 2)),
        ("2019/2020-02", date(2020, 2, 29)),
    ],
)
def test_an_event_is_known_from_the_last_day_of_its_range(
    when: str, known_from: date, milestone: Make, talks: Talks, records: Records
) -> None:
    whole = records(talks(milestone("signed", when, published="2025")))
    assert events(whole.as_of(known_from)) == ["signed"]
    assert events(whole.as_of(known_from - timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("published", "known_from"),
    [
        ("2020-07-01", date(2020, 7, 1)),
        ("2020-07", date(2020, 7, 31)),
        # Published ahead of the event, such as an entry into force: known when it has happened.
        ("2020-04-01", date(2020, 5, 31)),
    ],
)
def test_strictly_it_must_also_be_published(
    published: str, known_from: date, milestone: Make, talks: Talks, records: Records
) -> None:
    whole = records(talks(milestone("signed", "2020-05", published)))
    assert events(whole.as_of(known_from, "strict")) == ["signed"]
    assert events(whole.as_of(known_from - timedelta(days=1), "strict")) == []


def test_strictly_what_has_no_publication_date_is_not_known(
    milestone: Make, talks: Talks, records: Records
) -> None:
    published = milestone("launch_agreed", "2020", "2021")
    whole = records(talks(published, milestone("signed", "2020-05-02")))
    assert events(whole.as_of(date(2029, 1, 1), "strict")) == ["launch_agreed"]
    assert events(whole.as_of(date(2029, 1, 1), "event")) == ["launch_agreed", "signed"]


def test_strictly_a_negotiation_of_which_nothing_is_known_is_absent(
    milestone: Make, talks: Talks, records: Records
) -> None:
    whole = records(talks(milestone("signed", "2020-05-02", "2021-05-02")))
    assert "a-b" in whole.as_of(date(2020, 6, 1))
    assert "a-b" in whole.as_of(date(2020, 1, 1))
    assert "a-b" not in whole.as_of(date(2020, 6, 1), "strict")
    assert "a-b" in whole.as_of(date(2021, 5, 2), "strict")


@pytest.mark.parametrize(("mode", "known_from"), [("event", 2), ("strict", 4)])
def test_a_claim_is_known_when_said(
    mode: Mode, known_from: int, claim: Callable[..., Claim], talks: Talks, records: Records
) -> None:
    said = claim("c1", "2024-05-02", "2024-05-04")
    undated = claim("c2", None, "2024-05-04")
    whole = records(talks(claims=(said, undated)))
    on_day = whole.as_of(date(2024, 5, known_from), mode)
    assert on_day["a-b"].claims == (said,)
    before = whole.as_of(date(2024, 5, known_from - 1), mode)
    assert "a-b" not in before or before["a-b"].claims == ()


def test_an_exercise_is_known_when_it_has_ended(
    exercise: Callable[..., Exercise], records: Records
) -> None:
    whole = records(exercises=[exercise("2020-05", "JPN", "FRA")])
    assert len(whole.as_of(date(2020, 5, 31)).exercises) == 1
    assert len(whole.as_of(date(2020, 5, 30)).exercises) == 0


def test_meetings_elections_and_terms_are_known_from_their_day(
    meeting: Callable[..., Meeting],
    election: Callable[..., Election],
    leader: Callable[..., Leader],
    records: Records,
) -> None:
    whole = records(
        meetings=(meeting("2020-05", "JPN", "FRA"),),
        elections=(election("FRA", "2020-05-31"),),
        leaders=(leader("FRA", "2020-05-31"),),
    )

    def seen(day: date, mode: Mode) -> list[int]:
        view = whole.as_of(day, mode)
        return [len(view.meetings), len(view.elections), len(view.leaders)]

    for mode in ("event", "strict"):
        assert seen(date(2020, 5, 30), mode) == [0, 0, 0]
        assert seen(date(2020, 5, 31), mode) == [1, 1, 1]


def test_a_trait_acquired_later_is_hidden(
    country: Callable[..., Country], records: Records
) -> None:
    traits = {
        "g7": 1975,
        "nato_since": 1999,
        "us_treaty_ally_since": 2009,
        "death_penalty_abolished_year": 2007,
        "five_eyes": True,
        "legislature_approves": True,
    }
    whole = records(countries=[country("ALB", **traits)])

    def seen(year: int) -> list[int | None]:
        it = whole.as_of(date(year, 12, 31)).countries["ALB"]
        assert it.five_eyes
        assert it.legislature_approves
        years = (it.g7, it.nato_since, it.death_penalty_abolished_year, it.us_treaty_ally_since)
        return list(years)

    assert seen(1974) == [None, None, None, None]
    assert seen(1975) == [1975, None, None, None]
    assert seen(1999) == [1975, 1999, None, None]
    assert seen(2008) == [1975, 1999, 2007, None]
    assert seen(2009) == [1975, 1999, 2007, 2009]


def test_a_view_of_a_view_is_made_from_all_records(archive: Archive) -> None:
    early = archive.as_of(date(2005, 1, 1), "strict")
    assert len(early) < len(archive)
    again = early.as_of(date(2022, 6, 1))
    assert again.digest() == archive.as_of(date(2022, 6, 1)).digest()
    assert again.mode == "event"
    assert early.as_of(archive.date).digest() == archive.digest()


def test_a_loaded_archive_stands_at_its_vintage(archive: Archive) -> None:
    assert archive.date == archive.vintage == date(2026, 6, 30)
    last = max(m.date.latest for n in archive.values() for m in n.milestones)
    assert last <= archive.vintage
    assert archive.as_of(date(2040, 1, 1)).vintage == archive.vintage


def test_nothing_in_a_view_lies_after_its_date(archive: Archive) -> None:
    day = date(2019, 3, 5)
    view = archive.as_of(day)
    known = [m.date for n in view.values() for m in n.milestones]
    known += [c.said_on for n in view.values() for c in n.claims if c.said_on]
    known += [e.end for e in view.exercises]
    known += [m.date for m in view.meetings] + [e.date for e in view.elections]
    known += [term.start for term in view.leaders]
    assert known
    assert max(when.latest for when in known) <= day
    strict = [m for n in archive.as_of(day, "strict").values() for m in n.milestones]
    assert strict
    assert all(m.source.published and m.source.published.latest <= day for m in strict)


def test_the_digest_sees_what_the_view_sees(
    milestone: Make, talks: Talks, records: Records, exercise: Callable[..., Exercise]
) -> None:
    launch = milestone("launch_agreed", "2020-01-01", "2020-01-02")
    day = date(2021, 1, 1)
    plain = records(talks(launch))
    later = records(
        talks(launch, milestone("signed", "2021-01-02")),
        exercises=[exercise("2021-01-02", "JPN", "FRA")],
    )
    visible = records(talks(launch, milestone("round", "2020-06-01")))
    trained = records(talks(launch), exercises=[exercise("2020-06-01", "JPN", "FRA")])
    assert plain.as_of(day).digest() == later.as_of(day).digest()
    assert plain.as_of(day).digest() != visible.as_of(day).digest()
    assert plain.as_of(day).digest() != trained.as_of(day).digest()
    assert later.as_of(date(2021, 1, 2)).digest() != later.as_of(day).digest()


def test_what_a_negotiation_was_searched_for_is_seen_by_the_digest_of_kept_work_alone(
    milestone: Make, talks: Talks, records: Records
) -> None:
    launch = milestone("launch_agreed", "2020-01-01")
    plain, failed = records(talks(launch)), records(talks(launch, searched_for="failure"))
    traded, later = records(talks(launch, domain="trade")), records(talks(launch, launch))
    assert plain.digest() == failed.digest() == traded.digest()
    assert len({facts_digest(found) for found in (plain, failed, traded, later)}) == 4
    assert facts_digest(plain) == facts_digest(records(talks(launch)))


def test_the_digest_sees_a_chosen_claim_only_when_it_is_known(
    milestone: Make, talks: Talks, claim: Callable[..., Claim], records: Records
) -> None:
    launch = milestone("launch_agreed", "2020-01-01")
    plain = records(talks(launch, claims=(claim("c1", "2024-05-02"),)))
    choosing = replace(
        plain, account_choices=(AccountChoice("press", "a-b", "launch:signed", "c1"),)
    )
    before, after = date(2024, 5, 1), date(2024, 5, 2)
    assert plain.as_of(before).digest() == choosing.as_of(before).digest()
    assert plain.as_of(after).digest() != choosing.as_of(after).digest()


@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("fra-jpn-raa", ["jpn-fra-raa"]),
        ("JPN-FRA-RAA", ["jpn-fra-raa"]),
        ("Japan-France RAA", ["jpn-fra-raa"]),
        # The words of several: what is not signed comes first.
        ("Japan-France", ["jpn-fra-raa", "jpn-fra-acsa", "jpn-fra-dett"]),
        ("fra-jpn", ["jpn-fra-raa", "jpn-fra-acsa", "jpn-fra-dett"]),
        ("jpn-uk-raa", ["jpn-gbr-raa"]),
        ("United Kingdom reciprocal access", ["jpn-gbr-raa"]),
        ("fra-jpn-rra", ["jpn-fra-raa", "jpn-fra-isa", "jpn-fra-acsa"]),
        ("jpn-fr-raa", ["jpn-fra-raa", "jpn-kor-raa", "jpn-gbr-raa"]),
        ("zzz", []),
        ("", []),
    ],
)
def test_an_unknown_id_suggests_what_may_be_meant(
    archive: Archive, asked: str, near: list[str]
) -> None:
    with pytest.raises(NothingToForecastError) as caught:
        archive[asked]
    hint = f" (did you mean {' or '.join(near)}?)" if near else ""
    assert str(caught.value) == (
        f"there is no negotiation {asked!r}{hint}; see: forecast data list"
    )


def test_an_archive_is_a_mapping_of_its_negotiations(archive: Archive) -> None:
    with (default_directory() / "negotiations.csv").open(encoding="utf-8", newline="") as file:
        ids = [row["id"] for row in csv.DictReader(file)]
    assert list(archive) == ids
    assert len(archive) == len(set(ids))
    assert "jpn-fra-raa" in archive
    assert "zzz" not in archive
    assert archive["jpn-fra-raa"].parties == ("JPN", "FRA")
    assert repr(archive) == f"<Archive: {len(ids)} negotiations as of 2026-06-30 (event)>"


def test_a_family_and_what_is_between_parties_keep_the_order_of_the_table(archive: Archive) -> None:
    pair = {"FRA", "JPN"}
    kin = [key for key, record in archive.items() if record.family == "raa"]
    shared = [key for key, record in archive.items() if set(record.parties) == pair]
    assert [record.id for record in archive.of_family("raa")] == kin
    assert [record.id for record in archive.between(pair)] == shared
    assert min(len(kin), len(shared)) > 1
    assert archive.of_family("none") == archive.between(["JPN"]) == ()


def test_groups_hold_what_the_view_shows(milestone: Make, talks: Talks, records: Records) -> None:
    whole = records(talks(milestone("signed", "2024-05-02")))
    assert [len(n.milestones) for n in whole.of_family("raa")] == [1]
    before = whole.as_of(date(2024, 5, 1))
    assert [len(n.milestones) for n in before.of_family("raa")] == [0]
    assert before.between(["JPN", "FRA"]) == before.of_family("raa")
