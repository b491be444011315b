"""Forecasts that several tests look at, each made once."""

import pytest

from forecast.prediction import Forecast, predict, predict_open


@pytest.fixture(scope="session")
def france() -> Forecast:
    """The headline: the Japan-France talks as of the vintage."""
    return predict("jpn-fra-raa")


@pytest.fixture(scope="session")
def at_launch() -> Forecast:
    """The same on the day of the launch."""
    return predict("jpn-fra-raa", as_of="2024-05-02")


@pytest.fixture(scope="session")
def concluded() -> Forecast:
    return predict("jpn-gbr-raa", as_of="2023-06-01")


@pytest.fixture(scope="session")
def ended() -> Forecast:
    return predict("jpn-kor-isa-2012", as_of="2013-06-01")


@pytest.fixture(scope="session")
def every_open() -> dict[str, Forecast]:
    """Every negotiation that is open at the vintage."""
    return predict_open()
