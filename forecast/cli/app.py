"""The command ``forecast``: its verbs, and how it ends."""

from __future__ import annotations

import io
import os
import sys
import warnings
from collections.abc import Sequence
from typing import Annotated, TextIO

import typer

from forecast.cli import (
    ask,
    backtest,
    cases,
    comparing,
    data,
    forecasts,
    models,
    officials,
    replay,
    scoring,
)
from forecast.cli.console import SETTINGS, fail
from forecast.errors import ForecastError

app = typer.Typer(
    name="forecast",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings=SETTINGS,
)

EXAMPLES = """\b
Examples
  forecast predict jpn-fra-raa
  forecast predict jpn-fra-raa --as-of 2024-05-02 --json > may-2024.json
  forecast predict --open --csv > open.csv
  forecast report jpn-fra-raa --out reports/jpn-fra-raa
  forecast compare may-2024.json today.json
  forecast replay jpn-fra-raa --figure replay.png
  forecast backtest --mode strict
  forecast score may-2024.json
  forecast data show jpn-fra-raa

\b
Exit codes
  0  done; that a negotiation is already concluded is an answer, too
  2  a request that cannot be understood, or a path that cannot be used
  3  data or a forecast file that is not as it must be
  4  a model that found no optimum
  5  nothing to forecast: unknown, never launched, or before its launch
"""


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"forecast {version('negotiation-forecast')}")
        raise typer.Exit


@app.callback(epilog=EXAMPLES)
def _forecast(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Say when an international negotiation will be concluded, as probabilities over dates."""


app.command(
    epilog=forecasts.PREDICT_EXAMPLES, short_help="Forecast when a negotiation will be concluded."
)(forecasts.predict)
app.command(
    epilog=forecasts.REPORT_EXAMPLES, short_help="Write a forecast as PDF, picture and JSON."
)(forecasts.report)
app.command(
    epilog=comparing.EXAMPLES, short_help="Say what changed between two forecasts, and why."
)(comparing.compare)
app.command(epilog=backtest.EXAMPLES, short_help="Score the forecasts of past years.")(
    backtest.backtest
)
app.command(
    epilog=replay.EXAMPLES, short_help="Show the forecast month by month since the launch."
)(replay.replay)
app.command(
    epilog=scoring.SCORE_EXAMPLES, short_help="Score saved forecasts once the outcome is known."
)(scoring.score)
app.command(
    epilog=ask.WHAT_IF_EXAMPLES, short_help="Say what it would be if the case were another."
)(ask.what_if)
app.command(epilog=ask.EXPLAIN_EXAMPLES, short_help="Say how the answer comes about.")(ask.explain)
app.command(epilog=ask.EVIDENCE_EXAMPLES, short_help="Say what evidence the answer comes from.")(
    ask.evidence
)
app.command(epilog=ask.SENSITIVITY_EXAMPLES, short_help="Give the answer under other assumptions.")(
    ask.sensitivity
)
app.command(
    epilog=officials.EXAMPLES, short_help="Show how often promised dates were met, and how late."
)(officials.officials)
data.app.command(epilog=cases.COVARIATES_EXAMPLES, short_help="Show a case's covariates.")(
    cases.covariates
)
data.app.command(epilog=cases.NEW_EXAMPLES, short_help="Write a file for a case of your own.")(
    cases.new
)
data.app.command(epilog=cases.CARD_EXAMPLES, short_help="Renew the figures of the dataset card.")(
    cases.card
)
app.add_typer(data.app, name="data")
app.add_typer(scoring.app, name="export")
app.command(name="models", epilog=models.EXAMPLES, short_help="List the models.")(
    models.list_models
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What follows the command's name; the process's own arguments if omitted.

    Returns
    -------
    int
        Exit code: 0, or that of the :class:`~forecast.errors.ForecastError` that was raised.
    """
    for stream in (sys.stdout, sys.stderr):
        _speak_utf8(stream)
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        code = _run(arguments)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader left; nothing may be written when the interpreter closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _run(arguments: Sequence[str] | None) -> int:
    try:
        app(None if arguments is None else list(arguments), prog_name="forecast")
    except ForecastError as error:
        fail(str(error))
        return error.exit_code
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except KeyboardInterrupt:
        return 130
    return 0


def _speak_utf8(stream: TextIO) -> None:
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Print a warning as one line, without the place in the code."""
    print(f"warning: {message}", file=sys.stderr)
