"""The full answer for the Japan-France RAA: posterior, members, evidence, assumptions, and why it is late.

Writes tables, figures and a README in plain words, all from the same fits.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import forecast
from forecast.analysis.evidence_shares import EvidenceShares, evidence_shares
from forecast.analysis.explain import Explanation, explain, prior_weights
from forecast.analysis.refit import (
    UNTOLD,
    Reading,
    Variant,
    fit_tails,
    headline_day,
    pooled,
    read,
    refit,
    remaining_of,
)
from forecast.analysis.replay import Replay, replay
from forecast.analysis.sensitivity import Sensitivity, sensitivity
from forecast.drawing import figure_of
from forecast.drawing.why_later import Span, why_later
from forecast.models import HierarchicalModel
from forecast.prediction import Forecast, in_twenty, long_date, percent
from forecast.prediction.conditioning import Remaining
from forecast.prediction.evidence import targets_of
from forecast.prediction.grid import date_after, months_between
from forecast.prediction.question import Question, pose
from forecast.reporting import save_figure, write_run

CASE, FAMILY = "jpn-fra-raa", "raa"
LAUNCH = date(2024, 5, 2)
YEARS = 8

CURVES = {
    "press": "Past RAAs alone, as the press counted",
    "own": "Past RAAs alone, as documented",
    "relatives": "Related agreements alone",
    "launch": "Both, on the day of the launch",
    "probability": "Both, today, still unsigned",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("reports/headline"))
    parser.add_argument(
        "--nodes", type=int, default=512, help="nodes of each fit; fewer are quicker and rougher"
    )
    parser.add_argument("--workers", type=int, default=2, help="fits at once")
    asked = parser.parse_args()
    out, nodes = asked.out, asked.nodes
    out.mkdir(parents=True, exist_ok=True)

    archive = forecast.load_archive()
    question = pose(CASE, archive=archive)
    say("the answer, its members and baselines")
    answer = forecast.predict(CASE, archive=archive)
    write_members(answer, out)
    say("posterior and explanation")
    models = fit_tails(question, nodes=nodes)
    write_posterior(models, out)
    priors = fit_tails(question, prior_weights(question), nodes=nodes)
    explanation = explain(question, models, priors)
    write_table(explanation.steps, out / "explain.csv")
    save_figure(figure_of(explanation.plot()[0]), out / "explain.png")
    shares = evidence_shares(question, asked.workers, counted("evidence"), nodes=nodes)
    write_table(shares.refits, out / "evidence.csv")
    write_table(shares.shares.reset_index(), out / "shares.csv")
    save(shares.plot(), out / "evidence.png")
    assumptions = sensitivity(question, models, asked.workers, counted("assumptions"), nodes=nodes)
    write_table(assumptions.table, out / "sensitivity.csv")
    save_figure(figure_of(assumptions.plot()[0]), out / "sensitivity.png")
    readings = write_why(question, archive, asked.workers, nodes, out)
    history = replay(
        CASE,
        archive=archive,
        workers=asked.workers,
        advance=counted("month by month"),
        nodes=nodes,
    )
    write_table(history.to_frame(), out / "replay.csv")
    save(history.plot()[0], out / "replay.png")
    readme = "\n".join(
        [
            *opening(answer, question),
            *why(readings, question),
            *where_from(shares),
            *how(explanation),
            *otherwise(assumptions),
            *month_by_month(history),
            *closing(answer),
        ]
    )
    (out / "README.md").write_text(readme, encoding="utf-8")
    write_run(out, archive, {"case": CASE, "launch": LAUNCH, "nodes": nodes})
    print(answer.sentence())


def say(what: str) -> None:
    """Show progress where it does not mix with the results."""
    print(f"{what} ...", file=sys.stderr)


def counted(what: str) -> Any:
    """Progress of many fits."""

    def advance(done: int, of: int) -> None:
        if done % 6 == 0 or done == of:
            say(f"{what}: {done} of {of} fits")

    return advance


def save(ax: Any, path: Path) -> None:
    figure = figure_of(ax)
    figure.set_dpi(160.0)
    save_figure(figure, path)


def write_table(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, float_format="%.4g", lineterminator="\n")


def write_members(answer: Forecast, out: Path) -> None:
    """One row a model: the answer, its members, then those beside it without weight."""
    rows = [
        {
            "model": outlook.label,
            "weight": outlook.weight,
            "q10": answer.quantile(0.1, outlook),
            "median": answer.quantile(0.5, outlook),
            "q90": answer.quantile(0.9, outlook),
            "by_headline_day": answer.probability_by(answer.headline_day, outlook),
            "unseen": outlook.unseen,
            "never": (1.0 - outlook.unseen) * outlook.never,
        }
        for outlook in (answer.outlook, *answer.members, *answer.baselines)
        if outlook.identified
    ]
    write_table(pd.DataFrame(rows), out / "members.csv")


def write_posterior(models: Mapping[str, HierarchicalModel], out: Path) -> None:
    """Summary of every parameter under each tail, and the coefficients drawn."""
    tables = [
        model.summary().rename_axis("parameter").reset_index().assign(tail=tail)
        for tail, model in models.items()
    ]
    write_table(pd.concat(tables), out / "posterior.csv")
    save(models["lognormal"].plot_effects(), out / "effects.png")


def write_why(
    question: Question, archive: forecast.Archive, workers: int, nodes: int, out: Path
) -> dict[str, Reading]:
    """Draw what each part of the evidence said on the day of the launch, beside today's answer."""
    then = pose(CASE, LAUNCH, archive=archive)
    press = pose(CASE, LAUNCH, accounts="press", archive=archive)
    variants = {
        "press": Variant("press", press, told(press, True)),
        "own": Variant("own", then, told(then, True)),
        "relatives": Variant("relatives", then, told(then, False)),
        "launch": Variant("launch", then),
        "probability": Variant("today", question),
    }
    found = refit(
        list(variants.values()), remaining_of, workers, counted("at the launch"), nodes=nodes
    )
    answers = {}
    for (name, variant), parts in zip(variants.items(), found, strict=True):
        answer = pooled(parts)
        if isinstance(answer, str):
            raise SystemExit(f"{name}: {answer}")
        answers[name] = (variant.question, answer)
    months = np.arange(0.0, 12.0 * (YEARS + 1), 0.5)
    frame = pd.DataFrame({"date": [date_after(LAUNCH, m) for m in months]})
    for name, (asked, answer) in answers.items():
        frame[name] = [reached(asked, answer, day) for day in frame["date"]]
    write_table(frame, out / "why.csv")
    spans = [*promises(question), *durations(question)]
    axes = why_later(frame, spans, LAUNCH, question.view.date, CURVES, YEARS)
    save_figure(figure_of(axes[0]), out / "why.png")
    return {name: read(asked, answer) for name, (asked, answer) in answers.items()}


