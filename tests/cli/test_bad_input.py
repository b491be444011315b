"""One clear sentence, the right exit code, nothing on standard output, no file."""

from pathlib import Path

import pytest

from forecast import prediction
from forecast.archive import default_directory
from tests.cli.conftest import Run

CASE = "jpn-fra-raa"

SENTENCES = [
    (
        ("predict", "jpn-fr-raa"),
        5,
        "there is no negotiation 'jpn-fr-raa' "
        "(did you mean jpn-fra-raa or jpn-kor-raa or jpn-gbr-raa?); see: forecast data list",
    ),
    (
        ("predict", "fra-jpn-raa"),
        5,
        "there is no negotiation 'fra-jpn-raa' (did you mean jpn-fra-raa?); "
        "see: forecast data list",
    ),
    (
        ("predict", "nope"),
        5,
        "there is no negotiation 'nope'; see: forecast data list",
    ),
    (
        ("data", "show", "zzz"),
        5,
        "there is no negotiation 'zzz'; see: forecast data list",
    ),
    (
        ("predict", CASE, "--as-of", "2024-13-01"),
        2,
        "as-of '2024-13-01' is not a day such as 2024-05-02",
    ),
    (
        ("predict", CASE, "--as-of", "yesterday"),
        2,
        "as-of 'yesterday' is not a day such as 2024-05-02",
    ),
    (
        ("predict", CASE, "--open-at", "2025-02-29"),
        2,
        "open-at '2025-02-29' is not a day such as 2024-05-02",
    ),
    (
        ("predict", CASE, "--open-at", "2030-01-01"),
        2,
        "open-at 2030-01-01 must lie between the start (2024-05-02) "
        "and the as-of date (2026-06-30)",
    ),
    (
        ("predict", CASE, "--as-of", "2023-01-01"),
        5,
        "jpn-fra-raa was not yet launched by 2023-01-01 (launched: 2024-05-02)",
    ),
    (
        ("predict", "jpn-can-raa"),
        5,
        "jpn-can-raa was never launched, as far as is documented",
    ),
    (
        ("predict", CASE, "--clock", "signed:in_force"),
        5,
        "jpn-fra-raa was never signed, as far as is documented",
    ),
    (
        ("predict", CASE, "--clock", "start:end"),
        2,
        "'start:end' is not a clock; one of launch:signed, launch:agreed, launch:in_force, "
        "signed:in_force",
    ),
    (
        ("predict", CASE, "--accounts", "gossip"),
        2,
        "'gossip' is not an account set; one of documented, press",
    ),
    (("predict", CASE, "--seed", "abc"), 2, "--seed 'abc' is not a whole number of at least 0"),
    (("report", CASE, "--seed", "-1"), 2, "--seed '-1' is not a whole number of at least 0"),
    (("replay", CASE, "--seed", "1.5"), 2, "--seed '1.5' is not a whole number of at least 0"),
    (("backtest", "--every", "0"), 2, "--every '0' is not a whole number of at least 1"),
    (("backtest", "--jobs", "two"), 2, "--jobs 'two' is not a whole number of at least 1"),
    (("what-if", CASE, "--never", "abc"), 2, "--never 'abc' is not a number"),
    (("what-if", CASE, "--never", "nan"), 2, "--never 'nan' is not a number"),
    (("what-if", CASE, "--elapsed", "long"), 2, "--elapsed 'long' is not a number"),
    (("predict",), 2, "name a negotiation, or ask for all open ones with --open"),
    (("predict", CASE, "--open"), 2, "ask for jpn-fra-raa or for --open, not both"),
    (
        ("predict", "--open", "--open-at", "2025-01-01"),
        2,
        "--open-at speaks of one negotiation; name it instead of --open",
    ),
    (("predict", "--open", "--csv", "--json"), 2, "choose one of --json and --csv"),
    (("predict", CASE, "--csv"), 2, "--csv needs --open; one forecast is written with --json"),
    (("predict", CASE, "--data", "/nowhere"), 2, "/nowhere is not a directory of tables"),
    (("data", "check", "/nowhere"), 2, "/nowhere is not a directory of tables"),
    (
        ("data", "list", "--family", "trade-ish"),
        2,
        "'trade-ish' is not a family; one of access_basing, alliance, arms_control_peace, "
        "equipment, information_security, logistics, other_security, raa, trade, "
        "visiting_forces, wto_accession",
    ),
    (
        ("compare", "nowhere.json", "nowhere.json"),
        2,
        "nowhere.json cannot be read: No such file or directory",
    ),
]


