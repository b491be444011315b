"""The page and the picture of a comparison with NUTS."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from experiments.benchmarks.bayes_summary import (
    ALLOWED_PROBABILITY,
    ALLOWED_SD,
    ERRORS,
    GOALS,
    LEAST_EFFECTIVE,
    SHARES,
    differences,
    parameters,
    pooled_effective,
    speed,
)
from experiments.benchmarks.markdown import table
from forecast.reporting import save_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def save(out: Path, results: dict[str, Any]) -> None:
    """Write figures, table of parameters, page and picture."""
    (out / "bayes.json").write_text(json.dumps(results) + "\n", encoding="utf-8")
    parameters(results).to_csv(
        out / "bayes.csv", index=False, float_format="%.5g", lineterminator="\n"
    )
    (out / "bayes.md").write_text(page(results), encoding="utf-8")
    save_figure(draw(results), out / "bayes.png")


def page(results: dict[str, Any]) -> str:
    """Lay out all tables as Markdown."""
    parts = [
        "# Nested Laplace and NUTS on the same posterior",
        _conditions(results),
        "## Quantiles: the worst of all parameters\n\n" + _laid_out(_worst(results)),
        "## Probability of concluding, given open at the age of the row\n\n"
        + _laid_out(_probabilities(results)),
        "## Effective draws a second, minimum over parameters\n\n"
        + _LEAST
        + _laid_out(_speeds(results)),
        "## How the samplers did\n\n" + _laid_out(_runs(results)),
    ]
    return "\n\n".join(parts) + "\n"


_LEAST = (
    "Ours are posterior variance over the variance of a mean between scrambles. The least of over a hundred "
    "such figures, each from so many scrambles, is too low by chance: of 120 equal ones from 100 scrambles "
    "it comes out at about 0.7 of each, from 20 at 0.5.\n\n"
)


def _conditions(results: dict[str, Any]) -> str:
    machines = [result["machine"] for result in results.values()]
    loads = [m[key] for m in machines for key in ("load_at_start", "load_at_end")]
    first = next(iter(results.values()))
    return (
        f"{machines[0]['date']}, {machines[0]['processor']}, {machines[0]['cores']} cores of which one "
        f"is used, load {min(loads):g} to {max(loads):g}, Python {machines[0]['python']}, "
        f"{first['nuts']['version']}. A quantile may differ by {ALLOWED_SD:g} posterior standard "
        f"deviations (sd) and {ERRORS:g} Monte Carlo standard errors of both together, a probability by "
        f"{ALLOWED_PROBABILITY:g}. At least {LEAST_EFFECTIVE:,} effective draws of both are wanted, and "
        + " and ".join(f"{goal:g} times NUTS {name}" for name, goal in GOALS.items())
        + "."
    )


def _worst(results: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for name, result in results.items():
        for run in ("pooled", "large", "default"):
            found = differences(result, run)
            worst = found.iloc[int(found["share"].argmax())]
            rows.append(
                {
                    "data": name,
                    "ours": run,
                    "parameter": worst["parameter"],
                    "quantile": worst["quantile"],
                    "apart, sd": f"{worst['difference']:+.3f}",
                    "allowed": f"{worst['allowed']:.3f}",
                    "beyond": f"{(found['share'] > 1).sum()} of {len(found)}",
                    "largest apart": f"{found['difference'].abs().max():.3f}",
                }
            )
    return pd.DataFrame(rows)


def _probabilities(results: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for name, result in results.items():
        ours, nuts = result["ours"], result["nuts"]
        for k, horizon in enumerate(result["horizons"]):
            reference = nuts["case_mean"][k]
            rows.append(
                {
                    "data": name,
                    "within": f"{horizon:g} months",
                    "NUTS": f"{reference:.4f}",
                    "pooled": f"{ours['probabilities'][k]:.4f}",
                    "large": f"{ours['large']['probabilities'][k]:.4f}",
                    "default": f"{ours['default_probabilities'][k]:.4f}",
                    "pooled apart": f"{ours['probabilities'][k] - reference:+.4f}",
                }
            )
    return pd.DataFrame(rows)


def _speeds(results: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for name, result in results.items():
        found = speed(result)
        rows.append(
            {
                "data": name,
                "ours": f"{found['ours']:,.0f}",
                "NUTS with compiling": f"{found['NUTS with compiling']:.1f}",
                "without": f"{found['NUTS without compiling']:.1f}",
                "times, with": f"{found['with compiling']:.0f}",
                "times, without": f"{found['without compiling']:.0f}",
                "times, CPU": f"{found['CPU time']:.0f}",
                "goals": "yes" if all(found[k] >= goal for k, goal in GOALS.items()) else "no",
            }
        )
    return pd.DataFrame(rows)


def _runs(results: dict[str, Any]) -> pd.DataFrame:
    rows = []
    for name, result in results.items():
        ours, nuts = result["ours"], result["nuts"]
        rows.append(
            {
                "data": name,
                "parameters": str(len(result["parameters"])),
                "NUTS draws": f"{nuts['chains']} x {nuts['draws']:,}",
                "seconds": f"{nuts['seconds']:.0f}",
                "compiling": f"{nuts['compile_seconds']:.0f}",
                "divergences": f"{nuts['divergences']:.0f}",
                "R-hat": f"{max(nuts['rhat']):.4f}",
                "least bulk": f"{min(nuts['bulk']):,.0f}",
                "ours, seconds": f"{ours['seconds']:.2f}",
                "least effective": f"{min(ours['effective']):,.0f}",
                "pooled": f"{pooled_effective(result).min():,.0f}",
            }
        )
    return pd.DataFrame(rows)


def _laid_out(frame: pd.DataFrame) -> str:
    return table(list(frame.columns), frame.to_numpy().tolist())


def draw(results: dict[str, Any]) -> Figure:
    """Ratios as bars; quantile differences as points, one row a data set."""
    import matplotlib as mpl

    from forecast.drawing import STYLE, new_figure

    with mpl.rc_context(STYLE):
        figure = new_figure(520.0, 70.0 + 34.0 * len(results), dpi=200)
        left, right = figure.subplots(1, 2, sharey=True, width_ratios=(1.0, 1.25))
        draw_ratios(left, results)
        draw_differences(right, results)
        left.set_yticks(range(len(results)), list(results))
        left.invert_yaxis()
        figure.tight_layout(w_pad=2.0)
    return figure


def draw_ratios(ax: Axes, results: dict[str, Any]) -> None:
    """Bars on a log scale, with the goals as ticks on them."""
    from forecast.drawing.style import ANSWER, ANSWER_LIGHT, INK

    for offset, (kind, goal), colour in zip(
        (-0.19, 0.19), GOALS.items(), (ANSWER, ANSWER_LIGHT), strict=True
    ):
        ratios = [speed(result)[kind] for result in results.values()]
        places = np.arange(len(ratios)) + offset
        ax.barh(places, ratios, height=0.34, color=colour, label=kind)
        ax.vlines(
            np.full(len(places), goal), places - 0.17, places + 0.17, color=INK, linewidth=1.2
        )
        for place, ratio in zip(places, ratios, strict=True):
            ax.annotate(
                f"{ratio:,.0f}", (ratio, place), (3, 0), textcoords="offset points", va="center"
            )
    ax.set_xscale("log")
    ax.set_xlim(1.0, ax.get_xlim()[1] * 2.0)
    ax.minorticks_off()
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlabel("effective draws a second, times those of NUTS\n(black tick: goal)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False)


def draw_differences(ax: Axes, results: dict[str, Any]) -> None:
    """Every quantile's difference, shifted by which quantile it is."""
    from forecast.drawing.style import ANSWER, MEMBERS, MUTED, PROMISE

    for offset, share, colour in zip(
        (-0.24, 0.0, 0.24), SHARES, (PROMISE, ANSWER, MEMBERS[0]), strict=True
    ):
        for k, result in enumerate(results.values()):
            found = differences(result)
            apart = found.loc[found["quantile"] == share, "difference"]
            ax.plot(
                apart,
                np.full(len(apart), k + offset),
                "|",
                color=colour,
                markersize=7.0,
                markeredgewidth=0.6,
                label=f"{share} quantile" if k == 0 else None,
            )
    ax.locator_params(axis="x", nbins=6)
    for edge in (-ALLOWED_SD, ALLOWED_SD):
        ax.axvline(edge, color=MUTED, linewidth=0.7, linestyle=(0, (4, 2)))
    ax.set_xlabel(
        f"ours minus NUTS, posterior standard deviations\n(dashed: {ALLOWED_SD:g}; "
        "Monte Carlo error comes on top)"
    )
    ax.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, frameon=False)
