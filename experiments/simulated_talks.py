"""Talks simulated from the priors of the hierarchical model, and the ranks of their true parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from forecast.errors import ConvergenceError
from forecast.models import HierarchicalModel, HierarchicalPriors
from forecast.models.hierarchical_problem import FAMILIES, ErrorFamily
from forecast.survival import durations
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray
from forecast.threads import one_thread

ROWS, DRAWS = 150, 99
MEANS = {"x1": -0.15, "x2": 0.2, "x3": 0.0}
PRIORS = HierarchicalPriors(coefficient_means=MEANS)
FAMILY_NAMES = tuple("abcde")
PARTY_NAMES = tuple(f"p{k}" for k in range(12))

# Shares of rows: followed from launch; seen late; found after a conclusion, or after an end without
# one; looked for because they failed, which tell of the ending rate alone.
KINDS = {"followed": 0.4, "late": 0.25, "success": 0.25, "end": 0.05, "failure": 0.05}

WITHIN = 24.0
FORECAST = "P(concluded within 24 months)"
OF_OPEN = "the same of an open case"
RANKED = (
    "sd(family)",
    "sd(party)",
    "sd(cluster)",
    "sd(never family)",
    "log(scale)",
    "log(ending rate)",
    "log(median)",
    "logit(never)",
    "x1",
    "family[a]",
    "party[p0]",
    "never[a]",
    FORECAST,
    OF_OPEN,
)


@dataclass(frozen=True, eq=False)
class Truth:
    """Parameters by name as the posterior names them, and what follows from them for some rows."""

    values: dict[str, float]
    location: FloatArray
    never: FloatArray
    scale: float
    rate: float


def cases(rng: np.random.Generator) -> pd.DataFrame:
    """Covariates, families, parties and clusters of some spells."""
    X = pd.DataFrame(
        {
            "x1": rng.normal(size=ROWS),
            "x2": rng.integers(0, 3, ROWS).astype(float),
            "x3": (rng.random(ROWS) < 0.3).astype(float),
            "family": rng.choice(FAMILY_NAMES, ROWS, p=[0.35, 0.3, 0.2, 0.1, 0.05]),
            "parties": [tuple(rng.choice(PARTY_NAMES, 2, replace=False)) for _ in range(ROWS)],
            "cluster": [f"c{k // 3}" if k < 30 else "" for k in range(ROWS)],
            "searched_for": "",
            "months_to_as_of": np.nan,
        },
        index=pd.Index([f"spell-{k}" for k in range(ROWS)], name="id"),
    )
    # The first of a family and a party are there always: their effects are ranked.
    X.loc[X.index[0], "family"] = "a"
    X["parties"] = [("p0", "p1"), *X["parties"].iloc[1:]]
    return X


def truth(X: pd.DataFrame, used: BoolArray, family: str, rng: np.random.Generator) -> Truth:
    """Draw all parameters from the priors; covariates count from the means of the rows used."""
    v: dict[str, float] = {}

    def group(sd_name: str, label: str, names: tuple[str, ...], scale: float) -> FloatArray:
        v[f"sd({sd_name})"] = sd = abs(rng.normal()) * scale
        effects = sd * rng.normal(size=len(names))
        v.update({f"{label}[{n}]": e for n, e in zip(names, effects, strict=True)})
        return effects

    group("family", "family", FAMILY_NAMES, PRIORS.family_sd)
    group("party", "party", PARTY_NAMES, PRIORS.party_sd)
    group("cluster", "cluster", tuple(f"c{k}" for k in range(10)), PRIORS.cluster_sd)
    group("never family", "never", FAMILY_NAMES, PRIORS.never_sd)
    v |= {name: rng.normal(mean, PRIORS.coefficient_sd) for name, mean in MEANS.items()}
    v["log(median)"], v["logit(never)"] = rng.normal(*PRIORS.median), rng.normal(*PRIORS.never)
    v["log(scale)"] = rng.normal(*PRIORS.scale_of(family))
    v["log(ending rate)"] = rng.normal(*PRIORS.log_ending_rate)

    columns = list(MEANS)
    away = X[columns].to_numpy() - X.loc[used, columns].to_numpy().mean(axis=0)
    location = v["log(median)"] + away @ np.array([v[name] for name in columns])
    location += np.array([v[f"family[{f}]"] for f in X["family"]])
    location += np.array([sum(v[f"party[{p}]"] for p in pair) for pair in X["parties"]])
    location += np.array([v.get(f"cluster[{c}]", 0.0) for c in X["cluster"]])
    never = expit(v["logit(never)"] + np.array([v[f"never[{f}]"] for f in X["family"]]))
    scale = float(np.exp(v["log(scale)"]))
    found = FAMILIES[family]
    score = (np.log(WITHIN) - location[0]) / scale + found.median
    v[FORECAST] = float((1 - never[0]) * np.exp(found.durations.log_cdf(np.array(score))))
    return Truth(v, location, never, scale, float(np.exp(v["log(ending rate)"])))


def observe(
    kind: str, k: int, true: Truth, family: ErrorFamily, rng: np.random.Generator
) -> tuple[float, float, float, float, int]:
    """What is seen of one spell: lower, upper, entry, exit, cause."""

    def share_concluded(age: float) -> float:
        z = (np.log(age) - true.location[k]) / true.scale + family.median
        return float(np.exp(family.durations.log_cdf(np.array(z))))

    def concluded_at(share: float) -> float:
        error = family.quantile(np.array(share)) - family.median
        return float(np.exp(true.location[k] + true.scale * error))

    if kind in ("end", "failure"):
        exit_ = rng.uniform(24.0, 240.0)
        end = -np.log1p(rng.random() * np.expm1(-true.rate * exit_)) / true.rate
        return end, end, 0.0, exit_, 2
    if kind == "success":
        exit_ = rng.uniform(24.0, 240.0)
        time = concluded_at(rng.random() * share_concluded(exit_))
        return time, time, 0.0, exit_, 1
    entry = rng.uniform(1.0, 24.0) if kind == "late" else 0.0
    followed = entry + rng.uniform(6.0, 120.0)
    gone = share_concluded(entry) if entry else 0.0
    lasting = true.never[k] * np.exp(-true.rate * entry)
    if rng.random() * (lasting + (1.0 - true.never[k]) * (1.0 - gone)) < lasting:
        end = entry + rng.exponential(1.0 / true.rate)
        return (
            (end, end, entry, np.inf, 2)
            if end <= followed
            else (followed, np.inf, entry, np.inf, 0)
        )
    time = concluded_at(gone + (1.0 - gone) * rng.random())
    if time > followed:
        return followed, np.inf, entry, np.inf, 0
    if k % 4:
        return time, time, entry, np.inf, 1
    # Dated to the year of the spell.
    start = np.floor(time / 12.0) * 12.0
    return max(start, entry), min(start + 12.0, followed), entry, np.inf, 1


def simulate(family: str, seed: list[int]) -> tuple[pd.DataFrame, DurationArray, Truth]:
    """One data set and the parameters that it came from."""
    rng = np.random.default_rng(seed)
    X = cases(rng)
    kinds = rng.choice(list(KINDS), ROWS, p=list(KINDS.values()))
    kinds[0] = "followed"
    X.loc[kinds == "failure", "searched_for"] = "failure"
    true = truth(X, kinds != "failure", family, rng)
    rows = [observe(kind, k, true, FAMILIES[family], rng) for k, kind in enumerate(kinds)]
    lower, upper, entry, exit_, cause = np.array(rows).T
    return X, durations(np.maximum(lower, 1e-9), np.maximum(upper, 1e-9), entry, exit_, cause), true


def of_open(true: Truth, k: int, age: float, family: ErrorFamily) -> float:
    """True probability that a case that is open at an age concludes within the months ahead."""
    z = (np.log([age, age + WITHIN]) - true.location[k]) / true.scale + family.median
    now, then = (1.0 - true.never[k]) * np.exp(family.durations.log_survival(z))
    return float((now - then) / (now + true.never[k] * np.exp(-true.rate * age)))


def ranks(family: str, number: int) -> dict[str, int | str]:
    """Ranks of the true values of one data set among draws of its posterior; -1 where refused."""
    tag = list(FAMILIES).index(family)
    X, y, true = simulate(family, [tag, number])
    row: dict[str, int | str] = {"family": family, "set": number}
    try:
        with one_thread():
            model = HierarchicalModel(family, priors=PRIORS, seed=number).fit(X, y)
    except ConvergenceError:
        return row | dict.fromkeys(RANKED, -1)
    frame = model.posterior.drop(columns="weight")
    frame[FORECAST] = 1.0 - model.case(X.iloc[[0]])[0].survival(np.array([WITHIN]), 0.0)[0][:, 0]
    weights = model.posterior_.weights
    chosen = np.random.default_rng([tag, number, 1]).choice(len(weights), DRAWS, p=weights)
    k = int(np.flatnonzero(~np.isfinite(y["upper"]))[0])
    age, rng = float(y["lower"][k]), np.random.default_rng([tag, number, 2])
    later = model.predict_draws(X.iloc[[k]], [age + WITHIN], DRAWS, rng, elapsed=age)
    drawn = frame.iloc[chosen].assign(**{OF_OPEN: 1.0 - later[:, 0, 0]})
    values = true.values | {OF_OPEN: of_open(true, k, age, FAMILIES[family])}
    return row | {name: int((drawn[name] < values[name]).sum()) for name in RANKED}
