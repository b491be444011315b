"""Cox regression equals coxph's."""

from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest

from forecast.survival.concordance import concordance
from forecast.survival.cox import fit_cox

COLUMNS = ["age", "sex", "ph.ecog"]


def _design(lung: pd.DataFrame) -> npt.NDArray[np.float64]:
    return lung[COLUMNS].to_numpy(dtype=float)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_ties(
    ties: Literal["efron", "breslow"], lung: pd.DataFrame, lung_in_r: dict[str, Any]
) -> None:
    reference = lung_in_r[f"cox_{ties}"]
    fit = fit_cox(_design(lung), lung["time"], lung["status"], ties=ties, names=COLUMNS)
    expected = [reference["coef"][name] for name in COLUMNS]
    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-6)
    assert fit.loglik == pytest.approx(reference["loglik"], rel=1e-9)
    errors = [reference["se"][name] for name in COLUMNS]
    np.testing.assert_allclose(fit.standard_errors, errors, rtol=1e-8)
    baseline = fit.baseline
    knots = np.searchsorted(baseline.times, reference["basehaz_time"], side="right") - 1
    np.testing.assert_allclose(baseline.cumulative_hazard[knots], reference["basehaz"], rtol=1e-8)
    agreement = concordance(_design(lung) @ fit.coefficients, lung["time"], lung["status"])
    assert agreement.share == pytest.approx(reference["concordance"], abs=1e-9)


def test_delayed_entry(lung: pd.DataFrame, lung_in_r: dict[str, Any]) -> None:
    reference = lung_in_r["cox_left_truncated"]
    fit = fit_cox(_design(lung), lung["time"], lung["status"], entry=lung["time"] / 3)
    expected = [reference["coef"][name] for name in COLUMNS]
    np.testing.assert_allclose(fit.coefficients, expected, rtol=1e-6)
    assert fit.loglik == pytest.approx(reference["loglik"], rel=1e-9)
