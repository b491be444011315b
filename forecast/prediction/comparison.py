"""What changed between two forecasts of one negotiation, and why."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forecast.errors import DataError, UsageError
from forecast.prediction.comparable import duration_in_words
from forecast.prediction.forecast import Forecast
from forecast.prediction.grid import months_between
from forecast.prediction.json_text import QUANTILES, SCHEMA
from forecast.prediction.parts import Case, Outlook, Target

# What a forecast was asked, and what it knew of the case, in the order of printing.
_SETTINGS = {
    "clock": "clock",
    "as_of": "as of",
    "model": "model",
    "accounts": "accounts",
    "seed": "seed",
    "status": "status",
    "start": "start",
    "open_at": "last seen open",
    "searched_to": "searched to",
    "miss_rate": "chance that a conclusion escaped",
    "vintage": "data up to",
    "digest": "data digest",
    "version": "version",
}

_OF_OPEN_CASES = ("searched_to", "miss_rate")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class QuantileChange:
    """Date of one quantile before and after; ``months`` later where both are dates."""

    p: float
    before: date | str
    after: date | str

    @property
    def months(self) -> float | None:
        """Months from the date before to the date after; None where one is no date."""
        if isinstance(self.before, str) or isinstance(self.after, str):
            return None
        return months_between(self.before, self.after)


@dataclass(frozen=True, slots=True)
class ProbabilityChange:
    """A probability before and after; None where a model said nothing."""

    label: str
    before: float | None
    after: float | None

    @property
    def difference(self) -> float | None:
        """After minus before; None unless both are known."""
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class CaseChange:
    """A case that both forecasts used, with what differs."""

    id: str
    title: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Everything that differs between two forecasts of one negotiation.

    Attributes
    ----------
    settings : tuple of Change
        What was asked and known, only what differs.
    quantiles, probabilities : tuples
        All of them, changed or not. Probabilities are by days of which both forecasts speak, then
        "never" and "already, unseen".
    headline_day : datetime.date
        Day of the models' probabilities.
    models : tuple of ProbabilityChange
        Members and baselines, those that changed most first.
    added, removed : tuple of Case
        Spells that only the later or only the earlier forecast used.
    changed : tuple of CaseChange
        Spells whose dates, duration, status or account differ.
    covariates : tuple of Change
        Traits of the case itself that differ.
    new_targets, gone_targets : tuple of Target
        Dates that officials named, known only to one of the two.
    """

    title: str
    before: str
    after: str
    settings: tuple[Change, ...]
    quantiles: tuple[QuantileChange, ...]
    probabilities: tuple[ProbabilityChange, ...]
    headline_day: date
    models: tuple[ProbabilityChange, ...]
    added: tuple[Case, ...]
    removed: tuple[Case, ...]
    changed: tuple[CaseChange, ...]
    covariates: tuple[Change, ...]
    new_targets: tuple[Target, ...]
    gone_targets: tuple[Target, ...]

    @property
    def same_inputs(self) -> bool:
        """Whether nothing that was asked, known or used differs."""
        parts = (self.settings, self.added, self.removed, self.changed, self.covariates)
        return not any(parts) and not self.new_targets and not self.gone_targets

    @property
    def same_answer(self) -> bool:
        """Whether all quantiles and probabilities of the answer are equal."""
        return all(q.before == q.after for q in self.quantiles) and not any(
            p.difference for p in self.probabilities
        )


def read_forecast(path: Path | str) -> Forecast:
    """Read a forecast file.

    Raises
    ------
    UsageError
        If there is no file to read.
    DataError
        If it is no forecast; both messages name the path.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{path}: this is not a forecast file, nor UTF-8 text") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    problem = _fault(text)
    if problem:
        raise DataError(f"{path}: {problem}")
    try:
        forecast = Forecast.from_json(text)
        # A value of the wrong kind shows only when the answer is worked out from it.
        forecast.to_json()
        for case in forecast.cases:
            duration_in_words(case)
    except DataError as error:
        raise DataError(f"{path}: {error}") from None
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OverflowError):
        raise DataError(f"{path}: this is not a forecast file: a value is of no use") from None
    return forecast


def _fault(text: str) -> str:
    """What keeps a text from being a forecast, as far as that shows without reading values."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        return f"this is not JSON (line {error.lineno}: {error.msg})"
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        return f"this is not a forecast of schema {SCHEMA}"
    missing = [name for name in Forecast.__dataclass_fields__ if name not in data]
    return f"this forecast has no key {missing[0]!r}" if missing else ""


