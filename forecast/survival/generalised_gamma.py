r"""The generalised gamma family in Prentice's parameterisation, without a seam at the log-normal.

With log T = eta + scale W, shape q and :math:`a = q^{-2}`,

.. math::
    \log f(w; q) = \log|q| + a \log a - \log\Gamma(a) + a (q w - e^{q w})
                 = -\log\sqrt{2\pi} - R(a) - w^2 \varphi(q w),
    \quad \varphi(u) = (e^u - 1 - u) / u^2,

where R is what Stirling's formula leaves of the log-gamma function. R(1/q^2) and :math:`\varphi`
are analytic in q, so that q = 0 (log-normal) is a point like any other; q = 1 is Weibull, and
:math:`f(w; q) = f(-w; -q)`. Tails are integrals of f under a fixed double-exponential rule; their
derivatives in q are integrals of the derivatives.

References
----------
Prentice (1974), doi:10.1093/biomet/61.3.539.
Takahasi and Mori (1974), doi:10.2977/prims/1195192451 (double-exponential quadrature).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from forecast.survival.arrays import BoolArray, FloatArray
from forecast.survival.family import LOG_SCALE, Channels, Family
from forecast.survival.jets import Jets
from forecast.survival.location_scale import log_one_minus_exp

SHAPE = "q"

_LOG_SQRT_2PI = 0.5 * math.log(2 * math.pi)
# exp(300) squared and times any power in sight is still finite, and no data set gets near it.
_LARGEST_EXPONENT = 300.0
_TERMS = 9
# Below these the series are exact to rounding, above them the closed forms lose few digits.
_SMALL_ARGUMENT = 0.2
_SMALL_SHAPE = 0.25
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)
_ROWS_AT_ONCE = 512
# Shapes this small are 0: their products would be too small to be exact.
_ZERO_SHAPE = 1e-100


class ShapeJet(NamedTuple):
    """A function of (w, q) with derivatives, each of the shape of w."""

    value: FloatArray
    w: FloatArray
    q: FloatArray
    ww: FloatArray
    wq: FloatArray
    qq: FloatArray


@dataclass(frozen=True)
class GeneralisedGamma(Family):
    """Generalised gamma durations: parameters log(scale) and q."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The log of the scale and the shape q."""
        return (LOG_SCALE, SHAPE)

    def position(self, log_time: FloatArray, channels: Channels) -> FloatArray:
        """W."""
        w: FloatArray = (log_time - channels[0]) / np.exp(channels[1])
        return w

    def density_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log f(w; q) - log scale."""
        w = self.position(log_time, channels)
        jets = _chain(log_density(w, channels[2]), w, channels)
        eta, tau, q = jets.first
        return Jets(jets.value - channels[1], (eta, tau - 1.0, q), jets.second)

    def survival_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log S(w; q)."""
        w = self.position(log_time, channels)
        return _chain(log_survival(w, channels[2]), w, channels)

    def cdf_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log F(w; q)."""
        w = self.position(log_time, channels)
        return _chain(log_cdf(w, channels[2]), w, channels)


def log_density(w: FloatArray, q: FloatArray) -> ShapeJet:
    """Log f(w; q), with derivatives."""
    bulk = _bulk(w, np.minimum(q * w, _LARGEST_EXPONENT))
    return _normalised(ShapeJet(*(-part for part in bulk)), q)


def log_survival(w: FloatArray, q: FloatArray) -> ShapeJet:
    """Log of P(W > w), with derivatives."""
    tail, low = _outer_tail(w, q)
    return _complement_where(low, tail)


def log_cdf(w: FloatArray, q: FloatArray) -> ShapeJet:
    """Log of P(W <= w), with derivatives."""
    tail, low = _outer_tail(w, q)
    return _complement_where(~low, tail)


def _normalised(jet: ShapeJet, q: FloatArray) -> ShapeJet:
    """Add the log of the normalising constant, which depends on q alone."""
    remainder, slope, curvature = _stirling_remainder(q)
    return jet._replace(
        value=jet.value - (_LOG_SQRT_2PI + remainder), q=jet.q - slope, qq=jet.qq - curvature
    )


def _outer_tail(w: FloatArray, q: FloatArray) -> tuple[ShapeJet, BoolArray]:
    """Log-probability of the tail that leads away from 0, and where that is the lower one."""
    shape = np.broadcast_shapes(w.shape, q.shape)
    far = np.broadcast_to(w, shape).ravel()
    shapes = np.broadcast_to(np.where(np.abs(q) < _ZERO_SHAPE, 0.0, q), shape).ravel()
    low = far < 0
    tail = _tail(np.abs(far), np.where(low, -shapes, shapes))
    sign = np.where(low, -1.0, 1.0)
    mirrored = tail._replace(w=sign * tail.w, q=sign * tail.q)
    folded = ShapeJet(*(part.reshape(shape) for part in mirrored))
    return _normalised(folded, q), low.reshape(shape)


def _complement_where(chosen: BoolArray, jet: ShapeJet) -> ShapeJet:
    """Log of 1 - exp(jet) where chosen."""
    rest = -np.expm1(np.where(chosen, jet.value, -1.0))
    odds = np.exp(jet.value) / rest
    both = odds * (1.0 + odds)
    flipped = ShapeJet(
        log_one_minus_exp(np.where(chosen, -jet.value, 1.0)),
        -odds * jet.w,
        -odds * jet.q,
        -odds * jet.ww - both * jet.w * jet.w,
        -odds * jet.wq - both * jet.w * jet.q,
        -odds * jet.qq - both * jet.q * jet.q,
    )
    return ShapeJet(*(np.where(chosen, a, b) for a, b in zip(flipped, jet, strict=True)))


def _nodes() -> tuple[FloatArray, FloatArray]:
    """Double-exponential rule on (0, inf) for integrands that fall like exp(-s): 63 nodes."""
    t = -3.4 + 0.12 * np.arange(63)
    nodes = np.exp(t - np.exp(-t))
    weights = 0.12 * nodes * (1.0 + np.exp(-t))
    return nodes[:, np.newaxis], weights[:, np.newaxis]


_NODES, _WEIGHTS = _nodes()


def _tail(w: FloatArray, q: FloatArray) -> ShapeJet:
    """Log of P(W > w) / normalising constant for w >= 0, with derivatives, (k,)."""
    parts = [
        _tail_at_once(w[i : i + _ROWS_AT_ONCE], q[i : i + _ROWS_AT_ONCE])
        for i in range(0, len(w), _ROWS_AT_ONCE)
    ]
    if not parts:
        return ShapeJet(*(np.empty(0) for _ in ShapeJet._fields))
    return ShapeJet(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _tail_at_once(w: FloatArray, q: FloatArray) -> ShapeJet:
    r"""Integrate exp of Q(s) = log f(w + s) - log f(w) over s > 0.

    .. math::
        K = \int e^Q ds, \quad \partial_q \log S = \partial_q \log f + E[Q_q], \quad
        \partial_{qq} \log S = \partial_{qq} \log f + E[Q_{qq} + Q_q^2] - E[Q_q]^2,

    with E the mean under :math:`e^Q / K`. The hazard is h = 1/K; h + (log f)' is a mean of
    positive terms, and so does not cancel. For q > 0 the variable is r with s = log(1 + q r) / q,
    whose integrand falls exponentially and not more than that.
    """
    u = np.minimum(q * w, _LARGEST_EXPONENT)
    here = _bulk(w, u)
    s, weight, growth = _abscissae(w, q)
    height = np.exp(u)
    qs = q * s
    fall = -(here.w * s + height * s * s * _phi(qs, growth))
    with np.errstate(under="ignore"):
        density = weight * np.exp(fall)
    # Where nothing of the density is left, the derivatives there do not matter.
    v = np.where(density > 0, w + s, w)
    there = _bulk_in_shape(v, np.minimum(q * v, _LARGEST_EXPONENT))
    first, second = here.q - there[0], here.qq - there[1]
    mass = density.sum(axis=0)
    slope = (density * first).sum(axis=0) / mass
    bend = (density * (second + first * first)).sum(axis=0) / mass
    step = np.where(qs == 0, s, growth / np.where(q == 0, 1.0, q))
    excess = height * (density * step).sum(axis=0) / mass
    hazard = 1.0 / mass
    return ShapeJet(
        np.log(mass) - here.value,
        -hazard,
        slope - here.q,
        -hazard * excess,
        hazard * slope,
        bend - slope * slope - here.qq,
    )


def _abscissae(w: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Nodes s, weights ds and exp(q s) - 1, each (63, k)."""
    u = np.minimum(q * w, _LARGEST_EXPONENT)
    height, slope = np.exp(u), w * _ratio(u)
    unit = 2.0 / (slope + np.sqrt(slope * slope + 2.0 * height))
    # Stretch it by Newton's steps to where the log-density has fallen by about 1.
    for _ in range(3):
        s, growth, stretch = _path(unit, q)
        fallen = slope * s + height * s * s * _phi(q * s, growth)
        steep = (slope + height * s * _ratio(q * s)) / stretch
        unit = unit * np.exp(np.clip((1.0 - fallen) / (steep * unit), -2.0, 2.0))
    s, growth, stretch = _path(_NODES * unit, q)
    return s, _WEIGHTS * unit / stretch, growth


