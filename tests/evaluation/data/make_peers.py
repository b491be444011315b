"""Write seeded forecasts and outcomes, and what other software makes of them, to peers.json.

Needs scikit-survival, scoringrules, lifelines and SurvivalEVAL (without its dependencies): its
D-calibration is NumPy alone, and the import of torch above it is answered by an empty stand-in.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import numpy as np

SEED = 20240502
ROWS, MEMBERS = 120, 15
HORIZONS = (6.0, 12.0, 24.0)
LONGEST = 30.0
BEFORE = 40.0
BINS = 5


def main() -> None:
    """Write the file beside this one."""
    figures = {"versions": {name: version(name) for name in PEERS}, **rows()}
    for add in (censored_scores, ranked_scores, calibration):
        figures |= add(figures)
    text = json.dumps(figures, indent=1, default=_plain)
    Path(__file__).with_name("peers.json").write_text(text + "\n", encoding="utf-8")


PEERS = ("scikit-survival", "scoringrules", "SurvivalEVAL")


def rows() -> dict[str, Any]:
    """Exponential forecasts that are somewhat too late, with a third of the rows censored."""
    rng = np.random.default_rng(SEED)
    rate = np.exp(rng.normal(-3.2, 0.5, ROWS))
    conclusion = rng.exponential(1.0 / (1.3 * rate))
    censoring = rng.exponential(45.0, ROWS)
    time = np.minimum(conclusion, censoring)
    ensemble = np.sort(rng.exponential(1.0 / rate[:, None], (ROWS, MEMBERS)), axis=1)
    return {
        "rate": rate,
        "time": time,
        "event": conclusion <= censoring,
        "conclusion": conclusion,
        "ensemble": ensemble,
    }


def censored_scores(figures: dict[str, Any]) -> dict[str, Any]:
    """Brier score and concordances of scikit-survival."""
    from sksurv.metrics import brier_score, concordance_index_censored, concordance_index_ipcw
    from sksurv.util import Surv

    outcomes = Surv.from_arrays(figures["event"], figures["time"])
    rate = figures["rate"]
    survival = np.exp(-np.outer(rate, HORIZONS))
    _, brier = brier_score(outcomes, outcomes, survival, HORIZONS)
    harrell = concordance_index_censored(figures["event"], figures["time"], rate)
    uno = concordance_index_ipcw(outcomes, outcomes, rate, tau=BEFORE)
    return {
        "horizons": HORIZONS,
        "brier": brier,
        "harrell": harrell[0],
        "before": BEFORE,
        "uno": uno[0],
    }


def ranked_scores(figures: dict[str, Any]) -> dict[str, Any]:
    """CRPS of exponential forecasts, and twCRPS on [0, LONGEST] of ensembles."""
    from scoringrules import (  # type: ignore[import-not-found]
        crps_exponential,
        twcrps_ensemble,
    )

    at = figures["conclusion"]
    return {
        "longest": LONGEST,
        "crps": crps_exponential(at, figures["rate"]),
        "twcrps": twcrps_ensemble(at, figures["ensemble"], a=0.0, b=LONGEST),
    }


def calibration(figures: dict[str, Any]) -> dict[str, Any]:
    """D-calibration with the blurring of censored rows."""
    sys.modules["torch"] = MagicMock()
    from SurvivalEVAL.evaluations.calibration import (  # type: ignore[import-not-found]
        d_calibration,
    )

    del sys.modules["torch"]  # SciPy would take it for the real one
    survival = np.exp(-figures["rate"] * figures["time"])
    whole = np.exp(-figures["rate"] * figures["conclusion"])
    statistic, _, counts = d_calibration(survival, figures["event"], BINS)
    _, p_value, exact = d_calibration(whole, np.ones(ROWS, dtype=bool), BINS)
    return {
        "bins": BINS,
        "d_counts": counts,
        "d_statistic": statistic,
        "d_counts_exact": exact,
        "d_p_value_exact": p_value,
    }


def _plain(value: Any) -> Any:
    return value.tolist()


if __name__ == "__main__":
    main()
