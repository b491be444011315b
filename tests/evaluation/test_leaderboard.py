"""The leaderboard: its figures by hand, its cells, and what it does not show."""

from __future__ import annotations

from datetime import date
from math import isnan
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.evaluation.leaderboard import (
    CALIBRATION,
    CALIBRATION_OF_CLUSTERS,
    CELL,
    CONCORDANCE,
    LOG_SKILL,
    ONCE,
    TWCRPS_SKILL,
    WEIGHTED,
    cells,
    leaderboard,
    left_out,
)
from forecast.evaluation.leaderboard_text import leaderboard_text
from forecast.evaluation.reliability import reliability
from forecast.evaluation.scoring import mean_by_year, score_rows
from forecast.evaluation.snapshot import MONTHS, SURVIVAL_COLUMNS

RATES = {"lindy": 0.02, "quick": 0.10, "slow": 0.01}
N = 30


def table(**changes: Any) -> pd.DataFrame:
    """Thirty negotiations, each concluded after k + 1 months; models of a constant rate."""
    rows = []
    for model, rate in RATES.items():
        for k in range(N):
            row = {
                "landmark": f"{2010 + k % 3}-01-01",
                "mode": "strict",
                "domain": "defence",
                "model": model,
                "id": f"n{k}",
                "family": "raa",
                "parties": f"JPN;P{k}" if k < 25 else f"AUS;P{k}",
                "cluster": f"n{k}",
                "searched_for": "",
                "new": k % 2 == 0,
                "elapsed": 5.0,
                "note": "",
                "unseen": 0.01,
                "never": 0.0,
                "lower": k + 1.0,
                "upper": k + 1.0,
                "unscored": "",
                "follow_up": 200.0,
            }
            survival = dict(zip(SURVIVAL_COLUMNS, np.exp(-rate * MONTHS), strict=True))
            rows.append({**row, **survival})
    return pd.DataFrame(rows).assign(**changes)


def figure(board: pd.DataFrame, model: str, measure: str, **cell: str) -> pd.Series:
    chosen = {"scope": "defence", "sample": "headline", "question": "open", **cell}
    found = board
    for column, value in {**chosen, "model": model, "measure": measure}.items():
        found = found[found[column] == value]
    assert len(found) == 1
    return found.iloc[0]


@pytest.fixture(scope="module")
def board() -> pd.DataFrame:
    return leaderboard(score_rows(table()))


def bin_loss(k: int, rate: float) -> float:
    """Log loss of a conclusion after k + 1 months, the nine bins written out."""
    edges = [0, 3, 6, 12, 18, 24, 36, 60, 120]
    after = next(i for i, edge in enumerate([*edges[1:], 1e9]) if k + 1 <= edge)
    mass = np.exp(-rate * edges[after]) - np.exp(-rate * edges[after + 1])
    return float(-np.log(0.99 * mass + 0.01 / 9))


def test_mean_losses_and_gains_by_hand(board: pd.DataFrame) -> None:
    losses = {name: np.mean([bin_loss(k, rate) for k in range(N)]) for name, rate in RATES.items()}
    for name, loss in losses.items():
        assert figure(board, name, "log_score")["value"] == pytest.approx(loss)
    gain = figure(board, "quick", LOG_SKILL + "lindy")
    assert gain["value"] == pytest.approx(losses["lindy"] - losses["quick"])
    assert gain["lower"] < gain["value"] < gain["upper"]
    ratio = figure(board, "quick", "twcrps")["value"] / figure(board, "lindy", "twcrps")["value"]
    assert figure(board, "quick", TWCRPS_SKILL + "lindy")["value"] == pytest.approx(1 - ratio)
    brier = np.mean([(1 - np.exp(-1.2) - (k + 1 <= 12)) ** 2 for k in range(N)])
    assert figure(board, "quick", "brier_12")["value"] == pytest.approx(brier)


def test_interval_and_width_by_hand(board: pd.DataFrame) -> None:
    # The 80 % interval of a rate of 0.1 runs from 1.05 to 23.03 months, up to the grid's curve.
    assert figure(board, "quick", "coverage")["value"] == pytest.approx(22 / 30)
    width = figure(board, "quick", "median width")["value"]
    assert width == pytest.approx(np.log(9) / 0.1, rel=1e-6)
    assert figure(board, "quick", "unbounded")["value"] == 0.0
    assert figure(board, "slow", CALIBRATION)["value"] < 0.01
    assert figure(board, "slow", CALIBRATION_OF_CLUSTERS)["value"] < 0.01


