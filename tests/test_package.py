"""The package as a whole: lazy, typed, and the same from a wheel as from the checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

import forecast

ROOT = Path(__file__).resolve().parents[1]
HEAVY = ("numpy", "pandas", "scipy", "sklearn", "statsmodels", "matplotlib", "typst", "rich")


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


def test_importing_loads_nothing_heavy() -> None:
    loaded = run("import sys, forecast; print(*sorted({n.split('.')[0] for n in sys.modules}))")
    assert not set(HEAVY) & set(loaded.split())


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


def test_the_wheel_forecasts_as_the_checkout(wheel: Path, tmp_path: Path) -> None:
    code = (
        "import forecast, json; from forecast.archive import default_directory\n"
        "text = forecast.predict('jpn-fra-raa', as_of='2024-05-02').to_json()\n"
        "print(json.dumps([forecast.__file__, str(default_directory()), text]))"
    )
    module, data, text = json.loads(run(code, wheel, tmp_path))
    assert Path(module) == wheel / "forecast" / "__init__.py"
    assert Path(data) == wheel / "forecast" / "_datasets"
    # Another process of the checkout: this one fits the headline models on fewer nodes.
    assert text == json.loads(run(code, ROOT, tmp_path))[2]


def test_the_wheel_reports_as_the_checkout(wheel: Path, tmp_path: Path) -> None:
    code = "from forecast.cli import main; main()"
    arguments = ["report", "jpn-phl-raa", "--as-of", "2024-03-01", "--out"]
    outputs = []
    for place, path in (("wheel", wheel), ("checkout", ROOT)):
        program = f"import sys; sys.argv[1:] = {[*arguments, place]!r}\n{code}"
        run(f"{program}", path, tmp_path)
        outputs.append({p.name: p.read_bytes() for p in (tmp_path / place).iterdir()})
    assert outputs[0] == outputs[1]
    assert set(outputs[0]) == {"report.pdf", "card.png", "forecast.json", "run.json"}


def test_the_wheel_carries_the_track_record(wheel: Path, tmp_path: Path) -> None:
    code = "from forecast.evaluation.track_record import default_path; print(default_path())"
    shipped = Path(run(code, wheel, tmp_path).strip())
    assert shipped == wheel / "forecast" / "_track_record.csv"
    published = ROOT / "reports" / "backtest" / "track-record.csv"
    assert Path(run(code, ROOT, tmp_path).strip()) == published
    assert shipped.read_bytes() == published.read_bytes()


def test_the_wheel_installs_no_package_called_datasets(wheel: Path) -> None:
    assert not (wheel / "datasets").exists()
