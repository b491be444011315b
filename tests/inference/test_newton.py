"""Newton's method finds minima, and says what went wrong where there is none."""

import numpy as np
import numpy.typing as npt
import pytest

from forecast.errors import ConvergenceError
from forecast.inference.newton import Objective, minimise

FloatArray = npt.NDArray[np.float64]
Evaluation = tuple[float, FloatArray, FloatArray]


def _quadratic(theta: FloatArray) -> Evaluation:
    curvature = np.array([[2.0, 0.5], [0.5, 1.0]])
    away = theta - np.array([3.0, -1.0])
    return 0.5 * float(away @ curvature @ away) + 7.0, curvature @ away, curvature


def _rosenbrock(theta: FloatArray) -> Evaluation:
    x, y = theta
    value = (1 - x) ** 2 + 100 * (y - x**2) ** 2
    gradient = np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])
    hessian = np.array([[2 - 400 * (y - 3 * x**2), -400 * x], [-400 * x, 200.0]])
    return float(value), gradient, hessian


def _logistic(x: FloatArray, y: FloatArray) -> Objective:
    def objective(theta: FloatArray) -> Evaluation:
        signed = (2 * y - 1) * (x @ theta)
        p = 1 / (1 + np.exp(signed))
        gradient = -x.T @ ((2 * y - 1) * p)
        hessian = (x * (p * (1 - p))[:, None]).T @ x
        return float(np.logaddexp(0, -signed).sum()), gradient, hessian

    return objective


def test_quadratic_is_solved_at_once() -> None:
    found = minimise(_quadratic, [0.0, 0.0], ["a", "b"])
    np.testing.assert_allclose(found.x, [3.0, -1.0], atol=1e-12)
    assert found.value == pytest.approx(7.0)
    assert found.iterations == 2
    np.testing.assert_allclose(found.inverse_hessian() @ found.hessian, np.eye(2), atol=1e-12)


def test_rosenbrock_from_where_the_hessian_is_indefinite() -> None:
    start = np.array([0.0, 1.5])
    assert np.linalg.eigvalsh(_rosenbrock(start)[2])[0] < 0
    evaluations = 0

    def counted(theta: FloatArray) -> Evaluation:
        nonlocal evaluations
        evaluations += 1
        return _rosenbrock(theta)

    found = minimise(counted, start, ["x", "y"])
    assert evaluations < 40
    np.testing.assert_allclose(found.x, [1.0, 1.0], atol=1e-9)
    np.testing.assert_allclose(found.gradient, 0.0, atol=1e-8)


def test_units_of_the_parameters_do_not_matter() -> None:
    unit = np.array([1e6, 1e-6])

    def scaled(theta: FloatArray) -> Evaluation:
        value, gradient, hessian = _rosenbrock(theta / unit)
        return value, gradient / unit, hessian / np.outer(unit, unit)

    found = minimise(scaled, np.array([-1.2, 1.0]) * unit, ["x", "y"])
    plain = minimise(_rosenbrock, [-1.2, 1.0], ["x", "y"])
    np.testing.assert_allclose(found.x / unit, plain.x, rtol=1e-9)
    assert found.iterations == plain.iterations


def test_points_outside_the_domain_are_stepped_around() -> None:
    def objective(theta: FloatArray) -> Evaluation:
        t = theta[0]  # t - log t, defined for t > 0
        value = t - np.log(t) if t > 0 else np.inf
        return float(value), np.array([1 - 1 / t]), np.array([[1 / t**2]])

    found = minimise(objective, [5.0], ["t"])
    assert found.x[0] == pytest.approx(1.0, abs=1e-9)


def test_separation_names_the_parameter() -> None:
    rng = np.random.default_rng(1)
    dull = rng.normal(size=40)
    group = np.repeat([0.0, 1.0], 20)
    y = np.where(group == 1, 1.0, np.tile([0.0, 1.0], 20))
    x = np.column_stack([np.ones(40), dull, group])
    with pytest.raises(ConvergenceError, match=r"'group'.*prior"):
        minimise(_logistic(x, y), np.zeros(3), ["intercept", "dull", "group"])


def test_collinear_parameters_are_named() -> None:
    rng = np.random.default_rng(2)
    a = rng.normal(size=50)
    x = np.column_stack([np.ones(50), a, 2 * a])
    y = (rng.random(50) < 0.5).astype(float)
    with pytest.raises(ConvergenceError, match=r"do not determine '(a|twice)'"):
        minimise(_logistic(x, y), np.zeros(3), ["intercept", "a", "twice"])


def test_unbounded_objective_is_an_error() -> None:
    def objective(theta: FloatArray) -> Evaluation:
        return (
            -float(theta[1]) + float(theta[0] ** 2),
            np.array([2 * theta[0], -1.0]),
            np.diag([2.0, 0.0]),
        )

    with pytest.raises(ConvergenceError, match="'downhill'"):
        minimise(objective, [1.0, 0.0], ["bowl", "downhill"])


def test_start_must_be_finite() -> None:
    with pytest.raises(ConvergenceError, match="not finite at the start"):
        minimise(_quadratic, [np.nan, 0.0], ["a", "b"])


def test_too_few_steps_are_an_error() -> None:
    with pytest.raises(ConvergenceError, match="after 2 Newton steps"):
        minimise(_rosenbrock, [-1.2, 1.0], ["x", "y"], max_iterations=2)
