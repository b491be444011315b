"""The hierarchical model: what conditions on what, which rows tell of what, and the truth recovered."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logsumexp
from sklearn.base import clone

from forecast.errors import NotIdentifiedError, UsageError
from forecast.models import HierarchicalModel, HierarchicalPriors
from forecast.models.hierarchical_priors import Normal
from forecast.models.hierarchical_problem import FAMILIES, HierarchicalProblem
from forecast.models.posterior import Known, Posterior
from forecast.survival import durations
from forecast.survival.arrays import DurationArray, FloatArray

TIMES = np.array([6.0, 12.0, 24.0, 48.0, 120.0])
SIGMA, SLOPE = 0.6, 0.5


class Talks(NamedTuple):
    X: pd.DataFrame
    y: DurationArray


def talks(n: int, seed: int = 0) -> Talks:
    """Log-normal talks of three families; a quarter open, a tenth ended, the last row open at 9."""
    rng = np.random.default_rng(seed)
    family = rng.choice(["raa", "logistics", "equipment"], n)
    x = rng.normal(size=n)
    shift = pd.Series({"raa": 0.4, "logistics": -0.3, "equipment": 0.0})
    location = 3.0 + shift[family].to_numpy() + SLOPE * x
    time = np.exp(location + SIGMA * rng.normal(size=n))
    followed = np.exp(rng.uniform(2.0, 5.5, n))
    open_ = time > followed
    lower = np.where(open_, followed, time)
    upper = np.where(open_, np.inf, time)
    cause = np.where(open_, 0, 1)
    ended = np.arange(n) % 10 == 3
    lower[ended] = upper[ended] = rng.exponential(40.0, ended.sum())
    cause[ended] = 2
    lower[-1], upper[-1], cause[-1] = 9.0, np.inf, 0
    X = pd.DataFrame(
        {
            "own": x,
            "family": family,
            "parties": [tuple(rng.choice(["JPN", "FRA", "GBR"], 2, replace=False)) for _ in x],
            "cluster": "",
            "searched_for": "",
        },
        index=[f"talks-{k}" for k in range(n)],
    )
    return Talks(X, durations(lower, upper, cause=cause))


@pytest.fixture(scope="module")
def data() -> Talks:
    return talks(60)


@pytest.fixture(scope="module")
def plain(data: Talks) -> HierarchicalModel:
    """Without covariates, whose centres would move with the rows."""
    return HierarchicalModel(covariates=(), nodes=1024).fit(*data)


def test_a_target_in_the_fit_is_the_same_as_one_left_out(
    data: Talks, plain: HierarchicalModel
) -> None:
    X, y = data
    without = HierarchicalModel(covariates=(), nodes=2048, seed=1).fit(X.iloc[:-1], y[:-1])
    target = X.iloc[[-1]]
    for age in (9.0, 15.0, 40.0):
        inside = plain.predict_survival(target, elapsed=age).at(age + TIMES)
        outside = without.predict_survival(target, elapsed=age).at(age + TIMES)
        np.testing.assert_allclose(inside, outside, atol=4e-3)
    # The fit knows it to be open at 9: to count that twice, with the same draws, would show.
    case = plain.case(target)[0]
    twice = case.mean_survival(15.0 + TIMES, 15.0)[0]
    once = plain.predict_survival(target, elapsed=15.0).at(15.0 + TIMES)[0]
    assert np.abs(twice - once).max() > 2e-3


@pytest.mark.parametrize("entry", [0.0, 8.0])
def test_without_an_age_the_fit_forgets_what_it_knew_of_the_case(data: Talks, entry: float) -> None:
    X, y = data[0], data[1].copy()
    y["entry"][-1] = entry
    inside = HierarchicalModel(covariates=(), nodes=1024).fit(X, y)
    outside = HierarchicalModel(covariates=(), nodes=2048, seed=1).fit(X.iloc[:-1], y[:-1])
    target = X.iloc[[-1]]
    curve = inside.predict_survival(target).at(TIMES)
    np.testing.assert_allclose(curve, outside.predict_survival(target).at(TIMES), atol=4e-3)
    np.testing.assert_array_equal(curve, inside.predict_survival(target, elapsed=0.0).at(TIMES))
    drawn = inside.predict_draws(target, TIMES, 20000, np.random.default_rng(0)).mean(axis=0)
    np.testing.assert_allclose(drawn, curve, atol=0.012)
    # To keep the probability of having reached the entry would show.
    case = inside.case(target)[0]
    kept = replace(case, weights=case.forgetting(Known(9.0, 0.0, 1.0)))
    assert (np.abs(kept.mean_survival(TIMES, 0.0)[0] - curve).max() > 5e-3) == (entry > 0)


def test_supposed_covariates_are_no_news_of_the_case(data: Talks) -> None:
    model = HierarchicalModel(nodes=64, draws=4).fit(*data)
    actual = data.X.iloc[[-1]]
    other = actual.assign(own=actual["own"] + 3.0)
    assert model.case(other)[0].location != pytest.approx(model.case(actual)[0].location)
    weights = model.case(actual)[0].forgetting(model.known(actual.index[0]))
    assert not np.allclose(weights, model.posterior_.weights, rtol=1e-3)
    for row in (actual, other):
        np.testing.assert_array_equal(model.case_anew(row)[0].weights, weights)
    # Another name is another case, of which nothing is known.
    (new,) = model.case_anew(actual.rename(index=lambda _: "new"))
    np.testing.assert_array_equal(new.weights, model.posterior_.weights)


def test_a_supposed_never_share_is_no_news_of_the_case(data: Talks) -> None:
    """What the fit learnt from a case that stayed open it learnt under the model's own share."""
    X, y, target = data.X, data.y.copy(), data.X.iloc[[-1]]
    y["lower"][-1] = 60.0
    inside = HierarchicalModel(covariates=(), nodes=2048, draws=32).fit(X, y)
    outside = HierarchicalModel(covariates=(), nodes=2048, draws=32, seed=1).fit(
        X.iloc[:-1], y[:-1]
    )

    def within(model: HierarchicalModel, share: float) -> FloatArray:
        return model.predict_survival(target, elapsed=60.0, never=share).at(60.0 + TIMES)

    np.testing.assert_allclose(within(inside, 0.35), within(outside, 0.35), atol=8e-3)
    # Had it been learnt under the supposed share, it would show.
    (case,) = inside.case(target, 0.35)
    wrong = replace(case, weights=case.forgetting(inside.known(target.index[0])))
    shown = wrong.mean_survival(60.0 + TIMES, 60.0)[0] - within(outside, 0.35)
    assert np.abs(shown).max() > 0.02


