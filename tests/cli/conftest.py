"""Running the command line as a user does, without starting a process for each call."""

import io
import shutil
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from forecast import prediction
from forecast.archive import Archive, default_directory
from forecast.cli import main
from forecast.prediction import Forecast


class Ended(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Ended]


def _run(*arguments: str) -> Ended:
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    with redirect_stdout(out), redirect_stderr(err):
        code = main(arguments)
    texts = []
    for stream in (out, err):
        stream.seek(0)
        texts.append(stream.read())
    return Ended(code, *texts)


@pytest.fixture(scope="session")
def run() -> Run:
    """``run("predict", "jpn-fra-raa")``: exit code, standard output, standard error."""
    return _run


@pytest.fixture(scope="session")
def answer() -> Run:
    """Like ``run``, but each call is made once: for reading one answer in several tests."""
    return lru_cache(maxsize=None)(_run)


@pytest.fixture(scope="session")
def shipped_open() -> Callable[..., dict[str, Forecast]]:
    """``predict_open`` of the shipped records: each call is made once."""
    whole = prediction.predict_open

    @cache
    def made(asked: tuple[tuple[str, Any], ...]) -> dict[str, Forecast]:
        return whole(**dict(asked))

    def make(archive: Archive, **asked: Any) -> dict[str, Forecast]:
        return made(tuple(asked.items()))

    return make


@pytest.fixture
def opened_once(
    shipped_open: Callable[..., dict[str, Forecast]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forecast all that is open once, for several ways of showing it."""
    monkeypatch.setattr(prediction, "predict_open", shipped_open)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the shipped tables, to be spoilt."""
    return Path(shutil.copytree(default_directory(), tmp_path / "tables"))


@pytest.fixture(scope="session")
def then_and_now(answer: Run, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Two forecast files of the Japan-France talks, at the launch and at the vintage."""
    directory = tmp_path_factory.mktemp("forecasts")
    then, now = directory / "then.json", directory / "now.json"
    launch = ("--as-of", "2024-05-02")
    then.write_text(answer("predict", "jpn-fra-raa", *launch, "--json").out, encoding="utf-8")
    now.write_text(answer("predict", "jpn-fra-raa", "--json").out, encoding="utf-8")
    return then, now
