"""Many problems at once: the same minima as one by one, and the same honesty."""

from functools import partial

import numpy as np
import numpy.typing as npt
import pytest

from forecast.inference import minimise, minimise_many

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]
NAMES = ["intercept", "slope"]


class _Logistic:
    """Logistic regressions of several outcomes on one covariate."""

    def __init__(self, x: FloatArray, y: FloatArray) -> None:
        self.x, self.y = np.column_stack([np.ones(len(x)), x]), y

    def __call__(
        self, theta: FloatArray, which: IntArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        sign = 2 * self.y[which] - 1
        signed = sign * (theta @ self.x.T)
        p = 1 / (1 + np.exp(signed))
        hessians = np.einsum("bn,ni,nj->bij", p * (1 - p), self.x, self.x)
        return np.logaddexp(0, -signed).sum(axis=1), -(sign * p) @ self.x, hessians

    def one(self, index: int, theta: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        values, gradients, hessians = self(theta[np.newaxis], np.array([index]))
        return float(values[0]), gradients[0], hessians[0]


@pytest.fixture
def problems() -> _Logistic:
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    y = (rng.random((8, 60)) < 1 / (1 + np.exp(-x))).astype(float)
    y[3] = x > 0.1  # separated
    return _Logistic(x, y)


def test_same_minima_as_one_by_one(problems: _Logistic) -> None:
    found = minimise_many(problems, np.zeros((8, 2)), NAMES)
    for k in np.flatnonzero(found.converged):
        alone = minimise(partial(problems.one, int(k)), np.zeros(2), NAMES)
        np.testing.assert_allclose(found.x[k], alone.x, atol=1e-9)
        np.testing.assert_allclose(found.values[k], alone.value, rtol=1e-12)
        np.testing.assert_allclose(
            found.inverse_hessians()[k], alone.inverse_hessian(), rtol=1e-8, atol=1e-12
        )


def test_a_failure_is_said_and_spoils_no_other(problems: _Logistic) -> None:
    found = minimise_many(problems, np.zeros((8, 2)), NAMES)
    assert list(found.failures) == [3]
    assert "'slope'" in found.failures[3] or "'intercept'" in found.failures[3]
    assert found.converged.tolist() == [k != 3 for k in range(8)]
    assert np.isnan(found.x[3]).all()
    assert np.isnan(found.inverse_hessians()[3]).all()


def test_a_start_far_off_is_walked_back(problems: _Logistic) -> None:
    near = minimise_many(problems, np.zeros((8, 2)), NAMES)
    far = minimise_many(problems, np.full((8, 2), 12.0), NAMES)
    np.testing.assert_allclose(far.x[near.converged], near.x[near.converged], atol=1e-8)


def test_no_problems() -> None:
    found = minimise_many(_Logistic(np.ones(2), np.empty((0, 2))), np.empty((0, 2)), NAMES)
    assert found.x.shape == (0, 2)
    assert found.failures == {}
