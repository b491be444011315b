"""Write seeded inputs and what other software makes of them, for tests/parity to read.

Runs in .venv-peers. It covers what the figures from R do not: parametric regression with delayed
entry, the generalised gamma, a never share, splines, Turnbull's estimate, Cox with strata and
ridge. Peers stop their optimisers early; where a library shows its own likelihood, that is
maximised to rounding from where it stopped (``polished``), so that parity can be asked to 1e-6.
"""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import lifelines
import numpy as np
import numpy.typing as npt
import pandas as pd
import surpyval
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.util import Surv

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "tests/parity/data"
SEED = 20240502

FloatArray = npt.NDArray[np.float64]
Columns = dict[str, FloatArray]
Fit = dict[str, Any]
Fixture = tuple[Columns, list[Fit]]

_NEWTON_STEPS = 8


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=FIXTURES, help="these files")
    parser.add_argument("--out", type=Path, default=DATA / "peers", help="folder")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.only or FIXTURES:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            columns, fits = FIXTURES[name](np.random.default_rng([SEED, len(name)]))
        path = arguments.out / f"{name}.json"
        path.write_text(as_text(columns, fits), encoding="utf-8")
        print(f"{path.name}: {len(fits)} fits to {len(next(iter(columns.values())))} rows")


def delayed_entry(rng: np.random.Generator) -> Fixture:
    """Right-censored rows, three in five of them followed from a later age on."""
    n = 420
    x = covariates(n, rng)
    time = np.exp(3.0 + 0.3 * x["x1"] - 0.2 * x["x2"] + 0.8 * np.log(rng.exponential(size=n)))
    entry = np.where(rng.random(n) < 0.6, rng.uniform(0.0, 20.0, n), 0.0)
    censored_at = entry + rng.exponential(40.0, n)
    columns = {
        "entry": entry,
        "time": np.minimum(time, censored_at),
        "event": (time <= censored_at).astype(float),
        **x,
    }
    columns = rounded(columns, time > entry + 0.01)
    return columns, [aft_in_surpyval(family, columns) for family in AFT]


def interval_entry(rng: np.random.Generator) -> Fixture:
    """Every kind of censoring in one file, with delayed entry: exact, left, interval, right."""
    n = 420
    x = covariates(n, rng)
    time = np.exp(3.0 + 0.3 * x["x1"] - 0.2 * x["x2"] + 0.6 * rng.standard_normal(n))
    entry = np.where(rng.random(n) < 0.4, rng.uniform(0.0, 12.0, n), 0.0)
    gap = rng.uniform(2.0, 10.0, n)
    before = np.maximum(np.floor(time / gap) * gap, entry)
    kind = rng.choice(3, n, p=[0.3, 0.45, 0.25])
    columns = {
        "entry": entry,
        "lower": np.select([kind == 0, kind == 1], [time, before], before),
        "upper": np.select([kind == 0, kind == 1], [time, before + gap], np.inf),
        **x,
    }
    columns = rounded(columns, (time > entry + 0.01) & ((kind < 2) | (before > entry + 0.01)))
    return columns, [aft_in_surpyval(family, columns) for family in AFT]


def generalised_gamma(rng: np.random.Generator) -> Fixture:
    """Right-censored rows from a generalised gamma at q = 0.5."""
    n = 400
    x = covariates(n, rng)
    error = np.log(0.25 * rng.gamma(4.0, size=n)) / 0.5
    time = np.exp(3.0 + 0.3 * x["x1"] - 0.2 * x["x2"] + 0.8 * error)
    censored_at = rng.exponential(60.0, n)
    columns = {
        "time": np.minimum(time, censored_at),
        "event": (time <= censored_at).astype(float),
        **x,
    }
    columns = rounded(columns, np.ones(n, dtype=bool))
    data = pd.DataFrame(columns).assign(Intercept=1.0)
    names = ["Intercept", "x1", "x2"]
    regressors = {"mu_": names, "sigma_": ["Intercept"], "lambda_": ["Intercept"]}
    fitter = lifelines.GeneralizedGammaRegressionFitter()
    fit = fitter.fit(data, "time", "event", regressors=regressors)
    order = [("mu_", name) for name in names] + [("sigma_", "Intercept"), ("lambda_", "Intercept")]
    design = {
        "mu_": data[names].to_numpy(),
        "sigma_": np.ones((n, 1)),
        "lambda_": np.ones((n, 1)),
    }

    def neg_ll(p: FloatArray) -> float:
        parts = {"mu_": p[:3], "sigma_": p[3:4], "lambda_": p[4:]}
        time = columns["time"]
        log_hazard = fitter._log_hazard(parts, time, design)
        cumulative = fitter._cumulative_hazard(parts, time, design)
        return float(np.sum(cumulative - columns["event"] * log_hazard))

    estimates, covariance, value = polished(neg_ll, fit.params_.loc[order].to_numpy())
    return columns, [
        {
            "library": f"lifelines {version('lifelines')}",
            "model": "generalised-gamma",
            "names": [*names, "log(scale)", "q"],
            "estimates": estimates,
            "standard_errors": np.sqrt(np.diag(covariance)),
            "loglik": -value,
            "loglik_where_it_stopped": float(fit.log_likelihood_),
        }
    ]


