"""The table of spells of the shipped records: values that a reader can recompute, and its choices."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import inf

import numpy as np
import pandas as pd
import pytest

from forecast.archive import DAYS_PER_MONTH, Archive, Milestone, Negotiation
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
    assert list(signed.X.columns) == [
        *COVARIATES,
        "family",
        "cluster",
        "parties",
        "searched_for",
        "months_to_as_of",
        "promised",
        "said_at",
        "first_promises",
    ]
    assert list(signed.X.index) == list(signed.frame.index) == list(signed.by_id)
    assert signed.X.index.name == "id"
    assert signed.X.loc["jpn-fra-raa", "parties"] == ("JPN", "FRA")
    # Without near-copies a case is a cluster of its own.
    assert signed.X.loc["jpn-fra-raa", "cluster"] == "jpn-fra-raa"


def test_the_excluded_say_why(signed: Spells, archive: Archive) -> None:
    assert "jpn-ita-raa" in signed.excluded.index
    for key, reason in signed.excluded.items():
        # A spell is missing for want of a documented launch, or because its accounts contradict it.
        assert reason == f"{key} was never launched, as far as is documented" or (
            reason.startswith(f"{key} ends (") and "before it begins" in reason
        )
    defence = {key for key, record in archive.items() if record.domain == "defence"}
    assert set(signed.excluded.index) | set(signed.by_id) == defence
    assert not set(signed.excluded.index) & set(signed.by_id)


def test_no_launch_is_documented_of_the_excluded(archive: Archive) -> None:
    for key in spells(archive, domain=None).excluded.index:
        assert not archive[key].accounts("launch_agreed"), key
        assert not archive[key].accounts("talks_began"), key


def test_an_end_before_the_start_is_a_reason_and_no_spell(
    archive: Archive, milestone: Callable[..., Milestone], talks: Callable[..., Negotiation]
) -> None:
    # One account dates the launch after the other dates the signature: nothing can be timed.
    record = talks(
        milestone("launch_agreed", "2020-05"), milestone("signed", "2020-04-30"), id="a-b"
    )
    table = spells(replace(archive, negotiations={"a-b": record}))
    assert len(table) == 0
    assert table.excluded["a-b"] == (
        "a-b ends (2020-04-30) before it begins (2020-05) on launch:signed"
    )


def test_families_and_domain_filter(archive: Archive) -> None:
    raas = spells(archive, families=["raa"])
    assert set(raas.by_id) == {"jpn-aus-raa", "jpn-gbr-raa", "jpn-phl-raa", "jpn-fra-raa"}
    assert set(raas.X["family"]) == {"raa"}
    assert set(raas.excluded.index) == {
        key for key, record in archive.items() if record.family == "raa" and key not in raas.by_id
    }
    trade, defence = spells(archive, domain="trade"), spells(archive)
    assert set(trade.X["family"]) == {"trade", "wto_accession"}
    assert not set(trade.by_id) & set(defence.by_id)
    assert set(spells(archive, domain=None).by_id) == set(trade.by_id) | set(defence.by_id)
    assert len(spells(archive, families=["trade"])) == 0
    assert set(spells(archive, families=["trade"], domain=None).X["family"]) == {"trade"}


def test_weights_are_shared_by_near_copies_and_none_for_what_was_sought_as_a_failure(
    archive: Archive,
) -> None:
    table = spells(archive, domain=None)
    weights = pd.Series(table.weights, index=table.X.index)
    sought = table.frame["searched_for"] == "failure"
    assert sought.sum() >= 100
    assert (weights[sought] == 0).all()
    assert (weights[~sought] > 0).all()
    assert weights["jpn-fra-raa"] == 1.0
    clusters = {key: archive[key].cluster for key in table.by_id}
    sizes = Counter(cluster for cluster in clusters.values() if cluster)
    assert max(sizes.values()) > 1
    for key in weights[~sought].index:
        assert weights[key] == pytest.approx(1 / sizes.get(clusters[key], 1))


def test_weights_count_only_the_copies_that_are_spells(
    archive: Archive, milestone: Callable[..., Milestone], talks: Callable[..., Negotiation]
) -> None:
    launch = milestone("launch_agreed", "2020-01-01")
    rows = [
        talks(launch, id="one", cluster="text"),
        talks(launch, id="two", cluster="text"),
        talks(id="never-launched", cluster="text"),
        talks(launch, id="sought", searched_for="failure"),
        talks(launch, id="alone"),
    ]
    table = spells(replace(archive, negotiations={row.id: row for row in rows}))
    assert dict(zip(table.by_id, table.weights, strict=True)) == {
        "one": 0.5,
        "two": 0.5,
        "sought": 0.0,
        "alone": 1.0,
    }


def test_an_empty_table_still_has_its_columns(archive: Archive) -> None:
    table = spells(archive, families=[])
    assert len(table) == 0
    assert list(table.X.columns) == [
        *COVARIATES,
        "family",
        "cluster",
        "parties",
        "searched_for",
        "months_to_as_of",
        "promised",
        "said_at",
        "first_promises",
    ]
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
