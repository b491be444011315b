"""A case of one's own from the shell, in a minute: new, covariates, predict."""

from __future__ import annotations

import hashlib
import json
import shlex
from pathlib import Path

import pytest

from forecast.archive import default_directory
from tests.cli.conftest import Run
from tests.cli.test_verbs import assert_readable

NEW = ("data", "new", "deu-jpn-raa", "--parties", "DEU,JPN", "--instrument", "RAA")
LAUNCHED = (*NEW, "--launch", "2026-05-15")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def overlay(directory: Path) -> Path:
    """The same negotiation as :data:`LAUNCHED` writes, as rows of tables."""
    directory.mkdir()
    rows = {
        "negotiations.csv": "id,title,parties,instrument,family,domain,cluster,searched_to,"
        "searched_for,resolution,notes\n"
        "deu-jpn-raa,DEU-JPN RAA,DEU;JPN,RAA,raa,defence,,,,,\n",
        "milestones.csv": "negotiation_id,event,date,source_id,confidence,planned,stage,note\n"
        "deu-jpn-raa,launch_agreed,2026-05-15,mine,high,0,negotiation,\n",
        "sources.csv": "id,url,publisher,published,kind\nmine,https://example.org,Mine,,press\n",
    }
    for name, text in rows.items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def test_new_then_predict(run: Run, here: Path) -> None:
    code, out, err = run(*LAUNCHED)
    assert (code, err) == (0, "")
    assert out.splitlines() == ["deu-jpn-raa.toml", "Next: forecast predict deu-jpn-raa.toml"]
    code, out, err = run("predict", "deu-jpn-raa.toml")
    assert (code, err) == (0, "")
    assert_readable(out)
    assert out.startswith("DEU-JPN RAA (deu-jpn-raa)\n")
    assert "Launched        15 May 2026 (deu-jpn-raa.toml)" in out
    assert out.endswith("\nAll accounts and addresses: forecast data show deu-jpn-raa.toml\n")
    assert [path.name for path in here.iterdir()] == ["deu-jpn-raa.toml"]


def test_new_takes_a_country_of_ones_own(run: Run, here: Path) -> None:
    shipped = (default_directory() / "countries.csv").read_text(encoding="utf-8").splitlines()
    row = next(line for line in shipped if line.startswith("DEU,"))
    (here / "countries.csv").write_text(
        "\n".join((shipped[0], row.replace("DEU", "XXX", 1), "")), encoding="utf-8"
    )
    made = run(
        *NEW[:4], "XXX,JPN", *NEW[5:], "--launch", "2026", "--out", "mine.toml", "--data", "."
    )
    assert made == (0, "mine.toml\nNext: forecast predict mine.toml --data .\n", "")
    assert run("data", "show", "mine.toml", "--data", ".").code == 0


def test_show_takes_a_file(run: Run, here: Path) -> None:
    run(*LAUNCHED)
    code, out, err = run("data", "show", "deu-jpn-raa.toml")
    assert (code, err) == (0, "")
    assert_readable(out)
    assert out.startswith("DEU-JPN RAA\n  Id          deu-jpn-raa\n  Parties     Germany, Japan\n")
    assert "\n  2026-05-15  launch_agreed\n    your file (press, undated)" in out


def test_the_pointer_to_the_records_is_a_command_that_works(run: Run, here: Path) -> None:
    rows = overlay(here / "my rows")
    out = run("predict", "deu-jpn-raa", "--data", str(rows)).out
    said = "All accounts and addresses: "
    (command,) = (line for line in out.splitlines() if line.startswith(said))
    assert command == f"{said}forecast data show deu-jpn-raa --data '{rows}'"
    code, shown, _ = run(*shlex.split(command.removeprefix(said))[1:])
    assert (code, shown[:12]) == (0, "DEU-JPN RAA\n")


LATER = (
    "note: the as-of date is 2027-06-30, the last day that deu-jpn-raa.toml tells of; "
    "all other records end on 2026-06-30\n"
)


@pytest.mark.parametrize("verb", ["predict", "data show", "data covariates", "explain"])
def test_a_file_of_a_later_day_moves_the_as_of_date_and_says_so(
    run: Run, here: Path, verb: str
) -> None:
    run(*NEW, "--launch", "2027-06")
    code, _, err = run(*verb.split(), "deu-jpn-raa.toml")
    assert (code, err) == (0, LATER)


def test_a_day_that_was_asked_for_is_not_moved(run: Run, here: Path) -> None:
    run(*NEW, "--launch", "2027-06")
    assert run("predict", "deu-jpn-raa.toml", "--as-of", "2026-06-30") == (
        5,
        "",
        "error: deu-jpn-raa was not yet launched by 2026-06-30 (launched: 2027-06)\n",
    )


def test_a_file_that_would_not_be_read_as_a_case_is_not_written(run: Run, here: Path) -> None:
    ended = run(*LAUNCHED, "--out", "mine.txt")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith("error: --out mine.txt: the name must end in .toml")
    assert list(here.iterdir()) == []


