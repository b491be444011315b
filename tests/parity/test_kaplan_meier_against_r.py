"""Kaplan-Meier curves equal survfit's."""

from typing import Any

import numpy as np
import pandas as pd

from forecast.survival.nonparametric import kaplan_meier


def test_right_censored(lung: pd.DataFrame, lung_in_r: dict[str, Any]) -> None:
    reference = lung_in_r["km"]
    curve, errors = kaplan_meier(lung["time"], lung["status"])
    np.testing.assert_allclose(curve.at(reference["time"])[0], reference["surv"], rtol=1e-8)
    knots = np.searchsorted(curve.times, reference["time"], side="right") - 1
    np.testing.assert_allclose(errors[knots], reference["se"], rtol=1e-8)
    assert curve.quantile(0.5)[0, 0] == reference["median"]


def test_delayed_entry(lung: pd.DataFrame, lung_in_r: dict[str, Any]) -> None:
    reference = lung_in_r["km_left_truncated"]
    curve, _ = kaplan_meier(lung["time"], lung["status"], entry=lung["time"] / 3)
    np.testing.assert_allclose(curve.at(reference["time"])[0], reference["surv"], rtol=1e-8)
