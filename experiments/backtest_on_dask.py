"""A backtest on a Dask scheduler: the same files as on one machine, by two local workers.

Needs the extra ``cluster``. For a cluster of your own give the address of its scheduler to ``Client``.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from joblib import parallel_config

import forecast
from forecast.evaluation.backtest import backtest, run_directory
from forecast.evaluation.landmarks import half_years
from forecast.evaluation.snapshot import Setup
from forecast.models import BASELINES


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("build/backtest-dask"))
    out = parser.parse_args().out
    from dask.distributed import Client, LocalCluster

    archive, setup = forecast.load_archive(), Setup("strict", BASELINES)
    days = half_years("strict", archive.vintage, "development")[::4]
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster),
        parallel_config(backend="dask"),
    ):
        table = backtest(archive, setup, days, run_directory(out, archive, setup))
    print(f"{len(table)} forecasts at {table['landmark'].nunique()} landmarks")


if __name__ == "__main__":
    main()
