"""Numbers and dates in plain words."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from forecast.prediction.forecast import Forecast

NEVER = "never"

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def in_twenty(probability: float) -> str:
    """Probability with one denominator: "9 in 20", "fewer than 1 in 20", "more than 19 in 20"."""
    share = round(probability * 20)
    if share == 0:
        return "fewer than 1 in 20"
    if share == 20:
        return "more than 19 in 20"
    return f"{share} in 20"


def percent(probability: float) -> str:
    """Whole percent; the ends say "under 1 %" and "over 99 %"."""
    if probability < 0.005:
        return "under 1 %"
    if probability > 0.995:
        return "over 99 %"
    return f"{probability:.0%}".replace("%", " %")


def long_date(day: date | str) -> str:
    """Date as "31 December 2027"; a word such as "never" stays as it is."""
    if isinstance(day, str):
        return day
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def quantile_words(forecast: Forecast, p: float) -> str:
    """Date by which it is concluded with a probability, or why there is none.

    "90 % never" would read as a probability of never.
    """
    day = forecast.quantile(p)
    if day == NEVER:
        return f"no such date (never: {percent(forecast.never)})"
    already = day == forecast.as_of and forecast.unseen >= p
    return f"already by {long_date(day)}" if already else long_date(day)
