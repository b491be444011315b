"""Files and directories that a verb will write, tried before any time is spent."""

from __future__ import annotations

import tempfile
from pathlib import Path

from forecast.errors import UsageError


def require_file(path: Path) -> None:
    """Refuse a path at which no file can be written."""
    if path.is_dir():
        raise UsageError(f"cannot write to {path}: it is a directory")
    _try(path, path.parent)


def require_directory(path: Path) -> None:
    """Refuse a path that is no directory and cannot be made one, or that nothing can be written in."""
    there = path
    while not there.exists() and there != there.parent:
        there = there.parent
    _try(path, there)


def _try(path: Path, directory: Path) -> None:
    if not directory.is_dir():
        raise UsageError(f"cannot write to {path}: {directory} is not a directory")
    try:
        # Permissions do not tell: some file systems take nothing from anybody.
        tempfile.TemporaryDirectory(dir=directory, prefix=".forecast-").cleanup()
    except OSError:
        raise UsageError(f"cannot write to {path}: nothing can be written in {directory}") from None
