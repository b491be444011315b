"""The officials' record: whether promises were met, how late, and whether a model knew better.

Every forecast claim with a date or a number of months is held against what happened. The promise, read as
certain, at the past hit rate of its kind and at past slips, stands beside a model's probability for the
same date, made from what was known on the day of the promise.
"""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

import forecast
from forecast.archive import Archive
from forecast.drawing import figure_of
from forecast.drawing.promises import promises as draw
from forecast.evaluation.looking_back import retrospective, told_against_documented
from forecast.evaluation.officials import breakdown, headline
from forecast.evaluation.promise_scores import compare_readings, probabilities
from forecast.evaluation.promises import (
    RESOLVED,
    SHORT_MONTHS,
    Record,
    first_of_each,
    record,
    spells_of_promises,
)
from forecast.models import HEADLINE
from forecast.models.slip import SlipModel
from forecast.prediction import percent
from forecast.reporting import save_figure, write_run
from forecast.reporting.wording import FAMILIES
from forecast.timing.promises import OFFICIALS

CASE, SAID, PROMISED = "jpn-fra-raa", date(2024, 5, 2), 12.0
RECORD_COLUMNS = (
    "value", "promises", "resolved", "effective", "met", "share_met", "low", "high", "late_months", "ratio",
)  # fmt: skip
SCORE_COLUMNS = (
    "reading", "promises", "mean", "met", "brier", "low", "high", "difference", "difference_low",
    "difference_high",
)  # fmt: skip
QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9]


