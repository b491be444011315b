"""The registry: every entry says what it is, and the headline case has the values a reader counts."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from math import log1p

import pytest

from forecast.archive import Archive, parse
from forecast.covariates import (
    CHANGING,
    COVARIATES,
    Case,
    default_covariates,
    prior_means,
    values,
    values_on,
)

FRANCE = Case("jpn-fra-raa", ("JPN", "FRA"), "raa", parse("2024-05-02"))

# Name, sign on the duration, prior mean, used unless told.
EXPECTED = [
    ("prior_exercises", "-", -0.15, True),
    ("prior_meetings", "-", 0.0, False),
    ("prior_pacts", "-", -0.15, True),
    ("template_experience", "-", -0.15, True),
    ("first_of_kind", "+", 0.0, False),
    ("launch_year", "?", 0.0, False),
    ("partner_type", "?", 0.0, True),
    ("log2_parties", "+", 0.20, True),
    ("legal_sticking_point", "+", 0.25, True),
    ("legislature_approves", "+", 0.15, True),
    ("same_region", "-", -0.15, True),
    ("allied", "-", -0.15, True),
    ("distance_km", "?", 0.0, False),
    ("joint_democracy", "-", -0.10, False),
    ("policy_distance", "+", 0.10, False),
]


def test_france_by_hand(archive: Archive) -> None:
    found = {name: item.value for name, item in values(FRANCE, archive).items()}
    years = 1827 / 365.25
    assert found == {
        # 26 named exercises, from La Perouse 2019 to Sama Sama 2023, in 1,827 days.
        "prior_exercises": pytest.approx(log1p(26 / years)),
        # Five summits, two 2+2, two of defence ministers, two documents of cooperation.
        "prior_meetings": pytest.approx(log1p(11 / years)),
        # In force by May 2024: information security 2011, equipment 2016, logistics 2019.
        "prior_pacts": 3.0,
        # Signed by then: Australia's RAA and the United Kingdom's.
        "template_experience": log1p(2),
        "first_of_kind": 0.0,
        "launch_year": 2.4,
        "partner_type": "US treaty ally",
        "log2_parties": 1.0,
        # Japan keeps the death penalty; France abolished it in 1981.
        "legal_sticking_point": 1.0,
        "legislature_approves": 1.0,
        "same_region": 0.0,
        "allied": 0.0,
        "distance_km": pytest.approx(9712, rel=0.005),
        "joint_democracy": None,
        "policy_distance": None,
    }
    assert list(found) == list(COVARIATES)


def test_france_while_the_talks_went_on(archive: Archive) -> None:
    def on(year: int, month: int, day: int) -> dict[str, float | str | None]:
        now = date(year, month, day)
        found = values_on(FRANCE.parties, archive.as_of(now), now)
        return {name: item.value for name, item in found.items()}

    # At the launch Attal had led the French government for four months, and the leaders met that day.
    assert on(2024, 5, 2) == {
        "election_within_6_months": 0.0,
        "leader_changed_within_6_months": 1.0,
        "meeting_ahead_or_recent": 1.0,
    }
    # In December 2024 both had voted, and Ishiba and Bayrou had just taken office.
    assert on(2024, 12, 17) == {
        "election_within_6_months": 1.0,
        "leader_changed_within_6_months": 1.0,
        "meeting_ahead_or_recent": 0.0,
    }


@pytest.mark.parametrize(("name", "sign", "mean", "default"), EXPECTED)
def test_registered_expectations(name: str, sign: str, mean: float, default: bool) -> None:
    entry = COVARIATES[name]
    assert (entry.sign, entry.prior_mean, entry.default) == (sign, mean, default)
    assert entry.name == name
    assert entry.unit
    assert entry.ground
    assert entry.function.__doc__
    assert prior_means([name, "unregistered"]) == {name: mean, "unregistered": 0.0}


def test_every_entry_is_expected_above() -> None:
    assert [row[0] for row in EXPECTED] == list(COVARIATES)
    # A sign and the mean of its prior point the same way.
    for entry in COVARIATES.values():
        assert {"+": entry.prior_mean >= 0, "-": entry.prior_mean <= 0, "?": not entry.prior_mean}[
            entry.sign
        ]


def test_models_use_the_default_ones_and_a_users_own() -> None:
    wanted = [name for name, _, _, default in EXPECTED if default]
    assert default_covariates([*COVARIATES, "my_own"]) == [*wanted, "my_own"]


def test_changing_ones_say_what_they_are() -> None:
    names = [
        "election_within_6_months",
        "leader_changed_within_6_months",
        "meeting_ahead_or_recent",
    ]
    assert list(CHANGING) == names
    for name, entry in CHANGING.items():
        assert entry.name == name
        assert entry.sign in ("+", "-", "?")
        assert entry.prior_mean == 0.0
        assert entry.unit
        assert entry.ground
        assert entry.function.__doc__
    assert not set(CHANGING) & set(COVARIATES)


def test_the_vintage_adds_nothing_to_what_was_known_at_launch(archive: Archive) -> None:
    then = archive.as_of(date(2024, 5, 2))
    assert values(FRANCE, then) == values(FRANCE, archive)


def test_a_case_knows_nothing_of_its_own_outcome() -> None:
    assert {field.name for field in fields(Case)} == {
        "negotiation_id",
        "parties",
        "family",
        "launch",
    }
