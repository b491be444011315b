"""The track record as a report prints it: the sentence of the answer, and the table of the last page."""

from __future__ import annotations

from math import inf, isnan
from typing import Any

from forecast.evaluation.leaderboard import CALIBRATION, CALIBRATION_OF_CLUSTERS, LOG_SKILL, ONCE
from forecast.evaluation.leaderboard_text import p_value
from forecast.evaluation.track_record import MODELS_KEPT, Line, TrackRecord
from forecast.evaluation.track_record_text import (
    gain_words,
    model_label,
    record_sentence,
    why_none,
    years,
)
from forecast.prediction.forecast import Forecast
from forecast.reporting.wording import MODELS

NOTHING = "–"

_SECTIONS = (
    ("strict", "defence", "Defence, only what was known then"),
    ("strict", "Japan", "Of these with Japan, only what was known then"),
    ("event", "defence", "Defence, with hindsight: also what became known only later"),
)  # fmt: skip

_HEADLINE = MODELS_KEPT[0]

# Technical terms that the sentence may use, and what they mean.
_TERMS = {
    "Kaplan-Meier curve": f"Kaplan-Meier curve: {MODELS['kaplan-meier-family']}.",
    "Gott's rule": f"Gott's rule: {MODELS['lindy']}.",
    " nats": (
        "Gain in nats: 0.1 is about a tenth more probability for what came about, 0.7 about twice "
        "as much."
    ),
    "near-copies": "Near-copies: talks on one model text or occasion, which end alike.",
    "D-calibration": (
        "D-calibration: did things come about as often as forecast? A p below 0.05 says no."
    ),
}


def track_record_contents(forecast: Forecast, record: TrackRecord) -> dict[str, Any]:
    """Sentence and table of the track record.

    Returns
    -------
    dict
        ``sentence``; ``terms``: what each of its technical terms means; ``sections`` of a title and a
        row a model, none where there is no record; ``together``: whether p-values of near-copies that
        come about together stand in them.
    """
    sections = [] if why_none(record, forecast) else [_section(record, *name) for name in _SECTIONS]
    sentence = record_sentence(record, forecast)
    return {
        "sentence": sentence,
        "terms": [meaning for term, meaning in _TERMS.items() if term in sentence],
        "sections": sections,
        "together": any(
            not isnan(record.line(mode, scope, _HEADLINE, CALIBRATION_OF_CLUSTERS).value)
            for mode, scope, _ in _SECTIONS
        ),
    }


def _section(record: TrackRecord, mode: str, scope: str, title: str) -> dict[str, Any]:
    all_ = record.line(mode, scope, _HEADLINE, "log_score")
    if isnan(all_.value):
        return {"title": f"{title}: fewer than 20 forecasts, no figures", "rows": []}
    counts = f"{all_.negotiations} negotiations, {all_.clusters} independent"
    return {
        "title": f"{title}. {years(all_)}, {record.half} half; {counts}",
        "rows": [_row(record, mode, scope, model) for model in MODELS_KEPT],
    }


def _row(record: TrackRecord, mode: str, scope: str, model: str) -> dict[str, Any]:
    def line(measure: str, of: str = model) -> Line:
        return record.line(mode, scope, of, measure)

    score = line("log_score")
    calibration = [line(measure).value for measure in (CALIBRATION, CALIBRATION_OF_CLUSTERS)]
    gains = [line(LOG_SKILL + model + once, _HEADLINE) for once in ("", ONCE)]
    return {
        "baseline": model != _HEADLINE,
        "cells": [
            model_label(model),
            str(score.rows),
            _unless(score.value, f"{score.value:.2f}"),
            _unless(line("twcrps").value, f"{line('twcrps').value:.1f}"),
            *(_unless(gain.value, gain_words(gain)) for gain in gains),
            _held(line("coverage")),
            _width(line("median width").value, line("unbounded").value),
            " / ".join(p_value(p) for p in calibration if not isnan(p)) or NOTHING,
        ],
    }


def _held(held: Line) -> str:
    share, lower, upper = (f"{100 * x:.0f}" for x in held[:3])
    return _unless(held.value, f"{share} % ({lower} to {upper})")


def _width(months: float, unbounded: float) -> str:
    width = "no end" if months == inf else f"{months:.0f}"
    return _unless(months, f"{width} ({100 * unbounded:.0f} %)")


def _unless(value: float, text: str) -> str:
    """Text, or a dash where there is no figure."""
    return NOTHING if isnan(value) else text