def compare(before: Forecast, after: Forecast) -> Comparison:
    """Compare two forecasts of one negotiation.

    Parameters
    ----------
    before, after : Forecast
        In the order in which differences are taken; they may have any as-of dates.

    Raises
    ------
    UsageError
        If they are about different negotiations.
    """
    if before.negotiation != after.negotiation:
        raise UsageError(
            f"the first forecast is about {before.negotiation}, the second about "
            f"{after.negotiation}; compare two forecasts of one negotiation"
        )
    later = max(before, after, key=lambda forecast: forecast.as_of)
    # A documented end rests on no model, so there is nothing to hold against the other's grounds.
    models = before.end is None and after.end is None
    old_cases, new_cases = ({c.id: c for c in f.cases if models} for f in (before, after))
    old_targets, new_targets = ([t for t in f.targets if models] for f in (before, after))
    return Comparison(
        title=after.title,
        before=before.sentence(),
        after=after.sentence(),
        settings=_settings(before, after),
        quantiles=tuple(
            QuantileChange(p, before.quantile(p), after.quantile(p)) for p in QUANTILES
        ),
        probabilities=_probabilities(before, after, later.year_ends()),
        headline_day=later.headline_day,
        models=_models(before, after, later.headline_day) if models else (),
        added=tuple(case for key, case in new_cases.items() if key not in old_cases),
        removed=tuple(case for key, case in old_cases.items() if key not in new_cases),
        changed=tuple(_changed(old_cases, new_cases)),
        covariates=_covariates(before, after) if models else (),
        new_targets=tuple(t for t in new_targets if t not in old_targets),
        gone_targets=tuple(t for t in old_targets if t not in new_targets),
    )


def _settings(before: Forecast, after: Forecast) -> tuple[Change, ...]:
    open_ = before.end is None and after.end is None
    names = (name for name in _SETTINGS if open_ or name not in _OF_OPEN_CASES)
    pairs = ((_SETTINGS[name], getattr(before, name), getattr(after, name)) for name in names)
    return tuple(Change(label, str(old), str(new)) for label, old, new in pairs if old != new)


def _covariates(before: Forecast, after: Forecast) -> tuple[Change, ...]:
    names = dict.fromkeys((*before.covariates, *after.covariates))
    pairs = ((n, before.covariates.get(n, ""), after.covariates.get(n, "")) for n in names)
    return tuple(Change(name, old, new) for name, old, new in pairs if old != new)


def _probabilities(
    before: Forecast, after: Forecast, days: Iterable[date]
) -> tuple[ProbabilityChange, ...]:
    rows = [
        ProbabilityChange(f"by {day}", before.probability_by(day), after.probability_by(day))
        for day in days
    ]
    rows.append(ProbabilityChange("never", *(_if_open(f, f.never) for f in (before, after))))
    unseen = (_if_open(f, f.unseen) for f in (before, after))
    rows.append(ProbabilityChange("already, unseen by our sources", *unseen))
    return tuple(rows)


def _if_open(forecast: Forecast, probability: float) -> float:
    return probability if forecast.end is None else 0.0


def _models(before: Forecast, after: Forecast, day: date) -> tuple[ProbabilityChange, ...]:
    old, new = ({o.name: o for o in (*f.members, *f.baselines)} for f in (before, after))
    rows = [
        ProbabilityChange(
            (new.get(name) or old[name]).label,
            _reached(before, old.get(name), day),
            _reached(after, new.get(name), day),
        )
        for name in dict.fromkeys((*new, *old))
    ]
    return tuple(sorted(rows, key=_by_size))


def _reached(forecast: Forecast, outlook: Outlook | None, day: date) -> float | None:
    if outlook is None or not outlook.identified:
        return None
    return forecast.probability_by(day, outlook)


def _by_size(row: ProbabilityChange) -> float:
    """Largest difference first; what has none comes last."""
    return 1.0 if row.difference is None else -abs(row.difference)


def _changed(before: dict[str, Case], after: dict[str, Case]) -> Iterable[CaseChange]:
    for key, new in after.items():
        if key in before:
            changes = _case_changes(before[key], new)
            if changes:
                yield CaseChange(key, new.title, changes)


def _case_changes(before: Case, after: Case) -> tuple[Change, ...]:
    told = {
        "start": (before.start, after.start),
        "end": (before.end, after.end),
        "status": (before.status, after.status),
        "months": (duration_in_words(before), duration_in_words(after)),
        "account": (before.account, after.account),
    }
    return tuple(Change(name, old, new) for name, (old, new) in told.items() if old != new)
