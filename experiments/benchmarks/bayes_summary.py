"""What a comparison with NUTS says: differences against what is allowed, ratios, tables, the picture."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from forecast.reporting import save_figure
from forecast.survival.arrays import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ALLOWED_SD, ERRORS, ALLOWED_PROBABILITY = 0.05, 3.0, 0.01
"""Posterior standard deviations, and Monte Carlo standard errors on top, that a quantile may differ by."""

LEAST_EFFECTIVE = 10_000
GOALS = {"with compiling": 30.0, "without compiling": 10.0}
SHARES = ("5 %", "50 %", "95 %")


def differences(result: dict[str, Any], run: str = "pooled") -> pd.DataFrame:
    """Compare quantiles with those of NUTS, one row a parameter and quantile.

    Parameters
    ----------
    result : dict
        One data set.
    run : {'pooled', 'default', 'large'}
        Mean over the scrambles; one run; one run at the larger cost, whose error is taken to be that of
        one run over the root of how many more nodes it has.

    Returns
    -------
    DataFrame
        ``difference`` and ``allowed`` in posterior standard deviations, ``share`` of what is allowed.
    """
    ours, nuts = result["ours"], result["nuts"]
    more_nodes = ours["large"]["nodes"] / float(np.mean(ours["nodes"]))
    values, shrunk = {
        "pooled": (ours["quantiles"], sqrt(ours["scrambles"])),
        "default": (ours["default_quantiles"], 1.0),
        "large": (ours["large"]["quantiles"], sqrt(more_nodes)),
    }[run]
    sd = np.array(nuts["sd"])[:, np.newaxis]
    error = np.hypot(np.array(ours["quantile_errors"]) / shrunk, nuts["quantile_errors"]) / sd
    apart = (np.array(values) - np.array(nuts["quantiles"])) / sd
    frame = pd.DataFrame(
        {
            "parameter": np.repeat(result["parameters"], len(SHARES)),
            "quantile": np.tile(SHARES, len(apart)),
            "ours": np.ravel(values),
            "nuts": np.ravel(nuts["quantiles"]),
            "difference": apart.ravel(),
            "allowed": (ALLOWED_SD + ERRORS * error).ravel(),
        }
    )
    return frame.assign(share=frame["difference"].abs() / frame["allowed"])


def speed(result: dict[str, Any]) -> dict[str, float]:
    """Effective draws a second, minimum over parameters, and how many times NUTS's ours is."""
    ours, nuts = result["ours"], result["nuts"]
    least, bulk = min(ours["effective"]), min(nuts["bulk"])
    mine = least / ours["seconds"]
    with_compiling = bulk / nuts["seconds"]
    without = bulk / (nuts["seconds"] - nuts["compile_seconds"])
    return {
        "ours": mine,
        "NUTS with compiling": with_compiling,
        "NUTS without compiling": without,
        "with compiling": mine / with_compiling,
        "without compiling": mine / without,
        "CPU time": least / ours["cpu_seconds"] / (bulk / nuts["cpu_seconds"]),
    }


def line(name: str, result: dict[str, Any]) -> str:
    """One line on a data set while the run goes on."""
    worst = differences(result)["share"].max()
    ratio = speed(result)["with compiling"]
    return f"{name}: worst quantile {worst:.2f} of what is allowed, {ratio:.0f} times NUTS"


def save(out: Path, results: dict[str, Any]) -> None:
    """Write figures, table of parameters, page and picture."""
    (out / "bayes.json").write_text(json.dumps(results) + "\n", encoding="utf-8")
    parameters(results).to_csv(
        out / "bayes.csv", index=False, float_format="%.5g", lineterminator="\n"
    )
    (out / "bayes.md").write_text(page(results), encoding="utf-8")
    save_figure(draw(results), out / "bayes.png")


def parameters(results: dict[str, Any]) -> pd.DataFrame:
    """Every quantile of every data set."""
    frames = []
    for name, result in results.items():
        frame = differences(result)
        every = len(SHARES)
        frame["effective_ours"] = np.repeat(_pooled_effective(result), every)
        frame["effective_nuts"] = np.repeat(result["nuts"]["bulk"], every)
        frame.insert(0, "data", name)
        frames.append(frame)
    return pd.concat(frames)


def _pooled_effective(result: dict[str, Any]) -> FloatArray:
    each: FloatArray = np.array(result["ours"]["effective"], dtype=np.float64)
    return each * float(result["ours"]["scrambles"])


def page(results: dict[str, Any]) -> str:
    """Lay out all tables as Markdown."""
    parts = [
        "# Nested Laplace and NUTS on the same posterior",
        _conditions(results),
        "## Quantiles: the worst of all parameters\n\n" + _table(_worst(results)),
        "## Probability of concluding, given open at the age of the row\n\n"
        + _table(_probabilities(results)),
        "## Effective draws a second, minimum over parameters\n\n" + _table(_speeds(results)),
        "## How the samplers did\n\n" + _table(_runs(results)),
    ]
    return "\n\n".join(parts) + "\n"


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
            table = differences(result, run)
            worst = table.iloc[int(table["share"].argmax())]
            rows.append(
                {
                    "data": name,
                    "ours": run,
                    "parameter": worst["parameter"],
                    "quantile": worst["quantile"],
                    "apart, sd": f"{worst['difference']:+.3f}",
                    "allowed": f"{worst['allowed']:.3f}",
                    "beyond": f"{(table['share'] > 1).sum()} of {len(table)}",
                    "largest apart": f"{table['difference'].abs().max():.3f}",
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
                "pooled": f"{_pooled_effective(result).min():,.0f}",
            }
        )
    return pd.DataFrame(rows)


def _table(frame: pd.DataFrame) -> str:
    rows = [list(frame.columns), *frame.to_numpy().tolist()]
    widths = [max(3, *(len(row[k]) for row in rows)) for k in range(len(frame.columns))]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


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
            table = differences(result)
            apart = table.loc[table["quantile"] == share, "difference"]
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
