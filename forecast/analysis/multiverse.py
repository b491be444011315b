"""The multiverse: one forecast under every defensible combination of choices, as a tidy table."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from forecast.analysis.refit import headline_day, months_to, require_open, with_trade
from forecast.analysis.specifications import (
    CHOICES,
    FAILURE_WEIGHTS,
    HIERARCHICAL,
    MISS_RATES,
    NEVER_SHARES,
    NONE,
    PRIORS,
    WITH_TRADE,
    WITHOUT,
    Refit,
    readings,
    refits,
)
from forecast.archive import Archive, facts_digest
from forecast.errors import ForecastError
from forecast.keeping import FORECASTING, code_digest, fingerprint, keep_parts
from forecast.models import DurationModel, HierarchicalModel, create
from forecast.prediction.grid import months_between
from forecast.prediction.making import DISTRIBUTION
from forecast.prediction.question import Question, pose, view_of
from forecast.survival.arrays import FloatArray
from forecast.threads import one_thread
from forecast.timing import RESERVED

BATCH = 24
"""Fits in a file: little is lost when a run is broken off, and a table of spells serves many fits."""

NODES: Mapping[str, tuple[int, int]] = MappingProxyType(
    {"lognormal": (256, 8), "weibull": (512, 16), "loglogistic": (256, 8)}
)
"""Nodes and draws by tail: with these the probabilities move by 0.004, 0.002 and 0.003 (one standard
deviation) from one seed to another; the Weibull's weights are the roughest."""

COLUMNS = (*CHOICES, "by_headline", "within_12", "median_months", "note")

# What decides a number in the table.
_DECIDING = (
    *FORECASTING,
    "analysis/multiverse.py",
    "analysis/refit.py",
    "analysis/specifications.py",
)


def multiverse(
    negotiation: str,
    directory: Path,
    as_of: date | str | None = None,
    archive: Archive | None = None,
    fits: Sequence[Refit] | None = None,
    seed: int = 0,
    workers: int = 2,
    advance: Callable[[int, int], None] = lambda done, of: None,
) -> pd.DataFrame:
    """Forecast one case under every combination of choices.

    The fits that the combinations share are made once: a supposed never share or miss rate takes none.

    Parameters
    ----------
    negotiation : str
    directory : Path
        Where the parts are kept, in a folder that carries the fingerprint of data, code and settings:
        a run that is broken off goes on where it stopped and ends with the same table, byte for byte.
    as_of, archive : optional
        As for :func:`forecast.predict`.
    fits : sequence of Refit, optional
        Default all of :func:`~forecast.analysis.specifications.refits`.
    seed : int
    workers : int
        Processes.
    advance : callable
        Told how many of how many parts are done.

    Returns
    -------
    DataFrame
        One row a specification: a column a choice (:data:`~forecast.analysis.specifications.CHOICES`),
        then ``by_headline`` (probability by the end of the year after the as-of date's), ``within_12``
        (within 12 months of the as-of date), ``median_months`` (after it; infinite where no date is as
        likely as not) and ``note``: why a model has no answer.

    Raises
    ------
    NothingToForecastError
        If the case is not open.
    """
    view = view_of(archive, as_of)
    question = pose(negotiation, archive=view)
    require_open(question)
    chosen = list(fits) if fits is not None else every_refit(question)
    batches = _batches(chosen)
    run = run_of(question, chosen, seed)
    paths = keep_parts(
        directory / fingerprint(run),
        run,
        {
            f"{k:03d}.csv": (view, negotiation, batch, seed)
            for k, batch in enumerate(batches, start=1)
        },
        batch_text,
        workers,
        advance,
    )
    return pd.concat([read_part(path) for path in paths], ignore_index=True)


def every_refit(question: Question) -> list[Refit]:
    """All fits of the multiverse of a case."""
    return refits(question.view, sorted(question.table.X["family"].unique()))


