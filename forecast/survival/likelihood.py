r"""The one censored likelihood of every family, with a never share where wanted.

Every kind of censoring and truncation is a sum of the terms of `terms`; Gaussian priors may stand
on any parameter.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from forecast.survival.arrays import BoolArray, DurationArray, FloatArray
from forecast.survival.blocks import Block, make_blocks, portions, sum_many, sum_one
from forecast.survival.durations import as_durations
from forecast.survival.families import get_family
from forecast.survival.family import Channels, Family
from forecast.survival.gompertz import Gompertz
from forecast.survival.jets import Jets, pairs
from forecast.survival.likelihood_inputs import (
    NeverShare,
    channel_designs,
    channel_layout,
    check_times,
    checked_design,
    checked_weights,
)
from forecast.survival.prior import GaussianPrior
from forecast.survival.terms import Layout


@dataclass(frozen=True, eq=False)
class CensoredLikelihood:
    r"""Likelihood of durations under a family, with or without a never share.

    The parameters theta are beta of the linear predictor, the family's own, then gamma of the never
    share and the log ending rate. Row i contributes its weight times :math:`\log A_i - \log B_i`.
    Without a never share

    - exact at t: :math:`A = f(t)`, the density of time and not of log time;
    - concluded in (l, u]: :math:`A = S(l) - S(u)`, so :math:`F(u)` if l = 0;
    - open at l: :math:`A = S(l)`;
    - ended without agreement at l: :math:`A = S(l)`, for it was open until then (its cause of
      ending is treated as independent censoring);
    - entry v, no exit: :math:`B = S(v)`; exit x of a concluded row: :math:`B = S(v) - S(x)`.

    A row that ended without agreement is not divided for its exit: the division conditions on
    having *concluded* by then, and it had not. With a never share :math:`\pi` and ending rate
    :math:`\lambda` (0 where there is none)

    - concluded: :math:`A = 1 - \pi` times the above;
    - open at l: :math:`A = M(l) = \pi e^{-\lambda l} + (1 - \pi) S(l)`; entry v: :math:`B = M(v)`;
    - ended without agreement at l: :math:`A = \pi \lambda e^{-\lambda l}`, in (l, u]:
      :math:`A = \pi (e^{-\lambda l} - e^{-\lambda u})`;
    - concluded, with exit x: as without a never share, for it cancels;
    - ended without agreement at l, with exit x:
      :math:`\lambda e^{-\lambda l} / (e^{-\lambda v} - e^{-\lambda x})`.

    A never share beside a Gompertz of negative shape, which never ends for a share of its own, is
    outside the domain: the likelihood is 0 there.

    Attributes
    ----------
    design : (n, p) array
        Covariates, with a column of ones for an intercept.
    never_design : (n, r) array
        Covariates of the never share; no columns where there is none.
    y : (n,) structured array
        Durations.
    layout : Layout
        The channels of the model.
    blocks : tuple of Block
        The rows, sorted by what was seen of them.
    weights : (n,) array
        Case weights.
    prior : GaussianPrior
        Prior on theta.
    parameters : tuple of str
        Names of the parameters after beta.
    """

    design: FloatArray
    never_design: FloatArray
    y: DurationArray
    layout: Layout
    blocks: tuple[Block, ...]
    weights: FloatArray
    prior: GaussianPrior
    parameters: tuple[str, ...]

    @classmethod
    def build(
        cls,
        design: npt.ArrayLike,
        y: DurationArray,
        family: str | Family,
        *,
        weights: npt.ArrayLike | None = None,
        prior_mean: npt.ArrayLike | None = None,
        prior_precision: npt.ArrayLike | None = None,
        never: NeverShare | None = None,
    ) -> CensoredLikelihood:
        """Check the arrays and sort the rows into terms.

        Parameters
        ----------
        design : (n, p) array_like
            Covariates, with a column of ones for an intercept.
        y : (n,) structured array
            Durations in months, see `durations`.
        family : str or Family
            Distribution of durations or its name.
        weights : (n,) array_like, optional
            Case weights, not negative; default 1.
        prior_mean, prior_precision : (k,) or scalar array_like, optional
            Gaussian prior on theta; default none.
        never : NeverShare, optional
            Default: all conclude some day.

        Raises
        ------
        DataError
            If lengths differ or a value is not finite.
        """
        y = as_durations(y)
        x = checked_design(design, len(y), "design")
        case_weights = checked_weights(weights, len(y))
        chosen = get_family(family)
        if isinstance(chosen, Gompertz):
            check_times(y)
        layout, z, labels = channel_layout(chosen, y, never)
        parameters = (*chosen.parameters, *labels)
        prior = GaussianPrior.of(prior_mean, prior_precision, x.shape[1] + len(parameters))
        blocks = make_blocks(y, layout, channel_designs(x, z, layout))
        return cls(x, z, y, layout, blocks, case_weights, prior, parameters)

    @property
    def family(self) -> Family:
        """Distribution of durations."""
        return self.layout.family

    @property
    def size(self) -> int:
        """Number of free parameters."""
        return len(self.prior.mean)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """The parameters of each channel."""
        p, own = self.design.shape[1], self.layout.own
        found = [slice(0, p), *(slice(p + k, p + k + 1) for k in range(own - 1))]
        after = p + own - 1
        if self.layout.never:
            last = self.size - self.layout.ends
            found.append(slice(after, last))
            if self.layout.ends:
                found.append(slice(last, self.size))
        return tuple(found)

    @cached_property
    def _equal_weights(self) -> bool:
        return bool((self.weights == 1.0).all())

    @cached_property
    def _constant(self) -> float:
        return float(sum(self.weights[b.rows] @ b.constants for b in self.blocks))

    def split(self, theta: FloatArray) -> tuple[FloatArray, ...]:
        """Return the parameters (..., k) by channel: beta, then the family's, gamma, log rate."""
        return tuple(theta[..., part] for part in self.slices)

    def rows(self, channels: Channels) -> Jets:
        """Log-likelihood of every row, unweighted, with its derivatives in the channels.

        Parameters
        ----------
        channels : tuple of arrays
            Linear predictors eta (..., n), then the family's parameters (..., 1), the logits of
            the never share (..., n) or (..., 1), the log ending rate (..., 1): leading axes are
            separate evaluations.

        Returns
        -------
        Jets of (..., n) arrays
        """
        n = len(self.y)
        shape = np.broadcast_shapes((n,), *(c.shape for c in channels))
        m = self.layout.channels
        arrays = [np.zeros(shape) for _ in range(1 + m + len(pairs(m)))]
        for block in self.blocks:
            own = tuple(c if c.shape[-1] == 1 else c[..., block.rows] for c in channels)
            jets = block.jets(self.layout, own).shifted(block.constants)
            for whole, part in zip(arrays, jets.parts(), strict=True):
                whole[..., block.rows] = part
        return Jets(arrays[0], tuple(arrays[1 : 1 + m]), tuple(arrays[1 + m :]))

    def row_loglik(self, theta: FloatArray) -> FloatArray:
        """Log-likelihood of every row, (n,), of time, without weights and prior."""
        values = np.empty(len(self.y))
        parts = self.split(theta)
        for block in self.blocks:
            jets = block.jets(self.layout, block.channels(parts))
            values[block.rows] = jets.value + block.constants
        return values

    def loglik(self, theta: FloatArray) -> float:
        """Weighted log-likelihood of time, without the prior."""
        return float(self.weights @ self.row_loglik(theta))

    def log_prior(self, theta: FloatArray) -> FloatArray:
        """Log-prior without its constant, (...) for theta (..., k)."""
        away = theta - self.prior.mean
        result: FloatArray = -0.5 * (away * away) @ self.prior.precision
        return result

    def log_posterior(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Weighted log-likelihood plus log-prior, with gradient (k,) and Hessian (k, k).

        The log-prior is without its constant, so that without a prior this is the log-likelihood.
        """
        parts = self.split(theta)
        if not self._inside(parts).all():
            return -np.inf, np.zeros(self.size), np.zeros((self.size, self.size))
        value = self._constant + float(self.log_prior(theta))
        gradient = -self.prior.precision * (theta - self.prior.mean)
        hessian = np.diag(-self.prior.precision)
        for block in self.blocks:
            jets = block.jets(self.layout, block.channels(parts))
            own = None if self._equal_weights else self.weights[block.rows]
            sums = sum_one(block, jets, own, self.slices, self.size)
            value += sums[0]
            gradient += sums[1]
            hessian += sums[2]
        return value, gradient, hessian

    def log_posteriors(
        self, theta: FloatArray, weights: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log-posteriors of many data sets with the same rows and weights of their own.

        Parameters
        ----------
        theta : (b, k) array
            Parameters of each data set.
        weights : (b, n) array
            Its case weights.

        Returns
        -------
        values (b,), gradients (b, k), Hessians (b, k, k)
        """
        many, size = theta.shape
        away = theta - self.prior.mean
        values = np.asarray(self.log_prior(theta))
        gradients = -self.prior.precision * away
        hessians = np.repeat(np.diag(-self.prior.precision)[np.newaxis], many, axis=0)
        for block in self.blocks:
            own = np.ascontiguousarray(weights[:, block.rows])
            values = values + own @ block.constants
            for portion in portions(many, len(block.rows)):
                channels = block.channels(self.split(theta[portion]))
                jets = block.jets(self.layout, channels)
                sums = sum_many(block, jets, own[portion], self.slices, size)
                values[portion] += sums[0]
                gradients[portion] += sums[1]
                hessians[portion] += sums[2]
        return np.where(self._inside(self.split(theta)), values, -np.inf), gradients, hessians

    def objective(self, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Minus the log-posterior with its derivatives, to be minimised."""
        value, gradient, hessian = self.log_posterior(theta)
        return -value, -gradient, -hessian

    def with_family(self, family: Family) -> CensoredLikelihood:
        """Return the likelihood of the same rows, and priors by name, under another family."""
        layout = Layout(family, self.layout.never, self.layout.ends)
        own = self.layout.own
        blocks = tuple(
            replace(b, designs=(b.designs[0], *(None for _ in family.parameters), *b.designs[own:]))
            for b in self.blocks
        )
        parameters = (*family.parameters, *self.parameters[own - 1 :])
        p = self.design.shape[1]
        places = {name: p + k for k, name in enumerate(self.parameters)}
        kept = [places.get(name) for name in parameters]
        prior = GaussianPrior(
            *(
                np.append(part[:p], [0.0 if k is None else part[k] for k in kept])
                for part in (self.prior.mean, self.prior.precision)
            )
        )
        return CensoredLikelihood(
            self.design,
            self.never_design,
            self.y,
            layout,
            blocks,
            self.weights,
            prior,
            parameters,
        )

    def every(self, step: int) -> CensoredLikelihood:
        """Return the likelihood of every so manieth row."""
        rows = slice(None, None, step)
        x, z, y = self.design[rows], self.never_design[rows], self.y[rows]
        blocks = make_blocks(y, self.layout, channel_designs(x, z, self.layout))
        return CensoredLikelihood(
            x, z, y, self.layout, blocks, self.weights[rows], self.prior, self.parameters
        )

    def _inside(self, parts: tuple[FloatArray, ...]) -> BoolArray:
        """Whether parameters (..., k) by channel are in the domain, (...)."""
        if self.layout.never and isinstance(self.family, Gompertz):
            return np.asarray(parts[1][..., 0] >= 0)
        return np.ones(parts[0].shape[:-1], dtype=np.bool_)