def never_share(rng: np.random.Generator) -> Fixture:
    """Right-censored rows of which three in ten never end; no covariates."""
    n = 350
    time = 20.0 * rng.exponential(size=n) ** 0.7
    never = rng.random(n) < 0.3
    followed = rng.uniform(20.0, 120.0, n)
    event = ~never & (time <= followed)
    columns = rounded(
        {"time": np.where(event, time, followed), "event": event.astype(float)},
        np.ones(n, dtype=bool),
    )
    fits = []
    for family in ("weibull", "lognormal", "loglogistic"):
        distribution = UNIVARIATE[family]
        fit = distribution.fit(x=columns["time"], c=1 - columns["event"].astype(int), lfp=True)
        estimates = [*on_log_time(family, fit.params)[0], 1.0 - fit.lfp_p]
        fits.append(
            {
                "library": f"SurPyval {version('surpyval')}",
                "model": family,
                "names": ["Intercept", "log(scale)", "never"],
                "estimates": estimates,
                "loglik": -float(fit.neg_ll()),
            }
        )
    base = lifelines.WeibullFitter()
    cure = lifelines.MixtureCureFitter(base_fitter=base)
    cure.fit(columns["time"], columns["event"])
    fits.append(
        {
            "library": f"lifelines {version('lifelines')}",
            "model": "weibull",
            "names": ["Intercept", "log(scale)", "never"],
            "estimates": [np.log(cure.lambda_), -np.log(cure.rho_), cure.cured_fraction_],
            "loglik": float(cure.log_likelihood_),
        }
    )
    return columns, fits


def spline(rng: np.random.Generator) -> Fixture:
    """Every kind of censoring, with delayed entry and no covariates; knots at fixed months."""
    columns = interval_entry(rng)[0]
    knots = np.array([3.0, 12.0, 25.0, 80.0])
    fit = surpyval.RoystonParmar.fit(tl=columns["entry"], knots=np.log(knots), **observed(columns))
    at = np.array([2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0])
    return columns, [
        {
            "library": f"SurPyval {version('surpyval')}",
            "model": "spline",
            "knots": knots,
            "times": at,
            "survival": fit.sf(at),
            "loglik": -float(fit.neg_ll()),
        }
    ]


def turnbull(_: np.random.Generator) -> Fixture:
    """Fit the overlapping intervals of ../overlapping.csv."""
    columns = read_columns(DATA / "overlapping.csv")
    lower, upper = columns["lower"], columns["upper"]
    flags = np.where(np.isinf(upper), 1, np.where(lower == 0, -1, 2))
    x = np.column_stack(
        [np.where(flags == -1, upper, lower), np.where(flags == 1, lower, upper)],
    )
    fit = surpyval.Turnbull.fit(
        x=x, c=flags, turnbull_estimator="Kaplan-Meier", tol=1e-14, max_iter=200_000
    )
    at = np.unique(upper[np.isfinite(upper)])
    return columns, [
        {
            "library": f"SurPyval {version('surpyval')}",
            "model": "turnbull",
            "times": at,
            "survival": fit.sf(at),
        }
    ]


