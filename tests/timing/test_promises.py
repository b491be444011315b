"""What officials promised, as columns of X: by hand, and nothing that was not yet known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.archive import Archive, Claim, Mode, parse
from forecast.errors import NothingToForecastError
from forecast.timing import spells
from forecast.timing.promises import promise_of

Make = Callable[..., Any]

COLUMNS = ["promised", "said_at", "first_promises"]
MONTH = 30.4375


@pytest.fixture(scope="session")
def said(talks: Make, milestone: Make, records: Make) -> Callable[..., pd.Series]:
    """``said(claim(...), ...)``: the columns of talks launched on 1 January 2020."""

    def make(*claims: Claim, **about: Any) -> pd.Series:
        clock, mode = about.pop("clock", "launch:signed"), about.pop("mode", "event")
        day = about.pop("as_of", date(2030, 12, 31))
        events = {"launch_agreed": "2020-01-01", **about.pop("events", {})}
        stones = (milestone(name, when, when) for name, when in events.items())
        view = records(talks(*stones, claims=claims)).as_of(day, mode)
        return spells(view, clock).X[COLUMNS].T["a-b"]

    return make


def test_without_a_promise_it_is_missing(said: Make, claim: Make) -> None:
    silent = claim("c1", "2020-03-01")
    press = claim("c2", "2020-03-01", high_months=6.0, speaker="press")
    force = claim("c3", "2020-03-01", high_months=6.0, event="in_force")
    past = claim("c4", "2020-03-01", high_months=6.0, kind="retrospective_duration")
    row = said(silent, press, force, past)
    assert np.isnan(row["promised"])
    assert np.isnan(row["said_at"])
    assert row["first_promises"] == ()


def test_the_newest_and_the_first_of_each_kind_by_hand(said: Make, claim: Make) -> None:
    row = said(
        claim("c1", "2020-09-01", target=parse("2020-12")),
        claim("c2", "2020-03-01", high_months=12.0),
        claim("c3", "2020-06-01", high_months=6.0, speaker="diplomat"),
        claim("c4", "2020-09-01", high_months=1.0, speaker="diplomat"),
    )
    # 244 days after the launch, and 121 before the last of December.
    assert row["said_at"] == pytest.approx(244 / MONTH)
    assert row["promised"] == pytest.approx(121 / MONTH)
    first = [(60, 365), (152, 183)]
    assert np.array(row["first_promises"]) * MONTH == pytest.approx(np.array(first))


def test_a_promise_may_be_older_than_the_talks(said: Make, claim: Make) -> None:
    row = said(claim("c1", "2019-12-02", high_months=12.0))
    assert row["said_at"] == pytest.approx(-30 / MONTH)
    assert row["promised"] == pytest.approx(365 / MONTH)


def test_ages_and_event_are_those_of_the_clock(said: Make, claim: Make) -> None:
    force = claim("c1", "2020-07-01", target=parse("2021-01-31"), event="in_force")
    ended = {"signed": "2020-06-01"}
    row = said(force, events=ended, clock="signed:in_force")
    assert row["said_at"] == pytest.approx(30 / MONTH)
    assert row["promised"] == pytest.approx(214 / MONTH)
    assert said(force, events=ended)["first_promises"] == ()
    since_launch = said(force, events=ended, clock="launch:in_force")
    assert since_launch["said_at"] == pytest.approx(182 / MONTH)


@pytest.mark.parametrize(
    ("mode", "known"), [("event", date(2020, 9, 30)), ("strict", date(2020, 10, 8))]
)
def test_a_promise_is_known_from_the_day_of_its_mode(
    said: Make, claim: Make, mode: Mode, known: date
) -> None:
    old = claim("c1", "2020-03-01", "2020-03-02", high_months=12.0)
    new = claim("c2", "2020-09", "2020-10-08", target=parse("2020-12-31"))
    before = known.replace(day=known.day - 1)
    without = said(old, as_of=before, mode=mode)
    pd.testing.assert_series_equal(said(old, new, as_of=before, mode=mode), without)
    # Said in September: the middle of the month.
    row = said(old, new, as_of=known, mode=mode)
    assert row["said_at"] == pytest.approx((date(2020, 9, 15) - date(2020, 1, 1)).days / MONTH)


def test_what_cannot_be_checked_is_no_promise(talks: Make, milestone: Make, claim: Make) -> None:
    record = talks(milestone("launch_agreed", "2020-01-01"))
    for promise, reason in (
        (claim("c1", None, high_months=3.0), "the day on which it was said is unknown"),
        (claim("c2", "2020-03-01"), "no date and no number of months"),
        (claim("c3", "2020-03-01", high_months=3.0, event="round"), "no clock ends"),
    ):
        with pytest.raises(NothingToForecastError, match=reason):
            promise_of(record, promise, date(2021, 1, 1))


@pytest.mark.parametrize(
    ("day", "said_on", "by"),
    [
        ("2024-05-02", "2024-05-02", "2025-05-02"),
        # The ambassador spoke some day of September, for all that a view of the 29th can know.
        ("2024-09-29", "2024-05-02", "2025-05-02"),
        ("2026-06-30", "2024-09-15", "2024-12-31"),
    ],
)
def test_what_was_promised_of_the_case(archive: Archive, day: str, said_on: str, by: str) -> None:
    row = spells(archive.as_of(date.fromisoformat(day))).X.loc["jpn-fra-raa"]
    first, last = date.fromisoformat(said_on), date.fromisoformat(by)
    assert row["said_at"] == pytest.approx((first - date(2024, 5, 2)).days / MONTH)
    assert row["promised"] == pytest.approx((last - first).days / MONTH)


@pytest.mark.parametrize("mode", ["event", "strict"])
def test_claims_of_later_days_change_no_byte(archive: Archive, mode: Mode) -> None:
    day = date(2016, 7, 1)

    def later(claim: Claim) -> bool:
        known = [claim.said_on, claim.source.published] if mode == "strict" else [claim.said_on]
        return any(when is None or when.latest > day for when in known)

    gone = {
        key: replace(record, claims=tuple(c for c in record.claims if not later(c)))
        for key, record in archive.items()
    }
    forgetful = replace(archive, negotiations=gone, complete=None)
    seen = [spells(records.as_of(day, mode), domain=None).X for records in (archive, forgetful)]
    assert seen[0].to_csv().encode() == seen[1].to_csv().encode()
    assert seen[0]["promised"].notna().sum() >= 5
    # The data set has later ones, which would have changed the table.
    assert spells(archive, domain=None).X["promised"].notna().sum() > 40