def by_hand(posterior: pd.DataFrame, row: pd.Series, age: float) -> FloatArray:
    """P(T > age + t | open at age) of a row without covariates, from the tidy draws."""
    from scipy.stats import norm

    eta = posterior["log(median)"] + posterior[f"family[{row['family']}]"]
    eta = eta + sum(posterior[f"party[{party}]"] for party in row["parties"])
    pi = expit(posterior["logit(never)"] + posterior[f"never[{row['family']}]"])
    rate = np.exp(posterior["log(ending rate)"])

    def open_at(t: float, ends: float) -> FloatArray:
        z = (np.log(t) - eta) / np.exp(posterior["log(scale)"])
        return np.asarray(pi * np.exp(-rate * ends) + (1 - pi) * norm.sf(z))

    weights = posterior["weight"] * open_at(age, age)
    conditional = [open_at(age + t, age) / open_at(age, age) for t in TIMES]
    return np.array([np.average(part, weights=weights) for part in conditional])


def test_elapsed_weighs_draws_by_what_they_gave_the_case(data: Talks) -> None:
    few = HierarchicalModel(covariates=(), nodes=64, draws=4).fit(*data)
    new = data.X.iloc[[5]].rename(index=lambda _: "new")
    for age in (3.0, 20.0):
        found = few.predict_survival(new, times=np.r_[0.0, age + TIMES], elapsed=age)
        expected = by_hand(few.posterior, new.iloc[0], age)
        np.testing.assert_allclose(found.at(age + TIMES)[0], expected, atol=1e-10)
        # To condition the mean curve would be something else.
        mean = few.predict_survival(new).given(age).at(age + TIMES)[0]
        assert np.abs(mean - expected).max() > 1e-4


