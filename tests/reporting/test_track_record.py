"""The track record in the report: sentence on the first page, table on the last, both as data."""

from __future__ import annotations

from collections.abc import Callable
from math import inf, nan
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from forecast.evaluation.leaderboard import CALIBRATION, CALIBRATION_OF_CLUSTERS, LOG_SKILL, ONCE
from forecast.evaluation.track_record import (
    MODELS_KEPT,
    NO_RECORD,
    Line,
    TrackRecord,
    load_track_record,
)
from forecast.evaluation.track_record_text import record_sentence
from forecast.prediction.forecast import Forecast
from forecast.reporting import write_report
from forecast.reporting.track_record import track_record_contents

REPORTS = Path(__file__).parents[2] / "reports"
COMMITTED = REPORTS / "jpn-fra-raa"
TRACK_RECORD = REPORTS / "backtest" / "track-record.csv"

SINCE, UNTIL = "2010-01-01", "2017-07-01"

ROWS = [
    ["Hierarchical, three tails", "63", "2.20", "18.0", "–", "–", "81 % (62 to 94)",
     "no end (67 %)", "0.04 / 0.04"],
    ["Kaplan-Meier, family", "22", "2.20", "18.0", "+0.06 (−0.28 to 0.48)",
     "+0.06 (−0.28 to 0.48)", "81 % (62 to 94)", "33 (0 %)", "0.04"],
    ["Constant rate", "63", "2.20", "18.0", "–", "–", "81 % (62 to 94)", "33 (0 %)", "0.04"],
    ["Gott/Lindy", "63", "2.20", "18.0", "–", "–", "81 % (62 to 94)", "33 (0 %)", "0.04"],
    ["What officials said", "63", "2.20", "18.0", "–", "–", "81 % (62 to 94)", "33 (0 %)", "0.04"],
]  # fmt: skip


def _lines(mode: str, scope: str, score: float = 2.2) -> dict[Any, Line]:
    lines: dict[Any, Line] = {}
    for model in MODELS_KEPT:
        n = 22 if model == "kaplan-meier-family" else 63
        headline = model == MODELS_KEPT[0]
        figures = {
            "log_score": Line(score, 1.9, 2.5, n, 0, 23, 14, SINCE, UNTIL),
            "twcrps": Line(18.04, 10.0, 20.0, n),
            "coverage": Line(0.81, 0.618, 0.9375, n),
            "median width": Line(inf if headline else 33.4, nan, nan, n),
            "unbounded": Line(0.667 if headline else 0.0, nan, nan, n),
            CALIBRATION: Line(0.0351, nan, nan, 23),
            CALIBRATION_OF_CLUSTERS: Line(0.0351 if headline else nan, nan, nan, 23),
        }
        lines |= {(mode, "development", scope, model, name): x for name, x in figures.items()}
    gain = Line(0.0601, -0.279, 0.477, 22)
    for once in ("", ONCE):
        name = LOG_SKILL + "kaplan-meier-family" + once
        lines[mode, "development", scope, MODELS_KEPT[0], name] = gain
    return lines


@pytest.fixture(scope="module")
def record() -> TrackRecord:
    """Defence in both modes; of talks with Japan too few for figures."""
    return TrackRecord(
        _lines("strict", "defence") | _lines("strict", "Japan", nan) | _lines("event", "defence")
    )


def test_headline_and_baselines_stand_in_one_table(
    make_forecast: Callable[..., Forecast], record: TrackRecord
) -> None:
    found = track_record_contents(make_forecast(model="hierarchical"), record)
    strict, japan, event = found["sections"]
    assert [row["cells"] for row in strict["rows"]] == ROWS
    assert [row["baseline"] for row in strict["rows"]] == [False, True, True, True, True]
    assert strict["title"] == (
        "Defence, only what was known then. 2010 to 2017, development half; "
        "23 negotiations, 14 independent"
    )
    assert (japan["rows"], japan["title"].endswith("fewer than 20 forecasts, no figures")) == (
        [],
        True,
    )
    assert event["title"].startswith("Defence, with hindsight")
    assert found["together"]
    few = {key: line for key, line in record.lines.items() if CALIBRATION_OF_CLUSTERS not in key}
    assert not track_record_contents(make_forecast(), TrackRecord(few))["together"]


