"""Texts in Markdown that stay texts. What readers do with escapes, code and fences is spelt out after the CommonMark specification."""

from __future__ import annotations

import re

from baas_errors.text import one_line
from baas_errors.text.markdown import code, fence, prose, row
from hypothesis import given
from matrix import in_one_test
from samples import harmful, outside_code, patient


def code_text(line: str) -> str:
    """The text of a line that is one piece of code."""
    run = re.match("`+", line)[0]
    assert line.endswith(run)
    inner = line[len(run) : -len(run)]
    assert run not in re.findall("`+", inner)
    return inner[1:-1] if inner.startswith(" ") and inner.endswith(" ") and inner.strip() else inner


@patient
@given(harmful)
def test_nothing_in_prose_is_markup(text: str) -> None:
    assert not re.search(r"[`*_{}\[\]<>|~&$^@]|://|www\.|^[#+=-]|^\d+[.)]", outside_code(prose(text)), re.I)


@patient
@given(harmful)
def test_code_shows_the_text_as_it_is(text: str) -> None:
    shown = code(text)
    assert (code_text(shown) if shown else "") == one_line(text, 300)


@patient
@given(harmful)
def test_a_fence_ends_where_it_should(text: str) -> None:
    first, *inner, last = fence(text).split("\n")
    assert set(first) == {"`"}
    assert first == last
    assert not any(line.strip().startswith(first) for line in inner)


@patient
@given(harmful, harmful)
def test_a_row_keeps_its_cells(one: str, other: str) -> None:
    line = row((code(one, cell=True), prose(other, cell=True), "end"))
    # Readers differ about a bar behind two backslashes: there must be none.
    assert not re.search(r"\\\\\|", line)
    assert len(re.findall(r"(?<!\\)\|", line)) == 4


@in_one_test(
    ("text", "expected"),
    [
        ("Send `X-Version: 6` again.", "Send `X-Version: 6` again."),
        ("Open http://mitm.it there.", "Open `http://mitm.it` there."),
        ("Ask @alice about #12", "Ask `@alice` about `#12`"),
        ("see example.com", "see example\\.com"),
        ("a_b *c*", "a\\_b \\*c\\*"),
        ("1. one", "1\\. one"),
        ("- one", "\\- one"),
        ("# one", "\\# one"),
        ("two\nlines", "two lines"),
        ("", ""),
    ],
)
def test_prose(text: str, expected: str) -> None:
    assert prose(text) == expected


@in_one_test(("text", "expected"), [("", ""), ("a", "`a`"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a|b", "`a|b`"), ("two\nlines", "`two lines`")])
def test_code(text: str, expected: str) -> None:
    assert code(text) == expected


@in_one_test(("text", "expected"), [("a|b", "`a\\|b`"), ("a\\|b", "`a\\ \\|b`")])
def test_bars_in_cells(text: str, expected: str) -> None:
    assert code(text, cell=True) == expected


def test_long_blocks_say_what_is_missing() -> None:
    assert fence("x" * 30, most=10) == "```\nxxxxxxxxxx\n\u2026 (20 more characters)\n```"


def test_blocks_with_fences_in_them_have_longer_ones() -> None:
    assert fence("```\n````", "text") == "`````text\n```\n````\n`````"
