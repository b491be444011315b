"""Public series that a user brings along: read from a directory, hashed, lagged, never guessed.

All numbers are invented; no row of a public series is in the repository.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from forecast.archive import Archive, load_archive, parse
from forecast.covariates import COVARIATES, Case, default_covariates
from forecast.errors import DataError
from forecast.timing import spells
from tests.covariates.conftest import Records, found, value

POLYARCHY = "iso3,year,v2x_polyarchy\nJPN,2022,0.8\nFRA,2022,0.7\nPHL,2022,0.5\nFRA,2021,0.1\n"
IDEAL_POINTS = "iso3,year,ideal_point\nJPN,2022,1.25\nFRA,2022,-0.5\nPHL,2022,-1\nJPN,2021,9\n"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "polyarchy.csv").write_text(POLYARCHY)
    (tmp_path / "ideal_points.csv").write_text(IDEAL_POINTS)
    return tmp_path


def between(*parties: str, launch: str = "2024-05-02") -> Case:
    return Case("a-b", parties, "raa", parse(launch))


class TestValues:
    @pytest.fixture
    def view(self, records: Records) -> Archive:
        return records(
            series={
                "polyarchy": {("JPN", 2022): 0.8, ("FRA", 2022): 0.7, ("PHL", 2022): 0.5},
                "ideal_points": {("JPN", 2022): 1.25, ("FRA", 2022): -0.5, ("PHL", 2022): -1.0},
            }
        )

    @pytest.mark.parametrize(
        ("parties", "least", "gap"),
        [
            (("JPN", "FRA"), 0.7, 1.75),
            (("FRA", "JPN"), 0.7, 1.75),
            (("JPN", "FRA", "PHL"), 0.5, 2.25),
            (("FRA", "PHL"), 0.5, 0.5),
            (("JPN", "AUS"), None, None),
        ],
    )
    def test_the_least_democratic_and_the_widest_gap(
        self, parties: tuple[str, ...], least: float | None, gap: float | None, view: Archive
    ) -> None:
        assert value("joint_democracy", between(*parties), view) == least
        assert value("policy_distance", between(*parties), view) == gap

    @pytest.mark.parametrize(
        ("launch", "known"),
        [
            ("2023-12-31", False),
            ("2024-01-01", True),
            ("2024-12-31", True),
            ("2025-01-01", False),
            # The first possible day of an imprecise launch counts.
            ("2023-12/2024-02", False),
        ],
    )
    def test_two_years_before_the_launch(self, launch: str, known: bool, view: Archive) -> None:
        for name in ("joint_democracy", "policy_distance"):
            case = between("JPN", "FRA", launch=launch)
            assert (value(name, case, view) is not None) == known

    def test_they_rest_on_the_partys_own_values(self, view: Archive) -> None:
        case = between("JPN", "FRA")
        assert found("joint_democracy", case, view).rests_on == "JPN 0.80, FRA 0.70"
        assert found("policy_distance", case, view).rests_on == "JPN 1.25, FRA -0.50"

    def test_missing_without_the_files(self, records: Records) -> None:
        for name, file in (("joint_democracy", "polyarchy"), ("policy_distance", "ideal_points")):
            shown = found(name, between("JPN", "FRA"), records())
            assert shown.value is None
            assert shown.rests_on.startswith(f"{file}.csv is not given")


def test_a_directory_of_series_is_laid_over_the_data(directory: Path, archive: Archive) -> None:
    over = load_archive(directory)
    assert list(over) == list(archive)
    case = between("JPN", "FRA")
    assert value("joint_democracy", case, over) == 0.7
    assert value("policy_distance", case, over) == 1.75
    assert value("joint_democracy", case, archive) is None
    table = spells(over, families=["raa"])
    assert table.X.loc["jpn-fra-raa", "joint_democracy"] == 0.7
    # Launched in 2021: no value of 2019 is given.
    assert table.X["joint_democracy"].isna().sum() == len(table) - 1


def test_the_files_are_named_by_their_digests(directory: Path, archive: Archive) -> None:
    over = load_archive(directory)
    assert over.digests == {
        "polyarchy.csv": hashlib.sha256(POLYARCHY.encode()).hexdigest(),
        "ideal_points.csv": hashlib.sha256(IDEAL_POINTS.encode()).hexdigest(),
    }
    assert archive.digests == {}
    assert over.digest() != archive.digest()
    assert over.as_of(over.date, "strict").digests == over.digests
    (directory / "ideal_points.csv").unlink()
    assert list(load_archive(directory).digests) == ["polyarchy.csv"]


def test_the_shipped_data_hold_no_public_series(archive: Archive) -> None:
    assert archive.series == {}


def test_no_default_model_uses_them() -> None:
    assert not {"joint_democracy", "policy_distance"} & set(default_covariates(COVARIATES))


def test_a_spreadsheets_file_reads_the_same(directory: Path) -> None:
    plain = load_archive(directory).series
    for path in directory.glob("*.csv"):
        text = path.read_text().replace("\n", "\r\n").replace("JPN", '"JPN"')
        path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load_archive(directory).series == plain


@pytest.fixture
def usual_limit() -> Iterator[None]:
    """The length of a cell that Python takes; a library in the same process may have raised it."""
    raised = csv.field_size_limit(131_072)
    yield
    csv.field_size_limit(raised)


@pytest.mark.parametrize(
    ("spoil", "where", "said"),
    [
        (lambda text: text.replace("year", "yr", 1), "polyarchy.csv:1:year:", "missing"),
        (lambda text: text.replace("0.7", "high"), "polyarchy.csv:3:v2x_polyarchy:", "'high'"),
        (lambda text: text.replace("0.7", "x" * 9_000), "polyarchy.csv:3:v2x_polyarchy:", "'xxx"),
        (lambda text: text.replace("0.7", ""), "polyarchy.csv:3:v2x_polyarchy:", "''"),
        (lambda text: text.replace("0.7", "nan"), "polyarchy.csv:3:v2x_polyarchy:", "'nan'"),
        (lambda text: text.replace("0.7", "inf"), "polyarchy.csv:3:v2x_polyarchy:", "'inf'"),
        (
            lambda text: text.replace("PHL,2022,0.5", "PHL"),
            "polyarchy.csv:4:v2x_polyarchy:",
            "None",
        ),
        (lambda text: text.replace("FRA,2022", "FRA,MMXXII"), "polyarchy.csv:3:", "'MMXXII'"),
        (lambda text: "", "polyarchy.csv:1:iso3:", "missing"),
        (
            lambda text: text.replace("0.7", "7" * 200_000),
            "polyarchy.csv:3: is not well-formed CSV",
            "limit",
        ),
        (lambda text: "x" * 200_000 + text, "polyarchy.csv:1: is not well-formed CSV", "limit"),
    ],
)
@pytest.mark.usefixtures("usual_limit")
def test_a_faulty_file_is_one_sentence_that_says_where(
    directory: Path, spoil: Callable[[str], str], where: str, said: str
) -> None:
    path = directory / "polyarchy.csv"
    path.write_text(spoil(POLYARCHY))
    with pytest.raises(DataError) as caught:
        load_archive(directory)
    assert str(caught.value).startswith(where)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


def test_a_line_separator_within_a_cell_ends_no_row(directory: Path) -> None:
    plain = load_archive(directory).series
    text = POLYARCHY.replace("year,", "year,note,").replace("2022,", "2022,a\u2028b\x0cc,")
    text = text.replace("2021,", "2021,,")
    (directory / "polyarchy.csv").write_text(text, encoding="utf-8")
    assert load_archive(directory).series == plain


def test_a_file_that_is_no_text(directory: Path) -> None:
    (directory / "polyarchy.csv").write_bytes(b"iso3,year,v2x_polyarchy\nJPN,2022,\xe9\n")
    with pytest.raises(DataError, match=r"^polyarchy\.csv: is not UTF-8 text"):
        load_archive(directory)
