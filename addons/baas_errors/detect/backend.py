"""Detects the backend of an exchange by evidence, in this order: hosts of the user, hosts of the catalogs, request headers, response headers,
keys of the request's body, headers that others send too, or the path, together with the response.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..catalog import Backend, code_key
from ..catalog.hosts import HostRule, machine, parse_host
from ..catalog.patterns import HeaderTest, Pattern
from ..exchange import EMPTY, NO_HEADERS, Body, Exchange
from ..exchange.clearing_cache import ClearingCache
from ..exchange.json_pointer import MISSING, each, find

__all__ = ["HostRule", "Recognizer", "holds", "parse_host", "parse_hosts_option"]

# Names and values of headers, as on the wire.
Fields = Sequence[tuple[bytes, bytes]]
Names = tuple[str, ...] | tuple[bytes, ...]
# Paths below which a host has a backend, and the app that was asked for there.
Mounts = dict[str, tuple[Backend, str]]
# SDKs put the app id last in the body: both ends of a large body are searched, in bytes each.
SEARCHED_BODY = 64 * 1024
# Of one host as many mount paths are remembered; of longer paths nothing is looked up.
MOST_MOUNTS, LONGEST_PATH = 8, 2_000


def parse_hosts_option(values: Iterable[str], backends: Mapping[str, Backend]) -> tuple[HostRule, ...]:
    """The rules in values such as `parse=localhost:1337/parse`; raises ValueError that says what is wrong and what is valid."""
    rules = []
    for value in values:
        backend, equals, host = value.partition("=")
        backend = backend.strip().lower()
        if not equals or not host.strip():
            raise ValueError(f"{value!r} is not backend=host[:port][/path], for example parse=localhost:1337/parse")
        if backend not in backends:
            raise ValueError(f"{value!r}: unknown backend {backend!r}; known backends: {', '.join(sorted(backends))}")
        try:
            rules.append(parse_host(backend, host))
        except ValueError as error:
            raise ValueError(f"{value!r}: {error}") from None
    return tuple(rules)


class Recognizer:
    """Detects backends by the evidence that their catalogs name."""

    def __init__(
        self, backends: Mapping[str, Backend], user_hosts: Iterable[HostRule] = (), issued: Callable[[str, str], str] = lambda _host, _path: ""
    ) -> None:
        """`issued` returns the id of the backend that issued a URL with this host and path earlier, or ""."""
        self.backends = dict(backends)
        self._issued = issued
        self._user_hosts = tuple(user_hosts)
        self._hosts = tuple(parse_host(b.id, host) for b in backends.values() for host in b.hosts)
        self._request = _HeaderIndex((b.id, test) for b in backends.values() for test in b.request_headers)
        self._response = _HeaderIndex((b.id, test) for b in backends.values() for test in b.response_headers)
        self._behind = tuple((b, how) for b in backends.values() for how in b.behind_proxy)
        self._proxied = _HeaderIndex((b.id, test) for b, how in self._behind for test in how.request_headers)
        self._answers = _HeaderIndex((b.id, test) for b, how in self._behind for test in how.response_headers)
        self._unset = _HeaderIndex((b.id, test) for b, how in self._behind for test in how.unset_headers)
        self._body_keys = tuple((b.id, key, f'"{key}"'.encode()) for b in backends.values() for key in b.request_body_keys)
        self._mounts: ClearingCache[tuple[str, int], Mounts] = ClearingCache(500)
        self._asked: ClearingCache[tuple[Names, Names], tuple[tuple[_HeaderIndex, int], ...]] = ClearingCache(2_000)
        self._seen_hosts: ClearingCache[str, tuple[HostRule, ...]] = ClearingCache(1_000)

    def backend_of(
        self,
        host: str,
        port: int,
        path: str,
        request_fields: Fields,
        response_fields: Fields,
        body: Callable[[], Body],
        answer: Callable[[], Body] = lambda: EMPTY,
    ) -> Backend | None:
        """The backend, by the strongest evidence; `body` and `answer` are called only if nothing else decides."""
        backend, names = self.by_host(host, port, path), _names(request_fields)
        if backend is None and (found := self._request.find(request_fields, names) or self._response.find(response_fields, _names(response_fields))):
            backend = self.backends[found]
            self._remember_mount(backend, host, port, path, request_fields)
        backend = backend or self._by_request_body(body)
        mounts = self._mounts.get((machine(host), port)) if self._mounts and backend is None else None
        backend = backend or (self._proved(mounts, path) if mounts else None)
        if backend is None:
            found, unset = self._proxied.find(request_fields, names), self._unset.find(request_fields, names)
            for b, how in self._behind:
                place = how.path.find(path) if how.path else None
                near = bool(b.id == found or (b.id == unset and b.match_route(path)) or place)
                if near and how.response_headers:
                    near = self._answers.find(response_fields, _names(response_fields)) == b.id and b.match_route(path) is not None
                if near and any(holds(answer().json, test, _first_at) for test in how.answer):
                    backend = b
                    known = self._mounts_of(host, port)
                    if how.mount and place and len(known) < MOST_MOUNTS and len(path) <= LONGEST_PATH:
                        known.setdefault(path[: place.start()] + "/", (b, ""))
                    break
        return backend or self.backends.get(self._issued(host, path)) or (self._by_mount(mounts, path, request_fields) if mounts else None)

    def of_exchange(self, exchange: Exchange) -> Backend | None:
        """The backend of an exchange; for a WebSocket message also by the client's first messages."""
        request, response = exchange.request, exchange.response
        backend = self.backend_of(
            request.host,
            request.port,
            request.path,
            request.headers.wire,
            (response.headers if response else NO_HEADERS).wire,
            lambda: request.body,
            lambda: response.body if response else EMPTY,
        )
        return backend or next((found for opening in exchange.opening if (found := self.by_message(opening.json))), None)

    def passes_over(self, host: str, port: int, path: str, names: tuple[Names, Names], fields: tuple[Any, Any]) -> bool:
        """Whether an exchange without a request body is certainly of no backend: most of a capture is. `names` are those of the request's headers and
        of the response's, `fields` give a header's name and value by its number."""
        asked = self._asked.get(names)
        if asked is None:
            indexes = ((self._request, 0), (self._proxied, 0), (self._unset, 0), (self._response, 1))
            asked = tuple((index, which) for index, which in indexes if index.looks_at(names[which]))
            if sum(map(len, (*names[0], *names[1]))) <= 4_000:
                self._asked[names] = asked
        for index, which in asked:
            if index.find(fields[which], names[which]):
                return False
        if self._rules_of(host) or (self._mounts and (machine(host), port) in self._mounts) or self._issued(host, path):
            return False
        return not any(how.path and how.path.found_in(path) for _, how in self._behind)

    def by_host(self, host: str, port: int, path: str | None) -> Backend | None:
        """The backend that has this host and path by a rule of the user or of a catalog; without a path one that has any path there."""
        for rule in self._rules_of(host):
            inside = not rule.path or path is None or path == rule.path or path.startswith(rule.path + "/")
            if inside and (rule.port is None or rule.port == port):
                return self.backends[rule.backend]
        return None

    def _rules_of(self, host: str) -> tuple[HostRule, ...]:
        # The trailing dot of a fully qualified name is optional.
        key = host.lower().removesuffix(".")
        rules = self._seen_hosts.get(key)
        if rules is None:
            rules = tuple(rule for rule in (*self._user_hosts, *self._hosts) if rule.fits(key))
            if len(key) <= 255:
                self._seen_hosts[key] = rules
        return rules

    def _remember_mount(self, backend: Backend, host: str, port: int, path: str, request_fields: Fields) -> None:
        """Remembers below which path a host has a backend, as the headers of this exchange have shown, and for which app."""
        mounts = self._mounts_of(host, port)
        if any(path.startswith(mount) for mount in mounts) or len(mounts) >= MOST_MOUNTS:
            return
        if route := backend.match_route(path):
            names = [name.encode() for name in backend.app_id.header]
            app = next((value.decode("utf-8", "replace") for name, value in request_fields if name.lower() in names), "")
            app = app or route.groupdict().get(backend.app_id.route) or ""
            mounts[path[: route.start()] + "/"] = (backend, app)

    def _mounts_of(self, host: str, port: int) -> Mounts:
        mounts = self._mounts.get((machine(host), port))
        if mounts is None:
            mounts = self._mounts[machine(host), port] = {}
        return mounts

    def _proved(self, mounts: Mounts, path: str) -> Backend | None:
        """The backend that an earlier answer has shown at this host, at a path below the same mount path that its catalog gives (`mount`)."""
        for mount, (backend, _) in mounts.items():
            if path.startswith(mount) and any(how.mount and how.mount.found_in(path[len(mount) - 1 :]) for how in backend.behind_proxy):
                return backend
        return None

    def _by_mount(self, mounts: Mounts, path: str, request_fields: Fields) -> Backend | None:
        """The backend that earlier exchanges have shown at this host and path: for links in e-mails and handshakes, which have no headers of it. A
        handshake counts at the mount path itself; a route that names the same app counts wherever it stands."""
        if len(path) > LONGEST_PATH:
            return None
        for mount, (backend, app) in mounts.items():
            below = path.startswith(mount) and len(mount) > 1
            match = backend.match_route(path) if below or (app and app in path) else None
            if match and (below or match.groupdict().get(backend.app_id.route) == app):
                return backend
            if f"{path.rstrip('/')}/" == mount and any(
                name.lower() == b"upgrade" and value.lower() == b"websocket" for name, value in request_fields
            ):
                return backend
        return None

    def _by_request_body(self, body: Callable[[], Body]) -> Backend | None:
        """The backend with an identifying key at the top level of a JSON request; only a body that contains the key is parsed."""
        data = body().data if self._body_keys else None
        if not data or data.lstrip()[:1] != b"{":
            return None
        part = data if len(data) <= 2 * SEARCHED_BODY else data[:SEARCHED_BODY] + data[-SEARCHED_BODY:]
        return next((self.backends[backend] for backend, key, quoted in self._body_keys if quoted in part and key in body().object), None)

    def by_message(self, value: Any) -> Backend | None:
        """The backend whose WebSocket protocol a message belongs to."""
        return next((backend for backend in self.backends.values() if any(holds(value, test) for test in backend.websocket)), None)


