"""``forecast compare``: what changed between two forecasts, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.console import heading, paragraph, rows, title
from forecast.cli.sheet import share, show_cases, teller

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from forecast.prediction import Case, Target
    from forecast.prediction.comparison import Comparison, ProbabilityChange, QuantileChange

EXAMPLES = """\b
Examples
  forecast predict jpn-fra-raa --as-of 2024-05-02 --json > then.json
  forecast predict jpn-fra-raa --json > now.json
  forecast compare then.json now.json
"""

MOST = 10


def compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="The forecast before.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="The forecast after.")],
) -> None:
    """Say what changed from one forecast of a negotiation to another, and why.

    Both files are as written by predict --json or by report (forecast.json). First the answers,
    then what was asked and known differently, then the past cases and models behind it.
    """
    from forecast.prediction import comparison

    change = comparison.compare(comparison.read_forecast(before), comparison.read_forecast(after))
    title(change.title)
    rows([("Before", change.before), ("After", change.after)], wraps=(1,))
    if change.same_answer and change.same_inputs:
        print()
        paragraph("Nothing differs.", indent=0)
        return
    _show_answers(change)
    _show_grounds(change)


def _show_answers(change: Comparison) -> None:
    heading("Dates reached with a probability of")
    rows(map(_quantile, change.quantiles), ("", "before", "after", "difference"), right=(0, 3))
    heading("Probability")
    rows(map(_probability, change.probabilities), ("", "before", "after", "points"), (1, 2, 3))


def _show_grounds(change: Comparison) -> None:
    heading("What was asked and known")
    if not change.settings:
        paragraph("The same.")
    rows(
        [(c.name, _short(c.name, c.before), _short(c.name, c.after)) for c in change.settings],
        ("", "before", "after"),
        wraps=(0, 1, 2),
    )
    if change.covariates:
        heading("Traits of the case that differ")
        lines = [(c.name, c.before, c.after) for c in change.covariates]
        rows(lines, ("", "before", "after"), wraps=(1, 2))
    _show_cases("Past cases that came in", change.added)
    _show_cases("Past cases that dropped out", change.removed)
    _show_changed(change)
    if change.models:
        heading(f"Models, by {change.headline_day}, those that changed most first")
        lines_ = map(_probability, change.models)
        rows(lines_, ("", "before", "after", "points"), right=(1, 2, 3), wraps=(0,))
    _show_targets("Dates that officials named since", change.new_targets)
    _show_targets("Dates that officials named, no longer known", change.gone_targets)


def _show_changed(change: Comparison) -> None:
    if not change.changed:
        return
    heading(f"Past cases known differently ({len(change.changed)})")
    for case in change.changed[:MOST]:
        parts = (
            f"{c.name} {teller(c.before) or '?'} -> {teller(c.after) or '?'}" for c in case.changes
        )
        paragraph(f"{case.title}: {'; '.join(parts)}", hanging=2)
    _more(change.changed)


def _show_cases(title: str, cases: Sequence[Case]) -> None:
    if not cases:
        return
    heading(f"{title} ({len(cases)})")
    show_cases(cases[:MOST])
    _more(cases)


def _show_targets(title: str, targets: Iterable[Target]) -> None:
    known = list(targets)
    if not known:
        return
    heading(title)
    for target in known:
        said = f"{target.said_on}, {target.said_by}: by {target.by} ({target.statement})"
        paragraph(said, hanging=2)


def _more(items: Sequence[object]) -> None:
    if len(items) > MOST:
        paragraph(f"... and {len(items) - MOST} more")


def _quantile(row: QuantileChange) -> tuple[str, str, str, str]:
    from forecast.prediction import long_date, percent

    months = row.months
    if months is None:
        difference = "" if row.before == row.after else "changed"
    elif abs(months) < 0.05:
        difference = "none"
    else:
        difference = f"{abs(months):.1f} months {'later' if months > 0 else 'earlier'}"
    return percent(row.p), long_date(row.before), long_date(row.after), difference


def _probability(row: ProbabilityChange) -> tuple[str, str, str, str]:
    before, after = ("-" if p is None else share(p) for p in (row.before, row.after))
    difference = "" if row.difference is None else f"{row.difference * 100:+.0f}"
    return row.label, before, after, difference.replace("+0", "0").replace("-0", "0")


def _short(name: str, value: str) -> str:
    """Value of a setting; of a digest the first characters, which tell two apart."""
    return f"{value[:12]}..." if name == "data digest" else value
