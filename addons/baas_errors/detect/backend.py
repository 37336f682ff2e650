"""Whose answer is this? Evidence only: a host that the catalogs or the user name, or headers and keys that no one else sends.

The order is: hosts the user named, hosts of the catalogs, request headers, response headers, keys of the request's body, headers that others send
too together with what the answer says. Traffic of others costs one look-up by host and one for each of its header names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..catalog import Backend, code_key
from ..catalog.hosts import HostRule, parse_host
from ..catalog.patterns import HeaderTest, Pattern
from ..exchange import EMPTY, NO_HEADERS, Body, Exchange, Headers
from ..exchange.clearing_cache import ClearingCache
from ..exchange.json_pointer import MISSING, find

__all__ = ["HostRule", "Recognizer", "holds", "parse_host", "parse_hosts_option"]

# An app id stands at the end of what SDKs send: both ends of a large body are searched, not its middle.
SEARCHED_BODY = 64 * 1024
# How many hosts are remembered, and how long a name may be: none is longer.
_MOST_HOSTS, _LONGEST_HOST = 1_000, 255
# How many sets of header names are remembered, and how long one may be in all.
_MOST_SEEN, _USUAL_NAMES = 2_000, 2_000
# The same of the values of a header that is looked for.
_MOST_VALUES, _USUAL_VALUE = 500, 300


def parse_hosts_option(values: Iterable[str], backends: Mapping[str, Backend]) -> tuple[HostRule, ...]:
    """The rules in `backend=host[:port][/path]`; raises ValueError that says what would be right."""
    rules = []
    for value in values:
        backend, equals, host = value.partition("=")
        backend = backend.strip().lower()
        if not equals or not host.strip():
            raise ValueError(f"{value!r} is not backend=host[:port][/path], for example parse=localhost:1337/parse")
        if backend not in backends:
            raise ValueError(f"{value!r}: no backend is called {backend!r}; known are {', '.join(sorted(backends))}")
        try:
            rules.append(parse_host(backend, host))
        except ValueError as error:
            raise ValueError(f"{value!r}: {error}") from None
    return tuple(rules)


class Recognizer:
    """Finds the backend of an exchange by what is known of all backends."""

    def __init__(
        self, backends: Mapping[str, Backend], user_hosts: Iterable[HostRule] = (), issued: Callable[[str, str], str] = lambda _host, _path: ""
    ) -> None:
        """`issued` says which backend has issued a URL with this host and path earlier; it returns "" for those of others."""
        self.backends = dict(backends)
        self._issued = issued
        self._user_hosts = tuple(user_hosts)
        self._hosts = tuple(parse_host(b.id, host) for b in backends.values() for host in b.hosts)
        self._request = _HeaderIndex((b.id, test) for b in backends.values() for test in b.request_headers)
        self._response = _HeaderIndex((b.id, test) for b in backends.values() for test in b.response_headers)
        self._proxied = _HeaderIndex((b.id, test) for b in backends.values() if b.behind_proxy for test in b.behind_proxy.request_headers)
        self._body_keys = tuple((b.id, key, f'"{key}"'.encode()) for b in backends.values() for key in b.request_body_keys)
        self._seen_hosts: ClearingCache[str, tuple[HostRule, ...]] = ClearingCache(_MOST_HOSTS)

    def backend_of(
        self,
        host: str,
        port: int,
        path: str,
        request_fields: Iterable[tuple[bytes, bytes]],
        response_fields: Iterable[tuple[bytes, bytes]],
        body: Callable[[], Body],
        answer: Callable[[], Body] = lambda: EMPTY,
    ) -> Backend | None:
        """Whose exchange this is, by the strongest evidence there is; `body` and `answer` are called only where nothing else decides."""
        backend = self.by_host(host, port, path) or self.by_request_headers(request_fields) or self.by_response_headers(response_fields)
        if backend is None and self._body_keys:
            sent = body()
            backend = self.by_request_body(sent.data, lambda: sent.object)
        if backend is None and (found := self._owner(self._proxied, request_fields)) and found.behind_proxy:
            backend = found if holds(answer().json, found.behind_proxy.answer) else None
        return backend or self.backends.get(self._issued(host, path))

    def of_exchange(self, exchange: Exchange) -> Backend | None:
        """Whose exchange this is; of a WebSocket's message also by what the client said first."""
        request, response = exchange.request, exchange.response
        backend = self.backend_of(
            request.host,
            request.port,
            request.path,
            tuple(_encoded(request.headers)),
            _encoded(response.headers if response else NO_HEADERS),
            lambda: request.body,
            lambda: response.body if response else EMPTY,
        )
        return backend or next((found for opening in exchange.opening if (found := self.by_message(opening.json))), None)

    def by_host(self, host: str, port: int, path: str) -> Backend | None:
        """The backend that owns this host and path, if the user or a catalog says so."""
        for rule in self._rules_for(host):
            inside = not rule.path or path == rule.path or path.startswith(rule.path + "/")
            if inside and (rule.port is None or rule.port == port):
                return self.backends[rule.backend]
        return None

    def _rules_for(self, host: str) -> tuple[HostRule, ...]:
        # A dot at the end says that the name is whole; it is the same host.
        key = host.lower().removesuffix(".")
        rules = self._seen_hosts.get(key)
        if rules is None:
            rules = tuple(rule for rule in (*self._user_hosts, *self._hosts) if rule.fits(key))
            if len(key) <= _LONGEST_HOST:
                self._seen_hosts[key] = rules
        return rules

    def by_request_headers(self, fields: Iterable[tuple[bytes, bytes]]) -> Backend | None:
        """The backend whose own headers a request carries."""
        return self._owner(self._request, fields)

    def by_response_headers(self, fields: Iterable[tuple[bytes, bytes]]) -> Backend | None:
        """The backend whose own headers an answer carries."""
        return self._owner(self._response, fields)

    def _owner(self, index: _HeaderIndex, fields: Iterable[tuple[bytes, bytes]]) -> Backend | None:
        found = index.find(fields)
        return self.backends[found] if found else None

    def by_request_body(self, data: bytes | None, parse: Any) -> Backend | None:
        """The backend one of whose own keys stands at the top of a JSON request.

        `parse` returns the request's object; it is called only where a key occurs in the bytes.
        """
        if not data or not self._body_keys or data.lstrip()[:1] != b"{":
            return None
        part = data if len(data) <= 2 * SEARCHED_BODY else data[:SEARCHED_BODY] + data[-SEARCHED_BODY:]
        for backend, key, quoted in self._body_keys:
            if quoted in part and key in parse():
                return self.backends[backend]
        return None

    def by_message(self, value: Any) -> Backend | None:
        """The backend whose WebSocket protocol a message belongs to."""
        for backend in self.backends.values():
            if any(holds(value, conditions) for conditions in backend.websocket):
                return backend
        return None


