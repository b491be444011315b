"""From a table of forecasts and outcomes to one row of scores a forecast."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from forecast.errors import DataError
from forecast.evaluation.bootstrap import related
from forecast.evaluation.calibration import interval_covered
from forecast.evaluation.crps import twcrps
from forecast.evaluation.landmarks import half_of
from forecast.evaluation.scores import HORIZONS, brier_score, log_score
from forecast.evaluation.snapshot import MONTHS, SURVIVAL_COLUMNS
from forecast.survival import SurvivalCurves

BRIER_COLUMNS = tuple(f"brier_{horizon:g}" for horizon in HORIZONS)
SCORES = ("log_score", "twcrps", *BRIER_COLUMNS)
"""Losses of a row: small is good."""


def score_rows(table: pd.DataFrame) -> pd.DataFrame:
    """Score every forecast whose outcome is known.

    Parameters
    ----------
    table : DataFrame
        As from :func:`~forecast.evaluation.backtest.backtest`.

    Returns
    -------
    DataFrame
        The rows with an outcome, and the columns :data:`SCORES`, ``covered`` (by the 80 % interval; NaN
        where it is not known), ``half``, and ``group``: rows of one group are no independent evidence.
        Where a model had no forecast the scores are missing.

    Raises
    ------
    DataError
        If strict and event forecasts are mixed.
    """
    modes = table["mode"].unique()
    if len(modes) > 1:
        raise DataError("strict and event forecasts are never scored in one table")
    rows = table[table["unscored"] == ""].reset_index(drop=True)
    rows["half"] = [half_of(date.fromisoformat(day)) for day in rows["landmark"]]
    rows["group"] = _groups(rows)
    known = rows["unseen"].notna().to_numpy()
    told = rows[known]
    scores = np.full((len(rows), len(SCORES) + 1), np.nan)
    if len(told):
        curves, bounds = curves_of(told), (told["lower"].to_numpy(), told["upper"].to_numpy())
        follow_up = told["follow_up"].to_numpy()
        scores[known] = np.column_stack(
            [
                log_score(*bounds, curves, follow_up=follow_up),
                twcrps(*bounds, curves, follow_up=follow_up),
                brier_score(*bounds, curves, follow_up=follow_up),
                interval_covered(*bounds, curves),
            ]
        )
    return rows.join(pd.DataFrame(scores, columns=[*SCORES, "covered"]))


def curves_of(rows: pd.DataFrame) -> SurvivalCurves:
    """Forecasts of rows that have one, in months after their landmark."""
    survival = rows[list(SURVIVAL_COLUMNS)].to_numpy(float)
    # Rounding in the file may leave the never share a digit above the last survival.
    never = np.minimum(rows["never"].to_numpy(float), survival[:, -1])
    return SurvivalCurves(MONTHS, survival, never, "log-linear")


def mean_by_year(rows: pd.DataFrame, score: str) -> pd.DataFrame:
    """Mean score of each model over the landmarks of each year, on rows that all the models have.

    Returns
    -------
    DataFrame
        Index the year; a column a model, and ``rows``: forecasts that each mean is of.
    """
    wide = rows.pivot_table(score, ["landmark", "id"], "model").dropna()
    years = wide.index.get_level_values("landmark").str[:4].astype(int)
    means = wide.groupby(years).mean()
    means.columns.name = None
    return means.assign(rows=wide.groupby(years).size()).rename_axis("year")


def _groups(rows: pd.DataFrame) -> np.ndarray:
    """Label of the group of related negotiations that each row belongs to, (n,)."""
    each = rows.drop_duplicates("id")
    labels = related(each["cluster"].tolist(), [text.split(";") for text in each["parties"]])
    return rows["id"].map(dict(zip(each["id"], labels, strict=True))).to_numpy(dtype=np.intp)
