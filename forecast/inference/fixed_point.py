"""Fixed points of slow iterations such as EM, reached in a few leaps."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from forecast.errors import ConvergenceError
from forecast.inference.latent import FloatArray

# A longer leap, in the unit of sizes, is not taken: the map may not be defined there.
_LONGEST_LEAP = 100.0


def find_fixed_point(
    step: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    size: Callable[[FloatArray], float],
    tolerance: float,
    max_steps: int,
) -> tuple[FloatArray, int]:
    r"""Iterate a map to its fixed point, with a leap after every two steps (SQUAREM).

    From the moves :math:`r = x_1 - x_0` and :math:`v = (x_2 - x_1) - r` the leap leads to
    :math:`x_0 + 2 a r + a^2 v` with :math:`a = \max(1, \|r\| / \|v\|)`; a = 1 is no leap. A leap too far, or
    after which the map moves more than before it or leads to no number, is taken back.

    Parameters
    ----------
    step : callable
        The map, (k,) to (k,).
    start : (k,) array
    size : callable
        Size of a move, in the unit of ``tolerance``.
    tolerance : float
        Size of a move at which the iteration ends.
    max_steps : int

    Returns
    -------
    point : (k,) array
        The last point that the map has led to.
    steps : int
        How often the map was taken.

    Raises
    ------
    ConvergenceError
        If the moves do not become small.

    References
    ----------
    Varadhan and Roland (2008), doi:10.1111/j.1467-9469.2007.00585.x, scheme S3.
    """
    here, safe, before = start, start, np.inf
    move = np.inf
    for steps in range(2, max_steps + 1, 2):
        once = step(here)
        move = size(once - here)
        if not move <= before:
            here, once = safe, step(safe)
            move = size(once - here)
        twice = step(once)
        if not np.isfinite(twice).all():
            raise ConvergenceError(f"the iteration leads to no number after {steps} steps")
        if (move := size(twice - once)) < tolerance:
            return twice, steps
        first = once - here
        bend = (twice - once) - first
        # Moves that do not bend at all would lead to infinity.
        length = max(1.0, float(np.linalg.norm(first)) / max(float(np.linalg.norm(bend)), 1e-100))
        leap = here + 2.0 * length * first + length**2 * bend
        here = leap if size(leap - twice) < _LONGEST_LEAP else twice
        safe, before = twice, size(first)
    raise ConvergenceError(
        f"the iteration still moved by {move:.1e} after {max_steps} steps, more than {tolerance:g}"
    )
