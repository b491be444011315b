"""Work in parts goes on where it was broken off, and never mixes two runs."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from importlib import import_module
from pathlib import Path

import pytest
from joblib import parallel_config

import forecast
from forecast.errors import UsageError
from forecast.keeping import (
    RUN_FILE,
    claim,
    code_digest,
    fingerprint,
    keep_parts,
    write_text,
)

RUN = {"data": "abc", "seed": 0}
TASKS = {f"{k:03d}.txt": (k,) for k in range(6)}


class BrokenOffError(Exception):
    pass


def square(k: int) -> str:
    return f"{k * k}\n"


class Breaks:
    """Breaks off at the fourth part, as a killed process does."""

    def __init__(self) -> None:
        self.made: list[int] = []

    def __call__(self, k: int) -> str:
        if len(self.made) == 3:
            raise BrokenOffError
        self.made.append(k)
        return square(k)


def contents(paths: list[Path]) -> list[bytes]:
    return [path.read_bytes() for path in paths]


def test_a_run_that_was_broken_off_ends_with_the_same_bytes(tmp_path: Path) -> None:
    whole = keep_parts(tmp_path / "whole", RUN, TASKS, square, workers=1)
    broken = tmp_path / "broken"
    with pytest.raises(BrokenOffError):
        keep_parts(broken, RUN, TASKS, Breaks(), workers=1)
    assert sum(path.name != RUN_FILE for path in broken.iterdir()) == 3
    again = Breaks()
    told: list[tuple[int, int]] = []
    paths = keep_parts(
        broken, RUN, TASKS, again, workers=1, advance=lambda done, of: told.append((done, of))
    )
    assert again.made == [3, 4, 5]
    assert told == [(3, 6), (4, 6), (5, 6), (6, 6)]
    assert contents(paths) == contents(whole)


def test_a_half_written_part_is_made_again(tmp_path: Path) -> None:
    keep_parts(tmp_path, RUN, TASKS, square, workers=1)
    (tmp_path / "003.txt").unlink()
    (tmp_path / ".003.txt.part").write_text("torn")
    paths = keep_parts(tmp_path, RUN, TASKS, square, workers=1)
    assert paths[3].read_text() == "9\n"
    assert not (tmp_path / ".003.txt.part").exists()


def test_a_directory_of_another_run_is_refused_and_left_alone(tmp_path: Path) -> None:
    claim(tmp_path, RUN, TASKS)
    before = (tmp_path / RUN_FILE).read_bytes()
    with pytest.raises(UsageError, match=r"another run \(its data differ\)"):
        claim(tmp_path, {"data": "xyz", "seed": 0}, TASKS)
    assert (tmp_path / RUN_FILE).read_bytes() == before
    (tmp_path / RUN_FILE).write_text("torn {")
    with pytest.raises(UsageError, match="its data, seed differ"):
        claim(tmp_path, RUN, TASKS)


def test_a_run_that_more_or_less_decided_is_another_one(tmp_path: Path) -> None:
    (tmp_path / RUN_FILE).write_text(json.dumps({**RUN, "nodes": None}))
    with pytest.raises(UsageError, match=r"another run \(its nodes differ\)"):
        claim(tmp_path, RUN, TASKS)
    (tmp_path / RUN_FILE).write_text(json.dumps([RUN]))
    with pytest.raises(UsageError, match="its data, seed differ"):
        claim(tmp_path, RUN, TASKS)


def test_a_run_is_compared_as_its_file_holds_it(tmp_path: Path) -> None:
    run = {"models": ("lindy", "cox")}
    claim(tmp_path, run, TASKS)
    claim(tmp_path, run, TASKS)
    with pytest.raises(UsageError, match="its models differ"):
        claim(tmp_path, {"models": ("cox", "lindy")}, TASKS)


def test_parts_of_nobody_knows_which_run_are_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "002.txt").write_text("5\n")
    with pytest.raises(UsageError, match=r"holds 002\.txt and no run\.json"):
        keep_parts(tmp_path, RUN, TASKS, square, workers=1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["002.txt", "notes.txt"]
    (tmp_path / "002.txt").unlink()
    assert keep_parts(tmp_path, RUN, TASKS, square, workers=1)[2].read_text() == "4\n"


def test_workers_can_be_left_to_joblib(tmp_path: Path) -> None:
    def where(k: int) -> str:
        return threading.current_thread().name

    with parallel_config(backend="threading", n_jobs=2):
        made = keep_parts(tmp_path / "there", RUN, TASKS, where, workers=None)
    main = threading.current_thread().name
    assert main.encode() not in contents(made)
    made = keep_parts(tmp_path / "here", RUN, TASKS, where, workers=None)
    assert set(contents(made)) == {main.encode()}


def test_a_fingerprint_follows_everything_and_no_order_of_keys() -> None:
    assert fingerprint(RUN) == fingerprint({"seed": 0, "data": "abc"})
    assert fingerprint(RUN) != fingerprint({"seed": 1, "data": "abc"})
    assert code_digest(["errors.py"]) != code_digest(["keeping.py"])


def test_a_digest_of_code_follows_names_and_contents_of_the_files_that_match(
    tmp_path: Path,
) -> None:
    def digest(**texts: str) -> str:
        root = tmp_path / str(len(list(tmp_path.iterdir())))
        for name, text in texts.items():
            write_text(root / f"{name}.py", text)
        return code_digest(["[ab].py"], root)

    assert digest(a="x", b="y") == digest(b="y", a="x", c="z")
    assert len({digest(a="x", b="y"), digest(a="y", b="x"), digest(a="x")}) == 3


# Loaded with the code that decides, and deciding nothing.
HARMLESS = {"__init__.py", "analysis/__init__.py", "evaluation/__init__.py"}
HARMLESS |= {"errors.py", "evaluation/backtest.py", "keeping.py"}


@pytest.mark.parametrize("module", ["forecast.analysis.multiverse", "forecast.evaluation.backtest"])
def test_a_run_names_all_code_that_decides_it(module: str) -> None:
    package = Path(forecast.__file__).parent
    code = f"import sys, {module}; print(*(m.__file__ for m in sys.modules.values() if "
    code += "m.__name__.split('.')[0] == 'forecast'), sep='\\n')"
    shown = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = {Path(line).relative_to(package).as_posix() for line in shown.stdout.splitlines()}
    patterns = import_module(module)._DECIDING
    named = {path.relative_to(package).as_posix() for p in patterns for path in package.glob(p)}
    assert {"models/hierarchical.py", "threads.py"} < loaded
    assert loaded - named <= HARMLESS


def test_a_path_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        write_text(tmp_path / "file" / "part", "text")
