"""What a catalog is made of: frozen values that check themselves when made.

A backend is recognised by its hosts and headers, its answers are read by shapes, and its codes are explained by entries. What no entry knows is
explained by rules: ranges and patterns of codes, statuses, and failures without any answer. catalogs/README.md describes every field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from .entries import Advice, Entry, Match, PatternRule, RangeRule, Shape, StatusRule, StatusSet, Tables, TransportRule
from .patterns import HeaderTest, Pattern
from .routes import Route, RouteFinder
from .vocabulary import FAULTS, ORIGINS, RETRIES, SOURCES, TRANSPORT_KINDS, CatalogError, Code, code_key

if TYPE_CHECKING:
    from .pieces import DeferredTables

__all__ = [
    "FAULTS",
    "ORIGINS",
    "RETRIES",
    "SOURCES",
    "TRANSPORT_KINDS",
    "Advice",
    "ApiVersion",
    "AppId",
    "Backend",
    "CatalogError",
    "Client",
    "Code",
    "Entry",
    "HistoryConfig",
    "Hygiene",
    "Match",
    "PatternRule",
    "RangeRule",
    "Retired",
    "Route",
    "Secrets",
    "Shape",
    "StatusRule",
    "StatusSet",
    "Tables",
    "TransportRule",
    "Unwrap",
    "code_key",
]


class AppId(NamedTuple):
    """Where a request names its app, in order of trust."""

    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    route: str = ""


class Client(NamedTuple):
    """Where a request names the SDK that sent it."""

    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    user_agent: Pattern | None = None


class Secrets(NamedTuple):
    """Names whose values are never written out."""

    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()


class Unwrap(NamedTuple):
    """An envelope around every answer to requests that carry the header `when`."""

    when: str
    headers: str
    body: str


class HistoryConfig(NamedTuple):
    """What later findings need to have been remembered: tokens from issue to end, ids, values that must be unique, upload URLs."""

    token_header: tuple[str, ...] = ()
    token_body: tuple[str, ...] = ()
    issued: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    ends: tuple[Match, ...] = ()
    refresh_path: Pattern | None = None
    refresh_sent: tuple[str, ...] = ()
    refresh_issued: tuple[str, ...] = ()
    key_header: tuple[str, ...] = ()
    upload_path: Pattern | None = None
    upload_url: tuple[str, ...] = ()
    upload_type: tuple[str, ...] = ()
    created: tuple[str, ...] = ()
    unique: tuple[str, ...] = ()
    credential_header: tuple[str, ...] = ()
    credential_body: tuple[str, ...] = ()
    fields: str = ""
    limit: str = ""


class Retired(NamedTuple):
    """Hosts that were switched off; `since` is a day (2026-05-15) or a month (2018-05)."""

    hosts: tuple[str, ...]
    since: str


class ApiVersion(NamedTuple):
    """The header that names the API's version, on requests whose path fits; `oldest` is the least still in use, `newest` the highest known."""

    header: str
    oldest: int
    newest: int
    path: Pattern | None = None


class Hygiene(NamedTuple):
    """What is unhealthy even where it works: keys of servers in the hands of apps, old versions of the API, hosts that are gone.

    `server_key_basic` is for backends whose public and secret keys look alike: on these paths only the secret one works.
    """

    server_key_headers: tuple[HeaderTest, ...] = ()
    server_key_body: tuple[str, ...] = ()
    server_key_basic: Pattern | None = None
    api_version: ApiVersion | None = None
    retired: tuple[Retired, ...] = ()


NO_APP_ID, NO_CLIENT, NO_SECRETS, NO_HISTORY, NO_HYGIENE, NO_TABLES = AppId(), Client(), Secrets(), HistoryConfig(), Hygiene(), Tables()


@dataclass(frozen=True, slots=True)
class Backend:
    """One catalog: how a backend is recognised, read and explained."""

    id: str
    title: str
    file: str = ""
    hosts: tuple[str, ...] = ()
    request_headers: tuple[HeaderTest, ...] = ()
    response_headers: tuple[HeaderTest, ...] = ()
    request_body_keys: tuple[str, ...] = ()
    websocket: tuple[Mapping[str, Pattern | bool | int], ...] = ()
    routes: tuple[Route, ...] = ()
    method_override_body: str = ""
    method_override_header: str = ""
    request_id_server: tuple[str, ...] = ()
    request_id_client: tuple[str, ...] = ()
    app_id: AppId = NO_APP_ID
    client: Client = NO_CLIENT
    secrets: Secrets = NO_SECRETS
    history: HistoryConfig = NO_HISTORY
    hygiene: Hygiene = NO_HYGIENE
    unwrap: Unwrap | None = None
    tables: Tables | DeferredTables = NO_TABLES
    _finder: RouteFinder = field(init=False, repr=False, compare=False)
    _by_status: dict[int, tuple[Shape, ...]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_finder", RouteFinder(self.routes))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """Where answers keep their errors, in the order in which they are tried."""
        return self.tables.shapes

    def shapes_for(self, status: int) -> tuple[Shape, ...]:
        """The shapes of answers with this HTTP status."""
        found = self._by_status.get(status)
        if found is None:
            found = self._by_status[status] = tuple(shape for shape in self.shapes if status in shape.status and shape.source != "websocket")
        return found

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All that the catalog knows by code. For one code `entries_for` is much cheaper: it need not read the others."""
        return self.tables.entries

    @property
    def ranges(self) -> tuple[RangeRule, ...]:
        """Rules for numeric codes without an entry."""
        return self.tables.ranges

    @property
    def patterns(self) -> tuple[PatternRule, ...]:
        """Rules for text codes without an entry."""
        return self.tables.patterns

    @property
    def statuses(self) -> tuple[StatusRule, ...]:
        """Rules for answers by their status."""
        return self.tables.statuses

    @property
    def transports(self) -> tuple[TransportRule, ...]:
        """Rules for requests without an answer."""
        return self.tables.transports

    def entries_for(self, code: object, space: str = "") -> tuple[Entry, ...]:
        """The entries of a code as received, likeliest first; empty if the catalog does not know it."""
        key = code_key(code)
        return self.tables.with_code(key, space) if key is not None else ()

    def match_route(self, path: str) -> re.Match[str] | None:
        """The match of the first route template that the end of a path fits."""
        return self._finder.match(path)

    def template_of(self, path: str, *, whole: bool = False) -> str:
        """The first route template that the end of a path fits, or the `whole` of it; "" where there is none."""
        return self._finder.template(path, whole=whole)
