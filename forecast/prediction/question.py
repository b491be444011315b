"""One question: a case, a clock and a day, and what is known of the case then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property

import numpy as np
import pandas as pd

from forecast.archive import Archive, Negotiation, add_months, load_archive
from forecast.errors import NothingToForecastError, UsageError
from forecast.models import DurationModel
from forecast.prediction.conditioning import Ages, Remaining, mix, remaining
from forecast.prediction.fitting import comparable_spells
from forecast.prediction.grid import months_between, parse_day
from forecast.survival import SurvivalCurves
from forecast.timing import OPEN, Spell, Spells, parse_clock, spell_of

MISS_RATE = 0.05
"""Probability that a conclusion would have escaped a search that was made."""


_YEARS_AFTER = 50
"""How long after its data a question can be asked: the calendar ends, and no model reaches further."""


@dataclass(frozen=True)
class Question:
    """A case as it stands in an as-of view.

    Attributes
    ----------
    view : Archive
        What was known.
    spell : Spell
        The case on its clock; ``open_at`` with what an analyst asserts.
    table : Spells
        What the case is compared with, itself among them.
    """

    view: Archive
    spell: Spell
    table: Spells

    @property
    def record(self) -> Negotiation:
        """Records of the case."""
        return self.view[self.spell.negotiation_id]

    @property
    def is_open(self) -> bool:
        """Whether the clock is still running, as far as is known."""
        return self.spell.cause == OPEN

    @property
    def searched(self) -> date:
        """Day up to which this case was searched for."""
        until = self.record.searched_to
        searched = min(self.view.date, until.latest if until else self.spell.open_at)
        return max(searched, self.spell.open_at)

    @property
    def miss_rate(self) -> float:
        """Probability that a conclusion would have escaped the search; 1 where none was made."""
        return MISS_RATE if self.record.searched_to else 1.0

    @property
    def ages(self) -> Ages:
        """Ages of the case when last seen open, when searched for, and now."""
        origin = self.spell.start.midpoint
        days = (self.spell.open_at, self.searched, self.view.date)
        return Ages(*(max(0.0, months_between(origin, day)) for day in days))

    def curve(self, model: DurationModel, never: float | None = None) -> SurvivalCurves:
        """Curve of the case under a fitted model, given that it was open when last seen."""
        return model.predict_survival(self._row, elapsed=self.ages.open_at, never=never)

    def at_launch(self, model: DurationModel) -> SurvivalCurves:
        """Curve of the case under a fitted model, from its launch: how long it is open tells nothing."""
        return model.predict_survival(self._row)

    @cached_property
    def _row(self) -> pd.DataFrame:
        return self.table.X.loc[[self.spell.negotiation_id]]

    def remaining(
        self, curves: Iterable[SurvivalCurves], miss_rate: float | None = None
    ) -> Remaining:
        """Mixture at equal weights of some curves, each conditioned on all that is known first."""
        miss = self.miss_rate if miss_rate is None else miss_rate
        parts = [remaining(curve, self.ages, miss) for curve in curves]
        return mix(parts, np.ones(len(parts)))


def pose(
    negotiation: str,
    as_of: date | str | None = None,
    clock: str = "launch:signed",
    accounts: str = "documented",
    open_at: date | str | None = None,
    archive: Archive | None = None,
) -> Question:
    """Find a case in the view of a day.

    Parameters are those of :func:`forecast.predict`.

    Raises
    ------
    UsageError
        If a date, clock or account set is malformed or unknown.
    NothingToForecastError
        If the negotiation is unknown, was never launched, or not yet by ``as_of``.
    """
    view = view_of(archive, as_of)
    spell = _target_spell(view, negotiation, clock)
    asserted = _asserted(open_at, spell, view.date)
    # Of a clock that has stopped an assertion says nothing.
    spell = replace(spell, open_at=asserted) if spell.cause == OPEN else spell
    table = comparable_spells(view, clock, accounts, view[negotiation].family)
    return Question(view, spell, table)


def view_of(archive: Archive | None, as_of: date | str | None) -> Archive:
    """View of some records, default the shipped ones, on a day, default their own."""
    records = _shipped() if archive is None else archive
    view = records if as_of is None else records.as_of(parse_day(as_of, "as-of"), records.mode)
    if view.date > add_months(view.vintage, 12 * _YEARS_AFTER):
        raise UsageError(
            f"as-of {view.date} lies more than {_YEARS_AFTER} years after the data ({view.vintage})"
        )
    return view


@cache
def _shipped() -> Archive:
    return load_archive()


def _target_spell(view: Archive, negotiation: str, clock: str) -> Spell:
    timer, record = parse_clock(clock), view[negotiation]
    try:
        return spell_of(record, timer, view.date)
    except NothingToForecastError:
        later = (view.complete or view)[negotiation]
        begun = spell_of(later, timer, date.max).start
        step = "signed" if timer.origin == "signed" else "launched"
        raise NothingToForecastError(
            f"{negotiation} was not yet {step} by {view.date} ({step}: {begun})"
        ) from None


def _asserted(open_at: date | str | None, spell: Spell, as_of: date) -> date:
    if open_at is None:
        return spell.open_at
    day = parse_day(open_at, "open-at")
    if not spell.start.earliest <= day <= as_of:
        raise UsageError(
            f"open-at {day} must lie between the start ({spell.start}) and the as-of date ({as_of})"
        )
    return max(day, spell.open_at)
