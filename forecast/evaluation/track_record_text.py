"""The track record in words; which words are used follows from the figures by rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import isnan
from typing import Literal

from forecast.covariates.registry import JAPAN
from forecast.evaluation.leaderboard import (
    CALIBRATION,
    CALIBRATION_OF_CLUSTERS,
    COVERAGE_BOUNDS,
    LOG_SKILL,
    TWCRPS_SKILL,
)
from forecast.evaluation.leaderboard_text import p_value
from forecast.evaluation.snapshot import FIRST_FAMILY
from forecast.evaluation.track_record import Line, TrackRecord
from forecast.models import BASELINES, HEADLINE, MODELS, POOL_LABELS
from forecast.prediction.fitting import comparable_families
from forecast.prediction.forecast import Forecast
from forecast.prediction.words import long_date

Verdict = Literal["better", "worse", "unclear", "untold"]

OFF = 0.05
"""D-calibration p below which the calibration is called off."""

CLOCK = "launch:signed"
"""The clock that past forecasts are made on."""

# An interval without an end holds easily: from this share of them on, the reader is told.
_TELLING = 0.01

_NAMES = {
    "kaplan-meier-family": "the family's Kaplan-Meier curve",
    "constant-hazard": "one constant rate",
    "lindy": "Gott's rule",
    "officials": "what officials said",
}
_HALVES = {
    "development": "the half that the models were developed on",
    "scored": "the half kept back until the models were fixed",
}
_PHRASES: dict[Verdict, str] = {
    "better": "did better than",
    "worse": "did worse than",
    "unclear": "showed no clear difference from",
    "untold": "had too few forecasts in common to be compared with",
}
_BRIEF: dict[Verdict, str] = {
    "better": "better than",
    "worse": "worse than",
    "unclear": "not clearly different from",
    "untold": "not compared with",
}


def verdict(gain: Line) -> Verdict:
    """What the interval of a gain allows to say.

    Examples
    --------
    >>> verdict(Line(0.2, 0.1, 0.3)), verdict(Line(0.2, -0.1, 0.5)), verdict(Line(-0.2, -0.3, -0.1))
    ('better', 'unclear', 'worse')
    """
    if isnan(gain.value):
        return "untold"
    if gain.lower > 0:
        return "better"
    return "worse" if gain.upper < 0 else "unclear"


def why_none(record: TrackRecord, forecast: Forecast) -> str:
    """Why nothing can be said of an answer's track record, in a sentence; empty if something can."""
    if forecast.model != HEADLINE:
        return f"No track record is kept of the model {forecast.model}."
    if not record.lines:
        return "No track record has been computed for these data."
    if isnan(record.line("strict", "defence", HEADLINE, "log_score").value):
        return "Too few past forecasts have been scored for a track record."
    return ""


def record_sentence(record: TrackRecord, forecast: Forecast) -> str:
    """Track record in a sentence for the answer; further ones say how it and this case differ.

    Defence talks, strict mode: only what sources of the time showed.
    """
    none = why_none(record, forecast)
    if none:
        return none
    all_ = record.line("strict", "defence", HEADLINE, "log_score")
    told = [
        f"{_PHRASES[name]} {_listed([_compared(record, base, all_.rows) for base in bases])}"
        for name, bases in _by_verdict(_verdicts(record)).items()
    ]
    otherwise = "".join(f"; {part}" for part in _otherwise(record, forecast, _PHRASES, " it"))
    sentence = (
        f"On {all_.rows} past forecasts of {all_.negotiations} defence negotiations "
        f"({years(all_)}, {_HALVES[record.half]}; with only what was known then) the model "
        f"{_listed(told)}{otherwise}; its {_calibration(record)}."
    )
    later = (
        [f"The outcomes that it rests on go beyond {long_date(forecast.as_of)}."]
        if forecast.as_of < forecast.vintage
        else []
    )
    return " ".join([sentence, *_beyond(forecast), *later])


def record_in_brief(record: TrackRecord, forecast: Forecast) -> str:
    """Track record in a few lines of a terminal."""
    none = why_none(record, forecast)
    if none:
        return none
    all_ = record.line("strict", "defence", HEADLINE, "log_score")
    told = ", ".join(_in_words(_verdicts(record), _BRIEF))
    otherwise = "".join(f"; {part}" for part in _otherwise(record, forecast, _BRIEF, ""))
    half = f"{record.half} half, {years(all_)}"
    sentence = (
        f"Track record ({half}, {all_.rows} forecasts of defence talks): "
        f"{told}{otherwise}; {_calibration(record)}."
    )
    return " ".join([sentence, *_beyond(forecast)])


def years(line: Line) -> str:
    """Years of the landmarks that a line rests on."""
    first, last = line.since[:4], line.until[:4]
    return first if first == last else f"{first} to {last}"


