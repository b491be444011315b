"""How often 95 % intervals hold the truth: simulated talks, censored as real ones are.

Each data set has delayed entry, open rows and coarse dates. Wald and profile intervals of every
parameter, and bands on one case's survival at its true median and on that median, are counted over
the data sets that have a fit. Writes coverage.csv and run.json.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.errors import ForecastError
from forecast.survival import (
    AFTFit,
    NeverShare,
    durations,
    fit_aft,
    profile_interval,
    quantile_band,
    survival_band,
    wald_intervals,
)
from forecast.threads import one_thread

FloatArray = npt.NDArray[np.float64]
LEVEL = 0.95
BETA = np.array([3.0, 0.4])
CASE = np.array([[1.0, 0.5]])


@dataclass(frozen=True)
class Scenario:
    """A family, its own parameters, and how it draws months from rates of one."""

    family: str
    own: tuple[float, ...]
    draw: Callable[[np.random.Generator, FloatArray], FloatArray]
    share: float = 0.0

    @property
    def truth(self) -> FloatArray:
        """All parameters in the order of the fit."""
        share = [np.log(self.share / (1 - self.share))] if self.share else []
        return np.array([*BETA, *self.own, *share])


def _by_error(
    scale: float, error: Callable[[np.random.Generator, int], FloatArray]
) -> Callable[[np.random.Generator, FloatArray], FloatArray]:
    return lambda rng, eta: np.exp(eta + scale * error(rng, len(eta)))


def _gumbel(rng: np.random.Generator, n: int) -> FloatArray:
    return np.log(rng.exponential(size=n))


def _normal(rng: np.random.Generator, n: int) -> FloatArray:
    return rng.normal(size=n)


def _log_gamma(rng: np.random.Generator, n: int) -> FloatArray:
    return np.log(0.25 * rng.gamma(4.0, size=n)) / 0.5


def _gompertz(rng: np.random.Generator, eta: FloatArray) -> FloatArray:
    return np.log1p(0.03 * rng.exponential(size=len(eta)) * np.exp(eta)) / 0.03


_LOG_SCALE = float(np.log(0.7))
SCENARIOS = {
    "exponential": Scenario("exponential", (), _by_error(1.0, _gumbel)),
    "weibull": Scenario("weibull", (_LOG_SCALE,), _by_error(0.7, _gumbel)),
    "lognormal": Scenario("lognormal", (_LOG_SCALE,), _by_error(0.7, _normal)),
    "loglogistic": Scenario(
        "loglogistic", (_LOG_SCALE,), _by_error(0.7, lambda rng, n: rng.logistic(size=n))
    ),
    "generalised-gamma": Scenario(
        "generalised-gamma", (_LOG_SCALE, 0.5), _by_error(0.7, _log_gamma)
    ),
    "gompertz": Scenario("gompertz", (0.03,), _gompertz),
    "weibull with a never share of 0.3": Scenario(
        "weibull", (_LOG_SCALE,), _by_error(0.7, _gumbel), 0.3
    ),
}


def main() -> None:
    arguments = _arguments()
    rows: list[dict[str, Any]] = []
    with one_thread():
        for name in arguments.only or SCENARIOS:
            for n in arguments.rows:
                rows += cover(name, n, arguments.sets, arguments.seed)
                print_table(rows[-1:])
    arguments.out.mkdir(parents=True, exist_ok=True)
    with (arguments.out / "coverage.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    run = {
        "version": version("negotiation-forecast"),
        "seed": arguments.seed,
        "arguments": {"sets": arguments.sets, "rows": arguments.rows, "only": arguments.only},
    }
    (arguments.out / "run.json").write_text(json.dumps(run, indent=1) + "\n", encoding="utf-8")


def cover(name: str, n: int, sets: int, seed: int) -> list[dict[str, Any]]:
    """Count what the intervals of many data sets hold: one row a kind of interval and target."""
    scenario = SCENARIOS[name]
    hits: dict[tuple[str, str], list[bool]] = defaultdict(list)
    failed = 0
    for k in range(sets):
        try:
            fit = simulate(scenario, n, np.random.default_rng([seed, n, k]))
        except ForecastError:
            failed += 1
            continue
        for key, held in held_by(fit, scenario).items():
            hits[key].append(held)
    return [
        {
            "scenario": name,
            "rows": n,
            "interval": kind,
            "target": target,
            "fits": len(held),
            "failed": failed,
            "coverage": round(float(np.mean(held)), 4),
            "monte_carlo_error": round(float(np.std(held) / np.sqrt(len(held))), 4),
        }
        for (kind, target), held in hits.items()
    ]


def simulate(scenario: Scenario, n: int, rng: np.random.Generator) -> AFTFit:
    """Fit one data set: a fifth entered late, three in ten dated to six months."""
    wanted, parts = n, []
    while wanted > 0:
        x = np.column_stack([np.ones(2 * n), rng.normal(size=2 * n)])
        time = scenario.draw(rng, x @ BETA)
        time = np.where(rng.random(2 * n) < scenario.share, np.inf, time)
        entry = np.where(rng.random(2 * n) < 0.2, rng.uniform(0.0, 15.0, 2 * n), 0.0)
        end = rng.uniform(10.0, 100.0, 2 * n) + entry
        coarse = rng.random(2 * n) < 0.3
        kept = np.flatnonzero(time > entry)[:wanted]
        wanted -= len(kept)
        parts.append([part[kept] for part in (x, time, entry, end, coarse)])
    x, time, entry, end, coarse = (np.concatenate(part) for part in zip(*parts, strict=True))
    seen = time <= end
    start = np.floor(np.where(seen, time, 0.0) / 6.0) * 6.0
    lower = np.where(seen, np.where(coarse, np.maximum(start, entry), time), end)
    upper = np.where(seen, np.where(coarse, np.minimum(start + 6.0, end), time), np.inf)
    never = NeverShare() if scenario.share else None
    return fit_aft(x, durations(lower, upper, entry=entry), scenario.family, never=never)


def held_by(fit: AFTFit, scenario: Scenario) -> dict[tuple[str, str], bool]:
    """Whether each interval holds the truth."""
    held: dict[tuple[str, str], bool] = {}
    for k, (name, truth) in enumerate(zip(fit.names, scenario.truth, strict=True)):
        low, high = wald_intervals(fit, LEVEL)[k]
        held["Wald", name] = bool(low <= truth <= high)
        low, high = profile_interval(fit, name, LEVEL)
        held["profile", name] = bool(low <= truth <= high)
    true = AFTFit(fit.names, scenario.truth, fit.covariance, 0.0, fit.gradient, 0, fit.likelihood)
    median = float(quantile_band(true, CASE, [0.5]).estimate[0, 0])
    survival = survival_band(fit, CASE, [median], LEVEL)
    quantile = quantile_band(fit, CASE, [0.5], LEVEL)
    held["band", "survival at the median"] = bool(
        survival.lower[0, 0] <= 0.5 <= survival.upper[0, 0]
    )
    held["band", "median"] = bool(quantile.lower[0, 0] <= median <= quantile.upper[0, 0])
    return held


def print_table(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        print(f"{row['scenario']}, {row['rows']} rows: {row['fits']} fits, {row['failed']} failed")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sets", type=int, default=500, help="data sets a scenario")
    parser.add_argument("--rows", type=int, nargs="+", default=[100], help="rows a data set")
    parser.add_argument("--only", nargs="+", choices=list(SCENARIOS), help="default: all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("reports/coverage"))
    return parser.parse_args()


if __name__ == "__main__":
    main()
