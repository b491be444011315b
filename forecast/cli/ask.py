"""``forecast what-if``, ``explain``, ``evidence`` and ``sensitivity``: questions put to a forecast."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from forecast.cli.console import working
from forecast.cli.numbers import any_number
from forecast.cli.options import Accounts, AsOf, Clock, Data, Negotiation, OpenAt
from forecast.cli.records import records_of
from forecast.cli.targets import require_file
from forecast.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from forecast.prediction.question import Question

WHAT_IF_EXAMPLES = """\b
Examples
  forecast what-if jpn-fra-raa --set prior_exercises=0
  forecast what-if jpn-fra-raa --never 0.2 --open-at 2026-06-01
  forecast what-if jpn-fra-raa --set "partner_type=other" --figure what-if.png
"""

EXPLAIN_EXAMPLES = """\b
Examples
  forecast explain jpn-fra-raa
  forecast explain jpn-fra-raa --as-of 2024-05-02 --figure explain.png
"""

EVIDENCE_EXAMPLES = """\b
Examples
  forecast evidence jpn-fra-raa
  forecast evidence jpn-fra-raa --accounts press --figure evidence.png
"""

SENSITIVITY_EXAMPLES = """\b
Examples
  forecast sensitivity jpn-fra-raa
  forecast sensitivity jpn-fra-raa --csv > sensitivity.csv
"""

FITTING = "Fitting the models ..."

Figure = Annotated[
    Path | None,
    typer.Option("--figure", metavar="FILE", help="Also draw it, as .png or .svg."),
]

Csv = Annotated[bool, typer.Option("--csv", help="Print the whole table as CSV.")]


def what_if(
    negotiation: Negotiation,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=VALUE",
            help="Suppose this value of a covariate, in its unit (see: forecast data covariates). "
            "May be given several times.",
        ),
    ] = None,
    never: Annotated[
        float | None,
        typer.Option(
            "--never",
            metavar="SHARE",
            parser=any_number("--never"),
            help="Suppose this never share, from 0 to 1.",
        ),
    ] = None,
    open_at: OpenAt = None,
    elapsed: Annotated[
        float | None,
        typer.Option(
            "--elapsed",
            metavar="MONTHS",
            parser=any_number("--elapsed"),
            help="As --open-at, but in months since the launch: how old the talks were then.",
        ),
    ] = None,
    as_of: AsOf = None,
    clock: Clock = "launch:signed",
    accounts: Accounts = "documented",
    figure: Figure = None,
    data: Data = None,
) -> None:
    """Say what the forecast would be if the case were another one in some respect.

    That is an association among past negotiations, mostly prior: not what would follow if somebody
    changed it.
    """
    from forecast.analysis.what_if import Change
    from forecast.analysis.what_if import what_if as ask
    from forecast.cli.ask_sheets import show_what_if

    change = Change(_covariates(settings or []), never, open_at, elapsed)
    check_figure(figure)
    question = _posed(negotiation, as_of, clock, accounts, data)
    with working(FITTING):
        answer = ask(question, change)
    show_what_if(answer)
    draw_figure(figure, answer.plot)


def explain(
    negotiation: Negotiation,
    as_of: AsOf = None,
    open_at: OpenAt = None,
    clock: Clock = "launch:signed",
    accounts: Accounts = "documented",
    figure: Figure = None,
    data: Data = None,
) -> None:
    """Say how the answer comes about, step by step from the prior.

    From what the priors hold of an average case to what the data say of one, then to the family, the
    countries and each covariate of this case, in months and in percentage points. Each step is its
    average over all orders in which the steps can be taken (Shapley values).
    """
    from forecast.analysis.explain import explain as ask
    from forecast.cli.ask_sheets import show_explanation

    check_figure(figure)
    question = _posed(negotiation, as_of, clock, accounts, data, open_at)
    with working(FITTING):
        answer = ask(question)
    show_explanation(answer)
    draw_figure(figure, lambda: answer.plot()[0])


def evidence(
    negotiation: Negotiation,
    as_of: AsOf = None,
    open_at: OpenAt = None,
    clock: Clock = "launch:signed",
    accounts: Accounts = "documented",
    as_csv: Csv = False,
    figure: Figure = None,
    data: Data = None,
) -> None:
    """Say how much of the answer comes from its own family, from relatives, from the prior.

    Fits the models again without each case of the family, without each family, with the priors alone
    and so on: about fifty fits, a minute or two.
    """
    from forecast.analysis.evidence_shares import evidence_shares as ask
    from forecast.cli.ask_sheets import show_evidence

    check_figure(figure)
    question = _posed(negotiation, as_of, clock, accounts, data, open_at)
    with counting() as advance:
        answer = ask(question, advance=advance)
    if as_csv:
        answer.refits.to_csv(sys.stdout, index=False, float_format="%.6g", lineterminator="\n")
    else:
        show_evidence(answer)
    draw_figure(figure, answer.plot)


def sensitivity(
    negotiation: Negotiation,
    as_of: AsOf = None,
    open_at: OpenAt = None,
    clock: Clock = "launch:signed",
    accounts: Accounts = "documented",
    as_csv: Csv = False,
    figure: Figure = None,
    data: Data = None,
) -> None:
    """Say what the answer would be under other assumptions, one at a time.

    Tails and never shares, misses of the search, priors, accounts of durations and starts, failures
    counted or not: about thirty fits, a minute.
    """
    from forecast.analysis.sensitivity import sensitivity as ask
    from forecast.cli.ask_sheets import show_sensitivity

    check_figure(figure)
    question = _posed(negotiation, as_of, clock, accounts, data, open_at)
    with counting() as advance:
        answer = ask(question, advance=advance)
    if as_csv:
        answer.table.to_csv(sys.stdout, index=False, float_format="%.6g", lineterminator="\n")
    else:
        show_sensitivity(answer)
    draw_figure(figure, lambda: answer.plot()[0])


def _covariates(settings: list[str]) -> dict[str, float | str]:
    found: dict[str, float | str] = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not (equals and name and value):
            raise UsageError(f"--set {setting!r} is not of the form NAME=VALUE")
        found[name.strip()] = value.strip()
    return found


def _posed(
    negotiation: str,
    as_of: str | None,
    clock: str,
    accounts: str,
    data: Path | None,
    open_at: str | None = None,
) -> Question:
    from forecast.analysis.refit import require_open
    from forecast.prediction.question import pose

    archive, id_ = records_of(negotiation, data, as_of)
    question = pose(id_, as_of, clock, accounts, open_at, archive)
    require_open(question)
    return question


@contextmanager
def counting() -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how many fits are done, if somebody watches."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console

    with Console(stderr=True, markup=False).status(FITTING) as status:
        yield lambda done, of: status.update(f"Fitting the models: {done} of {of} ...")


def check_figure(path: Path | None) -> None:
    """Refuse a path that cannot be used before any time is spent on it."""
    if path is None:
        return
    if path.suffix not in (".png", ".svg"):
        raise UsageError(f"--figure {path}: the name must end in .png or .svg")
    require_file(path)


def draw_figure(path: Path | None, plot: Callable[[], Axes]) -> None:
    """Draw what was asked for, if it was."""
    if path is None:
        return
    from forecast.drawing import figure_of
    from forecast.reporting import save_figure

    drawn: Any = figure_of(plot())
    drawn.set_dpi(_DPI)
    save_figure(drawn, path)
    # Standard output may be a table that somebody reads with a program.
    print(path, file=sys.stderr)


_DPI = 160.0