def test_coverage_has_bounds_for_what_is_not_known_yet() -> None:
    # Open at the end, 20 months on: whether 23.03 months will hold is not known of the first three.
    rows = table()
    open_ = rows["id"].isin(rows["id"].unique()[:3])
    rows.loc[open_, ["lower", "upper"]] = [20.0, np.inf]
    found = leaderboard(score_rows(rows))
    known = figure(found, "quick", "coverage")
    held = known["value"] * known["rows"]
    assert known["rows"] == 27
    least, most = (figure(found, "quick", f"coverage, {name}") for name in ("least", "most"))
    assert least["value"] == pytest.approx(held / 30)
    assert most["value"] == pytest.approx((held + 3) / 30)


def test_calibration_of_near_copies_that_come_about_together() -> None:
    alike = leaderboard(score_rows(table().assign(cluster="one")))
    assert figure(alike, "slow", CALIBRATION)["value"] < 0.01
    assert figure(alike, "slow", CALIBRATION_OF_CLUSTERS)["value"] > 0.2


def test_cells_are_those_asked_for(board: pd.DataFrame) -> None:
    assert figure(board, "slow", "log_score", scope="Japan")["rows"] == 25
    assert figure(board, "slow", "log_score", scope="all")["rows"] == 30
    assert set(board["scope"]) == {"defence", "Japan", "all"}
    new = figure(board, "slow", "log_score", question="new")
    assert (new["rows"], isnan(new["value"])) == (15, True)
    assert set(board["half"]) == {"development"}


def test_the_halves_stay_apart() -> None:
    late = [f"{2016 + k % 3}-01-01" for k in range(N)] * len(RATES)
    rows = score_rows(table(landmark=late))
    found = {
        half: set(part["landmark"])
        for (_, half, scope, _, question), part in cells(rows)
        if (scope, question) == ("all", "open")
    }
    assert found == {"development": {"2016-01-01", "2017-01-01"}, "scored": {"2018-01-01"}}


def test_failures_searched_for_are_in_the_other_sample_only() -> None:
    searched = ["failure" if k < 5 else "" for k in range(N)] * len(RATES)
    board = leaderboard(score_rows(table(searched_for=searched)))
    assert figure(board, "slow", "log_score")["rows"] == 25
    assert figure(board, "slow", "log_score", sample="with failures")["rows"] == 30


def test_related_negotiations_count_as_one_cluster() -> None:
    clusters = ["copies" if k < 10 else f"n{k}" for k in range(N)] * len(RATES)
    line = figure(leaderboard(score_rows(table(cluster=clusters))), "slow", "log_score")
    assert (line["rows"], line["negotiations"], line["clusters"]) == (30, 30, 21)


def test_a_slow_negotiation_counts_once_where_each_does() -> None:
    # Five of the landmarks of n29 beside one of each other.
    again = [table()[lambda t: t["id"] == "n29"].assign(landmark=f"201{k}-07-01") for k in range(5)]
    slow = leaderboard(score_rows(pd.concat([table(), *again], ignore_index=True)))
    gains = np.array([bin_loss(k, 0.02) - bin_loss(k, 0.10) for k in range(N)])
    once = figure(slow, "quick", LOG_SKILL + "lindy" + ONCE)
    assert (once["rows"], figure(slow, "quick", LOG_SKILL + "lindy")["rows"]) == (30, 35)
    assert once["value"] == pytest.approx(gains.mean())
    weighted = (gains.sum() + 5 * gains[29]) / 35
    assert figure(slow, "quick", LOG_SKILL + "lindy")["value"] == pytest.approx(weighted)
    assert weighted < gains.mean()


def test_a_model_is_compared_where_both_have_a_forecast() -> None:
    mute = (table()["model"] == "lindy") & table()["id"].isin([f"n{k}" for k in range(8)])
    broken = table()
    broken.loc[mute, ["unseen", "never", *SURVIVAL_COLUMNS]] = np.nan
    broken.loc[mute, "note"] = "3 concluded cases are too few"
    board = leaderboard(score_rows(broken))
    gain = figure(board, "quick", LOG_SKILL + "lindy")
    expected = np.mean([bin_loss(k, 0.02) - bin_loss(k, 0.10) for k in range(8, N)])
    assert (gain["rows"], gain["missing"]) == (22, 8)
    assert gain["value"] == pytest.approx(expected)
    counted = left_out(broken).set_index(["model", "reason"])["forecasts"]
    assert counted["lindy", "no forecast: ... concluded cases are too few"] == 8
    assert counted["all", "scored"] == 30


