"""Time one library on one problem at one size, in a process of its own.

Writes one JSON line an event, so that what was done before a time limit is not lost. The process is
ended by its own alarm when a single fit takes longer than the limit.
"""

from __future__ import annotations

import argparse
import json
import math
import resource
import signal
import time
import warnings
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, TextIO

from experiments.benchmarks.adapters import Adapter, Figures
from experiments.benchmarks.problems import (
    PROBLEMS,
    Columns,
    Problem,
    is_separated,
    read,
    split,
)

REPEATS = 5
LIMITS_FOR_ALL_SETS = 5


def main() -> None:
    arguments = _arguments()
    if arguments.problem is None:
        adapters = import_module(f"experiments.benchmarks.adapters.{arguments.module}")
        print(json.dumps({"version": _version(adapters), "problems": list(adapters.ADAPTERS)}))
        return
    problem = PROBLEMS[arguments.problem]
    adapters = import_module(f"experiments.benchmarks.adapters.{arguments.module}")
    columns = read(arguments.data, problem)
    adapter: Adapter = adapters.ADAPTERS[arguments.problem]
    with arguments.out.open("w", encoding="utf-8") as out:
        if problem.sets > 1:
            _fit_each(adapter, columns, problem, arguments.limit, out)
        else:
            _fit_repeatedly(adapter, columns, arguments.limit, out)


def _version(adapters: ModuleType) -> str:
    try:
        return version(adapters.DISTRIBUTION)
    except PackageNotFoundError:
        return "not installed, run from the checkout"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("module", help="file in adapters/")
    parser.add_argument("problem", nargs="?", choices=PROBLEMS, help="none: say which it knows")
    parser.add_argument("data", nargs="?", type=Path, help="what problems.py wrote")
    parser.add_argument("out", nargs="?", type=Path, help="where the JSON lines go")
    parser.add_argument("--limit", type=float, default=60.0, help="seconds a fit may take")
    return parser.parse_args()


def _fit_repeatedly(adapter: Adapter, columns: Columns, limit: float, out: TextIO) -> None:
    """Warm up, then time five fits, or as many as begin within the limit (at least one)."""
    run, figures = adapter(columns)
    _say(out, {"peak_before": _peak()})
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        signal.setitimer(signal.ITIMER_REAL, limit)
        warm_up, _ = _timed(run)
        _say(out, {"warm_up": warm_up})
        for repeat in range(REPEATS):
            if repeat and time.perf_counter() - begin > limit:
                break
            signal.setitimer(signal.ITIMER_REAL, limit)
            seconds, fit = _timed(run)
            _say(out, {"seconds": seconds})
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    _say(out, {"peak": _peak(), "figures": figures(fit)})


def _fit_each(
    adapter: Adapter, columns: Columns, problem: Problem, limit: float, out: TextIO
) -> None:
    """Fit every data set once, after a warm-up on the first."""
    sets = split(columns, problem.sets)
    begin = time.perf_counter()
    signal.setitimer(signal.ITIMER_REAL, limit)
    _one_set(adapter, sets[0])
    for one in sets:
        if time.perf_counter() - begin > LIMITS_FOR_ALL_SETS * limit:
            break
        signal.setitimer(signal.ITIMER_REAL, limit)
        _say(out, {"set": _one_set(adapter, one)})
    signal.setitimer(signal.ITIMER_REAL, 0.0)
    _say(out, {"peak": _peak()})
    if problem is PROBLEMS["small-sets"]:
        _say(out, {"separated": [is_separated(one) for one in sets]})


def _one_set(adapter: Adapter, columns: Columns) -> Figures:
    """Fit one data set and note a warning or an error that the library gave."""
    run, figures = adapter(columns)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        begin = time.perf_counter()
        try:
            fit = run()
        except Exception as error:  # a peer may raise anything: that is what is written down
            failed = time.perf_counter() - begin
            return {"seconds": failed, "error": f"{type(error).__name__}: {error}"[:300]}
        seconds = time.perf_counter() - begin
    said = sorted({f"{w.category.__name__}: {w.message}"[:300] for w in caught if _is_about_fit(w)})
    return {"seconds": seconds, "warnings": said, **figures(fit)}


def _is_about_fit(warning: warnings.WarningMessage) -> bool:
    """Whether a warning speaks of the fit, and not of a library's use of other libraries."""
    return not issubclass(
        warning.category, DeprecationWarning | PendingDeprecationWarning | FutureWarning
    )


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    result = run()
    return time.perf_counter() - begin, result


def _peak() -> int:
    """Peak resident memory of this process so far, bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def _say(out: TextIO, event: dict[str, Any]) -> None:
    out.write(json.dumps(_finite(event)) + "\n")
    out.flush()


def _finite(value: Any) -> Any:
    """Replace what JSON cannot hold (NaN, infinity) by null, and arrays by lists."""
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, dict):
        return {name: _finite(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


if __name__ == "__main__":
    main()
