"""A leaderboard as plain text of at most 80 columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf, isnan
from typing import Any

import pandas as pd

from forecast.evaluation.leaderboard import (
    CALIBRATION,
    CALIBRATION_OF_CLUSTERS,
    CELL,
    CONCORDANCE,
    LOG_SKILL,
    ONCE,
    TWCRPS_SKILL,
)
from forecast.models import BASELINES

_NAME = 25

_SAMPLES = {
    "headline": "without negotiations that were searched for because they failed",
    "with failures": "with negotiations that were searched for because they failed",
}
_QUESTIONS = {
    "open": "every negotiation open at each landmark",
    "new": "each negotiation once, at the first landmark after its launch",
}

_Line = Mapping[str, Any]
_Cell = Callable[[_Line], str]


def leaderboard_text(board: pd.DataFrame) -> str:
    """Every cell of a leaderboard, one below the other.

    Parameters
    ----------
    board : DataFrame
        As from :func:`~forecast.evaluation.leaderboard.leaderboard`.
    """
    names = board[list(CELL)].drop_duplicates().astype(str)
    parts = [
        _cell(
            name,
            board[(board[list(CELL)] == pd.Series(dict(zip(CELL, name, strict=True)))).all(axis=1)],
        )
        for name in names.itertuples(index=False, name=None)
    ]
    return "\n\n".join(parts) + "\n"


def p_value(value: float) -> str:
    """P-value in two digits, or three where two would show nothing."""
    return "<0.001" if value < 0.001 else f"{value:.{2 if value >= 0.01 else 3}f}"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _cell(name: Sequence[str], rows: pd.DataFrame) -> str:
    mode, half, scope, sample, question = name
    records = (
        dict(zip(rows.columns, line, strict=True))
        for line in rows.itertuples(index=False, name=None)
    )
    values: dict[tuple[str, str], _Line] = {(x["model"], x["measure"]): x for x in records}
    scores = [line for line in values.values() if line["measure"] == "log_score"]
    widest = max(scores, key=lambda line: int(line["rows"]))
    lines = [
        f"{scope}, {half} half, {mode} mode{' (hindsight)' if mode == 'event' else ''}",
        f"{_QUESTIONS[question]},",
        f"{_SAMPLES[sample]}:",
        f"{_counted(widest['rows'], 'forecast')} of {_counted(widest['negotiations'], 'negotiation')}, "
        f"{widest['clusters']} independent (effective number {widest['effective']:.0f})",
    ]
    if all(isnan(line["value"]) for line in scores):
        return "\n".join([*lines, "", "Fewer than 20 forecasts: no figures."])
    order = sorted(scores, key=lambda line: (isnan(line["value"]), line["value"]))
    for title, columns in _TABLES.items():
        lines += ["", title]
        table = {
            str(line["model"]): [
                (_shown(values.get((line["model"], measure)), show), width)
                for _, measure, width, show in columns
            ]
            for line in order
        }
        if all(text == "-" for cells in table.values() for text, _ in cells):
            lines.append("Fewer than 20 forecasts that both have: no figures.")
            continue
        lines.append(_row("", [(head, width) for head, _, width, _ in columns]))
        lines += [
            _row(f"{model}{'*' if model in BASELINES else ''}", cells)
            for model, cells in table.items()
        ]
    return "\n".join([*lines, "", _NOTE])


def _shown(line: _Line | None, show: _Cell) -> str:
    return "-" if line is None else show(line)


def _row(name: str, cells: Sequence[tuple[str, int]]) -> str:
    return (f"{name:<{_NAME}}" + "".join(f"{text:>{width}}" for text, width in cells)).rstrip()


def _number(digits: int) -> _Cell:
    return lambda line: _or_dash(line["value"], f"{line['value']:.{digits}f}")


def _p_value(line: _Line) -> str:
    return _or_dash(line["value"], p_value(line["value"]))


def _share(line: _Line) -> str:
    return _or_dash(line["value"], f"{100 * line['value']:.0f} %")


def _months(line: _Line) -> str:
    return _or_dash(line["value"], "no end" if line["value"] == inf else f"{line['value']:.0f}")


def _share_between(line: _Line) -> str:
    text = f"{100 * line['value']:.0f} % ({100 * line['lower']:.0f} to {100 * line['upper']:.0f})"
    return _or_dash(line["value"], text)


def _between(line: _Line) -> str:
    return _or_dash(
        line["value"], f"{line['value']:+.2f} ({line['lower']:+.2f} to {line['upper']:+.2f})"
    )


def _or_dash(value: float, text: str) -> str:
    return "-" if isnan(value) else text


def _rows(line: _Line) -> str:
    return f"{line['rows']}"


_NOTE = """\
* baseline. n: forecasts, fewer where a model had none for some negotiations;
against a baseline: those that both have. D-calibration takes negotiations as
independent; beside it stands p if near-copies come about together."""


# Title of each table, and its columns: heading, measure, width, and how a figure is written.
_TABLES: Mapping[str, Sequence[tuple[str, str, int, _Cell]]] = {
    "Losses (small is good): log score in nats, twCRPS in months, Brier by horizon": [
        ("n", "log_score", 6, _rows),
        ("log score", "log_score", 11, _number(2)),
        ("twCRPS", "twcrps", 9, _number(1)),
        ("6 months", "brier_6", 10, _number(2)),
        ("12", "brier_12", 6, _number(2)),
        ("24", "brier_24", 6, _number(2)),
        ("36", "brier_36", 6, _number(2)),
    ],
    "Calibration: what the 80 % interval held, its median width in months": [
        ("held (90 % int.)", "coverage", 18, _share_between),
        ("width", "median width", 7, _months),
        ("no end", "unbounded", 8, _share),
        ("D-calib. p", CALIBRATION, 12, _p_value),
        ("together", CALIBRATION_OF_CLUSTERS, 10, _p_value),
    ],
    "Ranking of talks at one landmark: concordance, where 0.5 is chance": [
        (name.removeprefix("concordance ").strip("()"), name, 9, _number(2)) for name in CONCORDANCE
    ],
    **{
        f"Against {base} (90 % intervals); above 0 is better": [
            ("gain in log score, nats", LOG_SKILL + base, 27, _between),
            ("skill in twCRPS, share", TWCRPS_SKILL + base, 27, _between),
        ]
        for base in BASELINES
    },
    "Log score with each negotiation counted once, and gains (90 % intervals)": [
        ("score", "log_score" + ONCE, 6, _number(2)),
        ("over Kaplan-Meier family", LOG_SKILL + "kaplan-meier-family" + ONCE, 25, _between),
        ("over Gott", LOG_SKILL + "lindy" + ONCE, 24, _between),
    ],
}
