"""Concordance counts equal those of two nested loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import DataError, NotIdentifiedError
from forecast.survival.concordance import concordance


@given(seed=st.integers(0, 2**32 - 1), levels=st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_equals_the_loop(seed: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    n = 30
    risk = rng.integers(0, levels, n).astype(float)
    time = rng.integers(5, 20, n).astype(float)
    event = rng.random(n) < 0.6
    event[0], time[0] = True, 4.5
    entry = np.minimum(rng.integers(0, 12, n), time - 1)
    entry[:2] = 0.0
    strata = rng.integers(0, 3, n)
    strata[:2] = 0
    weights = rng.integers(1, 4, n).astype(float)
    expected = np.zeros(3)
    for i in np.flatnonzero(event):
        for j in range(n):
            later = time[j] > time[i] or (time[j] == time[i] and not event[j])
            if strata[i] == strata[j] and entry[j] < time[i] and later:
                which = 0 if risk[j] < risk[i] else 1 if risk[j] > risk[i] else 2
                expected[which] += weights[i] * weights[j]
    found = concordance(risk, time, event, entry=entry, strata=strata, weights=weights)
    np.testing.assert_allclose(found[1:], expected)
    assert found.share == pytest.approx((expected[0] + expected[2] / 2) / expected.sum())


def test_perfect_and_reversed() -> None:
    time = np.arange(1.0, 6.0)
    assert concordance(-time, time, np.ones(5)).share == 1.0
    assert concordance(time, time, np.ones(5)).share == 0.0
    assert concordance(np.full(5, 0.3), time, np.ones(5)).share == 0.5


def test_rounding_does_not_part_equal_risks() -> None:
    found = concordance([0.1 + 0.2, 0.3], [1.0, 2.0], [1, 1])
    assert found.tied == 1.0


def test_bad_input() -> None:
    with pytest.raises(DataError, match="finite"):
        concordance([np.nan, 1.0], [1.0, 2.0], [1, 1])
    with pytest.raises(DataError, match="one length"):
        concordance([1.0], [1.0, 2.0], [1, 1])
    with pytest.raises(NotIdentifiedError, match="compared"):
        concordance([1.0, 2.0], [1.0, 2.0], [0, 1])
