"""``forecast backtest``: how good the forecasts would have been."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.numbers import whole_number
from forecast.cli.options import Data
from forecast.cli.targets import require_directory

EXAMPLES = """\b
Examples
  forecast backtest
  forecast backtest --mode event --scope Japan
  forecast backtest --model pool --model lognormal-aft --every 2 --out quick
  forecast backtest --csv > leaderboard.csv
"""


def backtest(
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            metavar="MODE",
            help='"strict": only what a source of the time shows, from 2010; "event": by the dates of '
            "events, from 1995, with the hindsight of later sources.",
        ),
    ] = "strict",
    half: Annotated[
        str,
        typer.Option(
            "--half",
            metavar="HALF",
            help='"development": landmarks to 2017; "scored": from 2018 on; or "both".',
        ),
    ] = "development",
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="Model or pool by name, again for each. Baselines stand beside. [default: all]",
        ),
    ] = None,
    domain: Annotated[
        list[str] | None,
        typer.Option(
            "--domain",
            metavar="DOMAIN",
            help='"defence" or "trade", again for each. [default: both]',
        ),
    ] = None,
    family: Annotated[
        list[str] | None,
        typer.Option(
            "--family",
            metavar="FAMILY",
            help="Forecast only negotiations of this family, again for each.",
        ),
    ] = None,
    clock: Annotated[
        str, typer.Option("--clock", metavar="CLOCK", help="What is timed.")
    ] = "launch:signed",
    training: Annotated[
        str,
        typer.Option(
            "--training",
            metavar="WHICH",
            help='"all", or "other families": each case forecast without its own family.',
        ),
    ] = "all",
    every: Annotated[
        int,
        typer.Option(
            "--every",
            metavar="N",
            parser=whole_number("--every", least=1),
            help="Only every Nth half-year.",
        ),
    ] = 1,
    scope: Annotated[
        str,
        typer.Option(
            "--scope", metavar="SCOPE", help='Shown: "defence", "Japan", "trade" or "all".'
        ),
    ] = "defence",
    jobs: Annotated[
        int,
        typer.Option(
            "--jobs", metavar="N", parser=whole_number("--jobs", least=1), help="Processes."
        ),
    ] = 2,
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Directory of the landmarks, a file each. A run that was broken off goes on there.",
        ),
    ] = Path("build/backtest"),
    csv: Annotated[
        bool, typer.Option("--csv", help="Print the whole leaderboard as CSV instead.")
    ] = False,
    data: Data = None,
) -> None:
    """Forecast at past half-years with what was known then, and score what came of it.

    Every negotiation that was open then is forecast with every model. The leaderboard shows losses,
    calibration, and the gain over each baseline with intervals that know which negotiations are
    independent.
    """
    from forecast.archive import load_archive
    from forecast.errors import UsageError
    from forecast.evaluation.backtest import backtest as run
    from forecast.evaluation.backtest import run_directory
    from forecast.evaluation.landmarks import half_years
    from forecast.evaluation.leaderboard import SCOPES, leaderboard
    from forecast.evaluation.leaderboard_text import leaderboard_text
    from forecast.evaluation.scoring import score_rows
    from forecast.evaluation.snapshot import Setup
    from forecast.models import BASELINES, MODELS, POOLS

    if scope not in SCOPES:
        raise UsageError(f"{scope!r} is not a scope; one of {', '.join(SCOPES)}")
    setup = Setup(
        mode=mode,  # type: ignore[arg-type]  # refused by the setup unless it is one
        models=tuple(dict.fromkeys([*(model or [*POOLS, *MODELS]), *BASELINES])),
        domains=tuple(domain or ("defence", "trade")),
        families=tuple(family or ()),
        clock=clock,
        training=training,
    )
    require_directory(out)
    archive = load_archive(data)
    days = half_years(setup.mode, archive.vintage, half)[::every]
    with progress_bar(f"{mode} mode") as tell:
        table = run(archive, setup, days, run_directory(out, archive, setup), jobs, tell)
    board = leaderboard(score_rows(table))
    if csv:
        sys.stdout.write(board.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
        return
    shown = (board["scope"] == scope) & (board["sample"] == "headline")
    sys.stdout.write(leaderboard_text(board[shown & (board["question"] == "open")]))


@contextmanager
def progress_bar(what: str) -> Iterator[Callable[[int, int], None]]:
    """Bar on standard error, if somebody watches; called with what is done and all there is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    console = Console(stderr=True, markup=False)
    with Progress(
        *columns, TimeElapsedColumn(), console=console, disable=not sys.stderr.isatty()
    ) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, every: bar.update(task, completed=done, total=every)
