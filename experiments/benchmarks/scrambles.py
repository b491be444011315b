"""How far answers of the hierarchical models move between scrambles, and what a refit costs.

Each model is fitted at an as-of date under several seeds. Told are the Pareto shapes, the effective
number of draws of each hyperparameter (its posterior variance over the variance of its mean between
scrambles; at least 400 is wanted) and the standard deviation of each forecast probability (at most
0.005). Writes scrambles.csv; wall times go to the terminal alone.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed

from forecast.archive import load_archive
from forecast.errors import ForecastError
from forecast.models import HEADLINE, POOLS, HierarchicalModel, create
from forecast.prediction.fitting import comparable_spells
from forecast.threads import one_thread
from forecast.timing import OPEN, Spells

HORIZONS = (6.0, 12.0, 24.0, 60.0)
HYPERPARAMETERS = (
    "sd(family)",
    "sd(party)",
    "sd(cluster)",
    "sd(never family)",
    "log(scale)",
    "log(ending rate)",
)


def main() -> None:
    """Parse the command line and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks"))
    parser.add_argument("--seeds", type=int, default=20, help="scrambles at each date")
    parser.add_argument("--since", type=int, help="also each half-year from this year on")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    archive = load_archive()
    days = [archive.vintage]
    if asked.since is not None:
        half_years = (date(y, m, 1) for y in range(asked.since, 2027) for m in (1, 7))
        days = [day for day in half_years if day < archive.vintage] + days
    jobs = [(day, name) for day in days for name in POOLS[HEADLINE]]
    rows = Parallel(asked.workers, return_as="generator")(
        delayed(_measured)(day, name, asked.seeds) for day, name in jobs
    )
    table = pd.DataFrame([row for some in rows for row in some])
    asked.out.mkdir(parents=True, exist_ok=True)
    seconds = table.pop("seconds")
    table.to_csv(asked.out / "scrambles.csv", index=False, lineterminator="\n", float_format="%.4g")
    when = "one date" if len(days) == 1 else f"{len(days)} dates"
    print(f"{len(table)} lines for {when}; a fit took {seconds.median():.2f} s (median)")
    print(table.to_string(index=False, max_colwidth=40))


def _measured(day: date, name: str, seeds: int) -> list[dict[str, Any]]:
    """One model at one date, over all scrambles."""
    table = comparable_spells(load_archive().as_of(day), "launch:signed", "documented", "raa")
    cases = _newest(table)
    means, variances, shapes, chances, seconds, refused = [], [], [], [], [], 0
    with one_thread():
        for seed in range(seeds):
            begun = time.perf_counter()
            try:
                model = create(name).set_params(seed=seed).fit(table.X, table.y)
            except ForecastError:
                refused += 1
                continue
            seconds.append(time.perf_counter() - begun)
            names = [h for h in HYPERPARAMETERS if h in model.params_.index]
            means.append(model.params_[names])
            variances.append(model.standard_errors_[names] ** 2)
            found = model.diagnostics_
            shapes.append((found["pareto_shape_of_nodes"], found["pareto_shape_of_draws"]))
            chances.append(_chances(model, table, cases))
    if len(means) < 2:
        return []
    spread = np.var(np.array(means), axis=0, ddof=1)
    held = spread > 0
    effective = np.mean(np.array(variances), axis=0)[held] / spread[held]
    worst = np.asarray(names)[held][int(np.argmin(effective))]
    return [
        {
            "as_of": day,
            "model": name,
            "scrambles": len(means),
            "refused": refused,
            "largest_node_shape": max(node for node, _ in shapes),
            "largest_draw_shape": max(draw for _, draw in shapes),
            "least_effective": float(effective.min()),
            "of": worst,
            "largest_sd_of_a_probability": float(np.std(np.array(chances), axis=0, ddof=1).max()),
            "seconds": float(np.median(seconds)),
        }
    ]


def _newest(table: Spells) -> list[str]:
    """The three open cases launched last; rows looked for because they failed are no cases to forecast."""
    searched = set(table.X.index[table.X["searched_for"] == "failure"])
    open_ = [
        (spell.start.latest, key)
        for key, spell in table.by_id.items()
        if spell.cause == OPEN and key not in searched
    ]
    return [key for _, key in sorted(open_)[-3:]]


def _chances(model: HierarchicalModel, table: Spells, cases: list[str]) -> list[float]:
    """Probabilities of the newest open cases within each horizon of when they were last seen."""
    ages = np.array([table.y["lower"][table.X.index.get_loc(case)] for case in cases])
    curves = model.predict_survival(table.X.loc[cases], elapsed=ages)
    return list(1.0 - curves.at(ages[:, np.newaxis] + np.array(HORIZONS)).ravel())


if __name__ == "__main__":
    main()
