"""A forecast laid out for the terminal: the question first, then the answer, then its grounds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from forecast.archive.shown import host
from forecast.cli.console import heading, paragraph, rows, title

if TYPE_CHECKING:
    from forecast.evaluation.track_record import TrackRecord
    from forecast.prediction import Case, Forecast, Outlook

CASES = 10
"""Comparable cases that are shown one by one."""

DATES = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95)


def show_forecast(forecast: Forecast, record: TrackRecord, records_command: str) -> None:
    """Print everything a reader needs of a forecast, last the command that shows its records."""
    _show_question(forecast)
    print()
    paragraph(forecast.sentence(), indent=0)
    if forecast.end is not None:
        paragraph(f"Source: {host(forecast.end.source)}", indent=0)
        _show_pointer(records_command)
        return
    _show_record(forecast, record)
    _show_dates(forecast)
    _show_models(forecast)
    _show_sensitivity(forecast)
    _show_targets(forecast)
    _show_cases(forecast)
    _show_pointer(records_command)


def _short(probability: float) -> str:
    """Whole percent in five characters."""
    if 0.995 < probability < 1.0:
        return ">99 %"
    return "<1 %" if 0.0 < probability < 0.005 else f"{100 * probability:.0f} %"


_LOST = 0.5
"""Chance of a conclusion that nobody saw from which on a table of open talks gives no date."""


def show_open(forecasts: Mapping[str, Forecast]) -> None:
    """Print one line for each of several forecasts of open negotiations."""
    if not forecasts:
        print("No negotiation is open.")
        return
    first = next(iter(forecasts.values()))
    title(f"Open negotiations as of {first.as_of} ({first.clock}, {first.model}, {first.accounts})")
    followed = [f for f in forecasts.values() if f.unseen < _LOST]
    lost = [f for f in forecasts.values() if f.unseen >= _LOST]
    year = first.headline_day.year
    lines = [
        (
            *_open_since(f),
            _short(f.unseen),
            "by now" if f.quantile(0.5) == f.as_of else str(f.quantile(0.5)),
            _short(f.probability_by(f.headline_day)),
        )
        for f in followed
    ]
    header = ("Id", "Launched", "Seen open", "Unseen", "Median", f"By {year}")
    rows(lines, header, right=(3, 5), wraps=(0,))
    print()
    paragraph(
        f"Unseen: probability that it is already {first.verb}, unseen by our sources. Median: date by which "
        f"it is as likely {first.verb} as not. By {year}: probability by {first.headline_day}, with the "
        f"unseen. Data up to {first.vintage}.",
        indent=0,
    )
    if lost:
        heading("Not followed up: too long since anything was heard of them")
        rows([_open_since(f) for f in lost], ("Id", "Launched", "Seen open"), wraps=(0,))
        print()
        paragraph(
            "Nobody looked for what became of these since. A forecast would tell of our sources more than "
            "of the talks, nearly all of which conclude by the models some day; --csv and --json hold it.",
            indent=0,
        )


def _open_since(forecast: Forecast) -> tuple[str, str, str]:
    """Id, launch and day last seen open, as in a line of a table."""
    start = forecast.start
    exact = len(start) <= len("2024-05-02")
    return (
        forecast.negotiation,
        start if exact else f"{forecast.start_day:%Y-%m}~",
        str(forecast.open_at),
    )


def _show_question(forecast: Forecast) -> None:
    from forecast.prediction import long_date, percent

    origin = forecast.clock.split(":")[0]
    title(f"{forecast.title} ({forecast.negotiation})")
    facts = [
        ("Counts as done", forecast.resolution),
        ("Clock", forecast.clock),
        ("Launched" if origin == "launch" else "Signed", _dated(forecast)),
    ]
    if forecast.end is None:
        seen = host(forecast.open_at_source) if forecast.open_at_source else "your assertion"
        facts.append(("Last seen open", f"{long_date(forecast.open_at)} ({seen})"))
        facts.append(("Searched up to", _searched(forecast, percent(forecast.miss_rate))))
    facts.append(("As of", f"{long_date(forecast.as_of)}{_reach(forecast)}"))
    facts.append(("Data up to", long_date(forecast.vintage)))
    facts.append(("Model", f"{forecast.model}, accounts {forecast.accounts}"))
    rows(facts, wraps=(1,))


def _show_record(forecast: Forecast, record: TrackRecord) -> None:
    from forecast.evaluation.track_record_text import record_in_brief

    print()
    paragraph(record_in_brief(record, forecast), indent=0)


def _reach(forecast: Forecast) -> str:
    if forecast.as_of < forecast.vintage:
        return " (nothing later is used)"
    return " (what came after the data is unknown)" if forecast.as_of > forecast.vintage else ""


def _dated(forecast: Forecast) -> str:
    from forecast.prediction import long_date

    exact = forecast.start == forecast.start_day.isoformat()
    day = long_date(forecast.start_day) if exact else forecast.start
    return f"{day} ({host(forecast.start_source)})"


def _searched(forecast: Forecast, missed: str) -> str:
    from forecast.prediction import long_date

    if forecast.miss_rate == 1.0:
        return "not searched: a conclusion would have gone unseen"
    return f"{long_date(forecast.searched_to)} (chance that a conclusion escaped: {missed})"


def _show_dates(forecast: Forecast) -> None:
    from forecast.prediction import long_date, percent
    from forecast.prediction.words import quantile_words

    heading(f"Dates by which it is {forecast.verb}, by probability")
    rows([(percent(p), quantile_words(forecast, p)) for p in DATES], right=(0,))
    heading(f"Probability that it is {forecast.verb} by")
    lines = [
        (long_date(day), percent(forecast.probability_by(day))) for day in forecast.year_ends()
    ]
    never = percent(forecast.never) if forecast.never else "not modelled; see assumptions below"
    rows([*lines, ("never", never)])
    print()
    unseen = share(forecast.unseen)
    part = " (part of every number above)" if forecast.unseen else ""
    paragraph(f"Already {forecast.verb}, unseen by our sources: {unseen}{part}", indent=0)


def _show_models(forecast: Forecast) -> None:
    from forecast.prediction import long_date

    heading(f"Models; P is the probability by {long_date(forecast.headline_day)}")
    lines = [_outlook(forecast, outlook) for outlook in (*forecast.members, *forecast.baselines)]
    rows(lines, ("", "Weight", "Median", "P"), right=(1, 3), wraps=(0, 2))
    if forecast.baselines:
        paragraph("- no weight in the answer: a baseline, or a model without an answer")
    if any("*" in line[2] for line in lines):
        paragraph("* later than its cases were followed: an extrapolation")
    for outlook in (*forecast.members, *forecast.baselines):
        if outlook.identified and outlook.note:
            paragraph(f"{outlook.label}: {outlook.note}", hanging=2)


def _outlook(forecast: Forecast, outlook: Outlook) -> tuple[str, str, str, str]:
    from forecast.prediction import percent

    weight = share(outlook.weight) if outlook.weight else "-"
    if not outlook.identified:
        return outlook.label, weight, f"no answer: {outlook.note}", "-"
    median = forecast.quantile(0.5, outlook)
    mark = "*" if _extrapolated(forecast, outlook) else ""
    by = forecast.probability_by(forecast.headline_day, outlook)
    return outlook.label, weight, f"{median}{mark}", percent(by)


def _extrapolated(forecast: Forecast, outlook: Outlook) -> bool:
    """Whether a model's median lies beyond the ages at which cases were followed."""
    from forecast.prediction.grid import months_between

    median = forecast.quantile(0.5, outlook)
    if outlook.follow_up_ends is None or isinstance(median, str):
        return outlook.follow_up_ends is not None
    return months_between(forecast.as_of, median) > outlook.follow_up_ends