def test_draws_of_curves_average_to_the_curve(data: Talks, plain: HierarchicalModel) -> None:
    X = data.X.iloc[[5, -1]]
    drawn = plain.predict_draws(X, 9.0 + TIMES, 4000, np.random.default_rng(0), elapsed=9.0)
    assert drawn.shape == (4000, 2, len(TIMES))
    expected = plain.predict_survival(X, elapsed=9.0).at(9.0 + TIMES)
    error = drawn.std(axis=0) / np.sqrt(4000)
    assert (np.abs(drawn.mean(axis=0) - expected) < 4 * error + 3e-3).all()


def test_a_supposed_never_share_replaces_the_models(data: Talks, plain: HierarchicalModel) -> None:
    curves = plain.predict_survival(data.X.iloc[:2], never=0.35)
    np.testing.assert_allclose(curves.never, 0.35, rtol=1e-12)
    np.testing.assert_allclose(plain.predict_survival(data.X.iloc[:2], never=0.0).never, 0.0)


def failures(rest: int = 24) -> Talks:
    """Conclusions known only as such, and twelve ends of talks that were looked for as failures."""
    base = talks(rest + 12)
    X = base.X.assign(searched_for=["failure"] * 12 + [""] * rest, months_to_as_of=1e6)
    rng = np.random.default_rng(1)
    exit_ = np.repeat([np.inf, 1e6], [12, rest])
    time = np.concatenate([rng.exponential(25.0, 12), np.exp(rng.normal(3.0, 0.6, rest))])
    return Talks(X, durations(time, exit=exit_, cause=np.repeat([2, 1], [12, rest])))


def rate_by_quadrature(y: DurationArray) -> tuple[float, float]:
    """Posterior mean and sd of the log rate from exponential times and its normal prior."""
    prior, times = HierarchicalPriors().log_ending_rate, y["lower"][y["cause"] == 2]
    grid = np.linspace(-8.0, 0.0, 4001)
    log_density = len(times) * grid - np.exp(grid) * times.sum()
    log_density -= 0.5 * ((grid - prior.mean) / prior.sd) ** 2
    density = np.exp(log_density - logsumexp(log_density))
    mean = float(density @ grid)
    return mean, float(np.sqrt(density @ (grid - mean) ** 2))


@pytest.mark.parametrize("weight", [0.0, 0.5])
def test_failures_tell_of_the_ending_rate(weight: float) -> None:
    X, y = failures()
    model = HierarchicalModel(covariates=(), failure_weight=weight).fit(X, y)
    mean, sd = rate_by_quadrature(y)
    rate = model.summary().loc["log(ending rate)"]
    assert rate["mean"] == pytest.approx(mean, abs=0.05 * sd)
    assert rate["sd"] == pytest.approx(sd, rel=0.05)
    assert model.diagnostics_["told_of_the_ending_rate_only"] == 12
    assert model.diagnostics_["looked_for_as_failures_and_left_out"] == 0


def test_the_never_share_rises_with_the_weight_of_failures() -> None:
    X, y = failures()
    found = [
        HierarchicalModel(covariates=(), failure_weight=weight).fit(X, y).params_["logit(never)"]
        for weight in (0.0, 0.5, 1.0)
    ]
    # Conclusions known only as such say nothing of the share: without failures it is the prior's.
    assert found[0] == pytest.approx(-2.0, abs=0.03)
    assert found[0] + 0.3 < found[1] < found[2] - 0.1


