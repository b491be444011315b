"""Pareto smoothing of importance weights (Vehtari et al. 2024)."""

from __future__ import annotations

import numpy as np
from scipy.special import logsumexp

from forecast.inference.latent import FloatArray

GOOD_SHAPE = 0.7
"""Pareto shapes above this mean that the weights have no useful mean, however many there are.

For S weights Vehtari et al. (2024) recommend min(1 - 1 / log10 S, 0.7): 0.63 for 512 nodes. Shapes between
the two occur at dates of few rows; measured between scrambles, the error of answers is small there all the
same (``reports/benchmarks/scrambles.csv``).
"""


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
    psislw = array_stats.psislw
    smoothed, shape = psislw(-log_weights, r_eff=1.0 / together)  # type: ignore[no-untyped-call]  # no types
    weights = np.exp(smoothed - smoothed.max())
    return weights / weights.sum(), float(shape)


def leave_one_out(values: FloatArray, weights: FloatArray) -> tuple[FloatArray, FloatArray]:
    r"""Expected log predictive density of each row when it is left out, from draws given all rows.

    Pareto-smoothed importance sampling with ratios :math:`w_s / p(y_i \mid z_s, \theta_s)`.

    Parameters
    ----------
    values : (S, n) array
        Log-likelihood of each row under each draw.
    weights : (S,) array
        Of the draws; those without weight are left out.

    Returns
    -------
    elpd : (n,) array
    shape : (n,) array
        Pareto shapes of the ratios.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), Statistics and Computing 27, 1413-1432.
    """
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    used = np.isfinite(log_weights)
    found = []
    for value in values[used].T:
        smoothed, shape = smooth_weights(log_weights[used] - value)
        found.append((float(logsumexp(value, b=smoothed)), shape))
    elpd, shapes = np.array(found).T
    return elpd, shapes
