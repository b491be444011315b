r"""Sums over the risk sets of a partial likelihood, by sorting once and cumulating.

Rows are kept in order of stratum and, within it, of falling time, so that the rows that have not
left by an event time are a prefix of their stratum; those that enter later are a prefix of a second
order, by falling entry, and are taken off.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.survival.arrays import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class RiskSets:
    r"""Sorted rows, event groups and the terms of the partial likelihood.

    A group is a stratum and an event time; it has as many terms as events. The l-th of a group of
    d events (l from 0) divides by :math:`\phi = S_0 - f D_0`, where :math:`S_0` sums the risks of
    the risk set entry :math:`< t \le` time, :math:`D_0` those of the events, and :math:`f = l / d`
    for Efron's ties, 0 for Breslow's.

    Attributes
    ----------
    order : (n,) int array
        Position of each sorted row among the rows given.
    stratum : (n,) int array
        Stratum of the sorted rows, from 0.
    stratum_starts : (g,) int array
        First sorted row of each stratum.
    event : (n,) bool array
        Events of the sorted rows.
    weights : (n,) array
        Case weights of the sorted rows.
    group_stratum, group_time : (k,) arrays
        Stratum and time of each group, times falling within a stratum.
    group_size : (k,) int array
        Sorted rows up to the last that has not left by the group's time.
    event_group : (e,) int array
        Group of each event, in the order of the sorted rows.
    fraction, term_weight : (e,) arrays
        f of each term, and its weight: the mean weight of the group's events.
    first_group, past_group : (n,) int arrays
        A row is in the risk sets of the groups from `first_group` to before `past_group`.
    entry_order, entered_later : (n,) and (k,) int arrays, or None
        Rows by stratum and falling entry, and for each group how many of them are yet to enter.
    """

    order: IntArray
    stratum: IntArray
    stratum_starts: IntArray
    event: BoolArray
    weights: FloatArray
    group_stratum: IntArray
    group_time: FloatArray
    group_size: IntArray
    event_group: IntArray
    fraction: FloatArray
    term_weight: FloatArray
    first_group: IntArray
    past_group: IntArray
    entry_order: IntArray | None
    entered_later: IntArray | None

    @classmethod
    def build(
        cls,
        time: FloatArray,
        event: BoolArray,
        entry: FloatArray | None,
        stratum: IntArray,
        weights: FloatArray,
        *,
        efron: bool,
    ) -> RiskSets:
        """Sort the rows; every array is (n,), strata are numbered from 0 without gaps."""
        given = [time] if entry is None else [time, entry]
        values, rank = np.unique(np.concatenate(given), return_inverse=True)
        span = len(values) + 1
        # Falls as time rises, and strata stay apart.
        key = (stratum + 1) * span - 1 - rank[: len(time)]
        order = np.argsort(key, kind="stable")
        key, event, weights = key[order], event[order], weights[order]
        stratum = stratum[order]
        starts = np.flatnonzero(np.diff(stratum, prepend=-1))

        event_key = key[event]
        group_key, event_group, count = np.unique(
            event_key, return_inverse=True, return_counts=True
        )
        within = np.arange(len(event_key)) - np.repeat(np.cumsum(count) - count, count)
        fraction = within / count[event_group] if efron else np.zeros(len(event_key))
        total = np.bincount(event_group, weights[event], len(group_key))
        group_stratum = group_key // span
        first_group = np.searchsorted(group_key, key)
        past_group = np.searchsorted(group_key, (stratum + 1) * span)
        entry_order = entered_later = None
        if entry is not None:
            entry_key = (stratum + 1) * span - 1 - rank[len(time) :][order]
            past_group = np.searchsorted(group_key, entry_key)
            entry_order = np.argsort(entry_key, kind="stable")
            entered_later = np.asarray(
                np.searchsorted(entry_key[entry_order], group_key, side="right")
            )
        return cls(
            order=order,
            stratum=stratum,
            stratum_starts=starts,
            event=event,
            weights=weights,
            group_stratum=group_stratum,
            group_time=values[(group_stratum + 1) * span - 1 - group_key],
            group_size=np.asarray(np.searchsorted(key, group_key, side="right")),
            event_group=event_group,
            fraction=fraction,
            term_weight=(total / count)[event_group],
            first_group=first_group,
            past_group=past_group,
            entry_order=entry_order,
            entered_later=entered_later,
        )

    @property
    def has_ties(self) -> bool:
        """Whether any term takes a part of its events off."""
        return bool(self.fraction.any())

    def at_risk(self, values: FloatArray) -> FloatArray:
        """Add up row values (..., n) over the risk set of each group, (..., k)."""
        start = self.stratum_starts[self.group_stratum]
        sums = _cumulated(values)
        result = sums[..., self.group_size] - sums[..., start]
        if self.entry_order is not None and self.entered_later is not None:
            sums = _cumulated(values[..., self.entry_order])
            result -= sums[..., self.entered_later] - sums[..., start]
        return result

    def of_events(self, values: FloatArray) -> FloatArray:
        """Add up row values (..., n) over the events of each group, (..., k)."""
        chosen = values[..., self.event]
        starts = np.flatnonzero(np.diff(self.event_group, prepend=-1))
        return np.asarray(np.add.reduceat(chosen, starts, axis=-1))

    def by_group(self, terms: FloatArray) -> FloatArray:
        """Add up term values (e,) by group, (k,)."""
        return np.bincount(self.event_group, terms, len(self.group_time)).astype(np.float64)

    def over_groups(self, groups: FloatArray) -> FloatArray:
        """Add up group values (k,) over the groups in whose risk set a row is, (n,)."""
        # From the earliest time on, so that the early sums are exact.
        later = np.append(np.cumsum(groups[::-1])[::-1], 0.0)
        result: FloatArray = later[self.first_group] - later[self.past_group]
        return result


def _cumulated(values: FloatArray) -> FloatArray:
    """Add up what is before each position of the last axis, (..., n + 1), the first 0."""
    result = np.zeros((*values.shape[:-1], values.shape[-1] + 1))
    np.cumsum(values, axis=-1, out=result[..., 1:])
    return result
