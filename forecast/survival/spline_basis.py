r"""Natural cubic splines in log time: the baseline of a flexible parametric model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from forecast.survival.arrays import FloatArray

_DEPENDENT = 1e-10


@dataclass(frozen=True, eq=False)
class NaturalSpline:
    r"""A cubic spline that is linear beyond its boundary knots.

    The basis in u is 1, u and for each internal knot k

    .. math::
        v(u) = (u - k)_+^3 - \lambda (u - k_0)_+^3 - (1 - \lambda)(u - k_1)_+^3,
        \quad \lambda = (k_1 - k) / (k_1 - k_0)

    with :math:`u = (\log t - \log t_0) / (\log t_1 - \log t_0)`, so that the boundary knots are 0
    and 1.

    Attributes
    ----------
    knots : (j + 2,) array
        Log times, strictly rising: boundary, internal ones, boundary.

    References
    ----------
    Royston and Parmar (2002), doi:10.1002/sim.1203, section 3.
    """

    knots: FloatArray

    @property
    def size(self) -> int:
        """Number of basis functions, j + 2."""
        return len(self.knots)

    def values(self, log_time: FloatArray) -> FloatArray:
        """Basis at log times (n,), (n, j + 2)."""
        u = self._scaled(log_time)
        return np.column_stack([np.ones(len(u)), u, self._bends(u, 3)])

    def slopes(self, log_time: FloatArray) -> FloatArray:
        """Return derivatives of the basis in log time (n,), (n, j + 2)."""
        u = self._scaled(log_time)
        slopes = np.column_stack([np.zeros(len(u)), np.ones(len(u)), 3.0 * self._bends(u, 2)])
        result: FloatArray = slopes / self._width
        return result

    def orthogonal(self, log_time: FloatArray) -> FloatArray:
        """Mixing M (j + 2, j + 2) that makes the columns of ``values(log_time) @ M`` orthonormal.

        The basis itself is nearly collinear where there are many knots. The identity where the
        times are too few.
        """
        values = self.values(log_time)
        if len(values) < self.size:
            return np.eye(self.size)
        triangle = np.linalg.qr(values, mode="r") / np.sqrt(len(values))
        size = np.abs(np.diag(triangle))
        if size.min() < _DEPENDENT * size.max():
            return np.eye(self.size)
        result: FloatArray = np.linalg.inv(triangle)
        return result

    def least_slope(self, coefficients: FloatArray) -> tuple[float, float]:
        """Least slope anywhere of the spline with these coefficients (j + 2,), and where.

        The slope is quadratic between knots and constant beyond them, so that it is least at a
        knot or where the second derivative, linear between knots, changes its sign.
        """
        knots = self.knots
        bend = 6.0 * self._bends(self._scaled(knots), 1) @ coefficients[2:]
        left, right = bend[:-1], bend[1:]
        turns = (left < 0) & (right > 0)
        share = left / np.where(turns, left - right, 1.0)
        inside = knots[:-1] + share * np.diff(knots)
        places = np.concatenate([knots, inside[turns]])
        slopes = self.slopes(places) @ coefficients
        least = int(np.argmin(slopes))
        return float(slopes[least]), float(places[least])

    @property
    def _width(self) -> float:
        return float(self.knots[-1] - self.knots[0])

    def _scaled(self, log_time: FloatArray) -> FloatArray:
        result: FloatArray = (log_time - self.knots[0]) / self._width
        return result

    def _bends(self, u: FloatArray, power: int) -> FloatArray:
        """Return truncated powers of the internal knots, the ends kept linear, (n, j)."""
        inner = self._scaled(self.knots[1:-1])
        share = 1.0 - inner
        own = np.maximum(u[:, np.newaxis] - inner, 0.0) ** power
        start = np.maximum(u, 0.0)[:, np.newaxis] ** power
        end = np.maximum(u - 1.0, 0.0)[:, np.newaxis] ** power
        result: FloatArray = own - share * start - (1.0 - share) * end
        return result
