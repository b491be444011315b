"""The Kaplan-Meier model: values by hand and by R, what it does where the curve would end."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.errors import NotIdentifiedError
from forecast.models import KaplanMeier
from forecast.models.base import single_times
from forecast.models.kaplan_meier import product_limit
from forecast.survival import durations

INF = np.inf


def cases(*families: str) -> pd.DataFrame:
    return pd.DataFrame({"family": families})


def test_by_hand() -> None:
    # At risk: 5 at month 2, 3 at month 6, 2 at month 8.
    y = durations([2.0, 4.0, 6.0, 8.0, 20.0], [2.0, INF, 6.0, 8.0, INF])
    curve = KaplanMeier().fit(cases(*"aaaaa"), y).predict_survival(cases("a"))
    expected = [1.0, 4 / 5, 4 / 5, 4 / 5 * 2 / 3, 4 / 5 * 2 / 3 * 1 / 2]
    np.testing.assert_allclose(curve.at([1.99, 2.0, 5.99, 6.0, 8.0])[0], expected)
    assert curve.follow_up == 8.0


def test_with_late_entry_by_hand() -> None:
    # The third case joins after month 2, so one of two concludes there and one of two at 6.
    y = durations([2.0, 6.0, 9.0], [2.0, 6.0, INF], entry=[0.0, 0.0, 3.0])
    curve = KaplanMeier().fit(cases(*"aaa"), y).predict_survival(cases("a"))
    np.testing.assert_allclose(curve.at([2.0, 6.0])[0], [1 / 2, 1 / 4])


def test_it_is_survfit(lung: pd.DataFrame, lung_in_r: dict[str, Any]) -> None:
    time = lung["time"].to_numpy(dtype=float)
    y = durations(time, np.where(lung["status"] == 1, time, INF))
    curve = product_limit(y, np.ones(len(y)))
    reference = lung_in_r["km"]
    np.testing.assert_allclose(curve.at(reference["time"])[0], reference["surv"], rtol=1e-9)
    assert curve.quantile(0.5)[0, 0] == reference["median"]


def test_a_curve_that_would_fall_to_zero_goes_on_at_the_mean_hazard() -> None:
    y = durations([10.0, 20.0, 30.0])
    curve = KaplanMeier().fit(cases(*"aaa"), y).predict_survival(cases("a"))
    np.testing.assert_allclose(curve.at([10.0, 20.0])[0], [2 / 3, 1 / 3])
    # Three conclusions in sixty months followed.
    np.testing.assert_allclose(
        curve.at([30.0, 80.0])[0], 1 / 3 * np.exp([-10 * 3 / 60, -60 * 3 / 60])
    )
    assert curve.follow_up == 20.0
    assert curve.never[0] == 0.0


def test_a_curve_that_does_not_fall_to_zero_also_goes_on_at_the_mean_hazard() -> None:
    y = durations([10.0, 20.0, 30.0], [10.0, 20.0, INF])
    curve = product_limit(y, np.ones(3))
    assert curve.at(50.0)[0, 0] == pytest.approx(1 / 3 * np.exp(-30 * 2 / 60))


def test_nobody_left_after_the_first_conclusion_is_no_curve() -> None:
    y = durations([5.0, 10.0, 12.0], entry=[0.0, 6.0, 6.0])
    with pytest.raises(NotIdentifiedError, match="leaves nobody to follow"):
        KaplanMeier().fit(cases(*"aaa"), y)


def test_each_family_has_a_curve_of_its_own() -> None:
    X = cases("raa", "raa", "raa", "logistics", "logistics", "logistics")
    y = durations([10.0, 20.0, 40.0, 1.0, 2.0, 4.0], [10.0, 20.0, INF, 1.0, 2.0, INF])
    model = KaplanMeier(within="family").fit(X, y)
    assert model.events_ == {"raa": 2, "logistics": 2}
    curves = model.predict_survival(cases("logistics", "raa"))
    np.testing.assert_allclose(curves.at([2.0, 20.0])[1], [1.0, 1 / 3])
    np.testing.assert_allclose(curves.at([1.0, 2.0])[0], [2 / 3, 1 / 3])
    # Two conclusions in seven months, beyond the second month.
    assert curves.at(20.0)[0, 0] == pytest.approx(1 / 3 * np.exp(-18 * 2 / 7))
    alone = KaplanMeier().fit(X.iloc[:3], y[:3]).predict_survival(cases("raa"))
    np.testing.assert_allclose(curves.at([5.0, 15.0, 90.0])[1], alone.at([5.0, 15.0, 90.0])[0])


def test_too_few_conclusions_in_a_family() -> None:
    model = KaplanMeier(within="family").fit(cases("raa", "isa", "isa"), durations([1.0, 2.0, 3.0]))
    with pytest.raises(NotIdentifiedError, match=r"1 concluded in the family 'raa'.*at least 2"):
        model.predict_survival(cases("raa"))
    with pytest.raises(NotIdentifiedError, match=r"0 concluded in the family 'trade'"):
        model.predict_survival(cases("isa", "trade"))


def test_too_few_conclusions_at_all() -> None:
    y = durations([1.0, 2.0], [1.0, INF])
    with pytest.raises(NotIdentifiedError, match="1 concluded case is too few for a curve"):
        KaplanMeier().fit(cases("a", "a"), y)
    with pytest.raises(NotIdentifiedError, match="at least 4"):
        KaplanMeier(min_events=4).fit(cases(*"aaa"), durations([1.0, 2.0, 3.0]))


def test_one_time_for_each_row() -> None:
    y = durations([5.0, 4.0, 7.0, 0.0, 3.0], [5.0, 8.0, INF, 2.0, 9.0], cause=[1, 1, 0, 1, 2])
    # Exact, the middle of an interval, the last age seen open, and of an end without agreement.
    assert single_times(y).tolist() == [5.0, 6.0, 7.0, 1.0, 3.0]
