"""What every registered model must do; a new one is tested as soon as it is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from forecast.errors import DataError, NotIdentifiedError, UsageError
from forecast.models import (
    BASELINES,
    HEADLINE,
    MEMBERS,
    MODELS,
    POOL,
    POOL_LABELS,
    POOLS,
    DurationModel,
    members_of,
)
from forecast.models import create as create_in_full
from forecast.survival import SurvivalCurves, durations

if TYPE_CHECKING:
    from tests.models.conftest import Sample

TIMES = np.concatenate([np.arange(0.0, 150.0, 0.7), [200.0, 600.0, 2000.0]])

every_model = pytest.mark.parametrize("name", MODELS)

# PHReg has no case weights, and the model says so.
weighted_model = pytest.mark.parametrize("name", [name for name in MODELS if name != "cox"])


# Enough draws for what is asked here, in a tenth of the time: what draws cannot change is asked.
FEW_DRAWS = {"nodes": 64, "draws": 2}


def create(name: str) -> DurationModel:
    """Make a model; one that draws, with few draws."""
    model = create_in_full(name)
    few = {key: value for key, value in FEW_DRAWS.items() if key in model.get_params()}
    model.set_params(**few)
    return model


def conditions_draw_by_draw(name: str) -> bool:
    """Whether being open at an age reweighs a model's draws, so that its mean curve moves."""
    return "draws" in create(name).get_params()


@pytest.fixture(scope="module")
def fitted(sample: Sample) -> dict[str, DurationModel]:
    return {name: create(name).fit(sample.X, sample.y) for name in MODELS}


def same(one: SurvivalCurves, other: SurvivalCurves, tolerance: float = 1e-12) -> None:
    np.testing.assert_allclose(one.at(TIMES), other.at(TIMES), rtol=0, atol=tolerance)
    np.testing.assert_allclose(one.never, other.never, rtol=0, atol=tolerance)


@every_model
def test_clone_keeps_the_parameters(name: str) -> None:
    model = create(name)
    assert clone(model).get_params() == model.get_params()
    assert not hasattr(clone(model), "diagnostics_")


@every_model
def test_parameters_can_be_set(name: str) -> None:
    model = create(name)
    assert model.set_params(**model.get_params()).get_params() == create(name).get_params()


@every_model
def test_fit_returns_the_model_and_leaves_its_input_alone(name: str, sample: Sample) -> None:
    model, X, y = create(name), sample.X.copy(), sample.y.copy()
    before = dict(model.get_params())
    assert model.fit(X, y) is model
    assert model.get_params() == before
    pd.testing.assert_frame_equal(X, sample.X)
    np.testing.assert_array_equal(y, sample.y)