def test_the_report_prints_sentence_and_table(
    make_forecast: Callable[..., Forecast], record: TrackRecord, tmp_path: Path
) -> None:
    forecast = make_forecast(model="hierarchical")
    paths = write_report(forecast, tmp_path / "one", record=record)
    first, *_, last = (" ".join(p.extract_text().split()) for p in PdfReader(paths[0]).pages)
    # A line may break after any hyphen.
    assert _tight(record_sentence(record, forecast)) in _tight(first)
    for head, *cells in ROWS:
        assert _tight(" ".join(cells)) in _tight(last[last.index(head) :])
    assert "with hindsight" in last
    assert "near-copies come about together" in last
    for words in (
        "Independent: near-copies and talks of the same parties count as one.",
        "Log score (nats): how little probability a forecast gave to what came about;",
        "twCRPS (months): how far it lay from it within ten years.",
    ):
        assert _tight(words) in _tight(last)
    again = write_report(forecast, tmp_path / "two", record=record)
    assert paths[0].read_bytes() == again[0].read_bytes()


def _tight(text: str) -> str:
    return "".join(text.split())


def test_technical_terms_are_explained_where_the_sentence_uses_them(
    make_forecast: Callable[..., Forecast], record: TrackRecord
) -> None:
    forecast = make_forecast(model="hierarchical")
    curve = "Kaplan-Meier curve: the share of the family's past talks still open at each age."
    gott = "Gott's rule: talks last about as long again as they have lasted."
    nats = (
        "Gain in nats: 0.1 is about a tenth more probability for what came about, 0.7 about twice as "
        "much."
    )
    copies = "Near-copies: talks on one model text or occasion, which end alike."
    calibration = (
        "D-calibration: did things come about as often as forecast? A p below 0.05 says no."
    )
    assert track_record_contents(forecast, record)["terms"] == [
        curve, gott, nats, copies, calibration,
    ]  # fmt: skip
    calm = {
        key: line._replace(value=0.5) if CALIBRATION in key else line
        for key, line in record.lines.items()
    }
    assert track_record_contents(forecast, TrackRecord(calm))["terms"] == [curve, gott, nats]
    assert track_record_contents(forecast, NO_RECORD)["terms"] == []


def test_the_explanations_fit_on_the_first_page(tmp_path: Path) -> None:
    forecast = Forecast.from_json((COMMITTED / "forecast.json").read_text(encoding="utf-8"))
    record = load_track_record(TRACK_RECORD)
    pages = PdfReader(write_report(forecast, tmp_path, record=record)[0]).pages
    first, second = (" ".join(page.extract_text().split()) for page in pages[:2])
    terms = track_record_contents(forecast, record)["terms"]
    assert len(terms) == 5
    assert _tight(" ".join(terms)) in _tight(first)
    assert "How the answer comes about" in second


def test_the_committed_report_carries_the_present_track_record() -> None:
    """``make report`` renews it, after each new backtest and each new wording."""
    forecast = Forecast.from_json((COMMITTED / "forecast.json").read_text(encoding="utf-8"))
    sentence = record_sentence(load_track_record(TRACK_RECORD), forecast)
    assert sentence.startswith("On ")
    first = PdfReader(COMMITTED / "report.pdf").pages[0].extract_text()
    assert _tight(sentence) in _tight(first)


def test_a_report_without_a_record_says_so(
    make_forecast: Callable[..., Forecast], tmp_path: Path
) -> None:
    forecast = make_forecast(model="hierarchical")
    path = write_report(forecast, tmp_path, record=NO_RECORD)[0]
    pages = [" ".join(page.extract_text().split()) for page in PdfReader(path).pages]
    for page in (pages[0], pages[-1]):
        assert "No track record has been computed for these data." in page


def test_a_model_name_from_a_file_is_never_markup(
    make_forecast: Callable[..., Forecast], hostile: str, record: TrackRecord, tmp_path: Path
) -> None:
    path = write_report(make_forecast(model=hostile), tmp_path, record=record)[0]
    first = PdfReader(path).pages[0].extract_text()
    verbatim = f"No track record is kept of the model {hostile}."
    assert _tight(verbatim) in _tight(first)
