"""Means and skills with intervals that know which rows belong together."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import FloatArray, IntArray

SMALLEST_CELL = 20
"""Fewest rows for which a figure is given."""

LEVEL = 0.9
DRAWS = 2000


class Estimate(NamedTuple):
    """A figure with its interval and what it rests on.

    Attributes
    ----------
    value, lower, upper : float
        NaN where there is nothing to estimate it from.
    rows, missing : int
        Rows used, and rows left out for want of a score.
    clusters : int
        Clusters among the rows used: negotiations that are independent of one another.
    effective : float
        Their effective number, :func:`effective_number`.
    """

    value: float
    lower: float
    upper: float
    rows: int
    missing: int
    clusters: int
    effective: float


def related(cluster: Sequence[Hashable], parties: Sequence[Iterable[str]]) -> IntArray:
    """Label the rows that are no independent evidence of one another.

    Two rows belong together if they share a cluster of near-copies or have the same parties, and so
    do all that are joined by a chain of such pairs.

    Parameters
    ----------
    cluster : (n,) sequence
        Name of the cluster of near-copies; a negotiation without one has its own id.
    parties : (n,) sequence of iterables of str
        In any order.

    Returns
    -------
    (n,) array of int
        Labels from 0, in order of first appearance.

    Examples
    --------
    >>> related(["copies", "copies", "x"], [("JPN", "GBR"), ("JPN", "ITA"), ("ITA", "JPN")])
    array([0, 0, 0])
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    n = len(cluster)
    if len(parties) != n:
        raise DataError(f"{n} clusters and {len(parties)} sets of parties are not of one length.")
    if not n:
        return np.zeros(0, dtype=np.intp)
    keys = [("cluster", name) for name in cluster]
    keys += [("parties", frozenset(group)) for group in parties]
    place = {key: n + i for i, key in enumerate(dict.fromkeys(keys))}
    rows = np.tile(np.arange(n), 2)
    nodes = n + len(place)
    edges = coo_array((np.ones(2 * n), (rows, [place[key] for key in keys])), shape=(nodes, nodes))
    _, component = connected_components(edges, directed=False)
    _, first, label = np.unique(component[:n], return_index=True, return_inverse=True)
    result: IntArray = np.argsort(np.argsort(first))[label].astype(np.intp)
    return result


def effective_number(labels: npt.ArrayLike) -> float:
    r"""Effective number of independent clusters of n rows in clusters of sizes n_c.

    .. math:: \Big(\sum_c n_c\Big)^2 \Big/ \sum_c n_c^2

    Between 1 and the number of clusters, which it reaches where all are of one size. It supposes
    that rows of one cluster tell the same, and so errs on the side of caution.

    References
    ----------
    Kish (1965), Survey Sampling, section 11.7.
    """
    _, sizes = np.unique(np.asarray(labels), return_counts=True)
    return float(sizes.sum() ** 2 / np.sum(sizes.astype(np.float64) ** 2)) if len(sizes) else 0.0


def clustered_mean(
    values: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Mean of a score, with a percentile interval of a bootstrap over clusters.

    Parameters
    ----------
    values : (n,) array_like
        NaN where there is no score; such rows are left out and counted.
    labels : (n,) array_like
        Cluster of each row, as from :func:`related`.
    level : float
        Of the interval.
    draws, seed : int
        Of the bootstrap.

    Returns
    -------
    Estimate

    References
    ----------
    Field and Welsh (2007), doi:10.1111/j.1467-9868.2007.00593.x.
    """
    score = _column(values)
    return _estimate(
        np.column_stack([score, np.ones(len(score))]), labels, 0.0, 1.0, level, draws, seed
    )


def clustered_difference(
    values: npt.ArrayLike,
    baseline: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Skill of a logarithmic loss: mean of baseline - values, in nats; above 0 is better.

    Parameters are those of :func:`clustered_mean`; a row needs both losses.

    Examples
    --------
    >>> clustered_difference([1.0, 2.0], [2.0, 4.0], [0, 1]).value
    1.5
    """
    gain = _column(baseline) - _column(values)
    return clustered_mean(gain, labels, level=level, draws=draws, seed=seed)


def clustered_skill(
    values: npt.ArrayLike,
    baseline: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    level: float = LEVEL,
    draws: int = DRAWS,
    seed: int = 0,
) -> Estimate:
    """Skill of a positive loss: 1 - mean of values / mean of baseline; 1 is perfect, above 0 better.

    Parameters are those of :func:`clustered_mean`; a row needs both losses.

    Examples
    --------
    >>> clustered_skill([1.0, 2.0], [2.0, 4.0], [0, 1]).value
    0.5
    """
    losses = np.column_stack([_column(values), _column(baseline)])
    if (losses < 0).any():
        raise DataError("A relative skill needs losses that are not negative; take the difference.")
    return _estimate(losses, labels, 1.0, -1.0, level, draws, seed)


def blanked(estimate: Estimate, least: int = SMALLEST_CELL) -> Estimate:
    """Return the estimate without its figures, but with its counts, where it has too few rows."""
    if estimate.rows >= least:
        return estimate
    return estimate._replace(value=np.nan, lower=np.nan, upper=np.nan)


def _estimate(
    columns: FloatArray,
    labels: npt.ArrayLike,
    constant: float,
    sign: float,
    level: float,
    draws: int,
    seed: int,
) -> Estimate:
    """Estimate constant + sign * (sum of the first column / sum of the second)."""
    groups = np.asarray(labels)
    if groups.shape != (len(columns),):
        raise DataError(f"{len(columns)} scores need a cluster each, not {groups.shape}.")
    known = ~np.isnan(columns).any(axis=1)
    rows, missing = int(known.sum()), int((~known).sum())
    if not rows:
        return Estimate(np.nan, np.nan, np.nan, 0, missing, 0, 0.0)
    names, member = np.unique(groups[known], return_inverse=True)
    sums = np.zeros((len(names), 2))
    np.add.at(sums, member, columns[known])
    times = _multiplicities(len(names), draws, seed)
    found = constant + sign * _ratio(np.vstack([sums.sum(axis=0), times @ sums]))
    value, drawn = found[0], found[1:]
    tail = (1.0 - level) / 2.0
    lower, upper = (
        np.nanquantile(drawn, [tail, 1.0 - tail]) if not np.isnan(value) else (np.nan,) * 2
    )
    return Estimate(
        float(value),
        float(lower),
        float(upper),
        rows,
        missing,
        len(names),
        effective_number(member),
    )


@lru_cache(maxsize=8)
def _multiplicities(clusters: int, draws: int, seed: int) -> FloatArray:
    """How often each cluster is drawn, (draws, clusters); the cells of a table ask for the same ones."""
    shares = np.full(clusters, 1.0 / clusters)
    times = np.random.default_rng(seed).multinomial(clusters, shares, size=draws).astype(float)
    times.setflags(write=False)
    return times


def _ratio(sums: FloatArray) -> FloatArray:
    """First column over the second; NaN where that is 0."""
    bottom = np.where(sums[:, 1] > 0, sums[:, 1], np.nan)
    result: FloatArray = sums[:, 0] / bottom
    return result


def _column(values: npt.ArrayLike) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise DataError(f"Scores are one number a row, not of shape {array.shape}.")
    return array
