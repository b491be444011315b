"""``forecast data``: the records behind the forecasts, to read and to check."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.archive.shown import printable
from forecast.cli.console import SETTINGS, address, fail, heading, paragraph, rows, title
from forecast.cli.options import Data, Negotiation
from forecast.cli.records import records_of
from forecast.errors import DataError, NothingToForecastError

if TYPE_CHECKING:
    from forecast.archive import Archive, Claim, Milestone
    from forecast.archive import Negotiation as Record
    from forecast.archive.tables import Table

EXAMPLES = """\b
Examples
  forecast data list --open
  forecast data list --family raa
  forecast data show jpn-fra-raa
  forecast data check ./my-tables
"""

LIST_EXAMPLES = """\b
Examples
  forecast data list
  forecast data list --open
  forecast data list --family raa
"""

SHOW_EXAMPLES = """\b
Examples
  forecast data show jpn-fra-raa
  forecast data show jpn-aus-raa --data ./my-tables
  forecast data show deu-jpn-raa.toml
"""

CHECK_EXAMPLES = """\b
Examples
  forecast data check
  forecast data check ./my-tables
"""

HEADLINE_CLOCK = "launch:signed"

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=SETTINGS,
    help="Read and check the records of negotiations.",
    epilog=EXAMPLES,
)


@app.command("list", epilog=LIST_EXAMPLES, short_help="List the negotiations.")
def list_negotiations(
    family: Annotated[
        str | None,
        typer.Option("--family", metavar="NAME", help="Only this family, such as raa."),
    ] = None,
    only_open: Annotated[
        bool, typer.Option("--open", help="Only what no source shows as signed or abandoned.")
    ] = False,
    data: Data = None,
) -> None:
    """List the negotiations: when each was launched and what became of it.

    Dates are written as they are known: 2014-07 is some day in July 2014, 2014~ about 2014, and
    A/B some day from A to B.
    """
    from forecast.archive import load_archive

    archive = load_archive(data)
    if family is not None:
        archive.require_family(family)
    lines = []
    for record in archive.values():
        course, shows_open = _course(record, archive)
        if (family is None or record.family == family) and (shows_open or not only_open):
            lines.append((record.id, f"{record.title}\n{course}"))
    rows(lines, header=("Id", "Title and course"), wraps=(1,))
    print(
        f"{len(lines)} of {len(archive)} negotiations, as known on {archive.vintage}.",
        file=sys.stderr,
    )


def _course(record: Record, archive: Archive) -> tuple[str, bool]:
    """Launch and outcome in words, and whether it is open, on the headline clock."""
    from forecast.archive import settled_range
    from forecast.timing import CLOCKS, CONCLUDED, OPEN, spell_of

    clock = CLOCKS[HEADLINE_CLOCK]
    try:
        spell = spell_of(record, clock, archive.date)
    except NothingToForecastError:
        ends = record.accounts(clock.terminal_event)
        end = f", {clock.verb} {settled_range(ends)}" if ends else ""
        return f"no launch documented{end}", False
    if spell.cause == OPEN:
        return f"launched {spell.start}, open when last seen on {spell.open_at}", True
    verb = clock.verb if spell.cause == CONCLUDED else "ended without agreement"
    end = str(spell.end).replace("../", "by ")
    return f"launched {spell.start}, {verb} {end}", False


@app.command("show", epilog=SHOW_EXAMPLES, short_help="Show one with all its sources.")
def show(negotiation: Negotiation, data: Data = None) -> None:
    """Show one negotiation: parties, dated milestones with all accounts, and claims.

    An event has as many entries as sources that date it. Of several, the one marked * is
    preferred: official before press before copies, then the source nearest to the event. Its
    date is narrowed by accounts that lie inside it.
    """
    archive, id_ = records_of(negotiation, data)
    record = archive[id_]
    title(record.title)
    names = [archive.countries[p].name if p in archive.countries else p for p in record.parties]
    facts = [
        ("Id", record.id),
        ("Parties", ", ".join(names)),
        ("Instrument", f"{record.instrument} (family {record.family}, {record.domain})"),
    ]
    if record.searched_to is not None:
        facts.append(("Searched to", str(record.searched_to)))
    if record.notes:
        facts.append(("Notes", record.notes))
    rows(facts, wraps=(1,))
    _show_milestones(record)
    _show_claims(record.claims)


def _show_milestones(record: Record) -> None:
    from forecast.archive import REPEATED, preferred

    heading(
        f"Milestones ({len(record.milestones)} accounts; * preferred where several date one event)"
    )
    ordered = sorted(record.milestones, key=lambda m: m.date.earliest)
    for row in ordered:
        done = record.accounts(row.event)
        single = row.event not in REPEATED
        mark = "*" if single and len(done) > 1 and row is preferred(done) else " "
        _show_milestone(row, mark)


def _show_milestone(row: Milestone, mark: str) -> None:
    planned = ", planned" if row.planned else ""
    print()
    paragraph(f"{mark} {row.date}  {row.event}{planned}", indent=0)
    published = f", {row.source.published}" if row.source.published else ", undated"
    kind = f"{row.source.publisher} ({row.source.kind}{published})"
    paragraph(f"{kind}; confidence {row.confidence}", indent=4)
    if row.note:
        paragraph(row.note, indent=4)
    address(row.source.url, indent=4)


def _show_claims(claims: Iterable[Claim]) -> None:
    known = list(claims)
    heading(f"What was said about its duration ({len(known)} claims)")
    if not known:
        paragraph("Nothing in our sources.")
    for claim in known:
        print()
        said_on = f", {claim.said_on}" if claim.said_on else ""
        paragraph(f"{claim.said_by}{said_on}: {_content(claim)}", indent=2, hanging=2)
        if claim.statement:
            paragraph(claim.statement, indent=4)
        address(claim.source.url, indent=4)


def _content(claim: Claim) -> str:
    """What a claim says of which event, in a few words."""
    low, high = claim.low_months, claim.high_months
    if claim.target is not None:
        amount = f"by {claim.target}"
    elif low is None and high is None:
        amount = "no number"
    elif low == high:
        amount = f"{low:g} months"
    elif high is None:
        amount = f"{low:g} months or more"
    else:
        amount = f"{low:g} to {high:g} months" if low else f"up to {high:g} months"
    direction = "looking ahead" if claim.kind == "forecast" else "looking back"
    return f"{claim.event}, {amount} ({direction})"


@app.command("check", epilog=CHECK_EXAMPLES, short_help="Check tables; print every problem.")
def check_tables(
    directory: Annotated[
        Path | None,
        typer.Argument(
            metavar="[DIR]",
            help="Directory of tables; the data set that comes with the package if omitted.",
        ),
    ] = None,
) -> None:
    """Check the tables and print every problem as file:row:column: message.

    Row 1 is the header. The exit code is 3 if there is a problem. A directory without a
    datapackage.json is laid over the data set that comes with the package; how many rows are from
    it is said of each table.
    """
    from forecast.archive import check, load_archive

    tables, problems = check(directory)
    for problem in problems:
        print(printable(str(problem)))
    if problems:
        files = len({problem.file for problem in problems})
        count = f"{len(problems)} problem{'s' * (len(problems) > 1)}"
        fail(f"{count} in {files} file{'s' * (files > 1)}; mend the rows named above")
        raise typer.Exit(DataError.exit_code)
    # The public series are no tables of the schema; loading reads them and refuses a faulty one.
    series = load_archive(directory).digests
    _show_tables(tables.values())
    if series:
        print(f"Public series: {', '.join(series)}")
    print("No problems.")


def _show_tables(tables: Collection[Table]) -> None:
    """Print how many rows each table has; of laid over ones also how many are the user's own."""
    counts = [(table.file, f"{len(table.rows):,}") for table in tables]
    if not any(None in table.lines for table in tables):
        rows(counts, ("Table", "Rows"), right=(1,))
        return
    own = [sum(line is not None for line in table.lines) for table in tables]
    lines = [(*count, f"{n:,}" if n else "-") for count, n in zip(counts, own, strict=True)]
    rows(lines, ("Table", "Rows", "Yours"), right=(1, 2))
