"""Dates as historians write them: EDTF level 0 and 1 strings as ranges of days.

A date that is known only to the month, the year or "about then" becomes the first and the last day on
which the event can have happened; nothing downstream needs to know how it was written.

References
----------
Library of Congress, Extended Date/Time Format (EDTF) specification, 2019 (ISO 8601-2).
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

DAYS_PER_MONTH = 30.4375

# An approximate date ("~") is widened on each side by this much, by its precision.
_WIDENING_DAYS = {"day": 7}
_WIDENING_MONTHS = {"month": 1, "season": 1, "year": 6}

# Northern meteorological seasons: (first month, months after the start of the year of the last month).
_SEASONS = {21: (3, 5), 22: (6, 8), 23: (9, 11), 24: (12, 14)}

_DATE = re.compile(
    r"(?P<year>Y?-?\d{4,}|\d{3}X|\d{2}XX)"
    r"(?:-(?P<month>\d{2}|XX)(?:-(?P<day>\d{2}|XX))?)?"
    r"(?P<qualifier>[?~%]?)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class DateRange:
    """The days on which an event can have happened.

    Attributes
    ----------
    earliest, latest : datetime.date
        First and last possible day, both inclusive.
    text : str
        The EDTF string the range was read from.
    """

    earliest: date
    latest: date
    text: str

    def __str__(self) -> str:
        return self.text

    @property
    def midpoint(self) -> date:
        """Middle day of the range, the earlier one of two."""
        return self.earliest + (self.latest - self.earliest) // 2

    @property
    def is_day(self) -> bool:
        """Whether the date is known to the day."""
        return self.earliest == self.latest


def day(value: date) -> DateRange:
    """Range of a single day."""
    return DateRange(value, value, value.isoformat())


def add_months(value: date, months: int) -> date:
    """Same day ``months`` later (negative: earlier), the month's last day where there is none."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    return date(year, month + 1, min(value.day, calendar.monthrange(year, month + 1)[1]))


@lru_cache(maxsize=65536)
def parse(text: str) -> DateRange:
    """Read an EDTF level 0 or 1 string.

    Parameters
    ----------
    text : str
        A date (``2024-05-02``, ``2024-05``, ``2024``), approximate (``2024-05~``), uncertain (``2024?``,
        not widened), both (``2024%``), with unspecified digits (``201X``, ``2024-XX``), a season
        (``2024-23``) or an interval (``2024-05/2024-07``, ``2024/..``, ``../2024``).

    Returns
    -------
    DateRange
        ``~`` and ``%`` widen each side by 7 days, 1 month or 6 months at day, month or year precision.
        An open or unknown end of an interval reaches to the calendar's end.

    Raises
    ------
    ValueError
        If the text is no such date; the message says what is wrong.
    """
    stripped = text.strip()
    if "/" not in stripped:
        earliest, latest = _bounds(stripped)
        return DateRange(earliest, latest, stripped)
    ends = stripped.split("/")
    if len(ends) != 2 or all(end in ("", "..") for end in ends):
        raise ValueError(f"{text!r} is not an EDTF interval such as 2024-05/2024-07")
    earliest = date.min if ends[0] in ("", "..") else _bounds(ends[0])[0]
    latest = date.max if ends[1] in ("", "..") else _bounds(ends[1])[1]
    if earliest > latest:
        raise ValueError(f"{text!r} ends before it begins")
    return DateRange(earliest, latest, stripped)


def _bounds(text: str) -> tuple[date, date]:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError(
            f"{text!r} is not an EDTF date such as 2024, 2024-05, 2024-05-02 or 2024-05~"
        )
    try:
        earliest, latest, precision = _calendar_bounds(match)
        if match["qualifier"] in ("~", "%"):
            earliest, latest = _widen(earliest, latest, precision)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a date of the calendar ({error})") from None
    return earliest, latest


def _calendar_bounds(match: re.Match[str]) -> tuple[date, date, str]:
    year, month, day_ = match["year"].removeprefix("Y"), match["month"], match["day"]
    if "X" in year:
        if month is not None:
            raise ValueError("a decade or century has no month")
        return (
            date(int(year.replace("X", "0")), 1, 1),
            date(int(year.replace("X", "9")), 12, 31),
            "year",
        )
    number = int(year)
    if month in (None, "XX"):
        if day_ not in (None, "XX"):
            raise ValueError("a day needs a month")
        return date(number, 1, 1), date(number, 12, 31), "year"
    if int(month) in _SEASONS:
        if day_ is not None:
            raise ValueError("a season has no day")
        first, last = _SEASONS[int(month)]
        start = date(number, first, 1)
        return start, _month_end(add_months(start, last - first)), "season"
    if day_ in (None, "XX"):
        start = date(number, int(month), 1)
        return start, _month_end(start), "month"
    exact = date(number, int(month), int(day_))
    return exact, exact, "day"


def _widen(earliest: date, latest: date, precision: str) -> tuple[date, date]:
    if precision in _WIDENING_DAYS:
        margin = timedelta(days=_WIDENING_DAYS[precision])
        return earliest - margin, latest + margin
    months = _WIDENING_MONTHS[precision]
    # Ranges at month and year precision begin on a first and end on a last day: keep both so.
    return add_months(earliest, -months), _month_end(add_months(latest.replace(day=1), months))


def _month_end(value: date) -> date:
    return value.replace(day=calendar.monthrange(value.year, value.month)[1])
