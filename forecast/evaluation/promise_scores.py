"""Promises as probabilities, beside a model's for the same date on the same day."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from forecast.archive import Archive
from forecast.errors import ConvergenceError, NothingToForecastError, NotIdentifiedError
from forecast.evaluation.bootstrap import clustered_difference, clustered_mean
from forecast.evaluation.officials import past_rate
from forecast.evaluation.promises import (
    RESOLVED,
    PromiseOutcome,
    first_of_each,
    independent_groups,
    record,
    spells_of_promises,
)
from forecast.models import BASELINES, HEADLINE, POOL
from forecast.models.slip import SlipModel
from forecast.prediction import Forecast, predict
from forecast.prediction.making import label_of
from forecast.survival.arrays import FloatArray, IntArray

CERTAIN, PAST_RATE, SLIP, MODEL = "certain", "past_rate", "slip", "model"

LABELS = {
    CERTAIN: "The promise, read as certain",
    PAST_RATE: "The promise, at its kind's past hit rate",
    SLIP: "The promise, at the past slips of all",
}
"""Readings of a promise, by the column of their probabilities."""

CLOCKS_OF = {
    "signed": ("launch:signed",),
    "agreement_in_principle": ("launch:agreed",),
    "in_force": ("signed:in_force", "launch:in_force"),
}
"""Clocks on which a promised event is forecast, the first one that had begun that day."""

_COLUMNS = ("basis", "why", "clock")

UNFITTED = "too few comparable talks were known that day to fit a model"


def probabilities(
    archive: Archive,
    promises: pd.DataFrame,
    model: str = HEADLINE,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> pd.DataFrame:
    """Probability, by each reading, that a promise will be met, on the day it was made.

    Parameters
    ----------
    archive : Archive
        Views of each day are made from it, in its own mode.
    promises : DataFrame
        Resolved ones of a :func:`~forecast.evaluation.promises.record`.
    model : str
        Pool or registered model that forecasts the promised event as of the day of the promise.
    jobs : int
        Processes.
    progress : callable
        Is told how many of how many promises are done.

    Returns
    -------
    DataFrame
        Index that of ``promises``; columns ``certain``, ``past_rate`` and its ``basis``, ``slip`` (NaN
        where too few promises had come true before), ``model`` and one each baseline (NaN where there
        was no forecast that day: ``why``).
    """
    from joblib import Parallel, delayed

    tasks = (
        delayed(_probabilities_of)(archive, promise, model)
        for promise in promises.to_dict(orient="records")
    )
    rows = []
    for row in Parallel(n_jobs=jobs, return_as="generator")(tasks):
        rows.append(row)
        progress(len(rows), len(promises))
    columns = list(dict.fromkeys([*_COLUMNS, *_readings(model)]))
    return pd.DataFrame(rows, index=promises.index, columns=columns)


def compare_readings(
    promises: pd.DataFrame, chances: pd.DataFrame, model: str = HEADLINE
) -> pd.DataFrame:
    r"""Brier scores of all readings on the same promises, and paired differences to the model.

    .. math:: \text{Brier} = \frac{1}{n} \sum_i (p_i - \text{met}_i)^2

    Only resolved promises of which the model has a forecast count. A reading that has no probability for
    some of them is scored, and compared with the model, on the others. Intervals of 90 % resample
    independent groups of negotiations. A difference above 0 speaks for the model.

    Parameters
    ----------
    promises, chances : DataFrame
        As given to and returned by :func:`probabilities`.
    model : str

    Returns
    -------
    DataFrame
        One row a reading: ``reading``, ``promises``, ``negotiations``, ``mean`` (probability), ``met``
        (share), ``brier`` with ``low`` and ``high``, ``difference`` with ``difference_low`` and
        ``difference_high``.

    References
    ----------
    Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
    """
    told = promises.index.isin(chances.index[chances[MODEL].notna()])
    rows = promises[told & promises["outcome"].isin(RESOLVED)]
    met = np.asarray(rows["outcome"] == PromiseOutcome.MET, dtype=np.float64)
    labels = independent_groups(rows)
    asked = chances.loc[rows.index]
    said = {name: asked[name].to_numpy(dtype=np.float64) for name in _readings(model)}
    return pd.DataFrame(
        [
            {"reading": text, **_compared(said[name], said[MODEL], met, labels)}
            for name, text in _readings(model).items()
        ]
    )


def _readings(model: str) -> dict[str, str]:
    beside = [name for name in (POOL, *BASELINES) if name != model]
    return {**LABELS, MODEL: f"{label_of(model)}, as of that day"} | {
        name: f"{label_of(name)}, as of that day" for name in beside
    }


def _compared(
    chance: FloatArray, model: FloatArray, met: FloatArray, labels: IntArray
) -> dict[str, float | int]:
    brier = clustered_mean((chance - met) ** 2, labels)
    worse = clustered_difference((model - met) ** 2, (chance - met) ** 2, labels)
    told = np.isfinite(chance)
    return {
        "promises": brier.rows,
        "negotiations": brier.clusters,
        "mean": float(chance[told].mean()) if told.any() else np.nan,
        "met": float(met[told].mean()) if told.any() else np.nan,
        "brier": brier.value,
        "low": brier.lower,
        "high": brier.upper,
        "difference": worse.value,
        "difference_low": worse.lower,
        "difference_high": worse.upper,
    }


def _probabilities_of(
    archive: Archive, promise: Mapping[str, object], model: str
) -> dict[str, object]:
    said, deadline = promise["said"], promise["deadline"]
    assert isinstance(said, date)
    assert isinstance(deadline, date)
    before = archive.as_of(said - timedelta(days=1), archive.mode)
    rate = past_rate(before, str(promise["speaker"]))
    row: dict[str, object] = {
        CERTAIN: 1.0,
        PAST_RATE: rate.probability,
        "basis": rate.basis,
        SLIP: _by_past_slips(before, float(str(promise["promised"]))),
    }
    answer = _forecast(archive, promise, said, model)
    if isinstance(answer, str):
        return {**row, "why": answer}
    row |= {"why": "", "clock": answer.clock, MODEL: answer.probability_by(deadline)}
    for outlook in answer.baselines:
        if outlook.identified:
            row[outlook.name] = answer.probability_by(deadline, outlook)
    return row


def _by_past_slips(before: Archive, promised: float) -> float:
    """Probability that a promise is met by the slips known before it was made; NaN if too few."""
    past = first_of_each(record(before).promises)
    case = pd.DataFrame({"promised": [promised]}, index=["promise"])
    try:
        curve = (
            SlipModel()
            .fit(*spells_of_promises(past))
            .predict_survival(case, [0.0, max(promised, 1.0)])
        )
    except (NotIdentifiedError, ConvergenceError):
        return float("nan")
    return float(1.0 - curve.at(promised)[0, 0])


def _forecast(
    archive: Archive, promise: Mapping[str, object], day: date, model: str
) -> Forecast | str:
    """Forecast of the promised event on one day, or why there is none."""
    why = ""
    for clock in CLOCKS_OF[str(promise["event"])]:
        try:
            answer = predict(str(promise["negotiation"]), day, clock, model, archive=archive)
        except NothingToForecastError:
            why = why or "its clock had not begun that day, or has no documented beginning"
            continue
        except (NotIdentifiedError, ConvergenceError):
            return UNFITTED
        return answer if answer.end is None else "the records of that day show it ended"
    return why
