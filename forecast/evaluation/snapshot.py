"""All forecasts of one landmark, made from what its as-of view shows, and beside them the outcomes.

The forecast is that of the project: a curve since the launch, conditioned on the talks being open 30
days before the landmark s, and read from s on. With a the age at s and c the age 30 days before:

    unseen = 1 - S(a | T > c)                the model's share of those 30 days
    survival(h) = S(a + h | T > c) / S(a | T > c)

so that what is scored is the forecast of those that were still open at s. A negotiation that ended
within the 30 days is not scored and is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from math import nan
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from forecast.archive import Archive, Mode
from forecast.errors import ForecastError, NothingToForecastError, UsageError
from forecast.evaluation.landmarks import (
    KNOWN_AFTER,
    Outcome,
    landmark_before,
    outcome_of,
)
from forecast.models import DurationModel, members_of
from forecast.prediction.conditioning import Remaining, mix
from forecast.prediction.fitting import comparable_spells, fit_one
from forecast.prediction.grid import months_between
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import BoolArray, FloatArray
from forecast.threads import one_thread
from forecast.timing import OPEN, Spells, parse_clock

MONTHS: FloatArray = np.concatenate(
    [
        np.arange(0.0, 24.0, 1.0),
        np.arange(24.0, 60.0, 2.0),
        np.arange(60.0, 120.0, 4.0),
        [120.0, 150.0, 180.0, 240.0, 360.0, 600.0],
    ]
)
"""Months after the landmark at which the survival is kept: every edge and horizon of a score is one."""

SURVIVAL_COLUMNS = tuple(f"open_{months:g}" for months in MONTHS)

FIRST_FAMILY = {"defence": "raa", "trade": "trade"}
"""Domains that can be asked for, each with a family of the group that it is fitted to."""

KEYS = ("landmark", "domain", "model", "id")
"""What names a row, and the order of the rows."""


class Answer(NamedTuple):
    """A model's conditional forecast of one negotiation, or none and why."""

    remaining: Remaining | None
    note: str = ""


@dataclass(frozen=True)
class Setup:
    """What is asked at each landmark.

    Attributes
    ----------
    mode : {'strict', 'event'}
    models : tuple of str
        Models and pools, by name.
    domains : tuple of str
        Of :data:`FIRST_FAMILY`.
    families : tuple of str
        Forecast negotiations of these families only; empty: all. Models are fitted to all the same.
    training : str
        ``all``: fitted to all that the view shows; ``other families``: without the family of the case.
    """

    mode: Mode
    models: tuple[str, ...]
    domains: tuple[str, ...] = ("defence", "trade")
    families: tuple[str, ...] = ()
    clock: str = "launch:signed"
    training: str = "all"

    def __post_init__(self) -> None:
        """Refuse names that there are not."""
        parse_clock(self.clock)
        for name in self.models:
            members_of(name)
        allowed = {
            "mode": ((self.mode,), ("strict", "event")),
            "domain": (self.domains, tuple(FIRST_FAMILY)),
            "training": ((self.training,), tuple(TRAININGS)),
        }
        for what, (given, known) in allowed.items():
            for name in given:
                if name not in known:
                    raise UsageError(f"{name!r} is not a {what}; one of {', '.join(known)}")
        if not self.models or not self.domains:
            raise UsageError("a backtest needs at least one model and one domain")


def forecasts_at(archive: Archive, setup: Setup, landmark: date) -> pd.DataFrame:
    """Forecast every negotiation that is open at a landmark, as its view shows, with every model.

    Parameters
    ----------
    archive : Archive
        The complete records; the forecasts see only their view as of the landmark.
    setup : Setup
    landmark : datetime.date

    Returns
    -------
    DataFrame
        One row a domain, model and negotiation, in the order of :data:`KEYS`. ``lower``, ``upper`` and
        ``unscored`` are the outcome (:class:`~forecast.evaluation.landmarks.Outcome`) and the only
        columns that facts from after the landmark decide. ``new``: launched since the landmark
        before. ``note``: why a model has no forecast, or which members a pool had to do without.
    """
    view = archive.as_of(landmark, setup.mode)
    parts = [_rows("", "", _asked_of({}), [])]
    for domain in setup.domains:
        table = comparable_spells(view, setup.clock, "documented", FIRST_FAMILY[domain])
        asked = _asked(table, landmark, setup.families)
        for training, rows in TRAININGS[setup.training](table, asked):
            if rows.empty:  # nothing is open: no model is fitted
                continue
            answers = _answers(training, rows, setup.models, table.X.loc[rows.index])
            parts += [_rows(name, domain, rows, found) for name, found in answers.items()]
    frame = pd.concat(parts[1:] or parts, ignore_index=True)
    whole = archive.complete or archive
    outcomes = _outcomes(whole, frame["id"].unique(), setup.clock, landmark)
    found = outcomes.reindex(frame["id"])
    frame[list(Outcome._fields)] = found[list(Outcome._fields)].to_numpy()
    frame = frame.astype({"lower": float, "upper": float})
    frame.insert(0, "landmark", landmark.isoformat())
    frame.insert(1, "mode", setup.mode)
    frame["follow_up"] = months_between(landmark, whole.vintage)
    columns = [name for name in frame if name not in SURVIVAL_COLUMNS]
    return frame[[*columns, *SURVIVAL_COLUMNS]].sort_values(list(KEYS), ignore_index=True)


