"""Promises as probabilities: what each reading knew on the day, and their scores by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from forecast.archive import Archive
from forecast.errors import DataError
from forecast.evaluation.officials import past_rate
from forecast.evaluation.promise_scores import compare_readings, probabilities
from forecast.evaluation.promises import first_of_each, record, spells_of_promises
from forecast.models.slip import SlipModel
from forecast.prediction import predict

CASES = ["jpn-aus-acsa-2017-c01", "jpn-fra-dett-c01", "nato-swe-accession-c01", "usa-bgr-dca-c01"]


@pytest.fixture(scope="module")
def chances(archive: Archive) -> pd.DataFrame:
    return probabilities(archive, record(archive).promises.loc[CASES], "kaplan-meier")


def test_each_reading_uses_what_was_known_before_the_promise(
    archive: Archive, chances: pd.DataFrame
) -> None:
    row, promise = chances.loc["jpn-aus-acsa-2017-c01"], record(archive).promises.loc[CASES[0]]
    assert promise["said"] == date(2016, 11, 19)
    before = archive.as_of(date(2016, 11, 18))
    assert (row["certain"], row["past_rate"]) == (1.0, past_rate(before, "official").probability)
    past = SlipModel().fit(*spells_of_promises(first_of_each(record(before).promises)))
    curve = past.predict_survival(pd.DataFrame({"promised": [promise["promised"]]}))
    assert row["slip"] == pytest.approx(1.0 - curve.at(promise["promised"])[0, 0], abs=1e-4)
    answer = predict("jpn-aus-acsa-2017", "2016-11-19", model="kaplan-meier", archive=archive)
    assert row["model"] == answer.probability_by(date(2016, 12, 31))
    for beside in answer.baselines:
        if beside.identified:
            assert row[beside.name] == answer.probability_by(date(2016, 12, 31), beside)
    # The promise itself was known by the end of that day.
    assert np.isfinite(row[["lindy", "officials"]].astype(float)).all()


def test_what_could_not_be_forecast_says_why(chances: pd.DataFrame) -> None:
    # Signed on the day of the promise: ratification is timed from there.
    assert chances.loc["nato-swe-accession-c01", "clock"] == "signed:in_force"
    assert list(chances["why"] == "") == list(chances["model"].notna())
    told = chances["model"].dropna()
    assert told.between(0.0, 1.0).all()
    assert len(told) >= 3


def test_too_few_talks_or_promises_leave_a_reading_out(archive: Archive) -> None:
    early = record(archive).promises.loc[["usa-jpn-security-treaty-1960-c01"]]
    row = probabilities(archive, early, "kaplan-meier").iloc[0]
    assert row["why"] == "too few comparable talks were known that day to fit a model"
    assert np.isnan([row["model"], row["slip"]]).all()


@pytest.mark.parametrize("what", ["predict", "SlipModel.fit"])
def test_only_too_few_of_them_is_called_too_few(
    what: str, archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spoilt(*_: object, **__: object) -> None:
        raise DataError("the records contradict themselves")

    monkeypatch.setattr(f"forecast.evaluation.promise_scores.{what}", spoilt)
    promises = record(archive).promises.loc[CASES[:1]]
    with pytest.raises(DataError, match="contradict"):
        probabilities(archive, promises, "kaplan-meier")


def test_a_model_is_not_told_the_outcome(archive: Archive, chances: pd.DataFrame) -> None:
    promises = record(archive).promises.loc[CASES[1:2]]
    said = promises["said"].iloc[0]
    cut = archive.as_of(said)
    blind = Archive(**{f: getattr(cut, f) for f in cut.__dataclass_fields__} | {"complete": None})
    pd.testing.assert_frame_equal(probabilities(blind, promises, "kaplan-meier"), chances[1:2])


def test_progress_is_told(archive: Archive) -> None:
    seen: list[tuple[int, int]] = []
    promises = record(archive).promises.loc[CASES[:2]]
    probabilities(
        archive, promises, "kaplan-meier", progress=lambda done, of: seen.append((done, of))
    )
    assert seen == [(1, 2), (2, 2)]


def test_scores_by_hand() -> None:
    n = 24
    promises = pd.DataFrame(
        {
            "cluster": [f"n{i}" for i in range(n)],
            "parties": [(f"A{i}", f"B{i}") for i in range(n)],
            "outcome": ["met"] * 6 + ["late"] * 17 + ["undetermined"],
        }
    )
    given = {"certain": 1.0, "past_rate": 0.25, "slip": 0.5, "model": 0.1, "pool": 0.5}
    given |= {"kaplan-meier-family": 0.5, "constant-hazard": 0.5, "lindy": 0.5, "officials": 0.5}
    chances = pd.DataFrame(given, index=promises.index)
    chances.loc[:2, "slip"] = np.nan
    chances.loc[22, "model"] = np.nan
    table = compare_readings(promises, chances).set_index("reading")
    certain = table.loc["The promise, read as certain"]
    assert (certain["promises"], certain["met"]) == (22, pytest.approx(6 / 22))
    assert certain["brier"] == pytest.approx(16 / 22)
    model = (6 * 0.81 + 16 * 0.01) / 22
    assert certain["difference"] == pytest.approx(16 / 22 - model)
    assert certain["difference_low"] < certain["difference"] < certain["difference_high"]
    rate = table.loc["The promise, at its kind's past hit rate"]
    assert rate["brier"] == pytest.approx((6 * 0.5625 + 16 * 0.0625) / 22)
    slip = table.loc["The promise, at the past slips of all"]
    assert slip["promises"] == 19
    assert slip["difference"] == pytest.approx(0.25 - (3 * 0.81 + 16 * 0.01) / 19)
    own = table.loc["Hierarchical, three tails, as of that day"]
    assert (own["difference"], own["difference_low"]) == (0.0, 0.0)
