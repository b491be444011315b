"""The problems, their sizes and their seeded data, for every library the same.

Run as a script it writes the data of one cell as plain doubles, column after column, so that each
library, R among them, reads the same numbers.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
Columns = dict[str, FloatArray]

COVARIATES = ("x1", "x2", "x3", "x4", "x5")
_EFFECTS = np.array([0.3, -0.2, 0.1, 0.25, -0.15])

SMALL_SETS = 300
SMALL_ROWS = 25
GAMMA_SEEDS = 50


@dataclass(frozen=True)
class Problem:
    """One thing to compute, at several sizes.

    Attributes
    ----------
    title : str
        Heading of its panel and of its rows.
    sizes : tuple of int
        Rows of a data set.
    columns : tuple of str
        Columns of its data.
    make : callable
        ``make(n, rng)`` returns the columns of one data set.
    sets : int
        Data sets in a cell. One: the same fit is timed five times. More: each is fitted once.
    """

    title: str
    sizes: tuple[int, ...]
    columns: tuple[str, ...]
    make: Callable[[int, np.random.Generator], Columns]
    sets: int = 1


def split(columns: Columns, sets: int) -> list[Columns]:
    """Cut stacked data sets of equal size apart."""
    pieces = {name: np.split(values, sets) for name, values in columns.items()}
    return [{name: parts[k] for name, parts in pieces.items()} for k in range(sets)]


def design(columns: Columns, *, intercept: bool) -> FloatArray:
    """Return the covariates that the data have, (n, p), after a column of ones if asked for."""
    covariates = [columns[name] for name in COVARIATES if name in columns]
    ones = [np.ones_like(covariates[0])] if intercept else []
    return np.column_stack([*ones, *covariates])


def read(path: Path, problem: Problem) -> Columns:
    """Read what `write` wrote."""
    values = np.fromfile(path).reshape(len(problem.columns), -1)
    return dict(zip(problem.columns, values, strict=True))


def write(path: Path, problem: Problem, n: int) -> None:
    """Write the data of one cell: all sets stacked, one column after the other."""
    made = [problem.make(n, np.random.default_rng([seed, n])) for seed in range(problem.sets)]
    np.concatenate([np.concatenate([m[name] for m in made]) for name in problem.columns]).tofile(
        path
    )


def is_separated(columns: Columns) -> bool:
    """Whether an accelerated failure time model has no maximum on right-censored rows.

    It has none where some direction moves no event and moves censored rows only to later times: the
    likelihood then grows for ever along it. A linear programme finds such a direction.
    """
    from scipy.optimize import linprog

    x, event = design(columns, intercept=True), columns["event"] > 0
    found = linprog(
        -x[~event].sum(axis=0),
        A_ub=-x[~event],
        b_ub=np.zeros((~event).sum()),
        A_eq=x[event],
        b_eq=np.zeros(event.sum()),
        bounds=[(-1.0, 1.0)] * x.shape[1],
    )
    return bool(found.fun is not None and found.fun < -1e-7)


def _gumbel(n: int, rng: np.random.Generator) -> FloatArray:
    return np.log(rng.exponential(size=n))


def _normal(n: int, rng: np.random.Generator) -> FloatArray:
    return rng.standard_normal(n)


def _log_gamma(n: int, rng: np.random.Generator) -> FloatArray:
    """Error of the generalised gamma at q = 0.5, between Weibull (1) and log-normal (0)."""
    q = 0.5
    return np.log(q * q * rng.gamma(1 / q**2, size=n)) / q


Error = Callable[[int, np.random.Generator], FloatArray]


def _covariates(n: int, count: int, rng: np.random.Generator) -> Columns:
    """Draw normal covariates, and from the fourth on binary ones."""
    normal = rng.standard_normal((n, 3))
    binary = (rng.random((n, 2)) < 0.4).astype(float)
    return dict(zip(COVARIATES[:count], np.hstack([normal, binary]).T, strict=False))


def _durations(
    n: int, count: int, error: Error, rng: np.random.Generator
) -> tuple[Columns, FloatArray]:
    covariates = _covariates(n, count, rng)
    effect = design(covariates, intercept=False) @ _EFFECTS[:count]
    return covariates, np.exp(3.0 + effect + 0.8 * error(n, rng))


def _right_censored(count: int, error: Error) -> Callable[[int, np.random.Generator], Columns]:
    """Return a maker of right-censored durations, about four in ten of them censored."""

    def make(n: int, rng: np.random.Generator) -> Columns:
        covariates, time = _durations(n, count, error, rng)
        censored_at = rng.exponential(45.0, n)
        seen = time <= censored_at
        return {
            "time": np.minimum(time, censored_at),
            "event": seen.astype(float),
            **covariates,
        }

    return make


def _interval_censored(n: int, rng: np.random.Generator) -> Columns:
    """Durations seen at visits 2 to 12 months apart, of which follow-up ends the last.

    About one in eight is left-censored (lower 0) and one in four open (upper infinite).
    """
    covariates, time = _durations(n, 5, _gumbel, rng)
    gap = rng.uniform(2.0, 12.0, n)
    first = gap * rng.uniform(0.05, 1.0, n)
    followed = np.maximum(rng.exponential(60.0, n), first)
    before = np.floor((time - first) / gap)
    lower = np.where(time < first, 0.0, first + before * gap)
    upper = np.where(time < first, first, first + (before + 1) * gap)
    last_visit = first + np.floor((followed - first) / gap) * gap
    is_open = upper > followed
    return {
        "lower": np.where(is_open, np.minimum(last_visit, lower), lower),
        "upper": np.where(is_open, np.inf, upper),
        **covariates,
    }


def _few_rows(n: int, rng: np.random.Generator) -> Columns:
    """Few rows with rare traits, all determined: in some sets nobody with a trait has the event."""
    ones, traits = np.ones(n), np.zeros((n, 5))
    while np.linalg.matrix_rank(np.column_stack([ones, traits])) < 6:
        traits = (rng.random((n, 5)) < np.array([0.15, 0.25, 0.35, 0.45, 0.5])).astype(float)
    time = np.exp(3.0 + traits @ _EFFECTS + 0.8 * _gumbel(n, rng))
    censored_at = rng.exponential(30.0, n)
    return {
        "time": np.minimum(time, censored_at),
        "event": (time <= censored_at).astype(float),
        **dict(zip(COVARIATES, traits.T, strict=True)),
    }


_RIGHT = ("time", "event")
_INTERVAL = ("lower", "upper")

PROBLEMS: dict[str, Problem] = {
    "kaplan-meier": Problem(
        "Kaplan-Meier",
        (1_000, 100_000, 1_000_000),
        _RIGHT,
        _right_censored(5, _gumbel),
    ),
    "cox": Problem(
        "Cox, untied",
        (1_000, 10_000, 100_000),
        (*_RIGHT, *COVARIATES),
        _right_censored(5, _gumbel),
    ),
    "aft-weibull": Problem(
        "AFT, Weibull",
        (100, 1_000, 10_000, 100_000, 1_000_000),
        (*_RIGHT, *COVARIATES),
        _right_censored(5, _gumbel),
    ),
    "aft-lognormal": Problem(
        "AFT, log-normal",
        (100, 1_000, 10_000, 100_000, 1_000_000),
        (*_RIGHT, *COVARIATES),
        _right_censored(5, _normal),
    ),
    "interval": Problem(
        "AFT, Weibull, interval-censored",
        (1_000, 10_000, 100_000),
        (*_INTERVAL, *COVARIATES),
        _interval_censored,
    ),
    "generalised-gamma": Problem(
        "Generalised gamma, one of 50 fits",
        (60, 200, 1_000, 10_000),
        (*_RIGHT, *COVARIATES[:2]),
        _right_censored(2, _log_gamma),
        sets=GAMMA_SEEDS,
    ),
    "leave-one-out": Problem(
        "Leave-one-out, Weibull, all refits",
        (150,),
        (*_RIGHT, *COVARIATES),
        _right_censored(5, _gumbel),
    ),
    "turnbull": Problem(
        "Turnbull",
        (150, 1_000, 10_000),
        _INTERVAL,
        _interval_censored,
    ),
    "small-sets": Problem(
        "Small sets, Weibull, one of 300 fits",
        (SMALL_ROWS,),
        (*_RIGHT, *COVARIATES),
        _few_rows,
        sets=SMALL_SETS,
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("problem", choices=PROBLEMS)
    parser.add_argument("n", type=int)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    write(arguments.path, PROBLEMS[arguments.problem], arguments.n)


if __name__ == "__main__":
    main()
