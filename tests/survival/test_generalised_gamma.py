"""The generalised gamma: SciPy's values, no seam at its special cases, exact derivatives."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special

from forecast.survival import generalised_gamma as gg
from forecast.survival.location_scale import lognormal, weibull

FloatArray = npt.NDArray[np.float64]
Function = Callable[[FloatArray, FloatArray], gg.ShapeJet]
FUNCTIONS: list[Function] = [gg.log_density, gg.log_survival, gg.log_cdf]
W = np.linspace(-6.0, 3.0, 91)


@pytest.mark.parametrize("q", [-5.0, -2.0, -0.5, -0.2, 0.01, 0.24, 0.26, 0.5, 2.0, 5.0, 20.0])
def test_probabilities_are_incomplete_gammas(q: float) -> None:
    a = q**-2
    x = a * np.exp(q * W)
    upper, lower = special.gammaincc(a, x), special.gammainc(a, x)
    survival, cdf = (upper, lower) if q > 0 else (lower, upper)
    for function, expected in ((gg.log_survival, survival), (gg.log_cdf, cdf)):
        normal = expected > 1e-290
        found = np.exp(function(W, np.array([q])).value)
        np.testing.assert_allclose(found[normal], expected[normal], rtol=1e-11)


@pytest.mark.parametrize("q", [-3.0, -1.0, -0.1, 0.3, 1.0, 2.5])
def test_density_is_that_of_a_log_gamma(q: float) -> None:
    a = q**-2
    expected = np.log(abs(q)) + a * np.log(a) - special.gammaln(a) + a * (q * W - np.exp(q * W))
    np.testing.assert_allclose(gg.log_density(W, np.array([q])).value, expected, rtol=1e-10)


@pytest.mark.parametrize(("q", "family"), [(0.0, lognormal), (1.0, weibull)])
def test_special_cases(q: float, family: object) -> None:
    law = lognormal if family is lognormal else weibull
    pairs = zip(FUNCTIONS, (law.density, law.survival, law.cdf), strict=True)
    for general, special_case in pairs:
        found, expected = general(W, np.array([q])), special_case(W)
        np.testing.assert_allclose(found.value, expected.value, rtol=1e-13)
        np.testing.assert_allclose(found.w, expected.first, rtol=1e-12, atol=1e-13)
        np.testing.assert_allclose(found.ww, expected.second, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("function", FUNCTIONS)
@settings(max_examples=100, deadline=None)
@given(
    w=st.floats(-8.0, 5.0),
    q=st.one_of(st.floats(-3.0, 3.0), st.floats(-0.01, 0.01), st.sampled_from([0.0, 1e-9, 1.0])),
)
def test_derivatives_against_differences(function: Function, w: float, q: float) -> None:
    h = 1e-5
    at = [function(np.array([w + s * h, w]), np.array([q, q + s * h])) for s in (-1.0, 1.0)]
    here = function(np.array([w]), np.array([q]))
    size = 1.0 + max(float(np.abs(part[0])) for part in here)

    def slope(part: str, which: int) -> float:
        return float((getattr(at[1], part)[which] - getattr(at[0], part)[which]) / (2 * h))

    for part, of, which in (
        ("w", "value", 0),
        ("q", "value", 1),
        ("ww", "w", 0),
        ("wq", "q", 0),
        ("wq", "w", 1),
        ("qq", "q", 1),
    ):
        assert getattr(here, part)[0] == pytest.approx(slope(of, which), rel=1e-5, abs=1e-7 * size)


@pytest.mark.parametrize("seam", [0.0, gg._SMALL_SHAPE, -gg._SMALL_SHAPE])
@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_seam_in_the_shape(function: Function, seam: float) -> None:
    before, after = (function(W, np.array([seam + s])) for s in (-1e-9, 1e-9))
    for left, right in zip(before, after, strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-7)


def test_mirrored_in_the_shape() -> None:
    upper = gg.log_survival(W, np.array([0.7]))
    lower = gg.log_cdf(-W, np.array([-0.7]))
    np.testing.assert_allclose(upper.value, lower.value, rtol=1e-14)
    np.testing.assert_allclose(upper.q, -lower.q, rtol=1e-13)


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("q", [-3.0, -0.1, 0.0, 1e-200, 0.1, 1.0, 3.0])
def test_tails_are_finite(function: Function, q: float) -> None:
    w = np.array([-1e4, -800.0, -40.0, 40.0, 800.0, 1e4])
    with np.errstate(all="ignore"):
        for part in function(w, np.array([q])):
            assert np.isfinite(part).all()


def test_upper_tail_has_its_closed_form() -> None:
    found = gg.log_survival(np.array([40.0]), np.array([0.0]))
    expected = lognormal.survival(np.array([40.0]))
    assert found.value[0] == pytest.approx(expected.value[0], rel=1e-14)
    assert found.ww[0] == pytest.approx(expected.second[0], rel=1e-9)


def test_many_shapes_at_once() -> None:
    w = np.linspace(-2.0, 2.0, 1200).reshape(2, 600)
    q = np.array([[0.4], [-1.1]])
    both = gg.log_survival(w, q)
    for k in range(2):
        one = gg.log_survival(w[k], q[k])
        for many, single in zip(both, one, strict=True):
            np.testing.assert_allclose(many[k], single, rtol=1e-13)
