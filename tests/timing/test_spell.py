"""From imprecise dates to bounds on a duration: each written rule, on records made for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from math import inf

import pytest

from forecast.archive import Milestone, Negotiation
from forecast.errors import NothingToForecastError
from forecast.timing import CONCLUDED, ENDED, OPEN, Spell, months, parse_clock, spell_of

Make = Callable[..., Milestone]
Event = tuple[str, ...]

AS_OF = date(2026, 6, 30)


@pytest.fixture(scope="module")
def spell(milestone: Make, talks: Callable[..., Negotiation]) -> Callable[..., Spell]:
    """``spell(("launch_agreed", "2020"), ("signed", "2021", "2021-02"))``: (event, date, published)."""

    def make(*events: Event, clock: str = "launch:signed", family: str = "raa") -> Spell:
        milestones = []
        for event, *rest in events:
            name, _, mark = event.partition("!")
            traits: dict[str, object] = {"planned": mark == "planned"}
            if mark == "ratification":
                traits["stage"] = mark
            milestones.append(milestone(name, *rest, **traits))
        return spell_of(talks(*milestones, family=family), parse_clock(clock), AS_OF)

    return make


Build = Callable[..., Spell]

LAUNCH = ("launch_agreed", "2020-01-01")


def days(first: str, last: str) -> float:
    return float((date.fromisoformat(last) - date.fromisoformat(first)).days)


def test_exact_dates_give_an_exact_duration(spell: Build) -> None:
    it = spell(LAUNCH, ("signed", "2021-03-01"))
    assert it.lower == it.upper == 425.0
    assert it.cause == CONCLUDED
    assert (str(it.start), str(it.end)) == ("2020-01-01", "2021-03-01")


def test_an_imprecise_start(spell: Build) -> None:
    it = spell(("launch_agreed", "2020-01"), ("signed", "2021-03-01"))
    assert it.lower == days("2020-01-31", "2021-03-01")
    assert it.upper == days("2020-01-01", "2021-03-01")


def test_an_imprecise_end(spell: Build) -> None:
    it = spell(LAUNCH, ("signed", "2021-03~"))
    assert it.lower == days("2020-01-01", "2021-02-01")
    assert it.upper == days("2020-01-01", "2021-04-30")


def test_overlapping_ranges_begin_at_zero(spell: Build) -> None:
    it = spell(("launch_agreed", "2020-03"), ("signed", "2020"))
    assert it.lower == 0.0
    assert it.upper == days("2020-03-01", "2020-12-31")


def test_a_same_day_deal_took_up_to_a_day(spell: Build) -> None:
    it = spell(LAUNCH, ("signed", "2020-01-01"))
    assert (it.lower, it.upper) == (0.0, 1.0)


def test_an_end_before_the_start_is_no_spell(spell: Build) -> None:
    with pytest.raises(NothingToForecastError, match=r"ends \(2019-12\) before it begins"):
        spell(LAUNCH, ("signed", "2019-12"))


def test_a_missing_terminal_lies_between_the_last_evidence_and_the_later_stage(
    spell: Build,
) -> None:
    it = spell(
        LAUNCH, ("status_ongoing", "2020-06-10"), ("round", "2020-08"), ("in_force", "2021-02")
    )
    assert it.cause == CONCLUDED
    assert it.lower == days("2020-01-01", "2020-08-01")
    assert it.upper == days("2020-01-01", "2021-02-28")
    assert it.open_at == date(2020, 8, 1)


def test_a_missing_terminal_without_other_evidence_begins_at_the_launch(spell: Build) -> None:
    it = spell(LAUNCH, ("approved_by_JPN", "2021-02-01"))
    assert (it.lower, it.upper) == (0.0, days("2020-01-01", "2021-02-01"))
    assert it.cause == CONCLUDED


def test_the_first_of_the_later_stages_counts(spell: Build) -> None:
    it = spell(LAUNCH, ("in_force", "2022-01-01"), ("approved_by_FRA", "2021-06-01"))
    assert it.upper == days("2020-01-01", "2021-06-01")


def test_agreement_in_principle_is_bounded_by_the_signature(spell: Build) -> None:
    it = spell(
        LAUNCH,
        ("status_ongoing", "2020-05-01"),
        ("signed", "2020-09-01"),
        clock="launch:agreed",
    )
    # Talks may go on after an agreement in principle whose day nobody recorded.
    assert (it.lower, it.upper) == (0.0, days("2020-01-01", "2020-09-01"))


def test_a_later_stage_caps_the_end(spell: Build) -> None:
    it = spell(LAUNCH, ("signed", "2020"), ("in_force", "2020-07-15"))
    assert it.lower == 0.0
    assert it.upper == days("2020-01-01", "2020-07-15")


def test_evidence_of_openness_raises_the_lower_bound(spell: Build) -> None:
    it = spell(LAUNCH, ("status_ongoing", "2020-09-15"), ("signed", "2020"))
    assert it.lower == days("2020-01-01", "2020-09-15")
    assert it.upper == days("2020-01-01", "2020-12-31")
    earlier_stage = spell(LAUNCH, ("agreement_in_principle", "2020-10"), ("signed", "2020"))
    assert earlier_stage.lower == days("2020-01-01", "2020-10-01")


def test_evidence_after_the_end_is_no_evidence(spell: Build) -> None:
    it = spell(LAUNCH, ("signed", "2020-03-01"), ("status_ongoing", "2020-05-01"))
    assert it.lower == it.upper == days("2020-01-01", "2020-03-01")


def test_an_open_case_lasts_at_least_to_its_last_evidence(spell: Build) -> None:
    it = spell(
        ("launch_agreed", "2020-01"),
        ("status_ongoing", "2020-05"),
        ("not_concluded", "2020-03-01"),
    )
    assert it.lower == days("2020-01-31", "2020-05-01")
    assert it.upper == inf
    assert it.end is None
    assert it.cause == OPEN
    assert it.open_at == date(2020, 5, 1)


def test_an_open_case_without_evidence_was_open_when_launched(spell: Build) -> None:
    it = spell(("launch_agreed", "2020-01"))
    assert (it.lower, it.upper, it.open_at) == (0.0, inf, date(2020, 1, 1))


def test_suspended_talks_are_open(spell: Build) -> None:
    it = spell(LAUNCH, ("suspended", "2020-05-01"))
    assert (it.cause, it.lower) == (OPEN, days("2020-01-01", "2020-05-01"))


def test_a_plan_is_never_taken_as_done(spell: Build) -> None:
    planned = spell(LAUNCH, ("signed!planned", "2020-05-01"), ("in_force!planned", "2020-06-01"))
    assert planned.cause == OPEN
    assert planned.lower == 0.0
    assert spell(LAUNCH, ("round!planned", "2020-05-01")).lower == 0.0
    with pytest.raises(NothingToForecastError):
        spell(("launch_agreed!planned", "2020-01-01"))


def test_a_status_of_the_ratification_speaks_of_force_only(spell: Build) -> None:
    story = (LAUNCH, ("not_concluded!ratification", "2020-05-01"))
    assert spell(*story).lower == 0.0
    assert spell(*story, clock="launch:agreed").lower == 0.0
    assert spell(*story, clock="launch:in_force").lower == days("2020-01-01", "2020-05-01")
    signed = spell(("signed", "2020-02-01"), *story, clock="signed:in_force")
    assert signed.lower == days("2020-02-01", "2020-05-01")


def test_a_signature_shows_that_it_is_not_yet_in_force(spell: Build) -> None:
    it = spell(LAUNCH, ("signed", "2020-05-01"), clock="launch:in_force")
    assert (it.cause, it.lower) == (OPEN, days("2020-01-01", "2020-05-01"))


def test_the_launch_lies_up_to_nine_months_before_the_first_talks(spell: Build) -> None:
    it = spell(("talks_began", "2020-10-15"), ("signed", "2021-10-15"))
    assert (it.start.earliest, it.start.latest) == (date(2020, 1, 15), date(2020, 10, 15))
    assert it.lower == days("2020-10-15", "2021-10-15")
    assert it.upper == days("2020-01-15", "2021-10-15")


def test_a_dated_launch_stands_before_the_first_talks(spell: Build) -> None:
    it = spell(("talks_began", "2020-10-15"), LAUNCH, ("signed", "2021-10-15"))
    assert str(it.start) == "2020-01-01"


def test_exploratory_talks_are_no_launch(spell: Build) -> None:
    with pytest.raises(NothingToForecastError, match="never launched"):
        spell(("exploratory_talks", "2019-01-01"), ("signed", "2021-10-15"))


def test_a_clock_from_signature_needs_a_signature(spell: Build) -> None:
    with pytest.raises(NothingToForecastError, match="never signed"):
        spell(LAUNCH, ("talks_began", "2020-02-01"), clock="signed:in_force")


def test_abandoned_talks_ended_without_agreement(spell: Build) -> None:
    it = spell(LAUNCH, ("status_ongoing", "2020-04-01"), ("abandoned", "2020-06"))
    assert it.cause == ENDED
    assert it.lower == days("2020-01-01", "2020-06-01")
    assert it.upper == days("2020-01-01", "2020-06-30")


@pytest.mark.parametrize("event", ["resumed", "status_ongoing", "round"])
def test_talks_that_go_on_after_an_end_were_not_ended(spell: Build, event: str) -> None:
    it = spell(LAUNCH, ("abandoned", "2020-06"), (event, "2020-09-01"))
    assert it.cause == OPEN
    assert it.lower == days("2020-01-01", "2020-09-01")


def test_a_conclusion_outweighs_an_end_before_it(spell: Build) -> None:
    it = spell(LAUNCH, ("abandoned", "2020-06"), ("signed", "2021-01-01"))
    assert (it.cause, it.lower) == (CONCLUDED, days("2020-01-01", "2021-01-01"))


def test_a_wto_accession_is_concluded_by_the_members_approval(spell: Build) -> None:
    story = (LAUNCH, ("in_force", "2024-05-01"))
    approved = spell(*story, ("approved_by_WTO", "2024-02-26"), family="wto_accession")
    assert approved.lower == approved.upper == days("2020-01-01", "2024-02-26")
    in_force = spell(*story, family="wto_accession")
    assert in_force.lower == in_force.upper == days("2020-01-01", "2024-05-01")
    elsewhere = spell(*story, ("approved_by_WTO", "2024-02-26"), family="trade")
    assert elsewhere.lower == 0.0


def test_an_account_that_differs_is_kept_and_not_used(spell: Build) -> None:
    it = spell(("launch_agreed", "2020-03-01", "2024"), ("launch_agreed", "2020-01-01", "2020-01"))
    assert str(it.start) == "2020-01-01"
    assert [str(account.date) for account in it.start_accounts] == ["2020-01-01", "2020-03-01"]


class TestFollowUp:
    """Entry and exit: from when, and on what condition, a row is in the data."""

    def test_seen_from_its_launch(self, spell: Build) -> None:
        it = spell(("launch_agreed", "2020-01-01", "2020-01-01"), ("signed", "2021-01-01"))
        assert (it.entry, it.exit) == (0.0, inf)
        assert not it.retrospective

    def test_first_seen_at_some_age(self, spell: Build) -> None:
        it = spell(("launch_agreed", "2020-01-01", "2020-07-01"), ("signed", "2021-01-01"))
        assert it.entry == days("2020-01-01", "2020-07-01")
        assert it.exit == inf

    def test_the_age_at_entry_counts_from_the_last_possible_launch(self, spell: Build) -> None:
        it = spell(("launch_agreed", "2020", "2021-03-01"), ("signed", "2022-01-01"))
        assert it.entry == days("2020-12-31", "2021-03-01")

    def test_any_source_may_show_it_first(self, spell: Build) -> None:
        it = spell(
            ("launch_agreed", "2020-01-01", "2022-01-01"),
            ("exploratory_talks", "2019-01-01", "2019-01-02"),
            ("signed", "2021-01-01", "2021-01-01"),
        )
        assert (it.entry, it.exit) == (0.0, inf)

    def test_first_published_on_the_day_it_ended(self, spell: Build) -> None:
        it = spell(("launch_agreed", "2020-01-01", "2021-01-01"), ("signed", "2021-01-01"))
        assert it.entry == 0.0
        assert it.exit == days("2020-01-01", AS_OF.isoformat())
        assert it.retrospective

    def test_publications_unknown(self, spell: Build) -> None:
        it = spell(("launch_agreed", "2020-01"), ("signed", "2021-01-01"))
        assert it.entry == 0.0
        assert it.exit == days("2020-01-01", AS_OF.isoformat())

    def test_an_end_without_agreement_can_be_retrospective(self, spell: Build) -> None:
        it = spell(("launch_agreed", "2020-01-01", "2023"), ("abandoned", "2021-01-01"))
        assert (it.cause, it.retrospective) == (ENDED, True)

    def test_open_and_first_seen_late_tells_nothing_of_before(self, spell: Build) -> None:
        it = spell(
            ("launch_agreed", "2020-01-01", "2024-01-01"),
            ("status_ongoing", "2021-01-01", "2024-01-01"),
        )
        assert it.entry == it.lower == days("2020-01-01", "2021-01-01")
        assert it.exit == inf

    def test_open_and_of_unknown_publication(self, spell: Build) -> None:
        it = spell(LAUNCH, ("status_ongoing", "2021-01-01"))
        assert it.entry == it.lower == days("2020-01-01", "2021-01-01")

    def test_open_and_seen_early(self, spell: Build) -> None:
        it = spell(("launch_agreed", "2020-01-01", "2020-02-01"), ("status_ongoing", "2021-01-01"))
        assert it.entry == days("2020-01-01", "2020-02-01")
        assert it.lower == days("2020-01-01", "2021-01-01")


def test_a_month_has_30_4375_days() -> None:
    assert months(30.4375 * 24) == 24.0
