"""Accelerated failure time fits equal survreg's."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from forecast.survival.aft import AFTFit, fit_aft
from forecast.survival.durations import durations

COLUMNS = ["age", "sex", "ph.ecog"]
NAMES = ["(Intercept)", *COLUMNS]


def _design(lung: pd.DataFrame) -> npt.NDArray[np.float64]:
    return np.column_stack([np.ones(len(lung)), lung[COLUMNS].to_numpy(dtype=float)])


def _assert_estimates(fit: AFTFit, reference: dict[str, Any]) -> None:
    expected = [reference["coef"][name] for name in NAMES]
    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-6)
    assert fit.scale == pytest.approx(reference["scale"], rel=1e-6)
    assert fit.loglik == pytest.approx(reference["loglik"], rel=1e-9)


@pytest.mark.parametrize("family", ["weibull", "lognormal", "loglogistic", "exponential"])
def test_right_censored(family: str, lung: pd.DataFrame, lung_in_r: dict[str, Any]) -> None:
    time = lung["time"].to_numpy(dtype=float)
    y = durations(time, np.where(lung["status"] == 1, time, np.inf))
    fit = fit_aft(_design(lung), y, family, names=NAMES)
    reference = lung_in_r[f"aft_{family}"]
    _assert_estimates(fit, reference)
    # R names the scale's standard error last; the exponential has none.
    np.testing.assert_allclose(fit.standard_errors, list(reference["se"].values()), rtol=1e-4)


@pytest.mark.parametrize("family", ["weibull", "lognormal", "loglogistic"])
def test_interval_censored(family: str, lung: pd.DataFrame, lung_in_r: dict[str, Any]) -> None:
    time = lung["time"].to_numpy(dtype=float)
    event = (lung["status"] == 1).to_numpy()
    start = np.floor(time / 30) * 30
    y = durations(np.where(event, start, time), np.where(event, start + 30, np.inf))
    fit = fit_aft(_design(lung), y, family, names=NAMES)
    _assert_estimates(fit, lung_in_r[f"interval_{family}"])


@pytest.mark.parametrize("family", ["weibull", "lognormal"])
def test_overlapping_intervals(
    family: str, overlapping: pd.DataFrame, overlapping_in_r: dict[str, Any]
) -> None:
    y = durations(overlapping["lower"], overlapping["upper"])
    fit = fit_aft(np.ones((len(y), 1)), y, family, names=["(Intercept)"])
    reference = overlapping_in_r[family]
    assert fit.coefficients[0] == pytest.approx(reference["intercept"], rel=1e-6)
    assert fit.scale == pytest.approx(reference["scale"], rel=1e-6)
    assert fit.loglik == pytest.approx(reference["loglik"], rel=1e-9)
