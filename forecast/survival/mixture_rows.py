r"""Rows of durations with a never share, given the scale of the family and the ending rate.

For models that hold these two fixed while linear predictors move: the location eta of the log duration and
kappa, the logit of the never share. The terms are those of :mod:`forecast.survival.terms`; values alone,
which importance weights need by the million, have a path of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit

from forecast.errors import DataError
from forecast.survival import terms
from forecast.survival.arrays import DurationArray, FloatArray
from forecast.survival.blocks import Block, make_blocks
from forecast.survival.family import TINY, LocationScale
from forecast.survival.jets import Jets
from forecast.survival.location_scale import log_one_minus_exp
from forecast.survival.terms import Layout, Term


@dataclass(frozen=True, eq=False)
class MixtureRows:
    """Likelihood of n rows under a log-location-scale family, a never share and an ending rate.

    Attributes
    ----------
    family : LocationScale
        Family of durations; its scale is an argument.
    blocks : tuple of Block
        The rows, sorted by what was seen of them.
    weights : (n,) array
        Case weights.
    """

    family: LocationScale
    blocks: tuple[Block, ...]
    weights: FloatArray

    @classmethod
    def build(cls, y: DurationArray, family: LocationScale, weights: FloatArray) -> MixtureRows:
        """Sort rows into terms.

        Raises
        ------
        DataError
            If the lengths differ.
        """
        if len(y) != len(weights):
            raise DataError(f"Durations ({len(y)} rows) and weights ({len(weights)}) do not fit.")
        layout = Layout(replace(family, fixed_scale=1.0), never=True, ends=True)
        return cls(family, make_blocks(y, layout, (None, None, None)), weights)

    def derivatives(
        self, eta: FloatArray, kappa: FloatArray, scale: FloatArray, log_rate: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Weighted log-likelihood of each row with derivatives in eta and kappa.

        Parameters
        ----------
        eta, kappa : (b, n) arrays
            Linear predictors.
        scale, log_rate : (b, 1) arrays
            Scale of the family and log of the ending rate.

        Returns
        -------
        value (b, n), gradient (2, b, n), hessian (3, b, n) in the order eta-eta, eta-kappa, kappa-kappa
        """
        family = replace(self.family, fixed_scale=scale)
        layout = Layout(family, never=True, ends=True, log_rate=log_rate)
        value = np.empty(eta.shape)
        gradient, hessian = np.empty((2, *eta.shape)), np.empty((3, *eta.shape))
        for block in self.blocks:
            channels = (eta[:, block.rows], kappa[:, block.rows])
            jets: Jets = block.jets(layout, channels)
            value[:, block.rows] = jets.value + block.constants
            for k, part in enumerate(jets.first):
                gradient[k][:, block.rows] = part
            for k, part in enumerate(jets.second):
                hessian[k][:, block.rows] = part
        return value * self.weights, gradient * self.weights, hessian * self.weights

    def values(
        self, eta: FloatArray, kappa: FloatArray, scale: FloatArray, log_rate: FloatArray
    ) -> FloatArray:
        """Weighted log-likelihood of each row, (..., n).

        Arguments as for :meth:`derivatives`, with any leading axes: what does not depend on the
        predictors is worked out once for all that share a scale and a rate.
        """
        total = np.empty(eta.shape)
        for block in self.blocks:
            part = np.broadcast_to(block.constants, (*eta.shape[:-1], len(block.rows))).copy()
            at = _Point(self.family, eta[..., block.rows], kappa[..., block.rows], scale, log_rate)
            for term in block.terms:
                part[..., term.rows] += term.sign * _VALUES[term.evaluate](at, term)
            total[..., block.rows] = part
        total *= self.weights
        return total


@dataclass(frozen=True, eq=False, slots=True)
class _Point:
    """Where values are wanted: predictors (..., k) of a block's rows, scale and log rate (..., 1)."""

    family: LocationScale
    eta: FloatArray
    kappa: FloatArray
    scale: FloatArray
    log_rate: FloatArray

    def z(self, term: Term, log_time: FloatArray) -> FloatArray:
        """Standardised log times."""
        standard: FloatArray = (log_time - self.eta[..., term.rows]) / self.scale
        return standard

    def waiting(self, log_time: FloatArray) -> FloatArray:
        """Rate times time."""
        product: FloatArray = np.exp(self.log_rate + log_time)
        return product


def _density(at: _Point, term: Term) -> FloatArray:
    return at.family.log_density(at.z(term, term.log_time)) - np.log(at.scale)


def _cdf(at: _Point, term: Term) -> FloatArray:
    return at.family.log_cdf(at.z(term, term.log_time))


def _between(at: _Point, term: Term) -> FloatArray:
    gap = (term.log_time_2 - term.log_time) / at.scale
    return at.family.log_between(at.z(term, term.log_time), gap)


def _concludes(at: _Point, term: Term) -> FloatArray:
    # To absolute precision, which is all that a sum needs; log_expit takes twice as long.
    share: FloatArray = np.log(expit(-at.kappa[..., term.rows]))
    return share


def _never(at: _Point, term: Term) -> FloatArray:
    share: FloatArray = np.log(expit(at.kappa[..., term.rows]))
    return share


def _lasts(at: _Point, term: Term) -> FloatArray:
    share = expit(at.kappa[..., term.rows])
    never = share * np.exp(-at.waiting(term.log_time))
    later = (1.0 - share) * at.family.probability_beyond(at.z(term, term.log_time))
    lasting: FloatArray = np.log(np.maximum(never + later, TINY))
    return lasting


def _ends_at(at: _Point, term: Term) -> FloatArray:
    density: FloatArray = at.log_rate - at.waiting(term.log_time)
    return density


def _ends_between(at: _Point, term: Term) -> FloatArray:
    width = np.exp(term.log_time_2) - np.exp(term.log_time)
    return log_one_minus_exp(np.exp(at.log_rate) * width) - at.waiting(term.log_time)


_VALUES: dict[terms.Evaluate, Callable[[_Point, Term], FloatArray]] = {
    terms.density: _density,
    terms.cdf: _cdf,
    terms.between: _between,
    terms.concludes: _concludes,
    terms.never: _never,
    terms.lasts: _lasts,
    terms.ends_at: _ends_at,
    terms.ends_between: _ends_between,
}
