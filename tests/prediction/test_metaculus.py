"""The distribution keeps the site's rules whatever the forecast, and else says what it says."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import forecast
from forecast.errors import DataError, NothingToForecastError, UsageError
from forecast.prediction import Forecast
from forecast.prediction.grid import months_ahead
from forecast.prediction.metaculus import metaculus_cdf, metaculus_question
from forecast.survival.arrays import FloatArray

FIRST, LAST = date(2026, 1, 1), date(2031, 1, 1)


@pytest.fixture(scope="module")
def made() -> Forecast:
    return forecast.predict("jpn-fra-raa", model="lindy")


def with_outlook(
    made: Forecast, survival: FloatArray, unseen: float = 0.0, never: float = 0.0
) -> Forecast:
    curve = tuple(map(float, survival))
    return replace(made, outlook=replace(made.outlook, survival=curve, unseen=unseen, never=never))


def assert_valid(cdf: FloatArray, open_lower: bool, open_upper: bool) -> None:
    """The rules as the site checks them, after its rounding."""
    cdf = np.round(cdf, 10)
    steps = np.round(np.diff(cdf), 10)
    assert cdf.shape == (201,)
    assert steps.min() >= 5e-5
    assert steps.max() <= 0.2
    assert cdf[0] >= 0.001 if open_lower else cdf[0] == 0.0
    assert cdf[-1] <= 0.999 if open_upper else cdf[-1] == 1.0


@given(
    seed=st.integers(0, 2**32 - 1),
    roughness=st.sampled_from([0.01, 1.0, 30.0]),
    unseen=st.sampled_from([0.0, 0.2, 0.9]),
    first=st.integers(-2000, 4000),
    length=st.integers(1, 9000),
    open_lower=st.booleans(),
    open_upper=st.booleans(),
)
def test_rules_of_the_site(
    made: Forecast,
    seed: int,
    roughness: float,
    unseen: float,
    first: int,
    length: int,
    open_lower: bool,
    open_upper: bool,
) -> None:
    rng = np.random.default_rng(seed)
    # However rough, every month has some probability, so that no range after today has none.
    falls = rng.gamma(1.0 / roughness, size=len(months_ahead()) - 1) + 1e-6
    share = np.cumsum(falls) / (falls.sum() + rng.gamma(1.0 / roughness))
    shown = with_outlook(made, np.append(1.0, np.clip(1.0 - share, 0.0, 1.0)), unseen)
    opens = made.as_of + timedelta(days=first)
    closes = opens + timedelta(days=length)

    def cdf() -> FloatArray:
        return metaculus_cdf(shown, opens, closes, open_lower=open_lower, open_upper=open_upper)

    nothing_before = made.as_of if unseen == 0.0 else made.open_at
    if not open_upper and closes <= nothing_before:
        with pytest.raises(DataError, match="in this range"):
            cdf()
    else:
        assert_valid(cdf(), open_lower, open_upper)


def test_one_sure_day_is_widened_no_more_than_the_rules_ask(made: Forecast) -> None:
    sure = np.where(months_ahead() <= 30.0, 1.0, 0.0)
    cdf = metaculus_cdf(with_outlook(made, sure), FIRST, LAST)
    assert_valid(cdf, True, True)
    steps = np.diff(cdf)
    # 0.988 in five steps of at most 0.2, around the 30th month after the as-of date.
    assert np.sum(steps > 0.1) == 5
    days = (made.as_of - FIRST).days + 30.25 * 30.4375
    centre = days / (LAST - FIRST).days * 200
    assert np.flatnonzero(steps > 0.1).mean() == pytest.approx(centre, abs=2)


def test_never_and_later_are_above_the_range(made: Forecast) -> None:
    always = with_outlook(made, np.ones(len(months_ahead())), never=1.0)
    cdf = metaculus_cdf(always, FIRST, LAST)
    assert cdf[-1] == pytest.approx(0.001 + 200 * 5e-5, abs=1e-6)
    with pytest.raises(DataError, match="sure not to be concluded"):
        metaculus_cdf(always, FIRST, LAST, open_upper=False)


def test_all_before_the_range_is_below_it(made: Forecast) -> None:
    at_once = with_outlook(made, np.append(1.0, np.zeros(len(months_ahead()) - 1)))
    cdf = metaculus_cdf(at_once, date(2027, 1, 1), LAST)
    assert cdf[0] == pytest.approx(1.0 - 0.011, abs=1e-6)


def test_says_what_the_forecast_says_within_the_mixture(made: Forecast) -> None:
    cdf = metaculus_cdf(made, made.as_of, LAST)
    for place in (40, 100, 160, 200):
        day = made.as_of + timedelta(days=round((LAST - made.as_of).days * place / 200))
        assert cdf[place] == pytest.approx(made.probability_by(day), abs=0.013)
    # Exactly: the floor of 0.001 below, 200 steps of 5e-5 within, 0.001 above.
    by = made.probability_by(LAST)
    assert cdf[200] == pytest.approx(0.011 + 0.988 * by, abs=1e-6)


def test_what_was_unseen_is_spread_since_it_was_last_seen_open(made: Forecast) -> None:
    halves = with_outlook(made, np.ones(len(months_ahead())), unseen=0.5)
    span = timedelta(days=100)
    shown = replace(halves, open_at=made.as_of - span)
    cdf = metaculus_cdf(shown, shown.open_at - span, made.as_of + 2 * span)
    assert cdf[50] == pytest.approx(0.001 + 50 * 5e-5, abs=1e-5)
    assert cdf[75] == pytest.approx(0.001 + 75 * 5e-5 + 0.988 * 0.25, abs=1e-5)
    assert cdf[100] == pytest.approx(0.001 + 100 * 5e-5 + 0.988 * 0.5, abs=1e-5)


def test_a_closed_range_holds_all(made: Forecast) -> None:
    cdf = metaculus_cdf(made, made.as_of, LAST, open_lower=False, open_upper=False)
    assert_valid(cdf, False, False)
    unseen, by = made.probability_by(made.as_of), made.probability_by(LAST)
    half = made.as_of + (LAST - made.as_of) / 2
    share = (made.probability_by(half) - unseen) / (by - unseen)
    assert cdf[100] == pytest.approx(0.005 + 0.99 * share, abs=2e-3)


def test_question_is_plain_data(made: Forecast) -> None:
    question = metaculus_question(made, FIRST, LAST)
    cdf = question["continuous_cdf"]
    assert question["below"] == cdf[0]
    assert question["above"] == pytest.approx(1.0 - cdf[-1])
    assert question["range"] == ["2026-01-01", "2031-01-01"]


def test_refusals(made: Forecast) -> None:
    with pytest.raises(UsageError, match="must end after it begins"):
        metaculus_cdf(made, LAST, LAST)
    concluded = forecast.predict("jpn-gbr-raa", as_of="2023-06-01")
    with pytest.raises(NothingToForecastError, match="no open question"):
        metaculus_cdf(concluded, FIRST, LAST)
