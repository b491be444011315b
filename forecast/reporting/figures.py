"""Which parts of a forecast go into which figure, and what each figure says in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from forecast.drawing import cumulative, quantile_dotplot, text_width, timeline, wrapped
from forecast.drawing.case_timeline import LABEL_SIZE, LABEL_WIDTH
from forecast.drawing.quantile_dots import dot_bins
from forecast.prediction.comparable import comparable_cases
from forecast.prediction.forecast import Forecast
from forecast.prediction.grid import months_between
from forecast.prediction.parts import Case, Target
from forecast.prediction.words import in_twenty, long_date, percent
from forecast.reporting.wording import family_name, short_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LISTED_CASES = 9
DRAWN_CASES = 28
YEARS = 8

_WIDTH = 470.0


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawn figure and the words that stand for it where it cannot be seen."""

    axes: Axes
    alternative: str


def twenty(forecast: Forecast) -> list[date | str]:
    """Quantile dates at the middles of twenty equal shares."""
    return [forecast.quantile(0.025 + 0.05 * k) for k in range(20)]


def dots(forecast: Forecast, ax: Axes | None = None, text_size: float = 7.5) -> Picture:
    """Twenty dots over the calendar; those up to the headline day are dark."""
    days = twenty(forecast)
    day = forecast.headline_day
    axes = quantile_dotplot(
        days,
        ax,
        as_of=forecast.as_of,
        marked=day,
        marked_label=f"{in_twenty(forecast.probability_by(day))} by {long_date(day)}",
        already=f"already {forecast.verb}, unseen",
        years=YEARS,
        text_size=text_size,
        size=(_WIDTH, 210.0),
    )
    found = dot_bins(days, forecast.as_of, YEARS)
    parts = [f"{found.already} already {forecast.verb}, unseen"] if found.already else []
    years: Counter[int] = Counter()
    for first, _, n in found.bins:
        years[first.year] += n
    parts += [f"{n} in {year}" for year, n in years.items() if n]
    parts += [f"{found.later} after {found.bins[-1][1].year}"] if found.later else []
    parts += [f"{found.never} never"] if found.never else []
    return Picture(axes, f"Twenty dots, each a chance of 1 in 20: {'; '.join(parts)}.")


def drawn_targets(forecast: Forecast) -> list[Target]:
    """Named dates that the curves show as vertical lines: those within their window."""
    last = date(forecast.as_of.year + YEARS, 12, 31)
    return [target for target in forecast.targets if forecast.as_of <= target.by <= last]


def curves(forecast: Forecast) -> Picture:
    """Cumulative probability of the answer, its members, the pool beside it and the baselines."""
    named = (*forecast.members, *forecast.baselines)
    answer = len(forecast.members) > 1
    frame = forecast.to_frame()
    if not answer:
        frame = frame.drop(columns=[o.name for o in forecast.members if o.name in frame])
    axes = cumulative(
        frame,
        targets=forecast.targets,
        as_of=forecast.as_of,
        labels={o.name: o.label for o in named} | {"probability": "The answer"},
        baselines=[o.name for o in forecast.baselines],
        years=YEARS,
        size=(_WIDTH, 215.0),
    )
    points = [f"{percent(forecast.probability_by(d))} by the end of {d.year}" for d in
              forecast.year_ends(YEARS)]  # fmt: skip
    return Picture(
        axes,
        f"Curve of the probability that it is {forecast.verb} by each date: {'; '.join(points)}. "
        "Members of the answer are thin lines, what it is compared with is dashed.",
    )


def bars(forecast: Forecast) -> Picture:
    """Durations of the nearest past negotiations and of the one in question."""
    chosen = comparable_cases(forecast)[:DRAWN_CASES]
    frame = _case_frame(forecast, chosen)
    counts = Counter(case.status for case in chosen)
    listed = ", ".join(f"{n} {status}" for status, n in counts.items())
    done = [c.upper for c in chosen if c.status == "concluded" and c.upper is not None]
    span = f" The concluded ones took up to {max(done):.0f} months." if done else ""
    waited = round(months_between(forecast.start_day, forecast.as_of))
    return Picture(
        timeline(frame, width=_WIDTH),
        f"Bars of the months that {len(chosen)} past negotiations took ({listed}).{span} "
        f"The one in question began {waited} months before the as-of date.",
    )


def _case_frame(forecast: Forecast, chosen: Sequence[Case]) -> pd.DataFrame:
    """Rows of the timeline, the family of the negotiation in question first."""
    family = forecast.family
    target = Case(
        id=forecast.negotiation,
        title=forecast.title,
        family=family,
        parties=forecast.parties,
        start=forecast.start,
        start_day=forecast.start_day,
        end="",
        end_day=forecast.open_at,
        status="open",
        lower=max(0.0, months_between(forecast.start_day, forecast.open_at)),
        upper=None,
        retrospective=False,
        weight=1.0,
        account="",
        start_source=forecast.start_source,
        end_source="",
    )
    rows = [target, *chosen]
    sizes = Counter(case.family for case in rows)
    rows.sort(key=lambda c: (c.family != family, -sizes[c.family], c.family))
    return pd.DataFrame(
        {
            "label": [_label(short_title(c), c.start_day.year) for c in rows],
            "family": [family_name(c.family) for c in rows],
            "status": [c.status for c in rows],
            "lower": [c.lower for c in rows],
            "upper": [c.upper for c in rows],
            "retrospective": [c.retrospective for c in rows],
            "target": [c.id == forecast.negotiation for c in rows],
            "reach": [
                months_between(c.start_day, forecast.as_of) if c.status == "open" else None
                for c in rows
            ],
        }
    )


def _label(title: str, year: int) -> str:
    """Title and year on one line of the timeline; a long title is shortened, the year never."""
    ending = f", {year}"
    room = LABEL_WIDTH - text_width(ending, LABEL_SIZE) - 1.0
    return wrapped(title, room, LABEL_SIZE, most=1)[0] + ending
