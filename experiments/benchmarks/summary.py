"""What the cells of a run say, as tables of one page."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from experiments.benchmarks.adapters import Figures
from experiments.benchmarks.judging import OURS
from experiments.benchmarks.markdown import table
from experiments.benchmarks.picture import COLOURS, draw
from experiments.benchmarks.problems import PROBLEMS

# How many times our time a library should take, at least, in one run.
GOALS = (
    ("aft-weibull", 100_000, "lifelines", 6.0),
    ("aft-weibull", 100_000, "SurPyval", 6.0),
    ("aft-weibull", 100_000, "R survival", 3.0),
    ("aft-lognormal", 100_000, "lifelines", 6.0),
    ("aft-lognormal", 100_000, "SurPyval", 6.0),
    ("aft-lognormal", 100_000, "R survival", 3.0),
    ("leave-one-out", 150, "lifelines", 200.0),
    ("leave-one-out", 150, "R survival", 3.0),
    ("interval", 10_000, "lifelines", 15.0),
    ("interval", 10_000, "R survival", 3.0),
    ("cox", 100_000, "lifelines", 15.0),
    ("cox", 100_000, "R survival", 1.0),
)


def line(cell: Figures) -> str:
    """One line on a cell while the run goes on."""
    seconds = f"{cell['seconds']:.4g} s" if "seconds" in cell else "-"
    memory = f"{cell.get('peak_bytes', 0) / 2**20:.0f} MiB"
    note = cell.get("note", "")
    head = f"{cell['problem']:>18} n={cell['n']:<8} {cell['library']:<16}"
    return f"{head} {seconds:>12} {memory:>10}  {cell['status']} {note}".rstrip()


def tables(result: dict[str, Any]) -> str:
    """Lay out times, ratios, memory and shares as one page of Markdown."""
    cells = result["cells"]
    names = [name for name in COLOURS if any(c["library"] == name for c in cells)]
    parts = [
        "# Survival core and peers",
        _conditions(result),
        "## Seconds a fit, and in brackets how many times ours\n\n" + _times(cells, names),
        "## Peak memory of the process at the largest size, MiB\n\n" + _memory(cells, names),
    ]
    for title, text in (
        ("Goals", _goals(cells)),
        ("How our time grows between the two largest sizes", _growth(cells)),
        ("Generalised gamma: fits that converged", _gamma(cells)),
        ("Small data sets: what is said of fits without a maximum", _small(cells)),
        ("Largest difference of the estimates from ours", _differences(cells, names)),
        ("Cut, failed or skipped", _troubles(cells)),
    ):
        if text:
            parts.append(f"## {title}\n\n{text}")
    return "\n\n".join(parts) + "\n"


def _conditions(result: dict[str, Any]) -> str:
    machine = result["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in result["versions"].items())
    notes = "".join(f"\n{note}" for note in result["notes"])
    return (
        f"{machine['date']}, {machine['processor']}, {machine['cores']} cores of which one is "
        f"used, "
        f"load {machine['load_at_end']} at the end, Python {machine['python']}; {versions}. "
        f"Medians of five after a warm-up; a fit that takes over {result['limit_seconds']:g} s is "
        f"cut.{notes}"
    )


def _times(cells: list[Figures], names: list[str]) -> str:
    rows = []
    for problem, n in _cases(cells):
        here = {c["library"]: c for c in cells if (c["problem"], c["n"]) == (problem, n)}
        ours = here.get(OURS, {}).get("seconds")
        rows.append(
            [PROBLEMS[problem].title, f"{n:,}", *(_time(here.get(name), ours) for name in names)]
        )
    return table(["", "n", *names], rows)


def _time(cell: Figures | None, ours: float | None) -> str:
    if cell is None:
        return ""
    if cell["status"] == "cut":
        return "cut"
    if "seconds" not in cell:
        return str(cell["status"])
    text: str = f"{cell['seconds']:.3g}"
    if cell["library"] != OURS and ours:
        text += f" ({cell['seconds'] / ours:.3g})"
    return text


def _goals(cells: list[Figures]) -> str:
    times = {(c["problem"], c["n"], c["library"]): c.get("seconds") for c in cells}
    rows = []
    for problem, n, library, goal in GOALS:
        ours, theirs = times.get((problem, n, OURS)), times.get((problem, n, library))
        if ours and theirs:
            ratio = theirs / ours
            reached = "yes" if ratio >= goal else "no"
            title = PROBLEMS[problem].title
            rows.append([title, f"{n:,}", library, f"{goal:g}", f"{ratio:.3g}", reached])
    return table(["", "n", "library", "at least", "times ours", "reached"], rows)


def _growth(cells: list[Figures]) -> str:
    """Exponents b of time ~ n^b: 1 is linear."""
    rows = []
    for problem in dict.fromkeys(c["problem"] for c in cells):
        ours = [
            (c["n"], c["seconds"])
            for c in cells
            if (c["problem"], c["library"]) == (problem, OURS) and c.get("seconds")
        ]
        if len(ours) > 1:
            (n, before), (more, after) = ours[-2:]
            exponent = math.log(after / before) / math.log(more / n)
            rows.append([PROBLEMS[problem].title, f"{n:,} to {more:,}", f"n^{exponent:.2f}"])
    return table(["", "n", "time"], rows)


def _memory(cells: list[Figures], names: list[str]) -> str:
    rows = []
    largest = {
        problem: max(n for p, n in _cases(cells) if p == problem) for problem, _ in _cases(cells)
    }
    for problem, n in largest.items():
        here = {c["library"]: c for c in cells if (c["problem"], c["n"]) == (problem, n)}
        peaks = [here.get(name, {}).get("peak_bytes") for name in names]
        shown = [f"{peak / 2**20:.0f}" if peak else "" for peak in peaks]
        rows.append([PROBLEMS[problem].title, f"{n:,}", *shown])
    return table(["", "n", *names], rows)


def _gamma(cells: list[Figures]) -> str:
    rows = [
        [
            f"{c['n']:,}",
            c["library"],
            f"{c['converged']} of {c['fits']}",
            str(c["converged_where_ours_finds_no_maximum"]),
            str(c["errors"]),
        ]
        for c in cells
        if "converged" in c
    ]
    head = ["n", "library", "converged", "of these without a maximum by ours", "errors raised"]
    return table(head, rows)


def _small(cells: list[Figures]) -> str:
    rows = [
        [
            c["library"],
            str(c["fits"]),
            f"{c['separated_said']} of {c['separated']}",
            f"{c['others_said']} of {c['fits'] - c['separated']}",
            f"{c['wide_unsaid']} of {c['wide']}",
        ]
        for c in cells
        if "separated_said" in c
    ]
    head = ["library", "fits", "no maximum: said", "others: said", "standard error over 10: unsaid"]
    return table(head, rows)


def _differences(cells: list[Figures], names: list[str]) -> str:
    peers = [name for name in names if name != OURS]
    rows = []
    for problem, n in _cases(cells):
        here = {c["library"]: c for c in cells if (c["problem"], c["n"]) == (problem, n)}
        shown = [here.get(name, {}).get("difference") for name in peers]
        if any(value is not None for value in shown):
            texts = ["" if value is None else f"{value:.1g}" for value in shown]
            rows.append([PROBLEMS[problem].title, f"{n:,}", *texts])
    return table(["", "n", *peers], rows)


def _troubles(cells: list[Figures]) -> str:
    return "\n".join(
        f"- {PROBLEMS[c['problem']].title}, n = {c['n']:,}, {c['library']}: {c['status']}"
        + (f", {c['note']}" if "note" in c else "")
        for c in cells
        if c["status"] != "done"
    )


def _cases(cells: Iterable[Figures]) -> list[tuple[str, int]]:
    return list(dict.fromkeys((c["problem"], c["n"]) for c in cells))


def save(out: Path, result: dict[str, Any], page: str) -> None:
    """Write the figures, the page and the picture."""
    from forecast.drawing import svg_bytes

    out.mkdir(parents=True, exist_ok=True)
    (out / "survival.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (out / "survival.md").write_text(page, encoding="utf-8")
    (out / "survival.svg").write_bytes(svg_bytes(draw(result["cells"])))
