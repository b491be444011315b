"""The first full answer for the Japan-France RAA, on the day of the launch and as of the vintage.

For both dates and both account sets: the answer, its members and the baselines in one table, and a report.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

import forecast
from forecast.drawing import STYLE, new_figure
from forecast.prediction import long_date
from forecast.reporting import save_figure, write_report, write_run

CASE = "jpn-fra-raa"
LAUNCH = "2024-05-02"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("reports/japan-france"))
    out = parser.parse_args().out
    archive = forecast.load_archive()
    answers = {
        (str(as_of), accounts): forecast.predict(CASE, as_of, accounts=accounts, archive=archive)
        for as_of in (LAUNCH, archive.vintage)
        for accounts in ("documented", "press")
    }
    table = pd.DataFrame([row for answer in answers.values() for row in rows(answer)])
    out.mkdir(parents=True, exist_ok=True)
    table.to_csv(out / "answers.csv", index=False, float_format="%.3f", lineterminator="\n")
    save_figure(draw(answers), out / "answers.png")
    for (as_of, accounts), answer in answers.items():
        if accounts == "documented":
            write_report(answer, out / as_of)
    write_run(out, archive, {"case": CASE, "as_of": [LAUNCH, str(archive.vintage)]})
    for (as_of, accounts), answer in answers.items():
        print(f"As of {as_of}, {accounts} durations: {answer.sentence()}")
        print(
            f"  median {answer.quantile(0.5)}, 80 % interval {' to '.join(map(str, answer.interval()))}"
        )


def rows(answer: forecast.Forecast) -> list[dict[str, object]]:
    """One row for the answer and each model: quantile dates and the probability by the headline day."""
    outlooks = (answer.outlook, *answer.members, *answer.baselines)
    return [
        {
            "as_of": answer.as_of,
            "accounts": answer.accounts,
            "model": outlook.name,
            "note": outlook.note,
            **(
                {
                    "unseen": outlook.unseen,
                    "q10": answer.quantile(0.1, outlook),
                    "median": answer.quantile(0.5, outlook),
                    "q90": answer.quantile(0.9, outlook),
                    "headline_day": answer.headline_day,
                    "probability": answer.probability_by(answer.headline_day, outlook),
                }
                if outlook.identified
                else {}
            ),
        }
        for outlook in outlooks
    ]


@mpl.rc_context(STYLE)
def draw(answers: dict[tuple[str, str], forecast.Forecast]) -> Figure:
    """Both dates side by side, the documented durations."""
    chosen = [answer for (_, accounts), answer in answers.items() if accounts == "documented"]
    width = 470.0 * len(chosen)
    figure = new_figure(width, 290.0, dpi=144.0)
    for place, answer in enumerate(chosen):
        ax = figure.add_axes(((470.0 * place + 30.0) / width, 0.13, 308.0 / width, 0.77))
        answer.plot(ax=ax)
        # Below the names of the years, which are no tick labels.
        ax.set_xlabel(f"as known on {long_date(answer.as_of)}", labelpad=15.0)
    return figure


if __name__ == "__main__":
    main()
