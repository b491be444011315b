"""Text of other people: what is left out of it, and which addresses are links."""

from forecast.archive.shown import host, is_address, one_line, printable


def test_commands_to_a_terminal_are_left_out() -> None:
    assert printable("a\x1b[2J\x07b\u202ec") == "a[2Jbc"
    assert printable("two\u2003words\tand\r\na line") == "two words and \na line"
    assert printable("20\u00a0%") == "20\u00a0%"
    assert printable("日本とフランス – déjà") == "日本とフランス – déjà"


def test_one_line_has_single_blanks() -> None:
    assert one_line(" a\n\tb \x00 c\u2028d\u00a0e ") == "a b c d e"


def test_only_web_addresses_become_links() -> None:
    assert host("https://www.mofa.go.jp/a/b") == "mofa.go.jp"
    assert host("a book, p. 7") == "a book, p. 7"
    assert not is_address("javascript:alert(1)")
    assert not is_address("https://")
