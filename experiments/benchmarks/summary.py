"""What the cells of a run say: convergence judged, ratios, tables and the figure."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from experiments.benchmarks.adapters import Figures
from experiments.benchmarks.problems import PROBLEMS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OURS = "forecast"
COLOURS = {
    OURS: "#0b4a82",
    "forecast models": "#5f97c9",
    "lifelines": "#b8480a",
    "SurPyval": "#117733",
    "scikit-survival": "#93328e",
    "statsmodels": "#8a6d00",
    "R survival": "#1d2733",
}
MARKERS = {
    OURS: "o",
    "forecast models": "o",
    "lifelines": "s",
    "SurPyval": "^",
    "scikit-survival": "D",
    "statsmodels": "v",
    "R survival": "P",
}

# A fit of the generalised gamma counts as converged when it is within this of the best of all
# libraries, no lower than log-normal and Weibull, and its standard errors are finite.
_LOGLIK_TOLERANCE = 1e-3
_GRADIENT_PER_ROW = 1e-6
_LARGE_ERROR = 10.0

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


def judge(cells: list[Figures]) -> list[Figures]:
    """Replace the many sets of a cell by counts, and compare estimates with ours."""
    ours = {(c["problem"], c["n"]): c for c in cells if c["library"] == OURS}
    judged = []
    for cell in cells:
        reference = ours.get((cell["problem"], cell["n"]), {})
        others = [c for c in cells if (c["problem"], c["n"]) == (cell["problem"], cell["n"])]
        more: Figures = {}
        if cell["problem"] == "generalised-gamma":
            more = _converged(cell, reference, others)
        elif cell["problem"] == "small-sets":
            more = _flagged(cell, others)
        elif cell is not reference:
            more = _difference(cell, reference)
        keep = {k: v for k, v in cell.items() if k not in ("sets", "separated")}
        judged.append(keep | more)
    return judged


def _converged(cell: Figures, ours: Figures, others: list[Figures]) -> Figures:
    fits = cell.get("sets", [])
    floors = [one.get("floor") for one in ours.get("sets", [])]
    no_maximum = ["error" in one for one in ours.get("sets", [])]
    good = doubtful = 0
    for k, fit in enumerate(fits):
        if not _is_regular(fit, cell["n"]):
            continue
        known = [c["sets"][k].get("loglik") for c in others if len(c.get("sets", [])) > k]
        best = [value for value in [*known, *floors[k : k + 1]] if value is not None]
        if fit["loglik"] >= max(best) - _LOGLIK_TOLERANCE:
            good += 1
            doubtful += any(no_maximum[k : k + 1])
    return {
        "fits": len(fits),
        "converged": good,
        "converged_where_ours_finds_no_maximum": doubtful,
        "errors": sum("error" in fit for fit in fits),
        "messages": _messages(fits),
    }


def _is_regular(fit: Figures, n: int) -> bool:
    if "error" in fit or fit.get("loglik") is None:
        return False
    gradient = fit.get("gradient_norm", 0.0)
    if gradient is None or gradient > _GRADIENT_PER_ROW * n:
        return False
    return None not in fit.get("standard_errors", [])


def _flagged(cell: Figures, others: list[Figures]) -> Figures:
    fits = cell.get("sets", [])
    separated: list[bool] = next((c["separated"] for c in others if "separated" in c), [])
    said = [bool(fit.get("error") or fit.get("warnings") or fit.get("said")) for fit in fits]
    pairs = list(zip(said, separated, strict=False))
    wide = [_largest_error(fit) > _LARGE_ERROR for fit in fits]
    return {
        "fits": len(fits),
        "separated": sum(separated),
        "separated_said": sum(s for s, truth in pairs if truth),
        "others_said": sum(s for s, truth in pairs if not truth),
        "wide": sum(wide),
        "wide_unsaid": sum(w and not s for w, s in zip(wide, said, strict=True)),
        "messages": _messages(fits),
    }


def _messages(fits: list[Figures]) -> list[str]:
    """Pick a few of the different things that were said, one an opening."""
    texts = [
        text
        for fit in fits
        for text in [fit.get("error"), *fit.get("warnings", []), *fit.get("said", [])]
        if text
    ]
    by_opening = {" ".join(text.split())[:40]: " ".join(text.split())[:160] for text in texts}
    return list(by_opening.values())[:5]


def _largest_error(fit: Figures) -> float:
    errors = fit.get("standard_errors", [])
    return float("inf") if None in errors else max(errors, default=0.0)


def _difference(cell: Figures, ours: Figures) -> Figures:
    """Largest difference of the estimates from ours, relative where they exceed 1."""
    mine = ours.get("figures", {}).get("estimates", [])
    theirs = cell.get("figures", {}).get("estimates", [])
    if not mine or len(mine) != len(theirs) or None in [*mine, *theirs]:
        return {}
    apart = max(abs(a - b) / max(1.0, abs(a)) for a, b in zip(mine, theirs, strict=True))
    return {"difference": float(f"{apart:.2g}")}


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
    for title, table in (
        ("Goals", _goals(cells)),
        ("How our time grows between the two largest sizes", _growth(cells)),
        ("Generalised gamma: fits that converged", _gamma(cells)),
        ("Small data sets: what is said of fits without a maximum", _small(cells)),
        ("Largest difference of the estimates from ours", _differences(cells, names)),
        ("Cut, failed or skipped", _troubles(cells)),
    ):
        if table:
            parts.append(f"## {title}\n\n{table}")
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
    return _table(["", "n", *names], rows)


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
    return _table(["", "n", "library", "at least", "times ours", "reached"], rows)


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
    return _table(["", "n", "time"], rows)


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
    return _table(["", "n", *names], rows)


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
    return _table(head, rows)


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
    return _table(head, rows)


def _differences(cells: list[Figures], names: list[str]) -> str:
    peers = [name for name in names if name != OURS]
    rows = []
    for problem, n in _cases(cells):
        here = {c["library"]: c for c in cells if (c["problem"], c["n"]) == (problem, n)}
        shown = [here.get(name, {}).get("difference") for name in peers]
        if any(value is not None for value in shown):
            texts = ["" if value is None else f"{value:.1g}" for value in shown]
            rows.append([PROBLEMS[problem].title, f"{n:,}", *texts])
    return _table(["", "n", *peers], rows)


def _troubles(cells: list[Figures]) -> str:
    return "\n".join(
        f"- {PROBLEMS[c['problem']].title}, n = {c['n']:,}, {c['library']}: {c['status']}"
        + (f", {c['note']}" if "note" in c else "")
        for c in cells
        if c["status"] != "done"
    )


def _cases(cells: Iterable[Figures]) -> list[tuple[str, int]]:
    return list(dict.fromkeys((c["problem"], c["n"]) for c in cells))


def _table(head: list[str], rows: list[list[str]]) -> str:
    if not rows:
        return ""
    widths = [max(3, *(len(row[k]) for row in [head, *rows])) for k in range(len(head))]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in [head, rule, *rows]
    )


def save(out: Path, result: dict[str, Any], page: str) -> None:
    """Write the figures, the page and the picture."""
    from forecast.drawing import svg_bytes

    out.mkdir(parents=True, exist_ok=True)
    (out / "survival.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    (out / "survival.md").write_text(page, encoding="utf-8")
    (out / "survival.svg").write_bytes(svg_bytes(draw(result["cells"])))


def draw(cells: list[Figures]) -> Any:
    """Draw time against size, one panel a problem."""
    import matplotlib as mpl

    from forecast.drawing import STYLE, new_figure

    problems = list(dict.fromkeys(c["problem"] for c in cells))
    columns = min(3, len(problems))
    rows = -(-len(problems) // columns)
    with mpl.rc_context(STYLE):
        figure = new_figure(240.0 * columns, 190.0 * rows + 30.0)
        axes = figure.subplots(rows, columns, squeeze=False)
        for ax, problem in zip(axes.flat, problems, strict=False):
            panel(ax, problem, [c for c in cells if c["problem"] == problem])
        for ax in axes.flat[len(problems) :]:
            ax.set_axis_off()
        handles = {
            label: handle
            for ax in axes.flat
            for handle, label in zip(*ax.get_legend_handles_labels(), strict=True)
        }
        order = [name for name in COLOURS if name in handles]
        figure.legend(
            [handles[k] for k in order], order, loc="upper center", ncols=len(order), frameon=False
        )
        figure.tight_layout(rect=(0, 0, 1, 1 - 24.0 / (190.0 * rows + 30.0)))
    return figure


def panel(ax: Axes, problem: str, cells: list[Figures]) -> None:
    """Draw seconds against rows, both on log scales, one line a library."""
    for name, colour in COLOURS.items():
        mine = [
            c for c in cells if c["library"] == name and "seconds" in c and c["status"] == "done"
        ]
        if mine:
            ax.plot(
                [c["n"] for c in mine],
                [c["seconds"] for c in mine],
                color=colour,
                marker=MARKERS[name],
                markersize=4.0,
                linewidth=1.8 if name == OURS else 1.0,
                label=name,
                zorder=3 if name == OURS else 2,
            )
    sizes = PROBLEMS[problem].sizes
    times = [c["seconds"] for c in cells if c.get("seconds") and c["status"] == "done"]
    decades = range(math.floor(math.log10(min(times, default=1.0))), 3)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.minorticks_off()
    ax.set_xticks(sizes, [f"{n:,}" for n in sizes])
    ax.set_yticks([10.0**k for k in decades], [f"{10.0**k:g}" for k in decades])
    ax.set_xlim(min(sizes) / 2, max(sizes) * 2)
    ax.set_ylim(10.0 ** decades[0], max(times, default=1.0) * 2)
    ax.grid(visible=True)
    ax.set_title(PROBLEMS[problem].title, fontsize=8.5, loc="left")
    ax.set_xlabel("rows")
    ax.set_ylabel("seconds")
