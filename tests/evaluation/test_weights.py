"""Weights of a pool: equal within the noise, capped, and blind to what was not yet known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.archive import Archive
from forecast.errors import DataError
from forecast.evaluation.backtest import backtest
from forecast.evaluation.scoring import score_rows
from forecast.evaluation.snapshot import SURVIVAL_COLUMNS, Setup
from forecast.evaluation.weights import (
    LARGEST,
    past_losses,
    pool_weights,
    weighted_pool,
    weights_over_time,
)
from forecast.timing import parse_clock

MEMBERS = ("lognormal-aft", "constant-hazard", "turnbull")
CLOCK = parse_clock("launch:signed")
DAYS = tuple(date(year, month, 1) for year in range(1998, 2006) for month in (1, 7))
LAST = "2005-07-01"


def noisy(*means: float, n: int = 40) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.array(means) + rng.normal(0.0, 0.5, (n, len(means)))


def test_members_within_two_standard_errors_share_equally() -> None:
    # The second is worse by 0.1 on average, with a standard error of 0.08.
    losses = np.column_stack([np.ones(40), np.tile([0.6, 1.6], 20), np.ones(40)])
    assert pool_weights(losses, np.arange(40)) == pytest.approx([1 / 3] * 3)


def test_a_member_that_is_clearly_worse_loses_its_weight_and_none_has_more_than_the_cap() -> None:
    assert pool_weights(noisy(2.0, 2.0, 4.0), np.arange(40)) == pytest.approx([0.5, 0.5, 0.0])
    weights = pool_weights(noisy(2.0, 4.0, 4.0), np.arange(40))
    assert weights[0] == LARGEST
    assert weights.sum() == pytest.approx(1.0)


def test_weights_follow_the_formula_between_equal_and_the_cap() -> None:
    # Just beyond two standard errors: 10 groups, mean 0.13, error 0.0527.
    losses = np.column_stack([np.ones(10), 1.13 + np.tile([-0.158, 0.158], 5)])
    error = np.sqrt(10 / 9 * 10 * 0.158**2) / 10
    raw = np.exp(-10 * (0.13 - 2 * error))
    found = pool_weights(losses, np.arange(10))
    assert 0.5 < found[0] < LARGEST
    assert found == pytest.approx([1 / (1 + raw), raw / (1 + raw)])


def test_repeated_forecasts_of_one_negotiation_are_one_piece_of_evidence() -> None:
    losses = noisy(2.0, 4.0, n=4)
    assert pool_weights(np.repeat(losses, 50, axis=0), np.repeat(np.arange(4), 50)) == (
        pytest.approx([0.5, 0.5])
    )


def test_nothing_known_yet_is_equal_weights() -> None:
    assert pool_weights(np.empty((0, 3)), np.empty(0)) == pytest.approx([1 / 3] * 3)
    missing = np.column_stack([np.full(40, np.nan), np.ones(40)])
    assert pool_weights(missing, np.arange(40)) == pytest.approx([0.5, 0.5])
    with pytest.raises(DataError, match="a group for each row"):
        pool_weights(np.ones((3, 2)), np.arange(2))


@pytest.fixture(scope="module")
def table(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    setup = Setup("event", MEMBERS, domains=("defence",))
    return backtest(archive, setup, DAYS, tmp_path_factory.mktemp("landmarks"))


@pytest.fixture(scope="module")
def weights(table: pd.DataFrame, archive: Archive) -> pd.DataFrame:
    return weights_over_time(table, archive, MEMBERS, CLOCK)


def altered_after(archive: Archive, day: date) -> Archive:
    """Archive in which everything that happened after a day came five years later."""

    def later(when: date) -> date:
        return when.replace(year=min(when.year + 5, 9999), day=min(when.day, 28))

    changed = {}
    for key, record in archive.items():
        milestones = tuple(
            replace(
                m,
                date=replace(m.date, earliest=later(m.date.earliest), latest=later(m.date.latest)),
            )
            if m.date.latest > day
            else m
            for m in record.milestones
        )
        changed[key] = replace(record, milestones=milestones)
    return replace(archive, negotiations=changed, complete=None)


def test_weights_begin_equal_and_move_with_what_is_known(weights: pd.DataFrame) -> None:
    assert weights.loc["1998-01-01"].to_numpy() == pytest.approx([1 / 3] * 3)
    assert weights["turnbull"].to_numpy(float)[-1] < 0.1
    assert weights.sum(axis=1).to_numpy() == pytest.approx(1.0)


def test_no_weight_sees_its_own_future(
    table: pd.DataFrame, archive: Archive, weights: pd.DataFrame
) -> None:
    for day in ("2002-01-01", LAST):
        cut = date.fromisoformat(day)
        altered = altered_after(archive, cut)
        # Whatever the table says of outcomes is not read either.
        blind = table.assign(lower=0.0, upper=1.0, unscored="", follow_up=999.0)
        known = blind[blind["landmark"] <= day]
        again = weights_over_time(known, altered, MEMBERS, CLOCK)
        pd.testing.assert_frame_equal(again, weights[weights.index <= day])
    # Alterations before the last landmark do show.
    before = weights_over_time(table, altered_after(archive, DAYS[4]), MEMBERS, CLOCK)
    assert not np.allclose(before.loc[LAST], weights.loc[LAST])
    assert np.allclose(before.loc[: str(DAYS[4])], weights.loc[: str(DAYS[4])])


def test_past_losses_count_what_was_known(table: pd.DataFrame, archive: Archive) -> None:
    day = date(2003, 1, 1)
    losses = past_losses(table, archive, MEMBERS, CLOCK, day)
    made = losses.index.get_level_values("landmark")
    assert (made < "2003-01-01").all()
    failures = {key for key, n in archive.items() if n.searched_for == "failure"}
    assert not failures.intersection(losses.index.get_level_values("id"))
    # Concluded by then: the score is that of the complete records, up to the cut of the last bin.
    final = score_rows(table).set_index(["model", "landmark", "id"])["log_score"]
    both = (
        losses["constant-hazard"].to_frame("then").join(final.loc["constant-hazard"], how="inner")
    )
    assert np.isclose(both["then"], both["log_score"], rtol=1e-6).any()
    assert not np.isclose(both["then"], both["log_score"], rtol=1e-6).all()


def test_a_weighted_pool_mixes_what_its_members_leave_open(
    table: pd.DataFrame, weights: pd.DataFrame
) -> None:
    pool = weighted_pool(table, weights, "learnt")
    assert list(pool.columns) == list(table.columns)
    row = pool[(pool["landmark"] == LAST)].iloc[0]
    own = table[(table["landmark"] == LAST) & (table["id"] == row["id"])].set_index("model")
    shares = weights.loc[LAST] * (1.0 - own["unseen"])
    expected = (shares / shares.sum()) @ own.loc[shares.index, list(SURVIVAL_COLUMNS)]
    assert row[list(SURVIVAL_COLUMNS)].to_numpy(float) == pytest.approx(expected.to_numpy(float))
    assert row["unseen"] == pytest.approx(weights.loc[LAST] @ own["unseen"].loc[list(MEMBERS)])
    assert len(pool) == len(table) / len(MEMBERS)
    assert np.isfinite(score_rows(pool)["log_score"]).all()
