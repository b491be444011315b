"""Fits equal those of SurPyval, lifelines and scikit-survival.

The figures are in data/peers, written by experiments/benchmarks/peer_fixtures.py.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from forecast.survival import NeverShare, durations, fit_aft
from forecast.survival.arrays import DurationArray
from forecast.survival.cox import fit_cox
from forecast.survival.splines import fit_spline
from forecast.survival.turnbull import turnbull

_PEERS = Path(__file__).parent / "data" / "peers"

Columns = dict[str, npt.NDArray[np.float64]]


def _fixture(name: str) -> tuple[Columns, list[dict[str, Any]]]:
    content = json.loads((_PEERS / f"{name}.json").read_text())
    data = {key: np.array(values, dtype=np.float64) for key, values in content["data"].items()}
    return data, content["fits"]


def _cases(*names: str) -> list[Any]:
    return [
        pytest.param(data, fit, id=f"{name}, {fit['model']}, {fit['library']}")
        for name in names
        for data, fits in [_fixture(name)]
        for fit in fits
    ]


def _design(data: Columns) -> npt.NDArray[np.float64]:
    return np.column_stack([np.ones_like(data["x1"]), data["x1"], data["x2"]])


def _durations(data: Columns) -> DurationArray:
    entry = data.get("entry", np.zeros(1))
    if "lower" in data:
        return durations(data["lower"], data["upper"], entry)
    upper = np.where(data["event"] > 0, data["time"], np.inf)
    return durations(data["time"], upper, entry)


@pytest.mark.parametrize(
    ("data", "peer"), _cases("delayed_entry", "interval_entry", "generalised_gamma")
)
def test_parametric_regression(data: Columns, peer: dict[str, Any]) -> None:
    names = peer["names"]
    fit = fit_aft(_design(data), _durations(data), peer["model"], names=names[:3])
    assert list(fit.names) == names
    np.testing.assert_allclose(fit.theta, peer["estimates"], rtol=1e-6)
    np.testing.assert_allclose(fit.standard_errors, peer["standard_errors"], rtol=1e-4)
    assert fit.loglik == pytest.approx(peer["loglik"], rel=1e-9)


@pytest.mark.parametrize(("data", "peer"), _cases("never_share"))
def test_never_share(data: Columns, peer: dict[str, Any]) -> None:
    ones = np.ones((len(data["time"]), 1))
    fit = fit_aft(ones, _durations(data), peer["model"], never=NeverShare(), names=["Intercept"])
    never = 1.0 / (1.0 + np.exp(-fit.parameter("never: Intercept")))
    found = [fit.parameter("Intercept"), fit.log_scale, never]
    # Where the peers' optimisers stopped: their likelihoods are below ours by under 1e-9 of them.
    np.testing.assert_allclose(found, peer["estimates"], rtol=1e-5)
    assert fit.loglik == pytest.approx(peer["loglik"], rel=1e-9)


@pytest.mark.parametrize(("data", "peer"), _cases("spline"))
def test_spline(data: Columns, peer: dict[str, Any]) -> None:
    y = _durations(data)
    fit = fit_spline(np.empty((len(y), 0)), y, knots=peer["knots"])
    survival = fit.curves(np.empty((1, 0)), [0.0, *peer["times"]]).survival[0, 1:]
    assert fit.loglik == pytest.approx(peer["loglik"], rel=1e-9)
    # SurPyval stops where the likelihood is flat to that: its curve is good to some six digits.
    np.testing.assert_allclose(survival, peer["survival"], atol=1e-6)


@pytest.mark.parametrize(("data", "peer"), _cases("turnbull"))
def test_turnbull(data: Columns, peer: dict[str, Any]) -> None:
    fit = turnbull(data["lower"], data["upper"])
    np.testing.assert_allclose(fit.curve.at(peer["times"])[0], peer["survival"], atol=1e-8)


@pytest.mark.parametrize(("data", "peer"), _cases("cox"))
def test_cox(data: Columns, peer: dict[str, Any]) -> None:
    x = np.column_stack([data["x1"], data["x2"]])
    if "penalty" in peer:
        fit = fit_cox(
            x, data["time"], data["event"], ties=peer["ties"], prior_precision=peer["penalty"]
        )
    else:
        fit = fit_cox(
            x,
            data["time"],
            data["event"],
            entry=data["entry"],
            strata=data["stratum"],
            ties=peer["ties"],
        )
        np.testing.assert_allclose(fit.standard_errors, peer["standard_errors"], rtol=1e-4)
        assert fit.loglik == pytest.approx(peer["loglik"], rel=1e-9)
    np.testing.assert_allclose(fit.coefficients, peer["estimates"], rtol=1e-6)
