"""The multiverse of the Japan-France answer: every defensible combination of choices.

Fits the models under every choice of clock, accounts, comparison group, covariates, tail, priors and weight
of failures, and reads each fit under every never share and miss rate. It can be stopped and started again:
the parts are kept in --kept, and the table ends up the same. With --quick only a few fits are made.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from rich.console import Console
from rich.progress import Progress

import forecast
from forecast.analysis.influence import influence, shifts
from forecast.analysis.multiverse import NODES, every_refit, multiverse
from forecast.analysis.refit import headline_day
from forecast.analysis.specifications import (
    CHOICES,
    CLOCKS,
    HIERARCHICAL,
    MISS_RATES,
    NEVER_SHARES,
    PRIORS,
    Refit,
    readings,
)
from forecast.drawing import figure_of, specification_curve
from forecast.keeping import write_text
from forecast.prediction import long_date
from forecast.prediction.question import Question, pose
from forecast.reporting import save_figure, write_run

if TYPE_CHECKING:
    from collections.abc import Callable

CASE = "jpn-fra-raa"

NAMES = {
    "clock": "What is timed",
    "accounts": "Whose durations",
    "families": "What it is compared with",
    "covariates": "Traits of the cases",
    "model": "Model",
    "priors": "Prior knowledge",
    "failure_weight": "Weight of searched-out failures",
    "never_share": "Share of talks that never conclude",
    "miss_rate": "Chance that we missed a conclusion",
}

REASONS = {
    "The importance weights": "whose weights did not settle",
    "no promise": "for want of a promise",
    "the iteration": "whose iteration did not end",
}
"""Why a fit has no answer, by how its note begins."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("reports/multiverse"))
    parser.add_argument(
        "--kept", type=Path, default=Path("build/multiverse"), help="where parts are kept"
    )
    parser.add_argument("--workers", type=int, default=2, help="processes")
    parser.add_argument("--quick", action="store_true", help="a few fits only, to try it out")
    arguments = parser.parse_args()
    archive = forecast.load_archive()
    question = pose(CASE, archive=archive)
    fits = every_refit(question)
    if arguments.quick:
        fits = few(fits)
    with progress() as advance:
        table = multiverse(
            CASE,
            arguments.kept,
            archive=archive,
            fits=fits,
            workers=arguments.workers,
            advance=advance,
        )
    out = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    write_text(
        out / "specifications.csv",
        table.to_csv(index=False, float_format="%.4g", lineterminator="\n"),
    )
    own = table[table["clock"] == CLOCKS[0]]
    strength = strengths(table)
    write_text(out / "influence.csv", strength.to_csv(float_format="%.4f", lineterminator="\n"))
    answer = usual_answer(table)
    curve, _ = specification_curve(own, levels(own, list(strength.index)), answer, NAMES)
    save_figure(figure_of(curve), out / "curve.png")
    write_text(out / "README.md", page(question, table, fits))
    settings = {"case": CASE, "fits": len(fits), "specifications": len(table)}
    write_run(out, archive, {**settings, "nodes": dict(NODES)})
    print(sentence(question, table))