def told(question: Question, own: bool) -> np.ndarray[Any, Any]:
    """Weights that leave the RAAs alone, or the relatives alone, beside the case itself."""
    X = question.table.X
    rows = ((X["family"] == FAMILY) == own) | (X.index == CASE)
    return np.where(rows, 1.0, UNTOLD)


def reached(question: Question, answer: Remaining, day: date) -> float:
    """Probability of a signature by a day; missing before the as-of date."""
    ahead = months_between(question.view.date, day)
    return answer.probability_within(ahead) if ahead >= 0 else float("nan")


def promises(question: Question) -> list[Span]:
    """What was said on the day of the launch of how long it would take."""
    return [
        Span(f"{t.said_by}, {t.said_on}: {t.statement[0].lower()}{t.statement[1:]}", t.by, True)
        for t in targets_of(question.record, "signed")
        if t.said_on == str(LAUNCH)
    ]


def durations(question: Question) -> list[Span]:
    """How long the past RAAs took, from the shortest on."""
    frame = question.table.frame
    past = frame[(frame["family"] == FAMILY) & (frame["status"] == "concluded")]
    told = {
        claim.negotiation_id: claim.high_months
        for choice in question.view.account_choices
        for claim in question.view[choice.negotiation_id].claims
        if claim.id == choice.claim_id
    }
    spans = []
    for key, row in past.sort_values("upper").iterrows():
        counted = told.get(str(key))
        press = f" (the press counted {counted:.0f})" if counted else ""
        title = str(row["title"]).removesuffix(" Reciprocal Access Agreement")
        label = f"{title}: {row['upper']:.0f} months{press}"
        spans.append(Span(label, date_after(LAUNCH, row["upper"]), False))
    return spans


def opening(answer: Forecast, question: Question) -> list[str]:
    now = answer.outlook
    return [
        f"# {answer.title}: when will it be signed?",
        "",
        f"What counts: {answer.resolution}. As of {long_date(answer.as_of)}; the talks were last shown "
        f"unconcluded on {long_date(answer.open_at)}.",
        "",
        f"**{answer.sentence()}** That is {percent(answer.probability_by(answer.headline_day))}; as likely "
        f"as not by {long_date(answer.quantile(0.5))}. {tails(answer)}",
        "",
        f"Part of this: {percent(now.unseen)} that it is signed already, unseen by our sources. Never: "
        f"{percent(answer.never)}.",
        "",
    ]


def tails(answer: Forecast) -> str:
    """Days with one chance in ten before, and one in ten after."""
    low, high = answer.interval()
    soon = "now" if low == answer.as_of else long_date(low)
    late = "no day at all" if high == "never" else long_date(high)
    return f"One chance in ten is reached by {soon}, nine in ten by {late}."


