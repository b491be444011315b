"""What a report says, as plain data for the template: words, numbers already formatted, links.

Nothing here knows how a page looks, and nothing in the template knows where a number comes from.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from forecast.archive.shown import one_line
from forecast.evaluation.track_record import NO_RECORD, TrackRecord
from forecast.prediction.comparable import comparable_cases
from forecast.prediction.forecast import Forecast
from forecast.prediction.grid import date_after, months_between
from forecast.prediction.parts import Case, Outlook, Target
from forecast.prediction.words import long_date, percent, quantile_words
from forecast.reporting.figures import LISTED_CASES, drawn_targets
from forecast.reporting.track_record import track_record_contents
from forecast.reporting.wording import (
    MODELS,
    POOL,
    covariate_row,
    edtf_words,
    family_name,
    month_range,
    origin_name,
    reasons,
    short_months,
    short_title,
    source,
)

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9)

_COUNTS = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")

_RUNNING_TITLE = 90

_WIDE = 30

_MOST_IDS = 30

Contents = dict[str, Any]


def contents(
    forecast: Forecast,
    run: Mapping[str, Any],
    figures: Mapping[str, Any],
    record: TrackRecord = NO_RECORD,
) -> Contents:
    """Return all that the template prints.

    Parameters
    ----------
    forecast : Forecast
    run : mapping
        Version, digest, seed and arguments, as in ``run.json``.
    figures : mapping
        Name to file and alternative text of each figure.
    record : TrackRecord
        Of past forecasts.
    """
    head: Contents = {
        "title": one_line(forecast.title),
        "running": _shortened(one_line(forecast.title), _RUNNING_TITLE),
        "open": forecast.end is None,
        "question": f"When will it be {forecast.verb}?",
        "verb": forecast.verb,
        "as_of": long_date(forecast.as_of),
        "resolution": _with_stop(forecast.resolution),
        "known": _known_dates(forecast),
        "sentence": one_line(forecast.sentence()),
        "run": _run_rows(forecast, run),
        "figures": dict(figures),
    }
    if forecast.end is not None:
        end = {"status": forecast.status, "source": source(forecast.end.source)}
        ended: Contents = _clean(head | {"end": end})
        return ended
    body = {
        "headline_day": long_date(forecast.headline_day),
        "headline_year": str(forecast.headline_day.year),
        "headline": percent(forecast.probability_by(forecast.headline_day)),
        "quantiles": [_quantile_row(forecast, p) for p in QUANTILES],
        "by_year": [
            {"year": str(day.year), "probability": percent(forecast.probability_by(day))}
            for day in forecast.year_ends(len(QUANTILES))
        ],
        "unseen": _unseen(forecast),
        "doubts": _doubts(forecast),
        "outlooks": _outlook_rows(forecast),
        "pool_beside": any(outlook.name == POOL for outlook in forecast.baselines),
        "dates_ahead": bool(drawn_targets(forecast)),
        "sensitivity": [
            {"label": one_line(label), "probability": percent(value)}
            for label, value in forecast.sensitivity.items()
        ],
        "targets": [_target_row(forecast, target) for target in forecast.targets],
        "track_record": track_record_contents(forecast, record),
        **_case_tables(forecast),
        **_method(forecast),
    }
    result: Contents = _clean(head | body)
    return result


def _clean(value: Any) -> Any:
    """Return the same data with every text on one line."""
    if isinstance(value, str):
        return one_line(value)
    if isinstance(value, Mapping):
        return {key: _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def _shortened(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _with_stop(text: str) -> str:
    text = one_line(text)
    return text + ("" if text.endswith((".", "!", "?")) else ".")


def _known_dates(forecast: Forecast) -> list[Contents]:
    origin = origin_name(forecast.clock)
    rows = [_dated(origin, edtf_words(forecast.start), forecast.start_source)]
    if forecast.end is None:
        shown = long_date(forecast.open_at)
        rows.append(_dated("Last shown open", shown, forecast.open_at_source))
    else:
        what = "Concluded" if forecast.status == "concluded" else "Ended"
        rows.append(_dated(what, long_date(forecast.end.day), forecast.end.source))
    rows.append(_dated("As of", long_date(forecast.as_of)))
    rows.append(_dated("Data up to", long_date(forecast.vintage)))
    if forecast.end is None and forecast.searched_to < min(forecast.as_of, forecast.vintage):
        rows.append(_dated("Searched up to", long_date(forecast.searched_to)))
    return rows


def _dated(label: str, value: str, address: str = "") -> Contents:
    return {"label": label, "value": value, "source": source(address)}


def _quantile_row(forecast: Forecast, p: float) -> Contents:
    return {"probability": percent(p), "date": quantile_words(forecast, p)}


def _unseen(forecast: Forecast) -> Contents:
    return {
        "label": f"Already {forecast.verb}, unseen by our sources:",
        "probability": percent(forecast.unseen),
        "reason": (
            f"No source read shows the talks open after {long_date(forecast.open_at)}; where we "
            f"searched, a conclusion is taken to escape us with probability "
            f"{percent(forecast.miss_rate)}."
            if forecast.miss_rate < 1.0
            else f"No source read shows the talks open after {long_date(forecast.open_at)}, and "
            "nobody searched for their end since."
        ),
    }


def _doubts(forecast: Forecast) -> str:
    parts = []
    if forecast.never < 0.005:
        parts.append("The models take for granted that the talks are concluded some day.")
    else:
        share = percent(forecast.never)
        parts.append(f"With probability {share} the talks are never concluded.")
    if forecast.sensitivity:
        low, high = (percent(f(forecast.sensitivity.values())) for f in (min, max))
        span = f"runs from {low} to {high}" if low != high else f"is {low}"
        parts.append(
            f"Under the other assumptions listed on page 2, the probability by "
            f"{long_date(forecast.headline_day)} {span}."
        )
    if forecast.cases:
        parts.append(_alike(forecast))
    return " ".join(parts)


def _alike(forecast: Forecast) -> str:
    """How many of the same family have been concluded, in a sentence."""
    family = forecast.family
    n = sum(case.family == family and case.status == "concluded" for case in forecast.cases)
    counted = _COUNTS[n] if n < len(_COUNTS) else str(n)
    have = (
        "negotiation of the same family has" if n == 1 else "negotiations of the same family have"
    )
    return f"{counted} {have} been concluded so far."


def _outlook_rows(forecast: Forecast) -> list[Contents]:
    answer = _outlook_row(forecast, forecast.outlook, "answer", "")
    members = [
        _outlook_row(forecast, o, "member", f"{100 * o.weight:.0f} %") for o in forecast.members
    ]
    compared = [
        _outlook_row(forecast, o, "pool" if o.name == POOL else "baseline", "")
        for o in forecast.baselines
    ]
    return [answer, *members, *compared]


def _outlook_row(forecast: Forecast, outlook: Outlook, kind: str, weight: str) -> Contents:
    label = f"The answer ({outlook.label})" if kind == "answer" else outlook.label
    row = {"kind": kind, "label": label, "note": outlook.note, "identified": outlook.identified}
    if not outlook.identified:
        return row | {"weight": "", "median": "", "probability": ""}
    notes = [note for note in (MODELS.get(outlook.name, ""), outlook.note) if note]
    ends = outlook.follow_up_ends
    if ends is not None and kind != "answer":
        day = long_date(date_after(forecast.as_of, ends)) if ends >= 1.0 else "the as-of date"
        notes.append(f"beyond all its records from {day} on")
    return row | {
        "weight": weight,
        "median": long_date(forecast.quantile(0.5, outlook)),
        "probability": percent(forecast.probability_by(forecast.headline_day, outlook)),
        "note": "; ".join(notes),
    }


def _target_row(forecast: Forecast, target: Target) -> Contents:
    if target.by < forecast.as_of:
        fate = "passed; no conclusion documented"
    else:
        fate = f"still ahead; {percent(forecast.probability_by(target.by))} by then"
    return {
        "said_on": edtf_words(target.said_on),
        "said_by": target.said_by,
        "statement": target.statement,
        "by": long_date(target.by),
        "fate": fate,
        "source": source(target.source),
    }


def _case_tables(forecast: Forecast) -> Contents:
    ordered = comparable_cases(forecast)
    listed = ordered[:LISTED_CASES]
    return {
        "cases": [_case_row(case) for case in listed],
        "cases_key": _cases_key(listed),
        "others": _summaries(ordered[LISTED_CASES:]),
        "case_count": len(forecast.cases),
        "case_notes": [
            {"title": case.title, "account": case.account}
            for case in ordered
            if case.account not in ("", "documented")
        ],
    }


def _cases_key(listed: Sequence[Case]) -> str:
    """How the listed cases are ordered, and the signs that stand among their months."""
    parts = ["Same family first, then most parties in common, then launched nearest in time."]
    if any(case.upper is None for case in listed):
        parts.append("Over: still open when last seen, so many months after the launch.")
    if any(case.retrospective for case in listed):
        parts.append("* known only because it ended.")
    return " ".join(parts)


def _case_row(case: Case) -> Contents:
    ended = edtf_words(case.end) if case.end else f"open on {long_date(case.end_day)}"
    return {
        "title": short_title(case),
        "family": family_name(case.family),
        "start": short_months(edtf_words(case.start)),
        "end": short_months(ended),
        "status": case.status,
        "months": month_range(case.lower, case.upper) + ("*" if case.retrospective else ""),
        "sources": [
            source(address) for address in dict.fromkeys((case.start_source, case.end_source))
            if address
        ],
    }  # fmt: skip


def _summaries(cases: Sequence[Case]) -> list[Contents]:
    """Count the cases that are not listed one by one, a row a family."""
    families: dict[str, list[Case]] = {}
    for case in cases:
        families.setdefault(case.family, []).append(case)
    rows = []
    for family, members in families.items():
        counts = Counter(case.status for case in members)
        lengths = [
            (case.lower + (case.upper or case.lower)) / 2
            for case in members
            if case.status == "concluded"
        ]
        rows.append(
            {
                "family": family_name(family),
                "count": str(len(members)),
                "concluded": str(counts["concluded"]),
                "ended": str(counts["ended without agreement"]),
                "open": str(counts["open"]),
                "months": month_range(min(lengths), max(lengths)) if lengths else "–",
            }
        )
    return rows


def _method(forecast: Forecast) -> Contents:
    counts = Counter(case.status for case in forecast.cases)
    titles = {case.id: case.title for case in forecast.cases}
    return {
        "members": len([o for o in forecast.members if o.identified]),
        "counts": {
            "all": str(len(forecast.cases)),
            "concluded": str(counts["concluded"]),
            "ended": str(counts["ended without agreement"]),
            "open": str(counts["open"]),
            "retrospective": str(sum(case.retrospective for case in forecast.cases)),
        },
        "alike": _alike(forecast),
        "searched_for": _searched_for(forecast),
        "waited": str(round(months_between(forecast.start_day, forecast.as_of))),
        "shown_open": long_date(forecast.open_at),
        "miss_rate": percent(forecast.miss_rate),
        "covariates": [
            covariate_row(name, text, titles) for name, text in forecast.covariates.items()
        ],
        "excluded": [
            {"reason": reason, "count": str(len(ids)), "ids": _some(ids)}
            for reason, ids in reasons(forecast.excluded)
        ],
        "excluded_count": len(forecast.excluded),
    }


def _searched_for(forecast: Forecast) -> str:
    """What the answer does and does not learn from talks that were looked for as failures."""
    number = sum(case.weight == 0 for case in forecast.cases)
    if not number:
        return ""
    found = f"The search for talks that failed, stalled or stayed open added {number} of these. "
    ended = _tell_the_pace(forecast)
    if not ended:
        return found + "They are listed and carry no weight in the answer."
    return found + (
        "How long talks take and how many fail is not learned from them, for such a search finds "
        f"failures more often than they occur. Those that ended without agreement ({ended}) tell "
        "only of the pace at which failed talks end; the others tell nothing."
    )


def _tell_the_pace(forecast: Forecast) -> int:
    """How many talks looked for as failures tell the answer's models how fast failed talks end."""
    fits = [forecast.diagnostics.get(outlook.name, {}) for outlook in forecast.members]
    return max((fit.get("told_of_the_ending_rate_only", 0) for fit in fits), default=0)


