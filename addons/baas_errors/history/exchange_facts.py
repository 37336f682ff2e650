"""The facts of one exchange that decoding, rules, history and record share: each is worked out once, when it is first asked for."""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice
from typing import Any

from ..catalog import Backend
from ..decode.transport import kind_of
from ..detect.routes import app_id, client_name, template
from ..exchange import NO_HEADERS, Exchange, Headers
from ..exchange.auth_header import authorization, basic
from ..exchange.json_pointer import MISSING, find
from ..exchange.model import INJECTED_HEADER
from .store import LONGEST_KEY, Memory
from .users import counted_as, user_of

# Of a body as much tells two requests apart.
COMPARED = 20_000
# Servers refuse longer paths: no route is sought in them, and no template is made of what follows.
LONGEST_PATH = 8_192
# Headers that change what a request may do, or does.
_RIGHTS = re.compile(r"(?i)key|secret|authorization|context|forwarded-for")
_LONGEST_NAME = 100
# Where a sign-in names its user.
_USER_NAMES = ("username", "email", "identity")
_MOST_FIELDS = 100
# In what was asked for of an error on demand.
_ITEM, _QUOTED = re.compile(r"\bitem (\d{1,6})"), re.compile(r'"[^"]*"?')
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


class ExchangeFacts:
    """An exchange, its backend, and what follows from both. `memory` gives the key that tokens and requests are hashed with."""

    def __init__(self, exchange: Exchange, backend: Backend, memory: Memory) -> None:
        self.exchange = exchange
        self.backend = backend
        self.memory = memory

    @cached_property
    def method(self) -> str:
        """The method that the server acts on: SDKs that can only POST name the real one in the body or a header."""
        request, backend = self.exchange.request, self.backend
        method = request.method.upper()
        if method != "POST":
            return method
        named: Any = request.headers.get(backend.method_override.header) if backend.method_override.header else ""
        if not named and backend.method_override.body:
            named = request.body.object.get(backend.method_override.body)
        named = named.upper() if isinstance(named, str) else ""
        return named if named in _METHODS else "POST"

    @cached_property
    def found_route(self) -> tuple[str, re.Match[str] | None]:
        """The template of the first route of the catalog that the path fits, and its match; "" and None where there is none."""
        path = self.exchange.request.path
        return self.backend.find_route(path) if len(path) <= LONGEST_PATH else ("", None)

    @property
    def route(self) -> re.Match[str] | None:
        """The match of the first route of the catalog that the path fits."""
        return self.found_route[1]

    @cached_property
    def template(self) -> str:
        """The path with its ids as `{id}`."""
        return template(self.exchange.request.path[:LONGEST_PATH], self.route)

    @cached_property
    def app(self) -> str:
        """The id of the app that the request names, or ""."""
        return app_id(self.backend, self.exchange.request, self.route)

    @cached_property
    def client(self) -> str:
        """The SDK and version that the request names, or ""."""
        return client_name(self.backend, self.exchange.request)

    @cached_property
    def failure_kind(self) -> str:
        """`connection-failed`, `tls-failed` or `timeout`; "" for an answer, and for a request that the app or the user ended."""
        return kind_of(self.exchange.failure) if self.exchange.failure else ""

    @cached_property
    def injected(self) -> str:
        """The error on demand that this exchange shows, "" for a real answer. To be asked of errors: successes are not looked through."""
        response = self.exchange.response
        return self.exchange.injected or (response.headers.get(INJECTED_HEADER) if response else "")

    def injected_at(self, index: int | None) -> str:
        """The error on demand that the error at this position of the answer is, "" for a real one: `item 2` injects into one place of a list."""
        item = _ITEM.search(_QUOTED.sub("", self.injected)) if index is not None else None
        return "" if item and int(item[1]) - 1 != index else self.injected

    @cached_property
    def _envelope(self) -> tuple[Any, Any]:
        """The headers and the body of an answer that the request asked to have wrapped in JSON; MISSING where they are not wrapped."""
        unwrap, response = self.backend.unwrap, self.exchange.response
        if unwrap is None or response is None or unwrap.when not in self.exchange.request.headers:
            return MISSING, MISSING
        return find(response.body.json, unwrap.headers), find(response.body.json, unwrap.body)

    @cached_property
    def answer(self) -> Any:
        """The answer's JSON value, taken out of its envelope; None without one."""
        headers, inner = self._envelope
        if headers is not MISSING and inner is not MISSING:
            return inner
        return self.exchange.response.body.json if self.exchange.response else None

    @cached_property
    def server_headers(self) -> Headers:
        """The answer's headers, with those of an envelope first."""
        response, (inner, _) = self.exchange.response, self._envelope
        if response is None:
            return NO_HEADERS
        if isinstance(inner, dict):
            fields = tuple((name, value) for name, value in inner.items() if isinstance(value, str))
            return Headers((*fields, *response.headers))
        return response.headers

    @cached_property
    def token(self) -> str:
        """The session or access token that the request carries, without its scheme and without quotes, or "". Credentials of an app (Basic) are
        none."""
        return self.sent_token.strip("\"'")

    @cached_property
    def sent_token(self) -> str:
        """The token with the quotes around it, if it has some."""
        where, request = self.backend.history.token, self.exchange.request
        if value := request.headers.first(where.header):
            scheme, space, rest = value.partition(" ")
            return "" if scheme.lower() == "basic" else rest.strip() if space else value
        if value := next((found for key in where.body if isinstance(found := request.body.object.get(key), str) and found), ""):
            return value
        cookies = request.cookies if where.cookie else {}
        return next((found for name in where.cookie if (found := cookies.get(name, "").strip('"'))), "")

    @cached_property
    def asker(self) -> str:
        """Who asked, as `asked_by` has it; one who signed in is the same before and after, by name, user id and session. Or ""."""
        return counted_as(self.memory, self.backend.id, self.asked_by) if self.asked_by else ""

    @cached_property
    def asked_by(self) -> str:
        """The user that a request names: the one of its token; else the user's name in a Basic header, unless that is the app's id; else the one who
        signs in or up; or ""."""
        if self.token:
            return user_of(self.token)
        request = self.exchange.request
        sent = authorization(request.headers.get("authorization"))
        user = basic(sent.value).user if sent and sent.scheme == "basic" else ""
        if user and user != self.app:
            return user
        body = request.body.object if request.method == "POST" else request.params if request.query else {}
        if "form-urlencoded" in request.body.content_type:
            body = request.body.form
        fields = {name.lower(): value for name, value in islice(body.items(), _MOST_FIELDS)} if body else {}
        names = (fields.get(name) for name in _USER_NAMES if "password" in fields)
        return next((name for name in names if isinstance(name, str) and name), "")[:LONGEST_KEY]

    @cached_property
    def hashed_token(self) -> str:
        """What the token is remembered by, or ""."""
        return self.memory.hash(self.token) if self.token else ""

    @cached_property
    def request(self) -> str:
        """What two requests that are the same to the server have in common."""
        request = self.exchange.request
        data = request.body.data or b""
        body = f"{len(data)}\n{data[:COMPARED].decode('latin-1')}" if data else ""
        rights = "\n".join([value for name, value in request.headers if _RIGHTS.search(name[:_LONGEST_NAME])])
        return self.memory.hash("\n".join((self.method, request.url, self.token, rights, body)))

    @cached_property
    def outcome(self) -> str:
        """What a request is without the one who asks."""
        request = self.exchange.request
        return self.memory.hash(f"{self.method} {request.path}?{request.query}")

    @cached_property
    def caller(self) -> str:
        """Whom a limit of calls is counted for: a key, else a token, else whoever calls this host; where each path has a limit, with the path."""
        request, history = self.exchange.request, self.backend.history
        key = request.headers.first(history.key)
        who = self.memory.hash(key) if key else self.hashed_token or request.host
        return f"{who} {request.path}"[:LONGEST_KEY] if history.limit == "path" else who