def main() -> None:
    arguments = _arguments()
    out: Path = arguments.out
    archive = forecast.load_archive()
    archive = archive.as_of(archive.date, arguments.mode)
    found = record(archive)
    first = first_of_each(found.promises)
    resolved = first[first["outcome"].isin(RESOLVED)]
    chances = probabilities(archive, resolved, arguments.model, arguments.jobs, show)
    told, untold = retrospective(archive)
    left_out = pd.concat(
        [found.left_out, chances["why"].loc[lambda why: why != ""].rename("reason"), untold],
        keys=["promise", "model", "looking back"],
        names=["from", "claim"],
    )
    tables = {
        "promises": found.promises.join(chances),
        "record": breakdown(found.promises),
        "scores": scores(resolved, chances, arguments.model),
        "about_a_year": about_a_year(archive),
        "looking_back": told.join(archive_statements(archive), on="claim"),
        "looking_back_summary": told_against_documented(told),
        "left_out": left_out.reset_index(),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        if "parties" in table:
            table = table.assign(parties=table["parties"].map(" ".join))
        table.to_csv(
            out / f"{name}.csv",
            index=table.index.name is not None,
            float_format="%.3f",
            lineterminator="\n",
        )
    figure = figure_of(draw(resolved))
    figure.set_dpi(144)
    save_figure(figure, out / "promises.png")
    text = page(found, tables, arguments.model, arguments.mode)
    (out / "README.md").write_text(text, encoding="utf-8")
    write_run(out, archive, {"model": arguments.model, "mode": arguments.mode})
    print(text)


def scores(resolved: pd.DataFrame, chances: pd.DataFrame, model: str) -> pd.DataFrame:
    """Brier tables of several groups of promises, one below the other."""
    official = resolved[resolved["speaker"].isin(OFFICIALS)]
    groups = {
        "officials": headline(resolved),
        "officials, up to 3 months ahead": headline(resolved[resolved["promised"] <= SHORT_MONTHS]),
        "officials, further ahead": headline(resolved[resolved["promised"] > SHORT_MONTHS]),
        "officials, with talks looked for as failed": official,
        "press and experts, too": resolved,
    }
    tables = [
        compare_readings(rows, chances, model).assign(group=name) for name, rows in groups.items()
    ]
    return pd.concat(tables)[["group", *tables[0].columns.drop("group")]]


def about_a_year(archive: Archive) -> pd.DataFrame:
    """What a promise of twelve months was worth: on the day it was made, and today, still open."""
    case = pd.DataFrame({"promised": [PROMISED]}, index=[CASE])
    rows = []
    for day in (SAID, archive.vintage):
        known = record(archive.as_of(day - timedelta(days=1), archive.mode)).promises
        # Its own promise is no evidence of how long it takes.
        past = first_of_each(known[known["negotiation"] != CASE])
        elapsed = (day - SAID).days / forecast.archive.DAYS_PER_MONTH
        curve = (
            SlipModel()
            .fit(*spells_of_promises(past))
            .predict_survival(case, elapsed=elapsed or None)
        )
        quantiles = dict(
            zip((f"{q:.0%}" for q in QUANTILES), curve.quantile(QUANTILES)[0], strict=True)
        )
        rows.append({"as_of": day, "promises": len(past), **quantiles})
    return pd.DataFrame(rows)


def archive_statements(archive: Archive) -> pd.DataFrame:
    claims = [claim for negotiation in archive.values() for claim in negotiation.claims]
    return pd.DataFrame(
        {"statement": [c.statement for c in claims], "url": [c.source.url for c in claims]},
        index=[c.id for c in claims],
    )


def page(found: Record, tables: dict[str, pd.DataFrame], model: str, mode: str) -> str:
    """Short text page with the figures that matter."""
    view = "by event date (hindsight)" if mode == "event" else "as sources of the time show them"
    shown = tables["record"].round({"effective": 0}).astype({"effective": int})
    shown["value"] = [FAMILIES.get(value, value) for value in shown["value"]]
    sections = [
        "# What officials promised, and what came of it",
        f"As of {found.as_of}, records {view}. {len(found.promises)} promises with a date; "
        f"{len(found.left_out)} forecast claims are none (`left_out.csv` says why).",
        *headline_text(tables["record"]),
        as_markdown(in_percent(shown, "share_met", "low", "high"), RECORD_COLUMNS),
        "`effective` is the number of independent promises behind an interval: near-copies and talks of "
        "the same parties count as one. No share or median below 20 resolved promises. `record.csv` has "
        "all counts.",
        "![Promised and actual months](promises.png)",
        *scores_text(tables["scores"], model),
        *year_text(tables["about_a_year"]),
        *looking_back_text(tables["looking_back_summary"]),
    ]
    return "\n\n".join(sections) + "\n"


def headline_text(table: pd.DataFrame) -> list[str]:
    row = table.iloc[0]
    answered = row["promises"] - row["not yet due"]
    least, most = row["met"] / answered, (row["met"] + row["undetermined"]) / answered
    return [
        f"**Headline.** One promise a negotiation (near-copies count once) and kind of speaker, the first "
        f"one said; officials only, without talks looked for because they failed: {row['promises']} "
        f"promises on {row['negotiations']} negotiations. {row['resolved']} can be judged: {row['met']} "
        f"met, {row['late']} late, {row['missed, still open']} missed and still open, "
        f"{row['ended without agreement']} ended without agreement. Met: {percent(row['share_met'])} "
        f"(90 % interval {percent(row['low'])} to {percent(row['high'])}). Median: "
        f"{row['late_months']:.1f} months late, {row['ratio']:.1f} times as long as promised (one month "
        "added to both; unmet promises censored).",
        f"{row['undetermined']} promises are undetermined (the event's possible days lie on both sides of "
        f"the promised one, or no source shows the talks after it) and {row['not yet due']} not yet due. "
        f"Were all undetermined ones missed or all met, {percent(least)} or {percent(most)} would be met.",
        "The claims are those that our sources quote, not a sample: a promise that was missed may well be "
        "told more often than one that was kept.",
    ]


def scores_text(table: pd.DataFrame, model: str) -> list[str]:
    officials = table[table["group"] == "officials"]
    return [
        "## Beside a model, on the same promises",
        "Brier scores (small is good) of the probability that the promise is met, on the day it was made, "
        f"of those promises for which `{model}` has a forecast of the promised event as of that day. "
        "Difference: Brier score less that of the model on the same promises, with a 90 % interval over "
        "independent negotiations; above 0 speaks for the model. Always saying one half scores 0.25.",
        as_markdown(in_percent(officials, "mean", "met"), SCORE_COLUMNS),
        "`scores.csv` has the same for short and long promises, and with press and experts. The promises "
        "are of all years, those on which the models were developed among them.",
    ]


def year_text(table: pd.DataFrame) -> list[str]:
    then, now = table.to_dict(orient="records")
    return [
        "## About a year",
        f"On {SAID} a deal between Japan and France was said to take about a year. By the slips of "
        f"{then['promises']} past promises that meant a median of {then['50%']:.0f} months (80 % interval "
        f"{then['10%']:.0f} to {then['90%']:.0f}). Still open on {now['as_of']}, by {now['promises']} "
        f"promises: {now['50%']:.0f} months after that day ({now['10%']:.0f} to {now['90%']:.0f}). No "
        "never share: it is supposed that the deal comes some day.",
    ]


def looking_back_text(table: pd.DataFrame) -> list[str]:
    row = table.iloc[0]
    return [
        "## Looking back",
        f"{row['claims']} claims about a past duration can be held against a documented one, "
        f"{row['compared']} of them the first of their negotiation and kind of speaker. The median told "
        f"duration is {row['ratio']:.2f} times the documented one; {percent(row['shorter'])} were told as "
        f"shorter (90 % interval {percent(row['low'])} to {percent(row['high'])}).",
    ]


def in_percent(table: pd.DataFrame, *columns: str) -> pd.DataFrame:
    """Table with its shares as whole percents."""
    table = table.copy()
    for column in columns:
        table[column] = [
            "-" if np.isnan(v) else f"{v:.0%}".replace("%", " %") for v in table[column]
        ]
    return table


def as_markdown(table: pd.DataFrame, columns: tuple[str, ...]) -> str:
    # z: a difference that rounds to nothing has no sign.
    cells = [
        ["-" if pd.isna(v) else f"{v:z.2f}" if isinstance(v, float) else str(v) for v in row]
        for row in table[list(columns)].itertuples(index=False)
    ]
    rows = [[column.replace("_", " ") for column in columns], ["---"] * len(columns), *cells]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def show(done: int, of: int) -> None:
    end = "\n" if done == of else ""
    print(f"\r{done} of {of} promises", end=end, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("reports/officials"))
    parser.add_argument(
        "--model", default=HEADLINE, help="pool or model that is held against promises"
    )
    parser.add_argument("--mode", choices=["event", "strict"], default="event")
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    return parser.parse_args()


if __name__ == "__main__":
    main()
