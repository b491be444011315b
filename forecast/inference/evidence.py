"""Where the evidence of the hyperparameters lies: its mode, its curvature, and the fields along it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from forecast.errors import ConvergenceError
from forecast.inference.latent import FloatArray, LatentGaussianModel
from forecast.inference.latent_modes import Gaussians, find_modes, predictor_spread

_DIFFERENCE = 0.3
"""Half-width of the differences, in prior standard deviations of a hyperparameter."""

_GAIN = 0.02
"""Promised gain in log evidence at which the climb ends: the mode only centres a proposal."""

_MAX_CLIMB = 25
_LARGEST_STEP = 1.5
# The prior has precision 1 and data may flatten it a little; less than this is an error of the fit.
_LEAST_PRECISION = 0.7


@dataclass(frozen=True, eq=False)
class EvidencePeak:
    """Quadratic picture of the log evidence around its mode.

    Attributes
    ----------
    centre : (h,) array
        Its mode.
    covariance : (h, h) array
        Inverse of minus its Hessian.
    smoothing : (m, n) array
        Standard deviations of the linear predictors at the mode.
    origin : (h,) array
        Point from which ``field`` counts.
    field : (h + 1, d) array
        Latent field at the origin and its slope in each hyperparameter.
    """

    centre: FloatArray
    covariance: FloatArray
    smoothing: FloatArray
    origin: FloatArray
    field: FloatArray

    def fields(self, theta: FloatArray) -> FloatArray:
        """Latent fields (b, d) to start from at nodes (b, h), by linear interpolation."""
        away = np.clip(theta - self.origin, -_LARGEST_STEP, _LARGEST_STEP)
        fields: FloatArray = self.field[0] + away @ self.field[1:]
        return fields


def find_peak(model: LatentGaussianModel) -> EvidencePeak:
    """Climb to the mode of Laplace's evidence and fit a quadratic there.

    The climb is BFGS with gradients by central differences: all points of a difference are one batch. The
    quadratic is fitted to a central composite design (Box and Wilson 1951), as in Rue et al. (2009).

    Raises
    ------
    ConvergenceError
        If the climb does not end.
    """
    point, curvature, fields = _climb(model)
    scale = np.minimum(1.0 / np.sqrt(np.maximum(curvature, _LEAST_PRECISION)), 1.0)
    away = 0.6 * scale * _composite_design(model.hyperparameters)
    start = np.tile(fields, (len(away), 1))
    found = find_modes(model, point + away, start, steps=4)
    slope, precision = _quadratic(away, found.log_evidence)
    values, vectors = np.linalg.eigh(precision)
    covariance = (vectors / np.maximum(values, _LEAST_PRECISION)) @ vectors.T
    centre = point + np.clip(covariance @ slope, -0.5, 0.5)
    smoothing = predictor_spread(model, _first(found))
    smooth = find_modes(model, point + away, found.mean, 2, smoothing)
    design = np.column_stack([np.ones(len(away)), away])
    field = _least_squares(design, smooth.mean)
    return EvidencePeak(centre, covariance, smoothing, point, field)


def _climb(model: LatentGaussianModel) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Mode of the evidence, minus its curvature along the axes, and the latent field there."""
    h = model.hyperparameters
    star = np.concatenate([np.zeros((1, h)), _DIFFERENCE * np.eye(h), -_DIFFERENCE * np.eye(h)])
    point = np.zeros(h)
    found = find_modes(model, point + star, np.tile(model.prior_mean, (len(star), 1)), steps=8)
    slope, curvature = _differences(found.log_evidence)
    inverse = np.diag(1.0 / np.maximum(curvature, 0.5))
    step = _bounded(inverse @ slope)
    for _ in range(_MAX_CLIMB):
        if step @ slope < _GAIN:
            return point, curvature, found.mean[0]
        start = np.tile(found.mean[0], (len(star), 1))
        trial = find_modes(model, point + step + star, start, steps=3)
        if not trial.log_evidence[0] > found.log_evidence[0]:
            step = step / 3.0
            continue
        after, curvature = _differences(trial.log_evidence)
        inverse = _updated(inverse, step, slope - after)
        point, found, slope = point + step, trial, after
        step = _bounded(inverse @ slope)
    raise ConvergenceError(
        "The search for the mode of the hyperparameters' evidence does not end: the evidence still "
        f"promises to rise by {step @ slope:.2g} after {_MAX_CLIMB} steps."
    )


def _differences(evidence: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradient and minus the curvature along each axis, of evidences at centre, plus and minus."""
    plus, minus = np.split(evidence[1:], 2)
    slope = (plus - minus) / (2.0 * _DIFFERENCE)
    curvature = -(plus + minus - 2.0 * evidence[0]) / _DIFFERENCE**2
    return slope, curvature


def _bounded(step: FloatArray) -> FloatArray:
    bounded: FloatArray = step * min(1.0, _LARGEST_STEP / max(float(np.abs(step).max()), 1e-12))
    return bounded


def _updated(inverse: FloatArray, step: FloatArray, bend: FloatArray) -> FloatArray:
    """BFGS update of an inverse Hessian; as it was where the curvature along the step is not positive."""
    product_ = float(step @ bend)
    if product_ <= 1e-8:
        return inverse
    left = np.eye(len(step)) - np.outer(step, bend) / product_
    updated: FloatArray = left @ inverse @ left.T + np.outer(step, step) / product_
    return updated


def _composite_design(h: int) -> FloatArray:
    """Central composite design for h factors: centre, half of a factorial's corners, axes."""
    corners = np.array(list(product([-1.0, 1.0], repeat=max(h - 1, 1))))
    if h > 1:
        # The last factor as the product of the others leaves squares and products of pairs apart from
        # five factors on; with fewer the full factorial is small.
        corners = (
            np.column_stack([corners, corners.prod(axis=1)])
            if h >= 5
            else np.array(list(product([-1.0, 1.0], repeat=h)))
        )
    axes = np.sqrt(h) * np.eye(h)
    return np.concatenate([np.zeros((1, h)), corners, axes, -axes])


def _quadratic(points: FloatArray, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Gradient and minus the Hessian at 0 of the least-squares quadratic through some values."""
    h = points.shape[1]
    rows, columns = np.triu_indices(h)
    design = np.column_stack([np.ones(len(points)), points, points[:, rows] * points[:, columns]])
    found = _least_squares(design, values)
    upper = np.zeros((h, h))
    upper[rows, columns] = found[1 + h :]
    return found[1 : 1 + h], -(upper + upper.T)


def _least_squares(design: FloatArray, values: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.lstsq(design, values, rcond=None)[0], dtype=np.float64)


def _first(gaussians: Gaussians) -> Gaussians:
    return Gaussians(*(part[:1] for part in gaussians))
