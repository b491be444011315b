"""Compare the hierarchical model's nested Laplace with NUTS: the same answers, and how fast.

NUTS is NumPyro's, of a model written anew in bayes_worker.py; `make bayes` installs it. A data set is
measured as a whole, both samplers one after the other, each on one thread. Results go into bayes.json,
where other data sets stay as they are, and from all of it into bayes.csv, bayes.md and bayes.png.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from experiments.benchmarks import bayes_page, bayes_summary
from experiments.benchmarks.bayes_problems import (
    DATA_SETS,
    HORIZONS,
    DataSet,
    as_arrays,
    parameter_names,
)
from experiments.benchmarks.survival import ONE_THREAD, machine
from forecast.models import HierarchicalModel
from forecast.models.posterior import weighted_quantile
from forecast.survival.arrays import FloatArray
from forecast.threads import one_thread

QUANTILES = (0.05, 0.5, 0.95)
LARGE = {"nodes": 4096, "draws": 32}
_WORKER = Path(__file__).with_name("bayes_worker.py")
_ONE_XLA_THREAD = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def main() -> None:
    arguments = _arguments()
    path = arguments.out / "bayes.json"
    results = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    arguments.out.mkdir(parents=True, exist_ok=True)
    for name in arguments.only or DATA_SETS:
        results[name] = measure(DATA_SETS[name](), arguments)
        # After each data set, for one takes minutes.
        bayes_page.save(arguments.out, {k: results[k] for k in DATA_SETS if k in results})
        print(bayes_summary.line(name, results[name]), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=DATA_SETS, help="these data sets")
    parser.add_argument("--scrambles", type=int, default=100, help="runs of ours, a seed each")
    parser.add_argument("--chains", type=int, default=4, help="chains of NUTS")
    parser.add_argument("--warmup", type=int, default=1000, help="warm-up draws a chain")
    parser.add_argument("--draws", type=int, default=16000, help="draws a chain")
    parser.add_argument(
        "--sampler", default=str(ROOT / ".venv-bayes/bin/python"), help="interpreter with NumPyro"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "reports/benchmarks")
    return parser.parse_args()


def measure(data: DataSet, arguments: argparse.Namespace) -> dict[str, Any]:
    """Run both samplers on one data set."""
    started = os.getloadavg()[0]
    model = data.model(seed=0).fit(data.X, data.y)
    nuts = run_nuts(as_arrays(data, model), arguments)
    ours = run_ours(data, arguments.scrambles)
    return {
        "machine": machine() | {"load_at_start": round(started, 2)},
        "rows": len(model.problem_.y),
        "parameters": parameter_names(model),
        "case": data.case,
        "age": float(model.known(data.case).age),
        "horizons": list(HORIZONS),
        "ours": ours,
        "nuts": nuts,
    }


def run_ours(data: DataSet, scrambles: int) -> dict[str, Any]:
    """Fit with several scrambles at the default cost, and once at a larger one."""
    with one_thread():
        runs = [_fit(data, seed) for seed in range(scrambles)]
        large = _fit(data, scrambles, **LARGE)
    quantiles = np.stack([run["quantiles"] for run in runs])
    means = np.stack([run["mean"] for run in runs])
    variance = np.mean([run["variance"] for run in runs], axis=0)
    probabilities = np.stack([run["probabilities"] for run in runs])
    return {
        "scrambles": scrambles,
        "seconds": float(np.mean([run["seconds"] for run in runs])),
        "cpu_seconds": float(np.mean([run["cpu_seconds"] for run in runs])),
        "nodes": [run["nodes"] for run in runs],
        "effective": (variance / means.var(axis=0, ddof=1)).tolist(),
        "mean": means.mean(axis=0).tolist(),
        "quantiles": quantiles.mean(axis=0).tolist(),
        # Of one run; that of the mean over all scrambles is smaller by the root of their number.
        "quantile_errors": quantiles.std(axis=0, ddof=1).tolist(),
        "default_quantiles": quantiles[0].tolist(),
        "probabilities": probabilities.mean(axis=0).tolist(),
        "probability_errors": probabilities.std(axis=0, ddof=1).tolist(),
        "default_probabilities": probabilities[0].tolist(),
        "large": {
            "nodes": large["nodes"],
            "seconds": large["seconds"],
            "quantiles": large["quantiles"].tolist(),
            "probabilities": large["probabilities"].tolist(),
        },
    }


def _fit(data: DataSet, seed: int, **cost: int) -> dict[str, Any]:
    """Fit once and summarise; only the fit is timed."""
    start, cpu = time.perf_counter(), time.process_time()
    model = data.model(seed, **cost).fit(data.X, data.y)
    seconds, cpu_seconds = time.perf_counter() - start, time.process_time() - cpu
    values, weights = parameter_draws(model), model.posterior_.weights
    mean = weights @ values
    age = model.known(data.case).age
    curves = model.predict_survival(data.X.loc[[data.case]], elapsed=np.array([age]))
    return {
        "seconds": seconds,
        "cpu_seconds": cpu_seconds,
        "nodes": model.diagnostics_["nodes"],
        "mean": mean,
        "variance": weights @ (values - mean) ** 2,
        "quantiles": np.array(
            [[weighted_quantile(column, weights, p) for p in QUANTILES] for column in values.T]
        ),
        "probabilities": 1.0 - curves.at(age + np.array(HORIZONS))[0],
    }


def parameter_draws(model: HierarchicalModel) -> FloatArray:
    """Draws of the parameters in the order of their names, (S, p)."""
    draws: FloatArray = model.posterior[parameter_names(model)].to_numpy()
    return draws


def run_nuts(arrays: dict[str, Any], arguments: argparse.Namespace) -> dict[str, Any]:
    """Run the other sampler in a process of its own."""
    options = {name: getattr(arguments, name) for name in ("chains", "warmup", "draws")}
    with tempfile.TemporaryDirectory() as folder:
        data, out = Path(folder) / "data.npz", Path(folder) / "out.npz"
        np.savez(data, **arrays)
        command = [arguments.sampler, str(_WORKER), str(data), str(out)]
        command += [text for name, value in options.items() for text in (f"--{name}", str(value))]
        environment = {**os.environ, **ONE_THREAD, "XLA_FLAGS": _ONE_XLA_THREAD}
        subprocess.run(command, env=environment, check=True)
        with np.load(out) as found:
            figures = json.loads(str(found["figures"]))
            summaries = {name: found[name].tolist() for name in found if name != "figures"}
    return {**options, **figures, **summaries}


if __name__ == "__main__":
    main()
