"""Commands in tickets, run by real shells with a curl that only says what it was given: every word arrives as it was meant, and nothing else runs."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from baas_errors.formats import Occurrence
from baas_errors.redact.placeholders import Mark, pieces
from baas_errors.reports.curl import command
from baas_errors.reports.group import groups_of
from baas_errors.reports.redacted_exchange import CleanExchange, is_whole
from baas_errors.reports.ticket import ticket_of
from hostile import ALL, SHELL, active_in, exchanges, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix import in_one_test
from samples import make_clean, make_occurrence

FAKE = "curl() { printf '%s\\0' \"$@\"; }\n"
SHELLS = [name for name in ("sh", "bash", "zsh") if shutil.which(name)]
# Whatever a variable holds, it is one word: also what a shell would act on.
VALUE = "v $(id) `id` ' \" \\ * ;&| v"
HOLE = "\ufffc"

some = settings(deadline=None, max_examples=60)
sendable = st.builds(
    CleanExchange,
    method=st.sampled_from(["GET", "POST", "DELETE", "HEAD", "PROPFIND"]),
    url=texts.map("https://a.example/".__add__),
    request_headers=st.lists(
        st.tuples(st.one_of(texts, st.sampled_from(["X-A", "Authorization", "Accept-Encoding", "Cookie"])), texts), max_size=3
    ).map(tuple),
    request_body=texts,
    status=st.just(404),
)


def arguments(shell: str, exchange: CleanExchange) -> list[str]:
    """What curl is given; fails if anything else was run, said or written."""
    made = command(exchange)
    variables = {name: VALUE for name, _ in made.variables}
    with tempfile.TemporaryDirectory() as folder:
        script = [shutil.which(shell) or shell, "-c", FAKE + made.text]
        done = subprocess.run(script, env={"PATH": "/nonexistent", "HOME": folder, **variables}, cwd=folder, capture_output=True, timeout=20)
        assert (done.returncode, done.stderr) == (0, b"")
        assert list(Path(folder).iterdir()) == []
    return done.stdout.decode("utf-8", "surrogateescape").split("\0")[:-1]


def holed(text: str) -> str:
    """A text with a hole for each mark."""
    return "".join(HOLE if isinstance(piece, Mark) else piece for piece in pieces(text))


@pytest.mark.parametrize("shell", SHELLS)
@some
@given(exchange=sendable)
def test_every_word_arrives_as_it_was_meant(shell: str, exchange: CleanExchange) -> None:
    given_to_curl = [word.replace(VALUE, HOLE) for word in arguments(shell, exchange)]
    found: dict[str, list[str]] = {}
    words = iter(given_to_curl)
    for option in words:
        assert option in ("--request", "--head", "--globoff", "--url", "--header", "--user", "--compressed", "--data-raw", "--data-binary")
        found.setdefault(option, []).append("" if option in ("--head", "--globoff", "--compressed") else next(words))
    implied = "POST" if exchange.request_body else "GET"
    assert found.get("--request", [implied]) == [exchange.method] or exchange.method == "HEAD"
    (url,) = found["--url"]
    assert unquote(url) == unquote(holed(exchange.url).encode("utf-8", "replace").decode())
    assert ("--globoff" in found) == ("[" in exchange.url or "{" in exchange.url)
    headers = {f"{name}: {' '.join(value.split())}" if value.split() else f"{name};" for name, value in exchange.request_headers}
    assert {*found.get("--header", [])} <= {holed(header) for header in headers}
    if "--data-raw" in found:
        assert found["--data-raw"] == [holed(exchange.request_body)]
    elif exchange.request_body:
        assert found["--data-binary"] == ["@request-body"]
        assert active_in(exchange.request_body, "\t\n") or not is_whole(exchange.request_body)


@in_one_test("shell", SHELLS)
@in_one_test("text", SHELL)
def test_a_request_made_of_shell_code(shell: str, text: str) -> None:
    exchange = make_clean(method="POST", url=f"https://a.example/{text}", request_headers=(("X-A", text), (text, text)), request_body=text)
    words = arguments(shell, exchange)
    assert words[0] in ("--url", "--globoff")
    assert words[-2:] == ["--data-raw", text]
    assert f"X-A: {' '.join(text.split())}" in words


@some
@given(exchanges)
def test_the_command_in_a_ticket_is_the_command(exchange: CleanExchange) -> None:
    (group,) = groups_of([make_occurrence(exchange)])
    made = command(exchange)
    told = ticket_of(group)
    if made.text and active_in(made.text, "\n\t\r") == []:
        shown = made.text.replace("\r\n", "\n").replace("\r", "\n")
        assert f"sh\n{shown}\n`" in told
    assert not (set(active_in(told, "\n\t")))


@pytest.mark.parametrize("method", ["GET$(id)", "GET;id", "`id`", "-X", "", "GET POST", "G\nid", "CONNECT"])
def test_what_is_no_method_has_no_command(method: str) -> None:
    assert command(make_clean(method=method)).text == ""
    assert "## How to repeat the request" not in ticket_of(groups_of([Occurrence(make_occurrence().record, make_clean(method=method))])[0])


@in_one_test("text", ALL)
def test_no_name_of_a_variable_comes_from_a_text_as_it_is(text: str) -> None:
    exchange = make_clean(
        request_body=f"{text}=<secret 12 chars #c41f9c> {text}: <secret 12 chars #d41f9c>", request_headers=((f"X{text}", "a=<key 1 chars #e41f9c>"),)
    )
    for name, what in command(exchange).variables:
        assert name.replace("_", "").isalnum()
        assert name.isascii()
        assert name == name.upper()
        assert what.replace(",", "").replace(" ", "").isalnum()
