"""What a forecast consists of: outlooks of models, the cases behind them, promised dates, an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from forecast.prediction.grid import months_ahead
from forecast.survival import SurvivalCurves


@dataclass(frozen=True, slots=True)
class Outlook:
    """What one model, or several together, says of one case.

    Attributes
    ----------
    name, label : str
        Registered name, and how it is called in print.
    weight : float
        Weight in the answer; 0 for a baseline.
    unseen : float
        Probability that it was concluded by the as-of date, unseen by our sources.
    survival : tuple of float
        P(T > t | T > as-of) at :func:`months_ahead`; empty if the model could not say.
    never : float
        Part of ``survival`` that never concludes.
    follow_up_ends : float or None
        Months after the as-of date beyond which the model extrapolates; None: nowhere.
    note : str
        What a reader must know of it, such as why it says nothing.
    """

    name: str
    label: str
    weight: float
    unseen: float
    survival: tuple[float, ...]
    never: float
    follow_up_ends: float | None = None
    note: str = ""

    @property
    def identified(self) -> bool:
        """Whether the model could say anything."""
        return bool(self.survival)

    def curve(self) -> SurvivalCurves:
        """Survival after the as-of date, one case."""
        return SurvivalCurves(
            months_ahead(), np.array([self.survival]), np.array([self.never]), "log-linear"
        )


@dataclass(frozen=True, slots=True)
class Case:
    """One spell that the forecast rests on, for reading.

    ``weight`` is its weight in the models: 0 if it was looked for because it failed, below 1 for one of
    several near-copies.
    """

    id: str
    title: str
    family: str
    parties: tuple[str, ...]
    start: str
    start_day: date
    end: str
    end_day: date
    status: str
    lower: float
    upper: float | None
    retrospective: bool
    weight: float
    account: str
    start_source: str
    end_source: str


@dataclass(frozen=True, slots=True)
class Target:
    """A date that somebody promised or hoped for in this very case."""

    said_by: str
    speaker: str
    said_on: str
    by: date
    statement: str
    source: str


@dataclass(frozen=True, slots=True)
class End:
    """The documented end of a negotiation that is no longer open."""

    status: str
    text: str
    day: date
    source: str