def model_label(name: str) -> str:
    """How a model or pool is called in print."""
    return POOL_LABELS[name] if name in POOL_LABELS else MODELS[name].label


def gain_words(gain: Line) -> str:
    """Gain in log score with its 90 % interval, signed.

    >>> gain_words(Line(0.05, -0.251, 0.3))
    '+0.05 (−0.25 to 0.30)'
    """
    return f"{gain.value:+.2f} ({gain.lower:.2f} to {gain.upper:.2f})".replace("-", "−")


def _verdicts(
    record: TrackRecord, skill: str = LOG_SKILL, scope: str = "defence"
) -> dict[str, Verdict]:
    """What can be said against each baseline."""
    return {
        base: verdict(record.line("strict", scope, HEADLINE, skill + base)) for base in BASELINES
    }


def _by_verdict(verdicts: Mapping[str, Verdict]) -> dict[Verdict, list[str]]:
    """Baselines by what can be said against each, in the order in which it is said."""
    return {
        name: [base for base in BASELINES if verdicts.get(base) == name]
        for name in _PHRASES
        if name in verdicts.values()
    }


def _in_words(verdicts: Mapping[str, Verdict], phrases: Mapping[Verdict, str]) -> list[str]:
    return [
        f"{phrases[name]} {_listed([_name(base) for base in bases])}"
        for name, bases in _by_verdict(verdicts).items()
    ]


def _otherwise(
    record: TrackRecord, forecast: Forecast, phrases: Mapping[Verdict, str], it: str
) -> list[str]:
    """Where a second score says something else than the first; of Japan's talks, where they alone do."""
    first = _verdicts(record)
    others = {"by a second score (twCRPS)": _verdicts(record, TWCRPS_SKILL)}
    if JAPAN in forecast.parties:
        number = record.line("strict", "Japan", HEADLINE, "log_score").rows
        others[f"on the {number} with Japan"] = _verdicts(record, scope="Japan")
    told = []
    for where, found in others.items():
        differing = {b: v for b, v in found.items() if v not in (first[b], "untold")}
        if differing:
            told.append(f"{where}{it} {_listed(_in_words(differing, phrases))}")
    return told


def _gain(record: TrackRecord, base: str) -> Line:
    return record.line("strict", "defence", HEADLINE, LOG_SKILL + base)


def _compared(record: TrackRecord, base: str, rows: int) -> str:
    gain = _gain(record, base)
    if isnan(gain.value):
        return _name(base)
    value, lower, upper = (f"{x:.2f}".replace("-", "−") for x in gain[:3])
    part = f"on {gain.rows} of them: " if gain.rows < rows else ""
    return f"{_name(base)} ({part}gain {value} nats, 90 % interval {lower} to {upper})"


def _calibration(record: TrackRecord) -> str:
    """How often the 80 % interval held, how many had no end, and whether the probabilities are off."""
    held, unbounded, p, together, least, most = (
        record.line("strict", "defence", HEADLINE, measure)
        for measure in (
            "coverage",
            "unbounded",
            CALIBRATION,
            CALIBRATION_OF_CLUSTERS,
            *COVERAGE_BOUNDS,
        )
    )
    told = "have not been checked" if isnan(held.value) else f"held {100 * held.value:.0f} %"
    if held.rows < least.rows:  # of the others it is not known yet
        bounds = f"{100 * least.value:.0f} to {100 * most.value:.0f} % of all {least.rows}"
        told += f" of the {held.rows} known, {bounds}"
    endless = f" ({100 * unbounded.value:.0f} % had no end)" if unbounded.value >= _TELLING else ""
    if not p.value < OFF:
        return f"80 % intervals {told}{endless}"
    return f"80 % intervals {told}{endless}; {_off(p.value, together.value)}"


def _off(p: float, together: float) -> str:
    """How far calibration is off; near-copies counted one by one alone may have caused it."""
    if isnan(together):
        return f"the calibration is off (D-calibration p {p_value(p)})"
    if together < OFF:
        return (
            f"the calibration is off (D-calibration p {p_value(p)}, with near-copies as one "
            f"{p_value(together)})"
        )
    return (
        f"the calibration is off (D-calibration p {p_value(p)}) unless near-copies count as one "
        f"({p_value(together)})"
    )


def _beyond(forecast: Forecast) -> list[str]:
    """What of this case the record does not cover."""
    parts = []
    if comparable_families(forecast.family) != comparable_families(FIRST_FAMILY["defence"]):
        parts.append("The record is of defence talks, and this case is none of them.")
    if forecast.clock != CLOCK:
        parts.append("The record is of the time from launch to signature.")
    return parts


def _name(base: str) -> str:
    return _NAMES.get(base, model_label(base))


def _listed(items: Sequence[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if len(items) > 1 else items)