def _encoded(headers: Headers) -> Iterable[tuple[bytes, bytes]]:
    return ((name.encode("utf-8", "replace"), value.encode("utf-8", "replace")) for name, value in headers)


def holds(value: Any, conditions: Mapping[str, Pattern | bool | int]) -> bool:
    """Whether every pointer finds what it should: text that a pattern is found in, an equal number or boolean, or a boolean written as text."""
    for pointer, wanted in conditions.items():
        found = find(value, pointer)
        if found is MISSING or found is None:
            return False
        if isinstance(wanted, Pattern):
            text = found if isinstance(found, str) else code_key(found)
            if text is None or not wanted.found_in(text):
                return False
        elif isinstance(found, str) and isinstance(wanted, bool):
            if found.lower() != str(wanted).lower():
                return False
        elif type(found) is not type(wanted) or found != wanted:
            return False
    return True


class _HeaderIndex:
    """Header tests by the name that each must see first. Which tests a set of names asks for is remembered: the same clients send the same names."""

    def __init__(self, tests: Iterable[tuple[str, HeaderTest]]) -> None:
        tests = tuple(tests)
        self._exact: dict[bytes, list[tuple[str, tuple[_Wanted, ...]]]] = {}
        self._prefixes: list[tuple[bytes, str]] = []
        for backend, test in tests:
            name, pattern = test.headers[0]
            if name.endswith("*") and pattern is None:
                self._prefixes.append((name[:-1].encode(), backend))
            else:
                self._exact.setdefault(name.encode(), []).append((backend, tuple(_Wanted(*header) for header in test.headers)))
        self._seen: ClearingCache[tuple[bytes, ...], Sequence[tuple[str, tuple[_Wanted, ...]]]] = ClearingCache(_MOST_SEEN)

    def find(self, fields: Iterable[tuple[bytes, bytes]]) -> str | None:
        fields = tuple(fields)
        names = tuple([name for name, _ in fields])
        tests = self._seen.get(names)
        if tests is None:
            tests = tuple(self._tests_for(names))
            if sum(map(len, names)) <= _USUAL_NAMES:
                self._seen[names] = tests
        for backend, wanted in tests:
            for header in wanted:
                if not header.is_in(fields):
                    break
            else:
                return backend
        return None

    def _tests_for(self, names: Iterable[bytes]) -> Iterator[tuple[str, tuple[_Wanted, ...]]]:
        """What a message with these header names is tested for, in their order; nothing more where the name is proof by itself."""
        for name in map(bytes.lower, names):
            yield from ((backend, ()) for prefix, backend in self._prefixes if name.startswith(prefix))
            yield from self._exact.get(name, ())


class _Wanted:
    """A header that must be there, with a value that a pattern is found in. What it found in short values, such as user agents, is remembered."""

    __slots__ = ("_known", "_name", "_pattern")

    def __init__(self, name: str, pattern: Pattern | None) -> None:
        self._name = name.encode()
        self._pattern = pattern
        self._known: ClearingCache[bytes, bool] = ClearingCache(_MOST_VALUES)

    def is_in(self, fields: Iterable[tuple[bytes, bytes]]) -> bool:
        wanted = self._name
        values = [value for name, value in fields if len(name) == len(wanted) and name.lower() == wanted]
        return bool(values) and (self._pattern is None or any(map(self._fits, values)))

    def _fits(self, value: bytes) -> bool:
        known = self._known.get(value)
        if known is None:
            known = self._pattern is None or self._pattern.found_in(value.decode("utf-8", "replace"))
            if len(value) <= _USUAL_VALUE:
                self._known[value] = known
        return known
