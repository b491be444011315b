"""What a likelihood is built from: checked covariates, weights and times, and its channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import DurationArray, FloatArray, column_range
from forecast.survival.durations import ENDED_WITHOUT
from forecast.survival.family import Family
from forecast.survival.terms import LOG_ENDING_RATE, Layout

# Beyond these a square is no number.
_RANGE = (1e-100, 1e100)
_SMALLEST_WEIGHT = 1e-6


@dataclass(frozen=True, eq=False)
class NeverShare:
    r"""A never share: :math:`\mathrm{logit}\,\pi_i = z_i'\gamma`.

    Attributes
    ----------
    design : (n, r) array_like or None
        Its covariates with a column of ones; None: one share for all.
    names : sequence of str or None
        Names of its columns; default z0, z1, ...; ``Intercept`` where there is no design.
    ends : bool or None
        Whether attempts that never conclude are ended formally at a rate, estimated from rows that
        ended without agreement. Default: if there are such rows. Without a rate those rows count as
        open until their end.
    """

    design: npt.ArrayLike | None = None
    names: Sequence[str] | None = None
    ends: bool | None = None

    def labels(self, columns: int) -> tuple[str, ...]:
        """Names of its parameters."""
        if self.names is None:
            own = ["Intercept"] if self.design is None else [f"z{k}" for k in range(columns)]
        else:
            own = list(self.names)
        labels = tuple(f"never: {name}" for name in own)
        if len(labels) != columns:
            raise DataError(f"The never share has {columns} columns but {len(labels)} names.")
        return labels


def checked_design(design: npt.ArrayLike, rows: int, name: str) -> FloatArray:
    """Covariates as an array of finite numbers, one row a duration, whose squares are numbers."""
    x = np.ascontiguousarray(design, dtype=np.float64)
    if x.ndim != 2 or len(x) != rows:
        raise DataError(f"Durations ({rows} rows) and {name} {x.shape} do not fit together.")
    lowest, highest = column_range(x)
    low, high = _RANGE
    largest = np.maximum(highest, -lowest)
    if not np.isfinite(largest).all():
        raise DataError(f"The {name} has a value that is missing or infinite.")
    bad = (largest > high) | ((largest > 0) & (largest < low))
    if bad.any():
        column = int(np.argmax(bad))
        raise DataError(
            f"Column {column} of the {name} is of the size {largest[column]:g}; use a unit that "
            f"brings it between {low:g} and {high:g}."
        )
    return x


def checked_weights(weights: npt.ArrayLike | None, rows: int) -> FloatArray:
    """Case weights as an array, not negative and not all next to 0; default 1."""
    case_weights = np.ones(rows) if weights is None else np.asarray(weights, np.float64)
    if case_weights.shape != (rows,):
        raise DataError(
            f"Durations ({rows} rows) and weights {case_weights.shape} do not fit together."
        )
    if not (np.isfinite(case_weights).all() and (case_weights >= 0).all()):
        raise DataError("Case weights must be finite and not negative.")
    if 0 < case_weights.max(initial=0.0) < _SMALLEST_WEIGHT:
        raise DataError(f"All case weights are below {_SMALLEST_WEIGHT:g}; scale them.")
    return case_weights


def channel_designs(x: FloatArray, z: FloatArray, layout: Layout) -> tuple[FloatArray | None, ...]:
    """Covariates by channel."""
    own = (x, *(None for _ in layout.family.parameters))
    if not layout.never:
        return own
    return (*own, z, None) if layout.ends else (*own, z)


def channel_layout(
    family: Family, y: DurationArray, never: NeverShare | None
) -> tuple[Layout, FloatArray, tuple[str, ...]]:
    """Channels, design and parameter names of the never share."""
    if never is None:
        return Layout(family), np.empty((len(y), 0)), ()
    z = checked_design(
        np.ones((len(y), 1)) if never.design is None else never.design,
        len(y),
        "never share's design",
    )
    ends = bool((y["cause"] == ENDED_WITHOUT).any()) if never.ends is None else never.ends
    labels = never.labels(z.shape[1])
    return Layout(family, True, ends), z, (*labels, LOG_ENDING_RATE) if ends else labels


def check_times(y: DurationArray) -> None:
    """Refuse times whose square or inverse square is no number: a Gompertz works on time."""
    low, high = _RANGE
    for name in ("entry", "lower", "upper", "exit"):
        time = y[name]
        bad = (time > 0) & np.isfinite(time) & ((time < low) | (time > high))
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(
                f"Row {row}: {name} is {time[row]:g}, but a Gompertz needs times between "
                f"{low:g} and {high:g} months; use another unit."
            )