@every_model
def test_fitting_again_changes_nothing(
    name: str, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    model = create(name).fit(sample.X, sample.y)
    first = model.predict_survival(sample.X)
    same(first, model.fit(sample.X, sample.y).predict_survival(sample.X), 0.0)
    same(first, fitted[name].predict_survival(sample.X), 0.0)


@every_model
def test_prediction_needs_a_fit(name: str, sample: Sample) -> None:
    with pytest.raises(NotFittedError):
        create(name).predict_survival(sample.X)


@every_model
def test_curves_fall_from_one(name: str, sample: Sample, fitted: dict[str, DurationModel]) -> None:
    curves = fitted[name].predict_survival(sample.X)
    assert len(curves) == len(sample.X)
    assert (curves.survival[:, 0] == 1.0).all()
    assert curves.times[0] == 0.0
    assert (np.diff(curves.survival, axis=1) <= 0).all()
    at = curves.at(np.linspace(0.0, 2000.0, 400))
    assert (np.diff(at, axis=1) <= 1e-12).all()
    assert (at[:, -1] < 0.2).all()


@every_model
def test_rows_are_predicted_one_by_one_as_together(
    name: str, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    together = fitted[name].predict_survival(sample.X)
    for row in (0, 7, 29, 59):
        alone = fitted[name].predict_survival(sample.X.iloc[[row]])
        same(alone, together[row])
    same(fitted[name].predict_survival(sample.X.iloc[10:20]), together[10:20])


@every_model
def test_the_order_of_rows_means_nothing(
    name: str, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    order = np.random.default_rng(1).permutation(len(sample.X))
    shuffled = create(name).fit(sample.X.iloc[order], sample.y[order])
    same(shuffled.predict_survival(sample.X), fitted[name].predict_survival(sample.X), 1e-6)


@every_model
def test_the_order_of_columns_means_nothing(
    name: str, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    turned = sample.X[sample.X.columns[::-1]]
    same(fitted[name].predict_survival(turned), fitted[name].predict_survival(sample.X))


@every_model
def test_missing_values_are_taken_at_the_centre_and_counted(
    name: str, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    model = fitted[name]
    if "missing" in model.diagnostics_:
        assert model.diagnostics_["missing"] == {"prior_exercises": 3, "partner_type": 2}
    blank, centred = sample.X.iloc[[0]].copy(), sample.X.iloc[[0]].copy()
    blank["prior_exercises"] = np.nan
    centred["prior_exercises"] = sample.X["prior_exercises"].mean()
    same(model.predict_survival(blank), model.predict_survival(centred))


@every_model
def test_rows_of_each_kind_are_counted(name: str, fitted: dict[str, DurationModel]) -> None:
    counts = fitted[name].diagnostics_
    expected = {
        "rows": 60,
        "concluded": 44,
        "open": 12,
        "ended_without_agreement": 4,
        "interval": 13,
        "entered_late": 12,
        "retrospective": 10,
    }
    assert {key: counts[key] for key in expected} == expected


@pytest.mark.parametrize("name", ["cox", "kaplan-meier", "kaplan-meier-family"])
def test_what_a_model_cannot_take_it_counts(name: str, fitted: dict[str, DurationModel]) -> None:
    counts = fitted[name].diagnostics_
    assert counts["intervals_at_midpoint"] == 13
    assert counts["retrospective_as_followed"] == 10


ELAPSED = (7.3, np.linspace(0.0, 30.0, 60))


@every_model
@pytest.mark.parametrize("elapsed", ELAPSED, ids=["one age", "ages"])
def test_what_is_still_open_has_survived(
    name: str, elapsed: float | np.ndarray, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    given = fitted[name].predict_survival(sample.X, elapsed=elapsed)
    ages = np.broadcast_to(elapsed, len(sample.X))[:, np.newaxis]
    assert (given.at(ages) == 1.0).all()
    assert (given.at(ages + 60.0) < 1.0).all()
    assert (np.diff(given.at(TIMES), axis=1) <= 1e-12).all()


@pytest.mark.parametrize("name", [name for name in MODELS if not conditions_draw_by_draw(name)])
@pytest.mark.parametrize("elapsed", ELAPSED, ids=["one age", "ages"])
def test_elapsed_conditions_on_the_curve(
    name: str, elapsed: float | np.ndarray, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    given = fitted[name].predict_survival(sample.X, elapsed=elapsed)
    same(given, fitted[name].predict_survival(sample.X).given(elapsed), 0.0)


@every_model
@pytest.mark.parametrize(
    "weights",
    [np.ones(3), np.full(60, np.nan), np.full(60, -1.0), np.ones((60, 1)), np.full(60, np.inf)],
)
def test_bad_weights_are_refused(name: str, sample: Sample, weights: np.ndarray) -> None:
    with pytest.raises(DataError, match="weights"):
        create(name).fit(sample.X, sample.y, sample_weight=weights)


@every_model
def test_weights_of_one_are_no_weights(
    name: str, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    weighted = create(name).fit(sample.X, sample.y, sample_weight=np.ones(60))
    same(weighted.predict_survival(sample.X), fitted[name].predict_survival(sample.X), 0.0)


@weighted_model
def test_a_weight_of_two_is_a_row_twice(name: str, sample: Sample) -> None:
    weights = np.where(np.arange(60) % 3 == 0, 2.0, 1.0)
    twice = np.repeat(np.arange(60), weights.astype(int))
    # A missing value stands at the unweighted mean.
    X = sample.X[["prior_pacts", "family", "promised", "said_at", "first_promises"]]
    weighted = create(name).fit(X, sample.y, sample_weight=weights)
    repeated = create(name).fit(X.iloc[twice], sample.y[twice])
    # The regression standardises its columns by rows, so its ridge differs a little; the prior of a
    # median stands at the mean over rows of the covariates, which differs as little.
    by_rows = name == "log-regression" or conditions_draw_by_draw(name)
    # Of a case by its name a model may forget one row only.
    new = X.rename(index="new-{}".format)
    same(weighted.predict_survival(new), repeated.predict_survival(new), 0.01 if by_rows else 1e-8)


@every_model
def test_durations_may_come_as_a_frame(
    name: str, sample: Sample, fitted: dict[str, DurationModel]
) -> None:
    frame = pd.DataFrame({field: sample.y[field] for field in sample.y.dtype.names or ()})
    model = create(name).fit(sample.X, frame)
    same(model.predict_survival(sample.X), fitted[name].predict_survival(sample.X), 0.0)


@every_model
def test_rows_that_do_not_fit_together_are_refused(name: str, sample: Sample) -> None:
    with pytest.raises(DataError, match="X has 59 rows and y has 60"):
        create(name).fit(sample.X.iloc[1:], sample.y)


@every_model
def test_without_a_conclusion_nothing_can_be_learnt(name: str, sample: Sample) -> None:
    nothing = durations(sample.y["lower"] + 1.0, upper=np.inf)
    with pytest.raises(NotIdentifiedError, match="no negotiation in the data has concluded"):
        create(name).fit(sample.X, nothing)


@every_model
def test_covariates_that_do_not_vary_are_left_out(name: str, sample: Sample) -> None:
    X = sample.X.assign(prior_exercises=1.0, prior_pacts=np.nan, partner_type="ally")
    X["partner_type"] = pd.Categorical(X["partner_type"], categories=["ally", "other"])
    model = create(name).fit(X, sample.y)
    assert np.isfinite(model.predict_survival(X).survival).all()
    if "constant" in model.diagnostics_:
        left_out = ["prior_pacts", "prior_exercises", "partner_type[ally]"]
        assert model.diagnostics_["constant"] == left_out


REGRESSIONS = ["lognormal-aft", "weibull-aft", "cox", "log-regression"]


@pytest.mark.parametrize("name", REGRESSIONS)
def test_text_is_no_covariate(name: str, sample: Sample) -> None:
    with pytest.raises(DataError, match="column 'mood' of X holds no numbers"):
        create(name).fit(sample.X.assign(mood="good"), sample.y)


@pytest.mark.parametrize("name", REGRESSIONS)
def test_a_covariate_that_is_asked_for_must_be_there(name: str, sample: Sample) -> None:
    with pytest.raises(DataError, match="X has no column 'mood'"):
        create(name).set_params(covariates=["mood"]).fit(sample.X, sample.y)


@pytest.mark.parametrize("name", REGRESSIONS)
def test_two_cases_are_too_few_and_it_says_so(name: str, sample: Sample) -> None:
    with pytest.raises(NotIdentifiedError, match=r"^2 concluded cases are too few for"):
        create(name).fit(sample.X.iloc[50:52], durations([24.0, 12.0]))


# Lindy needs one age; a model whose priors are proper answers with them.
CONTENT_WITH_ONE_CASE = ("lindy", *POOLS[HEADLINE])


@pytest.mark.parametrize("name", [name for name in MODELS if name not in CONTENT_WITH_ONE_CASE])
def test_one_case_is_too_few(name: str, sample: Sample) -> None:
    X = sample.X.iloc[[50]]
    with pytest.raises(NotIdentifiedError, match="1 concluded"):
        create(name).fit(X, durations([24.0])).predict_survival(X)


def test_every_model_plays_one_part() -> None:
    others = tuple(name for name, entry in MODELS.items() if entry.role == "other")
    parts = (*POOLS[HEADLINE], *MEMBERS, *BASELINES, *others)
    assert sorted(parts) == sorted(MODELS)
    assert all(entry.name == name for name, entry in MODELS.items())
    assert all(entry.label and entry.description.endswith(".") for entry in MODELS.values())


def test_the_headline_is_mixed_from_three_tails() -> None:
    assert list(POOLS) == [HEADLINE, POOL]
    assert members_of("pool") == MEMBERS
    assert members_of("hierarchical") == POOLS[HEADLINE]
    assert POOLS[HEADLINE] == (
        "hierarchical-lognormal",
        "hierarchical-weibull",
        "hierarchical-loglogistic",
    )
    assert {MODELS[name].role for name in POOLS[HEADLINE]} == {"headline"}
    assert [create(name).get_params()["family"] for name in POOLS[HEADLINE]] == [
        "lognormal",
        "weibull",
        "loglogistic",
    ]
    assert set(POOL_LABELS) == set(POOLS)
    assert not set(POOLS) & set(MODELS)


@pytest.mark.parametrize("name", MODELS)
def test_a_model_is_a_pool_of_itself(name: str) -> None:
    assert members_of(name) == (name,)


def test_an_unknown_model_lists_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        create("oracle")
    assert (
        str(caught.value)
        == f"'oracle' is not a model; one of hierarchical, pool, {', '.join(MODELS)}"
    )
    with pytest.raises(UsageError, match=r"^'oracle' is not a model; one of hierarchical, pool, "):
        members_of("oracle")
