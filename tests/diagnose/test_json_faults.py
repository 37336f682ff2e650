"""Where a JSON text goes wrong, and the usual culprit, the same on every version of Python."""

from __future__ import annotations

import json

from baas_errors.diagnose.json_faults import find_fault
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test

# The text, line and column of its fault, what was expected, and words of the culprit ("" for none).
FAULTS = [
    ('{"a":1,}', 1, 7, "a key in double quotes", "trailing comma"),
    ('{"a":[1,2,]}', 1, 10, "a value", "trailing comma"),
    ('{"a": 1 , }', 1, 9, "a key in double quotes", "trailing comma"),
    ("{'a':1}", 1, 2, "a key in double quotes", "single quotes"),
    ("{\"a\":'b'}", 1, 6, "a value", "single quotes"),
    ("{\u201ca\u201d:1}", 1, 2, "a key in double quotes", "a typographic quote (\u201c)"),
    ('{"a":\u2018b\u2019}', 1, 6, "a value", "a typographic quote (\u2018)"),
    ('{"a":"b\nc"}', 1, 8, "an escape (\\n, \\t) instead of a raw control character", "a raw control character (U+000A)"),
    ('{"a":"b\tc"}', 1, 8, "an escape (\\n, \\t) instead of a raw control character", "U+0009"),
    ('\ufeff{"a":1}', 1, 1, "the beginning of a value", "byte order mark"),
    ('{"a":True}', 1, 6, "a value", "`True` is not a JSON value"),
    ('{"a":None}', 1, 6, "a value", "`None` is not a JSON value"),
    ('{"a":undefined}', 1, 6, "a value", "`undefined` is not a JSON value"),
    ('{"a":NaN}', 1, 6, "a value", "`NaN` is not a JSON value"),
    ('{"NaN":NaN}', 1, 8, "a value", "`NaN` is not a JSON value"),
    ('{"a":-Infinity}', 1, 6, "a value", ""),
    ("{a:1}", 1, 2, "a key in double quotes", "without quotes"),
    ('{"a":1 // one\n}', 1, 8, "','", "no comments"),
    ('{"a":1 /* one */}', 1, 8, "','", "no comments"),
    ("%7B%22a%22%3A1%7D", 1, 1, "a value", "percent-encoded twice"),
    ("a=1&b=2", 1, 1, "a value", "form data"),
    ("[object Object]", 1, 2, "a value", "converted to a string"),
    ("", 1, 1, "a value", "the text is empty"),
    ("   ", 1, 4, "a value", "the text is empty"),
    ('{"a":1', 1, 7, "','", "ends too early"),
    ('{"a":', 1, 6, "a value", "ends too early"),
    ('{"a":"b', 1, 6, "the closing quote of the string that begins here", "ends too early"),
    ('{"a":1 "b":2}', 1, 8, "','", "a comma is missing"),
    ('{"a" 1}', 1, 6, "':'", ""),
    ('{"a":1}x', 1, 8, "the end of the text", ""),
    ('{"a":"\\x"}', 1, 7, "a valid escape after the backslash", ""),
    ('{\n "a": 1,\n "b": }', 3, 7, "a value", ""),
    ('{\n "a": 1\n "b": 2}', 3, 2, "','", "a comma is missing"),
]


@in_one_test(("text", "line", "column", "expected", "culprit"), FAULTS, ids=[repr(row[0])[:40] for row in FAULTS])
def test_finds_the_place_and_the_culprit(text, line, column, expected, culprit):
    fault = find_fault(text)
    assert fault is not None
    assert (fault.line, fault.column, fault.expected) == (line, column, expected)
    assert culprit in fault.culprit
    assert bool(fault.culprit) == bool(culprit)
    assert fault.fix.endswith(".")


@in_one_test("text", ['{"a":1}', "[]", '"a"', "null", " 1 ", '{"a":"\\u00e9\\n"}', '{"a":{"b":[1,2]}}'])
def test_json_has_no_fault(text):
    assert find_fault(text) is None


def test_deep_nesting_is_told():
    fault = find_fault("[" * 30_000)
    assert fault is not None
    assert fault.culprit


def test_the_text_around_a_fault_is_short_and_on_one_line():
    fault = find_fault('{"a":\n"' + "x" * 500 + '",\n}')
    assert fault is not None
    assert len(fault.around) <= 40
    assert "\n" not in fault.around


@in_one_test(
    ("text", "around"),
    [
        ('{"a":1,}', '{"a":1,}'),
        ('{"note":{"password":"Zq7xK9vWj30a1b2c3d4e5f"},', "\u2026"),
        ('{"password":"Zq7xK9vWj30a1b2c3d4e5f",}', ",}"),
        ('{"password":"Zq7xK9vWj30a1b2c3d4e5f","b":1,}', '"b":1,}'),
        ('{"password":"Zq7xK9vWj30a1b2c3d4e5f","b":1 "c":2}', '"b":1 "c":2}'),
        ('{"title":"some more","password":\'Zq7xK9vWj3', '"password":\'Zq7xK9v'),
        ('{"title":"some more","password" "Zq7xK9vWj3"}', '"password" "Zq7xK9v'),
        ("{\"a_name_that_is_longer_than_what_is_shown\":'Zq7xK9vWj3'}", "\u2026"),
        ('{"codes":["Zq7xK9vWj30a1b2c","Zq7xK9vWj30a1b2c" "Zq7xK9vWj3"]}', "\u2026"),
        ('{"password":"Zq7xK9vWj30a1b2c3d4e5f, \\"x\\": y\nmore"}', "\u2026"),
        ('{"password":"Zq7xK9vWj30a1b2c3d4e5f\\\\x"', "\u2026"),
        ('{"title":"some more","password":"Zq7xK9v\nWj3"}', '"password":"Zq7xK9v Wj3"}'),
        ("[100000000, 200000000, 300000000 4]", "00000, 200000000, 300000000 4]"[-26:]),
        ("[" + '{"a":"some more words"},' * 12_000 + "x", "\u2026"),
    ],
)
def test_what_stands_at_a_fault_begins_with_the_name_that_it_has(text, around):
    fault = find_fault(text)
    assert fault is not None
    assert fault.around == around


def test_describes_in_a_sentence():
    fault = find_fault('{"score":1 "name":2}')
    assert fault is not None
    said = "`where` is not valid JSON: expected ',' at column 12: a comma is missing, or a double quote inside a string is not escaped."
    assert fault.says("`where`") == said


def test_says_the_line_where_there_are_several():
    fault = find_fault('{\n"a":\n}')
    assert fault is not None
    assert "The body is not valid JSON: expected a value at line 3, column 1" in fault.says("The body")


@given(st.text(max_size=200))
def test_agrees_with_the_parser_about_any_text(text):
    try:
        json.loads(text)
        valid = True
    except ValueError:
        valid = False
    constants = any(word in text for word in ("NaN", "Infinity"))
    assert (find_fault(text) is None) == valid or constants


@given(st.text(max_size=200))
def test_the_place_lies_in_the_text_or_right_after_it(text):
    fault = find_fault(text)
    if fault is not None and fault.around != "U+FEFF":
        lines = text.split("\n")
        assert 1 <= fault.line <= len(lines)
        assert 1 <= fault.column <= len(lines[fault.line - 1]) + 1


def test_a_key_without_quotes_beside_texts_in_single_ones_needs_both_mended():
    for text, fix in (("{title: 'Milk'}", "Put every key and every text in double quotes."), ("{likes: 3}", "Put every key in double quotes.")):
        fault = find_fault(text)
        assert fault is not None
        assert fault.fix == fix
