"""Covariates: values by hand, what is missing, and that nothing on or after the launch counts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import log1p

import pytest

from forecast.archive import Archive, Country, Exercise, Milestone, Negotiation, parse
from forecast.covariates import COVARIATES, Case, Value, prior_means, values

FRANCE = Case("jpn-fra-raa", ("JPN", "FRA"), "raa", parse("2024-05-02"))

Make = Callable[..., Milestone]
Talks = Callable[..., Negotiation]
Records = Callable[..., Archive]
Land = Callable[..., Country]


def value(name: str, case: Case, archive: Archive) -> float | str | None:
    return COVARIATES[name].function(case, archive).value


def test_france_by_hand(archive: Archive) -> None:
    found = values(FRANCE, archive)
    # In force by May 2024: information security 2011, equipment 2016, logistics 2019.
    assert found["prior_pacts"].value == 3.0
    # Signed by then: Australia's RAA and the United Kingdom's.
    assert found["template_experience"].value == log1p(2)
    # Japan keeps the death penalty; France abolished it in 1981.
    assert found["legal_sticking_point"].value == 1.0
    assert found["partner_type"].value == "US treaty ally"
    # 26 named exercises, from La Perouse 2019 to Sama Sama 2023, in 1,827 days.
    assert found["prior_exercises"].value == pytest.approx(log1p(26 / (1827 / 365.25)))
    assert list(found) == list(COVARIATES)


@pytest.mark.parametrize(
    ("name", "sign", "mean"),
    [
        ("partner_type", "?", 0.0),
        ("prior_exercises", "-", -0.15),
        ("prior_pacts", "-", -0.15),
        ("template_experience", "-", -0.15),
        ("legal_sticking_point", "+", 0.25),
    ],
)
def test_registered_expectations(name: str, sign: str, mean: float) -> None:
    assert (COVARIATES[name].sign, COVARIATES[name].prior_mean) == (sign, mean)
    assert COVARIATES[name].name == name
    assert COVARIATES[name].function.__doc__
    assert prior_means([name, "unregistered"]) == {name: mean, "unregistered": 0.0}


class TestPriorExercises:
    case = Case("a-b", ("JPN", "FRA"), "raa", parse("2020-01-01"))

    @pytest.fixture
    def count(
        self, exercise: Callable[..., Exercise], records: Records
    ) -> Callable[..., float | str | None]:
        def of(*ends: str, parties: tuple[str, ...] = ("JPN", "FRA"), tag: str = "named") -> object:
            found = [exercise(end, *parties, tag=tag) for end in ends]
            return value("prior_exercises", self.case, records(exercises=found))

        return of  # type: ignore[return-value]

    def test_counts_the_five_years_before(self, count: Callable[..., float]) -> None:
        inside = ("2015-01-01", "2017-06-01", "2019-12-31")
        years = (date(2020, 1, 1) - date(2015, 1, 1)).days / 365.25
        assert count(*inside) == pytest.approx(log1p(3 / years))
        assert count("2014-12-31") == 0.0

    def test_the_day_of_the_launch_and_after_change_nothing(
        self, count: Callable[..., float]
    ) -> None:
        before = count("2019-12-31")
        assert before > 0
        assert count("2019-12-31", "2020-01-01", "2020-01-02", "2021") == before

    def test_an_exercise_that_may_have_ended_after_the_launch_does_not_count(
        self, count: Callable[..., float]
    ) -> None:
        assert count("2019-12/2020-01") == 0.0

    def test_only_named_ones_with_all_parties(self, count: Callable[..., float]) -> None:
        assert count("2019-05-01", tag="goodwill") == 0.0
        assert count("2019-05-01", parties=("JPN", "GBR")) == 0.0
        assert count("2019-05-01", parties=("JPN", "FRA", "USA")) > 0.0

    def test_an_imprecise_launch_counts_from_its_first_day(
        self, exercise: Callable[..., Exercise], records: Records
    ) -> None:
        during = records(exercises=[exercise("2020-03-01", "JPN", "FRA")])
        case = replace(self.case, launch=parse("2020"))
        assert value("prior_exercises", case, during) == 0.0

    @pytest.mark.parametrize(
        ("launch", "missing"), [("2014-03-31", True), ("2014-04-01", False), ("2012-01", True)]
    )
    def test_missing_under_two_covered_years(
        self, launch: str, missing: bool, records: Records
    ) -> None:
        found = COVARIATES["prior_exercises"].function(
            replace(self.case, launch=parse(launch)), records()
        )
        assert (found.value is None) == missing
        assert ("covers" in found.rests_on) == missing

    def test_the_rate_is_per_covered_year(
        self, exercise: Callable[..., Exercise], records: Records
    ) -> None:
        # From April 2012 to April 2015 the list covers three years.
        early = records(exercises=[exercise("2014-05-01", "JPN", "FRA")])
        case = replace(self.case, launch=parse("2015-04-01"))
        years = (date(2015, 4, 1) - date(2012, 4, 1)).days / 365.25
        assert value("prior_exercises", case, early) == pytest.approx(log1p(1 / years))

    def test_missing_without_japan(self, records: Records) -> None:
        case = replace(self.case, parties=("USA", "FRA"))
        assert value("prior_exercises", case, records()) is None


class TestPriorPacts:
    case = Case("a-b", ("JPN", "FRA"), "raa", parse("2020-01-01"))

    @pytest.fixture
    def pact(self, milestone: Make, talks: Talks) -> Callable[..., Negotiation]:
        def of(
            family: str,
            when: str,
            event: str = "in_force",
            parties: tuple[str, ...] = ("FRA", "JPN"),
        ) -> Negotiation:
            return talks(
                milestone(event, when), id=f"{family}-{when}", family=family, parties=parties
            )

        return of

    def test_counts_kinds_and_not_pacts(
        self, pact: Callable[..., Negotiation], records: Records
    ) -> None:
        view = records(
            pact("logistics", "2010-01-01"),
            pact("logistics", "2015-01-01"),
            pact("equipment", "2016"),
            pact("alliance", "2016"),
        )
        assert value("prior_pacts", self.case, view) == 2.0

    @pytest.mark.parametrize("when", ["2020-01-01", "2020-01-02", "2025", "2019-12/2020-01"])
    def test_on_the_day_of_the_launch_or_later_changes_nothing(
        self, when: str, pact: Callable[..., Negotiation], records: Records
    ) -> None:
        assert value("prior_pacts", self.case, records(pact("logistics", when))) == 0.0
        assert value("prior_pacts", self.case, records(pact("logistics", "2019-12-31"))) == 1.0

    def test_signed_is_not_in_force(
        self, pact: Callable[..., Negotiation], records: Records
    ) -> None:
        view = records(pact("logistics", "2015", event="signed"))
        assert value("prior_pacts", self.case, view) == 0.0

    def test_the_own_kind_does_not_count(
        self, pact: Callable[..., Negotiation], records: Records
    ) -> None:
        view = records(pact("logistics", "2010"), pact("equipment", "2016"))
        renewal = replace(self.case, family="logistics")
        assert value("prior_pacts", renewal, view) == 1.0

    @pytest.mark.parametrize("parties", [("JPN", "GBR"), ("JPN", "FRA", "USA"), ("FRA", "USA")])
    def test_other_parties_pacts_do_not_count(
        self, parties: tuple[str, ...], pact: Callable[..., Negotiation], records: Records
    ) -> None:
        view = records(pact("logistics", "2015", parties=parties))
        assert value("prior_pacts", self.case, view) == 0.0

    def test_missing_without_japan(self, records: Records) -> None:
        assert value("prior_pacts", replace(self.case, parties=("USA", "FRA")), records()) is None


class TestTemplateExperience:
    case = Case("own", ("JPN", "FRA"), "raa", parse("2020-01-01"))

    @pytest.fixture
    def deal(self, milestone: Make, talks: Talks) -> Callable[..., Negotiation]:
        def of(key: str, when: str, **traits: object) -> Negotiation:
            return talks(milestone("signed", when), id=key, **traits)

        return of

    def test_counts_agreements_of_the_family_that_a_party_had_signed(
        self, deal: Callable[..., Negotiation], records: Records
    ) -> None:
        view = records(
            deal("one", "2015-01-01", parties=("JPN", "AUS")),
            deal("two", "2019-12-31", parties=("FRA", "GBR")),
            deal("elsewhere", "2015-01-01", parties=("AUS", "GBR")),
            deal("another kind", "2015-01-01", parties=("JPN", "AUS"), family="logistics"),
        )
        assert value("template_experience", self.case, view) == log1p(2)

    @pytest.mark.parametrize("when", ["2020-01-01", "2020-01-02", "2023", "2020"])
    def test_on_the_day_of_the_launch_or_later_changes_nothing(
        self, when: str, deal: Callable[..., Negotiation], records: Records
    ) -> None:
        assert value("template_experience", self.case, records(deal("one", when))) == 0.0

    def test_the_own_signature_is_no_experience(
        self, deal: Callable[..., Negotiation], records: Records
    ) -> None:
        assert value("template_experience", self.case, records(deal("own", "2015-01-01"))) == 0.0


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


def test_the_vintage_adds_nothing_to_what_was_known_at_launch(archive: Archive) -> None:
    then = archive.as_of(date(2024, 5, 2))
    assert values(FRANCE, then) == values(FRANCE, archive)
