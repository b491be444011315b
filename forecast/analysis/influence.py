r"""Which choice moves an answer most, everything else being equal.

Specifications that differ in one choice only form a group. In each group the answers at two levels are
compared, and their variance is taken. With :math:`V` the variance of all answers,

.. math:: \text{share}_c = E[\mathrm{Var}(P \mid \text{all choices but } c)] / V

which is the total index of Sobol': what would still vary if all other choices were settled. Where choices
interact the shares add to more than one.

References
----------
Homma and Saltelli (1996), Reliability Engineering and System Safety 52, 1-17.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd


def influence(
    table: pd.DataFrame, choices: Sequence[str], value: str = "by_headline"
) -> pd.DataFrame:
    """How far each choice moves the answer.

    Parameters
    ----------
    table : DataFrame
        One row a specification; those without an answer are left out.
    choices : sequence of str
        Columns that hold the choices.
    value : str
        Column of the answers.

    Returns
    -------
    DataFrame
        Index the choices that were varied, the strongest first; ``levels``; ``difference``: mean absolute
        difference between two levels; ``largest``: the largest one; ``share`` of the variance.
    """
    told = table.dropna(subset=[value])
    rows = {}
    for choice in choices:
        wide = _beside(told, choices, choice, value)
        pairs = [
            (wide[a] - wide[b]).abs().dropna().to_numpy() for a, b in combinations(wide.columns, 2)
        ]
        differences = np.concatenate(pairs) if pairs else np.empty(0)
        if not len(differences):
            continue
        compared = wide[wide.count(axis=1) > 1]
        every = compared.to_numpy().ravel()
        spread = float(np.nanvar(every))
        within = float(compared.var(axis=1, ddof=0).mean())
        rows[choice] = {
            "levels": wide.shape[1],
            "difference": float(differences.mean()),
            "largest": float(differences.max()),
            "share": within / spread if spread > 0 else 0.0,
        }
    columns = ["levels", "difference", "largest", "share"]
    found = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("choice")
    return found.sort_values("difference", ascending=False, kind="stable")


def shifts(
    table: pd.DataFrame, choices: Sequence[str], usual: pd.Series, value: str = "by_headline"
) -> pd.DataFrame:
    """How far each level moves the answer away from that at the usual level.

    Parameters
    ----------
    table, choices, value
        As for :func:`influence`.
    usual : Series
        Usual level by choice.

    Returns
    -------
    DataFrame
        Columns ``choice``, ``level``, ``shift`` (mean difference from the usual level, everything else
        equal), ``low`` and ``high`` (its extremes), ``pairs`` compared. The usual levels are left out.
    """
    told = table.dropna(subset=[value])
    rows = []
    for choice in choices:
        wide = _beside(told, choices, choice, value)
        if usual[choice] not in wide.columns:
            continue
        for level in wide.columns.drop(usual[choice]):
            moved = (wide[level] - wide[usual[choice]]).dropna()
            if len(moved):
                row = (choice, level, moved.mean(), moved.min(), moved.max(), len(moved))
                rows.append(row)
    return pd.DataFrame(rows, columns=["choice", "level", "shift", "low", "high", "pairs"])


def _beside(table: pd.DataFrame, choices: Sequence[str], choice: str, value: str) -> pd.DataFrame:
    """Answers with one column a level of a choice and one row a setting of all others."""
    others = [name for name in choices if name != choice]
    return table.pivot_table(value, others, choice, aggfunc="first", sort=False)
