"""What is known of an open case: closed forms, and Bayes' rule for a mixture."""

import numpy as np
import pytest

from forecast.prediction.conditioning import Ages, Remaining, mix, remaining
from forecast.prediction.grid import months_ahead
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray

AHEAD = months_ahead()


def exponential(rate: float, never: float = 0.0) -> SurvivalCurves:
    """S(t) = never + (1 - never) exp(-rate t), exact at and between all times."""
    times = np.arange(0.0, 100.0)
    survival = never + (1.0 - never) * np.exp(-rate * times)
    return SurvivalCurves(times, survival[np.newaxis], np.array([never]), "log-linear")


def concluded_by(part: Remaining) -> FloatArray:
    """P(T <= as-of + t) at the months ahead."""
    return np.asarray(1.0 - (1.0 - part.unseen) * part.survival)


@pytest.mark.parametrize("miss", [0.0, 0.05, 1.0])
@pytest.mark.parametrize(
    "ages",
    [Ages(8.0, 26.0, 26.0), Ages(8.0, 20.0, 26.0), Ages(0.0, 0.0, 0.0), Ages(8.0, 8.0, 26.0)],
)
def test_an_exponential_in_closed_form(ages: Ages, miss: float) -> None:
    rate = 0.04
    c, v, a = ages
    total = miss * np.exp(-rate * c) + (1 - miss) * np.exp(-rate * v)
    part = remaining(exponential(rate), ages, miss)
    assert part.unseen == pytest.approx(1 - np.exp(-rate * a) / total, abs=1e-12)
    np.testing.assert_allclose(part.survival, np.exp(-rate * AHEAD), atol=1e-12)
    # P(T > t) = S(t) / total.
    np.testing.assert_allclose(
        1 - concluded_by(part), np.exp(-rate * (a + AHEAD)) / total, atol=1e-12
    )


def test_where_a_conclusion_could_not_escape_nothing_is_unseen() -> None:
    assert remaining(exponential(0.04), Ages(8.0, 26.0, 26.0), 0.0).unseen == 0.0
    # But between the search and the as-of date it can have happened.
    later = remaining(exponential(0.04), Ages(8.0, 20.0, 26.0), 0.0)
    assert later.unseen == pytest.approx(1 - np.exp(-0.04 * 6))


def test_without_a_search_all_that_is_known_is_the_last_evidence() -> None:
    part = remaining(exponential(0.04), Ages(8.0, 26.0, 26.0), 1.0)
    assert part.unseen == pytest.approx(1 - np.exp(-0.04 * 18))


def test_unseen_is_the_share_that_would_have_escaped() -> None:
    curve, miss, c, v = exponential(0.04, never=0.2), 0.05, 8.0, 26.0
    at_c, at_v = curve.at([c, v])[0]
    part = remaining(curve, Ages(c, v, v), miss)
    expected = miss * (at_c - at_v) / (miss * at_c + (1 - miss) * at_v)
    assert part.unseen == pytest.approx(expected, rel=1e-10)
    # The never share grows while nothing happens.
    assert part.never == pytest.approx(0.2 / at_v)
    assert part.survival[0] == 1.0
    assert part.survival[-1] >= part.never


AGES = Ages(10.0, 30.0, 30.0)

QUICK, SLOW = exponential(0.10), exponential(0.01)


@pytest.mark.parametrize("miss", [0.0, 0.05, 1.0])
def test_members_are_conditioned_and_then_mixed(miss: float) -> None:
    """The average of S(t) / total over the members, each with the total of its own."""
    mixed = mix([remaining(curve, AGES, miss) for curve in (QUICK, SLOW)], np.ones(2))
    by_hand = np.zeros_like(AHEAD)
    for rate in (0.10, 0.01):
        total = miss * np.exp(-rate * 10) + (1 - miss) * np.exp(-rate * 30)
        by_hand += 0.5 * np.exp(-rate * (30 + AHEAD)) / total
    np.testing.assert_allclose(1 - concluded_by(mixed), by_hand, atol=1e-12)


def test_mixed_before_a_member_would_lose_the_weight_of_what_it_did_not_foresee() -> None:
    mixed = mix([remaining(curve, AGES, 0.0) for curve in (QUICK, SLOW)], np.ones(2))
    pooled = remaining(SurvivalCurves.pool([QUICK, SLOW], [1, 1]), AGES, 0.0)
    year = int(np.searchsorted(AHEAD, 12.0))
    quick, slow = np.exp(-1.2), np.exp(-0.12)
    assert 1 - concluded_by(mixed)[year] == pytest.approx((quick + slow) / 2)
    # The quick one gave it a chance of exp(-3) to last so long, the slow one exp(-0.3).
    odds = np.exp(-3.0) / (np.exp(-3.0) + np.exp(-0.3))
    assert 1 - concluded_by(pooled)[year] == pytest.approx(odds * quick + (1 - odds) * slow)


def test_the_mixture_is_bayes_rule_after_the_as_of_date() -> None:
    parts = [Remaining(0.1, np.exp(-0.1 * AHEAD), 0.0), Remaining(0.4, np.exp(-0.02 * AHEAD), 0.0)]
    mixed = mix(parts, np.array([3.0, 1.0]))
    assert mixed.unseen == pytest.approx(0.75 * 0.1 + 0.25 * 0.4)
    # Weights given that it is still open: 0.75 * 0.9 to 0.25 * 0.6.
    first = 0.675 / (0.675 + 0.15)
    expected = first * np.exp(-0.1 * AHEAD) + (1 - first) * np.exp(-0.02 * AHEAD)
    np.testing.assert_allclose(mixed.survival, expected)


def test_a_mixture_of_one_is_itself() -> None:
    part = remaining(exponential(0.04, never=0.1), AGES, 0.05)
    mixed = mix([part], np.array([7.0]))
    assert mixed.unseen == pytest.approx(part.unseen)
    assert mixed.never == pytest.approx(part.never)
    np.testing.assert_allclose(mixed.survival, part.survival)


def test_never_shares_are_mixed_with_the_curves() -> None:
    parts = [
        Remaining(0.0, np.full_like(AHEAD, 1.0), 0.5),
        Remaining(0.0, np.ones_like(AHEAD), 0.1),
    ]
    assert mix(parts, np.ones(2)).never == pytest.approx(0.3)
