"""The report: its numbers, its words, its tags, and that it is written whole or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from forecast.errors import UsageError
from forecast.models import BASELINES, HEADLINE, members_of
from forecast.prediction.forecast import Forecast
from forecast.prediction.parts import End, Outlook
from forecast.prediction.words import long_date, percent
from forecast.reporting import document, write_report
from forecast.reporting.contents import contents
from forecast.reporting.figures import curves, drawn_targets
from forecast.reporting.wording import MODELS, POOL

FILES = ["report.pdf", "card.png", "forecast.json", "run.json"]

RUN = {"version": "9.9.9", "digest": "ab" * 32, "seed": 7, "arguments": {"out": "#here $x$"}}


@dataclass(frozen=True)
class Report:
    """A report that was written once and is read by many tests."""

    forecast: Forecast
    paths: list[Path]
    pages: list[str]
    catalog: DictionaryObject

    @property
    def text(self) -> str:
        return " ".join(self.pages)

    @property
    def saved(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.paths[2].read_text(encoding="utf-8"))
        return found


def _read(forecast: Forecast, directory: Path, run: dict[str, Any] | None = None) -> Report:
    paths = write_report(forecast, directory, run)
    reader = PdfReader(paths[0])
    pages = [" ".join(page.extract_text().split()) for page in reader.pages]
    return Report(forecast, paths, pages, reader.root_object)


@pytest.fixture(scope="module")
def report(
    make_forecast: Callable[..., Forecast], tmp_path_factory: pytest.TempPathFactory
) -> Report:
    return _read(make_forecast(), tmp_path_factory.mktemp("reports") / "a" / "b", RUN)


@pytest.fixture(scope="module")
def hostile_report(
    make_forecast: Callable[..., Forecast], hostile: str, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    plain = make_forecast()
    cases = tuple(
        replace(case, title=f"{hostile} {case.id}", start_source=hostile) for case in plain.cases
    )
    targets = tuple(replace(t, said_by=hostile, statement=hostile) for t in plain.targets)
    members = tuple(replace(m, label=hostile, note=hostile) for m in plain.members)
    forecast = make_forecast(
        title=hostile,
        resolution=hostile,
        start_source=hostile,
        cases=cases,
        targets=targets,
        members=members,
        sensitivity={hostile: 0.5},
        covariates={hostile: hostile},
        excluded={"jpn-xxx-raa": hostile},
    )
    return _read(forecast, tmp_path_factory.mktemp("hostile"))


def test_the_four_files_are_written_and_nothing_else(report: Report) -> None:
    assert [path.name for path in report.paths] == FILES
    assert sorted(p.name for p in report.paths[0].parent.iterdir()) == sorted(FILES)
    assert report.paths[2].read_text(encoding="utf-8") == report.forecast.to_json()
    assert json.loads(report.paths[3].read_text(encoding="utf-8")) == RUN


def test_numbers_on_page_one_equal_those_saved(report: Report) -> None:
    page, saved = report.pages[0], report.saved
    assert saved["sentence"] in page
    for p in (0.1, 0.25, 0.5, 0.75, 0.9):
        day = date.fromisoformat(saved["quantiles"][f"{p:g}"])
        assert f"{percent(p)} {long_date(day)}" in page
    for day in report.forecast.year_ends():
        assert f"{day.year} {percent(saved['probability_by'][str(day)])}" in page
    assert f"Already signed, unseen by our sources: {percent(saved['unseen'])}." in page


def test_where_no_date_is_reached_the_probability_of_never_stands(
    make_forecast: Callable[..., Forecast],
) -> None:
    plain = make_forecast()
    given_up = replace(
        plain.outlook, never=0.25, survival=tuple(0.25 + 0.75 * s for s in plain.outlook.survival)
    )
    forecast = make_forecast(outlook=given_up)
    assert (forecast.quantile(0.75), forecast.quantile(0.9)) == (date(2048, 7, 4), "never")
    assert contents(forecast, RUN, {})["quantiles"][3:] == [
        {"probability": "75 %", "date": "4 July 2048"},
        {"probability": "90 %", "date": "no such date (never: 24 %)"},
    ]


def test_the_key_of_the_nearest_cases_explains_only_signs_that_stand_there(
    make_forecast: Callable[..., Forecast],
) -> None:
    order = "Same family first, then most parties in common, then launched nearest in time."
    case = replace(make_forecast().cases[0], upper=9.0, retrospective=False)
    open_, ended = replace(case, upper=None), replace(case, retrospective=True)
    keys = [
        contents(make_forecast(cases=cases), RUN, {})["cases_key"]
        for cases in ((case,), (case, open_), (case, open_, ended))
    ]
    over = " Over: still open when last seen, so many months after the launch."
    assert keys == [order, order + over, f"{order}{over} * known only because it ended."]


def test_the_question_and_known_dates_stand_before_any_probability(report: Report) -> None:
    page = report.pages[0]
    known = [
        "Japan-France Reciprocal Access Agreement",
        "When will it be signed?",
        report.forecast.resolution,
        "Launched",
        "2 May 2024",
        "17 December 2024",
        "30 June 2026",
    ]
    answer = page.index(report.forecast.sentence())
    assert all(page.index(words) < answer for words in known)
    assert " %" not in page[:answer]
    assert " in 20" not in page[:answer]


def test_page_two_shows_each_model_and_what_became_of_promises(report: Report) -> None:
    page, forecast = report.pages[1], report.forecast
    for outlook in (*forecast.members, *forecast.baselines):
        if outlook.identified:
            median = long_date(forecast.quantile(0.5, outlook))
            by = percent(forecast.probability_by(forecast.headline_day, outlook))
            assert f"{median} {by}" in page
        else:
            assert f"Gives no number: {outlook.note}" in page
    for label, value in forecast.sensitivity.items():
        assert f"{label} {percent(value)}" in page
    assert page.count("passed; no conclusion documented") == 2
    assert f"still ahead; {percent(forecast.probability_by('2027-06-30'))} by then" in page


def test_the_caption_explains_only_lines_that_are_drawn(
    report: Report, make_forecast: Callable[..., Forecast], tmp_path: Path
) -> None:
    forecast = report.forecast
    start = "Probability that it is signed by each date. Bold: the answer. Thin: its members. "
    assert (
        f"{start}Dashed grey, for comparison: the baselines. "
        "Vertical: dates that officials or others named."
    ) in report.pages[1]
    pool = replace(forecast.members[0], name="pool", label="Pool of five models")
    other = make_forecast(
        targets=forecast.targets[:2], baselines=(pool, *forecast.baselines), diagnostics={}
    )
    page = _read(other, tmp_path).pages[1]
    assert (
        f"{start}Dashed grey, for comparison: the pool of simpler models and the baselines." in page
    )
    assert "Vertical" not in page
    assert "Pool of five models (beside the answer)" in page
    assert "Gott/Lindy rule (baseline)" in page


@pytest.mark.parametrize(("by", "drawn"), [("2026-06-29", 0), ("2026-06-30", 1), ("2034-12-31", 1),
                                           ("2035-01-01", 0)])  # fmt: skip
def test_named_dates_are_called_drawn_where_the_figure_has_a_line(
    make_forecast: Callable[..., Forecast], by: str, drawn: int
) -> None:
    target = replace(make_forecast().targets[0], by=date.fromisoformat(by))
    one, none = make_forecast(targets=(target,)), make_forecast(targets=())
    assert len(drawn_targets(one)) == drawn
    more = len(curves(one).axes.lines) - len(curves(none).axes.lines)
    assert more == drawn


def test_each_model_has_a_note_in_plain_words(make_forecast: Callable[..., Forecast]) -> None:
    plain = make_forecast()
    told = replace(plain.members[2], name="kaplan-meier-family")
    rows = contents(make_forecast(baselines=(told,)), RUN, {})["outlooks"]
    assert [row["note"] for row in rows if row["kind"] == "baseline"] == [
        "the share of the family's past talks still open at each age; beyond all its records from "
        "30 October 2031 on"
    ]


def test_every_model_of_a_default_answer_has_a_note() -> None:
    assert {HEADLINE, POOL, *members_of(HEADLINE), *BASELINES} == set(MODELS)


def test_the_nearest_cases_come_first_with_links(report: Report) -> None:
    text = report.pages[2]
    table = text[text.index("The nearest ones") :]
    rows = ["Japan-Philippines Reciprocal", "Japan-UK Reciprocal", "Japan-Australia Reciprocal"]
    places = [table.index(row) for row in rows]
    assert places == sorted(places)
    assert table.index("Japan-France Logistics") > places[-1]
    links = [
        annotation.get_object()["/A"]["/URI"]
        for page in PdfReader(report.paths[0]).pages
        for annotation in page.get("/Annots", [])
    ]
    shown = {c.start_source for c in report.forecast.cases if c.family == "raa"}
    assert shown <= set(links)


def test_method_names_version_digest_seed_and_what_was_left_out(report: Report) -> None:
    last = " ".join(report.pages[2:])
    for words in ("9.9.9", "ab" * 32, "Seed 7", "out = #here $x$", "Left out: 5 negotiations"):
        assert words in last
    assert "4 was never launched, as far as is documented" in last
    assert "association, mostly prior" in last
    assert "A model without a share of talks that never conclude says nothing of those" in last
    assert "By now 26 months have passed since its beginning" in last
    assert "effect" not in report.text.lower()


def _searched_for(forecast: Forecast) -> Any:
    return contents(forecast, RUN, {})["searched_for"]


def test_what_talks_looked_for_as_failures_tell_follows_from_the_models(
    make_forecast: Callable[..., Forecast],
) -> None:
    plain = make_forecast()
    number = sum(case.weight == 0 for case in plain.cases)
    added = f"The search for talks that failed, stalled or stayed open added {number} of these. "
    assert _searched_for(plain) == added + "They are listed and carry no weight in the answer."
    told = make_forecast(diagnostics={"weibull": {"told_of_the_ending_rate_only": 36}})
    assert _searched_for(told) == added + (
        "How long talks take and how many fail is not learned from them, for such a search finds "
        "failures more often than they occur. Those that ended without agreement (36) tell only of "
        "the pace at which failed talks end; the others tell nothing."
    )
    # A model that is no member of the answer does not speak for it.
    beside = make_forecast(diagnostics={"other": {"told_of_the_ending_rate_only": 36}})
    assert _searched_for(beside) == _searched_for(plain)
    weighty = tuple(replace(case, weight=1.0) for case in plain.cases)
    assert _searched_for(make_forecast(cases=weighty)) == ""


def test_the_report_prints_what_they_tell(report: Report) -> None:
    assert _tight(_searched_for(report.forecast)) in _tight(report.text)


def test_what_the_models_were_told_stands_with_what_was_found(report: Report) -> None:
    last = " ".join(report.pages[2:])
    assert "Known at its launch What was found As the models read it (log: natural)" in last
    assert "Kind of partner G7 members as of 2024 G7" in last


def test_what_made_the_report_stands_on_one_page(
    make_forecast: Callable[..., Forecast], tmp_path: Path
) -> None:
    # So many rows before it that it begins near the foot of a page.
    excluded = {f"a-{i}": f"reason {'i' * i}" for i in range(13)}
    pages = _read(make_forecast(excluded=excluded), tmp_path, RUN).pages
    (page,) = (page for page in pages if "What made this report" in page)
    assert "out = #here $x$" in page


def test_every_page_but_the_first_has_a_running_head(report: Report) -> None:
    n = len(report.pages)
    assert n == 4
    for i, page in enumerate(report.pages, start=1):
        assert f"{i} of {n}" in page
        head = f"{report.forecast.title} as of 30 June 2026"
        assert page.startswith(head) == (i > 1)


def test_pdf_is_tagged_titled_and_has_alternative_texts(report: Report) -> None:
    catalog = report.catalog
    marked = catalog["/MarkInfo"].get_object()
    assert isinstance(marked, DictionaryObject)
    assert str(marked["/Marked"]) == "True"
    assert str(catalog["/Lang"]) == "en-GB"
    reader = PdfReader(report.paths[0])
    assert reader.metadata is not None
    assert reader.metadata.title == report.forecast.title
    assert reader.xmp_metadata is not None
    texts = list(_alternatives(catalog["/StructTreeRoot"]))
    assert any(text.startswith("Twenty dots, each a chance of 1 in 20") for text in texts)
    assert any(text.startswith("Curve of the probability") for text in texts)
    assert any(text.startswith("Bars of the months") for text in texts)


def _alternatives(node: Any) -> Any:
    stack = [node]
    while stack:
        item = stack.pop().get_object()
        if isinstance(item, list):
            stack += item
        elif isinstance(item, DictionaryObject):
            if "/Alt" in item:
                yield str(item["/Alt"])
            if "/K" in item:
                kids = item["/K"]
                stack += kids if isinstance(kids, list) else [kids]


def test_text_inside_the_figures_can_be_selected(report: Report) -> None:
    assert "Weibull AFT, ridge" in report.pages[1][: report.pages[1].index("Even odds")]
    assert "already signed, unseen" in report.pages[0]
    assert "months from launch" in report.pages[2]


def test_same_inputs_give_the_same_bytes(report: Report, tmp_path: Path) -> None:
    again = write_report(report.forecast, tmp_path, RUN)
    for one, two in zip(report.paths, again, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name


def test_text_from_data_is_never_markup(hostile_report: Report, hostile: str) -> None:
    verbatim = " ".join(hostile.split())
    first, second = hostile_report.pages[:2]
    assert first.count(verbatim) == 3  # title, rule, and the source that is no address
    assert f"{verbatim} 50 %" in second
    assert second.count(verbatim) >= 10
    # A line may break after a slash.
    assert _tight(f"1 {verbatim} jpn-xxx-raa") in _tight(hostile_report.text)
    saved = json.loads(hostile_report.paths[2].read_text(encoding="utf-8"))
    assert saved["title"] == hostile


def _tight(text: str) -> str:
    return "".join(text.split())


def test_an_overlong_table_flows_on(make_forecast: Callable[..., Forecast], tmp_path: Path) -> None:
    plain = make_forecast()
    target = plain.targets[0]
    many = tuple(replace(target, by=date(2010 + i % 30, 1, 1)) for i in range(60))
    cases = tuple(replace(c, id=f"{c.id}-{i}") for i in range(2000, 2005) for c in plain.cases)
    report = _read(make_forecast(targets=many, cases=cases), tmp_path)
    assert report.text.count("A deal could take about a year") == 60
    assert len(report.pages) > 4
    assert f"{len(report.pages)} of {len(report.pages)}" in report.pages[-1]


def _concluded(forecast: Forecast) -> Forecast:
    end = End("concluded", "it is concluded: signed, 11 January 2023 (MOFA Japan)",
              date(2023, 1, 11), "https://www.mofa.go.jp/page.html")  # fmt: skip
    nothing = Outlook("none", "None", 0.0, 0.0, (), 0.0)
    return replace(forecast, end=end, outlook=nothing, members=(), baselines=(), targets=(),
                   cases=(), sensitivity={}, excluded={}, covariates={})  # fmt: skip


def test_a_concluded_negotiation_gets_one_page(
    make_forecast: Callable[..., Forecast], tmp_path: Path
) -> None:
    report = _read(_concluded(make_forecast()), tmp_path)
    assert len(report.pages) == 1
    page = report.pages[0]
    assert report.forecast.sentence() in page
    assert "Concluded" in page
    assert "11 January 2023" in page
    assert "Source of the end: mofa.go.jp." in page
    assert " in 20" not in page


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_path_that_cannot_be_written_is_one_sentence_and_no_file(
    report: Report, tmp_path: Path, below: str
) -> None:
    blocker = tmp_path / "taken"
    blocker.write_text("mine")
    with pytest.raises(UsageError, match=r"cannot write a report to .*taken"):
        write_report(report.forecast, blocker / below)
    assert [p.name for p in tmp_path.iterdir()] == ["taken"]
    assert blocker.read_text() == "mine"


def test_a_directory_in_the_place_of_a_file_is_refused(report: Report, tmp_path: Path) -> None:
    (tmp_path / "card.png").mkdir()
    with pytest.raises(UsageError, match=r"card\.png"):
        write_report(report.forecast, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["card.png"]


def test_a_failure_half_way_leaves_nothing(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> bytes:
        raise RuntimeError("no picture")

    monkeypatch.setattr(document, "compile_pdf", lambda *_: b"%PDF")
    monkeypatch.setattr(document, "png_bytes", fail)
    with pytest.raises(RuntimeError, match="no picture"):
        write_report(report.forecast, tmp_path / "new" / "place")
    assert list(tmp_path.iterdir()) == []


def test_files_of_an_earlier_report_are_replaced(report: Report, tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_text("old")
    (tmp_path / "notes.txt").write_text("kept")
    write_report(report.forecast, tmp_path, RUN)
    assert (tmp_path / "report.pdf").read_bytes() == report.paths[0].read_bytes()
    assert (tmp_path / "notes.txt").read_text() == "kept"
