"""Forecasts and outcomes whose scores other software gave."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray


@pytest.fixture(scope="session")
def peers() -> dict[str, Any]:
    text = (Path(__file__).parent / "data/peers.json").read_text(encoding="utf-8")
    figures = json.loads(text)
    return {
        key: np.array(value) if isinstance(value, list) else value for key, value in figures.items()
    }


@pytest.fixture(scope="session")
def exponential(peers: dict[str, Any]) -> SurvivalCurves:
    """Constant hazards, on two knots and a tail."""
    rate = peers["rate"]
    survival = np.column_stack([np.ones(len(rate)), np.exp(-rate)])
    return SurvivalCurves(np.array([0.0, 1.0]), survival, np.zeros(len(rate)), "log-linear")


@pytest.fixture(scope="session")
def upper(peers: dict[str, Any]) -> FloatArray:
    """Upper bounds of the outcomes of which ``time`` is the lower one."""
    bounds: FloatArray = np.where(peers["event"], peers["time"], np.inf)
    return bounds
