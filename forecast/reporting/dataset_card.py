"""The figures of the dataset card: counted from the tables, never typed."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from forecast.archive import DAYS_PER_MONTH, FAILURE, Archive, conflicts
from forecast.errors import DataError, UsageError
from forecast.keeping import write_text
from forecast.timing import CONCLUDED, ENDED, OPEN, Spells, spells

BEGIN = "<!-- figures: made by `forecast data card`, do not edit -->"
END = "<!-- end of figures -->"

_STATUS = {CONCLUDED: "concluded", OPEN: "open", ENDED: "ended without agreement"}
_COUNTED = ("spells", *_STATUS.values(), "prospective", "retrospective")
_DATED_ONCE = ("launch_agreed", "talks_began", "agreement_in_principle", "signed", "in_force")
_FIRST_DECADE = 1970


def card_figures(archive: Archive) -> str:
    """Coverage of the data set in Markdown.

    Parameters
    ----------
    archive : Archive
        As of its vintage.
    """
    table = spells(archive, domain=None)
    return "\n\n".join(
        [_totals(archive, table), _by_family(table), _by_decade(table), _disagreements(archive)]
    )


def refresh_card(archive: Archive, path: Path) -> bool:
    """Replace the figures in a dataset card; return whether they were stale.

    Raises
    ------
    DataError
        If the file is no UTF-8 text or has no place for figures.
    UsageError
        If it cannot be read or written.
    """
    text = _text_of(path)
    if BEGIN not in text or END not in text:
        raise DataError(f"{path} has no lines {BEGIN!r} and {END!r} between which figures go")
    head, rest = text.split(BEGIN, 1)
    _, tail = rest.split(END, 1)
    fresh = f"{head}{BEGIN}\n\n{card_figures(archive)}\n\n{END}{tail}"
    if fresh != text:
        write_text(path, fresh)
    return fresh != text


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text, so it is no dataset card") from None


def _totals(archive: Archive, table: Spells) -> str:
    whole = archive.complete or archive
    accounts = sum(len(record.milestones) for record in whole.values())
    claims = sum(len(record.claims) for record in whole.values())
    searched = sum(record.searched_for == FAILURE for record in archive.values())
    named = sum(exercise.tag == "named" for exercise in whole.exercises)
    return (
        f"As of {archive.vintage}: **{len(archive)} negotiations**, {accounts:,} dated accounts of their "
        f"milestones, {claims} claims about durations, {len(whole.exercises)} exercises ({named} named), "
        f"{len(whole.meetings)} meetings. {searched} negotiations were looked for because they failed. "
        f"On the clock `launch:signed` there are **{len(table)} spells**; {len(table.excluded)} negotiations "
        "are none, because no launch is documented."
    )


def _by_family(table: Spells) -> str:
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    months: dict[str, list[float]] = defaultdict(list)
    for key, spell in table.by_id.items():
        family = str(table.frame.at[key, "family"])
        counts[family]["spells"] += 1
        counts[family][_STATUS[spell.cause]] += 1
        counts[family]["retrospective" if spell.retrospective else "prospective"] += 1
        if spell.cause == CONCLUDED:
            months[family].append((spell.lower + spell.upper) / 2 / DAYS_PER_MONTH)
    total = sum(counts.values(), Counter())
    rows = [
        [family, *(str(counts[family][name]) for name in _COUNTED), _median(months[family])]
        for family in sorted(counts)
    ]
    rows.append(["all", *(str(total[name]) for name in _COUNTED), ""])
    note = (
        "A retrospective spell is known only because it ended. The medians leave out all that is still "
        "open, so they are no forecasts."
    )
    header = ["family", *_COUNTED, "median months of the concluded"]
    return f"{_markdown(header, rows)}\n\n{note}"


def _by_decade(table: Spells) -> str:
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for key, spell in table.by_id.items():
        decade = max(_FIRST_DECADE, spell.start.midpoint.year // 10 * 10)
        counts[str(table.frame.at[key, "family"])][decade] += 1
    decades = sorted({decade for row in counts.values() for decade in row})
    names = [f"to {_FIRST_DECADE + 9}" if d == _FIRST_DECADE else f"{d}s" for d in decades]
    rows = [[family, *(str(counts[family][d]) for d in decades)] for family in sorted(counts)]
    return f"Launches by decade:\n\n{_markdown(['family', *names], rows)}"


def _median(values: list[float]) -> str:
    return f"{median(values):.0f}" if values else ""


def _disagreements(archive: Archive) -> str:
    found = [conflict for record in archive.values() for conflict in conflicts(record)]
    grounds = Counter(conflict.settled_by for conflict in found)
    several = sum(
        len(record.accounts(event)) > 1 for record in archive.values() for event in _DATED_ONCE
    )
    settled = ", ".join(f"{n} by {ground}" for ground, n in grounds.most_common())
    return (
        f"{several} launches, first talks, agreements in principle, signatures and entries into force "
        f"have more than one account. In {len(found)} events of any kind accounts contradict each "
        f"other. The written rule settled {settled}."
    )


def _markdown(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(line) + " |" for line in (header, rule, *rows))
