"""What the parties had done together before: counts by hand, edges of windows, what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from math import log1p

import pytest

from forecast.archive import Exercise, Meeting, Negotiation, parse
from forecast.covariates import COVARIATES, Case
from tests.covariates.conftest import Make, Records, Talks, found, value


class TestPriorExercises:
    case = Case("a-b", ("JPN", "FRA"), "raa", parse("2020-01-01"))

    @pytest.fixture
    def count(
        self, exercise: Callable[..., Exercise], records: Records
    ) -> Callable[..., float | str | None]:
        def of(*ends: str, parties: tuple[str, ...] = ("JPN", "FRA"), tag: str = "named") -> object:
            found = [exercise(end, *parties, tag=tag) for end in ends]
            return value("prior_exercises", self.case, records(exercises=found))

        return of  # type: ignore[return-value]  # what a value may be

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


class TestPriorMeetings:
    case = Case("a-b", ("JPN", "FRA"), "raa", parse("2020-01-01"))

    @pytest.fixture
    def count(
        self, meeting: Callable[..., Meeting], records: Records
    ) -> Callable[..., float | str | None]:
        def of(*days: str, parties: tuple[str, ...] = ("JPN", "FRA"), kind: str = "2+2") -> object:
            held = tuple(meeting(day, *parties, kind=kind) for day in days)
            return value("prior_meetings", self.case, records(meetings=held))

        return of  # type: ignore[return-value]  # what a value may be

    def test_counts_the_five_years_before(self, count: Callable[..., float]) -> None:
        years = (date(2020, 1, 1) - date(2015, 1, 1)).days / 365.25
        inside = ("2015-01-01", "2016-05", "2019-12-31")
        assert count(*inside) == pytest.approx(log1p(3 / years))
        assert count("2014-12-31") == 0.0
        assert count("2014-12") == 0.0

    def test_the_day_of_the_launch_and_after_change_nothing(
        self, count: Callable[..., float]
    ) -> None:
        assert count("2020-01-01", "2020-01-02", "2021") == 0.0
        # Leaders who met "in December or January" may have met on the day itself.
        assert count("2019-12/2020-01") == 0.0

    def test_every_kind_counts_if_all_parties_were_there(self, count: Callable[..., float]) -> None:
        assert count("2019", kind="summit") == count("2019", kind="2+2") > 0.0
        assert count("2019", parties=("JPN", "FRA", "AUS")) == count("2019")
        assert count("2019", parties=("JPN", "AUS")) == 0.0

    @pytest.mark.parametrize(
        ("parties", "launch", "missing"),
        [
            (("JPN", "FRA"), "2014-04-01", False),
            (("JPN", "FRA"), "2014-03-31", True),
            (("USA", "FRA"), "2020-01-01", True),
        ],
    )
    def test_missing_where_the_list_does_not_reach(
        self, parties: tuple[str, ...], launch: str, missing: bool, records: Records
    ) -> None:
        case = replace(self.case, parties=parties, launch=parse(launch))
        assert (value("prior_meetings", case, records()) is None) == missing


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

    @pytest.mark.parametrize(
        ("ids", "named"),
        [
            ((), "0 before"),
            (("a",), "1 before: a"),
            (("a", "b"), "2 before: a, b"),
            (("a", "b", "c"), "3 before: a, b, c"),
            (("a", "b", "c", "d"), "4 before, among them d"),
        ],
    )
    def test_a_few_are_all_named_and_of_many_the_last(
        self, ids: tuple[str, ...], named: str, deal: Callable[..., Negotiation], records: Records
    ) -> None:
        view = records(*(deal(id_, "2015-01-01") for id_ in ids))
        assert found("template_experience", self.case, view).rests_on == named

    @pytest.mark.parametrize("when", ["2020-01-01", "2020-01-02", "2023", "2020"])
    def test_on_the_day_of_the_launch_or_later_changes_nothing(
        self, when: str, deal: Callable[..., Negotiation], records: Records
    ) -> None:
        assert value("template_experience", self.case, records(deal("one", when))) == 0.0

    def test_the_own_signature_is_no_experience(
        self, deal: Callable[..., Negotiation], records: Records
    ) -> None:
        assert value("template_experience", self.case, records(deal("own", "2015-01-01"))) == 0.0


class TestFirstOfKind:
    case = Case("own", ("JPN", "FRA"), "raa", parse("2020-01-01"))

    @pytest.mark.parametrize(
        ("when", "traits", "first"),
        [
            ("2019-12-31", {"parties": ("JPN", "AUS")}, 0.0),
            ("2020-01-01", {"parties": ("JPN", "AUS")}, 1.0),
            ("2019-12-31", {"parties": ("GBR", "AUS")}, 1.0),
            ("2019-12-31", {"parties": ("JPN", "AUS"), "family": "logistics"}, 1.0),
            ("2019-12-31", {"id": "own"}, 1.0),
        ],
    )
    def test_only_an_earlier_signature_of_a_party_in_the_family_ends_it(
        self,
        when: str,
        traits: dict[str, object],
        first: float,
        milestone: Make,
        talks: Talks,
        records: Records,
    ) -> None:
        view = records(talks(milestone("signed", when), **traits))
        assert value("first_of_kind", self.case, view) == first

    def test_agrees_with_template_experience(
        self, milestone: Make, talks: Talks, records: Records
    ) -> None:
        for view in (records(), records(talks(milestone("signed", "2015")))):
            none_before = value("template_experience", self.case, view) == 0.0
            assert value("first_of_kind", self.case, view) == float(none_before)


@pytest.mark.parametrize(
    ("launch", "decades"), [("2000", 0.0), ("2024-05-02", 2.4), ("1987-06~", -1.3)]
)
def test_launch_year_in_decades_after_2000(launch: str, decades: float, records: Records) -> None:
    case = Case("a-b", ("JPN", "FRA"), "raa", parse(launch))
    assert value("launch_year", case, records()) == pytest.approx(decades)


def test_an_imprecise_launch_is_of_the_year_of_its_first_day(records: Records) -> None:
    case = Case("a-b", ("JPN", "FRA"), "raa", parse("2019-12/2020-03"))
    assert value("launch_year", case, records()) == pytest.approx(1.9)
