"""What the comparison with NUTS computes of two samplers' summaries, and the rows that it simulates."""

from typing import Any

import numpy as np
import pytest

from experiments.benchmarks.bayes_problems import simulated
from experiments.benchmarks.bayes_summary import differences, speed

RESULT: dict[str, Any] = {
    "parameters": ["a", "b"],
    "ours": {
        "scrambles": 4,
        "seconds": 0.5,
        "cpu_seconds": 0.25,
        "nodes": [512] * 4,
        "effective": [300.0, 200.0],
        "quantiles": [[-1.0, 0.0, 1.0], [0.0, 2.0, 5.0]],
        "quantile_errors": [[0.08] * 3, [0.0] * 3],
        "default_quantiles": [[-1.0, 0.0, 1.0], [0.0, 2.0, 5.0]],
        "large": {"nodes": 4608, "quantiles": [[-1.0, 0.0, 1.0], [0.0, 2.0, 5.0]]},
    },
    "nuts": {
        "sd": [1.0, 2.0],
        "quantiles": [[-1.0, 0.1, 1.0], [0.0, 2.0, 4.0]],
        "quantile_errors": [[0.03] * 3, [0.02] * 3],
        "bulk": [1000.0, 500.0],
        "seconds": 50.0,
        "compile_seconds": 25.0,
        "cpu_seconds": 100.0,
    },
}


@pytest.mark.parametrize(
    ("run", "error"), [("pooled", 0.04), ("default", 0.08), ("large", 0.08 / 3.0)]
)
def test_a_quantile_may_differ_by_a_share_of_its_sd_and_errors_of_both(
    run: str, error: float
) -> None:
    table: Any = differences(RESULT, run).set_index(["parameter", "quantile"])
    middle = table.loc[("a", "50 %")]
    assert middle["difference"] == pytest.approx(-0.1)
    assert middle["allowed"] == pytest.approx(0.05 + 3.0 * np.hypot(error, 0.03))
    # In sd of the parameter, which is 2 here; NUTS alone has an error.
    upper = table.loc[("b", "95 %")]
    assert upper["difference"] == pytest.approx(0.5)
    assert upper["share"] == pytest.approx(0.5 / (0.05 + 3.0 * 0.01))


def test_speed_is_the_worst_parameters_effective_draws_a_second() -> None:
    found = speed(RESULT)
    assert found["ours"] == 400.0
    assert found["with compiling"] == pytest.approx(400.0 / 10.0)
    assert found["without compiling"] == pytest.approx(400.0 / 20.0)
    assert found["CPU time"] == pytest.approx(800.0 / 5.0)


def test_simulated_rows_are_of_every_kind_and_the_case_is_open() -> None:
    data = simulated("weibull", 2)
    y = data.y
    assert len(y) == 150
    assert set(y["cause"]) == {0, 1, 2}
    exact, retrospective = y["lower"] == y["upper"], np.isfinite(y["exit"])
    for cause in (1, 2):
        for rows in (exact, ~exact, retrospective, y["entry"] > 0):
            assert (rows & (y["cause"] == cause)).any()
    assert not np.isfinite(y["upper"][data.X.index.get_loc(data.case)])
    assert simulated("weibull", 2).y.tolist() == y.tolist()
