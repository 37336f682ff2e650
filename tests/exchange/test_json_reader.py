import json
import math

from baas_errors.exchange.json_reader import DEEPEST, MOST_VALUES, carried, compact, is_deep, parse_json, type_name
from effort import effort
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test


@in_one_test(
    ("text", "value"),
    [
        ('{"code":101}', {"code": 101}),
        ('\ufeff \r\n{"code":101}\n', {"code": 101}),
        ('{"error":"a\x1b[31mb\tc"}', {"error": "a\x1b[31mb\tc"}),
        ('{"code":1,"code":2}', {"code": 2}),
        ('"text"', "text"),
        ("[]", []),
        ("null", None),
    ],
    ids=["plain", "byte order mark", "raw control characters", "duplicate key", "a string", "empty list", "null"],
)
def test_reads_what_servers_send_as_json(text, value):
    assert parse_json(text) == (value, "")


@in_one_test("text", ["", "  \n", "\ufeff"])
def test_says_that_a_text_is_empty(text):
    assert parse_json(text) == (None, "is empty")


@in_one_test(
    ("text", "value"),
    [
        (
            "{\n  “error”: “NotHere”\n  “description”: “gone, long ago”\n  “debug”: “”\n}",
            {"error": "NotHere", "description": "gone, long ago", "debug": ""},
        ),
        ('{"error": "NotHere" "debug": "x"}', {"error": "NotHere", "debug": "x"}),
        ('{"code":101,"error":"Object not', {"code": 101, "error": "Object not…"}),
        ('{"error":"say “hi” and', {"error": "say “hi” and…"}),
        ('{"code":101,', {"code": 101}),
        ('{"error":{"code":"a/b","message":"x"', {"error": {"code": "a/b", "message": "x"}}),
        ('[{"error":{"code":101}},{"error":{"code":209}', [{"error": {"code": 101}}, {"error": {"code": 209}}]),
        ('{"errors":[{"index":0,"error":"E1"},{"index":1,"err', {"errors": [{"index": 0, "error": "E1"}, {"index": 1}]}),
        (r'{"error":"a bad \x escape","code":141}', {"error": r"a bad \x escape", "code": 141}),
        ('{"error":bare,"code":141}', {"error": "bare", "code": 141}),
    ],
    ids=[
        "curly quotes without commas",
        "no commas",
        "cut in a string",
        "curly quotes inside a cut string stay",
        "cut after a comma",
        "cut in an inner object",
        "cut in a list",
        "cut in a key",
        "invalid escape",
        "bare word",
    ],
)
def test_reads_broken_json_as_far_as_it_goes_and_says_so(text, value):
    parsed = parse_json(text)
    assert parsed.value == value
    assert parsed.problem.startswith("is not valid JSON: ")


@in_one_test("text", ['{"code":10', '{"error":"x","code":10', '{"ok":tru', '[{"code":2'])
def test_does_not_take_half_a_value_for_a_whole_one(text):
    assert "10" not in str(parse_json(text).value)
    assert "2" not in str(parse_json(text).value)
    assert "tru" not in str(parse_json(text).value)


def test_names_line_and_column_of_the_fault():
    assert "line 2, column 3" in parse_json('{"a": 1,\n  b: 2}').problem


def test_keeps_the_value_before_other_text_and_quotes_what_follows():
    parsed = parse_json('{"code":1}<br>Warning')
    assert parsed.value == {"code": 1}
    assert "<br>Warning" in parsed.problem


@in_one_test("text", ["<html>", "Not found", "{", "[", "{]", '"', "{:}", "\x00"])
def test_what_is_no_json_has_no_value(text):
    assert parse_json(text).value is None


def test_nan_and_infinity_stand_for_nothing():
    assert parse_json('{"code":NaN,"a":Infinity,"b":-Infinity}').value == {"code": None, "a": None, "b": None}


def test_a_number_of_ten_thousand_digits_is_infinite():
    assert parse_json('{"code":' + "9" * 10_000 + "}").value == {"code": math.inf}