def _asked(table: Spells, landmark: date, families: tuple[str, ...]) -> pd.DataFrame:
    """Open negotiations of a table and their ages, index the id."""
    since = landmark_before(landmark)
    rows = {}
    traits = table.X[["family", "parties", "cluster", "searched_for"]].to_dict("index")
    for key, spell in table.by_id.items():
        case = traits[key]
        if spell.cause != OPEN or (families and case["family"] not in families):
            continue
        origin = spell.start.midpoint
        rows[key] = {
            **case,
            "parties": ";".join(case["parties"]),
            "new": origin > since,
            "known": max(0.0, months_between(origin, landmark - KNOWN_AFTER)),
            "elapsed": months_between(origin, landmark),
        }
    return _asked_of(rows)


def _asked_of(rows: dict[str, Any]) -> pd.DataFrame:
    columns = ["family", "parties", "cluster", "searched_for", "new", "known", "elapsed"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _on_all(table: Spells, asked: pd.DataFrame) -> Iterator[tuple[Spells, pd.DataFrame]]:
    yield table, asked


def _on_other_families(table: Spells, asked: pd.DataFrame) -> Iterator[tuple[Spells, pd.DataFrame]]:
    for family, rows in asked.groupby("family", sort=True):
        yield _kept(table, (table.X["family"] != family).to_numpy()), rows


def _kept(table: Spells, rows: BoolArray) -> Spells:
    return replace(
        table,
        X=table.X[rows],
        y=table.y[rows],
        frame=table.frame[rows],
        weights=table.weights[rows],
        by_id={str(key): table.by_id[key] for key in table.X.index[rows]},
    )


TRAININGS: Mapping[str, Callable[[Spells, pd.DataFrame], Iterator[tuple[Spells, pd.DataFrame]]]] = {
    "all": _on_all,
    "other families": _on_other_families,
}
"""Which spells each case is forecast from."""


def _answers(
    training: Spells, asked: pd.DataFrame, models: tuple[str, ...], X: pd.DataFrame
) -> dict[str, list[Answer]]:
    """Answers by model, one a row asked. A member of several pools is fitted once."""
    names = dict.fromkeys(member for name in models for member in members_of(name))
    with one_thread():
        alone = {name: _ask(fit_one(name, training), X, asked) for name in names}
    return {
        name: [
            _mixed({member: alone[member][row] for member in members_of(name)})
            for row in range(len(asked))
        ]
        for name in models
    }


def _ask(model: DurationModel | str, X: pd.DataFrame, asked: pd.DataFrame) -> list[Answer]:
    """Answers of one model: to all rows at once, one by one where it cannot answer them all."""
    if isinstance(model, str):
        return [Answer(None, model)] * len(X)
    try:
        curves = model.predict_survival(X, elapsed=asked["known"].to_numpy(float))
        return [Answer(part) for part in _read(curves, asked["elapsed"].to_numpy(float))]
    except ForecastError as error:
        if len(X) == 1:
            return [Answer(None, str(error))]
    return [_ask(model, X.iloc[[i]], asked.iloc[[i]])[0] for i in range(len(X))]


def _read(curves: SurvivalCurves, elapsed: FloatArray) -> list[Remaining]:
    """Conditional curves, counted from the launch, read from the landmark on."""
    at = curves.at(elapsed[:, np.newaxis] + MONTHS)
    if not (at[:, 0] > 0).all():
        raise NothingToForecastError("the curve has fallen to 0 by the landmark")
    return [
        Remaining(1.0 - float(row[0]), row / row[0], float(never / row[0]))
        for row, never in zip(at, curves.never, strict=True)
    ]


def _mixed(answers: Mapping[str, Answer]) -> Answer:
    """Mixture at equal weights of the members that have an answer."""
    if len(answers) == 1:
        return next(iter(answers.values()))
    parts = [answer.remaining for answer in answers.values() if answer.remaining is not None]
    missing = [name for name, answer in answers.items() if answer.remaining is None]
    if not parts:
        return Answer(None, next(iter(answers.values())).note)
    note = f"without {', '.join(missing)}" if missing else ""
    return Answer(mix(parts, np.ones(len(parts))), note)


def _rows(name: str, domain: str, asked: pd.DataFrame, answers: list[Answer]) -> pd.DataFrame:
    """One row a negotiation: what was asked, and a model's answer."""
    rows = asked.drop(columns="known").rename_axis("id").reset_index()
    rows.insert(0, "domain", domain)
    rows.insert(1, "model", name)
    rows["note"] = [answer.note for answer in answers]
    parts = [answer.remaining or _NOTHING for answer in answers]
    rows["unseen"] = [part.unseen for part in parts]
    rows["never"] = [part.never for part in parts]
    survival = np.array([part.survival for part in parts]).reshape(-1, len(MONTHS))
    return rows.join(pd.DataFrame(survival, columns=list(SURVIVAL_COLUMNS)))


_NOTHING = Remaining(nan, np.full(len(MONTHS), nan), nan)


def _outcomes(whole: Archive, ids: Iterable[str], clock: str, landmark: date) -> pd.DataFrame:
    """What became of negotiations after a landmark, index the id."""
    timer = parse_clock(clock)
    rows = {key: outcome_of(whole[key], timer, whole.date, landmark)._asdict() for key in ids}
    columns = list(Outcome._fields)
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("id")
