"""Commands that repeat requests."""

from __future__ import annotations

import re
import shlex
import subprocess

from baas_errors.pipeline import Pipeline
from baas_errors.reports.curl import command
from baas_errors.reports.redacted_exchange import CleanExchange, clean
from build import make_exchange
from hypothesis import given
from matrix import in_one_test
from samples import harmful, harmful_exchanges, make_clean, patient


def curl(exchange: CleanExchange) -> str:
    return command(exchange).text


FAKE = "curl() { printf '%s\\0' \"$@\"; }\n"


def run(exchange: CleanExchange, **variables: str) -> list[str]:
    """What curl is given when a shell runs the command."""
    done = subprocess.run(["/bin/sh", "-c", FAKE + curl(exchange)], env=variables, capture_output=True, check=True, timeout=20)
    return done.stdout.decode().split("\0")[:-1]


def words(exchange: CleanExchange) -> list[str]:
    """The words of the command. A shell joins lines that end in a backslash; shlex does not."""
    return shlex.split(curl(exchange).replace(" \\\n  --", " --"))


def test_a_request_with_everything() -> None:
    assert curl(make_clean()) == (
        "curl \\\n"
        "  --request PUT \\\n"
        "  --url 'https://api.example/parse/classes/Post/abc?token='\"$TOKEN\" \\\n"
        "  --header 'X-Parse-Session-Token: '\"$SESSION_TOKEN\" \\\n"
        "  --header 'Content-Type: application/json' \\\n"
        '  --data-raw \'{"title":"It\'"\'"\'s","password":"\'"$PASSWORD"\'"}\''
    )


def test_a_shell_gives_curl_the_values() -> None:
    assert run(make_clean(), TOKEN="t 1", SESSION_TOKEN="r:$x", PASSWORD="a'b") == [
        *("--request", "PUT"),
        *("--url", "https://api.example/parse/classes/Post/abc?token=t 1"),
        *("--header", "X-Parse-Session-Token: r:$x"),
        *("--header", "Content-Type: application/json"),
        *("--data-raw", '{"title":"It\'s","password":"a\'b"}'),
    ]


def test_a_short_request_is_one_line() -> None:
    assert curl(make_clean(method="GET", url="https://api.example/a", request_headers=(), request_body="")) == "curl --url 'https://api.example/a'"


@in_one_test(
    ("facts", "expected"),
    [
        ({"method": "GET", "request_body": ""}, []),
        ({"method": "HEAD", "request_body": ""}, ["--head"]),
        ({"method": "DELETE", "request_body": ""}, ["--request", "DELETE"]),
        ({"method": "POST", "request_body": ""}, ["--request", "POST"]),
        ({"method": "POST", "request_body": "a=1"}, []),
        ({"method": "GET", "request_body": "a=1"}, ["--request", "GET"]),
    ],
)
def test_the_method_is_named_where_curl_would_use_another(facts: dict[str, str], expected: list[str]) -> None:
    found = words(make_clean(url="https://api.example/a", request_headers=(), **facts))
    assert found[1 : found.index("--url")] == expected


@in_one_test(
    ("header", "expected"),
    [
        (("X-Empty", ""), ["--header", "X-Empty;"]),
        (("Authorization", "Basic kid_ab1:<credentials 40 chars #a41f9c>"), ["--user", "kid_ab1:$CREDENTIALS"]),
        (("Authorization", "Basic <user 5 chars #b41f9c>:<credentials 40 chars #a41f9c>"), ["--user", "$APP_USER:$CREDENTIALS"]),
        (("Authorization", "Bearer <jwt 812 chars alg RS256 #a41f9c>"), ["--header", "Authorization: Bearer $JWT"]),
        (("Authorization", "Kinvey <credentials 40 chars #a41f9c>"), ["--header", "Authorization: Kinvey $CREDENTIALS"]),
        (("X-API-Key", "pk_<key 64 chars #a41f9c>"), ["--header", "X-API-Key: pk_$APP_KEY"]),
        (("Cookie", "sid=<cookie 9 chars #a41f9c>; lang=de"), ["--header", "Cookie: sid=$SID; lang=de"]),
        (("Accept-Encoding", "gzip, br"), ["--compressed"]),
        (("Host", "api.example"), []),
        (("Content-Length", "2"), []),
        (("not a name", "x"), []),
        (("@file", "x"), []),
        (("X-Bell", "a\x07b"), []),
    ],
)
def test_headers(header: tuple[str, str], expected: list[str]) -> None:
    found = words(make_clean(method="GET", url="https://api.example/a", request_headers=(header,), request_body=""))
    assert found[3:] == expected


@in_one_test(
    ("url", "expected"),
    [
        ("https://api.example/a b?q=ü", "https://api.example/a%20b?q=%C3%BC"),
        ("wss://api.example/parse", "https://api.example/parse"),
        ("ws://api.example/parse", "http://api.example/parse"),
        ("https://<userinfo 9 chars #a41f9c>@api.example/", "https://$USERINFO@api.example/"),
        ("https://api.example/a%20b", "https://api.example/a%20b"),
    ],
)
def test_urls(url: str, expected: str) -> None:
    assert words(make_clean(method="GET", url=url, request_headers=(), request_body=""))[2] == expected


