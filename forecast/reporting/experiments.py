"""What an experiment writes beside its tables: figures, and a record of how they were made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from forecast.archive import Archive
from forecast.keeping import write_bytes, write_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


def save_figure(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG or SVG, by the path's ending; the same figure gives the same bytes."""
    from forecast.drawing import png_bytes, svg_bytes

    write_bytes(path, svg_bytes(figure) if path.suffix == ".svg" else png_bytes(figure))
    return path


def save_table(frame: pd.DataFrame, path: Path) -> Path:
    """Write a table as CSV without its index, numbers in six digits."""
    write_text(path, frame.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    return path


def write_run(
    directory: Path, archive: Archive, arguments: Mapping[str, Any], seed: int = 0
) -> Path:
    """Write ``run.json``: version, facts, seed and arguments, and no wall time.

    Parameters
    ----------
    directory : Path
        Must exist.
    archive : Archive
        The view that the experiment used.
    arguments : mapping
        Whatever else decides the result.
    """
    run = {
        "version": version("negotiation-forecast"),
        "vintage": archive.vintage.isoformat(),
        "as_of": archive.date.isoformat(),
        "digest": archive.digest(),
        "seed": seed,
        "arguments": dict(arguments),
    }
    path = directory / "run.json"
    write_text(path, json.dumps(run, indent=1, ensure_ascii=False, default=str) + "\n")
    return path
