"""Spells and covariates as of a day are the same when all that came later has been deleted.

For random negotiations and days, in both modes; the deletion shares no code with the package.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from forecast.archive import Archive, Mode, default_directory, load_archive
from forecast.covariates import values_on
from forecast.timing import Spells, spells
from tests.prediction import deletion

_ENDS = ("signed", "in_force", "approved_by_WTO", "abandoned")


class Pair(NamedTuple):
    negotiation: str
    day: date


def _draw() -> list[Pair]:
    """Thirty negotiations, 22 of them ended, each with a day between its launch and its end or now."""
    archive = load_archive()
    table = spells(archive, domain=None).by_id
    rng = random.Random(2026)
    pairs = []
    ended = sorted(key for key, spell in table.items() if spell.end is not None)
    still_open = sorted(set(table) - set(ended))
    for key in [*rng.sample(ended, 22), *rng.sample(still_open, 8)]:
        spell = table[key]
        begun = max(spell.start.latest, date(1990, 1, 1))
        end = archive.vintage if spell.end is None else spell.end.earliest
        pairs.append(Pair(key, begun + timedelta(days=rng.randrange(max(1, (end - begun).days)))))
    return pairs


PAIRS = _draw()


def copied(tmp_path: Path, day: date, mode: Mode) -> Archive:
    """Archive of a copy of the shipped tables from which everything later is gone."""
    copy = tmp_path / f"{day}-{mode}"
    deletion.delete_later(default_directory(), copy, day, strict=mode == "strict")
    return load_archive(copy)


def assert_same(one: Spells, two: Spells) -> None:
    pd.testing.assert_frame_equal(one.X, two.X)
    pd.testing.assert_frame_equal(one.frame, two.frame)
    pd.testing.assert_series_equal(one.excluded, two.excluded)
    np.testing.assert_array_equal(one.y, two.y)
    np.testing.assert_array_equal(one.weights, two.weights)
    assert one.by_id == two.by_id


@pytest.mark.parametrize("mode", ["event", "strict"])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.negotiation}-{pair.day}")
def test_deleting_what_came_later_changes_nothing(
    pair: Pair, mode: Mode, archive: Archive, tmp_path: Path
) -> None:
    view = archive.as_of(pair.day, mode)
    honest = copied(tmp_path, pair.day, mode).as_of(pair.day, mode)
    record = archive[pair.negotiation]
    families = [record.family]
    for clock in ("launch:signed", "launch:in_force"):
        assert_same(
            spells(view, clock, families=families, domain=None),
            spells(honest, clock, families=families, domain=None),
        )
    changing = values_on(record.parties, view, pair.day)
    assert changing == values_on(record.parties, honest, pair.day)
    assert view.digest() == honest.digest()


@pytest.mark.parametrize("mode", ["event", "strict"])
@pytest.mark.parametrize("day", [date(2001, 9, 10), date(2014, 7, 8), date(2024, 5, 2)])
def test_so_it_is_for_all_families_at_once(
    day: date, mode: Mode, archive: Archive, tmp_path: Path
) -> None:
    honest = copied(tmp_path, day, mode)
    assert len(honest) < len(archive) if mode == "strict" else len(honest) == len(archive)
    assert_same(*(spells(records.as_of(day, mode), domain=None) for records in (archive, honest)))


def test_most_of_the_pairs_have_something_to_hide(archive: Archive) -> None:
    milestones = deletion.read(default_directory() / "milestones.csv")
    hidden = 0
    for key, day in PAIRS:
        last_days = [
            deletion.last_day(row["date"])
            for row in milestones
            if row["negotiation_id"] == key and row["event"] in _ENDS and row["planned"] == "0"
        ]
        parties = archive[key].parties
        now, later = (values_on(parties, view, day) for view in (archive.as_of(day), archive))
        loses_its_end = bool(last_days) and min(last_days) > day
        hidden += loses_its_end or now != later
    assert hidden >= 20


def test_a_fact_of_the_day_after_would_be_seen(archive: Archive, tmp_path: Path) -> None:
    # The comparison is sharp: a view of one day later than the deletion is not the same.
    signed = date(2023, 1, 11)
    honest = copied(tmp_path, signed - timedelta(days=1), "event")
    view, earlier = (a.as_of(signed) for a in (archive, honest))
    with pytest.raises(AssertionError):
        assert_same(spells(view, families=["raa"]), spells(earlier, families=["raa"]))
    assert view.digest() != earlier.digest()
