"""Simulation-based calibration: is the hierarchical model's posterior as wide as it should be.

Parameters are drawn from the priors, data sets of 150 spells with every kind of row from these, and the
rank of each true value among draws of the posterior is written down. If the inference is right, ranks are
uniform (Talts et al. 2018, arXiv:1804.06788). Differences of their distribution from the uniform one are
drawn with simultaneous 99 % bands (Säilynoja, Bürkner and Vehtari 2022, Statistics and Computing 32, 32).
Writes ranks.csv, run.json, which says what decided them, summary.csv, ranks.png and sbc.md; a run that was
stopped goes on.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from rich.progress import track
from scipy.stats import binom

from forecast.drawing import STYLE, new_figure
from forecast.errors import UsageError
from forecast.keeping import RUN_FILE, claim, code_digest, fingerprint, write_text
from forecast.models.hierarchical_problem import FAMILIES
from forecast.reporting import save_figure
from forecast.survival.arrays import FloatArray

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from experiments.simulated_talks import DRAWS, PRIORS, RANKED, ROWS, ranks

LEVEL = 0.99

# What decides a rank; the registry and the table of spells name the columns that a model takes.
DECIDING = (
    "experiments/simulated_talks.py",
    "forecast/covariates/registry.py",
    "forecast/timing/table.py",
    *(f"forecast/{room}/*.py" for room in ("inference", "models", "survival")),
)


def run(families: list[str], sets: int, jobs: int, path: Path) -> pd.DataFrame:
    """Ranks of all data sets; those that the same code and settings gave before are kept.

    Raises
    ------
    UsageError
        If the file holds the ranks of other code or settings.
    """
    claim(path.parent, decided_by(), [path.name])
    columns = ["family", "set", *RANKED]
    # A run that was killed may have left part of a line, or of the head.
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    whole = text[: text.rfind("\n") + 1] or ",".join(columns) + "\n"
    write_text(path, whole)
    old = pd.read_csv(path)
    done = set(zip(old["family"], old["set"], strict=True))
    todo = [(f, k) for k in range(sets) for f in families if (f, k) not in done]
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        found: Iterator[dict[str, int | str]] = Parallel(
            n_jobs=jobs, return_as="generator_unordered"
        )(delayed(ranks)(*task) for task in todo)
        for row in track(found, "Data sets", total=len(todo)):
            writer.writerow(row)
            file.flush()
    table = pd.read_csv(path)
    asked = table["family"].isin(families) & (table["set"] < sets)
    return table[asked].sort_values(["family", "set"], ignore_index=True)


def decided_by() -> dict[str, Any]:
    """What decides the ranks, however many there are."""
    return {
        "version": version("negotiation-forecast"),
        "code": code_digest(DECIDING, ROOT),
        "rows": ROWS,
        "draws": DRAWS,
        "priors": asdict(PRIORS),
    }


def simultaneous_bands(sets: int, seed: int = 0) -> tuple[FloatArray, FloatArray]:
    """Bands, (99,) each, that all points of a uniform sample's ECDF keep with probability 99 %.

    The pointwise level is the 1 % quantile, over simulated samples, of the least of their pointwise
    tail probabilities.
    """
    z = np.arange(1, DRAWS + 1) / (DRAWS + 1)
    samples = np.random.default_rng(seed).integers(0, DRAWS + 1, (4000, sets))
    counts = np.stack([(samples < k).sum(axis=1) for k in range(1, DRAWS + 1)], axis=1)
    tails = np.minimum(binom.cdf(counts, sets, z), binom.sf(counts - 1, sets, z))
    gamma = 2.0 * np.quantile(tails.min(axis=1), 1.0 - LEVEL)
    low, high = (np.asarray(binom.ppf(p, sets, z)) / sets for p in (gamma / 2, 1 - gamma / 2))
    return low, high


def differences(found: pd.Series) -> FloatArray:
    """Differences of the ECDF of some ranks, (99,), from the uniform one."""
    z = np.arange(1, DRAWS + 1)
    below: FloatArray = (found.to_numpy()[:, np.newaxis] < z).mean(axis=0) - z / (DRAWS + 1)
    return below


def summarise(table: pd.DataFrame) -> pd.DataFrame:
    """Whether each parameter's ranks stay inside the bands, by family."""
    rows = []
    z = np.arange(1, DRAWS + 1) / (DRAWS + 1)
    for family, part in table.groupby("family"):
        kept = part[part[RANKED[0]] >= 0]
        low, high = simultaneous_bands(len(kept))
        for name in RANKED:
            away = differences(kept[name])
            inside = bool(((low - z <= away) & (away <= high - z)).all())
            rows.append(
                {
                    "family": family,
                    "parameter": name,
                    "sets": len(kept),
                    "refused": len(part) - len(kept),
                    "mean_rank": round(float(kept[name].mean()) / DRAWS, 3),
                    "in_middle_half": round(float(kept[name].between(25, 74).mean()), 3),
                    "largest_difference": round(float(np.abs(away).max()), 3),
                    "inside": inside,
                }
            )
    return pd.DataFrame(rows)


