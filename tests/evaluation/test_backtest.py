"""Backtests: the numbers by hand, nothing from after the landmark, and the same table after a break."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from joblib import parallel_config

from forecast.archive import Archive, Milestone, Mode, Negotiation, default_directory, load_archive
from forecast.errors import DataError, NothingToForecastError, UsageError
from forecast.evaluation import snapshot
from forecast.evaluation.backtest import backtest, read_landmarks, run_directory
from forecast.evaluation.landmarks import half_years, outcome_of
from forecast.evaluation.scoring import score_rows
from forecast.evaluation.snapshot import MONTHS, SURVIVAL_COLUMNS, Setup, forecasts_at
from forecast.models import POOLS, DurationModel
from forecast.prediction.fitting import comparable_spells, fit_one
from forecast.prediction.grid import months_between
from forecast.timing import Spells
from tests.prediction import deletion

MONTH = 30.4375
LANDMARK = date(2014, 1, 1)
QUICK = ("constant-hazard", "lindy")
THREE = (date(2012, 1, 1), date(2013, 1, 1), date(2014, 1, 1))

# What the complete records decide; all else is forecast from the view.
OUTCOMES = ["lower", "upper", "unscored"]


def forecast_bytes(archive: Archive, setup: Setup, landmark: date) -> bytes:
    frame = forecasts_at(archive, setup, landmark).drop(columns=OUTCOMES)
    return frame.to_csv(index=False, float_format="%.17g").encode()


@pytest.fixture(scope="module")
def small(
    talks: Callable[..., Negotiation],
    milestone: Callable[..., Milestone],
    records: Callable[..., Archive],
) -> Archive:
    """Three talks that took 600, 900 and 1500 days, and one that is open at the landmark."""
    lasted = {"a": ("2005-01-01", "2006-08-24"), "b": ("2006-01-01", "2008-06-19")}
    lasted |= {"c": ("2007-01-01", "2011-02-09"), "d": ("2013-10-01", "2015-04-02")}
    return records(
        *(
            talks(
                milestone("launch_agreed", start, start),
                milestone("signed", end, end),
                id=name,
                parties=("JPN", name.upper() * 3),
            )
            for name, (start, end) in lasted.items()
        )
    )


def test_a_tiny_backtest_by_hand(small: Archive, tmp_path: Path) -> None:
    setup = Setup("event", ("constant-hazard",), domains=("defence",))
    rows = score_rows(backtest(small, setup, [LANDMARK], tmp_path))
    assert rows["id"].tolist() == ["d"]
    row = rows.iloc[0]
    # Three conclusions in the months of all four: the open one was last seen open on its launch.
    rate = 3 / ((600 + 900 + 1500) / MONTH)
    survival = row[list(SURVIVAL_COLUMNS)].to_numpy(float)
    assert survival == pytest.approx(np.exp(-rate * MONTHS), rel=1e-4)
    assert row["elapsed"] == pytest.approx(92 / MONTH, rel=1e-5)
    assert row["unseen"] == pytest.approx(1 - np.exp(-rate * 30 / MONTH), rel=1e-4)
    # Signed 456 days = 14.98 months later, so in the bin from 12 to 18 months of nine.
    months = 456 / MONTH
    assert row["lower"] == row["upper"] == pytest.approx(months, rel=1e-5)
    mass = 0.99 * (np.exp(-12 * rate) - np.exp(-18 * rate)) + 0.01 / 9
    assert row["log_score"] == pytest.approx(-np.log(mass), rel=1e-4)
    assert row["brier_12"] == pytest.approx((1 - np.exp(-12 * rate)) ** 2, rel=1e-4)
    assert row["brier_24"] == pytest.approx(np.exp(-48 * rate), rel=1e-4)
    before = months - 2 * (1 - np.exp(-rate * months)) / rate
    before += (1 - np.exp(-2 * rate * months)) / (2 * rate)
    after = (np.exp(-2 * rate * months) - np.exp(-240 * rate)) / (2 * rate)
    assert row["twcrps"] == pytest.approx(before + after, rel=1e-3)
    assert row["follow_up"] == pytest.approx((date(2030, 12, 31) - LANDMARK).days / MONTH, rel=1e-5)


def test_a_curve_is_conditioned_on_the_age_and_read_from_the_landmark(archive: Archive) -> None:
    setup = Setup("event", ("lognormal-aft", "kaplan-meier"), domains=("defence",))
    found = forecasts_at(archive, setup, LANDMARK).set_index(["model", "id"])
    spells = comparable_spells(archive.as_of(LANDMARK), "launch:signed", "documented", "raa")
    for name in setup.models:
        model = fit_one(name, spells)
        assert not isinstance(model, str)
        for key in found.loc[name].index:
            age = months_between(spells.by_id[key].start.midpoint, LANDMARK)
            known = max(0.0, age - 30 / MONTH)
            curve = model.predict_survival(spells.X.loc[[key]])
            row = found.loc[(name, key)]
            expected = curve.at(age + MONTHS)[0] / curve.at(age)[0, 0]
            assert row[list(SURVIVAL_COLUMNS)].to_numpy(float) == pytest.approx(expected)
            assert row["unseen"] == pytest.approx(
                1 - curve.at(age)[0, 0] / curve.at(known)[0, 0], abs=1e-12
            )


@pytest.mark.parametrize("training", ["all", "other families"])
def test_a_landmark_at_which_nothing_is_open_has_no_rows(
    small: Archive, tmp_path: Path, training: str
) -> None:
    # Between the end of "c" and the launch of "d"; a regression would refuse to answer no case.
    idle = date(2012, 1, 1)
    setup = Setup("event", ("log-regression",), ("defence",), training=training)
    empty = forecasts_at(small, setup, idle)
    assert len(empty) == 0
    assert list(empty.columns) == list(forecasts_at(small, setup, LANDMARK).columns)
    both = backtest(small, setup, [idle, LANDMARK], tmp_path)
    assert both["landmark"].tolist() == ["2014-01-01"]
    alone = backtest(small, setup, [LANDMARK], tmp_path)
    pd.testing.assert_frame_equal(both, alone)
    with pytest.raises(
        NothingToForecastError,
        match=r"^no negotiation of defence was open at any of these 1 landmarks \(event mode\)$",
    ):
        backtest(small, setup, [idle], tmp_path)


def test_an_unknown_family_is_refused_before_anything_is_written(
    small: Archive, tmp_path: Path
) -> None:
    setup = Setup("event", QUICK, families=("fishing",))
    with pytest.raises(UsageError, match=r"^'fishing' is not a family; one of \w+"):
        backtest(small, setup, [LANDMARK], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_pool_is_mixed_after_conditioning(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(POOLS, "both", ("lognormal-aft", "constant-hazard"))
    setup = Setup("event", ("both", "lognormal-aft", "constant-hazard"), domains=("defence",))
    found = forecasts_at(archive, setup, LANDMARK).set_index(["model", "id"])
    one, other, both = (found.loc[name] for name in ("lognormal-aft", "constant-hazard", "both"))
    columns = list(SURVIVAL_COLUMNS)
    # Each weighs what it leaves open at the landmark.
    a, b = 1 - one["unseen"], 1 - other["unseen"]
    mixed = one[columns].mul(a / (a + b), axis=0) + other[columns].mul(b / (a + b), axis=0)
    assert both[columns].to_numpy(float) == pytest.approx(mixed.to_numpy(float))
    assert (both["note"] == "").all()


def test_each_negotiation_is_new_once_and_then_young(archive: Archive) -> None:
    setup = Setup("event", ("constant-hazard",), domains=("defence",))
    days = half_years("event", archive.vintage, "development")[-6:]
    frame = pd.concat([forecasts_at(archive, setup, day) for day in days])
    new = frame[frame["new"]]
    assert len(new) >= 5
    assert not new["id"].duplicated().any()
    assert (new["elapsed"] < 184 / MONTH).all()
    assert (frame.loc[~frame["new"], "elapsed"] >= 181 / MONTH).all()


def test_a_case_can_be_forecast_without_its_own_family(archive: Archive) -> None:
    setup = Setup("event", ("kaplan-meier",), domains=("defence",), training="other families")
    found = forecasts_at(archive, setup, LANDMARK).set_index("id")
    spells = comparable_spells(archive.as_of(LANDMARK), "launch:signed", "documented", "raa")
    for family, rows in found.groupby("family"):
        rest = (spells.X["family"] != family).to_numpy()
        without = replace(spells, X=spells.X[rest], y=spells.y[rest], weights=spells.weights[rest])
        model = fit_one("kaplan-meier", without)
        assert not isinstance(model, str)
        curve = model.predict_survival(spells.X.loc[rows.index])
        ages = rows["elapsed"].to_numpy()[:, np.newaxis]
        expected = curve.at(ages + MONTHS) / curve.at(ages)
        assert rows[list(SURVIVAL_COLUMNS)].to_numpy(float) == pytest.approx(expected)


def test_negotiations_searched_for_as_failures_teach_nothing(archive: Archive) -> None:
    setup = Setup("event", ("constant-hazard", "kaplan-meier"), domains=("defence",))
    failures = {key for key, n in archive.items() if n.searched_for == "failure"}
    rest = {key: n for key, n in archive.items() if key not in failures}
    columns = ["model", "id", *SURVIVAL_COLUMNS]
    all_ = forecasts_at(archive, setup, LANDMARK)
    assert (all_["searched_for"] == "failure").any()
    kept = all_[~all_["id"].isin(failures)][columns].reset_index(drop=True)
    without = forecasts_at(replace(archive, negotiations=rest, complete=None), setup, LANDMARK)[
        columns
    ]
    pd.testing.assert_frame_equal(kept, without)


def test_a_landmark_with_nothing_open_has_an_empty_table_of_the_same_columns(
    small: Archive, tmp_path: Path
) -> None:
    setup = Setup("event", QUICK, domains=("defence",))
    days = [date(2012, 1, 1), LANDMARK]
    table = backtest(small, setup, days, tmp_path)
    assert table["landmark"].unique().tolist() == ["2014-01-01"]
    columns = [pd.read_csv(tmp_path / f"event-{day}.csv").columns.tolist() for day in days]
    assert columns[0] == columns[1]


# Nothing from after the landmark.


MODELS = ("lognormal-aft", "cox", "kaplan-meier-family", "officials", *QUICK)


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Mode], Archive]:
    """The shipped records without what came, or was published, after the landmark."""

    def make(mode: Mode) -> Archive:
        copy = tmp_path_factory.mktemp("forgotten") / "data"
        deletion.delete_later(default_directory(), copy, LANDMARK, strict=mode == "strict")
        return load_archive(copy)

    return make


def shuffled(archive: Archive, landmark: date) -> Archive:
    """Archive in which all milestones dated after a landmark have one another's dates."""
    rng = np.random.default_rng(0)
    later = [m for n in archive.values() for m in n.milestones if m.date.latest > landmark]
    dates = iter([later[i].date for i in rng.permutation(len(later))])
    changed = {
        key: replace(
            n,
            milestones=tuple(
                replace(m, date=next(dates)) if m.date.latest > landmark else m
                for m in n.milestones
            ),
        )
        for key, n in archive.items()
    }
    return replace(archive, negotiations=changed, complete=None)


