"""The figure of a belief: four curves, the analyst's dots, labels apart."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from forecast.drawing import beliefs, figure_of

AS_OF = date(2026, 6, 30)
SAID = [(date(2025, 5, 2), 0.5), (date(2026, 5, 2), 0.9)]
NAMES = ["your belief at launch", "your belief, still open", "the model", "both together"]


@pytest.fixture
def frame() -> pd.DataFrame:
    months = np.arange(0.0, 150.0)
    days = [date(2024, 5, 2) + timedelta(days=30.4375 * m) for m in months]
    columns = {
        name: np.where(months < 26 * (k > 0), np.nan, 0.9 - 0.01 * k)
        for k, name in enumerate(NAMES)
    }
    return pd.DataFrame({"date": days, "months": months, **columns})


def test_curves_dots_and_labels(frame: pd.DataFrame) -> None:
    ax = beliefs(frame, SAID, AS_OF)
    curves = [line for line in ax.lines if len(np.asarray(line.get_xdata())) == len(frame)]
    assert len(curves) == 4
    for k, line in enumerate(curves):
        assert np.nanmax(np.asarray(line.get_ydata(), float)) == pytest.approx(90.0 - k)
    dots = next(line for line in ax.lines if line.get_marker() == "o")
    assert np.asarray(dots.get_ydata()) == pytest.approx([50.0, 90.0])
    written = [text.get_text() for text in ax.texts]
    assert set(NAMES) < set(written)
    assert "as known on 30 Jun 2026" in written


def test_labels_keep_clear_of_one_another(frame: pd.DataFrame) -> None:
    ax = beliefs(frame, SAID, AS_OF)
    figure_of(ax).canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts if text.get_text() in NAMES]
    # The line that leads to a label is part of its extent: compare the text's height alone.
    centres = sorted(0.5 * (box.y0 + box.y1) for box in boxes)
    assert all(b - a > 3.0 for a, b in combinations(centres, 2))
    assert all(box.x1 <= figure_of(ax).bbox.x1 for box in boxes)
