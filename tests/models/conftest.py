"""Samples that every model must be able to take, and the reference figures of R."""

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from forecast.survival import durations
from forecast.survival.arrays import DurationArray

_REFERENCE = Path(__file__).parents[1] / "parity" / "data"


@pytest.fixture(autouse=True)
def always_anew(fitted_anew: None) -> None:
    """Here the fits themselves are tested."""


class Sample(NamedTuple):
    X: pd.DataFrame
    y: DurationArray


@pytest.fixture(scope="session")
def sample() -> Sample:
    """Sixty spells of three families with every kind of row and some missing covariates."""
    rng = np.random.default_rng(3)
    n = 60
    X = pd.DataFrame(
        {
            "prior_pacts": rng.integers(0, 4, n).astype(float),
            "prior_exercises": rng.normal(size=n),
            "partner_type": pd.Categorical(
                rng.choice(["ally", "other"], n), categories=["ally", "other"]
            ),
            "family": rng.choice(["raa", "logistics", "equipment"], n),
            "cluster": [f"c{i}" for i in range(n)],
            "parties": [("JPN", "FRA")] * n,
        },
        index=pd.Index([f"case-{i}" for i in range(n)], name="id"),
    )
    location = 2.8 - 0.2 * X["prior_pacts"] + 0.3 * (X["partner_type"] == "other")
    time = np.exp(location.to_numpy() + 0.7 * rng.normal(size=n))
    lower, upper, entry, leave = time.copy(), time.copy(), np.zeros(n), np.full(n, np.inf)
    cause = np.ones(n)
    lower[:12], upper[:12], cause[:12] = 0.6 * time[:12], np.inf, 0  # open
    lower[12:24], upper[12:24] = 0.8 * time[12:24], 1.3 * time[12:24]  # interval
    entry[20:32] = 0.4 * time[20:32]  # seen late
    leave[32:42] = time[32:42] + 30.0  # retrospective, two of them without agreement
    cause[40:44] = 2  # ended without agreement
    lower[44], upper[44] = 0.0, 1 / 30  # a deal on the day itself
    X.iloc[[3, 17, 50], 1] = np.nan
    X.iloc[[5, 29], 2] = np.nan
    X["promised"] = rng.uniform(1.0, 12.0, n)
    X["said_at"] = np.minimum(0.3 * lower, 3.0)
    first = [((a, p),) for a, p in zip(X["said_at"], X["promised"], strict=True)]
    X["first_promises"] = pd.Series(first, index=X.index, dtype=object)
    return Sample(X, durations(lower, upper, entry, leave, cause))


@pytest.fixture(scope="session")
def lung() -> pd.DataFrame:
    return pd.read_csv(_REFERENCE / "lung.csv")


@pytest.fixture(scope="session")
def lung_in_r() -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((_REFERENCE / "lung.json").read_text())
    return figures