def why(readings: Mapping[str, Reading], question: Question) -> list[str]:
    own, relatives, press, launch, today = (
        readings[name] for name in ("own", "relatives", "press", "launch", "probability")
    )
    year = question.view.date.year + 1
    return [
        '## Why this is later than "about a year"',
        "",
        "![Probability of a signature by date, from each part of the evidence](why.png)",
        "",
        "On the day of the launch a Japanese official said that a deal could take about a year. That year "
        "passed without one. What the evidence of that day says of a signature within a year:",
        "",
        "| evidence | within a year | as likely as not by |",
        "|---|--:|---|",
        f"| past RAAs alone, as the press counted them | {percent(press.within_12)} | {press.median} |",
        f"| past RAAs alone, as documented | {percent(own.within_12)} | {own.median} |",
        f"| related agreements alone | {percent(relatives.within_12)} | {relatives.median} |",
        f"| both together | {percent(launch.within_12)} | {launch.median} |",
        "",
        f"So the official's year had {in_twenty(launch.within_12)} of coming true. What makes today's answer "
        f"later is above all that {question.ages.as_of:.0f} months have passed without a signature that "
        f"anybody has shown: both together now give {percent(today.within_12)} within the next twelve months "
        f"and {percent(today.by_headline)} by the end of {year}.",
        "",
    ]


def where_from(shares: EvidenceShares) -> list[str]:
    table = shares.shares
    names = {"prior": "the prior", "relatives": "related agreements", FAMILY: "the past RAAs"}
    rows = [
        f"| {names[str(k)]} | {percent(row['weight'])} | {points(row, first=k == 'prior')} |"
        for k, row in table.iterrows()
    ]
    return [
        "## Where the answer comes from",
        "",
        f"| source | weight | by {long_date(headline_day(shares.question))} |",
        "|---|--:|--:|",
        *rows,
        "",
        "Weight: part of the precision with which this case's typical duration is known. The last column "
        "begins with the answer of the prior and adds what each source moves it by, in points, averaged "
        "over both orders of adding them.",
        "",
        "![The answer from parts of the evidence](evidence.png)",
        "",
    ]


def points(row: pd.Series, first: bool) -> str:
    value = row["by_headline"]
    return percent(value) if first else f"{100 * value:+.0f}"


def how(explanation: Explanation) -> list[str]:
    steps = explanation.steps.set_index("step")["within_12"]
    start, data, family = steps.iloc[0], steps.iloc[1], steps["family"]
    return [
        "## How it comes about",
        "",
        f"Of an average case, open for as long as this one, the prior says {percent(start)} within twelve "
        f"months; the data move that by {100 * data:+.0f} points, the family of RAAs by "
        f"{100 * family:+.0f}, all countries and covariates by "
        f"{100 * (steps.iloc[2:-1].sum() - family):+.0f}.",
        "",
        "![Steps from the prior to the answer](explain.png)",
        "",
        "Coefficients, as ratios of durations (log-normal member): associations, mostly prior.",
        "",
        "![Coefficients](effects.png)",
        "",
    ]


def otherwise(assumptions: Sensitivity) -> list[str]:
    table = assumptions.table
    rows = []
    for name, part in table[table["note"] == ""].groupby("assumption", sort=False):
        low, high = part["by_headline"].min(), part["by_headline"].max()
        if name != "as it stands":
            told = percent(low) if len(part) == 1 else f"{percent(low)} to {percent(high)}"
            rows.append(f"| {name} | {len(part)} | {told} |")
    return [
        "## Under other assumptions",
        "",
        f"| assumption | answers | by {long_date(headline_day(assumptions.question))} |",
        "|---|--:|--:|",
        *rows,
        "",
        "![The answer under other assumptions](sensitivity.png)",
        "",
    ]


def month_by_month(history: Replay) -> list[str]:
    first, last, later = history.past[0], history.past[-1], history.ahead[12]
    return [
        "## Month by month",
        "",
        f"On {long_date(first.as_of)} the answer for the next twelve months was "
        f"{percent(first.within_12)}; on {long_date(last.as_of)} it is {percent(last.within_12)}. If "
        f"the talks are still open on {long_date(later.as_of)} and nothing else is learnt, it "
        f"will be {percent(later.within_12)}.",
        "",
        "![The answer as it stood each month, and ahead if nothing happens](replay.png)",
        "",
    ]


def closing(answer: Forecast) -> list[str]:
    return [
        "## Read this with care",
        "",
        "Three concluded RAAs make no law: what is said of covariates is an association, mostly prior. "
        "Failures are under-recorded, so the never share is uncertain; the grid shows what it does.",
        "",
        "Files: `members.csv` (models and baselines), `posterior.csv`, `evidence.csv`, `shares.csv`, "
        "`sensitivity.csv`, `explain.csv`, `why.csv`, `replay.csv`, `run.json`. Made by "
        f"`experiments/03_headline.py`, data up to {long_date(answer.vintage)}.",
        "",
    ]


if __name__ == "__main__":
    main()
