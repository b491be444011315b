"""Text in figures: breaking, spreading, characters that the font lacks."""

from __future__ import annotations

import pytest

from forecast.drawing import balanced, drawable, text_width, wrapped
from forecast.drawing.words import NO_BREAK, spread


def test_wrapped_lines_keep_every_word_and_fit() -> None:
    text = "Japan-Australia defence equipment and technology transfer agreement"
    lines = wrapped(text, 120.0, 8.0)
    assert len(lines) > 1
    assert " ".join(lines) == text
    assert all(text_width(line, 8.0) <= 120.0 for line in lines)


def test_lines_do_not_break_at_a_no_break_space() -> None:
    text = f"Named earlier and missed: 2{NO_BREAK}May{NO_BREAK}2025"
    width = text_width("Named earlier and missed: 2 May", 8.0)
    assert wrapped(text, width, 8.0) == [
        "Named earlier and missed:",
        f"2{NO_BREAK}May{NO_BREAK}2025",
    ]


def test_a_word_wider_than_the_line_is_broken_inside() -> None:
    lines = wrapped("x" * 60, 50.0, 8.0)
    assert "".join(lines) == "x" * 60
    assert all(text_width(line, 8.0) <= 50.0 for line in lines)


def test_what_does_not_fit_ends_in_an_ellipsis_that_fits() -> None:
    lines = wrapped("one two three four five six seven", 60.0, 8.0, most=1)
    assert len(lines) == 1
    assert lines[0].endswith("…")
    assert text_width(lines[0], 8.0) <= 60.0


def test_balanced_lines_are_as_many_but_more_equal() -> None:
    text = "10 in 20 that it is signed by 31 December 2027."
    wide, even = wrapped(text, 200.0, 9.0), balanced(text, 200.0, 9.0)
    assert len(wide) == len(even) == 2
    assert " ".join(even) == text
    assert max(text_width(line, 9.0) for line in even) < max(text_width(line, 9.0) for line in wide)


def test_characters_that_the_font_lacks_become_squares() -> None:
    assert drawable("RAA 日本\tok\n") == "RAA □□ ok"


def test_labels_far_apart_stay_where_they_belong() -> None:
    assert spread([10.0, 50.0], [8.0, 8.0], 0.0, 100.0) == [10.0, 50.0]


def test_crowded_labels_are_spread_about_their_middle_in_order() -> None:
    placed = spread([50.0, 51.0, 49.0], [10.0, 10.0, 10.0], 0.0, 100.0)
    assert placed == pytest.approx([50.0, 60.0, 40.0])


def test_labels_stay_inside_the_span() -> None:
    placed = spread([99.0, 100.0, 1.0], [10.0, 10.0, 10.0], 0.0, 100.0)
    assert placed == pytest.approx([85.0, 95.0, 5.0])
