"""How good would the forecasts have been? Point-in-time backtests of every model in both modes.

At each half-year every negotiation that was open is forecast with what was known then, and scored with
what came of it: strict mode from 2010, event mode (hindsight) from 1995. Writes, a file a mode, the
leaderboard (CSV and text), what is left out of it, pool weights over time and scores without the case's
own family; figures; a log of the variants tried; the track record, which reports carry; and run.json. A
run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from rich.console import Console
from rich.progress import Progress

import forecast
from forecast.archive import FAILURE, Archive, Mode
from forecast.drawing import (
    STYLE,
    caption,
    caption_height,
    reliability,
    score_over_time,
    skill_table,
)
from forecast.drawing.reliability import CAPTION as RELIABILITY_CAPTION
from forecast.drawing.style import new_figure
from forecast.evaluation.backtest import backtest, run_directory
from forecast.evaluation.landmarks import half_years
from forecast.evaluation.leaderboard import LOG_SKILL, leaderboard, left_out
from forecast.evaluation.leaderboard_text import leaderboard_text
from forecast.evaluation.reliability import LEAST
from forecast.evaluation.reliability import reliability as reliability_of
from forecast.evaluation.scoring import mean_by_year, score_rows
from forecast.evaluation.snapshot import Setup
from forecast.evaluation.track_record import track_record
from forecast.evaluation.weights import weighted_pool, weights_over_time
from forecast.keeping import write_text
from forecast.models import BASELINES, HEADLINE, MODELS, POOL_LABELS, POOLS
from forecast.reporting import save_figure, save_table, write_run
from forecast.timing import parse_clock

MODES: tuple[Mode, ...] = ("strict", "event")
LEARNT = " (learnt)"
HORIZON = 24.0
APART: dict[Mode, int] = {"strict": 2, "event": 4}
"""A fit for each family takes its time: at every second landmark, or every fourth of twice as many years."""
RELIABILITY = (HEADLINE, "lognormal-aft", "constant-hazard", "lindy")
SPARSE = ("kaplan-meier-family", "officials")
"""Baselines that are missing too often to compare years on common rows."""


def main() -> None:
    arguments = _arguments()
    archive, out = forecast.load_archive(), arguments.out
    out.mkdir(parents=True, exist_ok=True)
    record = [run_mode(archive, mode, arguments) for mode in MODES]
    if HEADLINE in arguments.model:
        save_table(pd.concat(record), out / "track-record.csv")
    named = {name: getattr(arguments, name) for name in ("half", "every", "model")}
    write_run(out, archive, named)


def run_mode(archive: Archive, mode: Mode, arguments: argparse.Namespace) -> pd.DataFrame:
    """Backtest, score and write one mode, and return its track record.

    No score is ever taken over two modes; only the track record lists both, a row for each.
    """
    out, models = arguments.out, tuple(dict.fromkeys([*arguments.model, *BASELINES]))
    days = half_years(mode, archive.vintage, arguments.half)[:: arguments.every]

    def forecasts(setup: Setup, days: Sequence[date]) -> pd.DataFrame:
        directory = run_directory(arguments.landmarks, archive, setup)
        with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty()) as bar:
            task = bar.add_task(f"{mode}, fitted to {setup.training}", total=len(days))

            def tell(done: int, _: int) -> None:
                bar.update(task, completed=done)

            return backtest(archive, setup, days, directory, arguments.jobs, tell)

    table = with_learnt_pools(
        forecasts(Setup(mode, models), days), archive, out / f"weights-{mode}.csv"
    )
    rows = score_rows(table)
    board = leaderboard(rows)
    save_table(board, out / f"leaderboard-{mode}.csv")
    write_text(out / f"leaderboard-{mode}.txt", leaderboard_text(board))
    save_table(left_out(table), out / f"left-out-{mode}.csv")
    draw(rows, board, mode, out)
    apart = Setup(mode, models, domains=("defence",), training="other families")
    without = leaderboard(score_rows(forecasts(apart, days[:: APART[mode]])))
    without = without[without["scope"].isin(["defence", "Japan"])]
    save_table(without, out / f"other-families-{mode}.csv")
    write_text(out / f"other-families-{mode}.txt", leaderboard_text(without))
    if arguments.variant:
        log_variant(board, mode, arguments.variant, arguments.change, out / "variants.csv")
    print(leaderboard_text(headline(board)))
    return track_record(board, rows)


def with_learnt_pools(table: pd.DataFrame, archive: Archive, path: Path) -> pd.DataFrame:
    """Table with each pool at weights of past scores too, by domain; the weights are written."""
    clock, parts, weights = parse_clock("launch:signed"), [table], []
    known = [name for name in POOLS if set(POOLS[name]) <= set(table["model"])]
    for name in known:
        for domain, rows in table.groupby("domain"):
            learnt = weights_over_time(rows, archive, POOLS[name], clock)
            parts.append(weighted_pool(rows, learnt, name + LEARNT))
            long = learnt.rename_axis("landmark").melt(
                var_name="member", value_name="weight", ignore_index=False
            )
            weights.append(long.reset_index().assign(pool=name, domain=domain))
    if weights:
        save_table(pd.concat(weights), path)
    return pd.concat(parts, ignore_index=True)


def headline(board: pd.DataFrame) -> pd.DataFrame:
    """The cells of the headline: defence, every open negotiation, none searched for as a failure."""
    kept = {"scope": "defence", "sample": "headline", "question": "open"}
    return board[(board[list(kept)] == pd.Series(kept)).all(axis=1)]


def log_variant(board: pd.DataFrame, mode: str, name: str, change: str, path: Path) -> None:
    """Add what a variant scores on the development half; what was tried before stays in the log."""
    cell = headline(board)
    cell = cell[(cell["half"] == "development") & cell["measure"].isin(["log_score", "twcrps"])]
    fields = [
        "variant",
        "changed",
        "mode",
        "model",
        "measure",
        "value",
        "forecasts",
        "negotiations",
    ]
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else [",".join(fields)]
    lines = [
        [name, change, mode, *line]
        for line in cell[["model", "measure", "value", "rows", "negotiations"]].itertuples(
            index=False, name=None
        )
    ]
    new = [_csv_line(line) for line in lines]
    write_text(path, "\n".join([*old, *(line for line in new if line not in old)]) + "\n")


def _csv_line(cells: list[object]) -> str:
    from io import StringIO

    buffer = StringIO()
    shown = [f"{cell:.4f}" if isinstance(cell, float) else cell for cell in cells]
    csv.writer(buffer, lineterminator="").writerow(shown)
    return buffer.getvalue()


@mpl.rc_context(STYLE)
def draw(rows: pd.DataFrame, board: pd.DataFrame, mode: str, out: Path) -> None:
    """Reliability, skill and score over time of the headline sample of defence."""
    chosen = rows[(rows["domain"] == "defence") & (rows["searched_for"] != FAILURE)]
    labels = {name: entry.label for name, entry in MODELS.items()}
    labels |= POOL_LABELS
    labels |= {name + LEARNT: name.capitalize() + LEARNT for name in POOLS}
    for half, part in chosen.groupby("half"):
        stem, what = f"{mode}-{half}", f"{mode} mode, {half} half"
        save_figure(draw_reliability(part, labels, what), out / f"reliability-{stem}.png")
        cell = headline(board)
        cell = cell[cell["half"] == half]
        save_figure(draw_skill(cell, labels, what), out / f"skill-{stem}.png")
    compared = [name for name in (HEADLINE, "lognormal-aft", *BASELINES) if name not in SPARSE]
    shown = [name for name in compared if name in set(chosen["model"])]
    means = mean_by_year(chosen[chosen["model"].isin(shown)], "log_score")[[*shown, "rows"]]
    figure = new_figure(470, 220, dpi=150)
    axes = figure.add_axes((0.08, 0.2, 0.6, 0.68))
    score_over_time(
        means, axes, f"Mean log score of defence talks, {mode} mode (small is good)",
        answer=HEADLINE, baselines=BASELINES, labels=labels,
    )  # fmt: skip
    save_figure(figure, out / f"score-over-time-{mode}.png")


def draw_reliability(rows: pd.DataFrame, labels: dict[str, str], what: str) -> Figure:
    """A panel a model, on the bins of :func:`forecast.evaluation.reliability.reliability`."""
    shown = [name for name in RELIABILITY if name in set(rows["model"])]
    text = (
        f"Defence, {what}: a conclusion within {HORIZON:.0f} months. {RELIABILITY_CAPTION} Bins of fewer "
        f"than {LEAST} forecasts are left out."
    )
    width, panel = 190.0 * len(shown), 205.0
    below = caption_height(text, width)
    height = panel + below
    figure = new_figure(width, height, dpi=150)
    caption(figure, text)
    for place, name in enumerate(shown):
        left, side = (place + 0.22) / len(shown), 0.72 / len(shown)
        axes = figure.add_axes((left, (below + 30.0) / height, side, side * width / height))
        reliability(reliability_of(rows[rows["model"] == name], HORIZON), axes, labels[name])
    return figure


def draw_skill(cell: pd.DataFrame, labels: dict[str, str], what: str) -> Figure:
    scores = cell[cell["measure"] == "log_score"].sort_values("value")
    told = set(cell.loc[cell["value"].notna(), "measure"])
    # A baseline that shares too few forecasts with every model would be an empty panel.
    bases = [base for base in BASELINES if LOG_SKILL + base in told] or BASELINES
    rows, panel = 14 * len(scores), 14 * len(scores) + 62
    height = len(bases) * panel
    figure = new_figure(470, height, dpi=150)
    for place, base in enumerate(bases):
        bottom = ((len(bases) - 1 - place) * panel + 38) / height
        axes = figure.add_axes((0.27, bottom, 0.48, rows / height))
        frame = cell[cell["measure"] == LOG_SKILL + base].set_index("model")
        frame = frame.reindex([name for name in scores["model"] if name != base]).reset_index()
        title = f"Gain in log score over {labels[base]}, nats; {what}"
        skill_table(frame, axes, title, labels=labels)
    return figure


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--half", default="development", choices=["development", "both"])
    parser.add_argument("--every", type=int, default=1, help="only every Nth half-year")
    parser.add_argument("--model", nargs="+", default=[*POOLS, *MODELS], help="default: all")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--variant", default="", help="enter the scores in the log by this name")
    parser.add_argument("--change", default="", help="what the variant changes, for the log")
    parser.add_argument("--landmarks", type=Path, default=Path("build/backtest"))
    parser.add_argument("--out", type=Path, default=Path("reports/backtest"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