@pytest.mark.parametrize("mode", ["strict", "event"])
def test_what_came_after_the_landmark_changes_no_forecast(
    mode: Mode, archive: Archive, forgetful: Callable[[Mode], Archive]
) -> None:
    setup = Setup(mode, MODELS)
    honest = forecast_bytes(archive, setup, LANDMARK)
    assert honest.count(b"\n") > 5 * 20
    assert forecast_bytes(forgetful(mode), setup, LANDMARK) == honest


def test_shuffled_later_facts_change_outcomes_and_no_forecast(archive: Archive) -> None:
    setup = Setup("event", MODELS, domains=("defence",))
    other = shuffled(archive, LANDMARK)
    assert forecast_bytes(other, setup, LANDMARK) == forecast_bytes(archive, setup, LANDMARK)
    outcomes = [forecasts_at(records, setup, LANDMARK)[OUTCOMES] for records in (archive, other)]
    assert not outcomes[0].equals(outcomes[1])


def taught_by_the_future(monkeypatch: pytest.MonkeyPatch) -> None:
    """The models learn from the complete records of what the view shows."""

    def leaking(name: str, spells: Spells) -> DurationModel | str:
        whole = comparable_spells(leaking_from[0], "launch:signed", "documented", "raa")
        kept = whole.X.index.isin(spells.X.index)
        taught = replace(whole, X=whole.X[kept], y=whole.y[kept], weights=whole.weights[kept])
        return fit_one(name, taught)

    monkeypatch.setattr("forecast.evaluation.snapshot.fit_one", leaking)


