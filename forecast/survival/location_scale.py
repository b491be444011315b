r"""Log-location-scale families: distributions of W in log T = eta + scale W.

All functions take the standardised log time z = (log t - eta) / scale and stay finite and exact
far into both tails.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import erfcx, expit, log_expit, log_ndtr, ndtr

from forecast.survival.arrays import FloatArray
from forecast.survival.family import TINY, Jet, LocationScale

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
_SQRT_2 = math.sqrt(2.0)
_SQRT_2_OVER_PI = math.sqrt(2 / math.pi)
_EULER_GAMMA = 0.5772156649015329
_LARGEST_EXPONENT = 709.0
# Below this, log(1 - exp(-exp(z))) and z - exp(z) / 2 agree to rounding; the first loses exp(z) to underflow.
_SMALL_CDF = -37.0
# Below this distance from 0 a normal's hazard is the ratio of density and survival, several times
# faster than erfcx and as exact.
_MODERATE = 8.0
# Up to this distance from 0 the tails of a normal are far from underflow.
_FAR = 30.0
_UNDERFLOW = 1e-290


@dataclass(frozen=True)
class Normal(LocationScale):
    r"""Standard normal W: T is log-normal.

    .. math:: \log f = -z^2/2 - \log\sqrt{2\pi}, \quad \log S = \log\Phi(-z)

    The hazard :math:`f/S = \sqrt{2/\pi} / \mathrm{erfcx}(z/\sqrt 2)` needs no ratio of tails.
    """

    def density(self, z: FloatArray) -> Jet:
        """Log-density of W at z, with derivatives."""
        return Jet(-0.5 * z * z - _LOG_SQRT_2PI, -z, np.full_like(z, -1.0))

    def survival(self, z: FloatArray) -> Jet:
        """Log of P(W > z), with derivatives."""
        if np.abs(z).max(initial=0.0) < _MODERATE:
            return _moderate_tail(z)
        hazard = _normal_hazard(z)
        return Jet(log_ndtr(-z), -hazard, -hazard * _excess(hazard, z))

    def cdf(self, z: FloatArray) -> Jet:
        """Log of P(W <= z), with derivatives."""
        mirrored = self.survival(-z)
        return Jet(mirrored.value, -mirrored.first, mirrored.second)

    def log_survival(self, z: FloatArray) -> FloatArray:
        """Log of P(W > z), also at infinite z."""
        result: FloatArray = log_ndtr(-z)
        return result

    def log_cdf(self, z: FloatArray) -> FloatArray:
        """Log of P(W <= z), also at infinite z."""
        result: FloatArray = log_ndtr(z)
        return result

    def probability_beyond(self, z: FloatArray) -> FloatArray:
        """P(W > z)."""
        probability: FloatArray = ndtr(-z)
        return probability

    def log_between(self, z: FloatArray, gap: FloatArray) -> FloatArray:
        """Log of P(z < W <= z + gap), to absolute precision."""
        first, second = z, z + gap
        if max(np.abs(first).max(initial=0.0), np.abs(second).max(initial=0.0)) > _FAR:
            return super().log_between(z, gap)
        # The mirrored interval where it is the one with the smaller tails.
        upper = first + second > 0
        high = ndtr(np.where(upper, -first, second))
        low = ndtr(np.where(upper, -second, first))
        result: FloatArray = np.log(np.maximum(high - low, TINY))
        return result


@dataclass(frozen=True)
class MinimumGumbel(LocationScale):
    r"""Standard minimum Gumbel W: T is Weibull with shape 1/scale (exponential if scale is 1).

    .. math:: \log f = z - e^z, \quad \log S = -e^z
    """

    def density(self, z: FloatArray) -> Jet:
        """Log-density of W at z, with derivatives."""
        x = _exp(z)
        return Jet(z - x, 1.0 - x, -x)

    def survival(self, z: FloatArray) -> Jet:
        """Log of P(W > z), with derivatives."""
        x = _exp(z)
        return Jet(-x, -x, -x)

    def cdf(self, z: FloatArray) -> Jet:
        """Log of P(W <= z), with derivatives."""
        x = _exp(z)
        small = z < _SMALL_CDF
        value = np.where(small, z - 0.5 * x, log_one_minus_exp(np.where(small, 1.0, x)))
        reversed_hazard = _reversed_hazard(x)
        return Jet(value, reversed_hazard, reversed_hazard * (1.0 - x - reversed_hazard))

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log-density of W at z."""
        return z - _exp(z)

    def log_survival(self, z: FloatArray) -> FloatArray:
        """Log of P(W > z), also at infinite z."""
        return -_exp(z)

    def log_cdf(self, z: FloatArray) -> FloatArray:
        """Log of P(W <= z), also at infinite z."""
        small = z < _SMALL_CDF
        return np.where(small, z, log_one_minus_exp(np.where(small, 1.0, _exp(z))))

    def log_between(self, z: FloatArray, gap: FloatArray) -> FloatArray:
        """Log of P(z < W <= z + gap), to absolute precision."""
        x = _exp(z)
        rise = np.maximum(x * np.expm1(gap), TINY)
        result: FloatArray = np.log(-np.expm1(-rise)) - x
        return result


