"""The replay: each month as it stood then, and the decay ahead."""

from __future__ import annotations

from datetime import date
from math import inf

import numpy as np
import pytest

import forecast.analysis.replay as module
from forecast.analysis.refit import fit_tails
from forecast.analysis.replay import Replay, Standing, decay, replay, standing, still_open
from forecast.archive import Archive
from forecast.errors import NothingToForecastError
from forecast.models import HierarchicalModel
from forecast.prediction import predict
from forecast.prediction.question import Question, pose

CASE, LAUNCH, UNTIL = "jpn-fra-raa", date(2024, 5, 2), date(2024, 5, 20)


@pytest.fixture(scope="module")
def replayed(archive: Archive) -> Replay:
    # As many as the quick headline of the other tests has.
    return replay(CASE, UNTIL, archive=archive, workers=1, nodes=128, draws=4)


@pytest.fixture(scope="module")
def question() -> Question:
    return pose(CASE)


@pytest.fixture(scope="module")
def models(question: Question) -> list[HierarchicalModel]:
    return list(fit_tails(question, nodes=128, draws=8).values())


def test_each_standing_is_the_forecast_of_its_day(replayed: Replay) -> None:
    assert [s.as_of for s in replayed.past] == [LAUNCH, UNTIL]
    for stood in replayed.past:
        made = predict(CASE, stood.as_of)
        assert stood.by_headline == pytest.approx(made.probability_by("2025-12-31"), abs=1e-5)
        assert stood.unseen == pytest.approx(made.unseen, abs=1e-5)
        assert stood.never == pytest.approx(made.never, abs=1e-5)
        for share, day in stood.dates().items():
            expected = made.quantile(share)
            assert day == expected or (day is None and isinstance(expected, str))


def test_it_sees_nothing_that_came_later(replayed: Replay) -> None:
    assert replayed.question.view.date == UNTIL
    assert replayed.headline_day == date(2025, 12, 31)
    assert max(event.day for event in replayed.events) <= UNTIL
    assert [e.by for e in replayed.events if e.kind == "promise"] == [date(2025, 5, 2)]
    # Later promises and the election that was called on 9 June 2024 were unknown.
    assert date(2024, 12, 31) not in {item.by for item in replayed.due}
    assert date(2024, 7, 7) not in {item.day for item in replayed.due}


def test_months_run_from_the_launch_to_the_last_day() -> None:
    assert module._months(date(2024, 1, 31), date(2024, 4, 15)) == [
        date(2024, 1, 31),
        date(2024, 2, 29),
        date(2024, 3, 31),
        date(2024, 4, 15),
    ]
    assert module._months(LAUNCH, LAUNCH) == [LAUNCH]
    assert module._months(LAUNCH, date(2024, 6, 2)) == [LAUNCH, date(2024, 6, 2)]


def test_a_concluded_case_is_replayed_to_the_eve_of_its_end() -> None:
    last = module._last_question(pose("jpn-gbr-raa"))
    assert last.view.date == date(2023, 1, 10)
    assert last.is_open


def test_talks_that_were_not_launched_cannot_be_replayed(archive: Archive) -> None:
    with pytest.raises(NothingToForecastError, match="not yet launched"):
        replay(CASE, "2023-01-01", archive=archive)


def test_the_decay_starts_from_the_last_fit_with_the_case_seen_open(
    question: Question, models: list[HierarchicalModel]
) -> None:
    found = decay(question, models, date(2027, 12, 31), months=24)
    assert len(found) == 25
    assert found[0].as_of == question.view.date
    asserted = pose(CASE, open_at=question.view.date)
    answer = asserted.remaining([asserted.curve(model) for model in models])
    assert found[0].within_12 == pytest.approx(answer.probability_within(12.0), abs=1e-6)
    assert all(s.unseen == 0.0 for s in found)


def test_the_longer_it_lasts_the_further_off_it_is(
    question: Question, models: list[HierarchicalModel]
) -> None:
    found = decay(question, models, date(2027, 12, 31), months=24)
    by_headline = [s.by_headline for s in found if s.as_of <= date(2027, 12, 31)]
    assert np.all(np.diff(by_headline) < 0)
    assert np.isnan(found[-1].by_headline)
    medians = [s.dates()[0.5] for s in found]
    assert medians == sorted(medians, key=lambda day: day or date.max)
    # Chapman-Kolmogorov for one model: P(by T) now is P(by t) + P(open at t) P(by T | open at t), but for
    # those that ended without agreement, of which nobody would be told that they are open.
    near, far = date(2026, 12, 31), date(2027, 12, 31)
    one = models[:1]
    now = still_open(question, one, question.view.date)
    by_near = now.probability_within((near - question.view.date).days / 30.4375)
    by_far = now.probability_within((far - question.view.date).days / 30.4375)
    then = still_open(question, one, near).probability_within((far - near).days / 30.4375)
    assert (by_far - by_near) / (1.0 - by_near) < then
    assert then == pytest.approx((by_far - by_near) / (1.0 - by_near), abs=0.05)


def test_a_standing_without_a_date_says_so(
    question: Question, models: list[HierarchicalModel]
) -> None:
    answer = question.remaining([question.curve(model, 0.35) for model in models])
    stood = standing(question.view.date, answer, date(2027, 12, 31))
    assert stood.quantiles[-1] == inf
    assert stood.dates()[0.9] is None
    far = Standing(date(2026, 1, 1), 0.1, 0.1, (1.0, 2.0, 3.0, 4.0, 601.0), 0.0, 0.0)
    assert far.dates()[0.9] is None
    assert far.dates()[0.1] == date(2026, 2, 1)


def test_the_frame_keeps_both_halves_apart(replayed: Replay) -> None:
    frame = replayed.to_frame()
    assert frame["part"].value_counts().to_dict() == {"if still open then": 37, "as known then": 2}
    assert frame["q50"].iloc[0] == replayed.past[0].dates()[0.5]
    assert replayed.probability_by(date(2025, 12, 31)) == pytest.approx(
        replayed.past[-1].by_headline
    )
