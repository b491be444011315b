"""Scoring a saved forecast once it is known what became of the negotiation."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import numpy as np

from forecast.archive import Archive
from forecast.evaluation.crps import twcrps
from forecast.evaluation.outcomes import Outcomes
from forecast.evaluation.scores import brier_score, log_score
from forecast.prediction import Forecast, Outlook, long_date
from forecast.prediction.grid import months_between
from forecast.survival import SurvivalCurves
from forecast.timing import CONCLUDED, OPEN, Spell, parse_clock, spell_of

# Width in months of the knot that holds what was concluded by the as-of date, unseen.
_AT_ONCE = 1e-6


class ForecastScores(NamedTuple):
    """Losses of one outlook; those of :data:`~forecast.evaluation.scores.HORIZONS` may be NaN."""

    label: str
    log: float
    brier: tuple[float, ...]
    crps: float


class SavedScores(NamedTuple):
    """What became of a forecast negotiation, and how well that was forecast.

    `scores` has the answer first, then the baselines; it is empty while the outcome is not known.
    """

    outcome: str
    scores: tuple[ForecastScores, ...]


def score_saved(forecast: Forecast, archive: Archive) -> SavedScores:
    """Score a forecast and its baselines by what an archive knows now.

    Months count from the forecast's as-of date. What it held to be concluded by then, unseen by the
    sources, counts as a conclusion at once.

    Parameters
    ----------
    forecast : Forecast
    archive : Archive
        As of a later date.

    Raises
    ------
    NothingToForecastError
        If the archive does not know the negotiation.
    """
    if forecast.end is not None:
        return SavedScores(f"nothing to score: {forecast.end.status} when it was made", ())
    spell = spell_of(archive[forecast.negotiation], parse_clock(forecast.clock), archive.date)
    if archive.date <= forecast.as_of:
        return SavedScores(f"not known yet: the data end on {long_date(archive.date)}", ())
    if spell.cause == OPEN:
        return SavedScores(f"not known yet: last seen open {long_date(spell.open_at)}", ())
    outcomes = _outcome(spell, forecast.as_of)
    follow_up = months_between(forecast.as_of, archive.date)
    outlooks = [("The answer", forecast.outlook)]
    outlooks += [(one.label, one) for one in forecast.baselines if one.identified]
    return SavedScores(
        _in_words(spell, forecast),
        tuple(_scored(label, outlook, outcomes, follow_up) for label, outlook in outlooks),
    )


def _outcome(spell: Spell, as_of: date) -> Outcomes:
    if spell.cause != CONCLUDED:
        return Outcomes(np.array([np.inf]), np.array([np.inf]))
    assert spell.end is not None  # a concluded spell has an end
    first = max(spell.end.earliest, min(spell.open_at, spell.end.latest))
    bounds = np.maximum([[months_between(as_of, d)] for d in (first, spell.end.latest)], 0.0)
    return Outcomes(*bounds)


def _in_words(spell: Spell, forecast: Forecast) -> str:
    assert spell.end is not None  # as the spell is not open
    when = long_date(spell.end.earliest) if spell.end.is_day else str(spell.end)
    if spell.cause != CONCLUDED:
        return f"ended without agreement, {when}"
    later = months_between(forecast.as_of, spell.end.latest)
    ahead = f"{later:.1f} months later" if later > 0 else "before that date, unseen by the sources"
    return f"{forecast.verb} {when}, {ahead}"


def _scored(label: str, outlook: Outlook, outcome: Outcomes, follow_up: float) -> ForecastScores:
    curves = _with_unseen(outlook)
    brier = brier_score(*outcome, curves, follow_up=follow_up)[0]
    return ForecastScores(
        label=label,
        log=float(log_score(*outcome, curves, follow_up=follow_up)[0]),
        brier=tuple(map(float, brier)),
        crps=float(twcrps(*outcome, curves, follow_up=follow_up)[0]),
    )


def _with_unseen(outlook: Outlook) -> SurvivalCurves:
    """Curve from the as-of date on that begins with what was concluded by then, unseen."""
    curve, still = outlook.curve(), 1.0 - outlook.unseen
    knots = np.union1d(curve.times, _AT_ONCE)
    survival = np.where(knots > 0, still * curve.at(knots), 1.0)
    return SurvivalCurves(knots, survival, still * curve.never, "log-linear")
