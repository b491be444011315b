"""The threshold-weighted continuous ranked probability score, in closed form."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from forecast.errors import DataError
from forecast.evaluation.outcomes import as_follow_up, as_outcomes
from forecast.survival import SurvivalCurves
from forecast.survival.arrays import FloatArray
from forecast.survival.curve_integrals import integral

LONGEST = 120.0
"""Months ahead beyond which the score does not look."""


def twcrps(
    lower: npt.ArrayLike,
    upper: npt.ArrayLike,
    curves: SurvivalCurves,
    *,
    follow_up: npt.ArrayLike = np.inf,
    longest: float = LONGEST,
) -> FloatArray:
    r"""Continuous ranked probability loss over the first H months, in months.

    .. math::
        \int_0^{\min(l, H)} [1 - S(t)]^2 \, dt + \int_{\min(u, H)}^{H} S(t)^2 \, dt,
        \qquad H = \min(120, \text{follow-up})

    for an outcome in (l, u]: the weight is 1 on [0, H] where it is known whether the case was
    concluded, and 0 elsewhere. A case that is open throughout, or ended without agreement, has
    l >= H and the first integral alone. One that was lost before H is scored up to then, one with
    imprecise dates not within them.

    Parameters
    ----------
    lower, upper, curves, follow_up
        As in :func:`~forecast.evaluation.scores.log_score`.
    longest : float
        Largest H, months.

    Returns
    -------
    (n,) array

    References
    ----------
    Gneiting and Ranjan (2011), doi:10.1198/jbes.2010.08110; with the weight up to the censoring
    Avati et al. (2020), https://proceedings.mlr.press/v115/avati20a.html.

    Examples
    --------
    >>> curves = SurvivalCurves([0, 12, 600], [[1.0, 0.5, 0.5]], [0.5], "log-linear")
    >>> twcrps([24.0], [24.0], curves, longest=36.0).round(3)
    array([7.])
    """
    outcomes = as_outcomes(lower, upper, len(curves))
    if not (np.isfinite(longest) and longest > 0):
        raise DataError("The longest horizon must be a positive number of months.")
    horizon = np.minimum(longest, as_follow_up(follow_up, len(curves)))
    seen_open = np.minimum(outcomes.lower, horizon)
    concluded = np.minimum(outcomes.upper, horizon)
    before = seen_open - 2.0 * integral(curves, 1, seen_open) + integral(curves, 2, seen_open)
    after = integral(curves, 2, horizon) - integral(curves, 2, concluded)
    # Differences of integrals may miss 0 by rounding.
    result: FloatArray = np.maximum(before, 0.0) + np.maximum(after, 0.0)
    return result