@pytest.mark.parametrize(("arguments", "code", "sentence"), SENTENCES)
def test_one_sentence(run: Run, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    assert run(*arguments) == (code, "", f"error: {sentence}\n")


def test_an_unknown_model_names_those_there_are(run: Run) -> None:
    code, out, err = run("predict", CASE, "--model", "oracle")
    assert (code, out) == (2, "")
    assert err.startswith(
        "error: 'oracle' is not a model; one of hierarchical, pool, hierarchical-lognormal,"
    )
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("predict", CASE, "--bogus"), "No such option: --bogus"),
        (("predict", CASE, "--seed"), "Option '--seed' requires an argument"),
        (("foretell", CASE), "No such command 'foretell'"),
        (("compare", "one.json"), "Missing argument 'B.json'"),
        (("data", "shows"), "No such command 'shows'"),
    ],
)
def test_usage_errors_end_with_2(run: Run, arguments: tuple[str, ...], says: str) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert "Traceback" not in err


def test_a_broken_data_directory(run: Run, tables: Path) -> None:
    (tables / "claims.csv").unlink()
    (tables / "countries.csv").unlink()
    code, out, err = run("predict", CASE, "--data", str(tables))
    assert (code, out) == (3, "")
    assert err == (
        f"error: claims.csv: the file is missing (and 1 more; see: forecast data check {tables})\n"
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "this is not JSON (line 1: Expecting value)"),
        ("[]", "this is not a forecast of schema forecast/1"),
        ('{"schema": "forecast/9"}', "this is not a forecast of schema forecast/1"),
        ('{"schema": "forecast/1"}', "this forecast has no key 'negotiation'"),
    ],
)
def test_no_forecast_to_compare(run: Run, tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text)
    assert run("compare", str(path), str(path)) == (3, "", f"error: {path}: {says}\n")


def test_bytes_that_are_no_text(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xff\xfe\x00")
    assert run("compare", str(path), str(path)) == (
        3,
        "",
        f"error: {path}: this is not a forecast file, nor UTF-8 text\n",
    )


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"as_of": "', '"as_of": "x'),
        ('"survival": [', '"survival": ["x",'),
        ('"lower": ', '"lower": "x", "lowest": '),
        ('"upper": ', '"upper": "x", "uppermost": '),
    ],
)
def test_a_forecast_with_a_value_of_the_wrong_kind(
    run: Run, tmp_path: Path, then_and_now: tuple[Path, Path], right: str, wrong: str
) -> None:
    path = tmp_path / "a.json"
    text = then_and_now[0].read_text(encoding="utf-8")
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    code, out, err = run("compare", str(path), str(then_and_now[1]))
    assert (code, out) == (3, "")
    assert err.startswith(f"error: {path}: this is not a forecast file: ")
    assert err.count("\n") == 1


def test_forecasts_of_two_negotiations_are_not_compared(
    run: Run, answer: Run, tmp_path: Path, then_and_now: tuple[Path, Path]
) -> None:
    other = tmp_path / "other.json"
    other.write_text(answer("predict", "jpn-phl-raa", "--json").out, encoding="utf-8")
    assert run("compare", str(then_and_now[0]), str(other)) == (
        2,
        "",
        "error: the first forecast is about jpn-fra-raa, the second about jpn-phl-raa; "
        "compare two forecasts of one negotiation\n",
    )


