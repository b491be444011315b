"""Curves of a reference class: what became of comparable negotiations, without a regression."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np
import pandas as pd

from forecast.errors import NotIdentifiedError
from forecast.models.base import DurationModel, event_rows, require_events, single_times
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.curves import Kind


class ReferenceClass(DurationModel):
    """Model that gives every case the curve of its reference class.

    A subclass writes ``_estimate``, the curve of one class.

    Parameters
    ----------
    within : {'all', 'family'}
        Reference class: all spells, or those of the case's own family.
    min_events : int
        Least number of conclusions in the class.
    """

    def __init__(self, within: str = "all", min_events: int = 2) -> None:
        self.within = within
        self.min_events = min_events

    @abstractmethod
    def _estimate(self, y: DurationArray, weights: FloatArray) -> SurvivalCurves:
        """Return one step curve."""

    def _fit(self, X: pd.DataFrame, y: DurationArray, weights: FloatArray) -> None:
        if self.within == "family":
            groups = {str(f): (X["family"] == f).to_numpy() for f in X["family"].unique()}
        else:
            require_events(y, self.min_events, "a curve")
            groups = {"all": np.ones(len(y), dtype=bool)}
        self.events_ = {name: int(event_rows(y[rows]).sum()) for name, rows in groups.items()}
        self.curves_: dict[str, SurvivalCurves] = {}
        self.unidentified_: dict[str, str] = {}
        for name, rows in groups.items():
            if self.events_[name] >= self.min_events:
                self._learn(name, y[rows], weights[rows])
        self.diagnostics_["retrospective_as_followed"] = self.diagnostics_["retrospective"]

    def _learn(self, name: str, y: DurationArray, weights: FloatArray) -> None:
        """Estimate one curve; that a family has none is no reason for the others to be silent."""
        try:
            self.curves_[name] = self._estimate(y, weights)
        except NotIdentifiedError as error:
            if self.within != "family":
                raise
            self.unidentified_[name] = str(error)

    def _curves(self, X: pd.DataFrame, times: FloatArray) -> SurvivalCurves:
        names = X["family"].astype(str) if self.within == "family" else ["all"] * len(X)
        for name in names:
            if name in self.unidentified_:
                raise NotIdentifiedError(self.unidentified_[name])
            if name not in self.curves_:
                found = self.events_.get(name, 0)
                raise NotIdentifiedError(
                    f"{found} concluded in the family {name!r}: too few for a curve "
                    f"(at least {self.min_events})"
                )
        distinct = {name: self.curves_[name] for name in names}
        grid = np.unique(np.concatenate([curve.times for curve in distinct.values()]))
        rows = [distinct[name] for name in names]
        kind: Kind = "step"
        if len({curve.times[-1] for curve in distinct.values()}) > 1:
            # Beyond its own last event one curve declines steadily where another still steps: a
            # jump becomes two neighbouring knots.
            grid = np.union1d(grid, np.nextafter(grid[1:], 0.0))
            kind = "log-linear"
        return SurvivalCurves(
            grid,
            np.vstack([curve.at(grid) for curve in rows]),
            np.zeros(len(X)),
            kind,
            min(curve.follow_up for curve in distinct.values()),
            [float(curve.tail_hazard[0]) for curve in rows],
        )


def going_on(curve: SurvivalCurves, y: DurationArray, weights: FloatArray) -> SurvivalCurves:
    """Let a step curve go on beyond its last event at the conclusions per month followed.

    A fall to zero, at the longest duration or where late entry leaves one spell at risk, would say
    that nothing can last longer. That step is not taken.

    Parameters
    ----------
    curve : SurvivalCurves
        One step curve.
    y : structured array, (n,)
        The spells it was estimated from.
    weights : (n,) array
        Their weights.
    """
    times, events = single_times(y), event_rows(y)
    hazard = float(weights @ events) / float(weights @ (times - y["entry"]))
    kept = curve.survival[0] > 0
    if kept.sum() < 2:
        raise NotIdentifiedError(
            "the first conclusion leaves nobody to follow, so there is no curve"
        )
    return SurvivalCurves(
        curve.times[kept], curve.survival[:, kept], np.zeros(1), "step", tail=hazard
    )
