r"""The Gompertz family on time: the hazard grows or falls exponentially with age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.survival.arrays import FloatArray
from forecast.survival.family import Channels, Family, Jet
from forecast.survival.jets import Jets
from forecast.survival.location_scale import weibull

SHAPE = "shape"

_SMALL = 0.3


@dataclass(frozen=True)
class Gompertz(Family):
    r"""Gompertz durations: one parameter, the shape a per month.

    .. math::
        h(t) = e^{-\eta + a t}, \quad
        H(t) = e^{-\eta} t \, \frac{e^{a t} - 1}{a t}, \quad z = \log H(t)

    At a = 0 it is exponential with mean :math:`e^\eta`. A negative shape is improper: a share
    :math:`\exp(-e^{-\eta} / |a|)` never ends. All is a minimum Gumbel in z, whose derivatives
    follow from those of :math:`\lambda(v) = \log[(e^v - 1) / v]` at v = a t.

    References
    ----------
    Gompertz (1825), doi:10.1098/rstl.1825.0026.
    """

    @property
    def parameters(self) -> tuple[str, ...]:
        """The shape."""
        return (SHAPE,)

    def position(self, log_time: FloatArray, channels: Channels) -> FloatArray:
        """Log of the cumulative hazard."""
        return self._place(log_time, channels)[0]

    def density_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log-density of log T: log h(t) + log t - H(t)."""
        z, slope, bend = self._place(log_time, channels)
        survival = _chain(weibull.survival(z), slope, bend)
        time = np.exp(log_time)
        return Jets(
            survival.value + log_time - channels[0] + channels[1] * time,
            (survival.first[0] - 1.0, survival.first[1] + time),
            survival.second,
        )

    def survival_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Minus the cumulative hazard."""
        z, slope, bend = self._place(log_time, channels)
        return _chain(weibull.survival(z), slope, bend)

    def cdf_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log F."""
        z, slope, bend = self._place(log_time, channels)
        return _chain(weibull.cdf(z), slope, bend)

    def _place(
        self, log_time: FloatArray, channels: Channels
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log cumulative hazard with its first and second derivative in the shape."""
        time = np.exp(log_time)
        growth = _log_growth(channels[1] * time)
        z = log_time - channels[0] + growth.value
        return z, time * growth.first, time * time * growth.second


def _chain(jet: Jet, slope: FloatArray, bend: FloatArray) -> Jets:
    """Chain rule with dz/d eta = -1."""
    return Jets(
        jet.value,
        (-jet.first, jet.first * slope),
        (jet.second, -jet.second * slope, jet.second * slope * slope + jet.first * bend),
    )


def _log_growth(v: FloatArray) -> Jet:
    r"""Log of (e^v - 1) / v, with derivatives in v.

    .. math::
        \lambda' = \frac{e^v}{e^v - 1} - \frac1v, \quad
        \lambda'' = \frac1{v^2} - \frac{e^v}{(e^v - 1)^2},

    and near 0 the series :math:`v/2 + \sum_k B_{2k} v^{2k} / (2k (2k)!)` with Bernoulli's numbers.
    """
    size = np.abs(v)
    small = size < _SMALL
    kept = np.where(small, 1.0, size)
    # (e^v - 1) / v = e^(v/2) sinh(v/2) / (v/2), even but for the first factor.
    gone = np.exp(-kept)
    rest = -np.expm1(-kept)
    value = 0.5 * v + np.where(small, 0.0, 0.5 * kept + np.log(rest / kept))
    first = np.where(small, 0.0, 0.5 + gone / rest - 1.0 / kept) * np.sign(v)
    second = np.where(small, 0.0, 1.0 / (kept * kept) - gone / (rest * rest))
    if small.any():
        near = np.where(small, v, 0.0)
        square = near * near
        value = value + square * _even(square, _VALUE)
        first = first + near * _even(square, _FIRST)
        second = np.where(small, _even(square, _SECOND), second)
    return Jet(value, 0.5 + first, second)


def _even(square: FloatArray, coefficients: tuple[float, ...]) -> FloatArray:
    total = np.full_like(square, coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        total = total * square + coefficient
    return total


# Of log[sinh(v/2) / (v/2)] = v^2/24 - v^4/2880 + ...: B_2k / (2k (2k)!)
_VALUE = (1 / 24, -1 / 2880, 1 / 181440, -1 / 9676800, 1 / 479001600, -691 / 15692092416000)
_FIRST = tuple((2 * k + 2) * c for k, c in enumerate(_VALUE))
_SECOND = tuple((2 * k + 2) * (2 * k + 1) * c for k, c in enumerate(_VALUE))
