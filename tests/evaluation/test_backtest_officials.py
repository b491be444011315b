"""What officials said, in a backtest: its curves by hand, and its silence counted."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecast.archive import Archive
from forecast.evaluation.landmarks import half_years
from forecast.evaluation.leaderboard import leaderboard, left_out
from forecast.evaluation.leaderboard_text import leaderboard_text
from forecast.evaluation.scoring import score_rows
from forecast.evaluation.snapshot import MONTHS, SURVIVAL_COLUMNS, Setup, forecasts_at
from forecast.prediction.fitting import comparable_spells, fit_one

LANDMARK = date(2014, 1, 1)


def test_what_officials_said_answers_where_they_said_something(archive: Archive) -> None:
    setup = Setup("event", ("officials", "lindy"), domains=("defence",))
    found = forecasts_at(archive, setup, LANDMARK)
    view = archive.as_of(LANDMARK)
    table = comparable_spells(view, "launch:signed", "documented", "raa")
    rows = found[found["model"] == "officials"].set_index("id")
    promised = set(table.X.index[table.X["promised"].notna()])
    told = rows.index[rows["unseen"].notna()]
    assert set(told) == promised & set(rows.index)
    assert len(told) >= 1
    why = "no promise with a date or a number is known of"
    for key, note in rows["note"].drop(told).items():
        assert note == f"{why} {key!r}"
    model = fit_one("officials", table)
    assert not isinstance(model, str)
    mu, sigma = model.params_["Intercept"], np.exp(model.params_["log(scale)"])
    for key in told:
        case, age = table.X.loc[key], rows.loc[key, "elapsed"]
        since = age - case["said_at"] + MONTHS
        tail = stats.norm.sf(np.log((since + 1) / (case["promised"] + 1)), mu, sigma)
        expected = tail / tail[0]
        assert rows.loc[key, list(SURVIVAL_COLUMNS)].to_numpy(float) == pytest.approx(
            expected, abs=2e-3
        )


def test_a_table_counts_where_officials_said_nothing(archive: Archive) -> None:
    setup = Setup("event", ("officials", "lindy"), domains=("defence",))
    days = half_years("event", archive.vintage, "development")[-8:]
    found = pd.concat([forecasts_at(archive, setup, day) for day in days], ignore_index=True)
    scored = score_rows(found)
    board = leaderboard(scored)
    lines = board.query("measure == 'log_score' and scope == 'all' and question == 'open'")
    line = lines[lines["sample"] == "with failures"].set_index("model").loc["officials"]
    known = scored.loc[scored["model"] == "officials", "log_score"].notna()
    assert 1 <= known.sum() < 20
    assert (line["rows"], line["missing"]) == (known.sum(), (~known).sum())
    assert np.isnan(line["value"])
    text = leaderboard_text(board)
    assert max(map(len, text.splitlines())) <= 80
    assert "Against officials (90 % intervals); above 0 is better\nFewer than 20" in text
    reasons = left_out(found).query("model == 'officials'")["reason"].unique()
    assert list(reasons) == ["no forecast: no promise with a date or a number is known of ..."]