def test_failures_that_are_open_are_left_out_and_counted(data: Talks) -> None:
    open_, ended = np.flatnonzero(data.y["cause"] == 0)[:3], np.flatnonzero(data.y["cause"] == 2)
    searched = np.full(60, "", dtype=object)
    searched[open_] = searched[ended] = "failure"
    X = data.X.assign(searched_for=searched, months_to_as_of=200.0)
    model = HierarchicalModel(nodes=64, draws=2).fit(X, data.y)
    assert model.diagnostics_["told_of_the_ending_rate_only"] == len(ended)
    assert model.diagnostics_["looked_for_as_failures_and_left_out"] == 3
    assert len(model.rows_) == 57
    assert not set(X.index[open_]) & set(model.rows_)
    whole = HierarchicalModel(nodes=64, draws=2, failure_weight=1.0).fit(X, data.y)
    assert whole.diagnostics_["told_of_the_ending_rate_only"] == 0
    assert whole.diagnostics_["looked_for_as_failures_and_left_out"] == 0


def test_loo_is_what_refits_without_a_row_say(data: Talks, plain: HierarchicalModel) -> None:
    X, y = data
    table = plain.loo()
    assert list(table.index) == list(X.index)
    assert table.attrs["elpd"] == pytest.approx(table["elpd"].sum())
    assert table.attrs["se"] == pytest.approx(np.sqrt(60 * table["elpd"].var()))
    assert table["pareto_shape"].max() < 0.7
    for row in (3, 20, int(table["elpd"].argmin())):
        others = np.arange(60) != row
        refit = HierarchicalModel(covariates=(), nodes=1024).fit(X[others], y[others])
        draws = refit.posterior_
        one = HierarchicalProblem.build(
            refit.field_, X[~others], y[~others], np.ones(1), "lognormal", HierarchicalPriors()
        )
        value = one.row_values(draws.fields, draws.scale, draws.log_rate)[:, 0]
        exact = logsumexp(value, b=draws.weights)
        assert table["elpd"].iloc[row] == pytest.approx(exact, abs=0.02)


def test_the_same_seed_gives_the_same_bytes(data: Talks) -> None:
    one, same = (HierarchicalModel(nodes=128, draws=4, seed=5).fit(*data) for _ in range(2))
    assert one.posterior.to_numpy().tobytes() == same.posterior.to_numpy().tobytes()


def test_other_seeds_agree_within_a_small_error(data: Talks) -> None:
    case = data.X.iloc[[5]]
    fits = [HierarchicalModel(nodes=256, draws=8, seed=seed).fit(*data) for seed in range(8)]
    within = np.array([fit.predict_survival(case).at(24.0).item() for fit in fits])
    assert 0.0 < within.std(ddof=1) < 0.005
    means = pd.DataFrame([fit.params_ for fit in fits])
    # Means within a tenth of a posterior standard deviation: as if from 100 draws, at an eighth of the
    # default cost. What the default must reach is measured by experiments/benchmarks/scrambles.py.
    ratio = means.std(ddof=1) / fits[0].standard_errors_
    hyperparameters = ["sd(family)", "sd(party)", "sd(never family)", "log(scale)"]
    assert ratio[hyperparameters].max() < 0.1
    assert ratio[["own", "log(median)", "logit(never)"]].max() < 0.1


@pytest.mark.parametrize("family", FAMILIES)
def test_the_truth_is_recovered(family: str) -> None:
    X, y = talks(500)
    model = HierarchicalModel(family, nodes=128, draws=4).fit(X, y)
    mean, sd = model.params_, model.standard_errors_
    assert mean["own"] == pytest.approx(SLOPE, abs=0.1)
    assert sd["own"] < 0.05
    assert mean["family[raa]"] - mean["family[logistics]"] == pytest.approx(0.7, abs=0.25)
    if family == "lognormal":
        away = abs(mean["log(scale)"] - np.log(SIGMA))
        assert away < 3 * sd["log(scale)"] < 0.18
        low, high = model.summary().loc["own", ["5 %", "95 %"]].to_numpy(dtype=np.float64)
        assert low - 0.03 < SLOPE < high + 0.03


