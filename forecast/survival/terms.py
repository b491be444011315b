r"""The four kinds of term of a censored log-likelihood, with derivatives in eta and log scale.

With z = (log t - eta) / scale a term is log f(z), log S(z), log F(z) or log[S(z_1) - S(z_2)].
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from forecast.survival.arrays import FloatArray, IntArray
from forecast.survival.families import Family, Jet, log_one_minus_exp


class RowDerivatives(NamedTuple):
    """Values by row and their derivatives, each (..., n); `tau` is the log of the scale."""

    value: FloatArray
    eta: FloatArray
    tau: FloatArray
    eta_eta: FloatArray
    eta_tau: FloatArray
    tau_tau: FloatArray


class _Pair(NamedTuple):
    """A function of two standardised times with its derivatives."""

    value: FloatArray
    first: FloatArray
    second: FloatArray
    first_first: FloatArray
    first_second: FloatArray
    second_second: FloatArray


Evaluate = Callable[[Family, FloatArray, FloatArray, FloatArray, FloatArray], RowDerivatives]


@dataclass(frozen=True, eq=False)
class Term:
    """One kind of term for the rows that have it.

    Attributes
    ----------
    evaluate : callable
        `density`, `survival`, `cdf` or `between`.
    rows : (k,) int array
        The rows, each at most once.
    log_time, log_time_2 : (k,) arrays
        Logs of the times; the second is used by `between` alone.
    sign : float
        1 in the numerator (what was observed), -1 in the denominator (why it could be).
    """

    evaluate: Evaluate
    rows: IntArray
    log_time: FloatArray
    log_time_2: FloatArray
    sign: float


def density(
    family: Family, eta: FloatArray, tau: FloatArray, log_time: FloatArray, _: FloatArray
) -> RowDerivatives:
    """Log-density of log T: log f(z) - log scale."""
    scale = np.exp(tau)
    z = (log_time - eta) / scale
    jet = _of_one_time(family.density(z), z, scale)
    return jet._replace(value=jet.value - tau, tau=jet.tau - 1.0)


def survival(
    family: Family, eta: FloatArray, tau: FloatArray, log_time: FloatArray, _: FloatArray
) -> RowDerivatives:
    """Log-probability of lasting longer: log S(z)."""
    scale = np.exp(tau)
    z = (log_time - eta) / scale
    return _of_one_time(family.survival(z), z, scale)


def cdf(
    family: Family, eta: FloatArray, tau: FloatArray, log_time: FloatArray, _: FloatArray
) -> RowDerivatives:
    """Log-probability of having ended: log F(z)."""
    scale = np.exp(tau)
    z = (log_time - eta) / scale
    return _of_one_time(family.cdf(z), z, scale)


def between(
    family: Family, eta: FloatArray, tau: FloatArray, log_time: FloatArray, log_time_2: FloatArray
) -> RowDerivatives:
    """Log-probability of ending between two times: log[S(z_1) - S(z_2)].

    The difference is taken of survival functions where the interval reaches above z = 0 and of
    distribution functions elsewhere, in log space, so that neither tail cancels.
    """
    scale = np.exp(tau)
    z_1, z_2 = (log_time - eta) / scale, (log_time_2 - eta) / scale
    upper_side = z_2 > 0
    pair = _Pair(*(np.empty_like(z_1) for _ in _Pair._fields))
    for side, difference in ((upper_side, _by_survival), (~upper_side, _by_cdf)):
        for whole, part in zip(pair, difference(family, z_1[side], z_2[side]), strict=True):
            whole[side] = part
    return _of_two_times(pair, z_1, z_2, scale)


def _by_survival(family: Family, z_1: FloatArray, z_2: FloatArray) -> _Pair:
    return _log_difference(family.survival(z_1), family.survival(z_2))


def _by_cdf(family: Family, z_1: FloatArray, z_2: FloatArray) -> _Pair:
    swapped = _log_difference(family.cdf(z_2), family.cdf(z_1))
    return _Pair(
        swapped.value,
        swapped.second,
        swapped.first,
        swapped.second_second,
        swapped.first_second,
        swapped.first_first,
    )


def _log_difference(large: Jet, small: Jet) -> _Pair:
    r"""Log of exp(large) - exp(small), functions of a first and a second variable.

    .. math::
        \log(e^a - e^b) = a + \log(1 - e^{-\delta}), \quad \delta = a - b, \quad
        k = 1 / (e^\delta - 1), \quad dk/d\delta = -k (1 + k)
    """
    delta = large.value - small.value
    k = np.exp(-delta) / -np.expm1(-delta)
    large_slope = (1.0 + k) * large.first
    small_slope = k * small.first
    # The products below pair a factor k with each derivative of the smaller term: its derivatives
    # may be too large to be squared where k is zero.
    return _Pair(
        large.value + log_one_minus_exp(delta),
        large_slope,
        -small_slope,
        (1.0 + k) * large.second - large_slope * (k * large.first),
        large_slope * small_slope,
        -k * small.second - small_slope * ((1.0 + k) * small.first),
    )


def _of_one_time(jet: Jet, z: FloatArray, scale: FloatArray) -> RowDerivatives:
    """Chain rule with dz/d eta = -1/scale and dz/d tau = -z."""
    return RowDerivatives(
        jet.value,
        -jet.first / scale,
        -z * jet.first,
        jet.second / scale**2,
        (z * jet.second + jet.first) / scale,
        z * (z * jet.second + jet.first),
    )


def _of_two_times(
    pair: _Pair, z_1: FloatArray, z_2: FloatArray, scale: FloatArray
) -> RowDerivatives:
    """Chain rule for a function of two standardised times."""
    toward_1 = z_1 * pair.first_first + z_2 * pair.first_second + pair.first
    toward_2 = z_1 * pair.first_second + z_2 * pair.second_second + pair.second
    both = pair.first_first + 2.0 * pair.first_second + pair.second_second
    return RowDerivatives(
        pair.value,
        -(pair.first + pair.second) / scale,
        -(z_1 * pair.first + z_2 * pair.second),
        both / scale**2,
        (toward_1 + toward_2) / scale,
        z_1 * toward_1 + z_2 * toward_2,
    )
