"""``forecast replay``: the forecast month by month since the launch, and ahead if nothing happens."""

from __future__ import annotations

from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.ask import Csv, Figure, check_figure, counting, draw_figure
from forecast.cli.console import heading, paragraph, rows, title
from forecast.cli.options import Accounts, Clock, Data, Negotiation, Seed
from forecast.cli.records import records_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from forecast.analysis.occasions import Occasion
    from forecast.analysis.replay import Replay, Standing

EXAMPLES = """\b
Examples
  forecast replay jpn-fra-raa
  forecast replay jpn-fra-raa --figure replay.png
  forecast replay jpn-gbr-raa --csv > replay.csv
"""

_EVERY = 3
"""Months between the rows that are printed; the CSV holds them all."""

_DUE = 8


def replay(
    negotiation: Negotiation,
    until: Annotated[
        str | None,
        typer.Option(
            "--as-of",
            metavar="DATE",
            help="The last day, YYYY-MM-DD. [default: the data's vintage, or the day before the end]",
        ),
    ] = None,
    clock: Clock = "launch:signed",
    accounts: Accounts = "documented",
    seed: Seed = 0,
    as_csv: Csv = False,
    figure: Figure = None,
    data: Data = None,
) -> None:
    """Show the forecast as it would have stood month by month since the launch.

    Every month the models are fitted again to what was known then. What follows the last day shows how
    the forecast decays if the talks stay open and nothing else is learnt.
    """
    check_figure(figure)
    from forecast.analysis.replay import replay as make

    archive, id_ = records_of(negotiation, data, until)
    with counting() as advance:
        found = make(id_, until, clock, accounts, archive, seed, advance=advance)
    if as_csv:
        print(
            found.to_frame().to_csv(index=False, float_format="%.4f", lineterminator="\n"), end=""
        )
    else:
        show_replay(found)
    draw_figure(figure, lambda: found.plot()[0])


def show_replay(found: Replay) -> None:
    """Print both halves, what happened meanwhile, and what is due."""
    question = found.question
    title(f"{question.record.title} ({question.record.id}), month by month")
    day = found.headline_day
    header = ("As known on", "12 months", f"By {day:%Y-%m}", "1 in 10", "Even odds", "9 in 10")
    rows(_lines(found.past, found.past[-1]), header, right=(1, 2))
    for known, why in found.notes.items():
        paragraph(f"{known}: no forecast, {why}")
    heading("From then on, if it is still open on that day and nothing else is learnt")
    rows(_lines(found.ahead, found.ahead[-1]), ("If open on", *header[1:]), right=(1, 2))
    print()
    verb = question.table.clock.verb
    paragraph(
        f"12 months: probability that it is {verb} within 12 months of that day. By {day:%Y-%m}: by {day}. "
        "The dates are those by which it has that probability. Both include the chance that it was "
        f"{verb} before, unseen by our sources; the second table has none: there it is known to be "
        "open, which also rules out that the talks were given up unnoticed.",
        indent=0,
    )
    _show_events(found)
    _show_due(found)


def _lines(standings: Iterable[Standing], last: Standing) -> list[tuple[str, ...]]:
    from forecast.prediction import percent

    chosen = [s for k, s in enumerate(standings) if k % _EVERY == 0 or s is last]
    return [
        (
            str(s.as_of),
            percent(s.within_12),
            "-" if isnan(s.by_headline) else percent(s.by_headline),
            *(_date(s.dates()[share], s.never, share) for share in (0.1, 0.5, 0.9)),
        )
        for s in chosen
    ]


def _date(day: date | None, never: float, share: float) -> str:
    if day is not None:
        return str(day)
    return "never" if share > 1.0 - never else "beyond 50 years"


def _show_events(found: Replay) -> None:
    if not found.events:
        return
    heading("What happened meanwhile")
    lines = [
        (str(e.day), f"{e.what} promised it by {e.by}" if e.by else e.what) for e in found.events
    ]
    rows(lines, wraps=(1,))


def _show_due(found: Replay) -> None:
    from forecast.prediction import percent

    heading("What is due, as far as was known on the last day")
    if not found.due:
        paragraph("Nothing that our records show.")
        return
    rows(
        [(_due(item), item.what, percent(_by(found, item))) for item in found.due[:_DUE]],
        ("Day", "What", "Done by then"),
        right=(2,),
        wraps=(1,),
    )
    paragraph(
        "Done by then: probability that it is "
        f"{found.question.table.clock.verb} by that day. If the day passes and the talks are still open, "
        "the forecast is that of the second table above. No model here expects more of such a day than of "
        "any other."
    )


def _due(item: Occasion) -> str:
    return str(item.day) if item.certain else f"about {item.day:%Y-%m}"


def _by(found: Replay, item: Occasion) -> float:
    return found.probability_by(item.day)
