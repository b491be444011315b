"""Reliability: of the forecasts that said p per cent, how many came true."""

from __future__ import annotations

import numpy as np
import pandas as pd

from forecast.evaluation.bootstrap import clustered_mean
from forecast.evaluation.outcomes import as_outcomes
from forecast.evaluation.scores import concluded_within
from forecast.evaluation.scoring import curves_of
from forecast.survival.arrays import FloatArray

EDGES = (0.0, 0.1, 0.25, 0.5, 0.75, 1.0)
"""Bins of the probability; few, for the negotiations are few."""

LEAST = 5
"""Fewest rows of a bin that is shown."""


def reliability(rows: pd.DataFrame, horizon: float, seed: int = 0) -> pd.DataFrame:
    """Stated probability and share that came true of a conclusion within a horizon, by bin.

    Parameters
    ----------
    rows : DataFrame
        Scored rows of one model.
    horizon : float
        Months; only landmarks that far before the vintage, and outcomes known at it, count.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        ``stated`` (mean), ``came_true`` with ``lower`` and ``upper`` (90 % interval of a bootstrap over
        related negotiations), ``rows`` and ``clusters``; bins of fewer than :data:`LEAST` rows are left
        out.
    """
    told = rows[rows["unseen"].notna() & (rows["follow_up"] >= horizon)]
    stated = 1.0 - curves_of(told).at(horizon)[:, 0] if len(told) else np.empty(0)
    outcomes = as_outcomes(told["lower"], told["upper"])
    true = concluded_within(outcomes, np.array([horizon]))[:, 0]
    known = ~np.isnan(true)
    return binned(stated[known], true[known], told["group"].to_numpy()[known], seed)


def binned(stated: FloatArray, true: FloatArray, groups: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """Stated probabilities and shares that came true, by bin.

    Parameters
    ----------
    stated : (n,) array
        Probabilities.
    true : (n,) array
        1 or 0.
    groups : (n,) array
        Rows of one group are related.
    seed : int
        Of the bootstrap.

    Returns
    -------
    DataFrame
        As of :func:`reliability`.
    """
    home = np.clip(np.searchsorted(EDGES, stated, side="right") - 1, 0, len(EDGES) - 2)
    lines = []
    for place in np.unique(home):
        held = home == place
        if held.sum() < LEAST:
            continue
        share = clustered_mean(true[held], groups[held], seed=seed)
        lines.append(
            (stated[held].mean(), share.value, share.lower, share.upper, share.rows, share.clusters)
        )
    columns = ["stated", "came_true", "lower", "upper", "rows", "clusters"]
    return pd.DataFrame(lines, columns=columns)
