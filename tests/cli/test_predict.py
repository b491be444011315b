import csv
import io
import json
from pathlib import Path

import pytest

import forecast
from forecast.evaluation.track_record import load_track_record
from forecast.evaluation.track_record_text import record_in_brief
from forecast.prediction import Forecast, long_date, percent
from tests.cli.conftest import Run

CASE = "jpn-fra-raa"

pytestmark = pytest.mark.usefixtures("opened_once")


@pytest.fixture(scope="module")
def made() -> Forecast:
    return forecast.predict(CASE)


def lines_after(text: str, heading: str) -> list[str]:
    """Lines of a section, stripped."""
    section = text.split(f"{heading}\n", 1)[1].split("\n\n", 1)[0]
    return [line.strip() for line in section.splitlines()]


def test_sections_stand_in_the_order_of_the_question(answer: Run) -> None:
    code, out, err = answer("predict", CASE)
    assert (code, err) == (0, "")
    wanted = [
        "Counts as done",
        "Launched",
        "Last seen open",
        "As of",
        "Data up to",
        "that it is signed by",
        "Dates by which it is signed, by probability",
        "Probability that it is signed by",
        "Already signed, unseen by our sources",
        "Models; P is the probability by",
        "Under other assumptions, by",
        "Comparable cases",
    ]
    places = [out.index(text) for text in wanted]
    assert places == sorted(places)


def test_dates_known_come_with_their_sources(answer: Run, made: Forecast) -> None:
    out = answer("predict", CASE).out
    assert "Launched        2 May 2024 (elysee.fr)" in out
    assert f"Last seen open  {long_date(made.open_at)} (nippon.com)" in out
    assert f"Data up to      {long_date(made.vintage)}" in out


def test_numbers_are_those_of_the_forecast(answer: Run, made: Forecast) -> None:
    out = answer("predict", CASE).out
    assert f"\n\n{made.sentence()}\n\n" in out
    shown = lines_after(out, "Probability that it is signed by")
    for day, line in zip(made.year_ends(), shown, strict=False):
        assert line.split("  ", 1)[0] == long_date(day)
        assert line.endswith(percent(made.probability_by(day)))
    dates = lines_after(out, "Dates by which it is signed, by probability")
    assert dates[0] == f"5 %  already by {long_date(made.as_of)}"
    assert dates[3] == f"50 %  {long_date(made.quantile(0.5))}"
    assert dates[5] == f"90 %  no such date (never: {percent(made.never)})"
    assert f"unseen by our sources: {percent(made.unseen)}" in out
    assumed = lines_after(out, f"Under other assumptions, by {long_date(made.headline_day)}")
    told = [(label.split(" (")[0], percent(p)) for label, p in made.sensitivity.items()]
    first = [line for line in assumed if "%" in line.rsplit("  ", 1)[-1] and "  " in line]
    assert [(line.split(" (")[0].split("  ")[0], line.rsplit("  ", 1)[1]) for line in first] == told


def test_the_track_record_stands_under_the_answer(answer: Run, made: Forecast) -> None:
    out = answer("predict", CASE).out
    block = out.split(f"\n\n{made.sentence()}\n\n", 1)[1].split("\n\n", 1)[0]
    assert " ".join(block.split()) == record_in_brief(load_track_record(), made)
    assert len(block.splitlines()) <= 7
    assert max(map(len, block.splitlines())) <= 80


def test_own_tables_have_no_track_record(run: Run, tables: Path) -> None:
    out = run("predict", CASE, "--data", str(tables)).out
    assert "\n\nNo track record has been computed for these data.\n\n" in out


def test_every_model_has_its_line(answer: Run, made: Forecast) -> None:
    heading = f"Models; P is the probability by {long_date(made.headline_day)}"
    lines = lines_after(answer("predict", CASE).out, heading)
    for outlook in (*made.members, *made.baselines):
        line = next(row for row in lines if row.startswith(outlook.label))
        assert str(made.quantile(0.5, outlook)) in line
        assert line.endswith(percent(made.probability_by(made.headline_day, outlook)))


def test_a_model_that_cannot_be_identified_gives_its_reason(answer: Run) -> None:
    out = answer("predict", "jpn-aus-raa", "--as-of", "2021-06-01").out
    line = next(row for row in out.splitlines() if "Kaplan-Meier, family" in row)
    assert "no answer: 0 concluded in the family" in line
    assert line.endswith("-")


