"""Dates, families, models, covariates, sources and titles as a reader wants them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from forecast.archive.shown import host, is_address
from forecast.covariates import COVARIATES
from forecast.prediction.parts import Case
from forecast.prediction.words import MONTHS

FAMILIES = {
    "raa": "Reciprocal access",
    "visiting_forces": "Visiting forces",
    "logistics": "Logistics",
    "information_security": "Information security",
    "equipment": "Defence equipment",
    "access_basing": "Access and basing",
    "alliance": "Alliances",
    "other_security": "Other security treaties",
    "arms_control_peace": "Arms control and peace",
    "trade": "Trade",
    "wto_accession": "WTO accessions",
}

POOL = "pool"
"""Registered name of the pool of simpler models that stands beside an answer."""

MODELS = {
    "hierarchical": "families and countries learn from one another",
    "hierarchical-lognormal": "a middling share of very long talks",
    "hierarchical-weibull": "the fewest very long talks",
    "hierarchical-loglogistic": "the most very long talks",
    POOL: "regressions and the share of past talks still open at each age",
    "kaplan-meier-family": "the share of the family's past talks still open at each age",
    "constant-hazard": "the same chance of conclusion every month",
    "lindy": "talks last about as long again as they have lasted",
    "officials": "the date last promised, as late as promises were before",
}

COVARIATE_NAMES = {
    "prior_exercises": "Joint exercises held before",
    "prior_pacts": "Kinds of defence pact in force between the parties",
    "template_experience": "Earlier agreements of this kind that a party had signed",
    "partner_type": "Kind of partner",
    "log2_parties": "Number of parties",
    "legal_sticking_point": "Death penalty: kept by one party, abolished by another",
    "legislature_approves": "A party's legislature must approve",
    "same_region": "All parties lie in one region",
    "allied": "All parties belong to one alliance",
}

# Of two kinds that end alike the longer stands first: the shorter would cut within the phrase.
_KINDS = {
    "raa": ("Reciprocal Access Agreement",),
    "visiting_forces": (
        "Status of Visiting Forces Agreement",
        "Visiting Forces Agreement",
        "Status of Forces Agreement",
        "status-of-forces agreement",
    ),
    "logistics": ("Acquisition and Cross-Servicing Agreement", "ACSA"),
    "information_security": (
        "General Security of Military Information Agreement",
        "GSOMIA",
        "security of information agreement",
        "information security agreement",
    ),
    "equipment": ("defence equipment and technology transfer agreement",),
    "trade": (
        "Comprehensive Economic Partnership Agreement",
        "Strategic Economic Partnership Agreement",
        "Economic Partnership Agreement",
        "Comprehensive Economic and Trade Agreement",
        "Free Trade Agreement",
    ),
}

_ORIGINS = {"launch": "Launched", "signed": "Signed"}


def family_name(family: str) -> str:
    """Family as a heading."""
    return FAMILIES.get(family, family.replace("_", " ").capitalize())


def origin_name(clock: str) -> str:
    """Name of the event that starts a clock, as the label of its date."""
    origin = clock.partition(":")[0]
    return _ORIGINS.get(origin, origin.capitalize())


def edtf_words(text: str) -> str:
    """EDTF date in words.

    >>> edtf_words("2024-05-02"), edtf_words("2014-07~"), edtf_words("2019-03/2020")
    ('2 May 2024', 'about July 2014', 'March 2019 to 2020')
    """
    begin, slash, end = text.partition("/")
    if slash:
        if begin in ("", ".."):
            return f"by {edtf_words(end)}"
        return f"{edtf_words(begin)} to {edtf_words(end)}"
    found = re.fullmatch(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?([~?%]?)", text)
    if found is None:
        return text
    year, month, day, doubt = found.groups()
    named = [str(int(day))] if day else []
    named += [MONTHS[int(month) - 1]] if month and 1 <= int(month) <= 12 else []
    return ("about " if doubt else "") + " ".join([*named, year])


def short_months(text: str) -> str:
    """Text with the names of months cut to three letters, for narrow columns.

    >>> short_months("13 March 2015")
    '13 Mar 2015'
    """
    return re.sub("|".join(MONTHS), lambda found: found[0][:3], text)


def month_range(lower: float, upper: float | None) -> str:
    """Whole months, a range where the dates leave one; ``over`` while open.

    >>> month_range(8.2, 8.2), month_range(14.6, 18.0), month_range(7.5, None)
    ('8', '15–18', 'over 8')
    """
    low = round(lower)
    if upper is None:
        return f"over {low}"
    high = round(upper)
    return f"{high}" if low == high else f"{low}–{high}"


def source(url: str) -> dict[str, str]:
    """Source for a table: shown text, and the address where there is one to follow."""
    return {"text": host(url), "url": url if is_address(url) else ""}


def short_title(case: Case) -> str:
    """Title without the kind of agreement where the heading of its family says it already.

    What is left must be names alone: "US-Bolivia permanent status-of-forces agreement" stays whole.
    """
    for kind in _KINDS.get(case.family, ()):
        if case.title.lower().endswith(f" {kind.lower()}"):
            names = case.title[: -len(kind)].split()
            if names and all(name[0].isupper() for name in names):
                return " ".join(names)
    return case.title


def covariate_row(name: str, text: str, titles: Mapping[str, str]) -> dict[str, str]:
    """Covariate in plain words: what it is, what was found, and how the models read that.

    Parameters
    ----------
    name, text : str
        As in :attr:`Forecast.covariates`: "3 (jpn-fra-acsa, jpn-fra-dett, jpn-fra-isa)".
    titles : mapping
        Titles of negotiations by id, which stand in the place of the ids.

    Returns
    -------
    dict
        ``name``, ``found`` and ``value``, the last with its unit.
    """
    split = re.fullmatch(r"(\S[^()]*) \((.*)\)", text)
    value, found = split.groups() if split else ("", text)
    return {
        "name": COVARIATE_NAMES.get(name, name.replace("_", " ")),
        "found": _with_titles(found, titles),
        "value": _measured(name, value),
    }


def _with_titles(text: str, titles: Mapping[str, str]) -> str:
    return re.sub(r"[\w-]+", lambda word: titles.get(word[0], word[0]), text)


def _measured(name: str, value: str) -> str:
    """Value with its unit; yes or no where 1 stands for yes."""
    known = COVARIATES.get(name)
    if known is None or known.levels or value in ("", "unknown"):
        return value
    if known.yes_or_no:
        return {"1": "yes", "0": "no"}.get(value, value)
    return f"{known.unit} = {value}"


def reasons(excluded: Mapping[str, str]) -> list[tuple[str, list[str]]]:
    """Reasons for leaving negotiations out, most frequent first, each with the ids it concerns."""
    grouped: dict[str, list[str]] = {}
    for key, reason in excluded.items():
        grouped.setdefault(_reason(key, reason), []).append(key)
    return sorted(grouped.items(), key=lambda item: (-len(item[1]), item[0]))


def _reason(key: str, reason: str) -> str:
    text = re.sub(r"\([^()]*\)", "", reason.replace(key, "")).strip()
    return re.sub(r"\s+", " ", text)
