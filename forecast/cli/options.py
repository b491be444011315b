"""Arguments and options that several verbs share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.numbers import whole_number

AsOf = Annotated[
    str | None,
    typer.Option(
        "--as-of",
        metavar="DATE",
        help="Use only what was known by this day, YYYY-MM-DD. [default: the data's vintage]",
    ),
]

OpenAt = Annotated[
    str | None,
    typer.Option(
        "--open-at",
        metavar="DATE",
        help="Assert that the negotiation was still open on this day.",
    ),
]

Clock = Annotated[
    str,
    typer.Option(
        "--clock",
        metavar="CLOCK",
        help="What is timed: launch:signed, launch:agreed (in principle), launch:in_force "
        "or signed:in_force.",
    ),
]

Model = Annotated[
    str,
    typer.Option(
        "--model",
        metavar="MODEL",
        help='"hierarchical" or "pool", which mix models; else one by name (see: forecast models).',
    ),
]

Accounts = Annotated[
    str,
    typer.Option(
        "--accounts",
        metavar="SET",
        help='"documented", or a set of accounts that replaces some durations, such as "press".',
    ),
]

Seed = Annotated[
    int,
    typer.Option(
        "--seed",
        metavar="N",
        parser=whole_number("--seed", least=0),
        help="Seed of all randomness.",
    ),
]

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        metavar="DIR",
        help="Directory of tables and public series laid over the shipped data set; with a "
        "datapackage.json of its own, used instead of it.",
    ),
]

Negotiation = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="Negotiation, as in: forecast data list; or the path of a case.toml."
    ),
]

OptionalNegotiation = Annotated[
    str | None,
    typer.Argument(
        metavar="ID", help="Negotiation, as in: forecast data list; or the path of a case.toml."
    ),
]
