"""Answers of the analysis laid out for the terminal: what was asked, a table, how to read it."""

from __future__ import annotations

from datetime import date
from math import isnan
from typing import TYPE_CHECKING, Any

from forecast.cli.console import heading, paragraph, rows, title

if TYPE_CHECKING:
    import pandas as pd

    from forecast.analysis.evidence_shares import EvidenceShares
    from forecast.analysis.explain import Explanation
    from forecast.analysis.sensitivity import Sensitivity
    from forecast.analysis.what_if import WhatIf
    from forecast.prediction.question import Question


def show_what_if(answer: WhatIf) -> None:
    """Print what is supposed, and the figures before and after."""
    from forecast.prediction import long_date

    question = answer.question
    _show_case(question)
    heading("What is supposed")
    rows([(name, f"{a} -> {b}") for name, (a, b) in answer.said.items()], wraps=(1,))
    before, after = answer.readings["before"], answer.readings["after"]
    verb = question.table.clock.verb
    lines = [
        (f"{verb} by {long_date(_headline_day(question))}", before.by_headline, after.by_headline),
        ("within 12 months", before.within_12, after.within_12),
        (f"already {verb}, unseen by our sources", before.unseen, after.unseen),
        ("never", before.never, after.never),
    ]
    heading("The forecast")
    printed = [(label, _percent(a), _percent(b)) for label, a, b in lines]
    median = ("as likely as not by", str(before.median), str(after.median))
    rows([*printed, median], ("", "as it stands", "if it were so"), right=(1, 2))
    print()
    paragraph(
        "An association among past negotiations, mostly prior: not what would follow if somebody "
        "changed it. The models are those of the case as it is; they are not fitted again.",
        indent=0,
    )


def show_explanation(answer: Explanation) -> None:
    """Print the steps from the prior to the answer."""
    _show_case(answer.question)
    heading("From the prior to the answer, step by step")
    lines = []
    for _, step in answer.steps.iterrows():
        level = step["kind"] == "level"
        months, points = step["median_months"], 100.0 * step["within_12"]
        lines.append(
            (
                step["step"].replace("_", " "),
                f"{months:.1f}" if level else _signed(months, 1),
                f"{points:.0f} %" if level else _signed(points, 0),
            )
        )
    rows(lines, ("", "Median, months", "Within 12 months"), right=(1, 2))
    print()
    paragraph(
        "Months and probabilities count from the as-of date; every case on the way has been open for as "
        "long as this one. An average case has no family, no country, and covariates at the mean of "
        "all cases. A step is its average over all orders of steps (Shapley values), so that they add "
        "up. An association, mostly prior.",
        indent=0,
    )
    if answer.unknown:
        paragraph(f"Unknown, so at the mean: {', '.join(answer.unknown)}.", indent=0)
    if (answer.steps["within_12_error"] > 0).any():
        error = 100.0 * answer.steps["within_12_error"].max()
        paragraph(f"Orders were sampled: a step is right to about {error:.1f} points.", indent=0)


def show_evidence(answer: EvidenceShares) -> None:
    """Print where the answer comes from, and the answers from parts of the evidence."""
    question, refits = answer.question, answer.refits
    _show_case(question)
    heading("Where the answer comes from")
    lines = []
    for source, row in answer.shares.iterrows():
        first = source == answer.shares.index[0]
        points = 100.0 * row["within_12"], 100.0 * row["by_headline"]
        told = [f"{p:.0f} %" if first else _signed(p, 0) for p in points]
        lines.append((str(source).replace("_", " "), f"{100 * row['weight']:.0f} %", *told))
    whole = refits.iloc[0]
    ends = (_percent(whole["within_12"]), _percent(whole["by_headline"]))
    lines.append(("all together", "100 %", *ends))
    header = ("", "Weight", "Within 12 months", _by(question))
    rows(lines, header, right=(1, 2, 3))
    print()
    paragraph(
        "Weight: part of what is known of this case's typical duration (of the precision of its log "
        "median). The other columns begin with the answer of the prior and add what each source moves "
        "it by, in percentage points, averaged over both orders of adding them.",
        indent=0,
    )
    heading("The answer from parts of the evidence")
    _show_answers(refits["label"], refits, question)


def show_sensitivity(answer: Sensitivity) -> None:
    """Print the grid of tails and never shares, then the other assumptions."""
    question, table = answer.question, answer.table
    _show_case(question)
    heading(f"Probability {_by(question).lower()}, by tail and never share")
    grid = table[table["assumption"] == "never share"]
    cells = grid.pivot_table("by_headline", "tail", "setting", sort=False)
    lines = [(str(tail), *(_percent(p) for p in row)) for tail, row in cells.iterrows()]
    rows(lines, ("", "own", *list(cells.columns)[1:]), right=tuple(range(1, cells.shape[1] + 1)))
    heading("Other assumptions, pooled over the tails")
    others = table[table["assumption"] != "never share"]
    labels = (others["assumption"] + ": " + others["setting"]).str.removesuffix(": ")
    _show_answers(labels, others, question)
    print()
    paragraph(
        "Miss rate: chance that a conclusion would have escaped our search. Priors to the power 2 are "
        "twice as strong, to 0.5 half as strong; under a narrower error scale durations scatter less about "
        "their medians. Failures: weight of talks that were looked for "
        "because they failed; as it stands they have none.",
        indent=0,
    )


def _show_answers(labels: pd.Series[Any], table: pd.DataFrame, question: Question) -> None:
    lines = []
    for label, (_, row) in zip(labels, table.iterrows(), strict=True):
        name = str(label).replace("_", " ")
        if row["note"]:
            lines.append((name, "-", "-", "no answer"))
            continue
        figures = (_percent(row["within_12"]), _percent(row["by_headline"]), str(row["median"]))
        lines.append((name, *figures))
    header = ("", "12 months", _by(question), "Median")
    rows(lines, header, right=(1, 2), wraps=(0,))
    for note in dict.fromkeys(note for note in table["note"] if note):
        paragraph(f"No answer: {note}", hanging=2)


def _show_case(question: Question) -> None:
    from forecast.prediction import long_date

    record = question.record
    title(f"{record.title} ({record.id})")
    table = question.table
    facts = [
        ("Clock", f"{table.clock.name}, accounts {table.accounts}"),
        ("Launched", str(question.spell.start)),
        ("Last seen open", long_date(question.spell.open_at)),
        ("As of", f"{long_date(question.view.date)}; data up to {question.view.vintage}"),
    ]
    rows(facts, wraps=(1,))


def _headline_day(question: Question) -> date:
    from forecast.analysis.refit import headline_day

    return headline_day(question)


def _by(question: Question) -> str:
    return f"By {_headline_day(question)}"


def _percent(probability: float) -> str:
    """Whole percent in few characters."""
    if isnan(probability):
        return "-"
    if 0.0 < probability < 0.005:
        return "<1 %"
    return ">99 %" if 0.995 < probability < 1.0 else f"{100 * probability:.0f} %"


def _signed(value: float, digits: int) -> str:
    """A change with its sign; 0 where nothing is left of it after rounding."""
    text = f"{value:+.{digits}f}"
    return text[1:] if float(text) == 0.0 else text