def _show_sensitivity(forecast: Forecast) -> None:
    from forecast.prediction import long_date, percent

    if not forecast.sensitivity:
        return
    heading(f"Under other assumptions, by {long_date(forecast.headline_day)}")
    rows([(label, percent(p)) for label, p in forecast.sensitivity.items()], right=(1,), wraps=(0,))


def _show_targets(forecast: Forecast) -> None:
    if not forecast.targets:
        return
    heading("Dates that were promised or hoped for")
    lines = [(str(t.by), t.said_by, t.said_on, host(t.source)) for t in forecast.targets]
    rows(lines, ("By", "Who", "Said on", "Source"), wraps=(1, 3))


def _show_cases(forecast: Forecast) -> None:
    from forecast.prediction.comparable import comparable_cases

    ordered = comparable_cases(forecast)
    heading("Comparable cases: same family first, then the same parties, then nearest in time")
    show_cases(ordered[:CASES])
    print()
    more = len(ordered) - CASES
    if more > 0:
        paragraph(f"The models also used {more} more cases.")
    for text in _left_out(forecast.excluded):
        paragraph(text)


def show_cases(cases: Iterable[Case]) -> None:
    """Print cases with their durations, dates and the sites that say so."""
    from forecast.prediction.comparable import duration_in_words

    rows(
        [(duration_in_words(case), f"{case.title}\n{_story(case)}") for case in cases],
        ("Months", "Case, when, and where that is read"),
        right=(0,),
        wraps=(1,),
    )


def share(probability: float) -> str:
    """Whole percent; exactly nothing and exactly all are said as such."""
    from forecast.prediction import percent

    exactly = {0.0: "0 %", 1.0: "100 %"}
    return exactly.get(probability) or percent(probability)


def teller(account: str) -> str:
    """Who told a duration: the part of an account before what was said."""
    return account.partition(": ")[0]


def _story(case: Case) -> str:
    """Dates as they are known, how it ended, and the sites that say so."""
    if case.status == "open":
        course = f"from {case.start}, open when last seen on {case.end_day}"
    elif case.status == "concluded":
        course = f"{case.start} to {_end(case)}"
    else:
        course = f"{case.start} to {_end(case)}, {case.status}"
    sites = dict.fromkeys(host(url) for url in (case.start_source, case.end_source) if url)
    told = "" if case.account == "documented" else f"; duration as told by {teller(case.account)}"
    return f"{course}; {', '.join(sites)}{told}"


def _end(case: Case) -> str:
    """End as it is known; "../X" is some day up to X."""
    latest = case.end.removeprefix("../")
    return case.end if latest == case.end else f"{latest} at the latest"


def _left_out(excluded: Mapping[str, str]) -> Iterable[str]:
    """How many cases were left out, by reason without the name of the case."""
    reasons = Counter(
        why.removeprefix(f"{key} ").removeprefix("was ") for key, why in excluded.items()
    )
    for reason, count in reasons.most_common():
        cases = "1 case is" if count == 1 else f"{count} cases are"
        yield f"{cases} left out: {reason}."


def _show_pointer(records_command: str) -> None:
    # Not wrapped, so that it can be copied.
    print(f"\nAll accounts and addresses: {records_command}")