def _some(ids: Sequence[str]) -> str:
    """Ids that were left out, or where to find them if there are too many for a page."""
    return ", ".join(ids) if len(ids) <= _MOST_IDS else "listed in forecast.json under excluded"


def _run_rows(forecast: Forecast, run: Mapping[str, Any]) -> list[Contents]:
    arguments = run.get("arguments", {})
    named = [("Version", run.get("version", forecast.version))]
    named += [("Data digest", run.get("digest", forecast.digest))]
    named += [("Data up to", forecast.vintage.isoformat())]
    named += [("As of", forecast.as_of.isoformat())]
    named += [("Clock", forecast.clock), ("Model", forecast.model), ("Accounts", forecast.accounts)]
    named += [("Seed", run.get("seed", forecast.seed))]
    if arguments:
        named.append(("Arguments", _arguments(arguments)))
    return [{"label": k, "value": str(v), "wide": len(str(v)) > _WIDE} for k, v in named]


def _arguments(arguments: Any) -> str:
    if isinstance(arguments, Mapping):
        return ", ".join(f"{key} = {_value(value)}" for key, value in arguments.items())
    if isinstance(arguments, list | tuple):
        return " ".join(map(str, arguments))
    return str(arguments)


def _value(value: Any) -> str:
    if isinstance(value, date | str):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=str)
