"""Pareto smoothing of importance weights (Vehtari et al. 2024)."""

from __future__ import annotations

import numpy as np

from forecast.inference.latent import FloatArray

GOOD_SHAPE = 0.7
"""Pareto shapes above this mean that the weights have no useful mean (Vehtari et al. 2024)."""


def smooth_weights(log_weights: FloatArray, together: int = 1) -> tuple[FloatArray, float]:
    """Replace the largest weights by the quantiles of a generalised Pareto distribution.

    Parameters
    ----------
    log_weights : (n,) array
        Log importance ratios, up to a constant.
    together : int
        How many share most of their weight, as the draws of one node do. The tail is then taken as much
        longer as for chains of such an efficiency, so that it does not consist of a few nodes only.

    Returns
    -------
    weights : (n,) array
        Smoothed, with sum 1.
    shape : float
        The estimated shape k of their tail.

    References
    ----------
    Vehtari, Simpson, Gelman, Yao and Gabry (2024), J. Mach. Learn. Res. 25(72), 1-58.
    """
    from arviz_stats.base.array import array_stats

    # arviz-stats takes the negative of log weights, as of a log-likelihood to be divided by.
    smoothed, shape = array_stats.psislw(-log_weights, r_eff=1.0 / together)  # type: ignore[no-untyped-call]
    weights = np.exp(smoothed - smoothed.max())
    return weights / weights.sum(), float(shape)
