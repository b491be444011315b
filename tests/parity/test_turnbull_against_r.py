"""Turnbull's estimate equals survfit's, and goes on where that stops short."""

from typing import Any

import numpy as np
import pandas as pd

from forecast.survival.turnbull import turnbull


def test_thirty_day_intervals(lung: pd.DataFrame, lung_in_r: dict[str, Any]) -> None:
    reference = lung_in_r["turnbull"]
    time = lung["time"].to_numpy(dtype=float)
    event = (lung["status"] == 1).to_numpy()
    start = np.floor(time / 30) * 30
    fit = turnbull(np.where(event, start, time), np.where(event, start + 30, np.inf))
    np.testing.assert_allclose(fit.curve.at(reference["time"])[0], reference["surv"], atol=1e-8)


def test_overlapping(overlapping: pd.DataFrame, overlapping_in_r: dict[str, Any]) -> None:
    fit = turnbull(overlapping["lower"], overlapping["upper"])
    converged, short = overlapping_in_r["turnbull_converged"], overlapping_in_r["turnbull"]
    found = fit.curve.at(converged["time"])[0]
    np.testing.assert_allclose(found, converged["surv"], atol=1e-8)
    np.testing.assert_allclose(found, short["surv"], atol=3.1e-4)
    assert fit.gap <= 1e-10
