"""``forecast score`` and ``forecast export``: saved forecasts after the fact, and on other sites."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import SETTINGS, paragraph, rows, title, working
from forecast.cli.options import Data
from forecast.cli.records import records_of
from forecast.cli.targets import require_file

if TYPE_CHECKING:
    from forecast.evaluation.saved import ForecastScores
    from forecast.prediction import Forecast

SCORE_EXAMPLES = """\b
Examples
  forecast predict jpn-gbr-raa --as-of 2022-01-15 --json > then.json
  forecast score then.json
  forecast score forecasts/*.json
"""

METACULUS_EXAMPLES = """\b
Examples
  forecast export metaculus jpn-fra-raa --open 2026-06-01 --close 2031-01-01
  forecast export metaculus now.json --open 2026-06-01 --close 2031-01-01 \\
    --out cdf.json
"""

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=SETTINGS,
    help="Write a forecast in the form that another site takes.",
)


def score(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", help="Forecasts, as from predict --json.")
    ],
    data: Data = None,
) -> None:
    """Score saved forecasts by what became of their negotiations.

    Prints what happened, as far as the data know, then the losses of the answer and of the
    baselines that were saved with it. Small is good.
    """
    from forecast.archive import load_archive
    from forecast.evaluation.saved import score_saved
    from forecast.evaluation.scores import HORIZONS
    from forecast.prediction.comparison import read_forecast

    # All are read before anything is printed, so that a bad file leaves no half answer.
    forecasts = [read_forecast(path) for path in files]
    archive = load_archive(data)
    header = ("", "log", *(f"Brier {h:g}" for h in HORIZONS), "CRPS")
    scored = [score_saved(forecast, archive) for forecast in forecasts]
    for path, forecast, found in zip(files, forecasts, scored, strict=True):
        title(f"{forecast.title}, as of {forecast.as_of}")
        paragraph(f"{path}: {found.outcome}")
        rows(map(_line, found.scores), header, right=range(1, len(header)), wraps=(0,))
        print()
    if any(found.scores for found in scored):
        paragraph(
            "Losses, small is good. log: of the span of months it fell in, in nats. Brier: of the "
            "probability within so many months; - where not known. CRPS: in months, over at most "
            "ten years.",
            indent=0,
        )


def _line(scores: ForecastScores) -> tuple[str, ...]:
    brier = ("-" if math.isnan(loss) else f"{loss:.2f}" for loss in scores.brier)
    return scores.label, f"{scores.log:.2f}", *brier, f"{scores.crps:.1f}"


@app.callback()
def _export() -> None:
    """Write a forecast in the form that another site takes."""


@app.command(
    epilog=METACULUS_EXAMPLES,
    short_help="Write the distribution for a date question on Metaculus.",
)
def metaculus(
    source: Annotated[
        str, typer.Argument(metavar="FILE|ID", help="A saved forecast, or a negotiation.")
    ],
    opens: Annotated[
        str, typer.Option("--open", metavar="DATE", help="First day of the question's range.")
    ],
    closes: Annotated[
        str, typer.Option("--close", metavar="DATE", help="Last day of the question's range.")
    ],
    closed_lower: Annotated[
        bool, typer.Option("--closed-lower", help="The answer cannot lie before the range.")
    ] = False,
    closed_upper: Annotated[
        bool, typer.Option("--closed-upper", help="The answer cannot lie after the range.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write. [default: the screen]"),
    ] = None,
    data: Data = None,
) -> None:
    """Write a forecast as 201 cumulative probabilities over a question's range, as JSON.

    They keep the site's rules, which moves the forecast by about one percent. Never, and later than
    the range, are above it.
    """
    if out is not None:
        require_file(out)
    from forecast.prediction.grid import parse_day
    from forecast.prediction.metaculus import metaculus_question

    first, last = parse_day(opens, "--open"), parse_day(closes, "--close")
    question = metaculus_question(
        _forecast(source, data),
        first,
        last,
        open_lower=not closed_lower,
        open_upper=not closed_upper,
    )
    text = json.dumps(question, indent=1, ensure_ascii=False) + "\n"
    if out is None:
        sys.stdout.write(text)
    else:
        from forecast.keeping import write_text

        write_text(out, text)
        print(out)


def _forecast(source: str, data: Path | None) -> Forecast:
    """Forecast of a file, or made for a negotiation."""
    if source.endswith(".json"):
        from forecast.prediction.comparison import read_forecast

        return read_forecast(source)
    archive, id_ = records_of(source, data)
    with working("Fitting the models ..."):
        from forecast.prediction import predict

        return predict(id_, archive=archive)
