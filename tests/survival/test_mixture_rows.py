"""Rows under a never share: against the likelihood of the regressions, differences and total mass."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pytest
from scipy import integrate, stats

from forecast.errors import DataError
from forecast.survival.durations import durations
from forecast.survival.family import LocationScale
from forecast.survival.likelihood import CensoredLikelihood
from forecast.survival.likelihood_inputs import NeverShare
from forecast.survival.location_scale import loglogistic, lognormal, weibull
from forecast.survival.mixture_rows import MixtureRows

FloatArray = npt.NDArray[np.float64]
INF = np.inf

FAMILIES = {"lognormal": lognormal, "weibull": weibull, "loglogistic": loglogistic}
every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)

Row = tuple[float, float, float, float, int]

# lower, upper, entry, exit, cause: every kind of row, twice with entry, exit and both.
SEEN = [(14.0, 14.0, 1), (14.0, 19.0, 1), (0.0, 9.0, 1), (14.0, 14.00001, 1)]
ENDED = [(14.0, 14.0, 2), (14.0, 19.0, 2), (0.0, 9.0, 2)]
ROWS: list[Row] = [
    *((low, up, 0.0, INF, cause) for low, up, cause in SEEN + ENDED),
    *((low, up, 6.0, INF, cause) for low, up, cause in SEEN + ENDED),
    *((low, up, 0.0, 40.0, cause) for low, up, cause in SEEN + ENDED),
    *((low, up, 6.0, 40.0, cause) for low, up, cause in SEEN + ENDED),
    (14.0, INF, 0.0, INF, 0),
    (14.0, INF, 6.0, INF, 0),
    (0.0, INF, 0.0, INF, 0),
]


def make(family: LocationScale, rows: list[Row]) -> MixtureRows:
    return MixtureRows.build(durations(*np.array(rows).T), family, np.ones(len(rows)))


@pytest.fixture
def points() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Predictors (3, n), scale and log rate (3, 1)."""
    rng = np.random.default_rng(0)
    eta, kappa = rng.normal(2.7, 0.8, (3, len(ROWS))), rng.normal(-1.0, 1.0, (3, len(ROWS)))
    return eta, kappa, np.array([[0.5], [0.9], [1.4]]), np.array([[-4.0], [-3.0], [-5.0]])


@every_family
def test_rows_are_those_of_the_regressions(
    family: LocationScale, points: tuple[FloatArray, ...]
) -> None:
    y = durations(*np.array(ROWS).T)
    eta, kappa, scale, log_rate = points
    never = NeverShare(np.ones((len(y), 1)), ends=True)
    whole = CensoredLikelihood.build(np.ones((len(y), 1)), y, family, never=never)
    jets = whole.rows((eta, np.log(scale), kappa, log_rate))
    rows = make(family, ROWS)
    value, gradient, hessian = rows.derivatives(*points)
    np.testing.assert_allclose(value, jets.value, rtol=1e-12, atol=1e-12)
    # Channels eta, log scale, kappa, log rate; pairs 00, 01, 02, 03, 11, 12, 13, 22, ...
    np.testing.assert_allclose(gradient, [jets.first[0], jets.first[2]], rtol=1e-12, atol=1e-12)
    pairs = [jets.second[0], jets.second[2], jets.second[7]]
    np.testing.assert_allclose(hessian, pairs, rtol=1e-12, atol=1e-12)
    # The narrow interval is a difference of tails in neither path.
    np.testing.assert_allclose(rows.values(*points), jets.value, rtol=1e-12, atol=1e-12)


