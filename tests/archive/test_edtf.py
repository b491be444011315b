"""EDTF strings become the right days, and nonsense is refused by name."""

from datetime import date
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.archive.edtf import DateRange, add_months, day, parse


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2024-05-02", date(2024, 5, 2), date(2024, 5, 2)),
        ("2024-05", date(2024, 5, 1), date(2024, 5, 31)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2024", date(2024, 1, 1), date(2024, 12, 31)),
        ("Y2024", date(2024, 1, 1), date(2024, 12, 31)),
        # Unspecified digits.
        ("201X", date(2010, 1, 1), date(2019, 12, 31)),
        ("19XX", date(1900, 1, 1), date(1999, 12, 31)),
        ("2024-XX", date(2024, 1, 1), date(2024, 12, 31)),
        ("2024-XX-XX", date(2024, 1, 1), date(2024, 12, 31)),
        ("2023-02-XX", date(2023, 2, 1), date(2023, 2, 28)),
        # Seasons: winter runs into the next year, to a leap day if there is one.
        ("2024-21", date(2024, 3, 1), date(2024, 5, 31)),
        ("2024-22", date(2024, 6, 1), date(2024, 8, 31)),
        ("2024-23", date(2024, 9, 1), date(2024, 11, 30)),
        ("2024-24", date(2024, 12, 1), date(2025, 2, 28)),
        ("2023-24", date(2023, 12, 1), date(2024, 2, 29)),
        # Approximate: 7 days, 1 month, 6 months on each side.
        ("2024-05-02~", date(2024, 4, 25), date(2024, 5, 9)),
        ("2024-05~", date(2024, 4, 1), date(2024, 6, 30)),
        ("2023-01~", date(2022, 12, 1), date(2023, 2, 28)),
        ("2024~", date(2023, 7, 1), date(2025, 6, 30)),
        ("2024-23~", date(2024, 8, 1), date(2024, 12, 31)),
        ("201X~", date(2009, 7, 1), date(2020, 6, 30)),
        ("2024-05-02%", date(2024, 4, 25), date(2024, 5, 9)),
        ("2024-05%", date(2024, 4, 1), date(2024, 6, 30)),
        ("2024%", date(2023, 7, 1), date(2025, 6, 30)),
        # Uncertain is not widened.
        ("2024-05-02?", date(2024, 5, 2), date(2024, 5, 2)),
        ("2024-05?", date(2024, 5, 1), date(2024, 5, 31)),
        ("2024?", date(2024, 1, 1), date(2024, 12, 31)),
        # Intervals.
        ("2024-05/2024-07", date(2024, 5, 1), date(2024, 7, 31)),
        ("2024-05-02/2024-05-02", date(2024, 5, 2), date(2024, 5, 2)),
        ("2023~/2024-05-02~", date(2022, 7, 1), date(2024, 5, 9)),
        ("2024/..", date(2024, 1, 1), date.max),
        ("2024-05/", date(2024, 5, 1), date.max),
        ("../2024", date.min, date(2024, 12, 31)),
        ("/2024-02", date.min, date(2024, 2, 29)),
    ],
)
def test_bounds(text: str, earliest: date, latest: date) -> None:
    span = parse(text)
    assert (span.earliest, span.latest) == (earliest, latest)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "''"),
        ("May 2024", "'May 2024'"),
        ("2024-5-2", "'2024-5-2'"),
        ("24-05", "'24-05'"),
        ("２０２４", "'２０２４'"),
        ("2024-13", "'2024-13'"),
        ("2024-00", "'2024-00'"),
        ("2023-02-29", "'2023-02-29'"),
        ("2024-06-31", "'2024-06-31'"),
        ("2024-XX-05", "'2024-XX-05'"),
        ("201X-05", "'201X-05'"),
        ("20X4", "'20X4'"),
        ("2024-21-01", "'2024-21-01'"),
        ("2024-05~?", "'2024-05~?'"),
        ("2024-05-02T10:00", "'2024-05-02T10:00'"),
        ("0000", "'0000'"),
        ("-0044", "'-0044'"),
        ("Y12024", "'Y12024'"),
        ("9999~", "'9999~'"),
        ("0001-01-03~", "'0001-01-03~'"),
        ("/", "'/'"),
        ("../..", "'../..'"),
        ("2024/2025/2026", "'2024/2025/2026'"),
        ("2025/2024", "'2025/2024'"),
        ("2024-13/2025", "'2024-13'"),
        ("2024/soon", "'soon'"),
    ],
)
def test_malformed_text_is_named(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=r"is not|ends before") as caught:
        parse(text)
    assert named in str(caught.value)


