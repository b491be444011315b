"""The grid on which forecasts are kept: months after the as-of date."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from forecast.archive import DAYS_PER_MONTH
from forecast.errors import UsageError
from forecast.survival.arrays import FloatArray

HORIZON_MONTHS = 600.0
"""A date further off than this is printed as "after" a year, not as a date."""


def months_ahead() -> FloatArray:
    """Knots in months after the as-of date: half-months for five years, then ever wider."""
    return np.concatenate(
        [
            np.arange(0.0, 60.0, 0.5),
            np.arange(60.0, 120.0, 1.0),
            np.arange(120.0, 240.0, 3.0),
            np.arange(240.0, HORIZON_MONTHS + 1.0, 12.0),
        ]
    )


def months_between(start: date, end: date) -> float:
    """Months of 30.4375 days from one day to another."""
    return (end - start).days / DAYS_PER_MONTH


def date_after(start: date, months: float) -> date:
    """First day that lies at least so many months after a day."""
    return start + timedelta(days=int(whole_days(np.array(months))))


def whole_days(months: FloatArray) -> FloatArray:
    """Days of so many months, a part of a day counted as one."""
    # The guard keeps a whole number of days from being pushed to the next one by rounding.
    days: FloatArray = np.ceil(months * DAYS_PER_MONTH - 1e-6)
    return days


def parse_day(value: date | str, what: str) -> date:
    """Return a day from an ISO string.

    Raises
    ------
    UsageError
        If the string is no day of the calendar; ``what`` names the argument.
    """
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise UsageError(f"{what} {value!r} is not a day such as 2024-05-02") from None


def significant(values: FloatArray, digits: int = 6) -> FloatArray:
    """Values rounded to so many significant digits, so that files are the same everywhere."""
    text = np.char.mod(f"%.{digits}g", values)
    return text.astype(np.float64)
