"""``forecast officials``: what was promised, and what came of it."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from forecast.cli.console import heading, paragraph, rows, title
from forecast.cli.options import AsOf, Data
from forecast.cli.sheet import share

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = """\b
Examples
  forecast officials
  forecast officials --as-of 2018-01-01
"""

_HEADER = ("", "Made", "Judged", "Met", "Share", "90 %", "Late", "Times")
_GROUPS = {
    "all": "More widely",
    "speaker": "By kind of speaker, all talks",
    "horizon": "Officials, by how far ahead",
    "event": "Officials, by promised event",
    "family": "Officials, by family",
}


def officials(as_of: AsOf = None, data: Data = None) -> None:
    """Show how often promised dates were met, and how late the others were.

    A promise is a forecast claim with a date or a number of months. It is met if its event took place
    by the last promised day. One promise a negotiation and kind of speaker counts, the first one said.
    """
    from forecast.archive import load_archive
    from forecast.evaluation.bootstrap import SMALLEST_CELL
    from forecast.evaluation.officials import breakdown
    from forecast.evaluation.promises import record
    from forecast.prediction.grid import parse_day

    archive = load_archive(data)
    view = archive if as_of is None else archive.as_of(parse_day(as_of, "as-of"))
    found = record(view)
    table = breakdown(found.promises)
    first = table.iloc[0]
    title(f"What officials promised and what came of it, as of {found.as_of}")
    rows([_line(first)], _HEADER, right=range(1, 8))
    print()
    paragraph(
        f"{first['late']} came late, {first['missed, still open']} were missed and are still open, "
        f"{first['ended without agreement']} ended without agreement. Not judged: "
        f"{first['undetermined']} undetermined, {first['not yet due']} not yet due. Talks that were "
        "looked for because they failed are left out here, and counted below."
    )
    for group, text in _GROUPS.items():
        heading(text)
        rows(map(_line, _rows_of(table, group)), _HEADER, right=range(1, 8))
    heading("Claims that are no promises")
    rows([(str(why), str(n)) for why, n in found.left_out.value_counts().items()], right=(1,))
    print()
    paragraph(
        "90 %: interval of the share met. Late: median months after the promised day. Times: median of "
        "the time it took as a multiple of the promised one, a month added to both; unmet promises are "
        f"censored. Shares and medians only from {SMALLEST_CELL} judged promises on. These are the promises "
        "that our sources quote, not a sample.",
        indent=0,
    )


def _rows_of(table: pd.DataFrame, group: str) -> list[pd.Series]:
    return [row for _, row in table[table["group"] == group].iterrows()]


def _line(row: pd.Series) -> tuple[str, ...]:
    from forecast.reporting import family_name

    counts = (str(row["promises"]), str(row["resolved"]), str(row["met"]))
    name = family_name(row["value"]) if row["group"] == "family" else str(row["value"])
    if isnan(row["share_met"]):
        return (name, *counts, "-", "-", "-", "-")
    interval = f"{share(row['low'])} to {share(row['high'])}"
    medians = (_or_dash(row["late_months"]), _or_dash(row["ratio"]))
    return (name, *counts, share(row["share_met"]), interval, *medians)


def _or_dash(value: float) -> str:
    return "-" if isnan(value) else f"{value:.1f}"
