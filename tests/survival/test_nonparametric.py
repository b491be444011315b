"""Kaplan-Meier by hand."""

import numpy as np
import pytest

from forecast.errors import DataError, NotIdentifiedError
from forecast.survival.nonparametric import kaplan_meier


def test_by_hand() -> None:
    curve, errors = kaplan_meier([2.0, 3.0, 3.0, 5.0, 8.0], [1, 1, 0, 1, 0])
    assert curve.times.tolist() == [0.0, 2.0, 3.0, 5.0]
    np.testing.assert_allclose(curve.survival, [[1.0, 0.8, 0.6, 0.3]])
    greenwood = np.cumsum([0.0, 1 / (5 * 4), 1 / (4 * 3), 1 / (2 * 1)])
    np.testing.assert_allclose(errors, [1.0, 0.8, 0.6, 0.3] * np.sqrt(greenwood))
    assert curve.kind == "step"
    assert curve.follow_up == 5.0
    assert curve.never.tolist() == [0.0]


def test_weights_are_copies() -> None:
    time, event, weights = np.array([2.0, 3.0, 5.0, 8.0]), np.array([1, 0, 1, 1]), [1, 2, 1, 3]
    weighted, errors = kaplan_meier(time, event, weights=weights)
    copied, expected = kaplan_meier(np.repeat(time, weights), np.repeat(event, weights))
    np.testing.assert_allclose(weighted.survival, copied.survival)
    np.testing.assert_allclose(errors, expected)


def test_a_curve_that_reached_zero_stays_there() -> None:
    # Only the first row is at risk at 2; the others enter later.
    curve, errors = kaplan_meier([2.0, 6.0, 7.0], [1, 1, 1], entry=[0.0, 3.0, 3.0])
    assert curve.survival.tolist() == [[1.0, 0.0, 0.0, 0.0]]
    assert errors[0] == 0.0
    assert np.isnan(errors[1:]).all()


def test_beyond_the_last_event_it_goes_on_at_the_mean_hazard() -> None:
    curve, _ = kaplan_meier([2.0, 4.0, 9.0, 9.0], [1, 1, 0, 0])
    assert curve.at(8.0)[0, 0] == pytest.approx(0.25)
    assert np.isfinite(curve.quantile(0.99)).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0, 0.0], [1, 1]), "Row 1: time is 0"),
        (([1.0, 2.0], [1, 1], [0.0, 2.0]), "Row 1: time is 2"),
        (([1.0, np.nan], [1, 1]), "finite"),
        (([1.0, 2.0], [1, 2]), "0 or 1"),
        (([1.0, 2.0], [1]), "one length"),
    ],
)
def test_bad_input(arguments: tuple[list[float], ...], message: str) -> None:
    with pytest.raises(DataError, match=message):
        kaplan_meier(*arguments)


def test_no_event() -> None:
    with pytest.raises(NotIdentifiedError, match="No event"):
        kaplan_meier([1.0, 2.0], [0, 0])
