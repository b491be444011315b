"""The full answer for the Japan-France RAA: posterior, members, evidence, assumptions, and why it is late.

Writes tables, figures and a README in plain words, all from the same fits.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import forecast
from forecast.analysis.evidence_shares import evidence_shares
from forecast.analysis.explain import explain, prior_weights
from forecast.analysis.refit import (
    UNTOLD,
    Reading,
    Variant,
    fit_tails,
    pooled,
    read,
    refit,
    remaining_of,
)
from forecast.analysis.replay import replay
from forecast.analysis.sensitivity import sensitivity
from forecast.covariates import COVARIATES
from forecast.drawing import figure_of
from forecast.drawing.effects import effects_axes, write_units
from forecast.drawing.why_later import Span, why_later
from forecast.models import HierarchicalModel
from forecast.prediction import Forecast
from forecast.prediction.conditioning import Remaining
from forecast.prediction.evidence import targets_of
from forecast.prediction.grid import date_after, months_between
from forecast.prediction.question import Question, pose
from forecast.reporting import save_figure, write_run

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from experiments.headline_page import FAMILY, page

CASE = "jpn-fra-raa"
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
        "--nodes", type=int, help="nodes of each fit, as the models have them; fewer are quicker"
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
    readme = page(answer, question, readings, shares, explanation, assumptions, history)
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
    model = models["lognormal"]
    beside = units(model.field_.design.names)
    ax = model.plot_effects(effects_axes(len(beside), units=beside))
    write_units(ax, beside)
    save(ax, out / "effects.png")


def units(coefficients: Sequence[str]) -> list[str]:
    """What one unit of each coefficient is; of a level of a category, that it holds."""
    told = []
    for name in coefficients:
        covariate, _, level = name.removesuffix("]").partition("[")
        entry = COVARIATES[covariate]
        told.append(f"1 if {level} (reference: {entry.levels[-1]})" if level else entry.unit)
    return told


def write_why(
    question: Question, archive: forecast.Archive, workers: int, nodes: int | None, out: Path
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
        Span(
            f"{t.said_by}, {t.said_on}: {t.statement[0].lower()}{t.statement[1:]}",
            t.by,
            True,
            "the official's year",
        )
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


if __name__ == "__main__":
    main()
