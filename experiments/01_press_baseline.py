"""The question as the press put it in May 2024, answered with what the press gave.

Two past agreements (Australia, about two years; the United Kingdom, about one), the partner's type and the
exercises before the launch: how long will the Japan-France talks take? Two cases cannot determine a
regression, so each model is shown twice: without priors, where it says what it cannot tell, and under
priors that are stated. Beside them stands what officials said on the day: about a year.
"""

from __future__ import annotations

import argparse
from datetime import date
from math import log
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

import forecast
from forecast.errors import NotIdentifiedError
from forecast.models import BASELINES, MEMBERS, MODELS, AFTModel, DurationModel, create
from forecast.reporting import save_figure, write_run

LAUNCH = date(2024, 5, 2)
PAST = ["jpn-aus-raa", "jpn-gbr-raa"]
TARGET = ["jpn-fra-raa"]
COVARIATES = ["partner_type", "prior_exercises"]
OFFICIALS_MONTHS = 12
QUANTILES = [0.1, 0.25, 0.5, 0.75, 0.9]

# A typical defence agreement takes two years, give or take a factor of two; the spread of the logs is
# about 0.75. A Weibull's intercept is the log of its 63 % point, 0.37 scales above the median.
PRIORS = {
    "lognormal": {"Intercept": (log(24), 0.6), "log(scale)": (log(0.75), 0.3)},
    "weibull": {"Intercept": (log(24) + 0.37 / 1.3, 0.6), "log(scale)": (-log(1.3), 0.35)},
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("reports/press-baseline"))
    out = parser.parse_args().out
    archive = forecast.load_archive().as_of(LAUNCH)
    spells = forecast.spells(archive, accounts="press", families=["raa"])
    past = spells.X.index.isin(PAST)
    X, y, target = spells.X.loc[past], spells.y[past], spells.X.loc[TARGET]

    rows = []
    # One family only: its own Kaplan-Meier curve is the Kaplan-Meier curve of all.
    for entry in (MODELS[name] for name in (*MEMBERS, *BASELINES) if name != "kaplan-meier-family"):
        rows.append(estimate(f"{entry.label}, no prior", create(entry.name), X, y, target))
        if entry.name.endswith("-aft"):
            family = entry.name.removesuffix("-aft")
            model = AFTModel(family, COVARIATES, priors=PRIORS[family])
            rows.append(estimate(f"{entry.label}, stated priors", model, X, y, target))
    table = pd.DataFrame(rows).set_index("model")

    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "estimates.csv", float_format="%.1f", lineterminator="\n")
    save_figure(draw(table), out / "estimates.png")
    write_run(out, archive, {"accounts": "press", "past": PAST, "covariates": COVARIATES})
    print(
        "Past, as the press counted:",
        ", ".join(f"{k} {v:g} months" for k, v in zip(PAST, y["lower"], strict=True)),
    )
    print(table.drop(columns="note").dropna().to_string(float_format="%.0f"))
    for name, note in table["note"].items():
        if note:
            print(f"{name}: {note}")
    print(f"Officials, {LAUNCH}: about {OFFICIALS_MONTHS} months.")


def estimate(
    label: str, model: DurationModel, X: pd.DataFrame, y: np.ndarray[Any, Any], target: pd.DataFrame
) -> dict[str, object]:
    """One row of the table: quantiles in months since the launch, or why there are none."""
    try:
        curve = model.fit(X, y).predict_survival(target)
    except NotIdentifiedError as error:
        return {"model": label, "note": str(error)}
    months = curve.quantile(QUANTILES)[0]
    beyond = months.max() > curve.follow_up
    note = f"beyond {curve.follow_up:.0f} months it extrapolates" if beyond else ""
    return {
        "model": label,
        **{f"{q:.0%}": m for q, m in zip(QUANTILES, months, strict=True)},
        "note": note,
    }


def draw(table: pd.DataFrame) -> Figure:
    """Median and 80 % interval of each model beside the officials' figure."""
    told = table.dropna(subset="50%").iloc[::-1]
    figure = Figure(figsize=(9, 4.2), layout="constrained")
    ax = figure.subplots()
    ax.hlines(told.index, told["10%"], told["90%"], color="#9db4c0", linewidth=5)
    ax.plot(told["50%"], told.index, "o", color="#1f4e79", label="median and 80 % interval")
    ax.axvline(OFFICIALS_MONTHS, color="#c8553d", label="officials: about a year")
    ax.set_xlabel("months from the launch on 2 May 2024 to signature")
    ax.set_xlim(0, 120)
    ax.set_title("Japan-France RAA from two past cases: mostly prior", loc="left")
    ax.legend(frameon=False, loc="upper right")
    ax.spines[["top", "right"]].set_visible(False)
    return figure


if __name__ == "__main__":
    main()