def test_a_file_that_exists_is_not_overwritten(run: Run, here: Path) -> None:
    mine = here / "deu-jpn-raa.toml"
    mine.write_text("mine")
    assert run(*LAUNCHED) == (
        2,
        "",
        "error: deu-jpn-raa.toml exists already; name another file with --out\n",
    )
    assert mine.read_text() == "mine"
    assert run(*LAUNCHED, "--out", "other.toml").code == 0
    assert 'id = "deu-jpn-raa"' in (here / "other.toml").read_text()
    code, out, err = run(*LAUNCHED, "--out", "nowhere/other.toml")
    assert (code, out) == (2, "")
    assert err == "error: nowhere/other.toml cannot be written: No such file or directory\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((*NEW, "--launch", "May-24"), "launch: 'May-24' is not an EDTF date"),
        ((*NEW[:3], "--parties", "DEU", *NEW[5:], "--launch", "2026"), "parties are at least two"),
        ((*NEW[:6], "PACT", "--launch", "2026"), "'PACT' is not an instrument; one of RAA"),
        (
            (*NEW[:4], "DEU,XXX", *NEW[5:], "--launch", "2026"),
            "deu-jpn-raa: 'XXX' is not a party in countries.csv",
        ),
        (
            ("data", "new", "jpn-fra-raa", *NEW[3:], "--launch", "2026"),
            "jpn-fra-raa is already a negotiation of the data set; choose another id",
        ),
    ],
)
def test_new_refuses_nonsense_and_writes_nothing(
    run: Run, here: Path, arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {said}")
    assert err.count("\n") == 1
    assert list(here.iterdir()) == []


def test_a_file_forecasts_as_the_same_rows_in_a_table(run: Run, here: Path) -> None:
    run(*LAUNCHED)
    own = json.loads(run("predict", "deu-jpn-raa.toml", "--json").out)
    code, out, err = run("predict", "deu-jpn-raa", "--data", str(overlay(here / "rows")), "--json")
    assert (code, err) == (0, "")
    rows = json.loads(out)
    # Only the page on which the launch rests, and with it the digest, differ.
    differing = {key for key in own if own[key] != rows[key]}
    assert differing == {"digest", "start_source", "open_at_source"}
    assert own["covariates"] == rows["covariates"]
    assert own["quantiles"] == rows["quantiles"]


@pytest.mark.parametrize("negotiation", ["deu-jpn-raa.toml", "jpn-fra-raa"])
def test_covariates_tell_what_each_rests_on(run: Run, here: Path, negotiation: str) -> None:
    run(*LAUNCHED)
    code, out, err = run("data", "covariates", negotiation)
    assert (code, err) == (0, "")
    assert_readable(out)
    flat = " ".join(out.split())
    assert "legal_sticking_point * 1 +" in flat
    assert "joint_democracy unknown - polyarchy.csv is not given" in flat
    assert "election_within_6_months 1 ? JPN 2026-02-08" in flat


def test_covariates_of_a_directory_with_public_series(run: Run, here: Path) -> None:
    (here / "series").mkdir()
    values = "iso3,year,v2x_polyarchy\nJPN,2022,0.5\nFRA,2022,0.25\n"
    (here / "series" / "polyarchy.csv").write_text(values)
    flat = " ".join(run("data", "covariates", "jpn-fra-raa", "--data", "series").out.split())
    assert "joint_democracy 0.25 - JPN 0.50, FRA 0.25" in flat
    assert "policy_distance unknown" in flat


def test_a_report_of_an_own_case_names_the_series_it_rests_on(run: Run, here: Path) -> None:
    run(*LAUNCHED)
    (here / "series").mkdir()
    values = b"iso3,year,v2x_polyarchy\nDEU,2024,0.5\nJPN,2024,0.25\n"
    (here / "series" / "polyarchy.csv").write_bytes(values)
    code, out, err = run("report", "deu-jpn-raa.toml", "--data", "series")
    assert (code, err) == (0, "")
    assert out.splitlines()[1:] == [
        f"reports/deu-jpn-raa/{name}"
        for name in ("report.pdf", "card.png", "forecast.json", "run.json")
    ]
    written = json.loads((here / "reports/deu-jpn-raa/run.json").read_text(encoding="utf-8"))
    assert written["public_series"] == {"polyarchy.csv": hashlib.sha256(values).hexdigest()}
    assert written["arguments"]["negotiation"] == "deu-jpn-raa.toml"


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("2026-05-15", "soon", 3, "deu-jpn-raa.toml: launch: 'soon' is not an EDTF date"),
        ('"JPN"', '"XXX"', 3, "deu-jpn-raa: 'XXX' is not a party in countries.csv"),
        ("deu-jpn-raa", "jpn-fra-raa", 3, "jpn-fra-raa is already a negotiation of the data set"),
        ('title = "', "title = ", 3, "deu-jpn-raa.toml is not a TOML file"),
    ],
)
def test_a_faulty_file_is_one_sentence(
    run: Run, here: Path, old: str, new: str, code: int, said: str
) -> None:
    run(*LAUNCHED)
    file = here / "deu-jpn-raa.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    for verb in (("predict",), ("report",), ("data", "covariates")):
        ended = run(*verb, file.name)
        assert (ended.code, ended.out) == (code, "")
        assert ended.err.startswith(f"error: {said}")
        assert ended.err.count("\n") == 1
    assert [path.name for path in here.iterdir()] == [file.name]


def test_a_file_that_is_not_there(run: Run, here: Path) -> None:
    assert run("predict", "nowhere.toml") == (
        2,
        "",
        "error: nowhere.toml cannot be read: No such file or directory\n",
    )