def test_outcomes_that_are_not_known_are_counted_and_not_scored() -> None:
    reasons = ["no source shows it" if k < 7 else "" for k in range(N)] * len(RATES)
    unknown = table(unscored=reasons)
    assert len(score_rows(unknown)) == 23 * len(RATES)
    counted = left_out(unknown).set_index(["model", "reason"])["forecasts"]
    assert (counted["all", "no source shows it"], counted["all", "scored"]) == (7, 23)


def test_the_text_fits_a_terminal_and_says_what_it_rests_on(board: pd.DataFrame) -> None:
    text = leaderboard_text(board)
    assert max(map(len, text.splitlines())) <= 80
    assert "30 forecasts of 30 negotiations, 30 independent" in text
    assert "Fewer than 20 forecasts: no figures." in text
    assert "lindy*" in text
    assert text.count("development half, strict mode\n") == len(board[list(CELL)].drop_duplicates())


def test_years_are_compared_on_rows_that_all_models_have() -> None:
    rows = score_rows(table())
    rows.loc[(rows["model"] == "slow") & (rows["id"] == "n0"), "log_score"] = np.nan
    means = mean_by_year(rows, "log_score")
    assert means["rows"].tolist() == [9, 10, 10]
    expected = np.mean([bin_loss(k, 0.1) for k in range(3, N, 3)])
    assert means["quick"].tolist()[0] == pytest.approx(expected)


def test_reliability_by_hand() -> None:
    rows = score_rows(table())
    rows = rows[rows["model"] == "quick"]
    frame = reliability(rows, 12.0)
    assert frame["stated"].tolist() == pytest.approx([1 - np.exp(-1.2)])
    assert frame["came_true"].tolist() == pytest.approx([12 / 30])
    assert (frame["rows"].tolist(), frame["clusters"].tolist()) == ([30], [30])
    assert frame["lower"].tolist()[0] < 0.4 < frame["upper"].tolist()[0]
    # Landmarks less than the horizon before the vintage do not count.
    assert reliability(rows.assign(follow_up=11.0), 12.0).empty


def test_halves_by_landmark() -> None:
    rows = score_rows(table(landmark=date(2018, 1, 1).isoformat()))
    assert set(rows["half"]) == {"scored"}


def test_concordance_is_of_pairs_at_one_landmark(board: pd.DataFrame) -> None:
    found = table()
    k = found["id"].str[1:].astype(int)
    # Right about every pair of a landmark, wrong about many of different ones.
    year = found["landmark"].str[:4].astype(int)
    rates = 0.05 / (1.0 + k) + 0.1 * (year - 2010)
    survival = np.exp(-rates.to_numpy()[:, np.newaxis] * MONTHS)
    own = found.assign(**dict(zip(SURVIVAL_COLUMNS, survival.T, strict=True)))
    ranked = leaderboard(score_rows(own))
    for name in CONCORDANCE:
        assert figure(ranked, "quick", name)["value"] == 1.0
        # One rate for all says of no pair which is first.
        assert figure(board, "quick", name)["value"] == 0.5


def test_rows_lost_before_a_horizon_are_made_up_for_and_counted(board: pd.DataFrame) -> None:
    assert not board["measure"].str.startswith(WEIGHTED).any()
    found = table()
    lost = found["id"].str[1:].astype(int) >= 20
    found.loc[lost, ["lower", "upper"]] = 10.0, np.inf
    line = figure(leaderboard(score_rows(found)), "quick", f"{WEIGHTED}12")
    # Of the 20 still open after 10 months 10 are lost then: each of the others counts twice.
    open_ = np.exp(-0.1 * 12)
    total = 10 * open_**2 + 2 * (2 * open_**2 + 8 * (1 - open_) ** 2)
    assert line["value"] == pytest.approx(total / N)
    assert (line["rows"], line["missing"]) == (N, 10)