def test_a_strong_prior_holds_against_the_data(data: Talks) -> None:
    priors = HierarchicalPriors(coefficient_means={"own": -0.4}, coefficient_sd=0.001)
    model = HierarchicalModel(priors=priors, nodes=64, draws=2).fit(*data)
    assert model.params_["own"] == pytest.approx(-0.4, abs=0.005)
    scale = HierarchicalPriors(log_scale=Normal(0.5, 0.001))
    model = HierarchicalModel(priors=scale, nodes=64, draws=2).fit(*data)
    assert model.params_["log(scale)"] == pytest.approx(0.5, abs=0.005)


def test_values_and_derivatives_of_the_problem_agree(data: Talks) -> None:
    for family in FAMILIES:
        model = HierarchicalModel(family, nodes=64, draws=2).fit(*data)
        problem = model.problem_.model
        theta = np.random.default_rng(0).normal(size=(3, problem.hyperparameters))
        z = np.random.default_rng(1).normal(problem.prior_mean, 0.3, (3, problem.size))
        eta = problem.predictors(z)
        rows, step = problem.rows(eta, theta), 1e-5
        np.testing.assert_allclose(rows.value, problem.values(eta, theta), rtol=1e-10)
        for k in range(2):
            move = np.zeros((2, 1, 1))
            move[k] = step
            ahead, back = problem.values(eta + move, theta), problem.values(eta - move, theta)
            np.testing.assert_allclose(
                rows.gradient[k], (ahead - back) / (2 * step), rtol=1e-5, atol=1e-6
            )
        draws: Posterior = model.posterior_
        assert np.isfinite(
            model.problem_.row_values(draws.fields, draws.scale, draws.log_rate)
        ).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"family": "gompertz"}, "'gompertz' is no family of this model; one of lognormal"),
        ({"failure_weight": 1.5}, r"failure_weight lies in \[0, 1\], not 1.5"),
        ({"failure_weight": -0.1}, r"failure_weight lies in \[0, 1\], not -0.1"),
        ({"draws": 3}, "an even number, not 3"),
        ({"draws": 0}, "an even number, not 0"),
    ],
)
def test_bad_arguments_are_refused(arguments: dict[str, object], message: str, data: Talks) -> None:
    with pytest.raises(UsageError, match=message):
        HierarchicalModel(**arguments).fit(*data)  # type: ignore[arg-type]


def test_conclusions_of_failures_alone_identify_nothing(data: Talks) -> None:
    with pytest.raises(NotIdentifiedError, match="no negotiation but those looked for as failures"):
        HierarchicalModel().fit(data.X.assign(searched_for="failure"), data.y)


def test_clone_keeps_priors_and_forgets_the_fit(plain: HierarchicalModel) -> None:
    model = HierarchicalModel("weibull", ["own"], HierarchicalPriors(family_sd=0.3), 0.2, 64, 4, 7)
    twin = clone(model)
    assert twin.get_params(deep=False) == model.get_params(deep=False)
    assert not hasattr(clone(plain), "posterior_")


def test_effects_are_drawn_as_they_were_estimated(data: Talks) -> None:
    model = HierarchicalModel(nodes=64, draws=2).fit(*data)
    ax = model.plot_effects()
    assert [label.get_text() for label in ax.get_yticklabels()] == ["own"]
    median = model.summary()["50 %"]["own"]
    drawn = np.asarray(ax.lines[-1].get_xdata(), dtype=np.float64)
    assert drawn[0] == pytest.approx(np.exp(median))
