"""The table of spells of the shipped records: values that a reader can recompute, and its choices."""

from __future__ import annotations

from datetime import date
from math import inf

import numpy as np
import pytest

from forecast.archive import DAYS_PER_MONTH, Archive
from forecast.covariates import COVARIATES
from forecast.errors import UsageError
from forecast.timing import CLOCKS, CONCLUDED, Spells, parse_clock, spells
from forecast.timing.clocks import rank

PRESS_DAY = date(2024, 5, 2)


@pytest.fixture(scope="module")
def signed(archive: Archive) -> Spells:
    return spells(archive)


def bounds(table: Spells, key: str) -> tuple[float, float]:
    row = table.y[table.X.index.get_loc(key)]
    return float(row["lower"]), float(row["upper"])


def in_months(first: date, last: date) -> float:
    return (last - first).days / DAYS_PER_MONTH


AUSTRALIA = (date(2014, 7, 1), date(2014, 7, 31))
UK, PHILIPPINES = date(2021, 9, 28), date(2023, 11, 3)


@pytest.mark.parametrize(
    ("clock", "key", "lower", "upper"),
    [
        # Launched some day of July 2014; signed 6 January 2022.
        (
            "launch:signed",
            "jpn-aus-raa",
            in_months(AUSTRALIA[1], date(2022, 1, 6)),
            in_months(AUSTRALIA[0], date(2022, 1, 6)),
        ),
        (
            "launch:agreed",
            "jpn-aus-raa",
            in_months(AUSTRALIA[1], date(2020, 11, 17)),
            in_months(AUSTRALIA[0], date(2020, 11, 17)),
        ),
        (
            "launch:in_force",
            "jpn-aus-raa",
            in_months(AUSTRALIA[1], date(2023, 8, 13)),
            in_months(AUSTRALIA[0], date(2023, 8, 13)),
        ),
        ("signed:in_force", "jpn-aus-raa", *2 * (in_months(date(2022, 1, 6), date(2023, 8, 13)),)),
        ("launch:signed", "jpn-gbr-raa", *2 * (in_months(UK, date(2023, 1, 11)),)),
        ("launch:in_force", "jpn-gbr-raa", *2 * (in_months(UK, date(2023, 10, 15)),)),
        (
            "signed:in_force",
            "jpn-gbr-raa",
            *2 * (in_months(date(2023, 1, 11), date(2023, 10, 15)),),
        ),
        ("launch:signed", "jpn-phl-raa", *2 * (in_months(PHILIPPINES, date(2024, 7, 8)),)),
        ("launch:in_force", "jpn-phl-raa", *2 * (in_months(PHILIPPINES, date(2025, 9, 11)),)),
        ("signed:in_force", "jpn-phl-raa", *2 * (in_months(date(2024, 7, 8), date(2025, 9, 11)),)),
    ],
)
def test_the_reciprocal_access_agreements(
    archive: Archive, clock: str, key: str, lower: float, upper: float
) -> None:
    assert bounds(spells(archive, clock), key) == pytest.approx((lower, upper), rel=1e-12)


def test_in_round_numbers(signed: Spells) -> None:
    assert bounds(signed, "jpn-aus-raa") == pytest.approx((89.2, 90.2), abs=0.05)
    assert bounds(signed, "jpn-gbr-raa")[0] == pytest.approx(15.4, abs=0.05)
    assert bounds(signed, "jpn-phl-raa")[0] == pytest.approx(8.1, abs=0.05)


def test_france_is_open_since_its_last_evidence(signed: Spells) -> None:
    lower, upper = bounds(signed, "jpn-fra-raa")
    assert lower == pytest.approx(in_months(PRESS_DAY, date(2024, 12, 17)))
    assert upper == inf
    assert signed.frame.loc["jpn-fra-raa", "status"] == "open"


def test_an_agreement_in_principle_is_dated_by_the_official_account(archive: Archive) -> None:
    spell = spells(archive, "launch:agreed").by_id["jpn-gbr-raa"]
    # Two accounts of 2022 differ by a day.
    assert {str(a.date) for a in spell.end_accounts} == {"2022-05-04", "2022-05-05"}
    assert str(spell.end) == "2022-05-05"


@pytest.mark.parametrize("clock", CLOCKS)
def test_no_case_with_a_documented_later_stage_counts_as_open(archive: Archive, clock: str) -> None:
    terminal = parse_clock(clock).terminal_rank
    table = spells(archive, clock, domain=None)
    assert len(table) > 40
    for key, spell in table.by_id.items():
        reached = any(
            (rank(m.event) or 0) >= terminal for m in archive[key].milestones if not m.planned
        )
        assert (spell.cause == CONCLUDED) == reached, key


