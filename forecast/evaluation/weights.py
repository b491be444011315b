r"""Weights of a pool's members, learnt from nothing but scores that were known at the time.

At a landmark s a past forecast counts only if it was made at an earlier landmark, and its outcome is read
from the view as of s. With the mean loss :math:`\bar d_k` of member k above that of the best member, on the
rows that all have, its clustered standard error :math:`e_k` and C independent groups:

.. math:: w_k \propto \exp\big[-C \max(0, \bar d_k - 2 e_k)\big], \qquad w_k \le 0.6

so members that are not two standard errors apart share equally.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
import pandas as pd

from forecast.archive import FAILURE, Archive
from forecast.errors import DataError
from forecast.evaluation.landmarks import outcome_of
from forecast.evaluation.scoring import score_rows
from forecast.evaluation.snapshot import KEYS, SURVIVAL_COLUMNS
from forecast.prediction.conditioning import Remaining, mix
from forecast.prediction.grid import months_between
from forecast.survival.arrays import FloatArray
from forecast.timing import Clock

APART = 2.0
"""Clustered standard errors by which a member must be worse to lose weight."""

LARGEST = 0.6
"""No member weighs more."""

FEWEST_GROUPS = 5
"""With fewer independent groups of past negotiations the weights stay equal."""


def pool_weights(losses: npt.ArrayLike, groups: npt.ArrayLike) -> FloatArray:
    """Weights of members from their past losses.

    Parameters
    ----------
    losses : (n, k) array_like
        Log losses of k members; rows in which one is missing are left out.
    groups : (n,) array_like
        Rows of one group are no independent evidence.

    Returns
    -------
    (k,) array
        Sums to 1.
    """
    table, labels = np.asarray(losses, dtype=np.float64), np.asarray(groups)
    if table.ndim != 2 or labels.shape != (len(table),):
        raise DataError("Weights need losses (n, k) and a group for each row.")
    whole = np.isfinite(table).all(axis=1)
    table, labels = table[whole], labels[whole]
    equal = np.full(table.shape[1], 1.0 / table.shape[1])
    names, member = np.unique(labels, return_inverse=True)
    if len(names) < FEWEST_GROUPS:
        return equal
    worse = table - table[:, [int(np.argmin(table.mean(axis=0)))]]
    distance = worse.mean(axis=0)
    sums = np.zeros((len(names), table.shape[1]))
    np.add.at(sums, member, worse - distance)
    correction = len(names) / (len(names) - 1.0)
    error = np.sqrt(correction * np.sum(sums**2, axis=0)) / len(table)
    raw = np.exp(-len(names) * np.maximum(0.0, distance - APART * error))
    return _capped(raw / raw.sum())


def _capped(weights: FloatArray) -> FloatArray:
    """Weights of which none is above :data:`LARGEST`: what is above it goes to the others in proportion."""
    if len(weights) * LARGEST < 1.0 or weights.max() <= LARGEST:
        return weights
    best = int(np.argmax(weights))
    others = np.delete(weights, best)
    share = others / others.sum() if others.sum() > 0 else np.full(len(others), 1.0 / len(others))
    return np.insert((1.0 - LARGEST) * share, best, LARGEST)


def past_losses(
    table: pd.DataFrame, archive: Archive, members: Sequence[str], clock: Clock, landmark: date
) -> pd.DataFrame:
    """Log losses of the members' earlier forecasts, by the outcomes known at a landmark.

    Parameters
    ----------
    table : DataFrame
        As from :func:`~forecast.evaluation.backtest.backtest`, of one mode. Its outcome columns are not
        read.
    archive : Archive
        The complete records; only the view as of the landmark is read.
    members : sequence of str
    clock : Clock
    landmark : datetime.date

    Returns
    -------
    DataFrame
        Index landmark and id, a column a member and ``group``. Without negotiations that are in the data
        because they failed, for that is known in hindsight only.
    """
    earlier = (table["landmark"] < landmark.isoformat()) & table["model"].isin(members)
    rows = table[earlier & (table["searched_for"] != FAILURE)].copy()
    columns = [*members, "group"]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    view = archive.as_of(landmark, rows["mode"].iloc[0])
    asked = rows[["landmark", "id"]].drop_duplicates()
    known = {
        (day, key): outcome_of(view[key], clock, landmark, date.fromisoformat(day))
        for day, key in asked.itertuples(index=False)
    }
    found = [known[pair] for pair in zip(rows["landmark"], rows["id"], strict=True)]
    rows[["lower", "upper", "unscored"]] = pd.DataFrame(found, index=rows.index)
    rows["follow_up"] = [
        months_between(date.fromisoformat(day), landmark) for day in rows["landmark"]
    ]
    scored = score_rows(rows)
    losses = scored.pivot_table("log_score", ["landmark", "id"], "model")
    groups = scored.groupby(["landmark", "id"])["group"].first()
    return losses.reindex(columns=list(members)).assign(group=groups)


def weights_over_time(
    table: pd.DataFrame, archive: Archive, members: Sequence[str], clock: Clock
) -> pd.DataFrame:
    """Weights at every landmark of a table, each from what was known then.

    Returns
    -------
    DataFrame
        Index the landmark, a column a member.
    """
    rows = {}
    for day in sorted(table["landmark"].unique()):
        losses = past_losses(table, archive, members, clock, date.fromisoformat(day))
        rows[day] = pool_weights(losses[list(members)].to_numpy(float), losses["group"].to_numpy())
    return pd.DataFrame.from_dict(rows, orient="index", columns=list(members))


def weighted_pool(table: pd.DataFrame, weights: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of a pool whose members weigh what they did at each landmark.

    Parameters
    ----------
    table : DataFrame
        With the forecasts of the members.
    weights : DataFrame
        As from :func:`weights_over_time`.
    name : str
        Of the pool, in the column ``model``.

    Returns
    -------
    DataFrame
        Like the rows of one member. Where a member has no forecast the others share; where none has,
        there is no row.
    """
    told = table[table["model"].isin(weights.columns) & table["unseen"].notna()]
    made = [
        rows.iloc[0].to_dict() | {"model": name, "note": ""} | _mixed(rows, weights)
        for _, rows in told.groupby(["landmark", "domain", "id"], sort=True)
    ]
    pool = pd.DataFrame(made, columns=list(table.columns))
    return pool.sort_values(list(KEYS), ignore_index=True)


def _mixed(rows: pd.DataFrame, weights: pd.DataFrame) -> dict[str, object]:
    """Mixture of the members' rows of one negotiation at one landmark."""
    survival = rows[list(SURVIVAL_COLUMNS)].to_numpy(float)
    parts = [
        Remaining(float(unseen), curve, float(never))
        for unseen, curve, never in zip(rows["unseen"], survival, rows["never"], strict=True)
    ]
    shares = weights.loc[rows["landmark"].iloc[0]]
    mixed = mix(parts, np.array([shares[model] for model in rows["model"]]))
    columns = dict(zip(SURVIVAL_COLUMNS, mixed.survival, strict=True))
    return {"unseen": mixed.unseen, "never": mixed.never, **columns}
