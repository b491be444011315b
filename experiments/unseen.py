"""Had it been signed unseen? The part of an answer that says "already signed, unseen", put to the test.

At each half-year from 2010, in strict mode, each defence negotiation that the records of the day show open
is given the probability that it is signed by then all the same, from the last day a source of the time shows
it open and without a search; the complete records say whether it was. What no source settles is bounded both
ways. Writes unseen.csv (a row a forecast), summary.csv, unseen.png and README.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Hashable, Iterator
from datetime import date
from math import nan
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
from joblib import Parallel, delayed
from matplotlib.figure import Figure

import forecast
from forecast.archive import FAILURE, Archive
from forecast.drawing import STYLE, new_figure
from forecast.drawing import reliability as draw_reliability
from forecast.errors import NothingToForecastError
from forecast.evaluation.bootstrap import clustered_mean, related
from forecast.evaluation.landmarks import half_of, half_years, last_open
from forecast.evaluation.reliability import binned
from forecast.evaluation.track_record_text import model_label
from forecast.keeping import write_text
from forecast.models import HEADLINE, POOLS
from forecast.prediction.fitting import comparable_spells, fit_one
from forecast.prediction.question import Question
from forecast.reporting import save_figure, save_table, write_run
from forecast.threads import one_thread
from forecast.timing import CONCLUDED, OPEN, parse_clock, spell_of

CLOCK = "launch:signed"
MODELS_ASKED = {
    HEADLINE: POOLS[HEADLINE],
    "constant-hazard": ("constant-hazard",),
    "lindy": ("lindy",),
}
NOBODY_SEARCHED = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--every", type=int, default=1, help="only every Nth half-year")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--out", type=Path, default=Path("reports/unseen"))
    asked = parser.parse_args()
    archive = forecast.load_archive()
    days = half_years("strict", archive.vintage, "both")[:: asked.every]
    parts = Parallel(n_jobs=asked.jobs)(delayed(forecasts_on)(archive, day) for day in days)
    table = pd.DataFrame([row for part in parts for row in part])
    table["group"] = related(list(table["cluster"]), [p.split(";") for p in table["parties"]])
    summary = pd.DataFrame(summarised(table))
    save_table(table.drop(columns="group"), asked.out / "unseen.csv")
    save_table(summary, asked.out / "summary.csv")
    save_figure(draw(table), asked.out / "unseen.png")
    write_text(asked.out / "README.md", page(summary))
    write_run(asked.out, archive, {"every": asked.every})
    print(page(summary), end="")


def forecasts_on(archive: Archive, day: date) -> list[dict[str, object]]:
    """One row a negotiation that the view of a day shows open: what each model says, and what was so."""
    view = archive.as_of(day, "strict")
    table = comparable_spells(view, CLOCK, "documented", "raa")
    names = dict.fromkeys(member for members in MODELS_ASKED.values() for member in members)
    with one_thread():
        fitted = {name: fit_one(name, table) for name in names}
    rows = []
    for key, spell in table.by_id.items():
        record = view[key]
        if spell.cause != OPEN or record.searched_for == FAILURE:
            continue
        question = Question(view, spell, table)
        said = {}
        for model, members in MODELS_ASKED.items():
            curves = [
                question.curve(m) for name in members if not isinstance(m := fitted[name], str)
            ]
            said[model] = question.remaining(curves, NOBODY_SEARCHED).unseen if curves else nan
        rows.append(
            {
                "landmark": day.isoformat(),
                "half": half_of(day),
                "id": key,
                "parties": ";".join(record.parties),
                "cluster": record.cluster or key,
                "unheard_months": question.ages.as_of - question.ages.open_at,
                "signed": signed_by(archive, key, day),
                **said,
            }
        )
    return rows


def signed_by(archive: Archive, key: str, day: date) -> float:
    """Whether the complete records say that it was signed by a day: 1, 0, or missing for not known."""
    try:
        spell = spell_of(archive[key], parse_clock(CLOCK), archive.date)
    except NothingToForecastError:
        return nan
    if spell.end is not None and spell.end.latest <= day:
        return float(spell.cause == CONCLUDED)
    return 0.0 if last_open(spell) >= day else nan


def summarised(table: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Share signed unseen beside what each model expected, by half."""
    for half, part in table.groupby("half"):
        known = part["signed"].notna()
        share = clustered_mean(part["signed"], part["group"])
        for model in MODELS_ASKED:
            yield {
                "half": half,
                "model": model,
                "forecasts": len(part),
                "known": int(known.sum()),
                "negotiations": part["id"].nunique(),
                "expected": part.loc[known, model].mean(),
                "signed": share.value,
                "lower": share.lower,
                "upper": share.upper,
                "expected_of_all": part[model].mean(),
                "least_of_all": part["signed"].fillna(0.0).mean(),
                "most_of_all": part["signed"].fillna(1.0).mean(),
                "brier": ((part[model] - part["signed"]) ** 2).mean(),
            }


