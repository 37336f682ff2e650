"""The secrets that a request was sent with, to be looked for in the answer: servers repeat what they were sent."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from itertools import islice
from typing import Any, NamedTuple

from ..exchange import Body, Exchange, Request
from ..exchange.auth_header import basic
from ..exchange.clearing_cache import ClearingCache
from ..exchange.multipart import MOST_PARTS, Part, mark_of, parts
from ..exchange.unset_values import shows_nothing
from .encodings import may_be_base64, percent_decoded, plain_base64, unescaped
from .formats import Forms
from .matchers import SHORTEST
from .named_values import named_values
from .secret_names import Names
from .walk import FORM, Walk

# What searching a request may cost, in units of about a microsecond.
MOST_WORK = 12_000
_LONGEST = 4000
_MOST = 512
# What a name that was not met before costs.
_NEW_NAME = 12
_MOST_MESSAGES = 20
# Of a text, a path and a part; what is longer counts as not searched.
_SEARCHED = 20_000
_LONGEST_DOCUMENT = 10 * _SEARCHED
# Why a body may be there that nobody could read.
_NOT_READ = ("body-too-large", "body-encoding")
_PACKED = re.compile("msgpack|messagepack|cbor|protobuf|bson|avro|thrift|grpc")
_SHORTEST_COOKIE = 8
_SHORTEST_PART = 16
# Beside these signs a secret may stand: to look takes time.
_SIGNS = '=:"<%&@'
# These kinds of values have parts, and where they are repeated they are called secrets.
_PARTED = ("secret", "credentials", "userinfo")
# `Bearer:abc`, `auth=abc`.
_AFTER_SIGN = re.compile(r"[A-Za-z][\w-]{1,20}\s{0,3}[:=]\s{0,3}([^\s:=][^\r\n]{5,})")
_BETWEEN = re.compile(r"[\s;=,\"]+")
_ENCODED = re.compile(r"(?:data:[^,\s]{0,100},)?[A-Za-z0-9+/_=\r\n-]+")
# What programs write for a value that they do not have, and what stands for itself in any message: to hide it would hide the fault.
_NO_SECRETS = frozenset((
    "password", "username", "string", "number", "object", "boolean", "string!", "int!", "float!", "boolean!", "id!", "email", "bearer", "basic",
))  # fmt: skip
# A variable of GraphQL or of a template stands for a secret and is none.
_VARIABLE = re.compile(r"\$\w+|\{\{?\s*+[\w.-]*+\s*+\}?\}")


class Sent(NamedTuple):
    """The secret values of a request with their kinds, longest first; `whole` says whether all of it was searched, and none is left out."""

    values: dict[str, str]
    whole: bool


class _TooMuchError(Exception):
    """The request holds more than is searched."""


def one_time_names(request: Request) -> frozenset[str]:
    """`code`, where it is secret in a request's body: sent to a person, or given out by an OAuth provider."""
    path = request.path.lower()
    return frozenset(("code",) if "auth" in path or "mfa" in path or "login" in path or "signin" in path or "verif" in path else ())


def of_exchange(
    exchange: Exchange, names: Names, forms: Forms, ids: Callable[[], frozenset[str]], plain: frozenset[str], harmless: ClearingCache[int, bool]
) -> Sent:
    """The secret values of what the client sent. `plain` are words of paths, which are no secrets wherever they stand.

    In `harmless` the hashes of headers are kept in which nothing was found: nearly all are the same from request to request.
    """
    request = exchange.request
    collector, whole = Collector(request, names, forms, ids), True
    try:
        collector.request(request, harmless)
        if exchange.message is not None:
            for said in (*exchange.opening, *islice(exchange.asked(), _MOST_MESSAGES)):
                collector.body(said)
    except _TooMuchError:
        whole = False
    found = collector.found
    kept = [value for value in found if SHORTEST <= len(value) <= _LONGEST and _is_kept(value, plain, request.host)] if found else []
    if len(kept) > 1:
        # The lines of a private key are no secrets by themselves: where they were replaced its form was gone.
        whole_keys = [value for value, kind in found.items() if kind == "pem"]
        kept = sorted(
            (value for value in kept if not any(value in key and value != key for key in whole_keys)), key=lambda value: (-len(value), value)
        )
    return Sent({value: found[value] for value in kept[:_MOST]}, whole and len(kept) <= _MOST)


def _is_kept(value: str, plain: frozenset[str], host: str) -> bool:
    low = value.lower()
    if low in _NO_SECRETS or low in plain or (value[0] in "${" and _VARIABLE.fullmatch(value)) or shows_nothing(value):
        return False
    # A name that is also part of the host is everybody's to see.
    return not (low in (small := host.lower()) and low in small.split("."))


