"""State occupation probabilities equal survfit's, and errors statsmodels'."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from forecast.survival.aalen_johansen import aalen_johansen

_DATA = Path(__file__).parent / "data"


def test_pbc() -> None:
    pbc = pd.read_csv(_DATA / "pbc.csv")
    reference = json.loads((_DATA / "pbc_aj.json").read_text())
    found = aalen_johansen(pbc["time"], pbc["status"]).at(reference["time"])
    expected = [reference[state] for state in ("start", "transplant", "death")]
    np.testing.assert_allclose(found, expected, atol=1e-8)


def test_errors_next_to_those_of_statsmodels() -> None:
    from statsmodels.duration.survfunc import CumIncidenceRight

    pbc = pd.read_csv(_DATA / "pbc.csv")
    fit = aalen_johansen(pbc["time"], pbc["status"])
    theirs = CumIncidenceRight(pbc["time"].to_numpy(), pbc["status"].to_numpy())
    for k in (0, 1):
        knots = np.searchsorted(fit.times, theirs.times, side="right") - 1
        np.testing.assert_allclose(fit.ended[k, knots], theirs.cinc[k], atol=1e-10)
        # They use the Poisson variance of a step where we use the multinomial one.
        np.testing.assert_allclose(fit.ended_errors[k, knots], theirs.cinc_se[k], rtol=0.05)
