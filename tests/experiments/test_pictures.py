"""What the experiments draw and write around the figures of the toolkit."""

from __future__ import annotations

import runpy
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib as mpl
import pandas as pd
import pytest
from matplotlib.figure import Figure

from experiments.headline_page import month_by_month, otherwise
from forecast.analysis.replay import Standing
from forecast.analysis.sensitivity import Sensitivity
from forecast.drawing import STYLE, cumulative
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


def test_the_headline_page_says_what_each_half_of_the_replay_knows() -> None:
    def stood(year: int, within: float, never: float) -> Standing:
        return Standing(date(year, 6, 30), within, 0.5, (), never, 0.1)

    history: Any = SimpleNamespace(
        past=(stood(2024, 0.45, 0.05), stood(2026, 0.47, 0.15)),
        ahead=(stood(2026, 0.46, 0.06), *[stood(2027, 0.42, 0.08)] * 12),
    )
    written = "\n".join(month_by_month(history))
    assert (
        "on 30 June 2026 it is 47 %. That reckons with talks that were signed or given up unseen by our "
        "sources. Were they seen open on that day, which rules out both, it would be 46 %; from there it "
        "falls to 42 % if they are seen still open on 30 June 2027"
    ) in written
    assert "never falls from 15 % to 6 %" in written


def test_the_headline_page_explains_the_assumptions_below_their_table() -> None:
    table = pd.DataFrame(
        {
            "assumption": ["as it stands", "miss rate", "miss rate"],
            "by_headline": [0.57, 0.53, 0.85],
            "note": "",
        }
    )
    question: Any = SimpleNamespace(view=SimpleNamespace(date=date(2026, 6, 30)))
    lines = otherwise(Sensitivity(question, table))
    row = lines.index("| miss rate | 2 | 53 % to 85 % |")
    assert lines[row + 2] == "Miss rate: chance that our search would have missed a conclusion."


def test_units_of_coefficients_come_from_the_register() -> None:
    units = runpy.run_path(str(EXPERIMENTS / "03_headline.py"))["units"]
    assert units(["log2_parties", "prior_pacts", "partner_type[US treaty ally]"]) == [
        "doublings of the number of parties",
        "number of kinds (0 to 3)",
        "1 if US treaty ally (reference: other)",
    ]


def test_posterior_checks_say_why_a_share_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    share = {"observed": 0.5, "observed_low": 0.3, "observed_high": 0.7, "made_up": 0.4}
    rows = [
        {"family": family, "months": months, "spells": 9, "longest": longest, **share}
        for family, longest in (("logistics", 70.0), ("alliance", 20.4))
        for months in (12, 24, 60)
        if months <= longest
    ]
    checks = pd.DataFrame(rows).assign(made_up_low=0.2, made_up_high=0.6, agrees=True)
    module = runpy.run_path(str(EXPERIMENTS / "posterior_checks.py"))
    assert module["too_long"](checks) == {"alliance": ([24, 60], 20.4)}
    assert (
        "- Alliances, 24 and 60 months: no share, for no spell was followed so long; the longest took or "
        "was followed 20.4 months.\n"
    ) in module["describe"](checks)
    figures: list[Figure] = []
    draw = module["draw"]
    inner = draw.__wrapped__.__globals__
    monkeypatch.setitem(inner, "save_figure", lambda figure, path: figures.append(figure))
    draw(checks, tmp_path / "unused.png")
    assert list(tmp_path.iterdir()) == []
    written = [[text.get_text() for text in ax.texts] for ax in figures[0].axes]
    reason = "none followed so long\n(longest: 20.4 months)"
    assert written == [[], [reason], [reason]]
    assert figures[0].axes[1].texts[0].get_position()[1] == 1


def test_both_answers_stand_in_the_house_style_with_their_days_clear_of_the_years() -> None:
    def answer(day: date) -> Any:
        rise = [k / 20.0 for k in range(20)]
        days = [date(day.year + k, day.month, 1) for k in range(20)]
        frame = pd.DataFrame({"date": days, "probability": rise})
        return SimpleNamespace(as_of=day, plot=lambda ax: cumulative(frame, ax=ax, as_of=day))

    days = (date(2024, 5, 2), date(2026, 6, 30))
    draw = runpy.run_path(str(EXPERIMENTS / "02_japan_france.py"))["draw"]
    figure = draw({(str(day), "documented"): answer(day) for day in days})
    figure.canvas.draw()
    assert [ax.get_xlabel() for ax in figure.axes] == [
        "as known on 2 May 2024",
        "as known on 30 June 2026",
    ]
    for ax in figure.axes:
        years = [text.get_window_extent().y0 for text in ax.texts if text.get_text().isdigit()]
        label = ax.xaxis.label.get_window_extent()
        assert 0.0 <= label.y0 < label.y1 < min(years)
        assert ax.yaxis.get_ticklabels()[0].get_fontsize() == STYLE["ytick.labelsize"]
        assert not ax.spines["right"].get_visible()
