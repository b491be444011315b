"""Durations are settled and checked row by row."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.errors import DataError
from forecast.survival.durations import DURATION_DTYPE, as_durations, durations


def test_defaults() -> None:
    y = durations([12.0, 24.0])
    assert y.dtype == DURATION_DTYPE
    assert y["upper"].tolist() == [12.0, 24.0]
    assert y["entry"].tolist() == [0.0, 0.0]
    assert y["exit"].tolist() == [np.inf, np.inf]
    assert y["cause"].tolist() == [1, 1]


def test_broadcast_and_cause_of_open_rows() -> None:
    y = durations(lower=[5.0, 6.0, 0.0], upper=[5.0, np.inf, 4.0], entry=1.0)
    assert y["cause"].tolist() == [1, 0, 1]
    assert y["lower"].tolist() == [5.0, 6.0, 1.0]
    assert len(durations(3.0)) == 1


def test_entry_raises_lower_and_exit_caps_upper() -> None:
    y = durations(lower=[2.0, 2.0], upper=[10.0, 10.0], entry=[5.0, 0.0], exit=[np.inf, 8.0])
    assert y["lower"].tolist() == [5.0, 2.0]
    assert y["upper"].tolist() == [10.0, 8.0]


def test_an_exact_end_on_the_day_of_exit_is_allowed() -> None:
    assert durations(8.0, exit=8.0)["upper"][0] == 8.0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"lower": [1.0, np.nan]}, "Row 1: lower is nan, but it must be a number"),
        ({"lower": [1.0, 2.0], "upper": [1.0, np.nan]}, "Row 1: upper is nan"),
        ({"lower": [1.0, -2.0]}, "Row 1: lower is -2, but a time cannot be negative"),
        ({"lower": 2.0, "entry": -1.0}, "Row 0: entry is -1"),
        ({"lower": [1.0, 5.0], "upper": [2.0, 4.0]}, "Row 1: lower is 5, but it must not exceed"),
        ({"lower": 5.0, "entry": 5.0}, "Row 0: entry is 5, but the row had ended"),
        ({"lower": 1.0, "upper": 9.0, "exit": 3.0, "entry": 4.0}, "Row 0: entry is 4"),
        ({"lower": 5.0, "upper": 8.0, "exit": 5.0}, "Row 0: exit is 5, but the row must have"),
        ({"lower": 5.0, "exit": 4.0}, "Row 0: exit is 4"),
        ({"lower": 5.0, "upper": np.inf, "exit": 40.0}, "Row 0: exit is 40, but an open row"),
        ({"lower": 5.0, "upper": np.inf, "cause": 1}, "Row 0: cause is 1, but an open row"),
        ({"lower": 5.0, "cause": 0}, "Row 0: cause is 0, but a row that ended"),
        ({"lower": 5.0, "cause": 3}, "Row 0: cause is 3, but it must be 0, 1 or 2"),
        ({"lower": np.inf, "upper": np.inf}, "Row 0: lower is inf"),
        ({"lower": [1.0, 0.0]}, "Row 1: upper is 0.*same-day deal is \\(0, 1 day\\]"),
        ({"lower": "soon"}, "lower must be numbers"),
        ({"lower": [1.0, 2.0], "entry": [0.0, 0.0, 0.0]}, "differ in length"),
        ({"lower": [[1.0, 2.0]]}, "one-dimensional"),
    ],
)
def test_contradictions_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DataError, match=message):
        durations(**arguments)


def test_frame_with_missing_columns() -> None:
    frame = pd.DataFrame({"lower": [3, 4], "upper": [3.0, np.inf], "entry": [0.0, 1.0]})
    y = as_durations(frame)
    np.testing.assert_array_equal(y, durations([3, 4], [3.0, np.inf], [0.0, 1.0]))
    np.testing.assert_array_equal(as_durations(y), y)
    np.testing.assert_array_equal(as_durations(frame[["lower"]]), durations([3.0, 4.0]))


def test_frame_errors_name_the_index() -> None:
    frame = pd.DataFrame({"lower": [3.0, -4.0]}, index=["jpn-aus", "jpn-fra"])
    with pytest.raises(DataError, match=r"Row 1 \(jpn-fra\): lower is -4"):
        as_durations(frame)
    with pytest.raises(DataError, match="no field 'lower'"):
        as_durations(frame.rename(columns={"lower": "time"}))
