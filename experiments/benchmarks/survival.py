"""Time the survival core beside its peers: the same data, one process a library, one run.

Medians of five fits after a warm-up, each the full public call with standard errors, on one thread.
Writes survival.json, survival.md (tables) and survival.svg, and prints the tables. Libraries that
are missing are left out with a note; `make peers` installs those of Python.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from experiments.benchmarks import summary
from experiments.benchmarks.adapters import Figures
from experiments.benchmarks.judging import OURS, judge
from experiments.benchmarks.problems import PROBLEMS

R_SCRIPT = Path(__file__).with_name("r_survival.R")
ONE_THREAD = {
    f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
}
# Seconds that a process may take beyond its fits: to start, read the data and convert them.
_GRACE = 60.0


@dataclass(frozen=True)
class Library:
    """A library, the command that runs its worker, and the problems that it knows."""

    name: str
    command: list[str]
    version: str
    problems: list[str]


def main() -> None:
    arguments = _arguments()
    libraries, notes = find_libraries(arguments)
    for note in notes:
        print(note, file=sys.stderr)
    cells = [
        cell
        for problem in arguments.only or PROBLEMS
        for cell in measure(problem, libraries, arguments)
    ]
    result = {
        "machine": machine(),
        "versions": {library.name: library.version for library in libraries},
        "notes": notes,
        "limit_seconds": arguments.limit,
        "cells": judge(cells),
    }
    tables = summary.tables(result)
    print(tables)
    if arguments.out is not None:
        summary.save(arguments.out, result, tables)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only",
        nargs="+",
        choices=PROBLEMS,
        help="these problems; nothing is written without --out",
    )
    parser.add_argument("--libraries", nargs="+", help="these libraries (default: all there are)")
    parser.add_argument("--largest", type=int, help="leave out sizes above this")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds a fit may take")
    parser.add_argument("--ours", default=sys.executable, help="interpreter of our side")
    parser.add_argument(
        "--peers", default=str(ROOT / ".venv-peers/bin/python"), help="interpreter of the peers"
    )
    parser.add_argument("--rscript", default="Rscript", help="R's command")
    parser.add_argument("--out", type=Path, help="folder (default: reports/benchmarks)")
    arguments = parser.parse_args()
    partial = arguments.only or arguments.libraries or arguments.largest
    if arguments.out is None and not partial:
        arguments.out = ROOT / "reports/benchmarks"
    return arguments


def find_libraries(arguments: argparse.Namespace) -> tuple[list[Library], list[str]]:
    """Ask every worker for its version and problems; return also a note on each that is missing."""
    worker = ["-m", "experiments.benchmarks.worker"]
    commands = {
        OURS: [arguments.ours, *worker, "forecast_core"],
        "forecast models": [arguments.ours, *worker, "forecast_models"],
        "lifelines": [arguments.peers, *worker, "peer_lifelines"],
        "SurPyval": [arguments.peers, *worker, "peer_surpyval"],
        "scikit-survival": [arguments.peers, *worker, "peer_sksurv"],
        "statsmodels": [arguments.peers, *worker, "peer_statsmodels"],
        "R survival": [arguments.rscript, str(R_SCRIPT)],
    }
    libraries, notes = [], []
    for name, command in commands.items():
        if arguments.libraries and name not in arguments.libraries:
            continue
        if shutil.which(command[0]) is None:
            notes.append(f"{name} is left out: there is no {Path(command[0]).name}.")
            continue
        asked = subprocess.run(
            command, env=_environment(), cwd=ROOT, capture_output=True, text=True, check=False
        )
        if asked.returncode:
            last = asked.stderr.strip().splitlines()[-1:]
            notes.append(f"{name} is left out: {' '.join(last)}")
            continue
        known = json.loads(asked.stdout)
        libraries.append(Library(name, command, known["version"], known["problems"]))
    return libraries, notes


def measure(name: str, libraries: list[Library], arguments: argparse.Namespace) -> list[Figures]:
    """Measure every library on every size of one problem."""
    cells: list[Figures] = []
    given_up: dict[str, str] = {}
    for n in PROBLEMS[name].sizes:
        if arguments.largest and n > arguments.largest:
            continue
        with tempfile.TemporaryDirectory() as folder:
            data = Path(folder) / "data.f8"
            make = [
                arguments.ours,
                "-m",
                "experiments.benchmarks.problems",
                name,
                str(n),
                str(data),
            ]
            subprocess.run(make, env=_environment(), cwd=ROOT, check=True)
            for library in libraries:
                if name not in library.problems:
                    continue
                cell: Figures = {"problem": name, "n": n, "library": library.name}
                if library.name in given_up:
                    cell |= {"status": "skipped", "note": given_up[library.name]}
                else:
                    cell |= run_cell(library, name, data, arguments.limit)
                if cell["status"] == "cut":
                    given_up[library.name] = f"cut already at n = {n}"
                cells.append(cell)
                print(summary.line(cell), file=sys.stderr, flush=True)
    return cells


def run_cell(library: Library, name: str, data: Path, limit: float) -> Figures:
    """Run one process, end it when it exceeds the limit, and read what it wrote."""
    out = data.with_name("out.jsonl")
    out.write_text("")
    problem = PROBLEMS[name]
    if library.command[-1] == str(R_SCRIPT):
        rest = [name, str(data), str(out), str(limit), str(problem.sets), *problem.columns]
    else:
        rest = [name, str(data), str(out), "--limit", str(limit)]
    # A worker ends itself by its own alarm; this is for R, and for one that hangs.
    fits = 5 if problem.sets > 1 else 2
    errors = out.with_name("errors.txt")
    with errors.open("w") as stderr:
        process = subprocess.Popen(
            [*library.command, *rest],
            env=_environment(),
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        killer = threading.Timer(fits * limit + _GRACE, process.kill)
        killer.start()
        _, status, usage = os.wait4(process.pid, 0)
        killer.cancel()
    code = process.returncode = os.waitstatus_to_exitcode(status)
    events = [json.loads(text) for text in out.read_text().splitlines()]
    cell = _collect(events, limit)
    # Linux counts in KiB, macOS in bytes.
    cell["peak_bytes"] = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    if code in (-signal.SIGALRM, -signal.SIGKILL):
        cell |= {"status": "cut", "note": f"a fit took over {limit:g} s"}
    elif code:
        last = errors.read_text().strip().splitlines()[-1:]
        cell |= {"status": "failed", "note": " ".join(last)[:300]}
    return cell


def _collect(events: list[Figures], limit: float) -> Figures:
    """Gather the lines of one process."""
    fields: Figures = {"status": "done"}
    for event in events:
        fields |= {k: v for k, v in event.items() if k not in ("seconds", "set")}
    times = [event["seconds"] for event in events if "seconds" in event]
    sets = [event["set"] for event in events if "set" in event]
    if sets:
        times = [one["seconds"] for one in sets]
        fields["sets"] = sets
    elif not times and "warm_up" in fields:
        times = [fields["warm_up"]]
        fields["note"] = "the warm-up only"
    if times:
        fields |= {"seconds": median(times), "repeats": len(times)}
        if not sets:
            fields["times"] = times
        # One fit in R cannot be interrupted at the limit; it counts as cut all the same.
        if max(times) > limit:
            fields |= {"status": "cut", "note": f"a fit took over {limit:g} s"}
    return fields


def _environment() -> dict[str, str]:
    return {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"}


def machine() -> dict[str, Any]:
    """Describe the machine, without its name."""
    model = platform.processor()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [x for x in cpuinfo.read_text().splitlines() if x.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
        "threads": 1,
        "load_at_end": round(os.getloadavg()[0], 2),
        "date": time.strftime("%Y-%m-%d"),
    }


if __name__ == "__main__":
    main()