def few(fits: Sequence[Refit]) -> list[Refit]:
    """Fits that take a second or two together but still vary some choices."""
    quick = ("kaplan-meier", "lindy", "lognormal-aft")
    chosen = [fit for fit in fits if fit.model in quick and fit.clock == CLOCKS[0]]
    return [*chosen, fits[0]]


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Progress bar on standard error."""
    with Progress(console=Console(stderr=True)) as bar:
        task = bar.add_task("Fitting", total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def strengths(table: pd.DataFrame) -> pd.DataFrame:
    """How far each choice moves the answer: on the clock of the question, and the clocks among them."""
    own = table[table["clock"] == CLOCKS[0]]
    within = influence(own, [name for name in CHOICES if name != "clock"])
    between = influence(table, CHOICES)
    among = between.loc[[name for name in between.index if name == "clock"]]
    return pd.concat([within, among])


def levels(table: pd.DataFrame, order: Sequence[str]) -> dict[str, list[str]]:
    """Levels of the choices that were varied, the usual one first, the strongest choice first."""
    found = {name: list(dict.fromkeys(table[name])) for name in order if name != "clock"}
    return {name: some for name, some in found.items() if len(some) > 1}


def usual_row() -> pd.Series:
    """Level of each choice in the answer that is given, but for the model: three tails are mixed there."""
    return pd.Series([*Refit(CLOCKS[0], "documented"), *readings()[0]], index=CHOICES)


def usual_answer(table: pd.DataFrame, value: str = "by_headline") -> float:
    """The answer that is given: the tails that were fitted, at equal weights."""
    row = usual_row().drop("model")
    chosen = table[(table[row.index] == row).all(axis=1) & table["model"].isin(HIERARCHICAL)]
    return float(chosen[value].mean())


def sentence(question: Question, table: pd.DataFrame) -> str:
    """The range in two sentences."""
    own = table[table["clock"] == CLOCKS[0]]
    settled = own[(own["never_share"] == readings()[0].never_share)]
    settled = settled[settled["miss_rate"] == readings()[0].miss_rate]
    low, middle, high = _percents(own, (0.05, 0.5, 0.95))
    least, most = _percents(own, (0.0, 1.0))
    inner = _percents(settled, (0.05, 0.95))
    return (
        f"Signed by {long_date(headline_day(question))}: {100 * usual_answer(table):.0f} % as we give it; "
        f"over {own['by_headline'].count():,} combinations the middle is {middle:.0f} %, nine in ten lie "
        f"between {low:.0f} and {high:.0f} %, all between {least:.0f} and {most:.0f} %. With the never share "
        f"and the miss rate as we have them, nine in ten of {settled['by_headline'].count():,} lie between "
        f"{inner[0]:.0f} and {inner[1]:.0f} %."
    )


def _percents(table: pd.DataFrame, shares: Sequence[float]) -> list[float]:
    return [100.0 * float(table["by_headline"].quantile(share)) for share in shares]


def without_answer(table: pd.DataFrame) -> str:
    """How many fits gave no answer, and what they have in common."""
    fits = table.drop_duplicates(list(Refit._fields))
    mute = fits[fits["by_headline"].isna()]
    if not len(mute):
        return "Every fit has an answer."
    reasons = mute["note"].map(reason).value_counts()
    told = ", ".join(f"{count} {why}" for why, count in reasons.items())
    corner = fits["failure_weight"].astype(float) == 1.0
    missing = int((corner & fits["by_headline"].isna()).sum())
    low = (
        f" {missing} of the {int(corner.sum())} fits with searched-out failures at full weight, where "
        "answers are lowest, are among them: of the low end the range tells too little."
        if missing
        else ""
    )
    return f"{len(mute)} fits have no answer and are left out ({told}).{low}"


def reason(note: str) -> str:
    """Why a fit has no answer, in a few words."""
    found = [words for start, words in REASONS.items() if note.startswith(start)]
    return found[0] if found else "for another reason"


def page(question: Question, table: pd.DataFrame, fits: Sequence[Refit]) -> str:
    """What the folder says, in plain words."""
    own = table[table["clock"] == CLOCKS[0]]
    hierarchical = sum(fit.model in HIERARCHICAL for fit in fits)
    strength = strengths(table)
    lines = [
        "# The Japan-France answer under every defensible choice",
        "",
        sentence(question, table),
        "",
        "![Specification curve](curve.png)",
        "",
        f"{len(table):,} specifications from {len(fits)} fits, {hierarchical} of them of the hierarchical "
        f"models. {without_answer(table)} A supposed never share or "
        "miss rate takes no fit of its own. The curve and the table below are about the signature; the "
        "other clocks time other events and stand in the table alone.",
        "",
        "The combinations are not equally likely, and nobody drew them: the range says how far choices "
        "can move the answer, not how uncertain it is. All figures are probabilities by "
        f"{headline_day(question)} as known on {question.view.date}, in percentage points.",
        "",
        "## What moves it most",
        "",
        *_strength_lines(strength),
        "",
        "*Moves it by*: mean difference between two levels, everything else equal. *Share*: part of the "
        "variance that remains when all other choices are settled (total Sobol' index, over the "
        "combinations where the choice was varied); shares overlap where choices interact.",
        "",
        "## By how much, from the usual level",
        "",
        *_shift_lines(own, usual_row()),
        "",
        "The usual level stands in brackets. *From ... to*: the smallest and largest shift.",
        "",
        "## How it was made",
        "",
        "All broad choices are combined with one another. Leaving out one family or one covariate is "
        "combined with the three tails and the accounts. Models other than the hierarchical ones take no "
        "priors and no weight of failures. The fits are coarser than the headline's: "
        + ", ".join(
            f"{tail} {nodes} nodes of {draws} draws" for tail, (nodes, draws) in NODES.items()
        )
        + "; between seeds a probability moves by half a point or less (one standard deviation).",
        "",
        f"Priors: {', '.join(PRIORS)}. Never shares: {', '.join(NEVER_SHARES)}. "
        f"Miss rates: {', '.join(MISS_RATES)}.",
        "",
        "`python experiments/06_multiverse.py` makes this folder anew; `specifications.csv` holds every "
        "combination, `influence.csv` the first table.",
    ]
    return "\n".join(lines) + "\n"


def _strength_lines(strength: pd.DataFrame) -> list[str]:
    lines = ["| Choice | Levels | Moves it by | At most | Share |", "|---|---:|---:|---:|---:|"]
    for name, row in strength.iterrows():
        lines.append(
            f"| {NAMES[str(name)]} | {row['levels']:.0f} | {100 * row['difference']:.1f} "
            f"| {100 * row['largest']:.0f} | {100 * row['share']:.0f} % |"
        )
    return lines


def _shift_lines(own: pd.DataFrame, usual: pd.Series) -> list[str]:
    found = shifts(own, [name for name in CHOICES if name != "clock"], usual)
    lines = ["| Choice | Instead | Shift | From | To |", "|---|---|---:|---:|---:|"]
    for choice, rows in found.groupby("choice", sort=False):
        head = f"{NAMES[str(choice)]} ({usual[choice]})"
        for row in rows.sort_values("shift").to_dict("records"):
            moved = (f"{100 * row[name]:+.1f}" for name in ("shift", "low", "high"))
            lines.append(f"| {head} | {row['level']} | {' | '.join(moved)} |")
            head = ""
    return lines


if __name__ == "__main__":
    main()
