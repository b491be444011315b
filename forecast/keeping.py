"""Long work in parts, each kept in a file, so that a run that was broken off goes on where it stopped.

A directory belongs to one run: :data:`RUN_FILE` says of which data, settings and code. A part is written
beside its place and renamed into it, so that what lies there is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from forecast.errors import UsageError

RUN_FILE = "run.json"

_PACKAGE = Path(__file__).resolve().parent


def keep_parts(
    directory: Path,
    run: Mapping[str, Any],
    tasks: Mapping[str, tuple[Any, ...]],
    make: Callable[..., str],
    workers: int = 2,
    advance: Callable[[int, int], None] = lambda done, of: None,
) -> list[Path]:
    """Make the parts that a directory does not hold yet, in parallel processes.

    Parameters
    ----------
    directory : Path
        Made if it is missing.
    run : mapping
        What decides the parts, as plain data.
    tasks : mapping
        By file name: what ``make`` is called with.
    make : callable
        Gives the text of a part; a function of a module, so that it can be sent to a process.
    workers : int
        Processes; 1 stays in this one.
    advance : callable
        Told how many of how many parts are done, first with those that were kept.

    Returns
    -------
    list of Path
        The files, in the order of ``tasks``.

    Raises
    ------
    UsageError
        If the directory belongs to another run or cannot be written.
    """
    from joblib import Parallel, delayed

    claim(directory, run)
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


def claim(directory: Path, run: Mapping[str, Any]) -> None:
    """Make a directory this run's own, or see that it is.

    Raises
    ------
    UsageError
        If it belongs to another run; the sentence names what differs.
    """
    path = directory / RUN_FILE
    if not path.exists():
        write_text(path, json.dumps(run, indent=1) + "\n")
        return
    try:
        other = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError):
        other = {}
    differ = [name for name in run if other.get(name) != run[name]]
    if differ:
        raise UsageError(
            f"{directory} holds the parts of another run (its {', '.join(differ)} differ); "
            "choose another directory or delete it"
        )


def fingerprint(run: Mapping[str, Any]) -> str:
    """Twelve characters that stand for what decides a run."""
    return hashlib.sha256(json.dumps(run, sort_keys=True).encode()).hexdigest()[:12]


def code_digest(patterns: Sequence[str]) -> str:
    """SHA-256 of the files of the package that match some patterns."""
    digest = hashlib.sha256()
    for pattern in patterns:
        for path in sorted(_PACKAGE.glob(pattern)):
            digest.update(path.relative_to(_PACKAGE).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def write_text(path: Path, text: str) -> None:
    """Write a file beside its place, then rename it.

    Raises
    ------
    UsageError
        If that cannot be done.
    """
    beside = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="\n")
        os.replace(beside, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror or error}") from None


def _named(name: str, make: Callable[..., str], arguments: tuple[Any, ...]) -> tuple[str, str]:
    return name, make(*arguments)
