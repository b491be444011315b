"""A negotiation of one's own in a TOML file: what it may say, and each fault in one sentence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from forecast.archive import Archive, case_template, default_directory, read_case, with_case
from forecast.archive.cases import FAMILIES, with_own_case
from forecast.errors import DataError, ForecastError, UsageError
from forecast.timing import parse_clock, spell_of

CASE = """id = "deu-jpn-raa"
title = "Germany-Japan"
parties = ["DEU", "JPN"]
instrument = "RAA"
launch = "2026-06"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "case.toml"
    file.write_text(CASE, encoding="utf-8")
    return file


def test_a_case_is_read(path: Path) -> None:
    case = read_case(path)
    assert (case.id, case.title) == ("deu-jpn-raa", "Germany-Japan")
    assert (case.parties, case.family, case.domain) == (("DEU", "JPN"), "raa", "defence")
    (launch,) = case.milestones
    assert (launch.event, str(launch.date), launch.planned) == ("launch_agreed", "2026-06", False)
    assert launch.source.publisher == "your file"


def test_what_it_says_of_dates_becomes_milestones(path: Path) -> None:
    path.write_text(
        CASE.replace('launch = "2026-06"', 'talks_began = 2026-01-15\nopen_at = "2026-03"')
    )
    case = read_case(path)
    assert [(m.event, str(m.date)) for m in case.milestones] == [
        ("talks_began", "2026-01-15"),
        ("status_ongoing", "2026-03"),
    ]


def test_a_case_in_the_archive(path: Path, archive: Archive) -> None:
    case = read_case(path)
    view = with_case(archive, case)
    assert list(view) == [*archive, "deu-jpn-raa"]
    assert view.date == archive.date
    assert "deu-jpn-raa" not in archive
    assert with_own_case(archive, str(path))[1] == "deu-jpn-raa"
    assert with_own_case(archive, "jpn-fra-raa") == (archive, "jpn-fra-raa")
    spell = spell_of(view["deu-jpn-raa"], parse_clock("launch:signed"), view.date)
    assert str(spell.start) == "2026-06"


def test_a_later_fact_moves_the_view_and_the_vintage_stays(path: Path, archive: Archive) -> None:
    path.write_text(CASE.replace("2026-06", "2026-09"))
    view = with_case(archive, read_case(path))
    assert view.date == date(2026, 9, 30)
    assert view.vintage == archive.vintage
    assert "deu-jpn-raa" in view.as_of(date(2026, 9, 1))
    assert view.as_of(date(2026, 9, 1))["deu-jpn-raa"].milestones == ()


