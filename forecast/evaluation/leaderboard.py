"""Leaderboards: scores, calibration and skill of every model, baselines in the same table."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from typing import Any

import pandas as pd

from forecast.archive import FAILURE
from forecast.errors import NotIdentifiedError
from forecast.evaluation.bootstrap import (
    SMALLEST_CELL,
    Estimate,
    blanked,
    clustered_difference,
    clustered_mean,
    clustered_skill,
    effective_number,
)
from forecast.evaluation.calibration import coverage, d_calibration
from forecast.evaluation.concordance import harrell_concordance, uno_concordance
from forecast.evaluation.landmarks import HALVES
from forecast.evaluation.scores import HORIZONS
from forecast.evaluation.scoring import SCORES, curves_of
from forecast.evaluation.weighting import ipcw_brier_score
from forecast.models import BASELINES
from forecast.survival.arrays import BoolArray

Choice = Callable[[pd.DataFrame], "pd.Series[bool]"]

SCOPES: Mapping[str, Choice] = {
    "defence": lambda rows: rows["domain"] == "defence",
    "Japan": lambda rows: (rows["domain"] == "defence") & rows["parties"].str.contains("JPN"),
    "trade": lambda rows: rows["domain"] == "trade",
    "all": lambda rows: rows["domain"].notna(),
}
"""Which negotiations: of defence, those of defence with Japan, of trade, all of these."""

SAMPLES: Mapping[str, Choice] = {
    "headline": lambda rows: rows["searched_for"] != FAILURE,
    "with failures": lambda rows: rows["domain"].notna(),
}
"""Headline: without negotiations that are in the data because somebody looked for failures. That they
failed is known in hindsight only; with them every model that speaks of a conclusion looks too quick."""

QUESTIONS: Mapping[str, Choice] = {
    "open": lambda rows: rows["domain"].notna(),
    "new": lambda rows: rows["new"],
}
"""Open: each negotiation at every landmark at which it was open. New: each one once, at the first
landmark after its launch."""

_FORECAST, _COMPARED = ["landmark", "id"], ["log_score", "twcrps"]

CELL = ("mode", "half", "scope", "sample", "question")
LOG_SKILL, TWCRPS_SKILL = "log skill against ", "twCRPS skill against "
CONCORDANCE = {"concordance (Harrell)": harrell_concordance, "concordance (Uno)": uno_concordance}
"""Of pairs at one landmark: whether the higher probability within :data:`RANKED_BY` months came first."""

RANKED_BY = 24.0
WEIGHTED = "IPCW brier_"
"""Brier loss at a horizon with the rows lost before it made up for; ``missing`` is their number."""

COVERAGE_BOUNDS = ("coverage, least", "coverage, most")
"""Coverage if no interval, or every one, held of those of which it is not known yet."""

CALIBRATION, CALIBRATION_OF_CLUSTERS = "D-calibration p", "D-calibration p, clusters as one"
"""The second supposes that near-copies come about together; the first takes them as independent."""

ONCE = ", each negotiation once"
"""Scores averaged within a negotiation first. A slow one stands at many landmarks and a quick one at few:
the plain mean is that of a forecast drawn at random, this one that of a negotiation drawn at random."""


def leaderboard(rows: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    """Tidy table of all measures of all models in every cell.

    Parameters
    ----------
    rows : DataFrame
        As from :func:`~forecast.evaluation.scoring.score_rows`, of one mode.
    seed : int
        Of bootstrap and simulation.

    Returns
    -------
    DataFrame
        :data:`CELL`, ``model``, ``measure``, ``value``, ``lower`` and ``upper`` (90 % intervals of a
        bootstrap over related negotiations), and what it rests on: ``rows``, ``missing`` (the model had
        no forecast, or the score is not known), ``negotiations``, ``clusters`` and their ``effective``
        number. A skill is that on the rows which both models have: of the log score the mean gain in
        nats, of the twCRPS one minus the ratio of means. No figures below
        :data:`~forecast.evaluation.bootstrap.SMALLEST_CELL` rows.
    """
    lines: list[dict[str, Any]] = []
    for cell, chosen in cells(rows):
        bases = _losses_of_baselines(chosen)
        for model, own in chosen.groupby("model", sort=True):
            head = {**dict(zip(CELL, cell, strict=True)), "model": model}
            lines += [
                {
                    **head,
                    "measure": measure,
                    "negotiations": int(own["id"].nunique()),
                    **estimate._asdict(),
                }
                for measure, estimate in _measures(bases, own, str(model), seed)
            ]
    columns = [*CELL, "model", "measure", "value", "lower", "upper", "rows", "missing"]
    columns += ["negotiations", "clusters", "effective"]
    return pd.DataFrame(lines, columns=columns)


def cells(rows: pd.DataFrame) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Every cell of the leaderboard that has rows, with its name in the order of :data:`CELL`."""
    for mode, half in product(rows["mode"].unique(), HALVES):
        part = rows[rows["half"] == half]
        for scope, sample, question in product(SCOPES, SAMPLES, QUESTIONS):
            held = SCOPES[scope](part) & SAMPLES[sample](part) & QUESTIONS[question](part)
            if held.any():
                yield (mode, half, scope, sample, question), part[held]