@dataclass(frozen=True)
class Logistic(LocationScale):
    r"""Standard logistic W: T is log-logistic.

    .. math:: f = F S, \quad \log S = -\log(1 + e^z)
    """

    def density(self, z: FloatArray) -> Jet:
        """Log-density of W at z, with derivatives."""
        lower, upper = expit(z), expit(-z)
        return Jet(log_expit(z) + log_expit(-z), upper - lower, -2.0 * lower * upper)

    def survival(self, z: FloatArray) -> Jet:
        """Log of P(W > z), with derivatives."""
        lower = expit(z)
        return Jet(log_expit(-z), -lower, -lower * expit(-z))

    def cdf(self, z: FloatArray) -> Jet:
        """Log of P(W <= z), with derivatives."""
        upper = expit(-z)
        return Jet(log_expit(z), upper, -upper * expit(z))

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log-density of W at z."""
        # As z - 2 log(1 + exp(z)) on the side where exp(z) is small.
        down = -np.abs(z)
        density: FloatArray = down - 2.0 * np.log1p(np.exp(down))
        return density

    def log_survival(self, z: FloatArray) -> FloatArray:
        """Log of P(W > z), also at infinite z."""
        value: FloatArray = log_expit(-z)
        return value

    def log_cdf(self, z: FloatArray) -> FloatArray:
        """Log of P(W <= z), also at infinite z."""
        value: FloatArray = log_expit(z)
        return value

    def probability_beyond(self, z: FloatArray) -> FloatArray:
        """P(W > z)."""
        probability: FloatArray = expit(-z)
        return probability

    def log_between(self, z: FloatArray, gap: FloatArray) -> FloatArray:
        """Log of P(z < W <= z + gap): S(z) F(z + gap) (1 - exp(-gap))."""
        product = expit(-z) * expit(z + gap)
        if product.min(initial=1.0) < _UNDERFLOW:
            return log_expit(-z) + log_expit(z + gap) + log_one_minus_exp(gap)
        result: FloatArray = np.log(product) + log_one_minus_exp(gap)
        return result


def log_one_minus_exp(x: FloatArray) -> FloatArray:
    """Return log(1 - exp(-x)) for x > 0 without cancellation (Maechler 2012)."""
    near = x <= math.log(2.0)
    with_small = np.log(-np.expm1(-np.where(near, x, 1.0)))
    with_large = np.log1p(-np.exp(-np.where(near, 1.0, x)))
    result: FloatArray = np.where(near, with_small, with_large)
    return result


def _exp(z: FloatArray) -> FloatArray:
    """Return exp(z), held finite: a log-survival of -1e307 is as good as minus infinity."""
    result: FloatArray = np.exp(np.minimum(z, _LARGEST_EXPONENT))
    return result


def _reversed_hazard(x: FloatArray) -> FloatArray:
    """Return x / (exp(x) - 1) for x >= 0, which is 1 at 0."""
    positive = np.where(x > 0, x, 1.0)
    ratio = positive * np.exp(-positive) / -np.expm1(-positive)
    result: FloatArray = np.where(x > 0, ratio, 1.0)
    return result


def _moderate_tail(z: FloatArray) -> Jet:
    """Log-survival of the standard normal where no tail is far."""
    tail = ndtr(-np.abs(z))
    rest = 1.0 - tail
    upper = z > 0
    value = np.where(upper, np.log(tail), np.log1p(-tail))
    hazard = np.exp(-0.5 * z * z - _LOG_SQRT_2PI)
    hazard /= np.where(upper, tail, rest)
    return Jet(value, -hazard, hazard * (z - hazard))


def _normal_hazard(z: FloatArray) -> FloatArray:
    """Density over survival of the standard normal; 0 where erfcx overflows (z below -37)."""
    result: FloatArray = _SQRT_2_OVER_PI / erfcx(z / _SQRT_2)
    return result


def _excess(hazard: FloatArray, z: FloatArray) -> FloatArray:
    """Hazard of the standard normal minus z; by its expansion where the difference cancels."""
    far = z > 1e3
    # h - z = 1/z - 2/z^3 + O(z^-5)
    inverse = 1.0 / np.where(far, z, 1.0)
    result: FloatArray = np.where(far, inverse - 2.0 * inverse**3, hazard - z)
    return result


lognormal = Normal("lognormal", 0.0, 1.0)
weibull = MinimumGumbel("weibull", -_EULER_GAMMA, math.pi / math.sqrt(6.0))
loglogistic = Logistic("loglogistic", 0.0, math.pi / math.sqrt(3.0))
exponential = MinimumGumbel("exponential", weibull.error_mean, weibull.error_sd, fixed_scale=1.0)