def open_by_hindsight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only negotiations that can be scored are forecast."""
    honest = snapshot._asked

    def leaking(spells: Spells, landmark: date, families: tuple[str, ...]) -> pd.DataFrame:
        rows = honest(spells, landmark, families)
        whole = leaking_from[0]
        outcomes = [
            outcome_of(whole[key], spells.clock, whole.date, landmark) for key in rows.index
        ]
        return rows[[outcome.unscored == "" for outcome in outcomes]]

    monkeypatch.setattr(snapshot, "_asked", leaking)


# The complete records that a planted leak looks into.
leaking_from: list[Archive] = []


@pytest.mark.parametrize("leak", [taught_by_the_future, open_by_hindsight])
def test_a_planted_leak_is_caught(
    leak: Callable[[pytest.MonkeyPatch], None],
    archive: Archive,
    forgetful: Callable[[Mode], Archive],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    setup = Setup("event", QUICK, domains=("defence",))
    leak(monkeypatch)
    seen = []
    for records in (archive, forgetful("event")):
        leaking_from[:] = [records]
        seen.append(forecast_bytes(records, setup, LANDMARK))
    assert seen[0] != seen[1]


# The table after a break.


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


@pytest.fixture(scope="module")
def finished(archive: Archive, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Directory of an unbroken run, and its table."""
    directory = tmp_path_factory.mktemp("finished")
    return directory, backtest(archive, Setup("strict", QUICK), THREE, directory).to_csv()


