"""``forecast data new|covariates|card``: a case of one's own, what is known of one, and of all."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.console import heading, paragraph, rows, title
from forecast.cli.options import Data, Negotiation
from forecast.cli.records import command_for, records_of
from forecast.errors import UsageError

NEW_EXAMPLES = """\b
Examples
  forecast data new deu-jpn-raa \\
      --parties DEU,JPN --instrument RAA --launch 2026-06
  forecast predict deu-jpn-raa.toml
"""

CARD_EXAMPLES = """\b
Examples
  forecast data card
"""

COVARIATES_EXAMPLES = """\b
Examples
  forecast data covariates jpn-fra-raa
  forecast data covariates deu-jpn-raa.toml
  forecast data covariates jpn-fra-raa --data ./public-series
"""


def new(
    id: Annotated[str, typer.Argument(metavar="ID", help="A short name, such as deu-jpn-raa.")],
    parties: Annotated[
        str, typer.Option("--parties", metavar="A,B", help="Codes of the parties, such as DEU,JPN.")
    ],
    instrument: Annotated[
        str,
        typer.Option("--instrument", metavar="KIND", help="RAA, SOFA, ACSA, ISA, DETT, FTA, ..."),
    ],
    launch: Annotated[
        str,
        typer.Option(
            "--launch", metavar="DATE", help="When it was launched: 2026-06-15, 2026-06 ..."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write. [default: ID.toml]"),
    ] = None,
    data: Data = None,
) -> None:
    """Write a short file that describes a negotiation of your own.

    Forecast it with: forecast predict ID.toml. Covariates are filled from the tables. A file that exists
    is not overwritten.
    """
    from forecast.archive import case_template, load_archive, misfit

    codes = [code.strip() for code in parties.replace(";", ",").split(",")]
    text = case_template(id, codes, instrument, launch)
    if why := misfit(load_archive(data), id, codes):
        raise UsageError(why)
    path = Path(f"{id}.toml") if out is None else out
    if path.suffix != ".toml":
        raise UsageError(
            f"--out {path}: the name must end in .toml, by which a case is known as a file"
        )
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise UsageError(f"{path} exists already; name another file with --out") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    print(path)
    # Not wrapped, so that it can be copied.
    print(f"Next: {command_for('predict', str(path), data)}")


def covariates(negotiation: Negotiation, data: Data = None) -> None:
    """Show the covariates of a negotiation at its launch, and what each value rests on.

    "unknown" is missing and never guessed. Those marked * are used by the models unless they are told
    which to use. The last ones change while talks go on and are shown for today.
    """
    from forecast.covariates import CHANGING, COVARIATES, Case, values, values_on
    from forecast.timing import parse_clock, spell_of

    archive, id_ = records_of(negotiation, data)
    record = archive[id_]
    start = spell_of(record, parse_clock("launch:signed"), archive.date).start
    title(record.title)
    paragraph(f"Launched {start}. Expected association with the duration: + longer, - shorter.")
    known = values(Case(record.id, record.parties, record.family, start), archive)
    lines = [
        (
            f"{name} {'*' if entry.default else ''}",
            _shown(known[name].value),
            entry.sign,
            f"{known[name].rests_on}\n{entry.unit}",
        )
        for name, entry in COVARIATES.items()
    ]
    heading("At the launch")
    rows(lines, ("Covariate", "Value", "Sign", "Rests on, and unit"), right=(1,), wraps=(3,))
    heading(f"Changing while talks go on, as of {archive.date} (sign: on the rate of conclusion)")
    now = values_on(record.parties, archive, archive.date)
    changing = [
        (name, _shown(now[name].value), entry.sign, now[name].rests_on)
        for name, entry in CHANGING.items()
    ]
    rows(changing, ("Covariate", "Value", "Sign", "Rests on"), right=(1,), wraps=(3,))


def card(
    path: Annotated[
        Path, typer.Argument(metavar="[FILE]", help="The dataset card whose figures are renewed.")
    ] = Path("datasets/README.md"),
) -> None:
    """Renew the figures of the dataset card from the tables."""
    from forecast.archive import load_archive
    from forecast.reporting import refresh_card

    if not path.is_file():
        raise UsageError(f"{path} is not a file; run this in the checkout or name the card")
    stale = refresh_card(load_archive(), path)
    print(f"{path}: figures renewed" if stale else f"{path}: figures were up to date")


def _shown(value: float | str | None) -> str:
    if value is None:
        return "unknown"
    return value if isinstance(value, str) else f"{value:.3g}"
