"""Point-in-time backtests: the forecasts of every landmark, kept so that a broken run goes on.

Each landmark is one file of a directory that belongs to one run of these data, models, settings and code
(:mod:`forecast.keeping`): a run that is started again makes only the landmarks that are missing, and ends
with the same table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.archive import Archive, facts_digest
from forecast.errors import DataError, NothingToForecastError
from forecast.evaluation.snapshot import KEYS, SURVIVAL_COLUMNS, Setup, forecasts_at
from forecast.keeping import FORECASTING, code_digest, fingerprint, keep_parts

# What decides a forecast; how it is scored and shown may change without a new run.
_DECIDING = (*FORECASTING, "evaluation/landmarks.py", "evaluation/snapshot.py")


def backtest(
    archive: Archive,
    setup: Setup,
    landmarks: Sequence[date],
    directory: Path,
    jobs: int | None = None,
    progress: Callable[[int, int], None] = lambda done, every: None,
) -> pd.DataFrame:
    """Forecast at every landmark with what was known then, and put the outcomes beside.

    Parameters
    ----------
    archive : Archive
        The complete records: outcomes come from here, forecasts from its as-of views.
    setup : Setup
        Mode, models, domains, clock.
    landmarks : sequence of datetime.date
    directory : Path
        Made if it is missing. Landmarks that are already there are not made again.
    jobs : int, optional
        Processes; default as :func:`joblib.parallel_config` says, else one. The backend is that of
        ``parallel_config`` too.
    progress : callable
        ``progress(done, every)``: how many landmarks are done, and of how many.

    Returns
    -------
    DataFrame
        All rows of :func:`~forecast.evaluation.snapshot.forecasts_at`, read back from the files: the
        same whether the run was broken off or not.

    Raises
    ------
    UsageError
        If there is no such family, or the directory belongs to another run or cannot be written.
    NothingToForecastError
        If no negotiation that is asked for was open at any landmark.
    """
    for family in setup.families:
        (archive.complete or archive).require_family(family)
    tasks = {f"{setup.mode}-{day}.csv": (archive, setup, day) for day in landmarks}
    run = run_of(archive, setup)
    table = read_landmarks(keep_parts(directory, run, tasks, _landmark_text, jobs, progress))
    if table.empty:
        raise NothingToForecastError(
            f"no negotiation of {_named(setup)} was open at any of these {len(landmarks)} landmarks "
            f"({setup.mode} mode)"
        )
    return table


def read_landmarks(paths: Sequence[Path]) -> pd.DataFrame:
    """Read files of landmarks into one sorted table.

    Raises
    ------
    DataError
        If they are of more than one mode: strict and event forecasts are never mixed.
    """
    parts = [pd.read_csv(path, keep_default_na=False, na_values=_MISSING) for path in paths]
    # A landmark at which nothing was open has no rows, and so none that would tell the columns' types.
    told = [part for part in parts if len(part)] or parts[:1]
    table = pd.concat(told, ignore_index=True) if told else pd.DataFrame(columns=[*KEYS, "mode"])
    modes = table["mode"].unique()
    if len(modes) > 1:
        raise DataError(f"landmarks of the modes {' and '.join(modes)} cannot stand in one table")
    return table.sort_values(list(KEYS), ignore_index=True)


def run_of(archive: Archive, setup: Setup) -> dict[str, Any]:
    """What decides the forecasts of a run, as plain data."""
    whole = archive.complete or archive
    return {
        "version": version("negotiation-forecast"),
        "code": code_digest(_DECIDING),
        "vintage": whole.vintage.isoformat(),
        "data": facts_digest(whole),
        "settings": asdict(setup),
    }


def run_directory(parent: Path, archive: Archive, setup: Setup) -> Path:
    """Directory of a run's own: its mode and the first characters of what decides it."""
    return parent / f"{setup.mode}-{fingerprint(run_of(archive, setup))}"


# An empty cell is a missing number or an empty text: which of them, the column decides.
_MISSING = {name: [""] for name in ("unseen", "never", "lower", "upper", *SURVIVAL_COLUMNS)}


def _landmark_text(archive: Archive, setup: Setup, day: date) -> str:
    """CSV text of one landmark."""
    frame = forecasts_at(archive, setup, day)
    return frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _named(setup: Setup) -> str:
    """Negotiations asked for, in words."""
    families = f"the family {' or '.join(setup.families)} in " if setup.families else ""
    return f"{families}{' or '.join(setup.domains)}"
