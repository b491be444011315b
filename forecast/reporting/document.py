"""Writing a report: everything is made first, then moved into place."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, time
from importlib import resources
from pathlib import Path
from typing import Any

from forecast.drawing import figure_of, png_bytes, svg_bytes
from forecast.errors import UsageError
from forecast.evaluation.track_record import TrackRecord, load_track_record
from forecast.prediction.forecast import Forecast
from forecast.reporting.card import card
from forecast.reporting.contents import contents
from forecast.reporting.figures import bars, curves, dots

FILES = ("report.pdf", "card.png", "forecast.json", "run.json")


def write_report(
    forecast: Forecast,
    directory: Path | str,
    run: Mapping[str, Any] | None = None,
    record: TrackRecord | None = None,
) -> list[Path]:
    """Write ``report.pdf``, ``card.png``, ``forecast.json`` and ``run.json``.

    Parameters
    ----------
    forecast : Forecast
        A negotiation that has ended gets one page with its documented end.
    directory : Path or str
        Made where it does not exist; files of these names in it are replaced.
    run : mapping, optional
        What made the forecast: ``version``, ``digest``, ``seed``, ``arguments``. Default: what the
        forecast itself tells of it.
    record : TrackRecord, optional
        Track record that the report prints. Default: the one that comes with the package; for a
        forecast from other data give :data:`~forecast.evaluation.track_record.NO_RECORD`.

    Returns
    -------
    list of Path
        The four files. The same forecast, run and track record give the same bytes.

    Raises
    ------
    UsageError
        If the directory cannot be written; nothing is left behind then.
    """
    target = Path(directory)
    made_by = default_run(forecast) if run is None else dict(run)
    record = load_track_record() if record is None else record
    with _workshop(target) as workshop:
        _make(forecast, made_by, record, workshop)
        return _move(workshop, target)


def default_run(forecast: Forecast) -> dict[str, Any]:
    """Return what a forecast tells of its own making."""
    arguments = {
        "id": forecast.negotiation,
        "as_of": forecast.as_of.isoformat(),
        "clock": forecast.clock,
        "model": forecast.model,
        "accounts": forecast.accounts,
    }
    return {
        "version": forecast.version,
        "digest": forecast.digest,
        "seed": forecast.seed,
        "arguments": arguments,
    }


def compile_pdf(
    forecast: Forecast, run: Mapping[str, Any], record: TrackRecord, workshop: Path
) -> bytes:
    """Typeset the report in a directory of its own.

    All text reaches the template as data in a JSON file, so nothing in it is read as markup.
    """
    import typst
    from matplotlib import get_data_path

    template = resources.files("forecast.reporting") / "templates" / "report.typ"
    (workshop / "report.typ").write_bytes(template.read_bytes())
    figures = _draw(forecast, workshop)
    data = json.dumps(contents(forecast, run, figures, record), ensure_ascii=False)
    (workshop / "data.json").write_text(data, encoding="utf-8")
    return typst.compile(
        str(workshop / "report.typ"),
        root=str(workshop),
        font_paths=[str(Path(get_data_path(), "fonts", "ttf"))],
        ignore_system_fonts=True,
        pdf_standards=["ua-1"],
        timestamp=datetime.combine(forecast.as_of, time(), UTC),
    )


def _draw(forecast: Forecast, workshop: Path) -> dict[str, dict[str, str]]:
    if forecast.end is not None:
        return {}
    drawn = {"dots": dots(forecast), "curves": curves(forecast), "bars": bars(forecast)}
    for name, picture in drawn.items():
        (workshop / f"{name}.svg").write_bytes(svg_bytes(figure_of(picture.axes)))
    return {n: {"file": f"{n}.svg", "alt": p.alternative} for n, p in drawn.items()}


def _make(forecast: Forecast, run: Mapping[str, Any], record: TrackRecord, workshop: Path) -> None:
    finished = workshop / "finished"
    finished.mkdir()
    run_text = json.dumps(run, indent=1, ensure_ascii=False, default=str) + "\n"
    made = (
        compile_pdf(forecast, run, record, workshop),
        png_bytes(card(forecast)),
        forecast.to_json().encode(),
        run_text.encode(),
    )
    for name, data in zip(FILES, made, strict=True):
        (finished / name).write_bytes(data)


@contextmanager
def _workshop(target: Path) -> Iterator[Path]:
    """Temporary directory on the target's own file system, gone in the end."""
    place = target
    while not place.exists() and place != place.parent:
        place = place.parent
    if not place.is_dir():
        raise UsageError(f"cannot write a report to {target}: {place} is not a directory")
    blocked = [target / name for name in FILES if (target / name).is_dir()]
    if blocked:
        raise UsageError(f"cannot write {blocked[0]}: there is a directory of that name")
    try:
        workshop = Path(tempfile.mkdtemp(prefix=".report-", dir=place))
    except OSError as error:
        raise _refused(target, error) from None
    try:
        yield workshop
    finally:
        shutil.rmtree(workshop, ignore_errors=True)


def _move(workshop: Path, target: Path) -> list[Path]:
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in FILES:
            os.replace(workshop / "finished" / name, target / name)
    except OSError as error:
        raise _refused(target, error) from None
    return [target / name for name in FILES]


def _refused(target: Path, error: OSError) -> UsageError:
    return UsageError(f"cannot write a report to {target}: {error.strerror or error}")
