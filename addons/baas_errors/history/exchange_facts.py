"""What a request leaves in the memory: what it did, for whom, and the keys by which it is known again."""

from __future__ import annotations

import re
from functools import cached_property, lru_cache

from ..catalog import Backend
from ..catalog.backend import HistoryConfig
from ..decode import effective_method
from ..exchange import Exchange, Request
from .store import LONGEST_KEY, Memory

# Of a body as much tells two requests apart.
COMPARED = 20_000
# Headers that change what a request may do, or does.
_RIGHTS = re.compile(r"(?i)key|secret|authorization|context|forwarded-for")
_LONGEST_NAME = 100


class ExchangeFacts:
    """The facts about one request that rules and lessons ask for over and over, each worked out when it is first asked for."""

    def __init__(self, exchange: Exchange, backend: Backend, memory: Memory) -> None:
        self.exchange = exchange
        self.backend = backend
        self.memory = memory

    @cached_property
    def method(self) -> str:
        """The effective method."""
        return effective_method(self.exchange, self.backend)

    @cached_property
    def token(self) -> str:
        """The session or access token that the request carries, without its scheme, or "". Credentials of an app (Basic) are none."""
        return sent_token(self.backend.history, self.exchange.request)

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
        rights = "\n".join([value for name, value in request.headers if _gives_rights(name[:_LONGEST_NAME])])
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


def sent_token(history: HistoryConfig, request: Request) -> str:
    """The token of a request, see `Footprint.token`."""
    value = request.headers.first(history.token.header)
    if value:
        scheme, space, rest = value.partition(" ")
        return "" if scheme.lower() == "basic" else rest.strip() if space else value
    if history.token.body:
        sent = request.body.object
        for key in history.token.body:
            found = sent.get(key)
            if isinstance(found, str) and found:
                return found
    return ""


@lru_cache(maxsize=1024)
def _gives_rights(name: str) -> bool:
    return _RIGHTS.search(name) is not None
