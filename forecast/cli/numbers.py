"""Numbers as options take them: what is none is refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

from forecast.errors import UsageError


def whole_number(option: str, least: int) -> Callable[[str | int], int]:
    """Parser of an option whose value is a whole number of at least ``least``."""

    def parse(text: str | int) -> int:
        try:
            number = int(text)
        except ValueError:
            number = least - 1
        if number < least:
            raise UsageError(f"{option} {str(text)!r} is not a whole number of at least {least}")
        return number

    return parse


def any_number(option: str) -> Callable[[str | float], float]:
    """Parser of an option whose value is a finite number."""

    def parse(text: str | float) -> float:
        try:
            number = float(text)
            if not isfinite(number):
                raise ValueError
        except ValueError:
            raise UsageError(f"{option} {str(text)!r} is not a number") from None
        return number

    return parse
