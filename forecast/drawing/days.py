"""Days on an axis."""

from __future__ import annotations

from datetime import date

_FIRST = date(1970, 1, 1)


def day_number(day: date) -> float:
    """Days since 1970, which is how matplotlib counts dates."""
    return float((day - _FIRST).days)
