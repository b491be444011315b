"""A forecast as plain data: its answers agree with one another and survive the trip to a file."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import pytest

from forecast.errors import DataError
from forecast.prediction import Forecast, Outlook
from forecast.prediction.grid import date_after, months_ahead

SHARES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9)


def told(forecast: Forecast, rate: float, unseen: float = 0.0, never: float = 0.0) -> Forecast:
    """The same forecast with a plain curve: an exponential and a never share."""
    survival = never + (1.0 - never) * np.exp(-rate * months_ahead())
    outlook = Outlook("x", "X", 1.0, unseen, tuple(map(float, survival)), never)
    return replace(forecast, outlook=outlook)


@pytest.fixture(scope="module")
def plain(france: Forecast) -> Forecast:
    """Half a chance of a conclusion in 24 months; 10 % unseen; 20 % of the rest never."""
    return told(france, np.log(2) / 24, unseen=0.1, never=0.2)


@pytest.fixture(scope="module")
def slow(france: Forecast) -> Forecast:
    return told(france, 0.001)


@pytest.mark.parametrize("p", SHARES)
def test_quantile_and_probability_are_inverse(p: float, france: Forecast) -> None:
    day = france.quantile(p)
    if p > 1.0 - france.never:
        assert day == "never"
        return
    assert isinstance(day, date)
    assert france.probability_by(day) >= p - 1e-9
    if p > france.unseen:
        assert france.probability_by(day - timedelta(days=1)) < p


def test_by_hand(plain: Forecast) -> None:
    day = date_after(plain.as_of, 24.0)
    assert plain.probability_by(day) == pytest.approx(0.1 + 0.9 * 0.8 * 0.5, abs=1e-3)
    assert plain.quantile(0.1 + 0.9 * 0.8 * 0.5) == day
    assert plain.never == pytest.approx(0.9 * 0.2)
    assert plain.unseen == 0.1
    assert plain.probability_by(day.isoformat()) == plain.probability_by(day)


def test_what_may_have_happened_unseen_is_dated_now(plain: Forecast) -> None:
    assert plain.quantile(0.0) == plain.quantile(0.1) == plain.as_of
    assert plain.quantile(0.101) != plain.as_of
    assert plain.probability_by(plain.as_of) == pytest.approx(0.1)


def test_never_is_a_word(plain: Forecast) -> None:
    assert plain.quantile(0.83) == "never"
    assert isinstance(plain.quantile(0.81), date)
    assert plain.interval(0.8) == (plain.as_of, "never")


def test_beyond_fifty_years_only_a_year_is_said(slow: Forecast) -> None:
    # exp(-0.6) of it lasts longer than fifty years.
    assert slow.as_of == date(2026, 6, 30)
    assert isinstance(slow.quantile(0.45), date)
    assert slow.quantile(0.46) == "after 2076"
    assert slow.never == 0.0


def test_the_past_is_not_forecast(france: Forecast) -> None:
    with pytest.raises(DataError, match="lies before the as-of date"):
        france.probability_by(france.as_of - timedelta(days=1))
    with pytest.raises(DataError, match="between 0 and 1"):
        france.quantile(1.1)


def test_probabilities_rise(france: Forecast) -> None:
    days = [france.as_of + timedelta(days=n) for n in range(0, 20_000, 97)]
    reached = [france.probability_by(day) for day in days]
    assert reached == sorted(reached)
    assert reached[0] == pytest.approx(france.unseen)
    assert reached[-1] <= 1.0


@pytest.mark.parametrize("days", [["2026-12-31"], ["2026-12-31", "2027-06-30", "2029-12-31"]])
def test_bins_sum_to_one(days: list[str], plain: Forecast) -> None:
    shares = plain.bins(days)
    assert shares.sum() == pytest.approx(1.0)
    assert (shares >= 0).all()
    assert shares.index[0] == f"by {days[0]}"
    assert list(shares.index[-2:]) == ["later", "never"]
    assert shares.iloc[0] == pytest.approx(plain.probability_by(days[0]))
    assert shares["never"] == pytest.approx(plain.never)
    for first, last in pairwise(days):
        between = plain.probability_by(last) - plain.probability_by(first)
        assert shares[f"{first} to {last}"] == pytest.approx(between)


@pytest.mark.parametrize("share", [-0.5, 1.5, float("nan")])
def test_quantiles_and_intervals_are_of_probabilities(plain: Forecast, share: float) -> None:
    with pytest.raises(DataError, match=rf"^a probability lies between 0 and 1, not {share}$"):
        plain.quantile(share)
    with pytest.raises(DataError, match=rf"^a level lies between 0 and 1, not {share}$"):
        plain.interval(share)


def test_bins_need_a_day(plain: Forecast) -> None:
    with pytest.raises(DataError, match=r"^bins need at least one day$"):
        plain.bins([])


def test_the_days_of_bins_rise(plain: Forecast) -> None:
    with pytest.raises(DataError, match="must rise"):
        plain.bins(["2027-01-01", "2027-01-01"])


def test_draws_reproduce_the_quantiles(plain: Forecast) -> None:
    n = 20_000
    drawn = plain.draws(n)
    assert drawn.dtype == "datetime64[D]"

    def near(count: int, p: float) -> bool:
        return bool(abs(count / n - p) < 4 * np.sqrt(p * (1 - p) / n))

    for months in (3.0, 12.0, 24.0, 60.0):
        day = date_after(plain.as_of, months)
        assert near(int((drawn <= np.datetime64(day)).sum()), plain.probability_by(day))
    assert near(int(np.isnat(drawn).sum()), plain.never)
    assert near(int((drawn == np.datetime64(plain.as_of)).sum()), plain.unseen)
    assert not (drawn < np.datetime64(plain.as_of)).any()


def test_draws_are_seeded(plain: Forecast) -> None:
    np.testing.assert_array_equal(plain.draws(50), plain.draws(50, seed=plain.seed))
    assert (plain.draws(50) != plain.draws(50, seed=1)).any()


def test_draws_beyond_the_calendar_stay_in_it(slow: Forecast) -> None:
    drawn = told(slow, 1e-6).draws(100)
    assert not np.isnat(drawn).any()
    assert drawn.max() <= np.datetime64(date.max)


def test_the_frame_holds_the_answer_and_its_parts(france: Forecast) -> None:
    frame = france.to_frame()
    assert list(frame.columns[:2]) == ["date", "probability"]
    said = {o.name for o in (*france.members, *france.baselines) if o.identified}
    assert set(frame.columns[2:]) == said
    assert frame["probability"].iloc[0] == pytest.approx(france.unseen)
    ahead = int(np.searchsorted(months_ahead(), 24.0))
    assert frame["date"][ahead] == date_after(france.as_of, 24.0)
    assert frame["probability"][ahead] == pytest.approx(
        france.probability_by(frame["date"][ahead]), abs=1e-3
    )
    for outlook in france.members:
        by = france.probability_by(frame["date"][ahead], outlook)
        assert frame[outlook.name][ahead] == pytest.approx(by, abs=1e-3)


@pytest.mark.parametrize("kind", ["france", "at_launch", "concluded", "ended", "plain", "slow"])
def test_the_trip_to_a_file_is_exact(kind: str, request: pytest.FixtureRequest) -> None:
    forecast: Forecast = request.getfixturevalue(kind)
    text = forecast.to_json()
    back = Forecast.from_json(text)
    assert back == forecast
    assert back.to_json() == text
    assert back.quantile(0.5) == forecast.quantile(0.5)


def test_json_says_what_the_forecast_says(france: Forecast) -> None:
    data = json.loads(france.to_json())
    assert data["schema"] == "forecast/1"
    assert data["quantiles"]["0.5"] == str(france.quantile(0.5))
    assert data["sentence"] == france.sentence()
    assert data["status"] == "open"
    for day, probability in data["probability_by"].items():
        assert probability == pytest.approx(france.probability_by(day), rel=1e-5)
    assert data["unseen"] == pytest.approx(france.unseen, rel=1e-5)
    for row, outlook in zip(data["members"], france.members, strict=True):
        assert row["median"] == str(france.quantile(0.5, outlook))


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "{}", '{"schema": "forecast/0"}', '{"schema": "forecast/1"}', "3"]
)
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="this is not a forecast"):
        Forecast.from_json(text)


def test_a_file_with_a_damaged_date_is_refused(france: Forecast) -> None:
    damaged = france.to_json().replace('"as_of": "2026-06-30"', '"as_of": "2026-06-31"')
    with pytest.raises(DataError, match="this is not a forecast file"):
        Forecast.from_json(damaged)


class TestConcluded:
    def test_the_answer_is_the_day(self, concluded: Forecast) -> None:
        day = date(2023, 1, 11)
        assert concluded.status == "concluded"
        assert concluded.end is not None
        assert concluded.end.day == day
        assert concluded.end.source == "https://www.mofa.go.jp/press/release/press4e_003298.html"
        assert "11 January 2023" in concluded.sentence()
        assert concluded.quantile(0.05) == concluded.quantile(0.95) == day
        assert concluded.probability_by("2023-06-01") == 1.0
        assert concluded.unseen == concluded.never == 0.0

    def test_bins_and_draws(self, concluded: Forecast) -> None:
        shares = concluded.bins(["2023-12-31", "2024-12-31"])
        assert shares.tolist() == [1.0, 0.0, 0.0, 0.0]
        assert set(concluded.draws(5)) == {np.datetime64("2023-01-11")}
        assert (concluded.to_frame()["probability"] == 1.0).all()

    def test_nothing_is_mixed(self, concluded: Forecast) -> None:
        assert concluded.members == concluded.baselines == ()


class TestEnded:
    def test_it_never_concludes(self, ended: Forecast) -> None:
        assert ended.status == "ended without agreement"
        assert ended.quantile(0.05) == "never"
        assert ended.probability_by("2020-01-01") == 0.0

    def test_bins_and_draws(self, ended: Forecast) -> None:
        assert ended.bins(["2013-12-31"]).tolist() == [0.0, 0.0, 1.0]
        assert np.isnat(ended.draws(5)).all()
        assert (ended.to_frame()["probability"] == 0.0).all()


@pytest.mark.parametrize("kind", ["france", "concluded", "ended"])
def test_in_a_notebook(kind: str, request: pytest.FixtureRequest) -> None:
    forecast: Forecast = request.getfixturevalue(kind)
    shown = forecast._repr_html_()
    assert forecast.title in shown
    assert str(forecast.quantile(0.5)) in shown


def test_markup_in_a_title_stays_text(france: Forecast) -> None:
    assert "<script>" not in replace(france, title="<script>")._repr_html_()
