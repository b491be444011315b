"""Point-in-time backtests: the forecasts of every landmark, kept so that a broken run goes on.

Each landmark is one file of a directory that belongs to one run: :data:`RUN_FILE` says of which data,
models, settings and code. A file is written beside its place and renamed into it, so what lies there is
whole; a run that is started again makes only the landmarks that are missing, and ends with the same table.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd

from forecast.archive import Archive
from forecast.errors import DataError, NothingToForecastError, UsageError
from forecast.evaluation.snapshot import KEYS, SURVIVAL_COLUMNS, Setup, forecasts_at
from forecast.keeping import write_text

RUN_FILE = "run.json"

Progress = Callable[[int, int], None]
"""Called with the number of landmarks that are done, and of all."""

_PACKAGE = Path(__file__).resolve().parents[1]

# What decides a forecast; how it is scored and shown may change without a new run.
_DECIDING = (
    "archive/*.py",
    "covariates/*.py",
    "inference/*.py",
    "models/*.py",
    "prediction/*.py",
    "survival/*.py",
    "timing/*.py",
    "evaluation/landmarks.py",
    "evaluation/snapshot.py",
)


def backtest(
    archive: Archive,
    setup: Setup,
    landmarks: Sequence[date],
    directory: Path,
    jobs: int | None = None,
    progress: Progress | None = None,
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
    progress : callable, optional
        ``progress(done, all)``.

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
    from joblib import Parallel, delayed

    for family in setup.families:
        (archive.complete or archive).require_family(family)
    _claim(directory, run_of(archive, setup))
    missing = [day for day in landmarks if not _place(directory, setup, day).exists()]
    done, every = len(landmarks) - len(missing), len(landmarks)
    tell = progress or _silent
    tell(done, every)
    made = Parallel(n_jobs=jobs, return_as="generator_unordered")(
        delayed(_made)(archive, setup, day) for day in missing
    )
    for day, text in made:
        write_text(_place(directory, setup, day), text)
        done += 1
        tell(done, every)
    table = read_landmarks([_place(directory, setup, day) for day in landmarks])
    if table.empty:
        raise NothingToForecastError(
            f"no negotiation of {_named(setup)} was open at any of these {every} landmarks "
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
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=[*KEYS, "mode"])
    modes = table["mode"].unique()
    if len(modes) > 1:
        raise DataError(f"landmarks of the modes {' and '.join(modes)} cannot stand in one table")
    return table.sort_values(list(KEYS), ignore_index=True)


def run_of(archive: Archive, setup: Setup) -> dict[str, Any]:
    """What decides the forecasts of a run, as plain data."""
    whole = archive.complete or archive
    traits = sorted((n.id, n.domain, n.searched_for) for n in whole.values())
    facts = hashlib.sha256(f"{whole.digest()}{traits}".encode()).hexdigest()
    source = hashlib.sha256()
    for pattern in _DECIDING:
        for path in sorted(_PACKAGE.glob(pattern)):
            source.update(path.name.encode() + path.read_bytes())
    return {
        "version": version("negotiation-forecast"),
        "source": source.hexdigest(),
        "vintage": whole.vintage.isoformat(),
        "data": facts,
        "settings": json.loads(json.dumps(asdict(setup))),
    }


def run_directory(parent: Path, archive: Archive, setup: Setup) -> Path:
    """Directory of a run's own: its mode and the first characters of what decides it."""
    text = json.dumps(run_of(archive, setup), sort_keys=True)
    return parent / f"{setup.mode}-{hashlib.sha256(text.encode()).hexdigest()[:10]}"


# An empty cell is a missing number or an empty text: which of them, the column decides.
_MISSING = {name: [""] for name in ("unseen", "never", "lower", "upper", *SURVIVAL_COLUMNS)}


def _made(archive: Archive, setup: Setup, day: date) -> tuple[date, str]:
    """CSV text of one landmark."""
    frame = forecasts_at(archive, setup, day)
    return day, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def _place(directory: Path, setup: Setup, day: date) -> Path:
    return directory / f"{setup.mode}-{day}.csv"


def _claim(directory: Path, run: dict[str, Any]) -> None:
    """Make the directory this run's own, or see that it is."""
    path = directory / RUN_FILE
    if not path.exists():
        write_text(path, json.dumps(run, indent=1) + "\n")
        return
    try:
        other = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        other = {}
    if other != run:
        differ = [name for name in run if other.get(name) != run[name]]
        raise UsageError(
            f"{directory} holds the landmarks of another run (its {', '.join(differ)} differ); "
            "choose another directory or delete it"
        )


def _named(setup: Setup) -> str:
    """Negotiations asked for, in words."""
    families = f"the family {' or '.join(setup.families)} in " if setup.families else ""
    return f"{families}{' or '.join(setup.domains)}"


def _silent(done: int, every: int) -> None:
    """Show nothing."""
