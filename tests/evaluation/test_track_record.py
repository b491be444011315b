"""The track record: the cells that it keeps, how it is read, and the rules of its words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from math import inf, isnan, nan
from pathlib import Path

import pandas as pd
import pytest

import forecast
from forecast.errors import DataError
from forecast.evaluation.leaderboard import (
    CALIBRATION,
    CALIBRATION_OF_CLUSTERS,
    LOG_SKILL,
    ONCE,
    TWCRPS_SKILL,
    leaderboard,
)
from forecast.evaluation.leaderboard_text import p_value
from forecast.evaluation.scoring import score_rows
from forecast.evaluation.track_record import (
    COLUMNS,
    NO_RECORD,
    Line,
    TrackRecord,
    default_path,
    load_track_record,
    track_record,
)
from forecast.evaluation.track_record_text import (
    record_in_brief,
    record_sentence,
    verdict,
    years,
)
from forecast.prediction import Forecast
from tests.evaluation.test_leaderboard import table

HEADLINE = "hierarchical"

GAINS = {
    "kaplan-meier-family": Line(0.2, 0.1, 0.3, rows=41),
    "constant-hazard": Line(-0.2, -0.3, -0.1, rows=63),
    "lindy": Line(-0.05, -0.25, 0.24, rows=63),
    "officials": Line(rows=12),
}


def record(
    half: str = "development",
    score: float = 2.2,
    gains: dict[str, Line] = GAINS,
    held: float = 0.81,
    p: float = 0.4,
    together: float = nan,
) -> TrackRecord:
    """Track record by hand, of defence in strict mode."""
    first = "2010-01-01" if half == "development" else "2018-01-01"
    last = "2017-07-01" if half == "development" else "2026-01-01"
    lines = {
        "log_score": Line(score, 1.9, 2.5, 63, 0, 23, 14, first, last),
        "coverage": Line(held, 0.7, 0.9, rows=63),
        CALIBRATION: Line(p, rows=23),
        CALIBRATION_OF_CLUSTERS: Line(together, rows=23),
    } | {LOG_SKILL + base: line for base, line in gains.items()}
    key = ("strict", half, "defence", HEADLINE)
    return TrackRecord({(*key, measure): line for measure, line in lines.items()})


@pytest.fixture(scope="module")
def answer() -> Forecast:
    made = forecast.predict("jpn-phl-raa")
    return replace(made, model=HEADLINE)


@pytest.fixture(scope="module")
def cells() -> pd.DataFrame:
    """Cells of the leaderboard's own example, with the headline's name on a model."""
    found = table()
    rows = score_rows(found.assign(model=found["model"].replace("quick", HEADLINE)))
    return track_record(leaderboard(rows), rows)


def test_the_words_of_each_verdict() -> None:
    assert verdict(Line(0.2, 0.001, 0.4)) == "better"
    assert verdict(Line(-0.2, -0.4, -0.001)) == "worse"
    assert verdict(Line(0.2, 0.0, 0.4)) == "unclear"
    assert verdict(Line(-0.2, -0.4, 0.0)) == "unclear"
    assert verdict(Line()) == "untold"


def test_the_sentence_follows_from_the_figures(answer: Forecast) -> None:
    assert record_sentence(record(), answer) == (
        "On 63 past forecasts of 23 defence negotiations (2010 to 2017, the half that the models "
        "were developed on; with only what was known then) the model did better than the family's "
        "Kaplan-Meier curve (on 41 of them: gain 0.20 nats, 90 % interval 0.10 to 0.30), did worse "
        "than one constant rate (gain −0.20 nats, 90 % interval −0.30 to −0.10), showed no clear "
        "difference from Gott's rule (gain −0.05 nats, 90 % interval −0.25 to 0.24) and had too few "
        "forecasts in common to be compared with what officials said; its 80 % intervals held 81 %."
    )


def test_the_brief_follows_from_the_same_figures(answer: Forecast) -> None:
    text = record_in_brief(record(gains=dict.fromkeys(GAINS, GAINS["lindy"])), answer)
    assert text == (
        "Track record (development half, 2010 to 2017, 63 forecasts of defence talks): not clearly "
        "different from the family's Kaplan-Meier curve, one constant rate, Gott's rule and what officials "
        "said; 80 % intervals held 81 %."
    )
    assert "better than the family's" in record_in_brief(record(), answer)
    assert "worse than one constant rate" in record_in_brief(record(), answer)


def test_a_second_score_and_the_talks_with_japan_are_told_where_they_say_otherwise(
    answer: Forecast,
) -> None:
    second = {
        "kaplan-meier-family": Line(0.1, 0.01, 0.2),  # as by the first score
        "constant-hazard": Line(-0.1, -0.2, 0.1),
        "lindy": Line(-0.1, -0.2, -0.01),
        "officials": Line(),
    }
    with_japan = {
        "log_score": Line(2.1, rows=31),
        LOG_SKILL + "kaplan-meier-family": Line(-0.3, -0.5, -0.1),
        LOG_SKILL + "lindy": Line(-0.1, -0.5, 0.1),  # as of all defence
        LOG_SKILL + "officials": Line(),
    }
    lines = {("defence", TWCRPS_SKILL + base): line for base, line in second.items()}
    lines |= {("Japan", measure): line for measure, line in with_japan.items()}
    key = ("strict", "development")
    further = {(*key, scope, HEADLINE, measure): line for (scope, measure), line in lines.items()}
    both = TrackRecord({**record().lines, **further})
    assert (
        "; by a second score (twCRPS) it did worse than Gott's rule and showed no clear difference "
        "from one constant rate; on the 31 with Japan it did worse than the family's Kaplan-Meier "
        "curve; its 80 % intervals"
    ) in record_sentence(both, answer)
    assert (
        "; by a second score (twCRPS) worse than Gott's rule and not clearly different from one "
        "constant rate; on the 31 with Japan worse than the family's Kaplan-Meier curve; 80 %"
    ) in record_in_brief(both, answer)
    elsewhere = replace(answer, parties=("AUS", "FJI"))
    assert "with Japan" not in record_sentence(both, elsewhere)
    assert "twCRPS" in record_sentence(both, elsewhere)


def test_calibration_is_called_off_below_five_percent(answer: Forecast) -> None:
    for say in (record_sentence, record_in_brief):
        assert "; the calibration is off (D-calibration p 0.03)" in say(record(p=0.03), answer)
        both = say(record(p=0.03, together=0.04), answer)
        assert (
            "; the calibration is off (D-calibration p 0.03, with near-copies as one 0.04)" in both
        )
        copies = say(record(p=0.03, together=0.05), answer)
        assert (
            "; the calibration is off (D-calibration p 0.03) unless near-copies count as one (0.05)"
        ) in copies
        assert "calibration" not in say(record(p=0.05), answer)
        assert "calibration" not in say(record(p=nan), answer)
    assert [p_value(p) for p in (0.0, 0.004, 0.04)] == ["<0.001", "0.004", "0.04"]


def test_coverage_is_told_with_bounds_where_some_of_it_is_not_known_yet(answer: Forecast) -> None:
    key = ("strict", "development", "defence", HEADLINE)
    bounds = {"coverage, least": Line(0.72, rows=70), "coverage, most": Line(0.82, rows=70)}
    partly = TrackRecord({**record().lines, **{(*key, m): line for m, line in bounds.items()}})
    for say in (record_sentence, record_in_brief):
        assert "80 % intervals held 81 % of the 63 known, 72 to 82 % of all 70" in say(
            partly, answer
        )
        assert "known" not in say(record(), answer).partition("80 % intervals")[2]


def test_the_scored_half_counts_where_it_has_figures(answer: Forecast) -> None:
    early, late = record(), record("scored", held=0.66)
    both = TrackRecord({**early.lines, **late.lines})
    assert both.half == "scored"
    text = record_sentence(both, answer)
    assert "(2018 to 2026, the half kept back until the models were fixed;" in text
    assert "held 66 %" in text
    thin = record("scored", score=nan)
    assert TrackRecord({**early.lines, **thin.lines}).half == "development"


def test_cells_without_a_figure_give_none(answer: Forecast) -> None:
    gains = {**GAINS, "lindy": Line(rows=12)}
    text = record_sentence(record(gains=gains, held=nan), answer)
    assert (
        "had too few forecasts in common to be compared with Gott's rule and what officials said;"
    ) in text
    assert "80 % intervals have not been checked." in text
    assert "nan" not in text
    few = "Too few past forecasts have been scored for a track record."
    assert record_sentence(record(score=nan), answer) == few
    assert record_in_brief(record(score=nan), answer) == few


def test_without_a_record_it_is_said_that_there_is_none(answer: Forecast, tmp_path: Path) -> None:
    none = load_track_record(tmp_path / "track-record.csv")
    assert none == NO_RECORD
    for say in (record_sentence, record_in_brief):
        assert say(none, answer) == "No track record has been computed for these data."


def test_another_model_has_nothing_of_the_headline(answer: Forecast) -> None:
    text = record_sentence(record(), replace(answer, model="pool"))
    assert text == "No track record is kept of the model pool."


def test_what_the_record_does_not_cover_is_said(answer: Forecast) -> None:
    of_defence = "The record is of defence talks, and this case is none of them."
    for family, told in (
        ("raa", False), ("alliance", False), ("of my own", False),
        ("trade", True), ("wto_accession", True), ("arms_control_peace", True),
    ):  # fmt: skip
        text = record_sentence(record(), replace(answer, family=family))
        assert text.endswith(of_defence) == told
    text = record_sentence(record(), replace(answer, clock="launch:in_force"))
    assert text.endswith("The record is of the time from launch to signature.")


def test_outcomes_after_the_day_of_the_answer_are_confessed(answer: Forecast) -> None:
    then = replace(answer, as_of=date(2024, 5, 2))
    assert record_sentence(record(), then).endswith(
        "The outcomes that it rests on go beyond 2 May 2024."
    )
    assert "go beyond" not in record_sentence(record(), answer)


def test_intervals_without_an_end_are_counted_beside_what_they_held(answer: Forecast) -> None:
    key = ("strict", "development", "defence", HEADLINE, "unbounded")
    endless = TrackRecord({**record().lines, key: Line(0.667)})
    for say in (record_sentence, record_in_brief):
        assert "80 % intervals held 81 % (67 % had no end)." in say(endless, answer)


def test_years_are_those_of_the_landmarks() -> None:
    assert years(Line(since="2010-01-01", until="2017-07-01")) == "2010 to 2017"
    assert years(Line(since="2010-01-01", until="2010-07-01")) == "2010"


def test_the_cells_kept_are_those_of_the_leaderboard(cells: pd.DataFrame) -> None:
    assert tuple(cells.columns) == COLUMNS
    assert set(cells["model"]) == {HEADLINE, "lindy"}
    assert set(cells["scope"]) == {"defence", "Japan"}
    skills = cells[cells["measure"].str.startswith(LOG_SKILL)]
    assert set(skills["model"]) == {HEADLINE}
    line = cells[(cells["scope"] == "Japan") & (cells["measure"] == LOG_SKILL + "lindy" + ONCE)]
    assert line[["rows", "negotiations", "since", "until"]].to_numpy().tolist() == [
        [25, 25, "2010-01-01", "2012-01-01"]
    ]
    assert not cells.duplicated(["mode", "half", "scope", "model", "measure"]).any()


def test_it_is_read_as_it_was_written(cells: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "track-record.csv"
    unbounded = cells["measure"] == "median width"
    cells = cells.assign(value=cells["value"].mask(unbounded, inf))
    cells.sample(frac=1, random_state=1).to_csv(path, index=False)
    read = load_track_record(path)
    assert len(read.lines) == len(cells)
    for row in cells.to_dict("records"):
        mode, half, scope, model, measure = (str(row[name]) for name in COLUMNS[:5])
        line = read.lines[mode, half, scope, model, measure]
        assert line.value == pytest.approx(row["value"], nan_ok=True)
        assert [line.rows, line.clusters, line.until] == [
            row[name] for name in ("rows", "clusters", "until")
        ]
    assert read.line("strict", "defence", HEADLINE, "median width").value == inf
    assert isnan(read.line("strict", "defence", "cox", "log_score").value)


def test_the_same_cells_give_the_same_bytes_in_any_order(cells: pd.DataFrame) -> None:
    found = table()
    rows = score_rows(found.assign(model=found["model"].replace("quick", HEADLINE)))
    board = leaderboard(rows).sample(frac=1, random_state=2)
    again = track_record(board, rows)
    assert again.to_csv(index=False) == cells.to_csv(index=False)


def test_a_file_that_is_no_track_record_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "track-record.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(DataError, match="is no track record: its columns are not mode, half"):
        load_track_record(path)
    cells = ["strict", "scored", "defence", "lindy", "log_score", "x", "", "", *"1111", "", ""]
    path.write_text(f"{','.join(COLUMNS)}\n{','.join(cells)}\n", encoding="utf-8")
    with pytest.raises(DataError, match="line 2: a figure is no number"):
        load_track_record(path)


def test_the_record_of_the_checkout_gives_a_sentence(answer: Forecast) -> None:
    assert default_path().is_file()
    text = record_sentence(load_track_record(), answer)
    assert text.startswith("On ")
    assert "past forecasts" in text
    assert "nan" not in text
