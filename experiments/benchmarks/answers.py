"""How long an answer takes, in units of importing the libraries that it stands on.

In turn, several times each: a fresh interpreter that imports the libraries, one that imports the package,
`forecast predict` from a cold start; then, inside this process, refits of the headline models at other
as-of dates and whole forecasts. Writes answers.md, medians and ranges with their ratio to the first line.
"""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import forecast
from experiments.benchmarks.markdown import table
from forecast.analysis.refit import fit_tails
from forecast.keeping import write_text
from forecast.prediction.question import pose

CASE = "jpn-fra-raa"
LIBRARIES = "import numpy, pandas, scipy.stats, sklearn, statsmodels"
DATES = ("2026-03-31", "2025-12-31", "2025-06-30", "2025-03-31", "2024-12-31")

COLD = {
    "Python imports NumPy, pandas, scipy.stats, scikit-learn, statsmodels": ["-c", LIBRARIES],
    "Python imports forecast": ["-c", "import forecast"],
    f"forecast predict {CASE}": ["-m", "forecast", "predict", CASE],
}
WARM: dict[str, Callable[[str], object]] = {
    "view, spells and three fits at another date": lambda day: fit_tails(pose(CASE, day)),
    "a whole forecast at another date": lambda day: forecast.predict(CASE, as_of=day),
}


def main() -> None:
    """Parse the command line, time and write the page."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path, default=Path("reports/benchmarks"))
    parser.add_argument("--rounds", type=int, default=7, help="cold starts of each command")
    asked = parser.parse_args()
    text = page(cold_starts(asked.rounds) | refits())
    write_text(asked.out / "answers.md", text)
    print(text, end="")


def cold_starts(rounds: int) -> dict[str, list[float]]:
    """Seconds of each command in each round, all commands in turn; a round before has cached bytecode."""
    # Without its bytecode a start compiles every module, which an installed command never does again.
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    seconds: dict[str, list[float]] = {name: [] for name in COLD}
    for turn in range(rounds + 1):
        for name, arguments in COLD.items():
            begun = time.perf_counter()
            subprocess.run(
                [sys.executable, *arguments], env=env, check=True, stdout=subprocess.DEVNULL
            )
            if turn:
                seconds[name].append(time.perf_counter() - begun)
    return seconds


def refits() -> dict[str, list[float]]:
    """Seconds of each question inside this process, at each date, after one that is not counted."""
    forecast.predict(CASE)
    seconds: dict[str, list[float]] = {name: [] for name in WARM}
    for day in DATES:
        for name, ask in WARM.items():
            begun = time.perf_counter()
            ask(day)
            seconds[name].append(time.perf_counter() - begun)
    return seconds


def page(seconds: dict[str, list[float]]) -> str:
    """Lay out medians, ranges and ratios to the first line as Markdown."""
    unit = median(next(iter(seconds.values())))
    rows = [
        (
            name,
            f"{median(some):.2f}",
            f"{min(some):.2f} to {max(some):.2f}",
            f"{median(some) / unit:.1f}",
        )
        for name, some in seconds.items()
    ]
    head = ("what", "seconds", "range", "times the first line")
    return (
        "# How long an answer takes\n\n"
        f"{date.today().isoformat()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end, "
        f"Python {platform.python_version()}. Medians: the first three lines of whole processes with "
        "cached bytecode, the others inside one process. A machine's speed scales all of them; the last "
        f"column is left.\n\n{table(head, rows)}\n"
    )


if __name__ == "__main__":
    main()