def cox(rng: np.random.Generator) -> Fixture:
    """Tied times in three strata, half of the rows followed from a later age on."""
    n = 300
    x = covariates(n, rng)
    stratum = rng.integers(0, 3, n)
    time = np.exp(2.5 + 0.4 * x["x1"] - 0.3 * x["x2"] + 0.2 * stratum) * rng.exponential(size=n)
    entry = np.where(rng.random(n) < 0.5, np.round(rng.uniform(0.0, 6.0, n)), 0.0)
    censored_at = entry + rng.exponential(30.0, n)
    columns = {
        "entry": entry,
        "time": np.ceil(np.minimum(time, censored_at)),
        "event": (time <= censored_at).astype(float),
        "stratum": stratum.astype(float),
        **x,
    }
    columns = rounded(columns, columns["time"] > entry)
    fits = [cox_in_surpyval(ties, columns) for ties in ("efron", "breslow")]
    fits += [ridge_in_sksurv(ties, columns, 20.0) for ties in ("efron", "breslow")]
    return columns, fits


def covariates(n: int, rng: np.random.Generator) -> Columns:
    """One normal and one binary."""
    return {"x1": rng.standard_normal(n), "x2": (rng.random(n) < 0.4).astype(float)}


AFT = {
    "weibull": surpyval.WeibullAFT,
    "lognormal": surpyval.LogNormalAFT,
    "loglogistic": surpyval.AFT(surpyval.LogLogistic),
}
UNIVARIATE = {
    "weibull": surpyval.Weibull,
    "lognormal": surpyval.LogNormal,
    "loglogistic": surpyval.LogLogistic,
}


def aft_in_surpyval(family: str, columns: Columns) -> Fit:
    """Fit with SurPyval, then maximise its own likelihood to rounding."""
    x = np.column_stack([columns["x1"], columns["x2"]])
    fitter = AFT[family]
    fit = fitter.fit(Z=x, tl=columns["entry"], **observed(columns))
    params, covariance, value = polished(
        lambda p: fitter.neg_ll(fit.data, *p), np.asarray(fit.params, dtype=np.float64)
    )
    (intercept, log_scale), (d_intercept, d_scale) = on_log_time(family, params[:2])
    errors = np.sqrt(np.diag(covariance))
    return {
        "library": f"SurPyval {version('surpyval')}",
        "model": family,
        "names": ["Intercept", "x1", "x2", "log(scale)"],
        # Its coefficients are those of the acceleration, minus ours.
        "estimates": [intercept, *(-params[2:]), log_scale],
        "standard_errors": [errors[0] * d_intercept, *errors[2:], errors[1] * d_scale],
        "loglik": -value,
        "loglik_where_it_stopped": float(fit.log_likelihood),
    }


def observed(columns: Columns) -> dict[str, Any]:
    """Return times and censoring flags as SurPyval takes them."""
    if "lower" not in columns:
        return {"x": columns["time"], "c": (columns["event"] == 0).astype(int)}
    lower, upper = columns["lower"], columns["upper"]
    flags = np.select([np.isinf(upper), lower == upper, lower == 0], [1, 0, -1], 2)
    left = np.where(flags == -1, upper, lower)
    right = np.where(flags == 1, lower, upper)
    return {"x": np.column_stack([left, right]), "c": flags}


