"""Suppositions about the case."""

from __future__ import annotations

from datetime import date
from math import nan
from typing import Any

import numpy as np
import pytest

from forecast.analysis.case_draws import row_of, supposed, weights_without_case
from forecast.analysis.refit import UNTOLD
from forecast.analysis.what_if import Change, what_if
from forecast.errors import ForecastError, NothingToForecastError, UsageError
from forecast.models import HierarchicalModel
from forecast.prediction.question import pose
from tests.analysis.asked import CASE, models, question


def test_the_case_as_it_is_has_the_forecast_of_predict() -> None:
    for model in models().values():
        told = question().remaining([question().curve(model)])
        same = supposed(model, question(), row_of(question()))
        np.testing.assert_allclose(same.survival, told.survival, atol=5e-4)
        assert same.unseen == pytest.approx(told.unseen, abs=5e-4)


def test_a_supposition_is_that_of_a_fit_without_the_case() -> None:
    """The fit knew that the actual case was open; that must not speak for a supposed one."""
    table = question().table
    apart = np.where(table.X.index == CASE, UNTOLD, 1.0)
    whole, without = (HierarchicalModel().fit(table.X, table.y, w) for w in (None, apart))
    row = row_of(question()).assign(prior_exercises=0.0)
    found, told = (supposed(model, question(), row) for model in (whole, without))
    assert found.probability_within(12.0) == pytest.approx(told.probability_within(12.0), abs=0.01)
    assert found.unseen == pytest.approx(told.unseen, abs=0.01)


def test_weights_without_the_case_undo_its_factor() -> None:
    model = models()["weibull"]
    case = model.case(row_of(question()))[0]
    weights = weights_without_case(model, question())
    assert weights.sum() == pytest.approx(1.0)
    back = weights * np.exp(case.log_open_at(question().spell.lower / 30.4375))
    np.testing.assert_allclose(back / back.sum(), case.weights, rtol=1e-9)


def test_fewer_exercises_go_with_longer_talks() -> None:
    found = what_if(question(), Change({"prior_exercises": "0"}), models())
    assert found.said == {"prior_exercises": ("1.82", "0")}
    before, after = found.readings["before"], found.readings["after"]
    assert after.within_12 < before.within_12 - 0.02
    assert after.median_months > before.median_months
    frame: Any = found.to_frame()
    assert list(frame) == ["months", "date", "before", "after"]
    assert frame["before"].iloc[0] == pytest.approx(before.unseen)
    assert frame["after"].iloc[24] == pytest.approx(after.within_12, abs=1e-6)
    assert frame["date"].iloc[0] == question().view.date


def test_a_number_beyond_all_cases_is_said_to_be_so() -> None:
    most = float(question().table.X["prior_exercises"].max())
    (said,) = what_if(question(), Change({"prior_exercises": "99"}), models()).said.values()
    assert said == ("1.82", f"99 (beyond all cases, 0 to {most:.3g})")


def test_the_never_share_is_that_supposed() -> None:
    sure = what_if(question(), Change(never=0.0), models()).readings
    assert sure["after"].never == pytest.approx(0.0, abs=1e-9)
    assert sure["before"].never > 0.05
    none = what_if(question(), Change(never=1.0), models()).readings["after"]
    assert (none.within_12, none.never, none.median) == (0.0, 1.0, "never")


def test_a_supposed_never_share_is_that_of_the_sensitivity_table() -> None:
    after = what_if(question(), Change(never=0.2), models()).readings["after"]
    curves = [question().curve(model, 0.2) for model in models().values()]
    same = question().remaining(curves)
    assert after.by_headline == pytest.approx(same.probability_within(18.0), abs=5e-4)
    assert after.never == pytest.approx((1.0 - same.unseen) * same.never, abs=5e-4)


def test_the_day_last_seen_open_moves_both_ends() -> None:
    found = what_if(question(), Change(open_at="2026-06-30"), models())
    assert found.readings["after"].unseen == pytest.approx(0.0, abs=1e-12)
    assert found.readings["before"].unseen > 0.05
    assert found.said == {"last seen open": ("2024-12-17", "2026-06-30")}
    aged = what_if(question(), Change(elapsed=25.92), models())
    assert aged.said["last seen open"][1] == "2026-06-30"
    assert aged.readings["after"] == found.readings["after"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"covariates": {"exercises": 1.0}},
            r"'exercises' is no covariate of the models; one of all",
        ),
        (
            {"covariates": {"partner_type": "foe"}},
            r"'foe' is no level of partner_type; one of US tr",
        ),
        ({"covariates": {"partner_type": "G7"}}, r"no case has partner_type 'G7'"),
        ({"covariates": {"allied": "much"}}, r"allied is a number, not 'much'"),
        ({"covariates": {"allied": nan}}, r"allied is a number, not nan"),
        ({"covariates": {"allied": 7}}, r"allied is from 0 to 1, not 7"),
        ({"covariates": {"prior_pacts": 4}}, r"prior_pacts is from 0 to 3, not 4"),
        ({"covariates": {"prior_exercises": "-5"}}, r"prior_exercises is at least 0, not -5"),
        ({"covariates": {"log2_parties": 0.0}}, r"log2_parties is at least 1, not 0"),
        ({"elapsed": -5.0}, r"the months elapsed lie between 0 and 25.9, not at -5"),
        ({"elapsed": 1e300}, r"the months elapsed lie between 0 and 25.9, not at 1e\+300"),
        ({"open_at": "2024-08-01"}, r"open-at 2024-08-01 is no news: the talks .* on 2024-12-17"),
        ({"never": 1.5}, r"between 0 and 1, not 1.5"),
        ({"never": nan}, r"between 0 and 1, not nan"),
        ({"elapsed": nan}, r"must be a number, not nan"),
        ({"open_at": "soon"}, r"open-at 'soon' is not a day"),
        ({"open_at": date(2030, 1, 1)}, r"open-at 2030-01-01 must lie between"),
        ({"open_at": "2026-01-01", "elapsed": 3.0}, r"not both"),
        ({}, r"nothing is changed"),
    ],
)
def test_what_cannot_be_supposed_is_one_sentence(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        what_if(question(), Change(**change), models())  # type: ignore[arg-type]  # wrong on purpose


def test_a_case_that_has_ended_has_no_what_if() -> None:
    with pytest.raises(NothingToForecastError) as refused:
        what_if(pose("jpn-gbr-raa"), Change(never=0.1), models())
    assert isinstance(refused.value, ForecastError)
    assert refused.value.exit_code == 5


def test_the_figure_says_what_was_changed() -> None:
    ax = what_if(question(), Change({"allied": 1.0}, never=0.2), models()).plot()
    texts = " ".join(text.get_text() for text in ax.texts)
    assert "allied: 0 → 1" in texts
    assert "never share: the models' own → 20 %" in texts
    assert "association" in texts
