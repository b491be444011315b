"""The censored likelihood: derivatives, closed forms, tails."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from forecast.errors import DataError
from forecast.survival.durations import durations
from forecast.survival.families import FAMILIES
from forecast.survival.likelihood import CensoredLikelihood
from forecast.survival.likelihood_inputs import NeverShare

FloatArray = npt.NDArray[np.float64]
INF = np.inf

OBSERVED: dict[str, dict[str, float]] = {
    "exact": {"lower": 14.0, "upper": 14.0},
    "right": {"lower": 14.0, "upper": INF},
    "left": {"lower": 0.0, "upper": 14.0},
    "interval": {"lower": 14.0, "upper": 19.0},
    "narrow": {"lower": 14.0, "upper": 14.0001},
    "ended": {"lower": 14.0, "upper": 14.0, "cause": 2},
}
TRUNCATED: dict[str, dict[str, float]] = {
    "whole": {},
    "entry": {"entry": 6.0},
    "exit": {"exit": 40.0},
    "both": {"entry": 6.0, "exit": 40.0},
}
KINDS = [
    (o, t) for o in OBSERVED for t in TRUNCATED if not (o == "right" and t in ("exit", "both"))
]

NAMES = sorted(FAMILIES)
LAWS: dict[str, Any] = {
    "lognormal": stats.norm,
    "weibull": stats.gumbel_l,
    "loglogistic": stats.logistic,
    "exponential": stats.gumbel_l,
}
# The family's own parameters after the linear predictor, from a log scale and a shape.
OWN: dict[str, Callable[[float, float], list[float]]] = {
    "lognormal": lambda tau, _: [tau],
    "weibull": lambda tau, _: [tau],
    "loglogistic": lambda tau, _: [tau],
    "exponential": lambda _, __: [],
    "generalised-gamma": lambda tau, shape: [tau, shape],
    "gompertz": lambda _, shape: [0.04 * abs(shape)],
}


def _likelihood(
    observed: str, truncated: str, family: str, never: NeverShare | None = None
) -> CensoredLikelihood:
    y = durations(**OBSERVED[observed], **TRUNCATED[truncated])
    return CensoredLikelihood.build([[1.0, 0.7]], y, family, weights=[1.7], never=never)


def _differences(
    likelihood: CensoredLikelihood, theta: FloatArray, h: float
) -> tuple[FloatArray, FloatArray]:
    """Central differences of the value and of the gradient."""
    at = likelihood.log_posterior
    around = [(at(theta + step), at(theta - step)) for step in h * np.eye(len(theta))]
    first = np.array([(ahead[0] - back[0]) / (2 * h) for ahead, back in around])
    second = np.array([(ahead[1] - back[1]) / (2 * h) for ahead, back in around])
    return first, second


def _assert_derivatives(likelihood: CensoredLikelihood, theta: FloatArray) -> None:
    _, gradient, hessian = likelihood.log_posterior(theta)
    size = 1.0 + np.abs(hessian).max()
    # A Gompertz shape is per month, and so are the steps in which the likelihood bends.
    h = 1e-6 if likelihood.family.name == "gompertz" else 1e-5
    first, second = _differences(likelihood, theta, h)
    np.testing.assert_allclose(gradient, first, atol=1e-6 * size, rtol=1e-6)
    np.testing.assert_allclose(hessian, second, atol=1e-6 * size, rtol=1e-6)
    np.testing.assert_array_equal(hessian, hessian.T)


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize(("observed", "truncated"), KINDS)
@settings(max_examples=7, deadline=None)
@given(
    intercept=st.floats(1.5, 4.5),
    slope=st.floats(-1.0, 1.0),
    log_scale=st.floats(-1.0, 0.7),
    shape=st.floats(-2.0, 2.0),
)
def test_derivatives_against_differences(
    family: str,
    observed: str,
    truncated: str,
    intercept: float,
    slope: float,
    log_scale: float,
    shape: float,
) -> None:
    theta = np.array([intercept, slope, *OWN[family](log_scale, shape)])
    _assert_derivatives(_likelihood(observed, truncated, family), theta)


@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize(("observed", "truncated"), KINDS)
@settings(max_examples=5, deadline=None)
@given(
    intercept=st.floats(1.5, 4.5),
    shape=st.floats(-2.0, 2.0),
    kappa=st.floats(-4.0, 2.0),
    slope=st.floats(-1.0, 1.0),
    log_rate=st.floats(-6.0, -2.0),
)
def test_derivatives_with_a_never_share(
    family: str,
    observed: str,
    truncated: str,
    intercept: float,
    shape: float,
    kappa: float,
    slope: float,
    log_rate: float,
) -> None:
    likelihood = _likelihood(observed, truncated, family, NeverShare([[1.0, -0.4]], ends=True))
    own = OWN[family](-0.3, shape)
    if family == "gompertz":
        own = [own[0] + 1e-3]  # a step of the differences must not leave the domain
    theta = np.array([intercept, 0.3, *own, kappa, slope, log_rate])
    _assert_derivatives(likelihood, theta)


def _beyond(family: str, eta: float, own: list[float], t: float) -> float:
    """P(T > t) by SciPy."""
    if t == 0:
        return 1.0
    if family == "gompertz":
        return float(np.exp(-np.exp(-eta) * np.expm1(own[0] * t) / own[0]))
    scale = np.exp(own[0]) if own else 1.0
    w = (np.log(t) - eta) / scale
    if family == "generalised-gamma":
        a = own[1] ** -2
        upper = special.gammaincc if own[1] > 0 else special.gammainc
        return float(upper(a, a * np.exp(own[1] * w)))
    return float(LAWS[family].sf(w))


@pytest.mark.parametrize("shape", [-0.8, 1.7])
@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize(("observed", "truncated"), KINDS)
def test_value_by_definition(family: str, observed: str, truncated: str, shape: float) -> None:
    likelihood = _likelihood(observed, truncated, family)
    own = OWN[family](-0.3, shape)
    eta = 2.9 + 0.7 * 0.4

    def beyond(t: float) -> float:
        return _beyond(family, eta, own, t)

    row = {"entry": 0.0, "exit": INF} | OBSERVED[observed] | TRUNCATED[truncated]
    if observed == "exact":
        t, h = row["lower"], 1e-4
        seen = (8 * (beyond(t - h) - beyond(t + h)) - beyond(t - 2 * h) + beyond(t + 2 * h)) / (
            12 * h
        )
    elif observed in ("right", "ended"):
        seen = beyond(row["lower"])
    else:
        seen = beyond(max(row["lower"], row["entry"])) - beyond(row["upper"])
    leaves = 0.0 if observed in ("right", "ended") or row["exit"] == INF else beyond(row["exit"])
    expected = np.log(seen) - np.log(beyond(row["entry"]) - leaves)
    theta = np.array([2.9, 0.4, *own])
    assert likelihood.row_loglik(theta)[0] == pytest.approx(expected, rel=1e-8)
    assert likelihood.loglik(theta) == pytest.approx(1.7 * expected, rel=1e-8)


@pytest.mark.parametrize("never", [None, NeverShare(ends=True)])
@pytest.mark.parametrize("family", NAMES)
@pytest.mark.parametrize(("observed", "truncated"), KINDS)
@pytest.mark.parametrize("distance", [-40.0, -25.0, 5.0, 25.0, 40.0])
def test_far_tails_are_finite(
    family: str, observed: str, truncated: str, distance: float, never: NeverShare | None
) -> None:
    likelihood = _likelihood(observed, truncated, family, never)
    own = OWN[family](0.0, 0.5)
    if family == "gompertz":
        own = [1e-3]
    share = [] if never is None else [-1.0, -4.0]
    theta = np.array([np.log(14.0) - distance, 0.0, *own, *share])
    for part in likelihood.log_posterior(theta):
        assert np.isfinite(part).all()


def test_differences_of_survivals_do_not_cancel() -> None:
    y = durations([np.exp(30.0), np.exp(-31.0)], [np.exp(31.0), np.exp(-30.0)])
    likelihood = CensoredLikelihood.build(np.ones((2, 1)), y, "lognormal")
    upper, lower = likelihood.row_loglik(np.zeros(2))
    assert upper == pytest.approx(lower, rel=1e-12)
    # S(31) is exp(-30.5) of S(30).
    assert upper == pytest.approx(stats.norm.logsf(30.0), rel=1e-12)


def test_narrow_interval_is_the_density_times_its_width() -> None:
    width = 1e-9
    y = durations([10.0, 10.0], [10.0, 10.0 + width])
    likelihood = CensoredLikelihood.build(np.ones((2, 1)), y, "weibull")
    exact, narrow = likelihood.row_loglik(np.array([2.0, -0.5]))
    assert narrow == pytest.approx(exact + np.log(width), abs=1e-6)


def test_no_seam_where_intervals_become_narrow() -> None:
    relative = 1e-5 * np.array([0.999, 1.001])
    y = durations(np.full(2, 10.0), 10.0 * np.exp(relative))
    likelihood = CensoredLikelihood.build(np.ones((2, 1)), y, "lognormal")
    by_row = likelihood.rows((np.full(2, 1.0), np.array([0.3])))
    heights = by_row.value - np.log(relative)
    assert heights[0] == pytest.approx(heights[1], abs=1e-8)
    assert by_row.first[0][0] == pytest.approx(by_row.first[0][1], abs=1e-6)
    assert by_row.second[0][0] == pytest.approx(by_row.second[0][1], abs=1e-4)


def test_an_open_row_at_time_zero_says_nothing() -> None:
    y = durations([0.0, 5.0], [INF, 9.0], entry=[0.0, 5.0])
    likelihood = CensoredLikelihood.build(np.ones((2, 1)), y, "loglogistic")
    assert likelihood.row_loglik(np.array([2.0, 0.0]))[0] == 0.0


def test_prior_is_gaussian() -> None:
    y = durations([3.0, 8.0, 20.0], [3.0, 9.0, INF])
    plain = CensoredLikelihood.build(np.ones((3, 1)), y, "weibull")
    mean, precision = np.array([2.0, -0.3]), np.array([4.0, 9.0])
    shrunk = CensoredLikelihood.build(
        np.ones((3, 1)), y, "weibull", prior_mean=mean, prior_precision=precision
    )
    theta = np.array([2.5, 0.1])
    value, gradient, hessian = shrunk.log_posterior(theta)
    flat_value, flat_gradient, flat_hessian = plain.log_posterior(theta)
    assert value - flat_value == pytest.approx(-0.5 * (4.0 * 0.25 + 9.0 * 0.16))
    np.testing.assert_allclose(gradient - flat_gradient, [-2.0, -3.6])
    np.testing.assert_allclose(hessian - flat_hessian, -np.diag(precision), atol=1e-12)
    assert shrunk.loglik(theta) == pytest.approx(flat_value)


def test_many_evaluations_at_once() -> None:
    y = durations([3.0, 8.0, 0.0, 20.0], [3.0, 9.0, 6.0, INF], entry=[0, 2, 0, 5])
    likelihood = CensoredLikelihood.build(np.ones((4, 1)), y, "lognormal")
    etas = np.linspace(1.0, 3.0, 12).reshape(3, 4)
    log_scales = np.array([-0.5, 0.0, 0.4])
    batch = likelihood.rows((etas, log_scales[:, np.newaxis]))
    for k in range(3):
        one = likelihood.rows((etas[k], log_scales[k : k + 1]))
        for many, single in zip(batch.parts(), one.parts(), strict=True):
            np.testing.assert_allclose(many[k], single, rtol=1e-14)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"design": np.ones((3, 1))}, "do not fit together"),
        ({"design": [[1.0], [np.nan]]}, "missing or infinite"),
        ({"weights": [1.0, -1.0]}, "not negative"),
        ({"weights": [1.0]}, "do not fit together"),
        ({"prior_precision": [1.0, 1.0, 1.0]}, "each of the 2 parameters"),
        ({"prior_precision": -1.0}, "cannot be negative"),
        ({"prior_mean": np.nan}, "must be finite"),
    ],
)
def test_bad_arrays_are_refused(arguments: dict[str, Any], message: str) -> None:
    design = arguments.pop("design", np.ones((2, 1)))
    with pytest.raises(DataError, match=message):
        CensoredLikelihood.build(design, durations([1.0, 2.0]), "weibull", **arguments)