def test_text_is_kept_without_its_margins() -> None:
    assert str(parse(" 2024-05~ ")) == "2024-05~"


def test_midpoint_is_the_earlier_of_two_middle_days() -> None:
    assert parse("2024-05-01/2024-05-04").midpoint == date(2024, 5, 2)
    assert parse("2024-05-02").midpoint == date(2024, 5, 2)


def test_only_a_single_day_is_a_day() -> None:
    assert parse("2024-05-02").is_day
    assert not parse("2024-05-02~").is_day
    assert day(date(2024, 5, 2)) == parse("2024-05-02")


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 12, 15), 1, date(2025, 1, 15)),
        (date(2024, 1, 15), -1, date(2023, 12, 15)),
        (date(2024, 5, 31), -27, date(2022, 2, 28)),
        (date(2024, 5, 31), 0, date(2024, 5, 31)),
    ],
)
def test_adding_months(start: date, months: int, expected: date) -> None:
    assert add_months(start, months) == expected


days = st.dates(date(100, 1, 1), date(9900, 12, 31))


def forms(when: date) -> dict[str, str]:
    """Every way to write a day that gets coarser, by its precision."""
    year, month = f"{when.year:04}", f"{when.month:02}"
    return {
        "day": f"{year}-{month}-{when.day:02}",
        "unspecified day": f"{year}-{month}-XX",
        "month": f"{year}-{month}",
        "unspecified month": f"{year}-XX",
        "year": year,
        "decade": f"{year[:3]}X",
        "century": f"{year[:2]}XX",
    }


def contains(outer: DateRange, inner: DateRange) -> bool:
    return outer.earliest <= inner.earliest and inner.latest <= outer.latest


@given(days)
def test_a_coarser_form_contains_the_finer(when: date) -> None:
    spans = [parse(text) for text in forms(when).values()]
    assert spans[0].earliest == spans[0].latest == when
    for finer, coarser in pairwise(spans):
        assert contains(coarser, finer), (coarser, finer)


@given(st.integers(100, 9900), st.integers(21, 24))
def test_a_season_is_three_whole_months(year: int, season: int) -> None:
    span = parse(f"{year:04}-{season}")
    first = add_months(date(year, 3, 1), 3 * (season - 21))
    assert span.earliest == first
    assert span.latest.toordinal() + 1 == add_months(first, 3).toordinal()


@given(days, st.sampled_from([*forms(date(2024, 1, 1)), "season"]), st.sampled_from(["", *"?~%"]))
def test_text_survives_and_qualifiers_only_widen(when: date, form: str, qualifier: str) -> None:
    text = forms(when).get(form, f"{when.year:04}-23")
    plain, span = parse(text), parse(text + qualifier)
    assert str(span) == text + qualifier
    assert span.earliest <= span.latest
    assert contains(span, plain)
    assert (span.earliest == plain.earliest) == (qualifier in ("", "?"))
    assert (span.latest == plain.latest) == (qualifier in ("", "?"))


@given(days, days, st.sampled_from(list(forms(date(2024, 1, 1)))))
def test_an_interval_reaches_from_end_to_end(one: date, other: date, form: str) -> None:
    first, last = (forms(when)[form] for when in sorted((one, other)))
    span = parse(f"{first}/{last}")
    assert str(span) == f"{first}/{last}"
    assert span.earliest == parse(first).earliest
    assert span.latest == parse(last).latest
    assert contains(parse(f"{first}/.."), span)
    assert contains(parse(f"../{last}"), span)
