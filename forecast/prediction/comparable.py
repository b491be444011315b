"""Which past cases a reader should look at first, and their durations in words."""

from __future__ import annotations

from forecast.prediction.forecast import Forecast
from forecast.prediction.parts import Case


def comparable_cases(forecast: Forecast) -> list[Case]:
    """Cases of a forecast, the most comparable first.

    Same family first, then those with more parties in common, then those launched nearest in time.
    """
    own = set(forecast.parties)

    def order(case: Case) -> tuple[bool, int, int, str]:
        shared = own.intersection(case.parties)
        distance = abs((case.start_day - forecast.start_day).days)
        return case.family != forecast.family, -len(shared), distance, case.id

    return sorted(forecast.cases, key=order)


def duration_in_words(case: Case) -> str:
    """Months of a case: "15.5", "88 to 90", "over 25" where nothing shows its end."""
    if case.upper is None:
        return f"over {case.lower:.0f}"
    if f"{case.lower:.1f}" == f"{case.upper:.1f}":
        return f"{case.upper:.1f}"
    digits = 0 if case.upper - case.lower >= 2 else 1
    return f"{case.lower:.{digits}f} to {case.upper:.{digits}f}"