def left_out(table: pd.DataFrame) -> pd.DataFrame:
    """What a leaderboard does not show: outcomes that are not known, forecasts that could not be made.

    Parameters
    ----------
    table : DataFrame
        As from :func:`~forecast.evaluation.backtest.backtest`.

    Returns
    -------
    DataFrame
        ``domain``, ``sample`` (the negotiations in the headline, or searched for as failures),
        ``model`` (``all`` where there is no outcome), ``reason``, and the number of ``forecasts``: a
        negotiation at a landmark. Those that are scored stand beside, with the reason ``scored``.
    """
    frame = table.assign(
        sample=table["searched_for"].map(
            lambda text: "searched for as failures" if text == FAILURE else "headline"
        ),
        reason=table["unscored"].where(table["unscored"] != "", "scored"),
    )
    each = frame.drop_duplicates(["landmark", "domain", "id"]).assign(model="all")
    mute = frame[(frame["unscored"] == "") & frame["unseen"].isna()]
    mute = mute.assign(
        reason="no forecast: " + mute["note"].str.replace(_DETAILS, "...", regex=True)
    )
    keys = ["domain", "sample", "model", "reason"]
    return pd.concat([each, mute]).groupby(keys, sort=True).size().rename("forecasts").reset_index()


# Numbers and quoted names in a reason, which would make a line of each landmark.
_DETAILS = r"[0-9][0-9.e+-]*|'[^']*'"


def _measures(
    bases: Mapping[str, pd.DataFrame], own: pd.DataFrame, name: str, seed: int
) -> Iterator[tuple[str, Estimate]]:
    groups = own["group"].to_numpy()
    for score in SCORES:
        yield score, blanked(clustered_mean(own[score], groups, seed=seed))
    yield "log_score" + ONCE, blanked(_once(own["log_score"], own, seed))
    yield "coverage", blanked(clustered_mean(own["covered"], groups, seed=seed))
    told = own[own["unseen"].notna()]
    if len(told) >= SMALLEST_CELL:
        yield from _shape(told, len(own) - len(told), seed)
        yield from _ranking(told, len(own) - len(told))
        yield from _made_up(told)
    losses = own[[*_FORECAST, *_COMPARED]]
    for baseline in (base for base in BASELINES if base != name):
        paired = losses.join(bases[baseline], on=_FORECAST)
        for label, score, skill in (
            (LOG_SKILL, "log_score", clustered_difference),
            (TWCRPS_SKILL, "twcrps", clustered_skill),
        ):
            estimate = skill(paired[score], paired[f"{score}_base"], groups, seed=seed)
            yield label + baseline, blanked(estimate)
        gain = paired["log_score_base"] - paired["log_score"]
        yield LOG_SKILL + baseline + ONCE, blanked(_once(gain, own, seed))


def _losses_of_baselines(cell: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Losses of each baseline by landmark and negotiation, to be put beside those of others."""
    losses = cell[["model", *_FORECAST, *_COMPARED]].set_index(_FORECAST)
    return {
        base: losses.loc[losses["model"] == base, _COMPARED].add_suffix("_base")
        for base in BASELINES
    }


def _once(values: pd.Series, rows: pd.DataFrame, seed: int) -> Estimate:
    """Mean over negotiations of their own means over landmarks."""
    frame = pd.DataFrame({"value": values, "group": rows["group"], "id": rows["id"]})
    each = frame.groupby("id", sort=True)
    return clustered_mean(each["value"].mean(), each["group"].first(), seed=seed)


def _shape(told: pd.DataFrame, missing: int, seed: int) -> Iterator[tuple[str, Estimate]]:
    """Bounds of coverage, widths of intervals, and D-calibration at one landmark a negotiation, its first."""
    found = coverage(told["lower"], told["upper"], curves_of(told))
    groups = told["group"].to_numpy()
    for name, bound in zip(COVERAGE_BOUNDS, (found.least, found.most), strict=True):
        yield name, _plain(bound, told, missing, groups)
    yield "median width", _plain(found.median_width, told, missing, groups)
    yield "unbounded", _plain(found.unbounded, told, missing, groups)
    first: BoolArray = ~told.sort_values("landmark").duplicated("id").sort_index().to_numpy()
    once = told[first]
    curves, own = curves_of(once), once["group"].to_numpy()
    supposed: dict[str, Any] = {CALIBRATION: None, CALIBRATION_OF_CLUSTERS: own}
    for name, groups in supposed.items():
        test = d_calibration(
            once["lower"],
            once["upper"],
            curves,
            follow_up=once["follow_up"],
            groups=groups,
            seed=seed,
        )
        yield name, blanked(_plain(test.p_value, once, missing, own))


def _ranking(told: pd.DataFrame, missing: int) -> Iterator[tuple[str, Estimate]]:
    """Concordance within each landmark, where any pair of it can be compared."""
    risk = 1.0 - curves_of(told).at(RANKED_BY)[:, 0]
    for name, concordance in CONCORDANCE.items():
        try:
            found = concordance(told["lower"], told["upper"], risk, strata=told["landmark"])
        except NotIdentifiedError:
            continue
        yield name, _plain(found.share, told, missing, told["group"].to_numpy())


def _made_up(told: pd.DataFrame) -> Iterator[tuple[str, Estimate]]:
    """Brier losses by inverse probability of censoring, at horizons before which rows were lost."""
    curves, bounds = curves_of(told), (told["lower"].to_numpy(), told["upper"].to_numpy())
    followed = told["follow_up"].to_numpy()
    for horizon in HORIZONS:
        found = ipcw_brier_score(*bounds, curves, horizon=horizon, follow_up=followed)
        if found.lost and found.rows >= SMALLEST_CELL:
            reached = told[followed >= horizon]
            estimate = _plain(found.score, reached, found.lost, reached["group"].to_numpy())
            yield f"{WEIGHTED}{horizon:g}", estimate


def _plain(value: float, rows: pd.DataFrame, missing: int, groups: Any) -> Estimate:
    """A figure without an interval."""
    nan = float("nan")
    return Estimate(value, nan, nan, len(rows), missing, len(set(groups)), effective_number(groups))
