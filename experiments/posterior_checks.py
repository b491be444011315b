"""Posterior predictive checks of the hierarchical model: do talks that it makes up look like the real ones.

By family, the share concluded by 12, 24 and 60 months among spells that were known while open: Kaplan and
Meier's estimate with its 95 % band, and the same estimate of data sets that the fitted models make up. These
keep each spell's covariates, its age when first seen, and how long it was followed: to the as-of date, or to
the day on which it was last seen open. Writes checks.csv, checks.png, checks.md and run.json.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd

import forecast
from forecast.archive import Archive
from forecast.drawing import STYLE, caption, caption_height, new_figure
from forecast.drawing.style import ANSWER, ANSWER_LIGHT, INK, MUTED, PROMISE
from forecast.errors import NotIdentifiedError
from forecast.models import HEADLINE, HierarchicalModel, create, members_of
from forecast.models.base import event_rows, single_times
from forecast.models.hierarchical_problem import FAMILIES
from forecast.prediction.fitting import comparable_spells
from forecast.reporting import family_name, save_figure, write_run
from forecast.survival import kaplan_meier, log_log_band
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray
from forecast.threads import one_thread
from forecast.timing import Spells

HORIZONS = np.array([12.0, 24.0, 60.0])
REPLICATES = 200
LEVEL = 0.95
LEAST_ROWS = 5
WIDTH = 540.0
CAPTION = (
    "Share concluded. Point and line: Kaplan-Meier and its 95 % band (orange where outside); pale bar: "
    "middle 95 % of data the models make up."
)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--replicates", type=int, default=REPLICATES, help="data sets a model")
    parser.add_argument("--out", type=Path, default=Path("reports/posterior-checks"))
    arguments = parser.parse_args()
    archive: Archive = forecast.load_archive()
    table = comparable_spells(archive, "launch:signed", "documented", "raa")
    with one_thread():
        checks = check(table, arguments.replicates)
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    checks.to_csv(out / "checks.csv", index=False, float_format="%.3f", lineterminator="\n")
    draw(checks, out / "checks.png")
    (out / "checks.md").write_text(describe(checks), encoding="utf-8")
    write_run(out, archive, {"replicates": arguments.replicates})
    print(describe(checks))


def check(table: Spells, replicates: int) -> pd.DataFrame:
    """Observed and made-up shares, one row a family and horizon that any spell of it was followed to."""
    known = ~np.isfinite(table.y["exit"]) & (table.X["searched_for"] != "failure").to_numpy()
    y = table.y[known]
    # A deal on the day itself stands a day after the launch; an entry precedes what it lets be seen.
    times = np.maximum(single_times(y), y["entry"] + 1 / 30)
    made = np.concatenate(
        [replicate(model, table.X[known], y, replicates) for model in fitted(table)]
    )
    rows = []
    families = table.X.loc[known, "family"].to_numpy()
    for family in pd.unique(families):
        own = families == family
        if own.sum() < LEAST_ROWS:
            continue
        observed = shares(times[own], event_rows(y)[own], y["entry"][own])
        each = [shares(t[own], e[own], y["entry"][own])[0] for t, e in made]
        low, middle, high = np.nanquantile(each, [0.025, 0.5, 0.975], axis=0)
        followed = times[own].max()
        for k, horizon in enumerate(HORIZONS):
            if horizon > followed:
                continue
            estimate, below, above = (part[k] for part in observed)
            rows.append(
                {
                    "family": family,
                    "months": int(horizon),
                    "spells": int(own.sum()),
                    "longest": followed,
                    "concluded": int(event_rows(y)[own].sum()),
                    "observed": estimate,
                    "observed_low": below,
                    "observed_high": above,
                    "made_up": middle[k],
                    "made_up_low": low[k],
                    "made_up_high": high[k],
                    "agrees": bool(low[k] <= estimate <= high[k]),
                }
            )
    return pd.DataFrame(rows)


def too_long(checks: pd.DataFrame) -> dict[str, tuple[list[int], float]]:
    """Horizons by family that none of its spells was followed to, and how long the longest was."""
    found = {}
    for name, part in checks.groupby("family", sort=False):
        absent = [int(h) for h in HORIZONS if h not in set(part["months"])]
        if absent:
            found[str(name)] = (absent, float(part["longest"].iloc[0]))
    return found


def fitted(table: Spells) -> list[HierarchicalModel]:
    """The members of the headline model."""
    models = []
    for name in members_of(HEADLINE):
        model = create(name).fit(table.X, table.y)
        assert isinstance(model, HierarchicalModel)
        models.append(model)
    return models


def replicate(model: HierarchicalModel, X: pd.DataFrame, y: DurationArray, n: int) -> FloatArray:
    """Data sets that a model makes up: times and whether these are conclusions, (n, 2, rows)."""
    rng = np.random.default_rng(0)
    cases = model.case(X)
    weights = model.posterior_.weights
    chosen = rng.choice(len(weights), size=n, p=weights)
    family = FAMILIES[model.family]
    followed = np.where(np.isfinite(y["upper"]), X["months_to_as_of"].to_numpy(), y["lower"])
    made = np.empty((n, 2, len(X)))
    for k, case in enumerate(cases):
        entry, end = float(y["entry"][k]), max(float(followed[k]), float(y["entry"][k]) + 1 / 30)
        pi, location, scale = case.never[chosen], case.location[chosen], case.scale[chosen]
        with np.errstate(divide="ignore"):
            gone = np.exp(family.durations.log_cdf((np.log(entry) - location) / scale))
        lasting = pi * np.exp(-case.rate[chosen] * entry)
        never = rng.random(n) * (lasting + (1 - pi) * (1 - gone)) < lasting
        error = family.quantile(gone + (1 - gone) * rng.random(n))
        time = np.where(
            never,
            entry + rng.exponential(size=n) / case.rate[chosen],
            np.exp(np.minimum(location + scale * error, 50.0)),
        )
        made[:, 0, k] = np.clip(time, entry + 1 / 30, end)
        made[:, 1, k] = ~never & (time <= end)
    return made


def shares(
    times: FloatArray, concluded: FloatArray | BoolArray, entry: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Kaplan and Meier's share concluded at the horizons, and its band; 0 where none concluded."""
    try:
        curve, errors = kaplan_meier(times, concluded, entry)
    except NotIdentifiedError:
        nothing = np.zeros(len(HORIZONS))
        return nothing, nothing, np.ones(len(HORIZONS))
    low, high = log_log_band(curve.survival[0], errors, LEVEL)
    at = np.searchsorted(curve.times, HORIZONS, side="right") - 1
    return 1 - curve.survival[0][at], 1 - high[at], 1 - low[at]