def test_a_title_is_not_needed(path: Path) -> None:
    path.write_text("".join(line for line in CASE.splitlines(True) if "title" not in line))
    assert read_case(path).title == "deu-jpn-raa"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "deu-jpn-raa"', "", "id is missing"),
        ('id = "deu-jpn-raa"', "id = 3", "id is missing, or no text in quotes"),
        ('id = "deu-jpn-raa"', 'id = "../up"', "'../up' is not an id such as deu-jpn-raa"),
        ('"RAA"', '"PACT"', "instrument 'PACT' is not one of RAA, VFA"),
        ('"RAA"', '["RAA"]', "instrument is missing, or no text in quotes"),
        ('["DEU", "JPN"]', '"DEU,JPN"', 'parties must be a list of codes such as ["DEU", "JPN"]'),
        ('["DEU", "JPN"]', '["DEU"]', "parties must be a list"),
        ('["DEU", "JPN"]', '["DEU", "DEU"]', "parties must be a list"),
        ('["DEU", "JPN"]', '["DEU", 3]', "parties must be a list"),
        ('launch = "2026-06"', "", "a case needs the date of its launch or of its first talks"),
        ('launch = "2026-06"', 'open_at = "2026-06"', "a case needs the date of its launch"),
        ('"2026-06"', '"May-24"', "launch: 'May-24' is not an EDTF date"),
        ('"2026-06"', "true", "launch: 'True' is not an EDTF date"),
        ('"2026-06"', '"2026-13"', "launch: '2026-13' is not a date of the calendar"),
        ('"2026-06"', '"2026/.."', "launch: 2026/.. has no beginning or no end"),
        ('"2026-06"', '"2026-06"\nopen_at = "2026-05-31"', "the dates are not in order"),
        ('"2026-06"', '"2026-06"\ntalks_began = "2025"', "the dates are not in order"),
        ("title", "mood", "'mood' is not a key of a case; one of id, instrument, launch, open_at"),
        ('"2026-06"', "2026-06", "is not a TOML file"),
        ('"RAA"', '"RAA', "is not a TOML file"),
        (CASE, "[case]\n", "'case' is not a key of a case"),
        (CASE, "", "id is missing"),
    ],
)
def test_a_fault_is_one_sentence_with_the_file(path: Path, old: str, new: str, said: str) -> None:
    assert old in CASE
    path.write_text(CASE.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_case(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_of_an_editor_on_windows(path: Path) -> None:
    plain = read_case(path)
    path.write_bytes(b"\xef\xbb\xbf" + CASE.replace("\n", "\r\n").encode())
    assert read_case(path) == plain


def test_a_file_that_is_no_text_or_not_there(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataError, match="is not a TOML file"):
        read_case(path)
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_case(path.with_name("other.toml"))
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        read_case(path.parent)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parties": ("DEU", "XXX")}, "'XXX' is not a party in countries.csv"),
        ({"id": "jpn-fra-raa"}, "jpn-fra-raa is already a negotiation of the data set"),
    ],
)
def test_a_case_that_does_not_fit_the_records(
    path: Path, archive: Archive, change: dict[str, object], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        with_case(archive, replace(read_case(path), **change))  # type: ignore[arg-type]  # any field


@pytest.mark.parametrize("instrument", FAMILIES)
def test_a_template_is_read_back(tmp_path: Path, instrument: str) -> None:
    path = tmp_path / "case.toml"
    path.write_text(case_template("deu-jpn-x", ["DEU", "JPN"], instrument, "2026-06~"))
    case = read_case(path)
    assert (case.id, case.parties, case.instrument) == ("deu-jpn-x", ("DEU", "JPN"), instrument)
    assert case.family == FAMILIES[instrument]
    assert [str(m.date) for m in case.milestones] == ["2026-06~"]


def test_the_instruments_and_families_are_those_of_the_schema() -> None:
    package = json.loads((default_directory() / "datapackage.json").read_text(encoding="utf-8"))
    fields = {field["name"]: field for field in package["resources"][0]["schema"]["fields"]}
    assert list(FAMILIES) == fields["instrument"]["constraints"]["enum"]
    assert set(FAMILIES.values()) <= set(fields["family"]["constraints"]["enum"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x", ["JPN"], "RAA", "2026"), "parties are at least two codes"),
        (("x", ["JPN", "JPN"], "RAA", "2026"), "parties are at least two codes"),
        (("x", ["JPN", "DEU", "JPN"], "RAA", "2026"), "parties are at least two codes"),
        (("x", ["JPN", "deu"], "RAA", "2026"), "parties are at least two codes"),
        (("x", ["JPN", ""], "RAA", "2026"), "parties are at least two codes"),
        (("a b", ["JPN", "DEU"], "RAA", "2026"), "'a b' is not an id such as"),
        (("../x", ["JPN", "DEU"], "RAA", "2026"), "'../x' is not an id such as"),
        (("", ["JPN", "DEU"], "RAA", "2026"), "'' is not an id such as"),
        (("x", ["JPN", "DEU"], "PACT", "2026"), "'PACT' is not an instrument; one of RAA"),
        (("x", ["JPN", "DEU"], "RAA", "May-24"), "launch: 'May-24' is not an EDTF date"),
        (("x", ["JPN", "DEU"], "RAA", "2026/.."), "launch: 2026/.. has no beginning or no end"),
    ],
)
def test_a_template_of_nonsense_is_refused(
    arguments: tuple[str, list[str], str, str], said: str
) -> None:
    with pytest.raises(ForecastError) as caught:
        case_template(*arguments)
    assert str(caught.value).startswith(said)
    assert isinstance(caught.value, UsageError)
