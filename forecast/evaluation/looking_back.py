"""What durations were said to have been, looking back, against the documented ones."""

from __future__ import annotations

import pandas as pd

from forecast.archive import Archive, Claim, Negotiation
from forecast.errors import NothingToForecastError
from forecast.evaluation.bootstrap import clustered_mean
from forecast.evaluation.promises import first_of_each, independent_groups, undated
from forecast.timing import months, spell_of
from forecast.timing.promises import FROM_LAUNCH, UNDATED

_KIND = "retrospective_duration"

# Bounds of a documented duration further apart than this share of it leave nothing to compare with.
_WIDEST = 0.5

_COLUMNS = (
    "negotiation", "parties", "family", "cluster", "speaker", "event", "said",
    "until", "told", "documented", "ratio",
)  # fmt: skip


class _NotComparableError(Exception):
    """A claim that cannot be held against a documented duration; its text is the reason."""


def retrospective(view: Archive) -> tuple[pd.DataFrame, pd.Series]:
    """Durations as told looking back, and the documented ones.

    Returns
    -------
    told : DataFrame
        Index the claim; among others ``speaker``, and in months ``told`` (the middle of what was said),
        ``documented`` (the middle of its bounds, from the launch to the event, or to the day of the
        claim if it was open then: ``until``) and ``ratio``, told over documented.
    left_out : Series
        Why a claim cannot be compared, by claim.
    """
    rows: dict[str, dict[str, object]] = {}
    left_out = dict.fromkeys(undated(view, _KIND), UNDATED)
    for negotiation in view.values():
        for claim in negotiation.claims:
            if claim.kind == _KIND and claim.said_on is not None:
                try:
                    rows[claim.id] = _compared(negotiation, claim, view)
                except _NotComparableError as reason:
                    left_out[claim.id] = str(reason)
    told = pd.DataFrame.from_dict(rows, orient="index", columns=list(_COLUMNS))
    return told.rename_axis("claim"), pd.Series(left_out, dtype=object, name="reason")


def told_against_documented(told: pd.DataFrame) -> pd.DataFrame:
    """Median ratio of told to documented durations, all and by kind of speaker.

    One claim a negotiation and kind of speaker counts, the first one said.

    Returns
    -------
    DataFrame
        ``speaker``, ``claims``, ``compared``, independent ``negotiations``, median ``ratio``, ``shorter``
        (share told as shorter than documented) with ``low`` and ``high`` of a 90 % interval over
        negotiations.
    """
    groups = {"all": told, **dict(list(told.groupby("speaker")))}
    return pd.DataFrame([{"speaker": name, **_summary(rows)} for name, rows in groups.items()])


def _summary(told: pd.DataFrame) -> dict[str, float | int]:
    first = first_of_each(told)
    shorter = clustered_mean(first["ratio"] < 1.0, independent_groups(first))
    return {
        "claims": len(told),
        "compared": shorter.rows,
        "negotiations": shorter.clusters,
        "ratio": float(first["ratio"].median()),
        "shorter": shorter.value,
        "low": shorter.lower,
        "high": shorter.upper,
    }


def _compared(negotiation: Negotiation, claim: Claim, view: Archive) -> dict[str, object]:
    assert claim.said_on is not None  # undated claims were taken out before
    if claim.low_months is None or claim.high_months is None:
        raise _NotComparableError("no number of months, or only a bound")
    try:
        spell = spell_of(negotiation, FROM_LAUNCH[claim.event], view.date)
    except NothingToForecastError:
        raise _NotComparableError("no documented launch") from None
    said = claim.said_on
    if spell.end is None or spell.end.earliest > said.latest:
        until = "claim"
        lower = float((said.earliest - spell.start.latest).days)
        upper = float((said.latest - spell.start.earliest).days)
    else:
        until, lower, upper = "event", spell.lower, spell.upper
    documented = (lower + upper) / 2.0
    if documented <= 0.0:
        raise _NotComparableError("said before the documented launch")
    if upper - lower > _WIDEST * documented:
        raise _NotComparableError("the documented duration is known only roughly")
    told = (claim.low_months + claim.high_months) / 2.0
    return {
        "negotiation": negotiation.id,
        "parties": negotiation.parties,
        "family": negotiation.family,
        "cluster": negotiation.cluster or negotiation.id,
        "speaker": claim.speaker,
        "event": claim.event,
        "said": said.midpoint,
        "until": until,
        "told": told,
        "documented": months(documented),
        "ratio": told / months(documented),
    }