@pytest.mark.usefixtures("fitted_anew")
def test_a_broken_run_goes_on_to_the_same_bytes(
    archive: Archive, finished: tuple[Path, str], tmp_path: Path
) -> None:
    setup, whole = Setup("strict", QUICK), contents(finished[0])
    assert list(whole) == ["run.json", *(f"strict-{day}.csv" for day in THREE)]
    # As a run that was killed leaves it: one landmark done, one half written, one not begun.
    for name in ("run.json", "strict-2013-01-01.csv"):
        (tmp_path / name).write_bytes(whole[name])
    (tmp_path / ".strict-2012-01-01.csv.part").write_bytes(whole["strict-2012-01-01.csv"][:999])
    seen: list[tuple[int, int]] = []
    resumed = backtest(
        archive, setup, THREE, tmp_path, progress=lambda done, every: seen.append((done, every))
    )
    assert contents(tmp_path) == whole
    assert resumed.to_csv() == finished[1]
    assert seen == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.usefixtures("fitted_anew")
def test_any_joblib_backend_gives_the_same_bytes(
    archive: Archive, finished: tuple[Path, str], tmp_path: Path
) -> None:
    with parallel_config(backend="threading", n_jobs=2):
        backtest(archive, Setup("strict", QUICK), THREE, tmp_path)
    assert contents(tmp_path) == contents(finished[0])


def test_the_landmarks_of_another_run_are_refused(
    archive: Archive, finished: tuple[Path, str]
) -> None:
    other = Setup("strict", ("lindy",))
    with pytest.raises(UsageError, match="its settings differ"):
        backtest(archive, other, THREE, finished[0])
    fewest = dict(list(archive.negotiations.items())[:-1])
    fewer = replace(archive, negotiations=fewest, complete=None)
    with pytest.raises(UsageError, match="its data differ"):
        backtest(fewer, Setup("strict", QUICK), THREE, finished[0])
    parent = finished[0].parent
    names = {run_directory(parent, archive, setup) for setup in (other, Setup("strict", QUICK))}
    assert len(names) == 2


def test_landmarks_of_a_run_that_more_decided_are_refused(
    finished: tuple[Path, str], archive: Archive, tmp_path: Path
) -> None:
    for name, content in contents(finished[0]).items():
        (tmp_path / name).write_bytes(content)
    run = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    (tmp_path / "run.json").write_text(json.dumps({**run, "seed": 0}), encoding="utf-8")
    with pytest.raises(UsageError, match=r"another run \(its seed differ\)"):
        backtest(archive, Setup("strict", QUICK), THREE, tmp_path)


def test_strict_and_event_never_share_a_table(
    archive: Archive, finished: tuple[Path, str], tmp_path: Path
) -> None:
    event = backtest(archive, Setup("event", QUICK), THREE[:1], tmp_path)
    paths = [finished[0] / "strict-2012-01-01.csv", tmp_path / "event-2012-01-01.csv"]
    with pytest.raises(DataError, match="strict and event"):
        read_landmarks(paths)
    with pytest.raises(DataError, match="strict and event"):
        score_rows(pd.concat([event, read_landmarks(paths[:1])]))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "hindsight"}, "'hindsight' is not a mode; one of strict, event"),
        ({"models": ("oracle",)}, "'oracle' is not a model"),
        ({"models": ()}, "at least one model"),
        ({"domains": ("fishing",)}, "'fishing' is not a domain; one of defence, trade"),
        ({"training": "none"}, "'none' is not a training"),
        ({"clock": "a:b"}, "'a:b'"),
    ],
)
def test_bad_settings_are_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Setup(**{"mode": "strict", "models": QUICK, **change})  # type: ignore[arg-type]
