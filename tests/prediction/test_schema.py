"""What is written is what the published schema says, in every kind of answer."""

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from forecast.prediction import Forecast, predict

KINDS: dict[str, dict[str, Any]] = {
    "open": {"negotiation": "jpn-fra-raa"},
    "open at the launch, told by the press": {
        "negotiation": "jpn-fra-raa",
        "as_of": "2024-05-02",
        "accounts": "press",
    },
    "open by assertion": {"negotiation": "jpn-fra-raa", "open_at": "2026-06-01"},
    "one model": {"negotiation": "jpn-fra-raa", "model": "cox"},
    "a model without an answer": {"negotiation": "jpn-aus-raa", "as_of": "2021-06-01"},
    "another clock": {
        "negotiation": "jpn-gbr-raa",
        "clock": "launch:agreed",
        "as_of": "2022-03-01",
    },
    "concluded": {"negotiation": "jpn-phl-raa"},
    "ended without agreement": {"negotiation": "jpn-kor-isa-2012"},
}


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    file = resources.files("forecast") / "schemas" / "forecast-1.schema.json"
    data: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return data


@pytest.fixture(scope="module")
def validator(schema: dict[str, Any]) -> Draft202012Validator:
    return Draft202012Validator(schema, format_checker=FormatChecker())


@pytest.fixture
def data(france: Forecast) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(france.to_json())
    return written


def faults(validator: Draft202012Validator, data: Any) -> list[str]:
    return [f"{e.json_path}: {e.message[:200]}" for e in validator.iter_errors(data)]


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("kind", KINDS)
def test_output_validates(validator: Draft202012Validator, kind: str) -> None:
    forecast = predict(**KINDS[kind])
    assert faults(validator, json.loads(forecast.to_json())) == []
    if kind.startswith(("concluded", "ended")):
        assert forecast.status == kind
    if kind == "a model without an answer":
        assert not all(outlook.identified for outlook in forecast.baselines)


def test_open_ones_validate(
    validator: Draft202012Validator, every_open: dict[str, Forecast]
) -> None:
    for forecast in list(every_open.values())[::8]:
        assert faults(validator, json.loads(forecast.to_json())) == []


def test_every_key_is_described_and_required(schema: dict[str, Any], data: dict[str, Any]) -> None:
    assert list(schema["properties"]) == list(schema["required"])
    assert set(data) == set(schema["properties"])
    for name, value in _properties(schema):
        assert value.get("description", "").endswith("."), name


def test_json_read_back_is_the_same(data: dict[str, Any]) -> None:
    forecast = Forecast.from_json(json.dumps(data))
    assert json.loads(forecast.to_json()) == data


SPOILT: list[dict[str, Any]] = [
    {"schema": "forecast/2"},
    {"surprise": 1},
    {"as_of": "2024-02-30"},
    {"as_of": None},
    {"unseen": 1.5},
    {"clock": "start:end"},
    {"digest": "abc"},
    {"quantiles": {"0.5": "2027-01-01"}},
    {"probability_by": {"soon": 0.5}},
    {"members": []},
    {"status": "concluded"},
    {"end": {"status": "concluded", "text": "", "day": "2026-01-01", "source": ""}},
]


@pytest.mark.parametrize("spoilt", SPOILT, ids=str)
def test_what_is_wrong_is_refused(
    validator: Draft202012Validator, data: dict[str, Any], spoilt: dict[str, Any]
) -> None:
    assert faults(validator, {**data, **spoilt})


@pytest.mark.parametrize("key", ["schema", "quantiles", "unseen", "vintage", "diagnostics"])
def test_a_missing_key_is_refused(
    validator: Draft202012Validator, data: dict[str, Any], key: str
) -> None:
    assert faults(validator, {name: value for name, value in data.items() if name != key})


@pytest.mark.parametrize("date", ["never", "after 2076", "2030-01-01"])
def test_a_quantile_may_have_no_day(
    validator: Draft202012Validator, data: dict[str, Any], date: str
) -> None:
    assert not faults(validator, {**data, "quantiles": {**data["quantiles"], "0.95": date}})


def test_k_hat_has_its_place(validator: Draft202012Validator, data: dict[str, Any]) -> None:
    assert not faults(validator, {**data, "diagnostics": {"pooled": {"k_hat": 0.4, "rows": 45}}})
    assert faults(validator, {**data, "diagnostics": {"pooled": {"k_hat": "good"}}})


def _properties(node: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every named property below a node, with what it refers to left aside."""
    if isinstance(node, dict):
        own = node.get("properties", {})
        if "description" in node or "$schema" in node:
            yield from own.items()
        for value in node.values():
            yield from _properties(value)
    elif isinstance(node, list):
        for value in node:
            yield from _properties(value)