class Collector(Walk):
    """Goes through what a client sent and keeps what would be replaced in it."""

    def __init__(self, request: Request, names: Names, forms: Forms, ids: Callable[[], frozenset[str]]) -> None:
        super().__init__(names, forms, ids)
        self._sent, self._also = True, one_time_names(request)
        self._path = request.path.lower()
        self.found: dict[str, str] = {}
        self._left, self._keys, self._hits = MOST_WORK, 0, 0

    def request(self, request: Request, harmless: ClearingCache[int, bool]) -> None:
        """Looks through all parts of a request. Raises _TooMuchError if it holds too much."""
        for field in request.headers.fields:
            name, value = field
            self._spend(2 if name in self._names.header else _NEW_NAME + len(name) // 10)
            if (known := hash(field)) not in harmless:
                hits = self._hits
                self.header(name, self._bounded(value))
                if hits == self._hits:
                    harmless[known] = True
        self.text(self._bounded(request.path))
        if request.query:
            self.query(self._bounded(request.query, _LONGEST_DOCUMENT))
        self.body(request.body)

    def replace(self, kind: str, value: str) -> str:
        """Keeps a value, and what it consists of."""
        self._hits += 1
        value = value.strip()
        if kind == "encoded" or (kind == "user" and "user" not in self._path and "login" not in self._path):
            # What is behind an encoding was found by itself; on routes that are none of persons the user of Basic is an app's id.
            return value
        self._spend(10 + len(value) // 100 + (10 if kind == "credentials" else 0))
        more = [percent_decoded(value)] if "%" in value else []
        if "&" in value:
            more.append(unescape(value))
        if "\\" in value:
            more.append(unescaped(value))
        if kind != "credentials" and (plain := plain_base64(value)):
            user, _, password = plain.partition(":")
            more.append(password if self._names.is_app(user) else plain)
        if len(value) > _SHORTEST_PART and kind in _PARTED and _BETWEEN.search(value):
            self._spend(len(value) // 20)
            more += [part for part in _BETWEEN.split(value) if len(part) >= _SHORTEST_PART]
        if kind in _PARTED and (named := _AFTER_SIGN.fullmatch(value)):
            more.append(named[1])
        if kind == "userinfo":
            more.append(value.partition(":")[2])
        elif kind == "credentials":
            more += [value[named.start : named.end] for named in named_values(value, self._names)]
            # Where the two of Basic were swapped, the app's id is the password.
            user, password, _ = basic(value)
            is_app = self._names.is_app(password)
            more += ["" if is_app else password, password.partition("=")[2], user if is_app else ""]
        self._keep(*more, value, kind="secret" if kind in _PARTED or kind in ("cookie", "user") else kind)
        return value

    def _keep(self, *values: str, kind: str = "secret") -> None:
        for value in values:
            self.found.setdefault(value, kind)

    def cookie(self, name: str, value: str) -> str:
        """Keeps a cookie's value, but a setting such as `theme=dark`."""
        held = value.strip().strip('"')
        self._hits += 1
        self._spend(_NEW_NAME)
        if len(held) >= _SHORTEST_COOKIE or self._names.body[name]:
            self.replace("cookie", held)
            told = percent_decoded(held)
            if told.startswith("s:"):
                # Express signs it: the id, a dot, the signature.
                self._keep(told[2:], told[2:].rpartition(".")[0])
            else:
                self.text(told.removeprefix("j:"))
        return value

    def text(self, text: str) -> str:
        """Looks through a text, unless it is the base64 of a file."""
        self._spend(1 + len(text) // 40)
        return text if len(text) > _SEARCHED and _ENCODED.fullmatch(text) else super().text(text)

    def _running(self, text: str) -> str:
        size = len(self._bounded(text))
        self._spend(8 + size // 20 + 2 * sum(map(text.count, _SIGNS)) + (20 + size // 2 if may_be_base64(text) else 0))
        return super()._running(text)

    def key(self, name: str) -> str:
        """Counts the name of a field, and looks through it."""
        self._keys += 1
        self._ask(name)
        return super().key(name)

    def too_deep(self, _value: Any) -> str:
        """What is nested too deeply is not searched."""
        raise _TooMuchError

    def _is_secret(self, name: str, value: Any) -> bool:
        self._ask(name)
        return super()._is_secret(name, value)

    def _ask(self, name: str) -> None:
        self._spend(1 if name in self._names.body else _NEW_NAME + len(name) // 10)

    def body(self, body: Body) -> None:
        """Looks through a body, by its type."""
        if body.data is None and any(problem.rule in _NOT_READ for problem in body.problems):
            raise _TooMuchError
        if not body.data:
            return
        media = body.content_type.lower()
        if _PACKED.search(media):
            raise _TooMuchError
        if mark := mark_of(body.content_type, body.data):
            self._parts(mark, body.data)
            if b"--" + mark in body.data:
                return
        if body.looks_like_json:
            keys = self._keys
            if body.json is not None:
                self.value(body.json)
            if body.parsed.problem or body.text.count('":') > self._keys - keys:
                # What was not read is searched as far as a text is; and of two equal keys only one was.
                self.document(self._bounded(body.text, _LONGEST_DOCUMENT))
        elif FORM in media or (not media and "=" in body.text and "\0" not in body.text[:_SEARCHED]):
            self.query(self._bounded(body.text, _LONGEST_DOCUMENT))
            if not media:
                self.document(self._bounded(body.text, _LONGEST_DOCUMENT))
        elif "\0" not in body.text[:_SEARCHED]:
            self.document(self._bounded(body.text, _LONGEST_DOCUMENT))

    def _parts(self, mark: bytes, data: bytes) -> None:
        for number, (head, content) in enumerate(parts(data, mark)):
            self._spend(50 + len(head) // 20)
            part = Part.of(head, content)
            for name, value in part.fields:
                self.header(name, value)
            if b"\0" not in part.content[:_SEARCHED]:
                self.part(part, self._bounded(part.content[: _SEARCHED + 4].decode("utf-8", "replace")))
            if number >= MOST_PARTS:
                raise _TooMuchError

    def _bounded(self, text: str, most: int = _SEARCHED) -> str:
        """A text, if it is short enough to be searched."""
        if len(text) > most:
            raise _TooMuchError
        return text

    def _spend(self, cost: int) -> None:
        self._left -= cost
        if self._left < 0:
            raise _TooMuchError
