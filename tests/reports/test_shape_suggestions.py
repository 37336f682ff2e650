"""Shapes that error answers suggest."""

from __future__ import annotations

from typing import Any

from baas_errors.decode import decode
from baas_errors.reports.shape_suggestions import BEGINS, LAST_PART, XML, Guess, guess_shape
from build import make_backend, make_exchange, make_facts
from hostile import ALL
from matrix import in_one_test

URL = "https://errors.example/kinds/out-of-stock"
CASES: list[tuple[Any, dict[str, str], Guess | None, tuple[Any, str]]] = [
    ({"code": "E1", "message": "No."}, {}, Guess("/code", "/message"), ("E1", "No.")),
    ({"ok": False, "err": {"type": "gone", "hint": "No."}}, {}, Guess("/err/type", "/err/hint"), ("gone", "No.")),
    ({"error": "invalid_grant", "error_description": "No."}, {}, Guess("/error", "/error_description"), ("invalid_grant", "No.")),
    ({"status": 400, "code": 400, "error": {"number": 17, "text": "No."}}, {}, Guess("/error/number", "/error/text"), (17, "No.")),
    ({"title": "T", "detail": "D", "type": URL}, {}, Guess("/type", "/detail", code_pattern=LAST_PART), ("out-of-stock", "D")),
    ({"title": "Not here", "type": "about:blank"}, {}, Guess("", "/title"), (None, "Not here")),
    ({"message": "WEAK_PASSWORD : Too short."}, {}, Guess("/message", code_pattern=BEGINS), ("WEAK_PASSWORD", "Too short.")),
    ({"message": "Too short."}, {}, Guess("", "/message"), (None, "Too short.")),
    ({"errors": [{"code": "E1", "message": "No."}]}, {}, Guess("/code", "/message", each="/errors/*"), ("E1", "No.")),
    ([{"errorCode": "E1", "msg": "No."}], {}, Guess("/errorCode", "/msg", each="/*"), ("E1", "No.")),
    (b"SLOW_DOWN : 3 a minute", {}, Guess("/text", source="text", code_pattern=BEGINS), ("SLOW_DOWN", "3 a minute")),
    (b"<Error>\n<Code>NoSuchKey</Code>\n<Message>No.</Message></Error>", {}, Guess("/text", source="text", code_pattern=XML), ("NoSuchKey", "No.")),
    (b"", {"X-Toy-Error": "full", "X-Toy-Hint": "No."}, Guess("header:x-toy-error", "header:x-toy-hint"), ("full", "No.")),
    (b"", {"X-Error-Code": "17"}, Guess("header:x-error-code"), ("17", "")),
    (b"", {"X-Mirror": "a", "Server": "nginx"}, None, (None, "")),
    (b"Nothing to see", {}, None, (None, "Nothing to see")),
    ({"a": {"b": {"code": "too deep"}}}, {}, None, (None, '{"a":{"b":{"code":"too deep"}}}')),
    ({"strange key": "E1"}, {}, None, (None, '{"strange key":"E1"}')),
    ([], {}, None, (None, "[]")),
    ([["a"]], {}, None, (None, '[["a"]]')),
]  # fmt: skip


@in_one_test(("body", "headers", "expected", "read"), CASES)
def test_a_shape_is_proposed_and_reads_the_answer(body, headers, expected, read):
    """A proposal that is loaded as a shape finds the code and the message."""
    exchange = make_exchange(400, body, url="https://toy.example/x", response_headers=headers)
    guess = guess_shape(make_facts(exchange, make_backend()).answer, exchange.response)
    assert guess == expected
    fields = "\n".join(f"{name} = '{value}'" for name, value in (guess._asdict() if guess else {}).items() if value)
    (error,) = decode(make_facts(exchange, make_backend(f'[[shape]]\nname = "s"\n{fields}\n' if guess else "")))
    assert (error.code, error.message) == read


@in_one_test("hostile", ALL)
def test_hostile_names_are_left_out(hostile):
    for body in ({hostile: {"code": "x"}, "code": hostile}, [{hostile: hostile}], {"errors": [{"code": 1, hostile: hostile}]}):
        exchange = make_exchange(400, body, response_headers={"x-error": hostile})
        guess = guess_shape(exchange.response.body.json, exchange.response)
        assert guess is None or all(part.isprintable() and "'" not in part for part in guess)
