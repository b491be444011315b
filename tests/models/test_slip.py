"""Slips of promises: closed forms, scipy's censored normal, and curves conditional on being open."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from forecast.errors import (
    ConvergenceError,
    DataError,
    NothingToForecastError,
    NotIdentifiedError,
)
from forecast.models import create
from forecast.models.slip import SlipModel
from forecast.survival import durations

RNG = np.random.default_rng(5)
PROMISED = RNG.uniform(0.5, 24.0, 60)
SLIPS = RNG.normal(0.6, 0.8, 60)
ACTUAL = np.maximum((PROMISED + 1.0) * np.exp(SLIPS) - 1.0, 0.1)
SLIPS = np.log((ACTUAL + 1.0) / (PROMISED + 1.0))
X = pd.DataFrame({"promised": PROMISED})
ONE = pd.DataFrame({"promised": [12.0]}, index=["case"])


def test_without_censoring_mean_and_sd_of_the_slips() -> None:
    model = SlipModel().fit(X, durations(ACTUAL))
    assert model.params_["Intercept"] == pytest.approx(SLIPS.mean(), abs=1e-8)
    assert np.exp(model.params_["log(scale)"]) == pytest.approx(SLIPS.std(), rel=1e-8)
    assert model.standard_errors_["Intercept"] == pytest.approx(SLIPS.std() / 60**0.5, rel=1e-6)
    density = stats.norm.logpdf(SLIPS, SLIPS.mean(), SLIPS.std()) - np.log(ACTUAL + 1.0)
    assert model.loglik_ == pytest.approx(density.sum(), abs=1e-8)


def test_censored_and_interval_rows_as_in_scipy() -> None:
    lower, upper = ACTUAL.copy(), ACTUAL.copy()
    lower[:20], upper[:20] = 0.6 * ACTUAL[:20], np.inf
    lower[20:30], upper[20:30] = 0.5 * ACTUAL[20:30], 1.5 * ACTUAL[20:30]
    model = SlipModel().fit(X, durations(lower, upper))
    slip = np.column_stack([np.log((lower + 1.0) / (PROMISED + 1.0)),
                            np.log((upper + 1.0) / (PROMISED + 1.0))])  # fmt: skip
    data = stats.CensoredData(uncensored=slip[30:, 0], right=slip[:20, 0], interval=slip[20:30])
    mean, sd = stats.norm.fit(data)
    assert model.params_["Intercept"] == pytest.approx(mean, abs=1e-4)
    assert np.exp(model.params_["log(scale)"]) == pytest.approx(sd, abs=1e-4)
    # Ignoring the censoring would give another answer.
    assert abs(slip[:, 0].mean() - mean) > 0.1


def test_a_curve_is_the_slip_given_that_the_talks_were_open() -> None:
    model = SlipModel().fit(X, durations(ACTUAL))
    mu, sigma = model.params_["Intercept"], np.exp(model.params_["log(scale)"])
    at = np.array([0.0, 3.0, 12.0, 30.0, 120.0])
    soon = pd.DataFrame({"promised": [0.5]}, index=["case"])
    tail = stats.norm.sf(np.log((at + 1.0) / 1.5), mu, sigma)
    curve = model.predict_survival(soon, at)
    np.testing.assert_allclose(curve.at(at)[0], tail / tail[0], rtol=1e-12)
    # A promise of two weeks: without the condition a tenth of the talks would have been over.
    assert tail[0] < 0.95
    later = model.predict_survival(soon, at, elapsed=12.0)
    np.testing.assert_allclose(later.at([30.0, 120.0])[0], tail[3:] / tail[2], rtol=1e-12)


def test_the_promise_counts_from_the_day_it_was_made() -> None:
    y = durations(ACTUAL)
    moved = X.assign(said_at=10.0)
    model, later = SlipModel().fit(X, y), SlipModel().fit(moved, durations(ACTUAL + 10.0))
    np.testing.assert_allclose(later.params_, model.params_, rtol=1e-9)
    case = ONE.assign(said_at=7.5)
    times = np.array([0.0, 5.0, 20.0, 60.0])
    curve = model.predict_survival(case, times)
    np.testing.assert_allclose(curve.at([3.0, 7.5])[0], 1.0)
    expected = model.predict_survival(ONE, [0.0, 12.5, 52.5]).at([12.5, 52.5])[0]
    np.testing.assert_allclose(curve.at([20.0, 60.0])[0], expected, rtol=1e-12)


def test_late_entry_truncates() -> None:
    slow = ACTUAL > 6.0
    y = durations(ACTUAL[slow], entry=6.0)
    model = SlipModel().fit(X[slow], y)
    naive = SlipModel().fit(X[slow], durations(ACTUAL[slow]))
    assert model.params_["Intercept"] < naive.params_["Intercept"] - 0.05

    def loss(theta: np.ndarray) -> float:
        scale = np.exp(theta[1])
        seen = stats.norm.logsf(np.log(7.0 / (PROMISED[slow] + 1.0)), theta[0], scale)
        return -float((stats.norm.logpdf(SLIPS[slow], theta[0], scale) - seen).sum())

    from scipy.optimize import minimize

    best = minimize(loss, [0.5, 0.0], method="Nelder-Mead", options={"xatol": 1e-8, "fatol": 1e-10})
    np.testing.assert_allclose(model.params_, best.x, atol=1e-4)


def test_a_prior_holds_where_data_are_few() -> None:
    y = durations(ACTUAL[:4])
    held = SlipModel(priors={"Intercept": (0.0, 1e-4)}).fit(X[:4], y)
    assert held.params_["Intercept"] == pytest.approx(0.0, abs=1e-3)
    assert np.exp(held.params_["log(scale)"]) == pytest.approx(
        np.sqrt((SLIPS[:4] ** 2).mean()), rel=1e-3
    )


def test_rows_without_a_promise_are_counted_and_not_fitted() -> None:
    some = X.copy()
    some.loc[:9, "promised"] = np.nan
    model = SlipModel().fit(some, durations(ACTUAL))
    assert model.diagnostics_["without_promise"] == 10
    assert model.params_["Intercept"] == pytest.approx(SLIPS[10:].mean(), abs=1e-8)
    with pytest.raises(NothingToForecastError, match="is known of 'case'"):
        model.predict_survival(pd.DataFrame({"promised": [np.nan]}, index=["case"]))


def pairs(*promises: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    return promises


def test_it_learns_from_every_first_promise() -> None:
    ages, y = RNG.uniform(0.0, 5.0, 60), durations(ACTUAL + 6.0)
    first = [pairs((a, p), (5.5, 2.0)) for a, p in zip(ages, PROMISED, strict=True)]
    first[3], first[7] = pairs(), pairs((ages[7], PROMISED[7]), (ACTUAL[7] + 6.0, 1.0))
    # What is predicted from is not learnt from.
    frame = X.assign(promised=100.0, said_at=1.0)
    frame["first_promises"] = pd.Series(first, dtype=object)
    weights = RNG.uniform(0.5, 2.0, 60)
    model = SlipModel().fit(frame, y, weights)
    rows = [(row, *pair) for row, found in enumerate(first) for pair in found]
    row, said_at, promised = (np.array(column) for column in zip(*rows, strict=True))
    kept = said_at < ACTUAL[row] + 6.0
    row, said_at, promised = row[kept], said_at[kept], promised[kept]
    slip = np.log((ACTUAL[row] + 6.0 - said_at + 1.0) / (promised + 1.0))
    mean = np.average(slip, weights=weights[row])
    assert model.params_["Intercept"] == pytest.approx(mean, abs=1e-8)
    spread = np.average((slip - mean) ** 2, weights=weights[row])
    assert np.exp(2 * model.params_["log(scale)"]) == pytest.approx(spread, rel=1e-8)
    counts = model.diagnostics_
    assert (counts["without_promise"], counts["promises_after_the_end"]) == (1, 1)


def test_talks_younger_than_the_promise_enter_late() -> None:
    slow = ACTUAL > 3.0
    lasted = durations(ACTUAL[slow], entry=3.0)
    followed = SlipModel().fit(X[slow], lasted)
    begun = SlipModel().fit(X[slow].assign(said_at=-3.0), durations(ACTUAL[slow] - 3.0))
    np.testing.assert_allclose(begun.params_, followed.params_, rtol=1e-9)
    mu, sigma = begun.params_["Intercept"], np.exp(begun.params_["log(scale)"])
    at = np.array([0.0, 6.0, 40.0])
    curve = begun.predict_survival(ONE.assign(said_at=-3.0), at).at(at)[0]
    tail = stats.norm.sf(np.log((at + 3.0 + 1.0) / 13.0), mu, sigma)
    np.testing.assert_allclose(curve, tail / tail[0], rtol=1e-12)


def test_open_talks_are_conditioned_as_simulated_ones() -> None:
    model = SlipModel().fit(X, durations(ACTUAL))
    mu, sigma = model.params_["Intercept"], np.exp(model.params_["log(scale)"])
    said_at, open_at, promised = 4.0, 22.0, 3.5
    slips = np.random.default_rng(1).normal(mu, sigma, 2_000_000)
    ages = said_at + (promised + 1.0) * np.exp(slips) - 1.0
    still = ages[ages > open_at]
    case = pd.DataFrame({"promised": [promised], "said_at": [said_at]}, index=["case"])
    curve = model.predict_survival(case, elapsed=open_at)
    assert (curve.at([2.0, open_at]) == 1.0).all()
    for age in (24.0, 30.0, 48.0, 96.0):
        share = (still > age).mean()
        error = np.sqrt(share * (1 - share) / len(still))
        assert curve.at(age)[0, 0] == pytest.approx(share, abs=4 * error + 1e-4)


def test_a_supposed_never_share_holds_on_the_day_of_the_promise() -> None:
    model = SlipModel().fit(X, durations(ACTUAL))
    case = ONE.assign(said_at=5.0)
    usual = model.predict_survival(case).at([20.0, 40.0])[0]
    expected = 0.2 + 0.8 * usual
    curve = model.predict_survival(case, never=0.2)
    np.testing.assert_allclose(curve.at([20.0, 40.0])[0], expected, rtol=1e-12)
    later = model.predict_survival(case, elapsed=20.0, never=0.2)
    assert later.at(40.0)[0, 0] == pytest.approx(expected[1] / expected[0], rel=1e-12)
    assert later.never[0] == pytest.approx(0.2 / expected[0], rel=1e-12)


def test_a_case_has_one_curve_whatever_stands_beside_it() -> None:
    model = SlipModel().fit(X, durations(ACTUAL))
    both = pd.concat([ONE.assign(said_at=3.3), ONE.assign(said_at=41.7)])
    times, at = [0.0, 5.0, 10.0, 30.0], np.linspace(0.0, 90.0, 200)
    together = model.predict_survival(both, times).at(at)
    for row, grid in enumerate((times, [*times, 41.7])):
        alone = model.predict_survival(both.iloc[[row]], grid).at(at)[0]
        inside = at <= times[-1] if row == 0 else at >= 0.0
        np.testing.assert_allclose(together[row][inside], alone[inside], rtol=1e-12)


def test_promises_kept_to_the_day_need_a_prior() -> None:
    kept = durations(PROMISED[:5])
    with pytest.raises(ConvergenceError):
        SlipModel().fit(X[:5], kept)
    model = create("officials").fit(X[:5], kept)
    # No slips: the mode of log sigma solves 5 = (log sigma - log 0.75) / -0.3**2.
    assert model.params_["Intercept"] == pytest.approx(0.0, abs=1e-9)
    assert model.params_["log(scale)"] == pytest.approx(np.log(0.75) - 5 * 0.3**2, abs=1e-6)


def test_bad_input_gets_a_sentence() -> None:
    with pytest.raises(DataError, match="promised"):
        SlipModel().fit(pd.DataFrame({"other": PROMISED}), durations(ACTUAL))
    with pytest.raises(DataError, match="not negative"):
        SlipModel().fit(X.assign(promised=-1.0), durations(ACTUAL))
    with pytest.raises(DataError, match="after the end"):
        SlipModel().fit(X.assign(said_at=1000.0), durations(ACTUAL))
    with pytest.raises(NotIdentifiedError, match="slip of promises"):
        SlipModel().fit(X[:3], durations(ACTUAL[:3]))
