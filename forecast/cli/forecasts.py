"""``forecast predict`` and ``forecast report``: a forecast on the screen, and in files."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.ask import Figure, check_figure, draw_figure
from forecast.cli.console import paragraph, working
from forecast.cli.options import (
    Accounts,
    AsOf,
    Clock,
    Data,
    Model,
    Negotiation,
    OpenAt,
    OptionalNegotiation,
    Seed,
)
from forecast.cli.records import command_for, records_of
from forecast.cli.targets import require_directory
from forecast.errors import NothingToForecastError, UsageError

if TYPE_CHECKING:
    from forecast.evaluation.track_record import TrackRecord
    from forecast.prediction import Forecast

PREDICT_EXAMPLES = """\b
Examples
  forecast predict jpn-fra-raa
  forecast predict jpn-fra-raa --as-of 2024-05-02 --accounts press
  forecast predict jpn-fra-raa --open-at 2026-06-01
  forecast predict jpn-fra-raa --belief "12:0.5,24:0.9" --figure belief.png
  forecast predict jpn-fra-raa --json > forecast.json
  forecast predict --open --csv > open.csv
"""

REPORT_EXAMPLES = """\b
Examples
  forecast report jpn-fra-raa
  forecast report jpn-fra-raa --as-of 2024-05-02 --out reports/may-2024
