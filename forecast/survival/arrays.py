"""Array types shared by this room."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]
DurationArray = np.ndarray[tuple[int], np.dtype[Any]]


def column_range(matrix: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Smallest and largest value of each column, (p,); 0 where there are no rows."""
    if not len(matrix):
        return np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1])
    # Along contiguous rows it is ten times faster than down columns.
    columns = np.ascontiguousarray(matrix.T)
    return columns.min(axis=1), columns.max(axis=1)


def check_spans(entries: FloatArray, times: FloatArray) -> None:
    """Refuse a row (n,) that begins before 0 or does not end after it begins."""
    bad = (times <= 0) | (times <= entries) | (entries < 0)
    if bad.any():
        row = int(np.argmax(bad))
        raise DataError(
            f"Row {row}: it covers ({entries[row]:g}, {times[row]:g}], but a row begins at 0 or "
            "later and ends after it begins."
        )