@mpl.rc_context(STYLE)
def draw(table: pd.DataFrame, path: Path) -> None:
    """Differences of the ECDFs, a panel a parameter, a line a family."""
    figure = new_figure(540.0, 420.0, dpi=144.0)
    axes = figure.subplots(4, 4, sharex=True, sharey=True)
    z = np.arange(1, DRAWS + 1) / (DRAWS + 1)
    colours = dict(zip(FAMILIES, ("#0b4a82", "#b8480a", "#3f7f6b"), strict=True))
    kept = table[table[RANKED[0]] >= 0]
    low, high = simultaneous_bands(int(kept.groupby("family").size().min()))
    for ax, name in zip(axes.flat, RANKED, strict=False):
        ax.fill_between(z, low - z, high - z, color="#eef3f8", linewidth=0)
        ax.axhline(0.0, color="#dfe4e9", linewidth=0.8)
        for family, part in kept.groupby("family"):
            ax.step(
                z, differences(part[name]), color=colours[str(family)], linewidth=0.9, where="post"
            )
        ax.set_title(name, fontsize=7.0, loc="left")
        ax.set_xticks([0.0, 0.5, 1.0])
    for ax in axes.flat[len(RANKED) :]:
        ax.axis("off")
    legend = axes.flat[len(RANKED)]
    notes = [(family, colours[family]) for family in sorted(kept["family"].unique())]
    for k, (text, colour) in enumerate(
        [*notes, ("pale: 99 % bands, all points at once", "#5a6673")]
    ):
        legend.text(0.0, 0.8 - 0.2 * k, text, color=colour, transform=legend.transAxes)
    axes[-1, 0].set_xlabel("rank of the truth, as a share of draws")
    figure.text(
        0.01, 0.985, "Share of ranks below, minus the uniform share", fontsize=8.5, va="top"
    )
    figure.subplots_adjust(left=0.065, right=0.99, top=0.91, bottom=0.09, hspace=0.35, wspace=0.12)
    save_figure(figure, path)


def describe(summary: pd.DataFrame, path: Path) -> None:
    """Say in words which parameters keep inside the bands."""
    lines = ["# Simulation-based calibration of the hierarchical model", ""]
    for family, part in summary.groupby("family"):
        outside = part.loc[~part["inside"], "parameter"].tolist()
        verdict = "all inside" if not outside else "outside: " + ", ".join(outside)
        lines.append(
            f"- {family}: {part['sets'].iloc[0]} data sets of {ROWS} spells "
            f"({part['refused'].iloc[0]} refused for lack of convergence), {len(part)} quantities, "
            f"simultaneous {LEVEL:.0%} bands each: {verdict}."
        )
    lines += [
        "",
        f"Each quantity has bands of its own: with {len(summary)} right ones {1 - LEVEL ** len(summary):.0%} "
        "of all runs would show one or more",
        "outside. Ranks are those of the true value among 99 weighted draws. Figures by quantity are",
        "in summary.csv, ranks in ranks.csv, curves in ranks.png.",
        "",
        f"Version {version('negotiation-forecast')}; "
        f"`python experiments/sbc.py --sets {summary['sets'].max()}`.",
    ]
    write_text(path, "\n".join(lines) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=200, help="data sets a family")
    parser.add_argument("--families", nargs="+", choices=list(FAMILIES), default=list(FAMILIES))
    parser.add_argument("--jobs", type=int, default=2, help="processes")
    parser.add_argument("--kept", type=Path, default=Path("build/sbc"), help="ranks made so far")
    parser.add_argument("--out", type=Path, default=Path("reports/sbc"))
    arguments = parser.parse_args()
    decided = decided_by()
    kept = arguments.kept / fingerprint(decided) / "ranks.csv"
    try:
        table = run(arguments.families, arguments.sets, arguments.jobs, kept)
    except UsageError as error:
        parser.error(str(error))
    write_text(arguments.out / RUN_FILE, json.dumps(decided, indent=1) + "\n")
    summary = summarise(table)
    for frame, name in ((table, "ranks.csv"), (summary, "summary.csv")):
        write_text(arguments.out / name, frame.to_csv(index=False, lineterminator="\n"))
    draw(table, arguments.out / "ranks.png")
    describe(summary, arguments.out / "sbc.md")
    print(summary.to_string(index=False))


if __name__ == "__main__":
    main()