@every_family
def test_derivatives_are_differences(family: LocationScale, points: tuple[FloatArray, ...]) -> None:
    eta, kappa, scale, log_rate = points
    rows, h = make(family, ROWS), 1e-5
    _, gradient, hessian = rows.derivatives(*points)

    def difference(of: Callable[[float, float], FloatArray], a: float, b: float) -> FloatArray:
        return (of(a, b) - of(-a, -b)) / (2 * h)

    def value(a: float, b: float) -> FloatArray:
        return rows.values(eta + a, kappa + b, scale, log_rate)

    def slope(a: float, b: float) -> FloatArray:
        return rows.derivatives(eta + a, kappa + b, scale, log_rate)[1]

    np.testing.assert_allclose(gradient[0], difference(value, h, 0.0), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(gradient[1], difference(value, 0.0, h), rtol=1e-6, atol=1e-7)
    by_eta, by_kappa = difference(slope, h, 0.0), difference(slope, 0.0, h)
    np.testing.assert_allclose(hessian[:2], by_eta, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(hessian[1:], by_kappa, rtol=1e-6, atol=1e-7)


@every_family
def test_several_fields_a_node_have_the_values_of_one_each(
    family: LocationScale, points: tuple[FloatArray, ...]
) -> None:
    eta, kappa, scale, log_rate = points
    rows, shifts = make(family, ROWS), np.array([-0.4, 0.0, 0.9])[:, np.newaxis]
    together = rows.values(
        eta[:, np.newaxis] + shifts,
        kappa[:, np.newaxis] - shifts,
        scale[:, np.newaxis],
        log_rate[:, np.newaxis],
    )
    for k, shift in enumerate(shifts):
        np.testing.assert_allclose(
            together[:, k], rows.values(eta + shift, kappa - shift, scale, log_rate), rtol=1e-14
        )


def test_weights_multiply_rows(points: tuple[FloatArray, ...]) -> None:
    y, weights = durations(*np.array(ROWS).T), np.linspace(0.2, 2.0, len(ROWS))
    plain = make(lognormal, ROWS)
    weighed = MixtureRows.build(y, lognormal, weights)
    np.testing.assert_allclose(weighed.values(*points), weights * plain.values(*points))
    for one, other in zip(weighed.derivatives(*points), plain.derivatives(*points), strict=True):
        np.testing.assert_allclose(one, weights * other)


def test_weights_of_another_length_are_refused() -> None:
    with pytest.raises(DataError, match=r"Durations \(2 rows\) and weights \(3\) do not fit"):
        MixtureRows.build(durations([3.0, 4.0]), lognormal, np.ones(3))


LAWS = {"lognormal": stats.norm, "weibull": stats.gumbel_l, "loglogistic": stats.logistic}
ETA, KAPPA, SCALE, LOG_RATE = 2.9, -0.8, 0.7, np.log(1 / 30)


def likelihoods(family: LocationScale, rows: list[Row]) -> FloatArray:
    """Likelihood of rows at one point."""
    shape = (1, len(rows))
    values = make(family, rows).values(
        np.full(shape, ETA), np.full(shape, KAPPA), np.array([[SCALE]]), np.array([[LOG_RATE]])
    )
    found: FloatArray = np.exp(values[0])
    return found


def total(family: LocationScale, cause: int, low: float, high: float, **traits: float) -> float:
    """Integral of the likelihood of exact times."""
    entry, exit_ = traits.get("entry", 0.0), traits.get("exit", INF)

    def density(t: float) -> float:
        return likelihoods(family, [(t, t, entry, exit_, cause)]).item()

    middle = [low, *(m for m in (1.0, 5.0, 12.0, 20.0, 35.0) if low < m < high), high]
    parts = (integrate.quad(density, a, b, epsabs=1e-8)[0] for a, b in pairwise(middle))
    return float(sum(parts))


SMALL = 1e-9


@every_family
@pytest.mark.parametrize("entry", [0.0, 6.0])
def test_what_can_be_seen_of_a_row_that_is_followed_has_mass_one(
    family: LocationScale, entry: float
) -> None:
    # Until 40 months: concluded or ended at some time, or still open.
    start = max(entry, SMALL)
    still_open = likelihoods(family, [(40.0, INF, entry, INF, 0)]).item()
    concluded = total(family, 1, start, 40.0, entry=entry)
    ended = total(family, 2, start, 40.0, entry=entry)
    assert concluded + ended + still_open == pytest.approx(1.0, abs=2e-6)
    assert min(concluded, ended, still_open) > 0.03


@every_family
@pytest.mark.parametrize("entry", [0.0, 6.0])
def test_coarse_dates_of_a_row_that_is_followed_have_mass_one(
    family: LocationScale, entry: float
) -> None:
    cuts = [entry, 8.0, 15.0, 22.0, 40.0]
    rows = [(a, b, entry, INF, cause) for a, b in pairwise(cuts) for cause in (1, 2)]
    mass = likelihoods(family, [*rows, (40.0, INF, entry, INF, 0)])
    assert mass.sum() == pytest.approx(1.0, abs=1e-12)
    # The intervals hold what the densities inside them do.
    assert mass[2] == pytest.approx(total(family, 1, 8.0, 15.0, entry=entry), abs=1e-8)
    assert mass[3] == pytest.approx(total(family, 2, 8.0, 15.0, entry=entry), abs=1e-8)


@every_family
@pytest.mark.parametrize("entry", [0.0, 6.0])
@pytest.mark.parametrize("cause", [1, 2])
def test_a_row_known_only_by_its_end_has_mass_one_before_the_exit(
    family: LocationScale, entry: float, cause: int
) -> None:
    start = max(entry, SMALL)
    mass = total(family, cause, start, 40.0, entry=entry, exit=40.0)
    assert mass == pytest.approx(1.0, abs=2e-6)
    rows = [(a, b, entry, 40.0, cause) for a, b in pairwise([entry, 9.0, 17.0, 40.0])]
    assert likelihoods(family, rows).sum() == pytest.approx(1.0, abs=1e-12)


@every_family
def test_the_shares_are_those_of_the_design(family: LocationScale) -> None:
    law, pi, rate = LAWS[family.name], 1 / (1 + np.exp(-KAPPA)), np.exp(LOG_RATE)

    def survival(t: float) -> float:
        return float(law.sf((np.log(t) - ETA) / SCALE))

    def open_at(t: float) -> float:
        return float(pi * np.exp(-rate * t) + (1 - pi) * survival(t))

    cases: dict[Row, float] = {
        (14.0, 19.0, 0.0, INF, 1): (1 - pi) * (survival(14.0) - survival(19.0)),
        (14.0, 14.0, 0.0, INF, 2): pi * rate * np.exp(-rate * 14.0),
        (14.0, INF, 0.0, INF, 0): open_at(14.0),
        (14.0, INF, 6.0, INF, 0): open_at(14.0) / open_at(6.0),
        (14.0, 19.0, 0.0, 40.0, 1): (survival(14.0) - survival(19.0)) / (1 - survival(40.0)),
        (14.0, 14.0, 0.0, 40.0, 2): rate * np.exp(-rate * 14.0) / (1 - np.exp(-rate * 40.0)),
    }
    np.testing.assert_allclose(likelihoods(family, list(cases)), list(cases.values()), rtol=1e-12)
