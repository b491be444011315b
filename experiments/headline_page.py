"""The page of the full answer in plain words, from the tables and figures of 03_headline.py."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from forecast.analysis.evidence_shares import EvidenceShares
from forecast.analysis.explain import Explanation
from forecast.analysis.refit import Reading, headline_day
from forecast.analysis.replay import Replay
from forecast.analysis.sensitivity import Sensitivity
from forecast.drawing.sensitivity_grid import explained
from forecast.prediction import Forecast, in_twenty, long_date, percent
from forecast.prediction.question import Question

FAMILY = "raa"


def page(
    answer: Forecast,
    question: Question,
    readings: Mapping[str, Reading],
    shares: EvidenceShares,
    explanation: Explanation,
    assumptions: Sensitivity,
    history: Replay,
) -> str:
    """Lay out all sections as Markdown."""
    return "\n".join(
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
        explained(table["assumption"]),
        "",
        "![The answer under other assumptions](sensitivity.png)",
        "",
    ]


def month_by_month(history: Replay) -> list[str]:
    first, last, seen, later = (
        history.past[0],
        history.past[-1],
        history.ahead[0],
        history.ahead[12],
    )
    return [
        "## Month by month",
        "",
        f"On {long_date(first.as_of)} the answer for the next twelve months was "
        f"{percent(first.within_12)}; on {long_date(last.as_of)} it is {percent(last.within_12)}. That "
        "reckons with talks that were signed or given up unseen by our sources. Were they seen open on "
        f"that day, which rules out both, it would be {percent(seen.within_12)}; from there it falls to "
        f"{percent(later.within_12)} if they are seen still open on {long_date(later.as_of)} and nothing "
        "else is learnt.",
        "",
        "![The answer as it stood each month, and ahead if nothing happens](replay.png)",
        "",
        "The halves of the figure do not meet for the same reason: to the right of the line the talks are "
        f"seen open on the day of the forecast, so that never falls from {percent(last.never)} to "
        f"{percent(seen.never)}, and the late dates come nearer.",
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
