"""Words for readers: kinds of agreement in titles, parties, reasons."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from forecast.covariates import COVARIATES, default_covariates
from forecast.prediction.comparable import comparable_cases
from forecast.prediction.forecast import Forecast
from forecast.reporting.wording import (
    COVARIATE_NAMES,
    covariate_row,
    edtf_words,
    reasons,
    short_title,
)


def test_the_kind_of_agreement_is_left_out_under_the_heading_of_its_family(
    make_forecast: Callable[..., Forecast],
) -> None:
    titles = {case.id: short_title(case) for case in make_forecast().cases}
    assert titles["jpn-gbr-raa"] == "Japan-UK"
    assert titles["jpn-can-acsa"] == "Japan-Canada"
    assert titles["jpn-aus-acsa-2010"] == "Japan-Australia ACSA (first)"
    assert titles["jpn-nzl-isa"] == "Japan-New Zealand"


@pytest.mark.parametrize(
    ("family", "title", "short"),
    [
        ("visiting_forces", "France-Cyprus Status of Forces Agreement", "France-Cyprus"),
        (
            "visiting_forces",
            "Philippines-France Status of Visiting Forces Agreement",
            "Philippines-France",
        ),
        ("visiting_forces", "US-Bolivia permanent status-of-forces agreement", None),
        ("visiting_forces", "US-South Korea 2001 revision of the Status of Forces Agreement", None),
        ("visiting_forces", "Status of Forces Agreement", None),
        ("access_basing", "US-Norway Supplementary Defense Cooperation Agreement", None),
        ("trade", "Japan-Chile Strategic Economic Partnership Agreement", "Japan-Chile"),
        ("trade", "Japan-Switzerland Free Trade and Economic Partnership Agreement", None),
        ("raa", "France-Cyprus Status of Forces Agreement", None),
        ("raa", "Treaty", None),
    ],
)
def test_no_title_is_cut_within_a_phrase(
    make_forecast: Callable[..., Forecast], family: str, title: str, short: str | None
) -> None:
    case = replace(make_forecast().cases[0], family=family, title=title)
    assert short_title(case) == (short or title)


def test_shortened_titles_name_as_many_as_there_are_parties(
    make_forecast: Callable[..., Forecast],
) -> None:
    cut = [case for case in make_forecast().cases if short_title(case) != case.title]
    assert len(cut) > 50
    for case in cut:
        names = short_title(case).split("-")
        assert len(names) == len(case.parties), case.title
        assert not {"Status", "Agreement", "Security"}.intersection(" ".join(names).split())


@pytest.mark.parametrize(
    ("name", "text", "row"),
    [
        (
            "legal_sticking_point",
            "1 (JPN retains, FRA abolished)",
            (
                "Death penalty: kept by one party, abolished by another",
                "JPN retains, FRA abolished",
                "yes",
            ),
        ),
        (
            "same_region",
            "0 (East Asia, Europe)",
            ("All parties lie in one region", "East Asia, Europe", "no"),
        ),
        (
            "template_experience",
            "1.1 (2 before: jpn-aus-raa, jpn-gbr-raa)",
            (
                "Earlier agreements of this kind that a party had signed",
                "2 before: jpn-aus-raa, Japan-UK RAA",
                "log(1 + earlier agreements) = 1.1",
            ),
        ),
        (
            "template_experience",
            "0.693 (1 before: jpn-aus-raa)",
            (
                "Earlier agreements of this kind that a party had signed",
                "1 before: jpn-aus-raa",
                "log(1 + earlier agreements) = 0.693",
            ),
        ),
        (
            "prior_exercises",
            "1.82 (26 named exercises in 5.0 years)",
            (
                "Joint exercises held before",
                "26 named exercises in 5.0 years",
                "log(1 + named exercises per covered year) = 1.82",
            ),
        ),
        (
            "log2_parties",
            "1 (2 parties)",
            ("Number of parties", "2 parties", "doublings of the number of parties = 1"),
        ),
        (
            "partner_type",
            "US treaty ally (FRA in 2024)",
            ("Kind of partner", "FRA in 2024", "US treaty ally"),
        ),
        (
            "allied",
            "unknown (not all parties (of 3) are states)",
            (
                "All parties belong to one alliance",
                "not all parties (of 3) are states",
                "unknown",
            ),
        ),
        ("my_own", "0.3 (a file of mine)", ("my own", "a file of mine", "0.3")),
        ("my_own", "no brackets", ("my own", "no brackets", "")),
    ],
)
def test_covariates_are_told_in_plain_words_with_their_unit(
    name: str, text: str, row: tuple[str, str, str]
) -> None:
    found = covariate_row(name, text, {"jpn-gbr-raa": "Japan-UK RAA"})
    assert (found["name"], found["found"], found["value"]) == row


def test_each_covariate_that_a_report_can_show_has_a_plain_name() -> None:
    assert sorted(COVARIATE_NAMES) == sorted(default_covariates(COVARIATES))


def test_nearest_are_same_family_then_same_parties(make_forecast: Callable[..., Forecast]) -> None:
    ids = [case.id for case in comparable_cases(make_forecast())]
    assert set(ids[:3]) == {"jpn-aus-raa", "jpn-gbr-raa", "jpn-phl-raa"}
    assert set(ids[3:6]) == {"jpn-fra-acsa", "jpn-fra-dett", "jpn-fra-isa"}


def test_reasons_are_grouped_without_the_id() -> None:
    found = reasons({"a-b": "a-b was never launched", "c-d": "c-d was never launched", "e": "e?"})
    assert found == [("was never launched", ["a-b", "c-d"]), ("?", ["e"])]


def test_dates_that_are_no_edtf_stay_as_they_are() -> None:
    assert edtf_words("soon") == "soon"
    assert edtf_words("../2020-01") == "by January 2020"
