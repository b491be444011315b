"""What the shipped data set promises, counted in its files with nothing but the csv module."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest

from forecast.archive import Archive, default_directory
from forecast.covariates import default_covariates
from forecast.timing import CONCLUDED, ENDED, OPEN, Spells, spells

# What is known to lie at or behind the signature.
_SIGNED_OR_LATER = re.compile(r"signed|in_force|(approved|ratified)_by_\w+")


def rows(table: str) -> Iterator[dict[str, str]]:
    with (default_directory() / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.fixture(scope="module")
def everything(archive: Archive) -> Spells:
    return spells(archive, domain=None)


def test_nothing_signed_counts_as_open(everything: Spells) -> None:
    reached = {
        row["negotiation_id"]
        for row in rows("milestones")
        if row["planned"] == "0" and _SIGNED_OR_LATER.fullmatch(row["event"])
    }
    assert len(reached) > 300
    for key, spell in everything.by_id.items():
        assert (spell.cause == CONCLUDED) == (key in reached), key
        assert (spell.upper == float("inf")) == (spell.cause == OPEN), key
    assert reached <= set(everything.by_id) | set(everything.excluded.index)


@pytest.mark.parametrize(
    ("table", "least"),
    [("negotiations", 455), ("milestones", 1_850), ("claims", 290), ("exercises", 120)],
)
def test_so_many_rows_at_least(table: str, least: int) -> None:
    found = list(rows(table))
    assert len(found) >= least
    if table != "negotiations":
        sources = {row["id"] for row in rows("sources")}
        assert all(row["source_id"] in sources for row in found)


def test_so_many_spells_at_least(everything: Spells) -> None:
    causes = [spell.cause for spell in everything.by_id.values()]
    assert len(causes) >= 270
    assert causes.count(OPEN) >= 70
    assert causes.count(ENDED) >= 25


def test_every_row_loads(archive: Archive) -> None:
    complete = archive.complete
    assert complete is not None
    assert sum(len(r.milestones) for r in complete.values()) == len(list(rows("milestones")))
    assert sum(len(r.claims) for r in complete.values()) == len(list(rows("claims")))
    assert len(complete.exercises) == len(list(rows("exercises")))
    assert len(complete.meetings) == len(list(rows("meetings")))
    assert len(complete.countries) == len(list(rows("countries")))
    assert len(complete.leaders) == len(list(rows("leaders")))
    assert len(complete.elections) == len(list(rows("elections")))


def test_every_claim_of_a_set_is_a_duration_of_its_negotiation(archive: Archive) -> None:
    claims = {row["id"]: row for row in rows("claims")}
    for choice in archive.account_choices:
        claim = claims[choice.claim_id]
        assert claim["negotiation_id"] == choice.negotiation_id
        assert claim["kind"] == "retrospective_duration"
        assert claim["low_months"]


def test_no_covariate_is_all_missing_or_constant_by_default(everything: Spells) -> None:
    for name in default_covariates(everything.X.columns.drop(["family", "cluster", "parties"])):
        known = everything.X[name].dropna()
        assert len(known) >= 20, name
        assert known.nunique() > 1, name
