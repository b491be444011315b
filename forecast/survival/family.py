"""What a family of duration distributions has to say: log-density, log-survival, log-cdf."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from forecast.survival.arrays import BoolArray, FloatArray
from forecast.survival.jets import Jets, log_difference, pairs

LOG_SCALE = "log(scale)"

Channels = tuple[FloatArray, ...]
"""The linear predictor eta (..., n), then the family's parameters, each (..., 1) or a scalar."""

# Below this standardised time an interval's probability is a difference of distribution functions:
# survival functions there are one to within rounding, and at last exactly.
_LOW = -8.0

TINY = float(np.finfo(np.float64).tiny)
"""Least probability of which a logarithm is taken."""


class Jet(NamedTuple):
    """A function of z with its first and second derivative; arrays of the shape of z."""

    value: FloatArray
    first: FloatArray
    second: FloatArray


@dataclass(frozen=True)
class Family(ABC):
    """Distributions of durations with a linear predictor eta.

    Attributes
    ----------
    name : str
        Name in the registry.
    parameters : tuple of str
        Names of the parameters beside eta, in the order of the channels.
    """

    name: str

    @property
    @abstractmethod
    def parameters(self) -> tuple[str, ...]:
        """Names of the parameters beside eta."""

    @abstractmethod
    def position(self, log_time: FloatArray, channels: Channels) -> FloatArray:
        """Standardised log time, which rises with time; far below 0 hardly any case has ended."""

    @abstractmethod
    def density_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log-density of log T, with derivatives in eta and the family's parameters."""

    @abstractmethod
    def survival_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log of P(T > t), with derivatives."""

    @abstractmethod
    def cdf_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log of P(T <= t), with derivatives."""

    def between_at(self, log_time: FloatArray, log_time_2: FloatArray, channels: Channels) -> Jets:
        """Log of P(t_1 < T <= t_2), with derivatives.

        It is a difference of survival functions, and of distribution functions where the interval
        lies far below the bulk, so that neither tail cancels.
        """
        low = self.position(log_time_2, channels) < _LOW
        if not low.any():
            return self._by_survival(log_time, log_time_2, channels)
        if low.all():
            return self._by_cdf(log_time, log_time_2, channels)
        return self._by_side(low, log_time, log_time_2, channels)

    def _by_survival(
        self, log_time: FloatArray, log_time_2: FloatArray, channels: Channels
    ) -> Jets:
        return log_difference(
            self.survival_at(log_time, channels), self.survival_at(log_time_2, channels)
        )

    def _by_cdf(self, log_time: FloatArray, log_time_2: FloatArray, channels: Channels) -> Jets:
        return log_difference(self.cdf_at(log_time_2, channels), self.cdf_at(log_time, channels))

    def _by_side(
        self, low: BoolArray, log_time: FloatArray, log_time_2: FloatArray, channels: Channels
    ) -> Jets:
        m = len(channels)
        whole = [np.empty(low.shape) for _ in range(1 + m + len(pairs(m)))]
        times = [np.broadcast_to(t, low.shape) for t in (log_time, log_time_2)]
        spread = [np.broadcast_to(c, low.shape) for c in channels]
        for side, method in ((low, Family._by_cdf), (~low, Family._by_survival)):
            own = tuple(c[side] for c in spread)
            part = method(self._within(side), times[0][side], times[1][side], own)
            for target, piece in zip(whole, part.parts(), strict=True):
                target[side] = piece
        return Jets(whole[0], tuple(whole[1 : 1 + m]), tuple(whole[1 + m :]))

    def _within(self, side: BoolArray) -> Family:
        """Return the family for some elements of an array: itself unless it holds arrays."""
        return self


