r"""The kinds of term of a censored log-likelihood, each with derivatives in all channels.

With S, F and f of the family, never share :math:`\pi` and ending rate :math:`\lambda`, a term is
the log of one factor of a row's likelihood. The channels are eta, the family's parameters, then
:math:`\kappa = \mathrm{logit}\,\pi` and :math:`\rho = \log\lambda` where the model has them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, log_expit

from forecast.survival.arrays import BoolArray, DurationArray, FloatArray, IntArray
from forecast.survival.durations import CONCLUDED, ENDED_WITHOUT
from forecast.survival.family import Channels, Family
from forecast.survival.jets import Jets, gather, log_mixture
from forecast.survival.location_scale import exponential

# An interval narrower than this in log time (five minutes in a year) is the density at its middle
# times its width: the relative error is of the order of its square, and a difference of survival
# functions would lose that many digits and more in its second derivative.
_NARROW = 1e-5

LOG_ENDING_RATE = "log(ending rate)"


@dataclass(frozen=True)
class Layout:
    """Which channels a model has.

    Attributes
    ----------
    family : Family
        The family of durations.
    never : bool
        Whether there is a never share.
    ends : bool
        Whether attempts that never conclude are ended at a rate.
    log_rate : (b, 1) array or None
        Log of that rate where it is fixed by whoever asks, and no channel.
    """

    family: Family
    never: bool = False
    ends: bool = False
    log_rate: FloatArray | None = None

    @cached_property
    def own(self) -> int:
        """Number of channels of the family."""
        return 1 + len(self.family.parameters)

    @cached_property
    def channels(self) -> int:
        """Number of channels."""
        return self.own + self.never + (self.ends and self.log_rate is None)

    @property
    def kappa(self) -> int:
        """Channel of the logit of the never share."""
        return self.own

    @property
    def rho(self) -> int:
        """Channel of the log ending rate."""
        return self.own + 1

    def rate(self, channels: Channels) -> FloatArray:
        """Log of the ending rate."""
        return channels[self.rho] if self.log_rate is None else self.log_rate

    def of_rate(self, value: FloatArray, first: FloatArray, second: FloatArray) -> Jets:
        """A function of the log ending rate among those of all channels."""
        if self.log_rate is None:
            return Jets(value, (first,), (second,)).within(self.channels, self.rho)
        return Jets(value, (), ()).within(self.channels)


Evaluate = Callable[[Layout, Channels, FloatArray, FloatArray], Jets]


@dataclass(frozen=True, eq=False)
class Term:
    """One kind of term for the rows that have it.

    Attributes
    ----------
    evaluate : callable
        One of the functions below.
    rows : slice or (k,) int array
        The rows, each at most once.
    log_time, log_time_2 : (k,) arrays
        Logs of the times; the second is used where a term has two.
    sign : float
        1 in the numerator (what was observed), -1 in the denominator (why it could be).
    """

    evaluate: Evaluate
    rows: slice | IntArray
    log_time: FloatArray
    log_time_2: FloatArray
    sign: float

    def jets(self, layout: Layout, channels: Channels) -> Jets:
        """Values and derivatives of its rows, (..., k)."""
        own = tuple(gather(channel, self.rows) for channel in channels)
        return self.evaluate(layout, own, self.log_time, self.log_time_2)


def density(layout: Layout, channels: Channels, log_time: FloatArray, _: FloatArray) -> Jets:
    """Log-density of log T among those that conclude."""
    own = layout.family.density_at(log_time, channels[: layout.own])
    return own.within(layout.channels)


def survival(layout: Layout, channels: Channels, log_time: FloatArray, _: FloatArray) -> Jets:
    """Log S(t)."""
    own = layout.family.survival_at(log_time, channels[: layout.own])
    return own.within(layout.channels)


def cdf(layout: Layout, channels: Channels, log_time: FloatArray, _: FloatArray) -> Jets:
    """Log F(t)."""
    own = layout.family.cdf_at(log_time, channels[: layout.own])
    return own.within(layout.channels)


def between(
    layout: Layout, channels: Channels, log_time: FloatArray, log_time_2: FloatArray
) -> Jets:
    """Log of S(t_1) - S(t_2)."""
    own = layout.family.between_at(log_time, log_time_2, channels[: layout.own])
    return own.within(layout.channels)


def concludes(layout: Layout, channels: Channels, _: FloatArray, __: FloatArray) -> Jets:
    r"""Log of :math:`1 - \pi`."""
    share = expit(channels[layout.kappa])
    jets = Jets(log_expit(-channels[layout.kappa]), (-share,), (-share * (1.0 - share),))
    return jets.within(layout.channels, layout.kappa)


def never(layout: Layout, channels: Channels, _: FloatArray, __: FloatArray) -> Jets:
    r"""Log of :math:`\pi`."""
    kappa = channels[layout.kappa]
    share = expit(kappa)
    jets = Jets(log_expit(kappa), (1.0 - share,), (-share * (1.0 - share),))
    return jets.within(layout.channels, layout.kappa)


def lasts(layout: Layout, channels: Channels, log_time: FloatArray, _: FloatArray) -> Jets:
    r"""Log of :math:`\pi e^{-\lambda t} + (1 - \pi) S(t)`: still open at t."""
    left = never(layout, channels, log_time, log_time)
    if layout.ends:
        # Minus lambda t is the log-survival of an exponential with log mean -rho.
        waiting = -np.exp(layout.rate(channels) + log_time)
        left = left.plus(layout.of_rate(waiting, waiting, waiting))
    right = survival(layout, channels, log_time, log_time)
    return log_mixture(left, right.plus(concludes(layout, channels, log_time, log_time)))


def ends_at(layout: Layout, channels: Channels, log_time: FloatArray, _: FloatArray) -> Jets:
    r"""Log of :math:`\lambda e^{-\lambda t}`."""
    rho = layout.rate(channels)
    waiting = -np.exp(rho + log_time)
    return layout.of_rate(rho + waiting, 1.0 + waiting, waiting)


def ends_between(
    layout: Layout, channels: Channels, log_time: FloatArray, log_time_2: FloatArray
) -> Jets:
    r"""Log of :math:`e^{-\lambda t_1} - e^{-\lambda t_2}`; the first time may be 0."""
    rho = layout.rate(channels)
    waiting = -np.exp(rho + log_time)
    log_width = np.log(np.exp(log_time_2) - np.exp(log_time))
    within = exponential.cdf(rho + log_width)
    return layout.of_rate(waiting + within.value, waiting + within.first, waiting + within.second)


@dataclass(frozen=True, eq=False)
class Factor:
    """A term before the rows are sorted: a mask and times of all rows."""

    evaluate: Evaluate
    rows: BoolArray
    time: FloatArray
    time_2: FloatArray
    sign: float = 1.0

    def term(self, rows: slice | IntArray, at: IntArray) -> Term:
        """Return the term for the rows `at`, which stand at `rows` of their block."""
        with np.errstate(divide="ignore"):
            log_time = np.log(self.time[at])
            second = log_time if self.time_2 is self.time else np.log(self.time_2[at])
        return Term(self.evaluate, rows, log_time, second, self.sign)


def factors(y: DurationArray, layout: Layout) -> tuple[list[Factor], FloatArray]:
    """Return the factors of every row's likelihood, and the constants that no parameter enters.

    The numerators come first and no row has two of them beside the share that it belongs to.
    """
    entry, lower, upper, exit_ = (
        np.ascontiguousarray(y[name]) for name in ("entry", "lower", "upper", "exit")
    )
    concluded = y["cause"] == CONCLUDED
    ended = (y["cause"] == ENDED_WITHOUT) & layout.ends
    lasting = ~concluded & ~ended
    by_exit = np.isfinite(exit_) & ~lasting
    entered = entry > 0

    exact = concluded & (lower == upper)
    narrow = concluded & ~exact & (upper - lower < _NARROW * lower)
    constants = np.zeros(len(y))
    constants[exact] = -np.log(lower[exact])
    middle = lower
    if narrow.any():
        ratio = upper[narrow] / lower[narrow]
        constants[narrow] = np.log(np.log1p((upper[narrow] - lower[narrow]) / lower[narrow]))
        middle = lower.copy()
        middle[narrow] *= np.sqrt(ratio)
    point = exact | narrow
    wide = concluded & ~point

    still_open = lasts if layout.never else survival
    found = [
        Factor(density, point, middle, middle),
        Factor(still_open, lasting & (lower > 0), lower, lower),
        Factor(cdf, wide & (lower == 0), upper, upper),
        Factor(between, wide & (lower > 0), lower, upper),
        Factor(ends_at, ended & (lower == upper), lower, lower),
        Factor(ends_between, ended & (lower < upper), lower, upper),
        Factor(still_open, entered & ~by_exit, entry, entry, -1.0),
        Factor(cdf, ~entered & by_exit & concluded, exit_, exit_, -1.0),
        Factor(between, entered & by_exit & concluded, entry, exit_, -1.0),
        Factor(ends_between, by_exit & ended, entry, exit_, -1.0),
    ]
    if layout.never:
        found.append(Factor(concludes, concluded & ~by_exit, lower, lower))
        found.append(Factor(never, ended & ~by_exit, lower, lower))
    return [factor for factor in found if factor.rows.any()], constants