def test_braces_in_a_url_are_left_alone_by_curl() -> None:
    assert "--globoff" in words(make_clean(url='https://api.example/a?where={"a":[1]}'))


@in_one_test(
    "facts",
    [
        {"url": "file:///etc/passwd"},
        {"url": "no url"},
        {"url": ""},
        {"method": "CONNECT"},
        {"method": "-o/tmp/x"},
        {"method": ""},
        {"method": "GET POST"},
    ],
)
def test_what_curl_could_not_or_must_not_send_has_no_command(facts: dict[str, str]) -> None:
    assert curl(make_clean(**facts)) == ""


@in_one_test("body", ["<12 bytes of image/png>", "<body not shown: x>", "ab\n<cut: 65,536 of 70,000 characters are shown>", "a\x1b[31mb"])
def test_bodies_that_cannot_stand_in_a_command_come_from_a_file(body: str) -> None:
    assert words(make_clean(request_body=body))[-2:] == ["--data-binary", "@request-body"]


def test_line_breaks_stay_in_a_body() -> None:
    assert words(make_clean(request_body="a\r\nb\tc"))[-1] == "a\r\nb\tc"


def names(*texts: str) -> list[str]:
    headers = tuple((f"X-{number}", text) for number, text in enumerate(texts))
    return [name for name, _ in command(make_clean(url="https://api.example/", request_headers=headers, request_body="")).variables]


@in_one_test(
    ("text", "expected"),
    [
        ("sessionToken=<secret 9 chars #a41f9c>", "SESSION_TOKEN"),
        ("session-token: <secret 9 chars #a41f9c>", "SESSION_TOKEN"),
        ('{"authData":"<secret 9 chars #a41f9c>"}', "AUTH_DATA"),
        ("path=<secret 9 chars #a41f9c>", "APP_PATH"),
        ("LD_PRELOAD=<secret 9 chars #a41f9c>", "APP_LD_PRELOAD"),
        ("GITHUB_TOKEN=<secret 9 chars #a41f9c>", "APP_GITHUB_TOKEN"),
        ("Text <pem 900 chars #a41f9c>", "PEM"),
        ("Text <session token 34 chars #a41f9c>", "SESSION_TOKEN"),
    ],
)
def test_names_of_variables(text: str, expected: str) -> None:
    assert names(text) == [expected]


def test_one_value_has_one_variable() -> None:
    assert names("token=<secret 9 chars #a41f9c>", "other=<secret 9 chars #a41f9c>") == ["TOKEN"]


def test_two_values_of_one_name_have_two_variables() -> None:
    assert names("token=<secret 9 chars #a41f9c>", "token=<secret 9 chars #b41f9c>") == ["TOKEN", "TOKEN_2"]


def test_variables_are_described() -> None:
    assert command(make_clean()).variables == (
        ("TOKEN", "secret, 12 chars"),
        ("SESSION_TOKEN", "session token, 34 chars"),
        ("PASSWORD", "secret, 8 chars"),
    )


@patient
@given(harmful)
def test_any_body_reaches_curl_as_it_is(body: str) -> None:
    found = words(make_clean(request_body=re.sub("[\x00\x1b\x9b\u202e\u2028\ud800\r]|<[a-z]+ \\d+ chars #\\w+>", "", body)))
    expected = re.sub("[\x00\x1b\x9b\u202e\u2028\ud800\r]|<[a-z]+ \\d+ chars #\\w+>", "", body)
    assert found[-2:] == ["--data-raw", expected] if expected else "--data-raw" not in found


@patient
@given(harmful_exchanges)
def test_no_exchange_breaks_out_of_its_words(exchange: CleanExchange) -> None:
    text = curl(exchange)
    allowed = {"curl", "--request", "--head", "--globoff", "--url", "--header", "--user", "--compressed", "--data-raw", "--data-binary"}
    # What is left for the shell outside quotes: options, and the method behind one.
    bare = re.sub(r"'[^']*'|\"'\"|\"\$[A-Z][A-Z0-9_]*\"| \\\n", " ", text)
    assert set(bare.split()) <= allowed | {exchange.method}


@patient
@given(harmful_exchanges)
def test_nothing_that_a_terminal_acts_on_is_pasted(exchange: CleanExchange) -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e]", curl(exchange))


def test_a_redacted_exchange_has_no_secret_in_its_command(pipeline: Pipeline) -> None:
    exchange = make_exchange(
        method="POST",
        url="https://api.example/login?token=hunter22-and-more",
        headers={"Authorization": "Basic YWxpY2U6aHVudGVyMjItYW5kLW1vcmU=", "Content-Type": "application/json"},
        request_body={"password": "hunter22-and-more"},
    )
    text = curl(clean(exchange, pipeline.redactor))
    assert "hunter22" not in text
    assert "YWxpY2U6" not in text
