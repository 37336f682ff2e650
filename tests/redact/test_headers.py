"""Headers whose values have parts."""

from __future__ import annotations

from baas_errors.redact import Redactor
from baas_errors.redact.headers import cookies, credentials
from baas_errors.redact.secret_names import Names
from build import shipped_catalogs
from matrix import in_one_test

NAMES = Names(shipped_catalogs().values())


def mark(kind: str, value: str) -> str:
    return f"<{kind} {value}>"


@in_one_test(
    ("value", "given", "shown"),
    [
        ("a=1; b=2", False, "a=<cookie 1>; b=<cookie 2>"),
        ('a="1 2;3"', False, 'a=<cookie "1 2>;<cookie 3">'),
        ("whole", False, "<cookie whole>"),
        ("a=; b=", False, "a=; b="),
        ("a=1=2", False, "a=<cookie 1=2>"),
        ("a=1; Path=/; HttpOnly", True, "a=<cookie 1>; Path=/; HttpOnly"),
        ("a=x y; Expires=Wed, 01 May 2024 10:00:00 GMT", True, "a=<cookie x y>; Expires=Wed, 01 May 2024 10:00:00 GMT"),
        ("a=1; Path=/, b=2; Path=/", True, "a=<cookie 1>; Path=/, b=<cookie 2>; Path=/"),
        ("a=1\nb=2; Secure", True, "a=<cookie 1>\nb=<cookie 2>; Secure"),
    ],
)
def test_cookies(value: str, given: bool, shown: str) -> None:
    assert cookies(value, lambda _name, held: mark("cookie", held), given=given) == shown


@in_one_test(
    ("value", "shown"),
    [
        ("Bearer abc", "Bearer <credentials abc>"),
        ("bearer  eyJa.b.c", "bearer <jwt eyJa.b.c>"),
        ("Digest username=ann, response=1", "Digest <credentials username=ann, response=1>"),
        ("abc", "<secret abc>"),
        ("correct horse battery", "<secret correct horse battery>"),
        ("Basic a2lkX2ExOnNlY3JldA==", "Basic kid_a1:<credentials a2lkX2ExOnNlY3JldA==>"),
        ("Basic YW5uOnNlY3JldA==", "Basic <user ann>:<credentials YW5uOnNlY3JldA==>"),
    ],
)
def test_credentials(value: str, shown: str) -> None:
    assert credentials(value, mark, str, NAMES) == shown


@in_one_test(
    "value",
    [
        'Bearer realm="api", error="invalid_token", error_description="The access token expired"',
        'Digest realm="api", qop="auth", algorithm=MD5, stale=true',
        'Basic realm="books", charset="UTF-8"',
    ],
)
def test_a_challenge_says_what_is_wrong_and_stays(value: str) -> None:
    assert Redactor().session().text(value) == value


def test_what_answers_a_challenge_does_not() -> None:
    shown = Redactor().session().text('Digest username="ada", realm="api", nonce="dcd98b7102dd", response="6629fae49393a053"')
    assert "ada" not in shown
    assert "6629fae49393a053" not in shown
