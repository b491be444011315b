"""What counts as a good fit: convergence, warnings and estimates of the cells of a run, beside ours."""

from __future__ import annotations

from experiments.benchmarks.adapters import Figures

OURS = "forecast"

# A fit of the generalised gamma counts as converged when it is within this of the best of all
# libraries, no lower than log-normal and Weibull, and its standard errors are finite.
_LOGLIK_TOLERANCE = 1e-3
_GRADIENT_PER_ROW = 1e-6
_LARGE_ERROR = 10.0


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
