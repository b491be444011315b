"""The reference data and figures that R gave."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

_DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def lung() -> pd.DataFrame:
    return pd.read_csv(_DATA / "lung.csv")


@pytest.fixture(scope="session")
def lung_in_r() -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((_DATA / "lung.json").read_text())
    return figures


@pytest.fixture(scope="session")
def overlapping() -> pd.DataFrame:
    return pd.read_csv(_DATA / "overlapping.csv")


@pytest.fixture(scope="session")
def overlapping_in_r() -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((_DATA / "overlapping.json").read_text())
    return figures
