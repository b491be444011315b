"""Small and separated samples are said, sound ones are left alone."""

import numpy as np
import pytest

from forecast.errors import ConvergenceError
from forecast.survival import NeverShare, durations, fit_aft
from forecast.survival.arrays import DurationArray, FloatArray

ROWS, SETS = 25, 300


def _small_set(seed: int) -> tuple[FloatArray, DurationArray]:
    """Few rows with rare traits: now and then nobody with a trait has concluded."""
    rng = np.random.default_rng(seed)
    x = np.zeros((ROWS, 6))
    while np.linalg.matrix_rank(x) < 6:
        x = np.column_stack([np.ones(ROWS), rng.random((ROWS, 5)) < [0.15, 0.25, 0.35, 0.45, 0.5]])
    time = np.exp(
        3 + x[:, 1:] @ [0.3, -0.3, 0.2, 0.3, 0.6] + 0.7 * np.log(rng.exponential(size=ROWS))
    )
    end = rng.exponential(60.0, ROWS)
    return x, durations(np.minimum(time, end), np.where(time <= end, time, np.inf))


def test_small_sets_with_runaway_errors_are_flagged_and_others_are_not() -> None:
    # A weak prior gives the separated ones an estimate, and that a standard error above 10.
    weak = np.array([0, *np.full(5, 1e-8), 0])
    large, flagged, wrong, refused = 0, 0, 0, 0
    for seed in range(SETS):
        x, y = _small_set(seed)
        fit = fit_aft(x, y, "weibull", prior_precision=weak)
        if fit.standard_errors.max() > 10:
            large += 1
            flagged += any(c.kind == "near separation" for c in fit.concerns)
            with pytest.raises(ConvergenceError):
                fit_aft(x, y, "weibull")
            refused += 1
        else:
            wrong += bool(fit.diagnostics)
    assert 30 <= large <= 50
    assert flagged == refused == large
    assert wrong <= 0.05 * (SETS - large)


def test_the_sentence_names_the_covariate() -> None:
    time = np.array([5.0, 7.0, 9.0, 12.0, 15.0, 20.0, 20.0, 20.0])
    group = np.repeat([0.0, 1.0], [5, 3])
    y = durations(time, np.where(group == 1, np.inf, time))
    fit = fit_aft(
        np.column_stack([np.ones(8), group]),
        y,
        "weibull",
        names=["one", "treaty"],
        prior_precision=[0, 1e-4, 0],
    )
    assert [c.parameter for c in fit.concerns] == ["treaty"]
    assert "hardly determine 'treaty'" in fit.diagnostics[0]
    assert "prior" in fit.diagnostics[0]


def test_few_events_are_said() -> None:
    rng = np.random.default_rng(1)
    x = np.column_stack([np.ones(8), rng.normal(size=(8, 3))])
    fit = fit_aft(x, durations(rng.weibull(1.5, 8) * 20 + 1), "weibull", prior_precision=0.0)
    assert [c.kind for c in fit.concerns] == []
    fit = fit_aft(x[:7], durations(rng.weibull(1.5, 7) * 20 + 1), "weibull")
    assert [c.kind for c in fit.concerns] == ["few events"]
    assert "7 conclusions for 5 parameters" in fit.diagnostics[0]


def test_a_shape_that_nothing_determines_is_said() -> None:
    rng = np.random.default_rng(2)
    time = rng.weibull(1.5, 40) * 20
    fit = fit_aft(
        np.ones((40, 1)),
        durations(time),
        "weibull",
        never=NeverShare(),
        prior_precision=[0, 0, 1e-4],
        prior_mean=[0, 0, -2.0],
    )
    assert [(c.kind, c.parameter) for c in fit.concerns] == [
        ("runaway standard error", "never: Intercept")
    ]


def test_units_of_a_column_do_not_matter() -> None:
    rng = np.random.default_rng(3)
    x = np.column_stack([np.ones(60), rng.normal(size=60) * 1e-5])
    fit = fit_aft(x, durations(rng.weibull(1.5, 60) * 20), "weibull")
    assert fit.standard_errors[1] > 1000
    assert fit.concerns == ()
