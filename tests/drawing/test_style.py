"""How a figure is made and shown."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest
from matplotlib import pyplot

from forecast.drawing import figure_of, new_axes, shown


def test_a_figure_belongs_to_nobody_but_the_caller() -> None:
    ax = new_axes(100.0, 80.0)
    assert shown(ax) is ax
    assert pyplot.get_fignums() == []


def test_a_notebook_shows_a_figure_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
    pair = (new_axes(100.0, 80.0), new_axes(100.0, 80.0))
    try:
        assert shown(pair) is pair
        assert shown(list(pair)) == list(pair)
        assert len(pyplot.get_fignums()) == 1
        assert pyplot.gcf() is figure_of(pair[0])
    finally:
        pyplot.close("all")