"""

WORKING = "Fitting the models ..."


def predict(
    negotiation: OptionalNegotiation = None,
    only_open: Annotated[
        bool, typer.Option("--open", help="Every open negotiation, one line each, from one fit.")
    ] = False,
    as_of: AsOf = None,
    open_at: OpenAt = None,
    clock: Clock = "launch:signed",
    model: Model = "hierarchical",
    accounts: Accounts = "documented",
    seed: Seed = 0,
    belief: Annotated[
        str | None,
        typer.Option(
            "--belief",
            metavar="M:P,...",
            help="What you believe: by so many months since the launch it is concluded with this "
            'probability, as in "12:0.5,24:0.9". Shows what the data do to it.',
        ),
    ] = None,
    figure: Figure = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON; with --open, one object by id.")
    ] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV; needs --open.")] = False,
    data: Data = None,
) -> None:
    """Forecast when a negotiation will be concluded.

    Prints what counts as concluded and the dates known, then the answer, then the models and past
    cases it rests on. JSON follows the schema forecast/1, which is installed with the package as
    forecast/schemas/forecast-1.schema.json.
    """
    if only_open:
        _check_open_alone(negotiation, open_at, figure, as_json and as_csv)
    elif negotiation is None:
        raise UsageError("name a negotiation, or ask for all open ones with --open")
    elif as_csv:
        raise UsageError("--csv needs --open; one forecast is written with --json")
    check_figure(figure)
    if belief is not None:
        _show_belief(
            negotiation, belief, as_json, model, as_of, clock, accounts, open_at, seed, figure, data
        )
        return
    asked: dict[str, Any] = {
        "as_of": as_of,
        "clock": clock,
        "model": model,
        "accounts": accounts,
        "seed": seed,
    }
    if negotiation is None:
        _predict_open(asked, data, as_json, as_csv)
        return
    archive, id_ = records_of(negotiation, data, as_of)
    with working(WORKING):
        from forecast.prediction import predict as make

        forecast = make(id_, open_at=open_at, archive=archive, **asked)
    if figure is not None and forecast.end is not None:
        raise NothingToForecastError(f"nothing to draw: {forecast.sentence()}")
    if as_json:
        sys.stdout.write(forecast.to_json())
    else:
        from forecast.cli.sheet import show_forecast

        show_forecast(forecast, _record_of(data), command_for("data show", negotiation, data))
    draw_figure(figure, forecast.plot)


def _show_belief(
    negotiation: str | None,
    belief: str,
    as_json: bool,
    model: str,
    as_of: str | None,
    clock: str,
    accounts: str,
    open_at: str | None,
    seed: int,
    figure: Path | None,
    data: Path | None,
) -> None:
    """Print a belief beside the headline models."""
    if negotiation is None or as_json:
        raise UsageError(
            "--belief speaks of one negotiation and prints a table: no --open, no --json"
        )
    from forecast.models import HEADLINE

    if model != HEADLINE:
        raise UsageError(
            f"--belief is weighed against the headline models: leave out --model {model}"
        )
    from forecast.analysis.beliefs import weigh
    from forecast.analysis.stated_belief import parse_belief
    from forecast.cli.belief_sheet import show_belief
    from forecast.prediction.question import pose

    said = parse_belief(belief)
    archive, id_ = records_of(negotiation, data, as_of)
    with working(WORKING):
        question = pose(id_, as_of, clock, accounts, open_at, archive)
        weighed = weigh(question, said, seed=seed)
    show_belief(weighed)
    draw_figure(figure, weighed.plot)


def _check_open_alone(
    negotiation: str | None, open_at: str | None, figure: Path | None, two_formats: bool
) -> None:
    if negotiation is not None:
        raise UsageError(f"ask for {negotiation} or for --open, not both")
    if open_at is not None:
        raise UsageError("--open-at speaks of one negotiation; name it instead of --open")
    if figure is not None:
        raise UsageError("--figure draws one negotiation; name it instead of --open")
    if two_formats:
        raise UsageError("choose one of --json and --csv")


def _predict_open(asked: Mapping[str, Any], data: Path | None, as_json: bool, as_csv: bool) -> None:
    from forecast.archive import load_archive

    archive = load_archive(data)
    with working(WORKING):
        from forecast.prediction import predict_open

        forecasts = predict_open(**asked, archive=archive)
    if as_json:
        objects = {key: json.loads(item.to_json()) for key, item in forecasts.items()}
        sys.stdout.write(json.dumps(objects, indent=1, ensure_ascii=False) + "\n")
    elif as_csv:
        _write_csv(forecasts)
    else:
        from forecast.cli.sheet import show_open

        show_open(forecasts)


def _write_csv(forecasts: Mapping[str, Forecast]) -> None:
    """Write one row a negotiation, with columns named as the keys of the JSON."""
    table = []
    for forecast in forecasts.values():
        data = json.loads(forecast.to_json())
        row = {name: data[name] for name in _CSV_COLUMNS}
        row |= {f"quantile_{p}": day for p, day in data["quantiles"].items()}
        row |= {f"probability_by_{day}": p for day, p in data["probability_by"].items()}
        table.append(row)
    columns = list(table[0]) if table else _CSV_COLUMNS
    writer = csv.DictWriter(sys.stdout, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)


_CSV_COLUMNS = (
    "negotiation",
    "title",
    "clock",
    "model",
    "accounts",
    "as_of",
    "vintage",
    "start",
    "open_at",
    "unseen",
    "never",
)


def report(
    negotiation: Negotiation,
    as_of: AsOf = None,
    open_at: OpenAt = None,
    clock: Clock = "launch:signed",
    model: Model = "hierarchical",
    accounts: Accounts = "documented",
    seed: Seed = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Where to write. [default: reports/ID]"),
    ] = None,
    data: Data = None,
) -> None:
    """Write the report of a forecast: report.pdf, card.png, forecast.json and run.json.

    The same data, seed and arguments give the same files. Prints the answer and the paths.
    """
    archive, id_ = records_of(negotiation, data, as_of)
    directory = Path("reports", archive[id_].id) if out is None else out
    require_directory(directory)
    arguments: dict[str, Any] = {
        "negotiation": negotiation,
        "as_of": as_of,
        "open_at": open_at,
        "clock": clock,
        "model": model,
        "accounts": accounts,
        "seed": seed,
    }
    with working("Fitting the models and setting the report ..."):
        from forecast.prediction import predict as make
        from forecast.reporting import write_report

        forecast = make(**arguments | {"negotiation": id_}, archive=archive)
        run: dict[str, Any] = {
            "version": forecast.version,
            "digest": forecast.digest,
            "vintage": forecast.vintage.isoformat(),
            "seed": seed,
            "arguments": arguments,
        }
        if archive.digests:
            run["public_series"] = dict(archive.digests)
        paths = write_report(forecast, directory, run, _record_of(data))
    paragraph(forecast.sentence(), indent=0)
    for path in paths:
        print(path)


def _record_of(data: Path | None) -> TrackRecord:
    """Track record of the shipped data; nobody has computed one for a user's own."""
    from forecast.evaluation.track_record import NO_RECORD, load_track_record

    return load_track_record() if data is None else NO_RECORD
