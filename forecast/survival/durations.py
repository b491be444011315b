"""Censored and truncated durations: the array `y` that every model is fitted to."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.survival.arrays import BoolArray, DurationArray, FloatArray

if TYPE_CHECKING:
    import pandas as pd

OPEN, CONCLUDED, ENDED_WITHOUT = 0, 1, 2

DURATION_DTYPE = np.dtype(
    [("entry", "f8"), ("lower", "f8"), ("upper", "f8"), ("exit", "f8"), ("cause", "i1")],
    align=True,
)


def durations(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike | None = None,
    entry: npt.ArrayLike = 0.0,
    exit: npt.ArrayLike = np.inf,
    cause: npt.ArrayLike | None = None,
) -> DurationArray:
    """Make a checked array of durations in months, one row a spell.

    A row says that the duration lies in (lower, upper]; it is exact where the two are equal and
    open where `upper` is infinite. The arguments are broadcast against one another.

    Parameters
    ----------
    lower : array_like, (n,) or scalar
        Time by which the spell had not yet ended, or the time of its end if exact.
    upper : array_like, optional
        Time by which it had ended, infinite if open. Default: exact.
    entry : array_like
        Left truncation: age from which the spell was followed, 0 if from its beginning.
    exit : array_like
        Right truncation: the spell is in the data only because it ended by this age; infinite if
        it was known while it was open.
    cause : array_like, optional
        0 open, 1 concluded, 2 ended without agreement. Default: 0 where `upper` is infinite,
        else 1.

    Returns
    -------
    structured array, (n,)
        Fields `entry`, `lower`, `upper`, `exit` (float64) and `cause` (int8). Where the entry lies
        inside the interval, `lower` is raised to it: the spell was seen open at that age. Where
        the exit does, `upper` is lowered to it: the spell had ended by then.

    Raises
    ------
    DataError
        If a row contradicts itself; the message names the row and the value. An exact time of 0 is
        refused: a deal on the very day is the interval from 0 to one day.

    Examples
    --------
    >>> durations([12.0, 24.0], upper=[12.0, float("inf")])["cause"].tolist()
    [1, 0]
    """
    columns = {"lower": lower, "upper": lower if upper is None else upper}
    columns |= {"entry": entry, "exit": exit}
    if cause is not None:
        columns["cause"] = cause
    return _checked(_broadcast(columns))


def as_durations(y: DurationArray | pd.DataFrame) -> DurationArray:
    """Return `y` as a checked array of durations.

    Parameters
    ----------
    y : structured array or DataFrame, (n,)
        An array made by `durations`, or a frame with its arguments as columns: `lower` is
        required, a column that is missing takes the default of `durations`.

    Returns
    -------
    structured array, (n,)

    Raises
    ------
    DataError
        If `lower` is missing or a row contradicts itself.
    """
    if isinstance(y, np.ndarray):
        present: tuple[str, ...] = y.dtype.names or ()
        labels = None
    else:
        present = tuple(str(name) for name in y.columns)
        labels = [str(label) for label in y.index]
    if "lower" not in present:
        raise DataError("The durations have no field 'lower'; make them with durations().")
    columns: dict[str, npt.ArrayLike] = {"upper": y["lower"], "entry": 0.0, "exit": np.inf}
    columns |= {name: y[name] for name in (DURATION_DTYPE.names or ()) if name in present}
    return _checked(_broadcast(columns), labels)


def _broadcast(columns: dict[str, npt.ArrayLike]) -> dict[str, FloatArray]:
    arrays: dict[str, FloatArray] = {}
    for name, values in columns.items():
        try:
            arrays[name] = np.ascontiguousarray(values, dtype=np.float64)
        except (TypeError, ValueError) as error:
            raise DataError(f"The durations' {name} must be numbers (months).") from error
    try:
        rows = np.broadcast_arrays(*arrays.values())
    except ValueError as error:
        raise DataError("The durations' columns differ in length.") from error
    if rows[0].ndim != 1:
        raise DataError("Durations are one-dimensional: one row a spell.")
    return dict(zip(arrays, rows, strict=True))


def _checked(arrays: dict[str, FloatArray], labels: list[str] | None = None) -> DurationArray:
    """Check the rows, settle entry and exit inside an interval, and pack the array."""
    lower, upper = arrays["lower"], arrays["upper"]
    entry, exit_ = arrays["entry"], arrays["exit"]
    is_open = np.isposinf(upper)
    cause = arrays.setdefault("cause", np.where(is_open, float(OPEN), float(CONCLUDED)))

    def refuse(bad: BoolArray, name: str, why: str) -> None:
        if bad.any():
            row = int(np.argmax(bad))
            where = f"Row {row}" + (f" ({labels[row]})" if labels is not None else "")
            raise DataError(f"{where}: {name} is {arrays[name][row]:g}, but {why}.")

    for name in ("lower", "upper", "entry", "exit"):
        refuse(np.isnan(arrays[name]), name, "it must be a number of months")
        refuse(arrays[name] < 0, name, "a time cannot be negative")
    refuse(~np.isin(cause, (OPEN, CONCLUDED, ENDED_WITHOUT)), "cause", "it must be 0, 1 or 2")
    refuse(np.isinf(lower), "lower", "it must be finite (an open row has its last age there)")
    refuse(lower > upper, "lower", "it must not exceed upper")
    refuse(upper == 0, "upper", "an exact time of 0 is impossible: a same-day deal is (0, 1 day]")
    refuse(is_open & (cause != OPEN), "cause", "an open row (upper infinite) has cause 0")
    refuse(~is_open & (cause == OPEN), "cause", "a row that ended (upper finite) has cause 1 or 2")
    refuse(is_open & np.isfinite(exit_), "exit", "an open row was not known by its end: no exit")
    ended_after_exit = (exit_ < lower) | ((exit_ == lower) & (lower < upper))
    refuse(ended_after_exit, "exit", "the row must have ended by then (exit above lower)")
    upper = arrays["upper"] = np.minimum(upper, exit_)
    refuse(entry >= upper, "entry", "the row had ended by then (entry must be below upper)")

    y = np.empty(len(lower), dtype=DURATION_DTYPE)
    y["entry"], y["upper"], y["exit"], y["cause"] = entry, upper, exit_, cause
    y["lower"] = np.maximum(lower, entry)
    return cast(DurationArray, y)