def test_a_report_where_a_file_stands(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("mine")
    for out in (file, file / "below"):
        assert run("report", CASE, "--out", str(out)) == (
            2,
            "",
            f"error: cannot write to {out}: {file} is not a directory\n",
        )
    assert file.read_text() == "mine"


def test_a_report_where_nobody_can_write(run: Run) -> None:
    assert run("report", CASE, "--out", "/proc/reports") == (
        2,
        "",
        "error: cannot write to /proc/reports: nothing can be written in /proc\n",
    )


def test_a_place_is_tried_before_anything_is_forecast(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forecast(*_: object, **__: object) -> None:
        raise AssertionError("nothing may be forecast")

    monkeypatch.setattr(prediction, "predict", forecast)
    asked = ("--open", "2026-06-01", "--close", "2031-01-01")
    for arguments in (("report", CASE), ("export", "metaculus", CASE, *asked)):
        code, out, err = run(*arguments, "--out", "/proc/out")
        assert (code, out) == (2, "")
        assert err == "error: cannot write to /proc/out: nothing can be written in /proc\n"
    assert run("export", "metaculus", CASE, *asked, "--out", str(tmp_path)) == (
        2,
        "",
        f"error: cannot write to {tmp_path}: it is a directory\n",
    )


def test_a_report_of_nothing_leaves_no_file(run: Run, tmp_path: Path) -> None:
    out = tmp_path / "report"
    assert run("report", CASE, "--as-of", "2023-01-01", "--out", str(out)).code == 5
    assert run("report", "zzz", "--out", str(out)).code == 5
    assert list(tmp_path.iterdir()) == []


def test_a_directory_without_a_table_is_never_the_shipped_data(run: Run, tmp_path: Path) -> None:
    (tmp_path / "negotiation.csv").touch()
    sentence = (
        f"error: {tmp_path} has no table that we know; "
        "it holds negotiation.csv (did you mean negotiations.csv?)\n"
    )
    assert run("data", "check", str(tmp_path)) == (3, "", sentence)
    assert run("predict", CASE, "--data", str(tmp_path)) == (3, "", sentence)


def test_check_names_a_file_that_is_no_table(run: Run, tmp_path: Path) -> None:
    (tmp_path / "meetings.csv").write_bytes((default_directory() / "meetings.csv").read_bytes())
    (tmp_path / "milestone.csv").touch()
    assert run("data", "check", str(tmp_path)) == (
        3,
        "milestone.csv: is not a table that we know (did you mean milestones.csv?)\n",
        "error: 1 problem in 1 file; mend the rows named above\n",
    )


def test_check_reads_the_public_series(run: Run, tmp_path: Path) -> None:
    (tmp_path / "polyarchy.csv").write_text("iso3,year,v2x_polyarchy\nJPN,2022,high\n")
    assert run("data", "check", str(tmp_path)) == (
        3,
        "",
        "error: polyarchy.csv:2:v2x_polyarchy: '2022', 'high' are no numbers\n",
    )


def test_check_names_file_row_and_column(run: Run, tables: Path) -> None:
    path = tables / "negotiations.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[1]]), encoding="utf-8")
    code, out, err = run("data", "check", str(tables))
    key = lines[1].split(",")[0]
    assert code == 3
    assert out == f"negotiations.csv:{len(lines) + 1}:id: {key!r} stands already in row 2\n"
    assert err == "error: 1 problem in 1 file; mend the rows named above\n"


def test_check_of_a_missing_column(run: Run, tables: Path) -> None:
    path = tables / "negotiations.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("title", "name", 1), encoding="utf-8")
    code, out, _ = run("data", "check", str(tables))
    assert code == 3
    assert "negotiations.csv:1:title: the column is missing\n" in out


def test_check_lists_every_problem(run: Run, tables: Path) -> None:
    files = sorted(path.name for path in tables.glob("*.csv"))
    assert len(files) == 10
    for file in files:
        (tables / file).unlink()
    code, out, err = run("data", "check", str(tables))
    assert code == 3
    assert out == "".join(f"{file}: the file is missing\n" for file in files)
    assert err == "error: 10 problems in 10 files; mend the rows named above\n"