@in_one_test(
    "text",
    [
        '{"a":' * 100_000,
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '{"a":"' + '\\"' * 1_000_000,
        '{"a":["\\x",' + '"b",' * 500_000,
        "[" * 7 + '"\\x",' * 300_000,
    ],
    ids=["deep objects", "deep lists", "deep closed lists", "long cut string", "long broken list", "broken list in lists"],
)
def test_hostile_text_takes_no_long_time(text):
    assert effort(lambda: parse_json(text)) < 200


@in_one_test(("depth", "problem"), [(30_000, "is nested too deeply"), (100_000, "holds more than 40,000 values, so only its beginning was read")])
def test_what_stands_before_deep_nesting_is_read(depth: int, problem: str):
    parsed = parse_json('{"code":101,"x":' + "[" * depth)
    assert parsed.value["code"] == 101
    assert parsed.problem == problem


@given(st.text())
def test_never_raises_for_text(text):
    parse_json(text)
    parse_json("{" + text)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(10**14), 10**14) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_reads_all_json_as_the_standard_library_does(value):
    assert parse_json(json.dumps(value)) == (value, "")


@given(st.dictionaries(st.text('abc“”\\"\n', max_size=4), st.text('xyz“”\\"\n{}[]', max_size=6), max_size=4), st.integers(1, 80))
def test_a_cut_object_holds_nothing_that_the_whole_did_not(value, length):
    text = json.dumps(value, ensure_ascii=False)
    cut = parse_json(text[:length]).value or {}
    whole = {json.dumps(key, ensure_ascii=False)[1:-1] for key in value} | set(value)
    assert set(cut) <= whole


@in_one_test(("depth", "deep"), [(DEEPEST, False), (DEEPEST + 1, True)])
def test_is_deep_counts_levels(depth, deep):
    value = []
    for _ in range(depth - 1):
        value = [value]
    assert is_deep(value) is deep


def test_is_deep_sees_objects_and_lists_in_turn():
    value = 1
    for _ in range(40):
        value = {"a": [value]}
    assert is_deep(value)


@in_one_test(("value", "text"), [("as it is", "as it is"), ({"a": [1, "ü"]}, '{"a":[1,"ü"]}'), (3, "3"), (True, "true"), ({1, 2}, "")])
def test_compact(value, text):
    assert compact(value) == text


@in_one_test(("item", "counts"), [("[]", 2), ("{}", 2), ("1000000000", 1), ('""', 1)])
def test_more_values_than_an_answer_can_have_are_not_read(item: str, counts: int):
    most = MOST_VALUES // counts
    held = f"[{','.join([item] * most)}]"
    assert len(parse_json(held).value) == most
    value, problem = parse_json(f"[{held}]")
    assert problem == "holds more than 40,000 values, so only its beginning was read"
    assert 500 < len(value[0]) <= 1_000
    value, problem = parse_json(f'{{"code":101,"error":"x","more":[{held}]}}')
    assert (value["code"], value["error"]) == (101, "x")


@in_one_test(
    ("value", "name"),
    [
        (None, "null"),
        (True, "a boolean"),
        (1, "a number"),
        (1.5, "a number"),
        ("", "a string"),
        ([], "an array"),
        ({}, "an object"),
        (b"", "a value of an unknown type"),
    ],
)
def test_type_name(value, name):
    assert type_name(value) == name


@in_one_test(
    ("text", "kind", "found"),
    [
        ('f({"a":1});', "application/javascript", '{"a":1}'),
        ('/**/ typeof jQuery1.f === \'function\' && jQuery1.f([{"a":")"}])', "text/javascript", '[{"a":")"}]'),
        ('f({"a":1', "application/javascript", ""),
        ('$.f({"a":1});', "application/json", '{"a":1}'),
        ('f {"a":1}', "application/javascript", 'f {"a":1}'),
        ("f(1)", "application/javascript", "f(1)"),
        ('event: message\ndata: {"a":\ndata: 1}\n\n', "text/event-stream", '{"a":\n1}'),
        ('data: {"a":1}\r\n\r\ndata: {"a":2}\r\n\r\n: end\n\n', "text/event-stream; charset=utf-8", '{"a":2}'),
        ("data: hello\n\n", "text/event-stream", "data: hello\n\n"),
    ],
)
def test_json_that_a_script_or_a_stream_of_events_carries(text, kind, found):
    assert carried(text, kind) == found
