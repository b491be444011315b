"""Turnbull's curve of a reference class: intervals as they are, and what lies beyond them."""

import numpy as np
import pandas as pd
import pytest

from forecast.errors import NotIdentifiedError
from forecast.models import MODELS, KaplanMeier, Turnbull, create
from forecast.survival import durations

INF = np.inf


def _cases(*families: str) -> pd.DataFrame:
    return pd.DataFrame({"family": families})


def test_intervals_are_taken_as_they_are() -> None:
    # All that is known is that two of three had ended by 6, and one of those by 4.
    y = durations([2.0, 4.0, 9.0], [4.0, 6.0, INF])
    curve = Turnbull().fit(_cases(*"aaa"), y).predict_survival(_cases("a"))
    np.testing.assert_allclose(curve.at([3.9, 4.0, 6.0])[0], [1.0, 2 / 3, 1 / 3])
    assert curve.kind == "step"


def test_with_exact_times_it_is_kaplan_meier() -> None:
    rng = np.random.default_rng(0)
    time, event = np.ceil(rng.exponential(15.0, 40)), rng.random(40) < 0.7
    # Late entries, but not before somebody is followed from the beginning.
    entry = np.where(np.arange(40) % 4 > 1, np.floor(0.4 * time), 0.0)
    y = durations(time, np.where(event, time, INF), entry=entry)
    X = _cases(*["a", "b"] * 20)
    for within in ("all", "family"):
        ours = Turnbull(within).fit(X, y).predict_survival(X.iloc[:2])
        theirs = KaplanMeier(within).fit(X, y).predict_survival(X.iloc[:2])
        ages = np.linspace(0.0, 100.0, 201)
        np.testing.assert_allclose(ours.at(ages), theirs.at(ages), atol=1e-8)


def test_an_end_without_agreement_was_open_until_then() -> None:
    y = durations([2.0, 3.0, 5.0], [2.0, 3.0, 5.0], cause=[1, 2, 1])
    model = Turnbull().fit(_cases(*"aaa"), y)
    curve = model.predict_survival(_cases("a"))
    assert curve.at(2.0)[0, 0] == pytest.approx(2 / 3)
    # The fall to 0 at 5 months is not taken; it goes on at two conclusions in ten months.
    assert curve.at(7.0)[0, 0] == pytest.approx(2 / 3 * np.exp(-5 * 2 / 10))
    assert model.gap_ <= 1e-10
    assert "intervals_at_midpoint" not in model.diagnostics_


def test_too_few_conclusions_in_a_family() -> None:
    model = Turnbull("family").fit(_cases("raa", "isa", "isa"), durations([1.0, 2.0, 3.0]))
    with pytest.raises(NotIdentifiedError, match="1 concluded in the family 'raa'"):
        model.predict_survival(_cases("raa"))


def test_it_can_be_asked_for_by_name() -> None:
    assert isinstance(create("turnbull"), Turnbull)
    assert MODELS["turnbull"].role == MODELS["turnbull-family"].role == "other"