# Patterns, each with the places of the header whose value must match.
_Wanted = Sequence[tuple[Pattern, Sequence[int]]]


def _small(names: Names) -> list[bytes]:
    return [name.lower() if isinstance(name, bytes) else name.lower().encode("utf-8", "replace") for name in names]


def _names(fields: Fields) -> tuple[bytes, ...]:
    return tuple([name for name, _ in fields])


def holds(value: Any, conditions: Mapping[str, Pattern | bool | int], look: Callable[[Any, str], Any] = find) -> bool:
    """Whether every pointer finds a text that matches the pattern, an equal number or boolean, or a boolean written as text. `look` finds what a
    pointer names in a value."""
    for pointer, wanted in conditions.items():
        found = look(value, pointer)
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


def _first_at(value: Any, pointer: str) -> Any:
    """The value at a pointer, which may have `*` for any member, or MISSING."""
    return next((found for _, found in each(value, pointer)), MISSING) if "*" in pointer else find(value, pointer)


class _HeaderIndex:
    """Header tests of all backends. Caches which of them a set of names needs, and where their headers stand, since clients repeat their names."""

    def __init__(self, tests: Iterable[tuple[str, HeaderTest]]) -> None:
        self._by_name: dict[bytes, list[tuple[str, HeaderTest]]] = {}
        for backend, test in tests:
            self._by_name.setdefault(test[0][0].encode(), []).append((backend, test))
        self._prefixes = [(name[:-1], tests[0][0]) for name, tests in self._by_name.items() if name.endswith(b"*")]
        self._seen: ClearingCache[Names, Sequence[tuple[str, _Wanted]]] = ClearingCache(2_000)

    def find(self, fields: Fields, names: Names) -> str | None:
        """The backend of the first test that holds, in the order of the headers; `names` are those of the fields (see `_names`)."""
        tests = self._seen.get(names)
        if tests is None:
            tests = tuple(self._tests_for(_small(names)))
            if sum(map(len, names)) <= 2_000:
                self._seen[names] = tests
        for backend, wanted in tests:
            if all(any(pattern.found_in(fields[n][1].decode("utf-8", "replace")) for n in places) for pattern, places in wanted):
                return backend
        return None

    def looks_at(self, names: Names) -> bool:
        """Whether there is a test for headers with such names."""
        return next(self._tests_for(_small(names)), None) is not None

    def _tests_for(self, names: Sequence[bytes]) -> Iterator[tuple[str, _Wanted]]:
        """The tests whose headers are among these names: patterns, each with the places of its header."""
        for name in names:
            yield from ((backend, ()) for prefix, backend in self._prefixes if name.startswith(prefix))
            for backend, test in self._by_name.get(name, ()):
                places = {header: [n for n, other in enumerate(names) if other == header.encode()] for header, _ in test}
                if all(places.values()):
                    yield backend, [(pattern, places[header]) for header, pattern in test if pattern]