def test_cases_of_the_family_come_first_then_those_of_the_pair(answer: Run) -> None:
    out = answer("predict", CASE).out
    titles = [
        "Japan-Philippines Reciprocal Access Agreement",
        "Japan-UK Reciprocal Access Agreement",
        "Japan-Australia Reciprocal Access Agreement",
        "Japan-France ACSA",
    ]
    places = [out.index(title) for title in titles]
    assert places == sorted(places)
    assert "8.1  Japan-Philippines Reciprocal" in out
    assert "2023-11-03 to 2024-07-08; alpha.pna.gov.ph" in out


def test_the_rest_of_the_cases_is_counted(answer: Run, made: Forecast) -> None:
    out = answer("predict", CASE).out
    assert f"The models also used {len(made.cases) - 10} more cases." in out
    count = len(made.excluded)
    assert f"{count} cases are left out: never launched, as far as is documented." in out


def test_accounts_of_the_press_name_the_teller(answer: Run) -> None:
    out = answer("predict", CASE, "--as-of", "2024-05-02", "--accounts", "press").out
    flat = " ".join(out.split())
    assert "24.0 Japan-Australia Reciprocal Access Agreement" in flat
    assert "duration as told by Reuters (journalist's summary, May 2024)" in flat


def test_an_asserted_open_day_is_called_so(answer: Run) -> None:
    out = answer("predict", CASE, "--open-at", "2026-06-01").out
    assert "Last seen open  1 June 2026 (your assertion)" in out


def test_a_concluded_negotiation_is_an_answer(answer: Run) -> None:
    code, out, err = answer("predict", "jpn-phl-raa")
    assert (code, err) == (0, "")
    assert "concluded: signed on 8 July 2024 (Manila Shimbun)" in " ".join(out.split())
    assert "Source: manila-shimbun.com\n" in out
    assert "Probability" not in out


def test_json_alone_stands_on_standard_output(answer: Run, made: Forecast) -> None:
    code, out, err = answer("predict", CASE, "--json")
    assert (code, err) == (0, "")
    assert out == made.to_json()


@pytest.mark.parametrize("more", [(), ("--json",), ("--belief", "12:0.5,24:0.9")])
def test_an_answer_and_a_belief_are_drawn(run: Run, tmp_path: Path, more: tuple[str, ...]) -> None:
    path = tmp_path / "drawn.png"
    code, _, err = run("predict", CASE, *more, "--figure", str(path))
    assert (code, err) == (0, f"{path}\n")
    assert path.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("asked", "code", "message"),
    [
        (("--open",), 2, "error: --figure draws one negotiation; name it instead of --open\n"),
        (("jpn-gbr-raa",), 5, "error: nothing to draw: It is concluded: signed on 11 January 2023"),
    ],
)
def test_what_cannot_be_drawn_is_refused(
    run: Run, tmp_path: Path, asked: tuple[str, ...], code: int, message: str
) -> None:
    ended = run("predict", *asked, "--figure", str(tmp_path / "drawn.png"))
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(message)
    assert list(tmp_path.iterdir()) == []


def test_open_as_a_table(answer: Run) -> None:
    code, out, err = answer("predict", "--open")
    assert (code, err) == (0, "")
    assert out.startswith(
        "Open negotiations as of 2026-06-30 (launch:signed, hierarchical, documented)\n"
    )
    followed, lost = out.split("Not followed up: too long since anything was heard of them")
    assert "jpn-fra-raa" in followed
    assert "jpn-phl-raa" not in out
    assert "by now" not in out
    assert "\n  cyp-rus-paphos            2013-01~    2015-02-09\n" in lost


def test_open_as_csv_agrees_with_the_single_forecast(answer: Run, made: Forecast) -> None:
    code, out, err = answer("predict", "--open", "--csv")
    assert (code, err) == (0, "")
    rows = {row["negotiation"]: row for row in csv.DictReader(io.StringIO(out))}
    row, data = rows[CASE], json.loads(made.to_json())
    assert row["quantile_0.5"] == data["quantiles"]["0.5"]
    assert float(row["probability_by_2027-12-31"]) == data["probability_by"]["2027-12-31"]
    assert float(row["unseen"]) == data["unseen"]


def test_open_as_json_holds_whole_forecasts(answer: Run, made: Forecast) -> None:
    code, out, err = answer("predict", "--open", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out)[CASE] == json.loads(made.to_json())


def test_nothing_open_is_said(answer: Run) -> None:
    # Before the earliest negotiation of the records.
    early = ("predict", "--open", "--as-of", "1900-01-01")
    assert answer(*early) == (0, "No negotiation is open.\n", "")
    header = answer(*early, "--csv").out
    assert header.startswith("negotiation,title,clock,")
    assert header.count("\n") == 1
