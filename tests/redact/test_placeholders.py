"""Marks of secrets, found in texts."""

from __future__ import annotations

from baas_errors.redact import Redactor
from baas_errors.redact.placeholders import Mark, pieces, without_marks
from matrix import in_one_test

ONE = Mark("secret", "12 chars", "a41f9c")


@in_one_test(
    ("text", "expected"),
    [
        ("", []),
        ("plain", ["plain"]),
        ("<secret 12 chars #a41f9c>", [ONE]),
        ("a=<secret 12 chars #a41f9c>&b", ["a=", ONE, "&b"]),
        ("<secret 12 chars #a41f9c><secret 12 chars #a41f9c>", [ONE, ONE]),
        ("<jwt 812 chars alg RS256 exp 1793188800 #a41f9c>", [Mark("jwt", "812 chars", "a41f9c")]),
        ("<b>12 chars</b> #a41f9c", ["<b>12 chars</b> #a41f9c"]),
        ("<secret 12 chars>", ["<secret 12 chars>"]),
    ],
)
def test_pieces(text: str, expected: list[object]) -> None:
    assert list(pieces(text)) == expected


@in_one_test(
    ("text", "expected"), [("/a/<secret 12 chars #a41f9c>/b", "/a/#/b"), ("/a/pk_<key 9 chars #a41f9c>", "/a/pk_#"), ("/a/<b>", "/a/<b>"), ("", "")]
)
def test_marks_made_alike(text: str, expected: str) -> None:
    assert without_marks(text, "#") == expected


@in_one_test("kind", ["secret", "session token", "jwt", "credentials", "encoded"])
def test_what_redaction_writes_is_a_mark(kind: str) -> None:
    assert [type(piece) for piece in pieces(Redactor().mark(kind, "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjF9.x"))] == [Mark]
