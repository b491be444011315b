"""Families agree with SciPy's distributions and hold in both tails."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forecast.errors import UsageError
from forecast.survival import families
from forecast.survival.families import Family, Jet, LocationScale, get_family

# Those that are a law of one standardised time.
FAMILIES = {k: v for k, v in families.FAMILIES.items() if isinstance(v, LocationScale)}
NAMES = sorted(FAMILIES)
FUNCTIONS = ["density", "survival", "cdf"]


@pytest.mark.parametrize(
    ("name", "reference"),
    [("lognormal", "norm"), ("weibull", "gumbel_l"), ("loglogistic", "logistic")],
)
def test_agrees_with_scipy(name: str, reference: str) -> None:
    from scipy import stats

    family, scipy_law = FAMILIES[name], getattr(stats, reference)
    z = np.linspace(-6.0, 3.0, 41)
    np.testing.assert_allclose(family.log_density(z), scipy_law.logpdf(z), rtol=1e-11)
    np.testing.assert_allclose(family.log_survival(z), scipy_law.logsf(z), rtol=1e-11)
    np.testing.assert_allclose(family.log_cdf(z), scipy_law.logcdf(z), rtol=1e-11)
    assert family.error_mean == pytest.approx(scipy_law.mean(), abs=1e-12)
    assert family.error_sd == pytest.approx(scipy_law.std())


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None)
@given(z=st.floats(-12.0, 3.0))
def test_derivatives_against_differences(name: str, function: str, z: float) -> None:
    jet = getattr(FAMILIES[name], function)
    h = 1e-5
    below, above = jet(np.array([z - h, z + h])).value
    slopes = jet(np.array([z - h, z + h])).first
    tolerance = 1e-6 * (1.0 + abs(z) + np.exp(z))
    assert jet(np.array([z])).first[0] == pytest.approx((above - below) / (2 * h), abs=tolerance)
    assert jet(np.array([z])).second[0] == pytest.approx(
        (slopes[1] - slopes[0]) / (2 * h), abs=tolerance
    )


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize("name", NAMES)
def test_tails_are_finite(name: str, function: str) -> None:
    z = np.array([-1e4, -800.0, -200.0, -40.0, -30.0, 30.0, 40.0, 200.0, 800.0, 1e4])
    for part in getattr(FAMILIES[name], function)(z):
        assert np.isfinite(part).all()


def _closed_forms(z: float) -> dict[tuple[str, str], tuple[float, float, float]]:
    """Leading terms of value, first and second derivative at a large z > 0."""
    normal = -0.5 * z * z - np.log(z) - 0.5 * np.log(2 * np.pi) - 1 / z**2
    return {
        ("lognormal", "survival"): (normal, -z - 1 / z, -1 + 1 / z**2),
        ("weibull", "survival"): (-np.exp(z), -np.exp(z), -np.exp(z)),
        ("loglogistic", "survival"): (-z, -1.0, -np.exp(-z)),
    }


@pytest.mark.parametrize("name", ["lognormal", "weibull", "loglogistic"])
def test_upper_tail_has_its_closed_form(name: str) -> None:
    z = 40.0
    expected = _closed_forms(z)[name, "survival"]
    found = [part[0] for part in FAMILIES[name].survival(np.array([z]))]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_lower_tail_has_its_closed_form() -> None:
    z = np.array([-40.0])
    normal, gumbel, logistic = (
        FAMILIES[name].cdf(z) for name in ("lognormal", "weibull", "loglogistic")
    )
    mirrored = FAMILIES["lognormal"].survival(-z)
    assert normal.value == mirrored.value
    assert normal.first == -mirrored.first
    assert normal.second == mirrored.second
    # F is exp(z) to first order: log F = z.
    for law in (gumbel, logistic):
        assert law.value[0] == pytest.approx(-40.0, rel=1e-15)
        assert law.first[0] == pytest.approx(1.0, rel=1e-15)
    assert logistic.second[0] == pytest.approx(-np.exp(-40.0), rel=1e-12)


def test_the_gumbel_cdf_has_no_seam() -> None:
    z = np.array([-37.0 - 1e-9, -37.0 + 1e-9])
    lower, upper = FAMILIES["weibull"].cdf(z).value
    assert upper - lower == pytest.approx(2e-9, rel=1e-4)


def test_normal_curvature_far_out_has_no_seam() -> None:
    z = np.array([999.999, 1000.001, 1e6])
    second = FAMILIES["lognormal"].survival(z).second
    np.testing.assert_allclose(second, -1 + 1 / z**2, rtol=1e-9)


def test_infinite_times() -> None:
    ends = np.array([-np.inf, np.inf])
    for family in FAMILIES.values():
        assert np.exp(family.log_survival(ends)).tolist() == [1.0, 0.0]
        assert np.exp(family.log_cdf(ends)).tolist() == [0.0, 1.0]


@pytest.mark.parametrize("name", ["lognormal", "weibull", "loglogistic"])
@pytest.mark.parametrize("gap", [1e-4, 0.3, 4.0])
def test_intervals_are_differences_of_tails(name: str, gap: float) -> None:
    # From far below the bulk, past -30 where a normal's tails underflow, to a survival of e-9.
    family, z = FAMILIES[name], np.array([-600.0, -45.0, -31.0, -9.0, -2.0, -0.1, 0.0, 0.4, 1.7])
    whole = family.between_at(z, z + gap, (np.zeros(1), np.zeros(1)))
    found = family.log_between(z, np.array([gap]))
    np.testing.assert_allclose(found, whole.value, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("name", ["lognormal", "weibull", "loglogistic"])
def test_intervals_beyond_all_numbers_are_finite(name: str) -> None:
    z = np.array([-1e4, -800.0, 29.0, 800.0])
    assert np.isfinite(FAMILIES[name].log_between(z, np.array([0.5]))).all()


@pytest.mark.parametrize("name", ["lognormal", "weibull", "loglogistic"])
def test_probability_beyond_is_the_survival(name: str) -> None:
    family, z = FAMILIES[name], np.linspace(-9.0, 3.0, 13)
    np.testing.assert_allclose(
        family.probability_beyond(z), np.exp(family.log_survival(z)), rtol=1e-13
    )


def test_registry() -> None:
    assert len(families.FAMILIES) == 6
    assert get_family("weibull") is FAMILIES["weibull"]
    assert get_family(FAMILIES["weibull"]) is FAMILIES["weibull"]
    assert FAMILIES["exponential"].fixed_scale == 1.0
    with pytest.raises(UsageError, match="did you mean 'lognormal'"):
        get_family("log-normal")
    assert isinstance(FAMILIES["weibull"], Family)
    assert isinstance(FAMILIES["weibull"].cdf(np.zeros(1)), Jet)
