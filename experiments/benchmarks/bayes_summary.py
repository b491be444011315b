"""What a comparison with NUTS says: differences against what is allowed, speeds, every quantile."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pandas as pd

from forecast.survival.arrays import FloatArray

ALLOWED_SD, ERRORS, ALLOWED_PROBABILITY = 0.05, 3.0, 0.01
"""Posterior standard deviations, and Monte Carlo standard errors on top, that a quantile may differ by."""

LEAST_EFFECTIVE = 10_000
GOALS = {"with compiling": 30.0, "without compiling": 10.0}
SHARES = ("5 %", "50 %", "95 %")


def differences(result: dict[str, Any], run: str = "pooled") -> pd.DataFrame:
    """Compare quantiles with those of NUTS, one row a parameter and quantile.

    Parameters
    ----------
    result : dict
        One data set.
    run : {'pooled', 'default', 'large'}
        Mean over the scrambles; one run; one run at the larger cost, whose error is taken to be that of
        one run over the root of how many more nodes it has.

    Returns
    -------
    DataFrame
        ``difference`` and ``allowed`` in posterior standard deviations, ``share`` of what is allowed.
    """
    ours, nuts = result["ours"], result["nuts"]
    more_nodes = ours["large"]["nodes"] / float(np.mean(ours["nodes"]))
    values, shrunk = {
        "pooled": (ours["quantiles"], sqrt(ours["scrambles"])),
        "default": (ours["default_quantiles"], 1.0),
        "large": (ours["large"]["quantiles"], sqrt(more_nodes)),
    }[run]
    sd = np.array(nuts["sd"])[:, np.newaxis]
    error = np.hypot(np.array(ours["quantile_errors"]) / shrunk, nuts["quantile_errors"]) / sd
    apart = (np.array(values) - np.array(nuts["quantiles"])) / sd
    frame = pd.DataFrame(
        {
            "parameter": np.repeat(result["parameters"], len(SHARES)),
            "quantile": np.tile(SHARES, len(apart)),
            "ours": np.ravel(values),
            "nuts": np.ravel(nuts["quantiles"]),
            "difference": apart.ravel(),
            "allowed": (ALLOWED_SD + ERRORS * error).ravel(),
        }
    )
    return frame.assign(share=frame["difference"].abs() / frame["allowed"])


def speed(result: dict[str, Any]) -> dict[str, float]:
    """Effective draws a second, minimum over parameters, and how many times NUTS's ours is."""
    ours, nuts = result["ours"], result["nuts"]
    least, bulk = min(ours["effective"]), min(nuts["bulk"])
    mine = least / ours["seconds"]
    with_compiling = bulk / nuts["seconds"]
    without = bulk / (nuts["seconds"] - nuts["compile_seconds"])
    return {
        "ours": mine,
        "NUTS with compiling": with_compiling,
        "NUTS without compiling": without,
        "with compiling": mine / with_compiling,
        "without compiling": mine / without,
        "CPU time": least / ours["cpu_seconds"] / (bulk / nuts["cpu_seconds"]),
    }


def line(name: str, result: dict[str, Any]) -> str:
    """One line on a data set while the run goes on."""
    worst = differences(result)["share"].max()
    ratio = speed(result)["with compiling"]
    return f"{name}: worst quantile {worst:.2f} of what is allowed, {ratio:.0f} times NUTS"


def parameters(results: dict[str, Any]) -> pd.DataFrame:
    """Every quantile of every data set."""
    frames = []
    for name, result in results.items():
        frame = differences(result)
        every = len(SHARES)
        frame["effective_ours"] = np.repeat(pooled_effective(result), every)
        frame["effective_nuts"] = np.repeat(result["nuts"]["bulk"], every)
        frame.insert(0, "data", name)
        frames.append(frame)
    return pd.concat(frames)


def pooled_effective(result: dict[str, Any]) -> FloatArray:
    """Effective draws of all scrambles together, by parameter."""
    each: FloatArray = np.array(result["ours"]["effective"], dtype=np.float64)
    return each * float(result["ours"]["scrambles"])
