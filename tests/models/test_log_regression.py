"""The log-duration regression: EM reaches the maximum of the log-normal AFT likelihood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from sklearn.linear_model import LinearRegression
from sklearn.tree import DecisionTreeRegressor

from forecast.errors import ConvergenceError
from forecast.models import AFTModel, LogDurationRegression, log_regression
from forecast.survival import durations
from forecast.survival.arrays import DurationArray, FloatArray

if TYPE_CHECKING:
    from tests.models.conftest import Sample

KINDS = ["exact", "right", "left", "interval", "entry", "exit", "entry and exit", "ended", "all"]


def simulated(kind: str) -> tuple[pd.DataFrame, DurationArray]:
    """Eighty rows, a third of them censored or truncated in a way."""
    rng = np.random.default_rng(11)
    n = 80
    X = pd.DataFrame({"a": rng.normal(size=n), "b": rng.integers(0, 2, n).astype(float)})
    time = np.exp(2.5 + 0.5 * X["a"] - 0.3 * X["b"] + 0.9 * rng.normal(size=n)).to_numpy()
    lower, upper, entry, leave = time.copy(), time.copy(), np.zeros(n), np.full(n, np.inf)
    part = {name: np.arange(n) % 7 == i for i, name in enumerate(KINDS[1:6])}
    rows = {name: part[name] if kind == "all" else np.arange(n) % 3 == 0 for name in part}
    if kind in ("right", "all"):
        lower[rows["right"]] *= 0.7
        upper[rows["right"]] = np.inf
    if kind in ("left", "all"):
        lower[rows["left"]] = 0.0
    if kind in ("interval", "all"):
        lower[rows["interval"]] *= 0.6
        upper[rows["interval"]] *= 1.5
    if kind in ("entry", "entry and exit", "all"):
        entry[rows["entry"]] = 0.5 * time[rows["entry"]]
    if kind in ("exit", "entry and exit", "all"):
        leave[rows["exit"]] = 1.5 * time[rows["exit"]] + 20.0
    cause = np.where(np.isinf(upper), 0, 1)
    if kind == "ended":
        cause[::4] = 2
        leave[::8] = 2.0 * time[::8]
    return X, durations(lower, upper, entry, leave, cause)


@pytest.mark.parametrize("kind", KINDS)
def test_by_least_squares_it_is_the_log_normal_aft(kind: str) -> None:
    X, y = simulated(kind)
    aft = AFTModel("lognormal", penalty=0.0).fit(X, y)
    em = LogDurationRegression(LinearRegression(), tolerance=1e-11).fit(X, y)
    assert em.sigma_ == pytest.approx(aft.scale_, rel=1e-6)
    np.testing.assert_allclose(em.mean_log(X), aft.location(X), atol=1e-6)
    grid = [0.0, 1.0, 6.0, 12.0, 60.0]
    np.testing.assert_allclose(
        em.predict_survival(X, grid).survival, aft.predict_survival(X, grid).survival, atol=1e-6
    )


def test_on_exact_rows_it_is_least_squares() -> None:
    X, y = simulated("exact")
    em = LogDurationRegression(LinearRegression()).fit(X, y)
    design = np.column_stack([np.ones(len(X)), X])
    beta, residual, *_ = np.linalg.lstsq(design, np.log(y["lower"]), rcond=None)
    np.testing.assert_allclose(em.mean_log(X), design @ beta, rtol=1e-10)
    assert em.sigma_ == pytest.approx(np.sqrt(residual[0] / len(X)))


def test_imputing_the_mean_alone_would_shrink_the_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = simulated("right")
    sigma = LogDurationRegression(LinearRegression()).fit(X, y).sigma_
    whole = log_regression._truncated

    def mean_only(
        mean: FloatArray, sigma: float, low: FloatArray, high: FloatArray
    ) -> tuple[FloatArray, FloatArray]:
        return whole(mean, sigma, low, high)[0], np.zeros(len(mean))

    monkeypatch.setattr(log_regression, "_truncated", mean_only)
    shrunk = LogDurationRegression(LinearRegression()).fit(X, y).sigma_
    assert shrunk < 0.95 * sigma
    assert sigma == pytest.approx(AFTModel(penalty=0.0).fit(X, y).scale_, rel=1e-6)


@pytest.mark.parametrize(
    ("low", "high"), [(-np.inf, 0.3), (0.3, np.inf), (-1.0, 0.5), (2.0, 2.5), (-9.0, -8.0), (7, 30)]
)
def test_moments_of_a_truncated_normal(low: float, high: float) -> None:
    mean, sigma = 0.4, 1.7
    z = np.linspace(max(low, mean - 12 * sigma), min(high, mean + 12 * sigma), 200_001)
    density = norm.pdf(z, mean, sigma)
    density /= density.sum()
    expected = float(density @ z)
    first, second = log_regression._truncated(
        np.array([mean]), sigma, np.array([float(low)]), np.array([float(high)])
    )
    assert first[0] == pytest.approx(expected, abs=1e-3)
    assert second[0] == pytest.approx(float(density @ (z - expected) ** 2), rel=1e-2)


def test_any_regressor_with_weights_will_do(sample: Sample) -> None:
    tree = DecisionTreeRegressor(max_depth=1, random_state=0)
    model = LogDurationRegression(tree, tolerance=1e-4).fit(sample.X, sample.y)
    assert len(np.unique(model.mean_log(sample.X))) == 2
    assert tree is not model.regressor_
    assert not hasattr(tree, "tree_")


def test_em_that_does_not_settle_says_so(sample: Sample) -> None:
    with pytest.raises(ConvergenceError, match="after 3 steps"):
        LogDurationRegression(max_iterations=3).fit(sample.X, sample.y)