def _path(r: FloatArray, q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return s, exp(q s) - 1 and dr/ds of r = (exp(q s) - 1) / q for q > 0, and of r = s else."""
    positive = q > 0
    stretched = np.where(positive, q, 0.0) * r
    s = np.where(positive, np.log1p(stretched) / np.where(positive, q, 1.0), r)
    growth = np.where(positive, stretched, np.expm1(np.where(positive, 0.0, q) * s))
    return s, growth, 1.0 + stretched


def _chain(jet: ShapeJet, w: FloatArray, channels: Channels) -> Jets:
    """Chain rule with dw/d eta = -1/scale and dw/d tau = -w."""
    rate = np.exp(-channels[1])
    bend = w * jet.ww + jet.w
    return Jets(
        jet.value,
        (-jet.w * rate, -w * jet.w, jet.q),
        (jet.ww * rate**2, bend * rate, -jet.wq * rate, w * bend, -w * jet.wq, jet.qq),
    )


def _bulk(w: FloatArray, u: FloatArray) -> ShapeJet:
    """Return w^2 phi(q w), with derivatives; u = q w."""
    growth = np.expm1(u)
    first, second = _bulk_in_shape(w, u)
    ratio = _ratio(u)
    small = np.abs(u) < _SMALL_ARGUMENT
    kept = np.where(small, 1.0, u)
    closed = (growth + 1.0 - ratio) / kept
    bent = np.where(small, _series(np.where(small, u, 0.0), _PHI_1_SLOPE), closed)
    return ShapeJet(w * w * _phi(u, growth), w * ratio, first, growth + 1.0, w * w * bent, second)


def _ratio(u: FloatArray) -> FloatArray:
    """(e^u - 1) / u."""
    flat = u == 0
    result: FloatArray = np.where(flat, 1.0, np.expm1(u) / np.where(flat, 1.0, u))
    return result


def _phi(u: FloatArray, growth: FloatArray) -> FloatArray:
    """(e^u - 1 - u) / u^2, given e^u - 1."""
    small = np.abs(u) < _SMALL_ARGUMENT
    kept = np.where(small, 1.0, u)
    result: FloatArray = np.where(
        small, _series(np.where(small, u, 0.0), _PHI), (growth - u) / (kept * kept)
    )
    return result


def _bulk_in_shape(v: FloatArray, u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of v^2 phi(q v) in q: v^3 phi'(u) and v^4 phi''(u)."""
    small = np.abs(u) < _SMALL_ARGUMENT
    kept = np.where(small, 1.0, u)
    exp = np.exp(kept)
    cube = v * v * v
    inverse = 1.0 / (kept * kept * kept)
    first = cube * (kept * (exp + 1.0) - 2.0 * (exp - 1.0)) * inverse
    second = cube * v * (exp * (kept * kept - 4.0 * kept + 6.0) - 2.0 * kept - 6.0)
    second *= inverse / kept
    if small.any():
        near = np.where(small, u, 0.0)
        first = np.where(small, cube * _series(near, _PHI_SLOPE), first)
        second = np.where(small, cube * v * _series(near, _PHI_CURVATURE), second)
    return first, second


def _series(u: FloatArray, coefficients: tuple[float, ...]) -> FloatArray:
    total = np.full_like(u, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total *= u
        total += coefficient
    return total


_PHI = tuple(1.0 / math.factorial(k + 2) for k in range(_TERMS))
_PHI_SLOPE = tuple((k + 1.0) / math.factorial(k + 3) for k in range(_TERMS))
_PHI_CURVATURE = tuple((k + 1.0) * (k + 2.0) / math.factorial(k + 4) for k in range(_TERMS))
_PHI_1_SLOPE = tuple((k + 1.0) / math.factorial(k + 2) for k in range(_TERMS))


def _stirling_remainder(q: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    r"""R(q^{-2}) with :math:`R(a) = \log\Gamma(a) - (a - 1/2)\log a + a - \log\sqrt{2\pi}`.

    Returned with its first and second derivative in q.
    """
    q = np.asarray(q, dtype=np.float64)
    small = np.abs(q) < _SMALL_SHAPE
    kept = np.where(small, 1.0, q)
    a = kept**-2
    log_a = np.log(a)
    in_a = digamma(a) - log_a + 0.5 / a
    twice_in_a = polygamma(1, a) - 1.0 / a - 0.5 / a**2
    near = np.where(small, q, 0.0)
    powers = [4 * k + 2 for k in range(len(_STIRLING))]
    series = [
        sum(c * near**p for c, p in zip(_STIRLING, powers, strict=True)),
        sum(c * p * near ** (p - 1) for c, p in zip(_STIRLING, powers, strict=True)),
        sum(c * p * (p - 1) * near ** (p - 2) for c, p in zip(_STIRLING, powers, strict=True)),
    ]
    closed = [
        gammaln(a) - (a - 0.5) * log_a + a - _LOG_SQRT_2PI,
        -2.0 * in_a * kept**-3,
        4.0 * twice_in_a * kept**-6 + 6.0 * in_a * kept**-4,
    ]
    value, slope, curvature = (np.where(small, s, c) for s, c in zip(series, closed, strict=True))
    return value, slope, curvature
