"""report, compare, data, models, and what all verbs have in common."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forecast import prediction
from forecast.archive import Archive, default_directory, load_archive
from forecast.models import MODELS
from forecast.prediction import Forecast
from tests.cli.conftest import Run

CASE = "jpn-fra-raa"

SHOWN = [
    ("predict", CASE),
    ("predict", CASE, "--as-of", "2024-05-02", "--accounts", "press"),
    ("predict", "jpn-aus-raa", "--as-of", "2021-06-01"),
    ("predict", "jpn-gbr-raa", "--clock", "launch:agreed", "--as-of", "2022-03-01"),
    ("predict", "jpn-phl-raa"),
    ("predict", "--open"),
    ("models",),
    ("officials",),
    ("officials", "--as-of", "2012-01-01"),
    ("officials", "--help"),
    ("data", "list"),
    ("data", "list", "--open"),
    ("data", "check"),
    ("data", "covariates", CASE),
    ("data", "covariates", "jpn-aus-raa"),
    ("--help",),
    ("--version",),
    ("predict", "--help"),
    ("report", "--help"),
    ("compare", "--help"),
    ("models", "--help"),
    ("data", "--help"),
    ("data", "list", "--help"),
    ("data", "show", "--help"),
    ("data", "check", "--help"),
    ("data", "new", "--help"),
    ("data", "covariates", "--help"),
    ("data", "card", "--help"),
]


def assert_readable(text: str) -> None:
    for line in text.splitlines():
        assert len(line) <= 80, line
        assert line == line.rstrip()
    assert "\x1b" not in text
    assert not set(text) & set("│╭╮╰╯─━┃┏┓…")


@pytest.mark.usefixtures("opened_once")
@pytest.mark.parametrize("arguments", SHOWN)
def test_output_fits_80_columns_and_is_plain(answer: Run, arguments: tuple[str, ...]) -> None:
    code, out, _ = answer(*arguments)
    assert code == 0
    assert out
    assert_readable(out)


@pytest.mark.parametrize("arguments", [a for a in SHOWN if a[-1] == "--help"])
def test_help_ends_with_examples(answer: Run, arguments: tuple[str, ...]) -> None:
    out = answer(*arguments).out
    assert "\n  Examples\n    forecast " in out
    if arguments[0] == "predict":
        assert "forecast/schemas/forecast-1.schema.json" in out


def test_no_arguments_show_the_help(run: Run) -> None:
    out, err = run().out, run().err
    assert "Usage: forecast" in out + err


def test_version(answer: Run) -> None:
    assert answer("--version") == (0, "forecast 0.1.0\n", "")


def test_report_writes_four_files_and_names_them(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: Run
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("report", CASE, "--as-of", "2024-05-02")
    assert (code, err) == (0, "")
    names = ["report.pdf", "card.png", "forecast.json", "run.json"]
    lines = out.splitlines()
    assert "that it is signed by" in lines[0]
    assert lines[1:] == [f"reports/{CASE}/{name}" for name in names]
    directory = tmp_path / "reports" / CASE
    assert sorted(path.name for path in directory.iterdir()) == sorted(names)
    written = (directory / "forecast.json").read_text(encoding="utf-8")
    assert written == answer("predict", CASE, "--as-of", "2024-05-02", "--json").out
    data = json.loads(written)
    assert json.loads((directory / "run.json").read_text(encoding="utf-8")) == {
        "version": data["version"],
        "digest": data["digest"],
        "vintage": data["vintage"],
        "seed": 0,
        "arguments": {
            "negotiation": CASE,
            "as_of": "2024-05-02",
            "open_at": None,
            "clock": "launch:signed",
            "model": "hierarchical",
            "accounts": "documented",
            "seed": 0,
        },
    }


def test_compare_prints_what_changed_and_why(run: Run, then_and_now: tuple[Path, Path]) -> None:
    code, out, err = run("compare", *map(str, then_and_now))
    assert (code, err) == (0, "")
    assert_readable(out)
    then, now = (json.loads(path.read_text(encoding="utf-8")) for path in then_and_now)
    assert f"Before  {then['sentence']}" in out
    assert f"After   {now['sentence']}" in out
    lines = [line.split() for line in out.splitlines()]
    assert ["as", "of", "2024-05-02", "2026-06-30"] in lines
    assert ["last", "seen", "open", "2024-05-02", now["open_at"]] in lines
    assert "Past cases that came in (" in out
    assert "Past cases known differently (" in out
    flat = " ".join(out.split())
    # Signed in Berlin on 13 September 2024, open as of 2 May.
    agreement = "Germany-Lithuania Agreement on Cooperation in the Field of Defence"
    assert (
        f"{agreement} (brigade stationing): end ? -> 2024-09-13; status open -> concluded" in flat
    )
    assert "Models, by 2027-12-31, those that changed most first" in out
    assert "Ambassador Setton (France): by 2024-12-31" in out


def test_compare_of_equals(run: Run, then_and_now: tuple[Path, Path]) -> None:
    path = str(then_and_now[0])
    code, out, _ = run("compare", path, path)
    assert code == 0
    assert out.endswith("\nNothing differs.\n")


def test_models_lists_the_registry(answer: Run) -> None:
    out = answer("models").out
    flat = " ".join(out.split())
    for entry in MODELS.values():
        line = next(row for row in out.splitlines() if row.split()[:1] == [entry.name])
        assert entry.role in line
        assert entry.description.split()[0] in flat


def test_list_has_every_negotiation(answer: Run) -> None:
    code, out, err = answer("data", "list")
    ids = [line.split()[0] for line in out.splitlines()[1:] if line[2:3] != " "]
    assert code == 0
    assert ids == list(load_archive())
    assert err == f"{len(ids)} of {len(ids)} negotiations, as known on 2026-06-30.\n"


def test_list_tells_the_course(answer: Run) -> None:
    out = answer("data", "list", "--family", "raa").out
    assert "launched 2014-07, signed 2022-01-06\n" in out
    assert "launched 2024-05-02, open when last seen on 2024-12-17\n" in out
    assert "acsa" not in out


def test_list_of_open_ones(answer: Run) -> None:
    out = answer("data", "list", "--open").out
    assert "jpn-fra-raa" in out
    assert "signed 20" not in out


def test_show_has_every_account_with_its_address(answer: Run) -> None:
    code, out, _ = answer("data", "show", CASE)
    record = load_archive()[CASE]
    assert code == 0
    for source in record.sources:
        assert out.count(f"    {source.url}\n") >= 1
    assert "Parties      Japan, France\n" in out
    assert "* 2024-05-02  launch_agreed\n    Elysee (official, 2024-05-02)" in out
    assert out.count("\n* ") == 1
    assert "by 2024-12 (looking ahead)" in out
    assert_readable("\n".join(row for row in out.splitlines() if "https://" not in row))


def test_show_prefers_none_of_several_occasions(answer: Run) -> None:
    out = answer("data", "show", "eu-mys-fta").out
    assert "  2012  suspended\n" in out
    assert "  2015  suspended\n" in out
    assert "\n* " not in out


def test_check_counts_the_rows(answer: Run) -> None:
    code, out, err = answer("data", "check")
    assert (code, err) == (0, "")
    assert out.endswith("No problems.\n")
    assert ["negotiations.csv", str(len(load_archive()))] in [x.split() for x in out.splitlines()]


def test_check_counts_the_rows_of_a_directory_laid_over(run: Run, tmp_path: Path) -> None:
    (tmp_path / "polyarchy.csv").write_text("iso3,year,v2x_polyarchy\nJPN,2022,0.5\n")
    lines = (default_directory() / "countries.csv").read_text(encoding="utf-8").splitlines(True)
    own = [lines[0], *(line for line in lines[1:] if line[:3] in ("JPN", "FRA"))]
    (tmp_path / "countries.csv").write_text("".join(own), encoding="utf-8")
    code, out, err = run("data", "check", str(tmp_path))
    assert (code, err) == (0, "")
    told = [line.split() for line in out.splitlines()]
    assert told[0] == ["Table", "Rows", "Yours"]
    assert ["countries.csv", str(len(lines) - 1), "2"] in told
    assert ["negotiations.csv", str(len(load_archive())), "-"] in told
    assert out.endswith("Public series: polyarchy.csv\nNo problems.\n")


def test_text_of_the_data_comes_out_as_it_stands(
    run: Run, tables: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def only(archive: Archive, **asked: Any) -> dict[str, Forecast]:
        return {CASE: prediction.predict(CASE, archive=archive, **asked)}

    # Of all that are open this case alone, which is what the text is about.
    monkeypatch.setattr(prediction, "predict_open", only)
    path = tables / "negotiations.csv"
    strange = "[red]Japan[/red] [/] :smile: pact"
    text = path.read_text(encoding="utf-8")
    shipped = "Japan-France Reciprocal Access Agreement"
    path.write_text(text.replace(shipped, strange), encoding="utf-8")
    for arguments in (("data", "show", CASE), ("data", "list"), ("predict", CASE)):
        assert strange in run(*arguments, "--data", str(tables)).out
    assert strange in run("predict", "--open", "--csv", "--data", str(tables)).out


def test_a_terminal_is_given_no_commands_from_the_data(run: Run, tables: Path) -> None:
    clear, name = "\x1b[2J", "\x1b]0;owned\x07"
    for file, shipped in (
        ("negotiations.csv", "Japan-France Reciprocal Access Agreement"),
        ("sources.csv", "https://www.elysee.fr/"),
        ("claims.csv", "Ambassador Setton (France)"),
    ):
        path = tables / file
        text = path.read_text(encoding="utf-8")
        assert shipped in text
        path.write_text(text.replace(shipped, f"{shipped}{clear}\t{name}"), encoding="utf-8")
    seen = run("data", "show", CASE, "--data", str(tables)).out
    for shown in (
        "Reciprocal Access Agreement[2J ]0;owned\n",
        "https://www.elysee.fr/[2J ]0;owned",
    ):
        assert shown in seen
    assert "Ambassador Setton (France)[2J ]0;owned, " in seen
    listed = run("data", "list", "--family", "raa", "--data", str(tables)).out
    assert not {"\x1b", "\x07"} & set(seen + listed)
    (tables / "negotiations.csv").write_text(f"id,{clear}\n", encoding="utf-8")
    code, out, err = run("data", "check", str(tables))
    assert code == 3
    assert "\x1b" not in out + err


@pytest.mark.parametrize("argument", ["--help", "--version"])
def test_heavy_libraries_stay_out_of_small_answers(argument: str) -> None:
    code = (
        "import sys\n"
        "from forecast.cli import main\n"
        f"main([{argument!r}])\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'matplotlib', 'scipy', 'rich'} & set(sys.modules)\n"
        "sys.exit(' '.join(sorted(heavy)) or None)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_python_m_forecast() -> None:
    command = [sys.executable, "-m", "forecast", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == (
        "forecast 0.1.0\n"
    )


@pytest.mark.parametrize("arguments", [("data", "list"), ("--version",)])
def test_a_reader_that_leaves_ends_it_quietly(arguments: tuple[str, ...]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "forecast", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
        code = process.wait()
    assert "Traceback" not in said
    assert "Exception ignored" not in said
    assert code == 1


def test_an_interrupt_ends_it_quietly(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(directory: object = None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("forecast.archive.load_archive", interrupted)
    assert run("data", "list") == (130, "", "")


@pytest.mark.filterwarnings("always::UserWarning")
def test_a_warning_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def warned(directory: object = None) -> object:
        import warnings

        warnings.warn("the tables are old", UserWarning, stacklevel=2)
        return load_archive()

    monkeypatch.setattr("forecast.archive.load_archive", warned)
    assert run("data", "list").err.startswith("warning: the tables are old\n")