@pytest.mark.parametrize("clock", CLOCKS)
def test_every_row_is_in_order(archive: Archive, clock: str) -> None:
    y = spells(archive, clock, domain=None).y
    assert (y["lower"] <= y["upper"]).all()
    assert (y["entry"] <= y["lower"]).all()
    assert (y["upper"] <= y["exit"]).all()
    assert (y["upper"] > 0).all()


def test_columns_of_x(signed: Spells) -> None:
    assert list(signed.X.columns) == [*COVARIATES, "family", "cluster", "parties"]
    assert list(signed.X.index) == list(signed.frame.index) == list(signed.by_id)
    assert signed.X.index.name == "id"
    assert signed.X.loc["jpn-fra-raa", "parties"] == ("JPN", "FRA")
    # Without near-copies a case is a cluster of its own.
    assert signed.X.loc["jpn-fra-raa", "cluster"] == "jpn-fra-raa"


def test_the_excluded_say_why(signed: Spells, archive: Archive) -> None:
    assert "jpn-ita-raa" in signed.excluded.index
    for key, reason in signed.excluded.items():
        assert reason == f"{key} was never launched, as far as is documented"
    assert set(signed.excluded.index) | set(signed.by_id) == set(archive)
    assert not set(signed.excluded.index) & set(signed.by_id)


def test_families_and_domain_filter(archive: Archive) -> None:
    raas = spells(archive, families=["raa"])
    assert set(raas.by_id) == {"jpn-aus-raa", "jpn-gbr-raa", "jpn-phl-raa", "jpn-fra-raa"}
    assert set(raas.X["family"]) == {"raa"}
    assert len(spells(archive, domain="trade")) == 0
    assert len(spells(archive, domain=None)) == len(spells(archive))


def test_an_empty_table_still_has_its_columns(archive: Archive) -> None:
    table = spells(archive, families=[])
    assert len(table) == 0
    assert list(table.X.columns) == [*COVARIATES, "family", "cluster", "parties"]
    assert len(table.excluded) == 0


def test_the_press_tells_of_two_years_and_of_one(archive: Archive) -> None:
    view = archive.as_of(PRESS_DAY)
    documented, press = spells(view), spells(view, accounts="press")
    assert bounds(press, "jpn-aus-raa") == (24.0, 24.0)
    assert bounds(press, "jpn-gbr-raa") == (12.0, 12.0)
    retold = documented.X.index.isin(["jpn-aus-raa", "jpn-gbr-raa"])
    np.testing.assert_array_equal(documented.y[~retold], press.y[~retold])
    assert (press.y[retold]["entry"] == 0).all()
    assert np.isinf(press.y[retold]["exit"]).all()
    assert press.X.equals(documented.X)
    assert "Reuters" in str(press.frame.loc["jpn-aus-raa", "account"])
    assert documented.frame.loc["jpn-aus-raa", "account"] == "documented"


def test_before_it_was_printed_the_press_changes_nothing(archive: Archive) -> None:
    view = archive.as_of(date(2024, 5, 1))
    documented, press = spells(view), spells(view, accounts="press")
    np.testing.assert_array_equal(documented.y, press.y)
    assert press.frame.equals(documented.frame)


@pytest.mark.parametrize("clock", ["launch:agreed", "launch:in_force", "signed:in_force"])
def test_the_press_speaks_of_the_signature_only(archive: Archive, clock: str) -> None:
    np.testing.assert_array_equal(
        spells(archive, clock).y, spells(archive, clock, accounts="press").y
    )


def test_an_unknown_account_set_lists_those_there_are(archive: Archive) -> None:
    with pytest.raises(
        UsageError, match="'rumours' is not an account set; one of documented, press"
    ):
        spells(archive, accounts="rumours")


def test_an_unknown_clock_is_refused(archive: Archive) -> None:
    with pytest.raises(UsageError, match="is not a clock"):
        spells(archive, clock="signed:launch")


def test_earlier_views_shorten_what_is_known(archive: Archive) -> None:
    at = spells(archive.as_of(date(2022, 6, 1)))
    assert at.frame.loc["jpn-gbr-raa", "status"] == "open"
    assert bounds(at, "jpn-gbr-raa")[0] <= in_months(UK, date(2022, 6, 1))
    assert "jpn-fra-raa" in at.excluded.index


def test_a_retrospective_row_had_to_end_by_the_as_of_date(signed: Spells) -> None:
    spell = signed.by_id["jpn-vnm-dett"]
    assert spell.retrospective
    row = signed.y[signed.X.index.get_loc("jpn-vnm-dett")]
    assert row["exit"] == pytest.approx(in_months(date(2019, 1, 1), date(2026, 6, 30)))
