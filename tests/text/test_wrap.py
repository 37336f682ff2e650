"""Paragraphs: against the standard library's, which is slower."""

from __future__ import annotations

import textwrap

from baas_errors.text.wrap import wrap
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test

WORDS = st.lists(st.text("abc-é漢", min_size=1, max_size=30), max_size=40)


@given(WORDS, st.integers(12, 60))
def test_lines_are_those_of_textwrap_where_no_word_must_be_broken(words: list[str], width: int) -> None:
    text = " ".join(word[: width - 6] for word in words)
    expected = textwrap.wrap(text, width, initial_indent="  a   ", subsequent_indent="      ", break_on_hyphens=False)
    assert wrap(text, width, "  a   ", "      ") == expected


@given(WORDS, st.integers(12, 60))
def test_no_line_is_longer_and_nothing_is_lost(words: list[str], width: int) -> None:
    lines = wrap(" ".join(words), width, "> ", "  ")
    assert all(len(line) <= width for line in lines)
    assert "".join(line[2:].replace(" ", "") for line in lines) == "".join(words)


@in_one_test("text", ["", "  ", "\n\t"])
def test_no_words_make_no_lines(text: str) -> None:
    assert wrap(text, 40, "> ", "  ") == []


def test_a_url_that_is_longer_than_a_line_is_broken_after_a_separator() -> None:
    lines = wrap("GET https://api.example.com/parse/classes/Note?where=abcdefghijklmnopq", 30, "", "    ")
    assert lines == ["GET", "    https://api.example.com/", "    parse/classes/Note?where=", "    abcdefghijklmnopq"]
