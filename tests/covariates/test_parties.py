"""Covariates of who negotiates: values by hand, and unknown where the table does not say."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import pytest

from forecast.archive import Archive, parse
from forecast.covariates import COVARIATES, Case, Value
from forecast.covariates.parties import great_circle_km
from tests.covariates.conftest import Land, Records, found, value

EARTH_RADIUS_KM = 6371.0


def between(*parties: str, launch: str = "2024-05-02") -> Case:
    return Case("a-b", parties, "raa", parse(launch))


class TestPartnerType:
    @pytest.fixture
    def kind(self, country: Land, records: Records) -> Callable[..., float | str | None]:
        view = records(
            countries=[
                country("JPN", g7=1975, us_treaty_ally_since=1951),
                country("USA", g7=1975, five_eyes=True),
                country("GBR", g7=1975, us_treaty_ally_since=1949, five_eyes=True),
                country("NZL", five_eyes=True),
                country("FRA", g7=1975),
                country("FIN", us_treaty_ally_since=2023),
                country("IND"),
                country("EUN", kind="bloc"),
            ]
        )

        def of(*partners: str, launch: str = "2024-05-02") -> float | str | None:
            case = Case("a-b", ("JPN", *partners), "raa", parse(launch))
            return value("partner_type", case, view)

        return of

    @pytest.mark.parametrize(
        ("partners", "level"),
        [
            (("GBR",), "US treaty ally"),  # also Five Eyes and G7: the first that fits
            (("USA",), "US treaty ally"),  # its own ally
            (("NZL",), "Five Eyes"),
            (("FRA",), "G7"),
            (("IND",), "other"),
            (("USA", "GBR"), "US treaty ally"),
            (("USA", "NZL"), "Five Eyes"),
            (("USA", "FRA"), "G7"),
            (("GBR", "IND"), "other"),  # every partner must fit
            (("EUN",), None),
            (("XXX",), None),
            (("GBR", "EUN"), None),
        ],
    )
    def test_precedence(
        self, partners: tuple[str, ...], level: str | None, kind: Callable[..., str | None]
    ) -> None:
        assert kind(*partners) == level

    def test_a_trait_counts_from_the_year_after_it_was_acquired(
        self, kind: Callable[..., str | None]
    ) -> None:
        # In its first year nobody knows whether the launch came before or after.
        assert kind("FIN", launch="2023-06-01") == "other"
        assert kind("FIN", launch="2024-01-01") == "US treaty ally"

    def test_the_levels_end_with_the_reference(self) -> None:
        levels = ("US treaty ally", "Five Eyes", "G7", "other")
        assert COVARIATES["partner_type"].levels == levels


class TestLegalStickingPoint:
    @pytest.fixture
    def point(self, country: Land, records: Records) -> Callable[..., Value]:
        view = records(
            countries=[
                country("JPN"),
                country("USA"),
                country("FRA", death_penalty_abolished_year=1981),
                country("GBR", death_penalty_abolished_year=1998),
                country("PHL", death_penalty_abolished_year=2006),
                country("TON", death_penalty_known=False),
                country("EUN", kind="bloc"),
            ]
        )

        def of(*parties: str, family: str = "raa", launch: str = "2024-05-02") -> Value:
            case = Case("a-b", parties, family, parse(launch))
            return COVARIATES["legal_sticking_point"].function(case, view)

        return of

    @pytest.mark.parametrize(
        ("parties", "expected"),
        [
            (("JPN", "FRA"), 1.0),
            (("JPN", "USA"), 0.0),
            (("FRA", "GBR"), 0.0),
            (("JPN", "USA", "FRA"), 1.0),
            (("JPN", "EUN"), None),
            # Nobody looked up the law: an empty year would not mean that it is retained.
            (("JPN", "TON"), None),
            (("FRA", "USA", "TON"), None),
        ],
    )
    def test_only_where_law_differs(
        self, parties: tuple[str, ...], expected: float | None, point: Callable[..., Value]
    ) -> None:
        assert point(*parties).value == expected

    def test_visiting_forces_only(self, point: Callable[..., Value]) -> None:
        assert point("JPN", "FRA", family="logistics").value == 0.0
        assert point("JPN", "EUN", family="logistics").value == 0.0
        assert point("JPN", "FRA", family="visiting_forces").value == 1.0

    def test_the_law_at_the_launch_counts(self, point: Callable[..., Value]) -> None:
        assert point("JPN", "PHL", launch="2006-12-31").value == 0.0
        assert point("JPN", "PHL", launch="2007-01-01").value == 1.0


@pytest.mark.parametrize(
    ("parties", "doublings"),
    [
        (("JPN", "FRA"), 1.0),
        (("JPN", "GBR", "ITA"), 1.5849625007211562),
        (("AUS", "NZL", "ASEAN", "JPN"), 2.0),
    ],
)
def test_log2_parties(parties: tuple[str, ...], doublings: float, records: Records) -> None:
    assert value("log2_parties", between(*parties), records()) == pytest.approx(doublings)


class TestLegislatureApproves:
    @pytest.fixture
    def view(self, country: Land, records: Records) -> Archive:
        return records(
            countries=[
                country("JPN", legislature_approves=True),
                country("GBR", legislature_approves=False),
                country("NZL", legislature_approves=False),
                country("TON"),
                country("EUN", kind="bloc"),
            ]
        )

    @pytest.mark.parametrize(
        ("parties", "expected"),
        [
            (("JPN", "GBR"), 1.0),
            (("GBR", "NZL"), 0.0),
            # One that must approve settles it, whatever is not known of the other.
            (("JPN", "TON"), 1.0),
            (("JPN", "XXX"), 1.0),
            (("GBR", "TON"), None),
            (("GBR", "EUN"), None),
            (("GBR", "XXX"), None),
        ],
    )
    def test_any_party_is_enough_and_unknown_is_not_no(
        self, parties: tuple[str, ...], expected: float | None, view: Archive
    ) -> None:
        assert value("legislature_approves", between(*parties), view) == expected

    def test_it_rests_on_the_parties_that_need_it(self, view: Archive) -> None:
        assert found("legislature_approves", between("GBR", "JPN"), view).rests_on == "JPN"
        shown = found("legislature_approves", between("GBR", "TON"), view).rests_on
        assert shown == "not known for TON"


@pytest.mark.parametrize(
    ("parties", "expected"),
    [
        (("FRA", "GBR"), 1.0),
        (("FRA", "EUN"), 1.0),
        (("FRA", "JPN"), 0.0),
        (("FRA", "GBR", "JPN"), 0.0),
        (("FRA", "TON"), None),
        (("FRA", "XXX"), None),
        (("TON", "TON2"), None),
    ],
)
def test_same_region(
    parties: tuple[str, ...], expected: float | None, country: Land, records: Records
) -> None:
    view = records(
        countries=[
            country("FRA", region="Europe"),
            country("GBR", region="Europe"),
            country("EUN", kind="bloc", region="Europe"),
            country("JPN", region="East Asia"),
            country("TON"),
            country("TON2"),
        ]
    )
    assert value("same_region", between(*parties), view) == expected


class TestAllied:
    @pytest.fixture
    def view(self, country: Land, records: Records) -> Archive:
        return records(
            countries=[
                country("USA", nato_since=1949),
                country("GBR", nato_since=1949, us_treaty_ally_since=1949),
                country("FIN", nato_since=2023, us_treaty_ally_since=2023),
                country("JPN", us_treaty_ally_since=1951),
                country("AUS", us_treaty_ally_since=1951),
                country("IND"),
                country("EUN", kind="bloc"),
            ]
        )

    @pytest.mark.parametrize(
        ("parties", "expected"),
        [
            (("USA", "GBR"), 1.0),
            (("USA", "JPN"), 1.0),
            (("JPN", "USA"), 1.0),
            # Two allies of the United States are not allied with each other.
            (("AUS", "JPN"), 0.0),
            (("USA", "JPN", "AUS"), 0.0),
            (("USA", "IND"), 0.0),
            (("GBR", "JPN"), 0.0),
            (("GBR", "EUN"), None),
            (("GBR", "XXX"), None),
        ],
    )
    def test_one_alliance_of_all(
        self, parties: tuple[str, ...], expected: float | None, view: Archive
    ) -> None:
        assert value("allied", between(*parties), view) == expected

    @pytest.mark.parametrize(("launch", "expected"), [("2023-06-01", 0.0), ("2024-01-01", 1.0)])
    def test_a_member_counts_from_the_year_after_it_joined(
        self, launch: str, expected: float, view: Archive
    ) -> None:
        assert value("allied", between("FIN", "GBR", launch=launch), view) == expected
        assert value("allied", between("FIN", "USA", launch=launch), view) == expected


class TestDistance:
    tokyo, paris = (35.68, 139.69), (48.86, 2.35)

    def test_tokyo_and_paris(self, archive: Archive) -> None:
        # 9,712 km by the geodesic calculators of the web, which know the ellipsoid better than a sphere.
        assert value("distance_km", between("JPN", "FRA"), archive) == pytest.approx(
            9712, rel=0.005
        )
        assert great_circle_km(self.tokyo, self.paris) == great_circle_km(self.paris, self.tokyo)

    @pytest.mark.parametrize(
        ("here", "there", "share"),
        [
            ((0.0, 0.0), (0.0, 90.0), 0.25),
            ((90.0, 0.0), (0.0, 123.0), 0.25),
            ((0.0, 0.0), (0.0, 180.0), 0.5),
            ((90.0, 0.0), (-90.0, 0.0), 0.5),
            ((12.34, 56.78), (-12.34, -123.22), 0.5),
            ((0.0, 170.0), (0.0, -170.0), 20 / 360),
            ((10.0, 20.0), (55.0, 20.0), 45 / 360),
            ((60.0, 0.0), (60.0, 180.0), 60 / 360),
            ((12.34, 56.78), (12.34, 56.78), 0.0),
        ],
    )
    def test_arcs_in_closed_form(
        self, here: tuple[float, float], there: tuple[float, float], share: float
    ) -> None:
        arc = share * 2 * pi * EARTH_RADIUS_KM
        assert great_circle_km(here, there) == pytest.approx(arc, abs=1e-3)

    def test_the_longest_of_several_and_unknown_without_a_capital(
        self, country: Land, records: Records
    ) -> None:
        view = records(
            countries=[
                country("AAA", latitude=0.0, longitude=0.0),
                country("BBB", latitude=0.0, longitude=30.0),
                country("CCC", latitude=0.0, longitude=90.0),
                country("DDD"),
                country("EEE", kind="bloc", latitude=50.85, longitude=4.35),
            ]
        )
        three = found("distance_km", between("AAA", "BBB", "CCC"), view)
        assert three.value == round(pi / 2 * EARTH_RADIUS_KM)
        assert three.rests_on == "AAA-CCC"
        for parties in (("AAA", "DDD"), ("AAA", "EEE"), ("AAA", "XXX"), ("AAA", "BBB", "DDD")):
            assert value("distance_km", between(*parties), view) is None
