"""A saved forecast is scored by what the archive came to know."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import forecast
from forecast.archive import Archive
from forecast.errors import NothingToForecastError
from forecast.evaluation.saved import score_saved
from forecast.prediction import Forecast
from forecast.prediction.grid import months_ahead, months_between

AS_OF, SIGNED = date(2022, 1, 15), date(2023, 1, 11)


@pytest.fixture(scope="module")
def made() -> Forecast:
    return forecast.predict("jpn-gbr-raa", as_of=AS_OF, model="lindy")


def test_scores_are_those_of_the_forecasts_own_probabilities(
    made: Forecast, archive: Archive
) -> None:
    found = score_saved(made, archive)
    assert found.outcome == "signed 11 January 2023, 11.9 months later"
    answer = found.scores[0]
    by = [1 - (1 - made.outlook.unseen) * made.outlook.curve().at(h)[0, 0] for h in (6, 12, 24, 36)]
    np.testing.assert_allclose(answer.brier, [by[0] ** 2, *((1 - p) ** 2 for p in by[1:])])
    assert answer.log == pytest.approx(-np.log(0.99 * (by[1] - by[0]) + 0.01 / 9))
    # A Riemann sum of days.
    ahead = np.arange(0.005, months_between(AS_OF, archive.date), 0.01)
    cdf = 1 - (1 - made.outlook.unseen) * made.outlook.curve().at(ahead)[0]
    concluded = ahead >= months_between(AS_OF, SIGNED)
    assert answer.crps == pytest.approx(0.01 * np.sum((cdf - concluded) ** 2), abs=0.01)


def test_baselines_stand_beside_the_answer(made: Forecast, archive: Archive) -> None:
    labels = [row.label for row in score_saved(made, archive).scores]
    assert labels == ["The answer", *(b.label for b in made.baselines if b.identified)]
    assert len(labels) > 1


def test_horizons_beyond_the_data_are_blank(made: Forecast, archive: Archive) -> None:
    found = score_saved(made, archive.as_of(date(2023, 6, 1)))
    assert np.isnan(found.scores[0].brier).tolist() == [False, False, True, True]


def test_not_known_yet(made: Forecast, archive: Archive) -> None:
    found = score_saved(made, archive.as_of(date(2022, 6, 1)))
    assert found.outcome.startswith("not known yet: last seen open")
    assert found.scores == ()
    same_day = score_saved(made, archive.as_of(AS_OF))
    assert same_day.outcome == "not known yet: the data end on 15 January 2022"


def test_a_conclusion_that_was_unseen_scores_what_was_held_to_be_unseen(
    made: Forecast, archive: Archive
) -> None:
    survival = np.where(months_ahead() > 0, 0.5, 1.0)
    late = replace(
        made,
        as_of=date(2023, 2, 1),
        outlook=replace(made.outlook, unseen=0.3, never=0.5, survival=tuple(map(float, survival))),
    )
    found = score_saved(late, archive)
    assert found.outcome.endswith("before that date, unseen by the sources")
    assert found.scores[0].log == pytest.approx(-np.log(0.99 * 0.65 + 0.01 / 9), rel=1e-6)
    assert found.scores[0].brier[0] == pytest.approx(0.35**2)
    sure = replace(late, outlook=replace(late.outlook, unseen=1.0 - 1e-9))
    assert score_saved(sure, archive).scores[0].crps == pytest.approx(0.0, abs=1e-5)


def test_ended_without_agreement_counts_as_never(archive: Archive) -> None:
    from forecast.timing import ENDED, parse_clock, spell_of

    clock = parse_clock("launch:signed")
    for id_ in archive:
        try:
            spell = spell_of(archive[id_], clock, archive.date)
        except NothingToForecastError:
            continue
        if spell.cause == ENDED and spell.start.latest.year > 2000:
            break
    at = date(spell.start.latest.year + 1, 1, 1)
    shown = replace(
        forecast.predict("jpn-fra-raa", model="lindy"),
        negotiation=id_,
        as_of=at,
        clock=clock.name,
    )
    found = score_saved(shown, archive)
    assert found.outcome.startswith("ended without agreement")
    beyond = (1 - shown.outlook.unseen) * shown.outlook.curve().at(120.0)[0, 0]
    assert found.scores[0].log == pytest.approx(-np.log(0.99 * beyond + 0.01 / 9), rel=1e-6)


def test_nothing_to_score(made: Forecast, archive: Archive) -> None:
    concluded = forecast.predict("jpn-gbr-raa", as_of="2023-06-01")
    assert score_saved(concluded, archive).outcome == (
        "nothing to score: concluded when it was made"
    )
    with pytest.raises(NothingToForecastError, match="nowhere"):
        score_saved(replace(made, negotiation="nowhere"), archive)
