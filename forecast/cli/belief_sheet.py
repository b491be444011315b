"""An analyst's belief laid out for the terminal, beside what the data do to it."""

from __future__ import annotations

from datetime import date
from math import inf
from typing import TYPE_CHECKING

from forecast.cli.console import heading, paragraph, rows, title

if TYPE_CHECKING:
    from forecast.analysis.beliefs import Weighed

_YEARS = 5


def show_belief(weighed: Weighed) -> None:
    """Print what an analyst believes, what the data do to it, the model, and both together."""
    from forecast.prediction import long_date, percent

    question, belief = weighed.question, weighed.belief
    verb, today = question.table.clock.verb, question.view.date
    title(f"{question.record.title} ({question.record.id}): your belief and the data")
    heading(f"You believe that it is {verb}")
    said = zip(weighed.days, belief.months, belief.shares, strict=True)
    rows([(f"by {long_date(d)}", f"{m:g} months", percent(p)) for d, m, p in said], right=(1, 2))
    heading(f"As known on {long_date(today)}")
    first = today.year + int(today == date(today.year, 12, 31))
    days = [today, *(date(first + k, 12, 31) for k in range(_YEARS))]
    by = [weighed.by(day) for day in days]
    lines = [
        (name, *(percent(each[name]) for each in by), _even_odds(months, today))
        for name, months in weighed.medians().items()
    ]
    rows(
        lines,
        ("Probability by", *(_column(day, today) for day in days), "Even odds"),
        right=range(1, 7),
    )
    print()
    paragraph(
        f"Still open: last seen so on {question.spell.open_at}; searched for up to {question.searched}, "
        f"with a chance of {percent(question.miss_rate)} that a conclusion escaped. Where you say nothing, "
        "the model speaks. Both together: even odds at launch that you or the model is right; that nothing "
        f"was found has made them {percent(weighed.weight)} for you.",
        indent=0,
    )


def _column(day: date, today: date) -> str:
    return "now" if day == today else f"{day:%Y}"


def _even_odds(months: float, today: date) -> str:
    from forecast.prediction.grid import HORIZON_MONTHS, date_after

    if months > HORIZON_MONTHS:
        return "never" if months == inf else "later"
    return f"{date_after(today, months):%Y-%m}" if months else "by now"
