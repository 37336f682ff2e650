"""Headers whose values have parts."""

from __future__ import annotations

import pytest
from baas_errors.redact.headers import cookies, credentials


def mark(kind: str, value: str) -> str:
    return f"<{kind} {value}>"


@pytest.mark.parametrize(
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
    assert cookies(value, mark, given=given) == shown


@pytest.mark.parametrize(
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
    assert credentials(value, mark, str) == shown