@dataclass(frozen=True)
class LocationScale(Family):
    """Log T = eta + scale W; all functions of z = (log t - eta) / scale.

    Attributes
    ----------
    error_mean, error_sd : float
        Mean and standard deviation of W, for starting values.
    fixed_scale : float, (b, 1) array or None
        The scale where it is no parameter: fixed by the family or by whoever asks; else None.
    """

    error_mean: float
    error_sd: float
    fixed_scale: float | FloatArray | None = None

    @property
    def parameters(self) -> tuple[str, ...]:
        """The log of the scale, unless it is fixed."""
        return () if self.fixed_scale is not None else (LOG_SCALE,)

    @abstractmethod
    def density(self, z: FloatArray) -> Jet:
        """Log-density of W at z, with derivatives."""

    @abstractmethod
    def survival(self, z: FloatArray) -> Jet:
        """Log of P(W > z), with derivatives."""

    @abstractmethod
    def cdf(self, z: FloatArray) -> Jet:
        """Log of P(W <= z), with derivatives."""

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log-density of W at z."""
        return self.density(z).value

    def log_survival(self, z: FloatArray) -> FloatArray:
        """Log of P(W > z)."""
        return self.survival(z).value

    def log_cdf(self, z: FloatArray) -> FloatArray:
        """Log of P(W <= z)."""
        return self.cdf(z).value

    def probability_beyond(self, z: FloatArray) -> FloatArray:
        """P(W > z)."""
        probability: FloatArray = np.exp(self.log_survival(z))
        return probability

    def log_between(self, z: FloatArray, gap: FloatArray) -> FloatArray:
        """Log of P(z < W <= z + gap), to absolute precision; the gap may be of a smaller shape."""
        first, second = z, z + gap
        # The smaller of the two tails keeps its digits.
        low = second < 0
        larger = np.where(low, self.log_cdf(second), self.log_survival(first))
        smaller = np.where(low, self.log_cdf(first), self.log_survival(second))
        # A sum of rows needs no more than absolute precision, which costs half as much.
        difference = np.maximum(larger - smaller, TINY)
        result: FloatArray = larger + np.log(-np.expm1(-difference))
        return result

    def position(self, log_time: FloatArray, channels: Channels) -> FloatArray:
        """Z."""
        return (log_time - channels[0]) / self._scale(channels)

    def density_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log f(z) - log scale."""
        scale = self._scale(channels)
        z = (log_time - channels[0]) / scale
        jets = self._chain(self.density(z), z, scale)
        if self.fixed_scale is not None:
            return jets.shifted(-np.log(self.fixed_scale))
        eta, tau = jets.first
        return Jets(jets.value - channels[1], (eta, tau - 1.0), jets.second)

    def survival_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log S(z)."""
        scale = self._scale(channels)
        z = (log_time - channels[0]) / scale
        return self._chain(self.survival(z), z, scale)

    def cdf_at(self, log_time: FloatArray, channels: Channels) -> Jets:
        """Log F(z)."""
        scale = self._scale(channels)
        z = (log_time - channels[0]) / scale
        return self._chain(self.cdf(z), z, scale)

    def _within(self, side: BoolArray) -> Family:
        if isinstance(self.fixed_scale, np.ndarray):
            return replace(self, fixed_scale=np.broadcast_to(self.fixed_scale, side.shape)[side])
        return self

    def _scale(self, channels: Channels) -> FloatArray:
        if self.fixed_scale is not None:
            return np.asarray(self.fixed_scale)
        scale: FloatArray = np.exp(channels[1])
        return scale

    def _chain(self, jet: Jet, z: FloatArray, scale: FloatArray) -> Jets:
        """Chain rule with dz/d eta = -1/scale and dz/d tau = -z."""
        rate = 1.0 / scale
        if self.fixed_scale is not None:
            return Jets(jet.value, (jet.first * -rate,), (jet.second * rate**2,))
        bend = z * jet.second
        bend += jet.first
        return Jets(
            jet.value,
            (jet.first * -rate, -z * jet.first),
            (jet.second * rate**2, bend * rate, z * bend),
        )