def run_of(question: Question, fits: Sequence[Refit], seed: int) -> dict[str, Any]:
    """What decides a run, as plain data."""
    return {
        "version": version(DISTRIBUTION),
        "code": code_digest(_DECIDING),
        "data": facts_digest(question.view),
        "case": question.spell.negotiation_id,
        "as_of": question.view.date.isoformat(),
        "seed": seed,
        "fits": [list(row) for row in fits],
        "readings": [list(row) for row in readings()],
    }


def read_part(path: Path) -> pd.DataFrame:
    """Read a file of specifications: the choices and the note are text, the rest numbers."""
    text = {name: str for name in (*CHOICES, "note")}
    numbers = {name: [""] for name in _NUMBERS}
    return pd.read_csv(path, dtype=text, keep_default_na=False, na_values=numbers)


_NUMBERS = ("by_headline", "within_12", "median_months")


def _batches(fits: Sequence[Refit]) -> list[list[Refit]]:
    """Fits in batches of one table of spells each."""
    found = []
    for _, rows in groupby(fits, key=_table_of):
        same = list(rows)
        found += [same[k : k + BATCH] for k in range(0, len(same), BATCH)]
    return found


def _table_of(row: Refit) -> tuple[str, str, bool]:
    return row.clock, row.accounts, row.families == WITH_TRADE


def batch_text(view: Archive, negotiation: str, batch: Sequence[Refit], seed: int) -> str:
    """Fit the models of a batch and read every specification off them, as CSV text."""
    first = batch[0]
    question = pose(negotiation, clock=first.clock, accounts=first.accounts, archive=view)
    if first.families == WITH_TRADE:
        question = with_trade(question)
    with one_thread():
        rows = [row for fit in batch for row in _specifications(fit, question, seed)]
    return pd.DataFrame(rows, columns=COLUMNS).to_csv(
        index=False, float_format="%.6g", lineterminator="\n"
    )


def _specifications(fit: Refit, question: Question, seed: int) -> list[tuple[Any, ...]]:
    """Rows of one fit, or why it has no answer."""
    try:
        model = _fitted(fit, question, seed)
        curves = {name: question.curve(model, share) for name, share in NEVER_SHARES.items()}
    except ForecastError as error:
        return [(*fit, *reading, None, None, None, str(error)) for reading in readings()]
    ahead = months_between(question.view.date, headline_day(question))
    rows: list[tuple[Any, ...]] = []
    for reading in readings():
        answer = question.remaining([curves[reading.never_share]], MISS_RATES[reading.miss_rate])
        by_headline = answer.probability_within(ahead)
        within_12 = answer.probability_within(12.0)
        rows.append((*fit, *reading, by_headline, within_12, months_to(answer, 0.5), ""))
    return rows


def _fitted(fit: Refit, question: Question, seed: int) -> DurationModel:
    """Fit the model of one row to the spells and covariates that the row keeps."""
    table = question.table
    X = table.X.drop(columns=_left_out(fit.covariates, list(table.X.columns)))
    kept = _kept(fit.families, question)
    if fit.model not in HIERARCHICAL:
        return create(fit.model).fit(X, table.y, table.weights * kept)
    tail = fit.model.removeprefix("hierarchical-")
    nodes, draws = NODES[tail]
    model = HierarchicalModel(
        tail,
        priors=PRIORS[fit.priors],
        failure_weight=FAILURE_WEIGHTS[fit.failure_weight],
        nodes=nodes,
        draws=draws,
        seed=seed,
    )
    return model.fit(X, table.y, kept)


def _left_out(level: str, columns: Sequence[str]) -> list[str]:
    if level == NONE:
        return [name for name in columns if name not in RESERVED]
    return [level.removeprefix(WITHOUT)] if level.startswith(WITHOUT) else []


def _kept(level: str, question: Question) -> FloatArray:
    """1 for each spell but those of a family that is left out, (n,); the case itself stays."""
    X = question.table.X
    gone = (X["family"] == level.removeprefix(WITHOUT)) & (X.index != question.spell.negotiation_id)
    return np.where(gone & level.startswith(WITHOUT), 0.0, 1.0)