def describe(checks: pd.DataFrame) -> str:
    """Where they disagree, in words."""
    off = checks[~checks["agrees"]]
    lines = [
        "# Posterior predictive checks by family",
        "",
        "Share concluded among spells known while they were open, Kaplan-Meier, beside the middle 95 %",
        "of the same estimate in data sets that the three hierarchical models make up. Intervals stand",
        f"at their midpoints; families with under {LEAST_ROWS} such spells are left out. The models have",
        "seen these spells: this shows misfit, not skill.",
        "",
        f"{len(checks) - len(off)} of {len(checks)} shares lie inside.",
        "",
        "| family | months | spells | observed (95 % band) | made up (middle 95 %) | inside |",
        "|---|--:|--:|--:|--:|---|",
    ]
    for _, row in checks.iterrows():
        lines.append(
            f"| {family_name(str(row['family']))} | {row['months']} | {row['spells']} "
            f"| {row['observed']:.0%}{_band(row)} "
            f"| {row['made_up']:.0%} ({row['made_up_low']:.0%} to {row['made_up_high']:.0%}) "
            f"| {'yes' if row['agrees'] else 'no'} |"
        )
    lines.append("")
    for name, (horizons, longest) in too_long(checks).items():
        lines.append(
            f"- {family_name(name)}, {' and '.join(map(str, horizons))} months: no share, for no spell was "
            f"followed so long; the longest took or was followed {longest:.1f} months."
        )
    for _, row in off.iterrows():
        side = "fewer" if row["observed"] < row["made_up"] else "more"
        lines.append(
            f"- {family_name(str(row['family']))}, {row['months']} months: {side} concluded than the "
            "models make up."
        )
    return "\n".join(lines).rstrip() + "\n"


def _band(row: pd.Series) -> str:
    """Kaplan-Meier's band in words; where all have concluded it is not defined."""
    if row["observed"] >= 1.0:
        return " (no band)"
    return f" ({row['observed_low']:.0%} to {row['observed_high']:.0%})"


@mpl.rc_context(STYLE)
def draw(checks: pd.DataFrame, path: Path) -> None:
    """Observed shares with their bands beside what the models make up, a panel a horizon."""
    names = list(pd.unique(checks["family"]))
    below = caption_height(CAPTION, WIDTH)
    height = 26.0 * len(names) + 58.0 + below
    figure = new_figure(WIDTH, height, dpi=144.0)
    caption(figure, CAPTION)
    gaps = too_long(checks)
    axes = np.atleast_1d(figure.subplots(1, len(HORIZONS), sharey=True))
    for ax, horizon in zip(axes, HORIZONS, strict=True):
        part = checks[checks["months"] == horizon]
        y = np.array([names.index(family) for family in part["family"]])
        ax.hlines(
            y + 0.16, part["made_up_low"], part["made_up_high"], color=ANSWER_LIGHT, linewidth=5
        )
        ax.plot(part["made_up"], y + 0.16, "|", color=ANSWER, markersize=6)
        colours = np.where(part["agrees"], INK, PROMISE)
        ax.hlines(
            y - 0.16, part["observed_low"], part["observed_high"], colors=colours, linewidth=1
        )
        ax.scatter(part["observed"], y - 0.16, c=colours, s=12)
        for name, (horizons, longest) in gaps.items():
            if horizon in horizons:
                text = f"none followed so long\n(longest: {longest:.1f} months)"
                box = {"facecolor": "white", "edgecolor": "none", "pad": 0.8}
                ax.text(0.02, names.index(name), text, va="center", size=6.5, color=MUTED, bbox=box)
        ax.set_xlim(-0.02, 1.02)
        ax.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])
        ax.grid(axis="x")
        ax.set_title(f"by {horizon:.0f} months", loc="left", fontsize=8.0)
    counts = checks.drop_duplicates("family").set_index("family")["spells"]
    axes[0].set_yticks(range(len(names)), [f"{family_name(n)} ({counts[n]})" for n in names])
    axes[0].set_ylim(len(names) - 0.4, -0.6)
    edge = {"bottom": (below + 22.0) / height, "top": 1.0 - 24.0 / height}
    figure.subplots_adjust(left=0.24, right=0.965, wspace=0.18, **edge)
    save_figure(figure, path)


if __name__ == "__main__":
    main()
