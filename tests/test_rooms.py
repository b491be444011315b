"""The contracts between rooms speak of every room."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def contracts() -> dict[str, dict[str, Any]]:
    """Contracts of the import linter by name."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    return {
        rules["name"]: rules for rules in tomllib.loads(text)["tool"]["importlinter"]["contracts"]
    }


@pytest.fixture(scope="module")
def rooms() -> set[str]:
    package = ROOT / "forecast"
    found = {path.parent.name for path in package.glob("*/__init__.py")}
    return found | {path.stem for path in package.glob("[!_]*.py")}


def test_every_room_has_its_place(contracts: dict[str, dict[str, Any]], rooms: set[str]) -> None:
    # A layer in brackets may be missing: none is.
    assert set(contracts["A room imports only from the rooms below it"]["layers"]) == rooms


def test_every_room_but_the_command_line_is_kept_from_the_terminal(
    contracts: dict[str, dict[str, Any]], rooms: set[str]
) -> None:
    quiet = contracts["only the command line talks to the terminal"]
    assert set(quiet["source_modules"]) == {f"forecast.{room}" for room in rooms - {"cli"}}
