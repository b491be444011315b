"""Covariates that change while talks go on: edges of the windows, and nothing beyond the view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from forecast.archive import Election, Leader, Meeting
from forecast.covariates import CHANGING, Value, values_on
from tests.covariates.conftest import Records

PARTIES = ("JPN", "FRA")
DAY = date(2024, 5, 2)


class TestElection:
    @pytest.fixture
    def near(self, election: Callable[..., Election], records: Records) -> Callable[..., Value]:
        def of(*days: str, iso3: str = "FRA", as_of: date = date(2030, 12, 31)) -> Value:
            listed = [election("JPN", "2012-12-16"), election("FRA", "2012-05-06")]
            voted = tuple([*listed, *(election(iso3, day) for day in days)])
            view = records(elections=voted).as_of(as_of)
            return values_on(PARTIES, view, DAY)["election_within_6_months"]

        return of

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            ("2023-11-01", 0.0),
            ("2023-11-02", 1.0),
            ("2024-05-02", 1.0),
            ("2024-11-02", 1.0),
            ("2024-11-03", 0.0),
        ],
    )
    def test_six_months_either_side(
        self, day: str, expected: float, near: Callable[..., Value]
    ) -> None:
        assert near(day).value == expected

    def test_of_any_party_and_of_no_other(self, near: Callable[..., Value]) -> None:
        assert near("2024-04-01", iso3="JPN").value == 1.0
        assert near("2024-04-01", iso3="GBR").value == 0.0
        assert near("2024-04-01").rests_on == "FRA 2024-04-01"
        assert near().rests_on == "none in the window"

    def test_nothing_beyond_the_date_of_the_view(self, near: Callable[..., Value]) -> None:
        # Known to be due or not, an election that the view does not hold is not seen.
        assert near("2024-06-30", as_of=date(2024, 6, 29)).value == 0.0
        assert near("2024-06-30", as_of=date(2024, 6, 30)).value == 1.0
        assert near("2024-04", as_of=date(2024, 4, 29)).value == 0.0

    def test_missing_where_none_of_a_party_is_listed(
        self, election: Callable[..., Election], records: Records
    ) -> None:
        name = "election_within_6_months"
        far = values_on(PARTIES, records(elections=(election("JPN", "2012-12-16"),)), DAY)[name]
        assert (far.value, far.rests_on) == (None, "none listed for FRA")
        # What is seen of one party is enough.
        near = values_on(PARTIES, records(elections=(election("JPN", "2024-04-01"),)), DAY)[name]
        assert near.value == 1.0
        assert values_on(PARTIES, records(), DAY)[name].value is None


class TestLeader:
    @pytest.fixture
    def changed(self, leader: Callable[..., Leader], records: Records) -> Callable[..., Value]:
        def of(*starts: str, iso3: str = "FRA", as_of: date = date(2030, 12, 31)) -> Value:
            listed = [leader("JPN", "2012-12-26"), leader("FRA", "2012-05-15")]
            terms = tuple([*listed, *(leader(iso3, day) for day in starts)])
            view = records(leaders=terms).as_of(as_of)
            return values_on(PARTIES, view, DAY)["leader_changed_within_6_months"]

        return of

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            ("2023-11-01", 0.0),
            ("2023-11-02", 1.0),
            ("2024-05-02", 1.0),
            # Who comes next is not known on the day, also where the table knows by now.
            ("2024-05-03", 0.0),
            ("2024-09-05", 0.0),
        ],
    )
    def test_the_six_months_before(
        self, day: str, expected: float, changed: Callable[..., Value]
    ) -> None:
        assert changed(day).value == expected

    def test_of_any_party_and_of_no_other(self, changed: Callable[..., Value]) -> None:
        assert changed("2024-01-09", iso3="JPN").value == 1.0
        assert changed("2024-01-09", iso3="GBR").value == 0.0

    def test_a_start_known_to_the_month_is_seen_when_the_month_is_over(
        self, changed: Callable[..., Value]
    ) -> None:
        assert changed("2024-04", as_of=date(2024, 4, 29)).value == 0.0
        assert changed("2024-04", as_of=date(2024, 4, 30)).value == 1.0

    def test_missing_where_no_leader_of_a_party_is_listed(
        self, leader: Callable[..., Leader], records: Records
    ) -> None:
        view = records(leaders=(leader("FRA", "2012-05-15"),))
        found = values_on(PARTIES, view, DAY)["leader_changed_within_6_months"]
        assert (found.value, found.rests_on) == (None, "none listed for JPN")


class TestMeeting:
    @pytest.fixture
    def near(self, meeting: Callable[..., Meeting], records: Records) -> Callable[..., Value]:
        def of(
            *days: str, parties: tuple[str, ...] = PARTIES, as_of: date = date(2030, 12, 31)
        ) -> Value:
            held = (meeting("2014-01-09", *PARTIES), *(meeting(day, *parties) for day in days))
            view = records(meetings=held).as_of(as_of)
            return values_on(PARTIES, view, DAY)["meeting_ahead_or_recent"]

        return of

    @pytest.mark.parametrize(
        ("day", "expected"),
        [
            ("2023-11-01", 0.0),
            ("2023-11-02", 1.0),
            ("2024-11-02", 1.0),
            ("2024-11-03", 0.0),
        ],
    )
    def test_six_months_either_side(
        self, day: str, expected: float, near: Callable[..., Value]
    ) -> None:
        assert near(day).value == expected

    def test_of_all_parties(self, near: Callable[..., Value]) -> None:
        assert near("2024-04-01", parties=("JPN", "AUS")).value == 0.0
        assert near("2024-04-01", parties=("JPN", "FRA", "AUS")).value == 1.0
        assert near("2024-04-01").rests_on == "summit 2024-04-01"

    def test_nothing_beyond_the_date_of_the_view(self, near: Callable[..., Value]) -> None:
        assert near("2024-07-01", as_of=date(2024, 6, 30)).value == 0.0
        assert near("2024-07-01", as_of=date(2024, 7, 1)).value == 1.0

    def test_missing_where_none_of_the_parties_is_listed(
        self, meeting: Callable[..., Meeting], records: Records
    ) -> None:
        view = records(meetings=(meeting("2024-04-01", "JPN", "AUS"),))
        found = values_on(PARTIES, view, DAY)["meeting_ahead_or_recent"]
        assert (found.value, found.rests_on) == (None, "no meeting of the parties is listed")


def test_an_empty_archive_knows_none_of_them(records: Records) -> None:
    found = values_on(PARTIES, records(), DAY)
    assert {name: item.value for name, item in found.items()} == dict.fromkeys(CHANGING)