def on_log_time(
    family: str, params: npt.ArrayLike
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return intercept and log scale of the log time, and by how much each moves with its own."""
    first, second = np.asarray(params, dtype=np.float64)
    if family == "lognormal":
        return (float(first), float(np.log(second))), (1.0, float(1.0 / second))
    return (float(np.log(first)), -float(np.log(second))), (float(1 / first), float(1 / second))


def polished(
    neg_ll: Callable[[FloatArray], Any], start: FloatArray
) -> tuple[FloatArray, FloatArray, float]:
    """Take Newton steps to the minimum; return it, the inverse Hessian and the value.

    Derivatives are five-point differences, good to nine digits.
    """

    def gradient(params: FloatArray) -> FloatArray:
        steps = 1e-3 * np.diag(np.maximum(1.0, np.abs(params)))
        rises = [
            8 * (float(neg_ll(params + d)) - float(neg_ll(params - d)))
            - (float(neg_ll(params + 2 * d)) - float(neg_ll(params - 2 * d)))
            for d in steps
        ]
        slopes: FloatArray = np.array(rises) / (12 * np.diag(steps))
        return slopes

    def curvature(params: FloatArray) -> FloatArray:
        steps = 1e-3 * np.diag(np.maximum(1.0, np.abs(params)))
        rows = np.array(
            [(gradient(params + d) - gradient(params - d)) / (2 * d.sum()) for d in steps]
        )
        symmetric: FloatArray = (rows + rows.T) / 2
        return symmetric

    params = start
    for _ in range(_NEWTON_STEPS):
        params = params - np.linalg.solve(curvature(params), gradient(params))
    assert float(neg_ll(params)) <= float(neg_ll(start)) + 1e-9
    covariance = np.asarray(np.linalg.inv(curvature(params)), dtype=np.float64)
    return params, covariance, float(neg_ll(params))


def cox_in_surpyval(ties: str, columns: Columns) -> Fit:
    """Strata and delayed entry.

    A row is at risk in (entry, time], as in R and lifelines; statsmodels' PHReg counts it as at
    risk at its very entry too, which gives other figures where entries equal event times.
    """
    fit = surpyval.CoxPH.fit(
        x=columns["time"],
        Z=np.column_stack([columns["x1"], columns["x2"]]),
        c=(columns["event"] == 0).astype(int),
        tl=columns["entry"],
        strata=columns["stratum"].astype(int),
        tie_method=ties,
    )
    return {
        "library": f"SurPyval {version('surpyval')}",
        "model": f"strata, entry, {ties}",
        "ties": ties,
        "names": ["x1", "x2"],
        "estimates": np.asarray(fit.params),
        "standard_errors": np.asarray(fit.standard_errors()),
        "loglik": float(fit.log_likelihood),
    }


def ridge_in_sksurv(ties: str, columns: Columns, penalty: float) -> Fit:
    """Return a ridge of log-likelihood minus penalty / 2 times the squares; no strata, no entry."""
    x = np.column_stack([columns["x1"], columns["x2"]])
    y = Surv.from_arrays(columns["event"] > 0, columns["time"])
    fit = CoxPHSurvivalAnalysis(alpha=penalty, ties=ties, tol=1e-14, n_iter=200).fit(x, y)
    return {
        "library": f"scikit-survival {version('scikit-survival')}",
        "model": f"ridge, {ties}",
        "ties": ties,
        "penalty": penalty,
        "names": ["x1", "x2"],
        "estimates": fit.coef_,
    }


def rounded(columns: Columns, keep: npt.NDArray[np.bool_]) -> Columns:
    """Keep these rows, to six decimals, so that the file holds what was fitted."""
    return {name: np.round(values[keep], 6) for name, values in columns.items()}


def read_columns(path: Path) -> Columns:
    frame = pd.read_csv(path)
    return {str(name): frame[name].to_numpy(dtype=np.float64) for name in frame.columns}


def as_text(columns: Columns, fits: list[Fit]) -> str:
    """JSON with one line a column and one line a figure; infinity is the string "inf"."""
    data = [f"  {json.dumps(name)}: {_line(values)}" for name, values in columns.items()]
    shown = [
        "  {\n" + ",\n".join(f"   {json.dumps(k)}: {_line(v)}" for k, v in fit.items()) + "\n  }"
        for fit in fits
    ]
    return (
        '{\n "data": {\n'
        + ",\n".join(data)
        + '\n },\n "fits": [\n'
        + ",\n".join(shown)
        + "\n ]\n}\n"
    )


def _line(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, list):
        return "[" + ", ".join(_line(part) for part in value) + "]"
    if isinstance(value, float | np.floating):
        if np.isposinf(value):
            return '"inf"'
        return repr(int(value)) if value == int(value) else repr(float(value))
    return json.dumps(value)


FIXTURES: dict[str, Callable[[np.random.Generator], Fixture]] = {
    "delayed_entry": delayed_entry,
    "interval_entry": interval_entry,
    "generalised_gamma": generalised_gamma,
    "never_share": never_share,
    "spline": spline,
    "turnbull": turnbull,
    "cox": cox,
}


if __name__ == "__main__":
    main()
