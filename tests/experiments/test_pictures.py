"""What the experiments draw and write around the figures of the toolkit."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest

from forecast.drawing import STYLE
from forecast.models import MODELS, POOL_LABELS

EXPERIMENTS = Path(__file__).resolve().parents[2] / "experiments"


@pytest.fixture(scope="module")
def backtest() -> dict[str, Any]:
    return runpy.run_path(str(EXPERIMENTS / "04_backtest.py"))


def test_reliability_sets_the_headline_beside_both_baselines(
    backtest: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bins = pd.DataFrame(
        {"stated": [0.3], "came_true": [0.4], "lower": [0.2], "upper": [0.6], "rows": [7]}
    )
    draw = backtest["draw_reliability"]
    monkeypatch.setitem(draw.__globals__, "reliability_of", lambda rows, horizon: bins)
    labels = {name: entry.label for name, entry in MODELS.items()} | POOL_LABELS
    rows = pd.DataFrame({"model": ["lindy", "constant-hazard", "hierarchical", "officials"]})
    with mpl.rc_context(STYLE):
        figure = draw(rows, labels, "strict mode, scored half")
    assert [ax.get_title(loc="left") for ax in figure.axes] == [
        "Hierarchical, three tails",
        "Constant rate",
        "Gott/Lindy",
    ]
    written = " ".join(figure.texts[0].get_text().split())
    assert written.startswith("Defence, strict mode, scored half: a conclusion within 24 months.")
    assert "how many forecasts" in written
    assert written.endswith("Bins of fewer than 5 forecasts are left out.")
    figure.canvas.draw()
    top = figure.texts[0].get_window_extent().y1
    for ax in figure.axes:
        box = ax.get_tightbbox()
        assert box.y0 > top
        assert box.x0 > 0.0
        assert box.x1 < figure.bbox.x1
