"""What is read off a forecast, and fits with rows kept out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from math import inf, log
from typing import Any

import numpy as np
import pytest

from forecast.analysis.refit import (
    TAILS,
    UNTOLD,
    Variant,
    fit_tails,
    headline_day,
    months_to,
    pooled,
    read,
    refit,
    remaining_of,
    require_open,
)
from forecast.errors import NothingToForecastError
from forecast.models import HierarchicalModel
from forecast.prediction.conditioning import Remaining
from forecast.prediction.grid import months_ahead
from forecast.prediction.question import pose
from tests.analysis.asked import CASE, QUICK, question, small


def exponential(scale: float, never: float, unseen: float) -> Remaining:
    survival = never + (1.0 - never) * np.exp(-months_ahead() / scale)
    return Remaining(unseen, survival, never)


def test_a_reading_is_that_of_the_closed_form() -> None:
    found = read(question(), exponential(24.0, 0.1, 0.2))
    assert found.within_12 == pytest.approx(1.0 - 0.8 * (0.1 + 0.9 * np.exp(-0.5)), abs=1e-4)
    ahead = (date(2027, 12, 31) - date(2026, 6, 30)).days / 30.4375
    assert headline_day(question()) == date(2027, 12, 31)
    told = 1.0 - 0.8 * (0.1 + 0.9 * np.exp(-ahead / 24.0))
    assert found.by_headline == pytest.approx(told, abs=1e-4)
    months = -24.0 * log((0.5 / 0.8 - 0.1) / 0.9)
    assert found.median_months == pytest.approx(months, abs=0.01)
    assert found.median == date(2026, 6, 30) + timedelta(days=round(months * 30.4375 + 0.5))
    assert found.never == pytest.approx(0.08)
    assert found.unseen == 0.2


@pytest.mark.parametrize(
    ("answer", "months", "said"),
    [
        (exponential(24.0, 0.0, 0.6), 0.0, date(2026, 6, 30)),
        (exponential(24.0, 0.7, 0.0), inf, "never"),
        (exponential(2400.0, 0.0, 0.0), 2400.0 * log(2.0), "after 2076"),
    ],
)
def test_medians_that_are_no_day_ahead(answer: Remaining, months: float, said: object) -> None:
    assert months_to(answer, 0.5) == pytest.approx(months, rel=1e-3)
    assert read(question(), answer).median == said


@pytest.mark.usefixtures("fitted_anew")
def test_a_refit_of_nothing_changed_is_the_fit() -> None:
    told: list[tuple[int, int]] = []
    found = refit([Variant("same", small())], remaining_of, 1, lambda *n: told.append(n), **QUICK)
    fitted = fit_tails(small(), **QUICK)
    assert list(found[0]) == list(fitted) == list(TAILS)
    assert told == [(1, 3), (2, 3), (3, 3)]
    for tail, model in fitted.items():
        part = found[0][tail]
        assert isinstance(part, Remaining)
        np.testing.assert_array_equal(part.survival, remaining_of(model, small()).survival)
    mixed = pooled(found[0])
    assert isinstance(mixed, Remaining)
    parts = [p for p in found[0].values() if isinstance(p, Remaining)]
    assert mixed.unseen == pytest.approx(np.mean([p.unseen for p in parts]))


def test_a_fit_that_fails_says_why_and_the_others_go_on() -> None:
    nothing = np.where(small().table.y["cause"] == 1, 0.0, 1.0)
    found = refit([Variant("none", small(), nothing)], remaining_of, 1, **QUICK)
    why = pooled(found[0])
    assert isinstance(why, str)
    assert "has concluded" in why


def test_untold_rows_leave_the_prior() -> None:
    table = small().table
    untold = np.full(len(table), UNTOLD)
    told, prior = (HierarchicalModel("lognormal").fit(table.X, table.y, w) for w in (None, untold))
    summary: Any = prior.summary()
    assert summary.loc["log(median)", "mean"] == pytest.approx(log(24.0), abs=0.02)
    assert summary.loc["log(median)", "sd"] == pytest.approx(0.6, abs=0.02)
    assert summary.loc["legal_sticking_point", "mean"] == pytest.approx(0.25, abs=0.02)
    assert summary.loc["log(scale)", "mean"] == pytest.approx(0.6, abs=0.02)
    assert summary.loc["log(ending rate)", "sd"] == pytest.approx(0.7, abs=0.03)
    np.testing.assert_allclose(prior.field_.design.centre, told.field_.design.centre)
    assert prior.field_.names == told.field_.names


def test_an_untold_row_says_as_little_as_an_absent_one() -> None:
    table = small().table
    gone = table.X["family"] == "equipment"
    weights = np.where(gone, UNTOLD, 1.0)
    answer = refit([Variant("", small(), weights)], remaining_of, 1, **QUICK)[0]["lognormal"]
    kept = replace(table, X=table.X[~gone], y=table.y[~gone], frame=table.frame[~gone])
    # Without the rows covariates are centred elsewhere, which moves the prior of the median a little.
    other = refit([Variant("", replace(small(), table=kept))], remaining_of, 1, **QUICK)
    absent = other[0]["lognormal"]
    assert isinstance(answer, Remaining)
    assert isinstance(absent, Remaining)
    assert answer.probability_within(12.0) == pytest.approx(
        absent.probability_within(12.0), abs=0.03
    )


def test_a_case_that_has_ended_is_not_asked_about() -> None:
    require_open(question())
    with pytest.raises(
        NothingToForecastError, match=r"jpn-gbr-raa is no longer open on 2026-06-30"
    ):
        require_open(pose("jpn-gbr-raa"))
    assert question().spell.negotiation_id == CASE
