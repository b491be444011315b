"""Long work in parts, each kept in a file, so that a run that was broken off goes on where it stopped.

A directory belongs to one run: :data:`RUN_FILE` says of which data, settings and code. A part is written
beside its place and renamed into it, so that what lies there is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forecast.errors import UsageError

RUN_FILE = "run.json"

FORECASTING = (
    "archive/*.py",
    "covariates/*.py",
    "inference/*.py",
    "models/*.py",
    "prediction/*.py",
    "survival/*.py",
    "threads.py",
    "timing/*.py",
)
"""Files of the package that decide every forecast, for :func:`code_digest`."""

_PACKAGE = Path(__file__).resolve().parent


def keep_parts(
    directory: Path,
    run: Mapping[str, Any],
    tasks: Mapping[str, tuple[Any, ...]],
    make: Callable[..., str],
    workers: int | None = 2,
    advance: Callable[[int, int], None] = lambda done, of: None,
) -> list[Path]:
    """Make the parts that a directory does not hold yet, in parallel processes.

    Parameters
    ----------
    directory : Path
        Made if it is missing.
    run : mapping
        What decides the parts, as JSON can hold it.
    tasks : mapping
        By file name: what ``make`` is called with.
    make : callable
        Gives the text of a part; a function of a module, so that it can be sent to a process.
    workers : int or None
        Processes; 1 stays in this one; None: as :func:`joblib.parallel_config` says, else 1. The
        backend is that of ``parallel_config`` too.
    advance : callable
        Told how many of how many parts are done, first with those that were kept.

    Returns
    -------
    list of Path
        The files, in the order of ``tasks``.

    Raises
    ------
    UsageError
        If the directory belongs to another run, or to one that is not known, or cannot be written.
    """
    from joblib import Parallel, delayed

    claim(directory, run, tasks)
    missing = [name for name in tasks if not (directory / name).exists()]
    done = len(tasks) - len(missing)
    advance(done, len(tasks))
    made = Parallel(n_jobs=workers, return_as="generator_unordered")(
        delayed(_named)(name, make, tasks[name]) for name in missing
    )
    for name, text in made:
        write_text(directory / name, text)
        done += 1
        advance(done, len(tasks))
    return [directory / name for name in tasks]


def claim(directory: Path, run: Mapping[str, Any], parts: Iterable[str]) -> None:
    """Make a directory this run's own, or see that it is.

    Parameters
    ----------
    directory : Path
        Made if it is missing.
    run : mapping
        What decides the parts, as JSON can hold it.
    parts : iterable of str
        File names of the parts.

    Raises
    ------
    UsageError
        If it belongs to another run, of which the sentence names what differs, or holds parts and does
        not say of which run; or if it cannot be written.
    """
    path = directory / RUN_FILE
    if not path.exists():
        strays = [name for name in parts if (directory / name).exists()]
        if strays:
            raise UsageError(
                f"{directory} holds {strays[0]} and no {RUN_FILE} that says what decided it; "
                "choose another directory or delete it"
            )
        write_text(path, json.dumps(run, indent=1) + "\n")
        return
    differ = _differing(json.loads(json.dumps(run)), _run_in(path))
    if differ:
        raise UsageError(
            f"{directory} holds the parts of another run (its {', '.join(differ)} differ); "
            "choose another directory or delete it"
        )


def fingerprint(run: Mapping[str, Any]) -> str:
    """Twelve characters that stand for what decides a run."""
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:12]


def code_digest(patterns: Sequence[str], root: Path = _PACKAGE) -> str:
    """SHA-256 of the files under a directory, by default the package's, that match some patterns."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(root.glob(pattern)):
            digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """As :func:`write_bytes`, of a text."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file beside its place, then rename it, so that none is ever half written.

    Raises
    ------
    UsageError
        If that cannot be done.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(data)
        os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def _run_in(path: Path) -> dict[str, Any]:
    """What a file says of a run; nothing where it is torn."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        return {}
    return found if isinstance(found, dict) else {}


def _differing(run: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """Names that two runs do not share with the same value."""
    names = dict.fromkeys([*run, *other])
    return [name for name in names if run.get(name, _ABSENT) != other.get(name, _ABSENT)]


_ABSENT = object()


def _named(name: str, make: Callable[..., str], arguments: tuple[Any, ...]) -> tuple[str, str]:
    return name, make(*arguments)