@mpl.rc_context(STYLE)
def draw(table: pd.DataFrame) -> Figure:
    """Reliability of each model, both halves together."""
    known = table[table["signed"].notna()]
    figure = new_figure(190 * len(MODELS_ASKED), 205, dpi=150)
    for place, name in enumerate(MODELS_ASKED):
        told = known[known[name].notna()]
        frame = binned(
            told[name].to_numpy(float), told["signed"].to_numpy(float), told["group"].to_numpy()
        )
        axes = figure.add_axes(
            ((place + 0.2) / len(MODELS_ASKED), 0.17, 0.74 / len(MODELS_ASKED), 0.7)
        )
        draw_reliability(frame, axes, f"{model_label(name)}: already signed")
    return figure


def page(summary: pd.DataFrame) -> str:
    """What the folder says, in plain words."""
    table = "\n".join([_HEAD, *(_row(row) for row in summary.to_dict("records"))])
    parts = ["# Had it been signed unseen?", _WHAT, in_words(summary), table, _PICTURE, _LIMITS]
    return "\n\n".join(parts) + "\n"


def in_words(summary: pd.DataFrame) -> str:
    """What the newest half says of the answer's models."""
    own = summary[summary["model"] == HEADLINE].iloc[-1]
    held = own["lower"] <= own["expected"] <= own["upper"]
    verdict = "inside" if held else "above" if own["expected"] > own["upper"] else "below"
    expected, signed, lower, upper = (
        f"{100 * own[name]:.0f} %" for name in ("expected", "signed", "lower", "upper")
    )
    return (
        f"**{own['half'].capitalize()} half:** of {own['known']} that were settled later the answer's models "
        f"expected {expected} to be signed already; {signed} were. The expectation is {verdict} the 90 % "
        f"interval ({lower} to {upper})."
    )


def _row(row: dict[Hashable, Any]) -> str:
    percent = {k: f"{100 * v:.0f}" for k, v in row.items() if isinstance(v, float)}
    cells = [
        row["half"],
        model_label(row["model"]),
        row["forecasts"],
        row["known"],
        f"{percent['expected']} %",
        f"{percent['signed']} % ({percent['lower']} to {percent['upper']})",
        f"{percent['expected_of_all']} %",
        f"{percent['least_of_all']} to {percent['most_of_all']} %",
        f"{row['brier']:.2f}",
    ]
    return f"| {' | '.join(map(str, cells))} |"


_WHAT = """\
Talks that the records of a half-year show open, but that were signed by then all the same, as later sources
say: how many there were, and how many the models expected, when nobody had searched."""

_HEAD = """\
| Half | Model | Forecasts | Settled later | Expected of these | Signed unseen (90 % interval) | \
Expected of all | Signed of all, bounds | Brier |
|---|---|---:|---:|---:|---:|---:|---:|---:|"""

_PICTURE = "![Stated probabilities and shares that came true](unseen.png)"

_LIMITS = """\
A source without a date of publication counts as unknown at the time, so more talks were signed unseen here
than an analyst of the day would have missed. What was settled later is no fair sample of all, for an end is
settled more easily than that talks went on; hence the bounds. An answer of today knows too that its case was
searched for. How often a search misses a signature is supposed (5 %), and is not tested here."""


if __name__ == "__main__":
    main()
