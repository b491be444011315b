r"""Posterior of a latent Gaussian model, by nested Laplace approximation and importance weights.

Nodes :math:`\theta_k` come from a quasi-random proposal q around the mode of the evidence. At each the latent
posterior is nearly the Gaussian :math:`g(z \mid \theta_k)` of :mod:`forecast.inference.latent_modes`. Draws
from it get the weight

.. math::
    w_{kj} = \frac{p(y \mid z_{kj}, \theta_k)\, p(z_{kj} \mid \theta_k)\, p(\theta_k)}
                  {q(\theta_k)\, g(z_{kj} \mid \theta_k)} ,

so that weighted averages are right in the limit whatever the approximations; these only set how fast. Draws
come in pairs mirrored at the mean. The largest weights are Pareto-smoothed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from forecast.errors import ConvergenceError
from forecast.inference.evidence import EvidencePeak, find_peak
from forecast.inference.latent import FloatArray, LatentGaussianModel
from forecast.inference.latent_modes import find_modes
from forecast.inference.pareto import GOOD_SHAPE, smooth_weights
from forecast.inference.proposal import StudentMixture

_BATCH = 64
"""Nodes that are worked on at once: their matrices stay in the processor's cache."""

_FIELDS = 512
"""Fields whose likelihood is worked out at once, for the same reason."""

_PILOT_NODES = 128
_PILOT_DRAWS = 4
_ROUNDS = 3
_LEAST_NODES = 40.0
"""Effective number of nodes below which an answer is refused."""


@dataclass(frozen=True, eq=False)
class PosteriorSample:
    """Weighted draws from the posterior of a latent Gaussian model.

    Attributes
    ----------
    theta : (nodes, h) array
        Hyperparameters, standard normal a priori.
    fields : (nodes, draws, d) array
        Latent fields.
    weights : (nodes, draws) array
        Pareto-smoothed weights; they sum to 1.
    node_shape, joint_shape : float
        Pareto k of the nodes' weights and of all draws' weights.
    log_evidence : float
        Estimate of log p(y) without the constant of :meth:`LatentGaussianModel.log_joint`.
    """

    theta: FloatArray
    fields: FloatArray
    weights: FloatArray
    node_shape: float
    joint_shape: float
    log_evidence: float

    @property
    def effective_nodes(self) -> float:
        """Kish's effective number of nodes."""
        return float(1.0 / (self.weights.sum(axis=1) ** 2).sum())

    @property
    def effective_draws(self) -> float:
        """Kish's effective number of draws."""
        return float(1.0 / (self.weights**2).sum())

    @property
    def diagnostics(self) -> dict[str, float]:
        """What tells whether the draws can be relied on, and the evidence."""
        return {
            "pareto_shape_of_nodes": self.node_shape,
            "pareto_shape_of_draws": self.joint_shape,
            "nodes": len(self.theta),
            "effective_nodes": self.effective_nodes,
            "effective_draws": self.effective_draws,
            "log_evidence": self.log_evidence,
        }


def sample_posterior(
    model: LatentGaussianModel, nodes: int = 512, draws: int = 16, seed: int = 0
) -> PosteriorSample:
    """Draw from the posterior.

    Parameters
    ----------
    model : LatentGaussianModel
    nodes : int
        Quasi-random nodes; a power of 2 serves best.
    draws : int
        Latent draws a node; even.
    seed : int
        Seed of the scrambles and the draws.

    Returns
    -------
    PosteriorSample

    Raises
    ------
    ConvergenceError
        If after three rounds of adapting the proposal a Pareto shape is still above 0.7, or fewer than
        40 nodes are effective; the message holds the diagnostics.

    References
    ----------
    Rue, Martino and Chopin (2009), J. R. Stat. Soc. B 71, 319-392.
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), J. Mach. Learn. Res. 25(72), 1-58.
    """
    rng = np.random.default_rng(seed)
    peak = find_peak(model)
    proposal = StudentMixture.around(peak.centre, peak.covariance)
    pilot = _weigh(model, peak, proposal, _PILOT_NODES, _PILOT_DRAWS, rng)
    proposal = _adapted(pilot, peak)
    for round_ in range(_ROUNDS):
        sample = _weigh(model, peak, proposal, nodes << round_, draws, rng)
        if (
            max(sample.node_shape, sample.joint_shape) < GOOD_SHAPE
            and sample.effective_nodes >= _LEAST_NODES
        ):
            return sample
        proposal = _adapted(sample, peak)
    raise ConvergenceError(
        "The importance weights of the posterior do not settle: Pareto shapes "
        f"{sample.node_shape:.2f} (nodes) and {sample.joint_shape:.2f} (draws), bound {GOOD_SHAPE}; "
        f"{sample.effective_nodes:.0f} effective nodes of {len(sample.theta)}, at least "
        f"{_LEAST_NODES:.0f} needed. Simplify the model or tighten its priors."
    )


def _adapted(sample: PosteriorSample, peak: EvidencePeak) -> StudentMixture:
    """Proposal with the moments of a sample, shrunk to the quadratic picture where it is small."""
    weights = np.minimum(sample.weights.sum(axis=1), 5.0 / len(sample.theta))
    weights = weights / weights.sum()
    effective = 1.0 / (weights**2).sum()
    own = effective / (effective + 10.0)
    mean = weights @ sample.theta
    away = sample.theta - mean
    covariance = (weights[:, np.newaxis] * away).T @ away
    return StudentMixture.around(
        own * mean + (1.0 - own) * peak.centre,
        own * covariance + (1.0 - own) * peak.covariance,
    )


def _weigh(
    model: LatentGaussianModel,
    peak: EvidencePeak,
    proposal: StudentMixture,
    nodes: int,
    draws: int,
    rng: np.random.Generator,
) -> PosteriorSample:
    """Draw nodes and fields, and weigh them."""
    theta = proposal.draw(nodes, rng)
    fields = np.empty((nodes, draws, model.size))
    ratios = np.empty((nodes, draws))
    for start in range(0, nodes, _BATCH):
        part = slice(start, start + _BATCH)
        fields[part], ratios[part] = _fields(model, peak, theta[part], draws, rng)
    ratios -= proposal.log_density(theta)[:, np.newaxis]
    _, node_shape = smooth_weights(logsumexp(ratios, axis=1))
    weights, joint_shape = smooth_weights(ratios.ravel(), draws)
    return PosteriorSample(
        theta,
        fields,
        weights.reshape(nodes, draws),
        node_shape,
        joint_shape,
        float(logsumexp(ratios) - np.log(ratios.size)),
    )


def _fields(
    model: LatentGaussianModel,
    peak: EvidencePeak,
    theta: FloatArray,
    draws: int,
    rng: np.random.Generator,
) -> tuple[FloatArray, FloatArray]:
    """Latent fields (b, draws, d) at nodes and log p(y, z, theta) - log g(z), (b, draws)."""
    found = find_modes(model, theta, peak.fields(theta), 1, peak.smoothing)
    half = rng.standard_normal((len(theta), draws // 2, model.size))
    deviations = found.spread(half)
    fields = found.mean[:, np.newaxis] + np.concatenate([deviations, -deviations], axis=1)
    log_joint = np.empty((len(theta), draws))
    step = max(1, _FIELDS // draws)
    for start in range(0, len(theta), step):
        part = slice(start, start + step)
        log_joint[part] = model.log_joint(fields[part], theta[part])
    squares = -0.5 * (half * half).sum(axis=2)
    log_gaussian = np.concatenate([squares, squares], axis=1)
    log_gaussian += found.half_log_determinant()[:, np.newaxis]
    return fields, log_joint - log_gaussian
