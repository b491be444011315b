"""A forecast: plain data about when a negotiation will be concluded, as of a date.

The probability is kept in two parts: ``unseen``, the chance that it was concluded before the as-of date
without our sources showing it, and a survival curve of the months after that date.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.errors import DataError
from forecast.prediction import json_text
from forecast.prediction.grid import (
    HORIZON_MONTHS,
    date_after,
    months_ahead,
    months_between,
    parse_day,
    whole_days,
)
from forecast.prediction.json_text import SCHEMA
from forecast.prediction.parts import Case, End, Outlook, Target
from forecast.prediction.words import NEVER, in_twenty, long_date
from forecast.survival import SurvivalCurves

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Forecast:
    """When a negotiation will be concluded, as a distribution over dates.

    Made by :func:`forecast.predict`; read back with :meth:`from_json`. Probabilities are as of
    ``as_of`` and include ``unseen``.

    Attributes
    ----------
    outlook : Outlook
        The answer.
    members, baselines : tuple of Outlook
        What the answer was mixed from, and what it must be compared with.
    end : End or None
        Set where the clock has already stopped; then the answer is that date.
    sensitivity : mapping
        P by ``headline_day`` under other assumptions: label to probability.
    digest : str
        SHA-256 of the facts that were known as of the date.
    """

    negotiation: str
    title: str
    family: str
    parties: tuple[str, ...]
    clock: str
    verb: str
    resolution: str
    model: str
    accounts: str
    seed: int
    as_of: date
    vintage: date
    searched_to: date
    start: str
    start_day: date
    start_source: str
    open_at: date
    open_at_source: str
    miss_rate: float
    outlook: Outlook
    members: tuple[Outlook, ...]
    baselines: tuple[Outlook, ...]
    sensitivity: Mapping[str, float]
    targets: tuple[Target, ...]
    cases: tuple[Case, ...]
    excluded: Mapping[str, str]
    covariates: Mapping[str, str]
    diagnostics: Mapping[str, Any]
    digest: str
    version: str
    end: End | None = None
    schema: str = field(default=SCHEMA)

    @property
    def status(self) -> str:
        """``open``, ``concluded`` or ``ended without agreement``."""
        return "open" if self.end is None else self.end.status

    @property
    def unseen(self) -> float:
        """Probability that it was concluded by the as-of date, unseen by our sources."""
        return self.outlook.unseen

    @property
    def never(self) -> float:
        """Probability that it never concludes."""
        return (1.0 - self.outlook.unseen) * self.outlook.never

    @property
    def headline_day(self) -> date:
        """Day of the headline probability: the end of the year after the as-of date's."""
        return date(self.as_of.year + 1, 12, 31)

    @cached_property
    def _curve(self) -> SurvivalCurves:
        return self.outlook.curve()

    def probability_by(self, day: date | str, outlook: Outlook | None = None) -> float:
        """Probability that it is concluded by the end of a day.

        Parameters
        ----------
        day : datetime.date or str
            Not before the as-of date; a string is an ISO date.
        outlook : Outlook, optional
            A member or baseline instead of the answer.

        Raises
        ------
        UsageError
            If a string is no day of the calendar.
        DataError
            If the day lies before the as-of date, of which the forecast does not speak.
        """
        day = parse_day(day, "day")
        if day < self.as_of:
            raise DataError(f"{day} lies before the as-of date {self.as_of}")
        if self.end is not None:
            return float(self.end.status == "concluded" and self.end.day <= day)
        chosen = outlook or self.outlook
        curve = self._curve if outlook is None else chosen.curve()
        survival = curve.at(months_between(self.as_of, day))[0, 0]
        return float(1.0 - (1.0 - chosen.unseen) * survival)

    def quantile(self, p: float, outlook: Outlook | None = None) -> date | str:
        """Date by which it is concluded with probability ``p``.

        Returns
        -------
        datetime.date or str
            The as-of date itself where ``p`` is not above ``unseen``; ``'never'`` where no date is
            reached with that probability; ``'after YYYY'`` beyond fifty years.

        Raises
        ------
        DataError
            If ``p`` is no probability.
        """
        if not 0.0 <= p <= 1.0:
            raise DataError(f"a probability lies between 0 and 1, not {p}")
        if self.end is not None:
            return self.end.day if self.end.status == "concluded" else NEVER
        chosen = outlook or self.outlook
        if p <= chosen.unseen:
            return self.as_of
        curve = self._curve if outlook is None else chosen.curve()
        months = float(curve.quantile((p - chosen.unseen) / (1.0 - chosen.unseen))[0, 0])
        if p > 1.0 - (1.0 - chosen.unseen) * chosen.never:
            return NEVER
        if months > HORIZON_MONTHS:
            return f"after {date_after(self.as_of, HORIZON_MONTHS).year}"
        return date_after(self.as_of, months)

    def interval(self, level: float = 0.8) -> tuple[date | str, date | str]:
        """Central interval of a level: the dates of its lower and upper quantile.

        Raises
        ------
        DataError
            If the level is no probability.
        """
        if not 0.0 <= level <= 1.0:
            raise DataError(f"a level lies between 0 and 1, not {level}")
        tail = (1.0 - level) / 2.0
        return self.quantile(tail), self.quantile(1.0 - tail)

    def bins(self, days: Sequence[date | str]) -> pd.Series:
        """Probabilities of the spans between rising days, from the as-of date on.

        Returns
        -------
        Series
            Index ``'by D1'``, ``'D1 to D2'``, ..., ``'later'``, ``'never'``; sums to 1.

        Raises
        ------
        UsageError
            If a string is no day of the calendar.
        DataError
            If there is no day, one lies before the as-of date, or they do not rise.
        """
        import pandas as pd

        ordered = [parse_day(day, "day") for day in days]
        if not ordered:
            raise DataError("bins need at least one day")
        if any(b <= a for a, b in pairwise(ordered)):
            raise DataError("the days of bins must rise")
        reached = [self.probability_by(day) for day in ordered]
        labels = [f"by {ordered[0]}"]
        labels += [f"{a} to {b}" for a, b in pairwise(ordered)]
        never = self.never if self.end is None else float(self.end.status != "concluded")
        shares = [*np.diff([0.0, *reached]), 1.0 - reached[-1] - never, never]
        return pd.Series(shares, index=[*labels, "later", "never"], name="probability")

    def draws(self, n: int, seed: int | None = None) -> np.ndarray[Any, np.dtype[Any]]:
        """Draw ``n`` dates; NaT is never, and the as-of date stands for "already, unseen".

        Where the clock has stopped every draw is that day.

        Returns
        -------
        (n,) array of datetime64[D]
        """
        if self.end is not None:
            day = self.end.day if self.end.status == "concluded" else "NaT"
            return np.full(n, np.datetime64(day, "D"))
        rng = np.random.default_rng(self.seed if seed is None else seed)
        already = rng.random(n) < self.unseen
        months = self._curve.draw(n, rng)[0]
        last = months_between(self.as_of, date.max)
        days = whole_days(np.minimum(np.where(already, 0.0, months), last - 1))
        dates = np.datetime64(self.as_of) + days.astype("timedelta64[D]")
        dates[np.isinf(months) & ~already] = np.datetime64("NaT")
        return dates

    def sentence(self) -> str:
        """Return the answer in one sentence."""
        if self.end is not None:
            return f"{self.end.text[0].upper()}{self.end.text[1:]}."
        day = self.headline_day
        return f"{in_twenty(self.probability_by(day))} that it is {self.verb} by {long_date(day)}."

    def year_ends(self, years: int = 5) -> list[date]:
        """Ends of the next years, for tables."""
        last = date(self.as_of.year, 12, 31)
        first = self.as_of.year + (last <= self.as_of)
        return [date(year, 12, 31) for year in range(first, first + years)]

    def to_frame(self) -> pd.DataFrame:
        """Cumulative probability on the forecast's grid.

        Returns
        -------
        DataFrame
            Columns ``date`` and ``probability``, then one column a member and baseline.
        """
        import pandas as pd

        ahead = months_ahead()
        columns: dict[str, Any] = {"date": [date_after(self.as_of, float(m)) for m in ahead]}
        if self.end is not None:
            columns["probability"] = [self.probability_by(day) for day in columns["date"]]
            return pd.DataFrame(columns)
        named = {"probability": self.outlook}
        named |= {o.name: o for o in (*self.members, *self.baselines) if o.identified}
        for name, outlook in named.items():
            columns[name] = 1.0 - (1.0 - outlook.unseen) * np.array(outlook.survival)
        return pd.DataFrame(columns)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the cumulative probability with members, baselines and promised dates."""
        from forecast.drawing import cumulative, shown

        named = (*self.members, *self.baselines)
        drawn = cumulative(
            self.to_frame(),
            ax=ax,
            targets=self.targets,
            as_of=self.as_of,
            labels={o.name: o.label for o in named} | {"probability": "The answer"},
            baselines=[o.name for o in self.baselines],
        )
        return shown(drawn)

    def to_json(self) -> str:
        """Return the forecast as JSON text of the schema ``forecast/1``."""
        return json_text.written(self)

    @classmethod
    def from_json(cls, text: str) -> Forecast:
        """Read a forecast written by :meth:`to_json`.

        Raises
        ------
        DataError
            If the text is no forecast of this schema.
        """
        return cls(**json_text.read(text, cls.__dataclass_fields__))

    def _repr_html_(self) -> str:
        """Answer, quantiles and probabilities as a table, for notebooks."""
        rows = [(f"{p:.0%} by", self.quantile(p)) for p in (0.1, 0.25, 0.5, 0.75, 0.9)]
        rows += [(f"by {d}", f"{self.probability_by(d):.0%}") for d in self.year_ends()]
        cells = "".join(
            f"<tr><th style='text-align:left'>{html.escape(str(a))}</th>"
            f"<td>{html.escape(str(b))}</td></tr>"
            for a, b in rows
        )
        return (
            f"<p><b>{html.escape(self.title)}</b>, as of {self.as_of}: "
            f"{html.escape(self.sentence())}</p><table>{cells}</table>"
        )
