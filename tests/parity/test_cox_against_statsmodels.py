"""Cox regression with strata and delayed entry equals statsmodels' PHReg."""

from typing import Literal

import numpy as np
import pytest

from forecast.survival.cox import fit_cox


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("stratified", [False, True])
@pytest.mark.parametrize("late", [False, True])
def test_equals_phreg(ties: Literal["efron", "breslow"], stratified: bool, late: bool) -> None:
    from statsmodels.duration.hazard_regression import PHReg

    rng = np.random.default_rng(4)
    n = 150
    x = rng.normal(size=(n, 2)) * [1.0, 10.0] + [0.0, 50.0]
    # Whole months, with an offset that keeps entries off the event times.
    time = np.ceil(rng.exponential(20.0 * np.exp(-0.5 * x[:, 0])))
    event = rng.random(n) < 0.7
    entry = np.floor(time * rng.uniform(0.0, 0.9, n)) + 0.5 if late else None
    if entry is not None:
        entry = np.where(entry < time, entry, 0.0)
    strata = rng.integers(0, 4, n) if stratified else None
    expected = PHReg(time, x, status=event, entry=entry, strata=strata, ties=ties).fit(disp=0)
    fit = fit_cox(x, time, event, entry=entry, strata=strata, ties=ties)
    np.testing.assert_allclose(fit.coefficients, expected.params, rtol=1e-6)
    np.testing.assert_allclose(fit.standard_errors, expected.bse, rtol=1e-6)
    assert fit.loglik == pytest.approx(expected.llf, rel=1e-9)
    assert len(fit.baselines) == (4 if stratified else 1)
