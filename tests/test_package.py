"""The package as a whole: lazy, typed, and the same from a wheel as from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

import pytest

import forecast

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "pandas", "scipy", "sklearn", "statsmodels", "matplotlib", "typst", "rich")

# On few nodes: where the package was installed to has nothing to do with how many a model is fitted on.
PROGRAM = """
import json, sys
from dataclasses import replace
import forecast
from forecast.archive import default_directory
from forecast.cli import main
from forecast.evaluation.track_record import default_path
from forecast.models import HEADLINE, MODELS, POOLS

def few(entry):
    return replace(entry, make=lambda: entry.make().set_params(nodes=128, draws=4))

MODELS.update({name: few(MODELS[name]) for name in POOLS[HEADLINE]})
answer = forecast.predict("jpn-fra-raa", as_of="2024-05-02")
places = {"module": forecast.__file__, "data": default_directory(), "record": default_path()}
print(json.dumps({"forecast": answer.to_json(), **places}, default=str), flush=True)
sys.argv[1:] = ["report", "jpn-phl-raa", "--as-of", "2024-03-01", "--out", "report"]
main()
"""


def run(code: str, path: Path | None = None, cwd: Path | None = None) -> str:
    """Standard output of a fresh interpreter; ``path`` comes first on its module path."""
    environment = dict(os.environ)
    if path is not None:
        environment["PYTHONPATH"] = str(path)
    done = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=cwd,
        env=environment,
    )
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Directory into which the project's own wheel was installed, and nothing else."""
    target = tmp_path_factory.mktemp("wheel") / "site"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    quiet = [*pip, "install", "--no-build-isolation", "--no-deps", "--no-index"]
    subprocess.run([*quiet, "--target", str(target), str(ROOT)], check=True)
    return target


class Ran(NamedTuple):
    """What the program said, and the files of the report that it wrote."""

    said: dict[str, str]
    report: dict[str, bytes]


def run_program(path: Path, cwd: Path) -> Ran:
    said = json.loads(run(PROGRAM, path, cwd).splitlines()[0])
    return Ran(said, {file.name: file.read_bytes() for file in (cwd / "report").iterdir()})


@pytest.fixture(scope="module")
def from_wheel(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The program with the wheel's package, in a directory outside the checkout."""
    return run_program(wheel, tmp_path_factory.mktemp("from-wheel"))


@pytest.fixture(scope="module")
def from_checkout(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    """The same with the package of the checkout."""
    return run_program(ROOT, tmp_path_factory.mktemp("from-checkout"))


def test_importing_loads_nothing_heavy() -> None:
    loaded = run("import sys, forecast; print(*sorted({n.split('.')[0] for n in sys.modules}))")
    assert not set(HEAVY) & set(loaded.split())


def test_rooms_are_loaded_when_they_are_first_named() -> None:
    code = "import forecast; print(forecast.models.__name__, forecast.analysis.__name__)"
    assert run(code) == "forecast.models forecast.analysis\n"
    rooms = {path.parent.name for path in (ROOT / "forecast").glob("*/__init__.py")}
    assert rooms - {"cli"} <= set(dir(forecast))


def test_every_public_name_resolves() -> None:
    for name in forecast.__all__:
        assert getattr(forecast, name) is not None
    assert set(forecast.__all__) <= set(dir(forecast))
    assert forecast.__version__ == "0.1.0"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'foretell'"):
        forecast.foretell  # noqa: B018


def test_the_package_is_typed() -> None:
    assert files("forecast").joinpath("py.typed").is_file()


def test_the_wheel_forecasts_as_the_checkout(
    wheel: Path, from_wheel: Ran, from_checkout: Ran
) -> None:
    assert Path(from_wheel.said["module"]) == wheel / "forecast" / "__init__.py"
    assert Path(from_checkout.said["module"]) == ROOT / "forecast" / "__init__.py"
    assert Path(from_wheel.said["data"]) == wheel / "forecast" / "_datasets"
    assert from_wheel.said["forecast"] == from_checkout.said["forecast"]


def test_the_wheel_reports_as_the_checkout(from_wheel: Ran, from_checkout: Ran) -> None:
    assert from_wheel.report == from_checkout.report
    assert set(from_wheel.report) == {"report.pdf", "card.png", "forecast.json", "run.json"}


def test_the_wheel_carries_the_track_record(
    wheel: Path, from_wheel: Ran, from_checkout: Ran
) -> None:
    shipped = Path(from_wheel.said["record"])
    assert shipped == wheel / "forecast" / "_track_record.csv"
    published = ROOT / "reports" / "backtest" / "track-record.csv"
    assert Path(from_checkout.said["record"]) == published
    assert shipped.read_bytes() == published.read_bytes()


def test_the_wheel_installs_no_package_called_datasets(wheel: Path) -> None:
    assert not (wheel / "datasets").exists()
