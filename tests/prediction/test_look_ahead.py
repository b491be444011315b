"""No look-ahead: a forecast as of a day is the same when all that came later has been deleted.

The deletion is done by ``deletion.py``, which shares no code with the package.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import log1p
from pathlib import Path

import pytest

from forecast import covariates
from forecast.archive import Archive, Negotiation, default_directory, load_archive
from forecast.covariates import COVARIATES, Case, Value
from forecast.prediction import predict
from forecast.timing import Clock, Spell, spell_of, table
from tests.prediction import deletion

PAIRS = [
    ("jpn-gbr-raa", "2022-06-01"),
    ("jpn-aus-raa", "2019-03-01"),
    ("jpn-phl-raa", "2024-03-01"),
    ("jpn-can-acsa", "2016-01-01"),
    ("jpn-ind-acsa", "2019-12-01"),
    ("jpn-gbr-acsa", "2016-01-01"),
    ("jpn-deu-isa", "2020-06-01"),
    ("jpn-idn-dett", "2018-07-01"),
    ("jpn-mys-dett", "2017-01-01"),
    ("jpn-nzl-isa", "2023-06-01"),
    ("jpn-can-isa", "2024-01-01"),
]


@pytest.fixture(scope="module")
def forgotten(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Directory of the shipped tables without what came after a day."""

    def make(as_of: str) -> Path:
        copy = tmp_path_factory.mktemp("forgotten") / "data"
        deletion.delete_later(default_directory(), copy, date.fromisoformat(as_of))
        return copy

    return make


def signatures(directory: Path, negotiation: str) -> list[str]:
    with (directory / "milestones.csv").open(newline="", encoding="utf-8") as file:
        return [
            row["date"]
            for row in csv.DictReader(file)
            if row["negotiation_id"] == negotiation
            and row["event"] == "signed"
            and row["planned"] == "0"
        ]


def answer(negotiation: str, as_of: str, records: Archive) -> bytes:
    return predict(negotiation, as_of=as_of, archive=records).to_json().encode()


@pytest.mark.parametrize(("negotiation", "as_of"), PAIRS)
def test_what_came_later_changes_nothing(
    negotiation: str, as_of: str, forgotten: Callable[[str], Path], archive: Archive
) -> None:
    directory = forgotten(as_of)
    # The full records tell when it was signed, after the day; the copy does not.
    signed = signatures(default_directory(), negotiation)
    assert signed
    assert min(signed) > as_of
    assert signatures(directory, negotiation) == []
    assert answer(negotiation, as_of, archive) == answer(
        negotiation, as_of, load_archive(directory)
    )


def later_templates(case: Case, archive: Archive) -> Value:
    """Template experience that also counts agreements signed after the launch, or not yet."""
    whole = archive.complete or archive
    found = [
        other
        for other in whole.values()
        if other.family == case.family
        and other.accounts("signed")
        and other.id != case.negotiation_id
    ]
    return Value(log1p(len(found)), "")


def leaking_covariate(monkeypatch: pytest.MonkeyPatch, records: Archive) -> None:
    honest = COVARIATES["template_experience"]
    leak = replace(honest, function=later_templates)
    monkeypatch.setitem(covariates.COVARIATES, "template_experience", leak)


def leaking_spells(monkeypatch: pytest.MonkeyPatch, records: Archive) -> None:
    whole = records.complete or records

    def whole_story(negotiation: Negotiation, clock: Clock, as_of: date) -> Spell:
        return spell_of(whole[negotiation.id], clock, as_of)

    monkeypatch.setattr(table, "spell_of", whole_story)


@pytest.mark.parametrize("leak", [leaking_covariate, leaking_spells])
def test_a_leak_would_be_seen(
    leak: Callable[[pytest.MonkeyPatch, Archive], None],
    forgotten: Callable[[str], Path],
    archive: Archive,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    negotiation, as_of = PAIRS[0]
    answers = []
    for records in (archive, load_archive(forgotten(as_of))):
        with monkeypatch.context() as patch:
            leak(patch, records)
            answers.append(answer(negotiation, as_of, records))
    assert answers[0] != answers[1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-05-02", "2024-05-02"),
        ("2024-05-30~", "2024-06-06"),
        ("2024-02", "2024-02-29"),
        ("2024-01~", "2024-02-29"),
        ("2024", "2024-12-31"),
        ("2024%", "2025-06-30"),
        ("2024?", "2024-12-31"),
        ("2024-XX", "2024-12-31"),
        ("2024-05-XX", "2024-05-31"),
        ("201X", "2019-12-31"),
        ("2023-24", "2024-02-29"),
        ("2024-21", "2024-05-31"),
        ("2023/2024-05", "2024-05-31"),
        ("2024/..", "9999-12-31"),
    ],
)
def test_the_deletion_reads_dates_by_itself(text: str, expected: str) -> None:
    assert deletion.last_day(text) == date.fromisoformat(expected)


def test_the_deletion_shares_no_code_with_the_package() -> None:
    text = Path(str(deletion.__file__)).read_text(encoding="utf-8")
    assert "forecast" not in text
