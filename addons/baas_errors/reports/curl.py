"""A curl command that repeats a request, with shell variables in place of secrets."""

from __future__ import annotations

import re
from itertools import chain, count
from typing import NamedTuple
from urllib.parse import quote

from ..redact.placeholders import KINDS, Mark, pieces
from .redacted_exchange import CleanExchange, is_whole

# curl sets these itself.
_SET_BY_CURL = frozenset({"host", "content-length", "connection", "proxy-connection", "transfer-encoding", "accept-encoding", "te", "upgrade"})
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,200}")
_METHOD = re.compile(r"[A-Za-z][A-Za-z_-]{0,30}")
# Characters that act on a terminal when a command is pasted, even in quotes; line breaks and tabs do not.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
_BASIC = re.compile(r"\s*basic\s+(?P<user>[^:]{1,300}):(?P<password><[^<>]{1,120}>)\s*", re.I)
# The name of a value, before the value: `token=`, `"password":"`, `X-Session: `.
_NAME_BEFORE = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,60})[\"'\\]*\s*[=:]\s*[\"'\\]*\Z")
# Variables that a shell may have already: these would send the reader's own settings and keys to the server.
_TAKEN = re.compile(
    r"(?:path|home|user|username|logname|shell|.*pwd|mail|email|ifs|host|hostname|term|lang|tmpdir|display|editor|key|secret_?key|database_url)"
    r"|(?:aws|azure|gcp|google|github|gh|gitlab|ci|npm|node|pypi|twine|python|docker|kube|ssh|gpg|openai|anthropic|hf|slack|stripe|ld|dyld|bash|lc|xdg)_.*",
    re.I,
)


class Command(NamedTuple):
    """A command for a POSIX shell, "" if curl cannot send the request, and its variables with what they stand for (`session token, 34 chars`)."""

    text: str
    variables: tuple[tuple[str, str], ...] = ()


def command(exchange: CleanExchange) -> Command:
    """The command that repeats a request, with a variable such as "$SESSION_TOKEN" for each secret."""
    scheme, separator, rest = exchange.url.partition("://")
    scheme = {"ws": "http", "wss": "https"}.get(scheme.lower(), scheme.lower())
    if not separator or scheme not in ("http", "https") or not is_whole(exchange.url):
        return Command("")
    if not _METHOD.fullmatch(exchange.method) or exchange.method == "CONNECT" or not all(is_whole(value) for _, value in exchange.request_headers):
        return Command("")
    names = _Names()
    implied = "POST" if exchange.request_body else "GET"
    options = ["--head"] if exchange.method == "HEAD" else [] if exchange.method == implied else [f"--request {exchange.method}"]
    if "[" in rest or "{" in rest:
        options.append("--globoff")
    options.append(f"--url {_quoted(_url(f'{scheme}://{rest}'), names)}")
    options += _headers(exchange, names)
    options += _data(exchange, names)
    joined = " ".join(["curl", *options])
    text = joined if len(joined) <= 78 and "\n" not in joined else " \\\n  ".join(["curl", *options])
    return Command(text, tuple(names.found.values()))


class _Names:
    """The variables of a command, one for each value."""

    def __init__(self) -> None:
        self.found: dict[tuple[str, str], tuple[str, str]] = {}

    def of(self, mark: Mark, before: str) -> str:
        """The variable for a mark, named after the text before it."""
        key = (mark.size, mark.pseudonym)
        if key not in self.found:
            name = _variable(mark.kind, before)
            taken = {name for name, _ in self.found.values()}
            numbered = next(each for each in chain([name], (f"{name}_{n}" for n in count(2))) if each not in taken)
            self.found[key] = (numbered, f"{mark.kind}, {mark.size}")
        return self.found[key][0]


def _variable(kind: str, before: str) -> str:
    """`SESSION_TOKEN` for the value of `sessionToken` or `X-Session-Token`; without a name before it the kind of secret."""
    kind = kind if kind in KINDS else "secret"
    named = _NAME_BEFORE.search(before[-200:]) if kind in ("secret", "cookie", "key") else None
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", named[1] if named else kind)
    name = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").upper().removeprefix("X_")[:40].strip("_")
    if not name or name[0].isdigit() or _TAKEN.fullmatch(name):
        name = f"APP_{name}".rstrip("_")
    return name


def _quoted(text: str, names: _Names) -> str:
    """The text as one word for a shell, with variables for marks: 'X-Session-Token: '"$SESSION_TOKEN"."""
    words, before = [], ""
    for piece in pieces(text):
        if isinstance(piece, Mark):
            words.append(f'"${names.of(piece, before)}"')
        else:
            # Unlike shlex.quote this quotes plain words too.
            words.append("'" + piece.replace("'", "'\"'\"'") + "'")
            before = piece
    return "".join(words) or "''"


def _url(url: str) -> str:
    """The URL with invalid characters percent-encoded, except in marks."""
    return "".join(
        f"<{piece.kind} {piece.size} #{piece.pseudonym}>" if isinstance(piece, Mark) else quote(piece, safe="%:/?#[]@!$&'()*+,;=~{}|^`\"")
        for piece in pieces(url)
    )


def _headers(exchange: CleanExchange, names: _Names) -> list[str]:
    options = []
    for name, value in exchange.request_headers:
        folded = name.lower()
        if folded in _SET_BY_CURL or not _HEADER_NAME.fullmatch(name) or _CONTROL.search(value):
            continue
        value = " ".join(value.split())
        basic = _BASIC.fullmatch(value) if folded == "authorization" else None
        if basic and all(isinstance(piece, Mark) for piece in pieces(basic["password"])):
            options.append(f"--user {_quoted(basic['user'] + ':' + basic['password'], names)}")
        else:
            # curl drops `Name:`, and sends an empty header for `Name;`.
            options.append(f"--header {_quoted(f'{name}: {value}' if value else f'{name};', names)}")
    return [*options, "--compressed"] if any(name.lower() == "accept-encoding" for name, _ in exchange.request_headers) else options


def _data(exchange: CleanExchange, names: _Names) -> list[str]:
    body = exchange.request_body
    if not body:
        return []
    if not is_whole(body) or _CONTROL.search(body.replace("\r\n", "\n")):
        return ["--data-binary '@request-body'"]
    return [f"--data-raw {_quoted(body, names)}"]
