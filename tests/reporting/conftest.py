"""A forecast of the Japan-France talks made by hand: real cases, invented curves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from forecast.archive import load_archive
from forecast.prediction.evidence import cases_of
from forecast.prediction.forecast import Forecast
from forecast.prediction.grid import months_ahead
from forecast.prediction.parts import Case, Outlook, Target
from forecast.timing import spells

AS_OF = date(2026, 6, 30)
ELAPSED = 26.0

HOSTILE = r'A #b *c* $d$ @e <f> \g _h_ `i` "j" [k] {l} //m ~n & =o'


@pytest.fixture(scope="session")
def make_forecast() -> Callable[..., Forecast]:
    return _make


def _lognormal(median: float, sigma: float) -> tuple[float, ...]:
    def survival(t: Any) -> Any:
        return ndtr(-np.log(t / median) / sigma)

    return _tidy(survival(ELAPSED + months_ahead()) / survival(ELAPSED))


def _weibull(scale: float, shape: float) -> tuple[float, ...]:
    t = ELAPSED + months_ahead()
    return _tidy(np.exp((ELAPSED / scale) ** shape - (t / scale) ** shape))


def _tidy(survival: Any) -> tuple[float, ...]:
    return tuple(float(f"{s:.6g}") for s in survival)


def _outlook(name: str, label: str, weight: float, survival: Any, **more: Any) -> Outlook:
    return Outlook(name, label, weight, more.pop("unseen", 0.04), survival, 0.0, **more)


def _members() -> tuple[Outlook, ...]:
    return (
        _outlook("lognormal", "Log-normal AFT, ridge", 0.2, _lognormal(24, 1.05)),
        _outlook("weibull", "Weibull AFT, ridge", 0.2, _weibull(30, 0.95)),
        _outlook("cox", "Cox proportional hazards", 0.2, _weibull(24, 1.25), follow_up_ends=64.0),
        _outlook(
            "regression",
            "Log-duration regression (EM)",
            0.2,
            _lognormal(21, 0.8),
            note="Censored rows by their conditional mean and variance.",
        ),
        _outlook("mixed", "Log-normal AFT, families pooled", 0.2, _lognormal(28, 1.2)),
    )


def _baselines() -> tuple[Outlook, ...]:
    t = months_ahead()
    return (
        _outlook("gott", "Gott/Lindy rule", 0.0, _tidy(1 / (1 + t / (ELAPSED + 15)))),
        _outlook("constant", "Constant hazard", 0.0, _tidy(np.exp(-t / 23))),
        _outlook(
            "kaplan_meier",
            "Kaplan-Meier of its family",
            0.0,
            (),
            unseen=0.0,
            note="Only three negotiations of its family have concluded, one of them beyond this age.",
        ),
    )


def _cases() -> tuple[Case, ...]:
    cases = cases_of(spells(load_archive().as_of(AS_OF)))
    return tuple(case for case in cases if case.id != "jpn-fra-raa")


def _targets() -> tuple[Target, ...]:
    return (
        Target(
            "Japanese government official", "official", "2024-05-02", date(2025, 5, 2),
            "A deal could take about a year",
            "https://cyprus-mail.com/2024/05/02/france-japan-begin-talks-on-reciprocal-troop-deal",
        ),
        Target(
            "Ambassador Setton (France)", "diplomat", "2024-09", date(2024, 12, 31),
            "Hope to conclude by the end of the year, within the coming months",
            "https://www.japantimes.co.jp/news/2024/09/18/japan/politics/france-ambassador/",
        ),
        Target(
            "French defence minister", "minister", "2026-04-02", date(2027, 6, 30),
            "Signature is aimed at by the middle of next year", "",
        ),
    )  # fmt: skip


def _make(**changes: Any) -> Forecast:
    members = changes.pop("members", _members())
    pooled = np.mean([m.survival for m in members if m.identified], axis=0)
    fields: dict[str, Any] = {
        "negotiation": "jpn-fra-raa",
        "title": "Japan-France Reciprocal Access Agreement",
        "family": "raa",
        "parties": ("JPN", "FRA"),
        "clock": "launch:signed",
        "verb": "signed",
        "resolution": (
            "the day on which representatives of all parties sign it, per the Japanese foreign "
            "ministry, else the French presidency or ministry"
        ),
        "model": "pool",
        "accounts": "documented",
        "seed": 0,
        "as_of": AS_OF,
        "vintage": AS_OF,
        "searched_to": AS_OF,
        "start": "2024-05-02",
        "start_day": date(2024, 5, 2),
        "start_source": "https://www.elysee.fr/emmanuel-macron/2024/05/02/declaration-conjointe",
        "open_at": date(2024, 12, 17),
        "open_at_source": "https://www.nippon.com/en/news/yjj2024121700951/",
        "miss_rate": 0.05,
        "outlook": Outlook("pool", "Pool of five models", 1.0, 0.04, _tidy(pooled), 0.0),
        "members": members,
        "baselines": _baselines(),
        "sensitivity": {
            "never share 10 %": 0.42,
            "never share 20 %": 0.37,
            "never share 35 %": 0.29,
            "no conclusion could have escaped our search": 0.41,
            "every conclusion could have escaped our search": 0.67,
            "press accounts of the durations": 0.44,
            "without the Japan-Australia agreement": 0.55,
        },
        "targets": _targets(),
        "cases": _cases(),
        "excluded": {
            f"jpn-{code}-dett": f"jpn-{code}-dett was never launched, as far as is documented"
            for code in ("are", "can", "ind", "swe")
        }
        | {"jpn-usa-acsa-1996": "jpn-usa-acsa-1996 ends (1996-04) before it begins (1996-05)"},
        "covariates": {
            "partner_type": "G7 (G7 members as of 2024)",
            "prior_exercises": "2.20: 8 named exercises in five years before the launch",
            "prior_pacts": "3: information security 2011, equipment 2015, logistics 2018",
        },
        "diagnostics": {"spells": 45},
        "digest": "3f1c" * 16,
        "version": "0.1.0",
    }
    return Forecast(**(fields | changes))


@pytest.fixture(scope="session")
def hostile() -> str:
    return HOSTILE
