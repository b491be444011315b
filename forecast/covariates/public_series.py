"""Covariates that rest on public series the project does not redistribute.

They are missing unless the user brings the files; no default model uses them.
"""

from __future__ import annotations

from collections.abc import Mapping

from forecast.archive import Archive
from forecast.covariates.registry import Case, Value, covariate

# Both series are published with a delay: the value of two years before the launch was known by then.
_LAG_YEARS = 2


@covariate(
    unit="0 to 1: the less democratic party's index",
    sign="-",
    prior_mean=-0.10,
    ground="democracies make commitments to one another that they believe",
    default=False,
)
def joint_democracy(case: Case, archive: Archive) -> Value:
    """Lowest electoral democracy index (V-Dem v2x_polyarchy) of the parties two years before."""
    found = _lagged(case, archive.series.get("polyarchy", {}))
    if found is None:
        return Value(None, "polyarchy.csv is not given, or not for all parties and that year")
    return Value(min(found.values()), _shown(found))


@covariate(
    unit="points between the parties",
    sign="+",
    prior_mean=0.10,
    ground="states that vote apart in the United Nations want different things",
    default=False,
)
def policy_distance(case: Case, archive: Archive) -> Value:
    """Widest gap of the parties' ideal points in UN votes (Bailey and others) two years before."""
    found = _lagged(case, archive.series.get("ideal_points", {}))
    if found is None:
        return Value(None, "ideal_points.csv is not given, or not for all parties and that year")
    return Value(max(found.values()) - min(found.values()), _shown(found))


def _lagged(case: Case, series: Mapping[tuple[str, int], float]) -> dict[str, float] | None:
    year = case.day.year - _LAG_YEARS
    found = {party: series[party, year] for party in case.parties if (party, year) in series}
    return found if len(found) == len(case.parties) else None


def _shown(found: Mapping[str, float]) -> str:
    return ", ".join(f"{party} {value:.2f}" for party, value in found.items())
