"""Words for readers: endings that titles share, parties, reasons, hosts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from forecast.prediction.comparable import comparable_cases
from forecast.prediction.forecast import Forecast
from forecast.reporting.wording import edtf_words, host, is_address, reasons, short_titles


def test_a_shared_ending_is_left_out_within_a_family(
    make_forecast: Callable[..., Forecast],
) -> None:
    titles = short_titles(make_forecast().cases)
    assert titles["jpn-gbr-raa"] == "Japan-UK"
    assert titles["jpn-can-acsa"] == "Japan-Canada"
    assert titles["jpn-aus-acsa-2010"] == "Japan-Australia ACSA (first)"


def test_titles_of_one_word_stay(make_forecast: Callable[..., Forecast]) -> None:
    cases = [replace(case, title="Treaty") for case in make_forecast().cases]
    assert set(short_titles(cases).values()) == {"Treaty"}


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


def test_only_web_addresses_become_links() -> None:
    assert host("https://www.mofa.go.jp/a/b") == "mofa.go.jp"
    assert host("a book, p. 7") == "a book, p. 7"
    assert not is_address("javascript:alert(1)")
    assert not is_address("https://")
