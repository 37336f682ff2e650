"""What a catalog is made of: frozen values that check themselves when made.

A backend is recognised by its hosts and headers, its answers are read by shapes, and its codes are explained by entries. What no entry knows is
explained by rules: ranges and patterns of codes, statuses, and failures without any answer. catalogs/README.md describes every field.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .patterns import Pattern

RETRIES = ("never", "safe", "backoff", "after-fix", "after-login")
FAULTS = ("request", "auth", "permission", "quota", "config", "server", "script", "client")
ORIGINS = ("documented", "sdk", "observed", "client-only")
SOURCES = ("body", "location", "websocket")
TRANSPORT_KINDS = ("connection-failed", "tls-failed", "timeout")

Code = str | int


class CatalogError(ValueError):
    """A catalog cannot be used; the text names file, entry, field and reason."""

    def __init__(self, reason: str, *, file: str = "", where: str = "", field: str = "") -> None:
        self.reason, self.file, self.where, self.field = reason, file, where, field
        place = ", ".join(part for part in (file, where, f"field `{field}`" if field else "") if part)
        super().__init__(f"{place}: {reason}" if place else reason)


def code_key(code: object) -> str | None:
    """The key by which a code is looked up, or None for what cannot be a code: 101, "101" and 101.0 are one code."""
    if isinstance(code, bool) or code is None:
        return None
    if isinstance(code, float):
        return str(int(code)) if code.is_integer() and abs(code) < 1e15 else None
    if isinstance(code, int):
        # str() of a huge integer is refused by Python; no backend has codes of that length.
        return str(code) if abs(code) < 10**15 else None
    if isinstance(code, str):
        stripped = code.strip()
        return stripped if 0 < len(stripped) <= 200 else None
    return None


@dataclass(frozen=True, slots=True)
class Advice:
    """What to tell a person: the part that entries and rules have in common."""

    meaning: str
    fix: tuple[str, ...]
    retry: str
    fault: str
    sdk: Mapping[str, str] = field(default_factory=dict)
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Match:
    """Conditions on one exchange, all of which must hold; those left empty say nothing."""

    message: Pattern | None = None
    debug: Pattern | None = None
    path: Pattern | None = None
    body_text: Pattern | None = None
    method: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    no_body: tuple[str, ...] = ()
    header: tuple[str, ...] = ()
    no_header: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One error that a backend, or the SDK on top of it, is known to report."""

    name: str
    code: Code
    advice: Advice
    origin: str
    space: str = ""
    status: tuple[int, ...] = ()
    match: tuple[Match, ...] = ()
    applies_to: tuple[str, ...] = ()
    not_to_confuse_with: Mapping[str, str] = field(default_factory=dict)

    @property
    def sdk_names(self) -> tuple[str, ...]:
        """What SDKs call this error."""
        return tuple(self.advice.sdk.values())


@dataclass(frozen=True, slots=True)
class StatusSet:
    """HTTP statuses and classes of them: `[403, "5xx"]`."""

    codes: frozenset[int] = frozenset()
    classes: frozenset[int] = frozenset()

    def __contains__(self, status: object) -> bool:
        return isinstance(status, int) and (status in self.codes or status // 100 in self.classes)


ERROR_STATUSES = StatusSet(classes=frozenset({4, 5}))
# A list of errors comes with a success as well: only some of what was asked for failed.
LIST_STATUSES = StatusSet(frozenset({200, 207}), ERROR_STATUSES.classes)


@dataclass(frozen=True, slots=True)
class Shape:
    """Where answers of one form keep code, message and details."""

    name: str
    status: StatusSet = ERROR_STATUSES
    path: Pattern | None = None
    method: tuple[str, ...] = ()
    source: str = "body"
    where: Mapping[str, Pattern | bool | int] = field(default_factory=dict)
    each: str = ""
    index: str = ""
    request_each: str = ""
    code: tuple[str, ...] = ()
    code_pattern: Pattern | None = None
    code_is_status: bool = False
    message: tuple[str, ...] = ()
    debug: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    space: str = ""


@dataclass(frozen=True, slots=True)
class RangeRule:
    """Advice for numeric codes without an entry."""

    advice: Advice
    first: int | None = None
    last: int | None = None
    space: str = ""

    def covers(self, key: str) -> bool:
        """Whether the code with this key lies in the range."""
        try:
            number = int(key)
        except ValueError:
            return False
        return (self.first is None or number >= self.first) and (self.last is None or number <= self.last)


@dataclass(frozen=True, slots=True)
class PatternRule:
    """Advice for text codes without an entry, and the status that such a code should come with."""

    advice: Advice
    code: Pattern
    status: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusRule:
    """Advice for answers by their status alone."""

    advice: Advice
    status: StatusSet
    match: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class TransportRule:
    """Advice for requests that got no answer."""

    advice: Advice
    kind: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderTest:
    """Headers that must all be there and match; a lone name with `*` stands for any header of that form."""

    headers: tuple[tuple[str, Pattern | None], ...]


@dataclass(frozen=True, slots=True)
class AppId:
    """Where a request names its app, in order of trust."""

    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    route: str = ""


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request names the SDK that sent it."""

    header: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    user_agent: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Secrets:
    """Names whose values are never written out."""

    headers: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    body: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unwrap:
    """An envelope around every answer to requests that carry the header `when`."""

    when: str
    headers: str
    body: str


@dataclass(frozen=True, slots=True)
class Lessons:
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


@dataclass(frozen=True, slots=True)
class Retired:
    """Hosts that were switched off; `since` is a day (2026-05-15) or a month (2018-05)."""

    hosts: tuple[str, ...]
    since: str


@dataclass(frozen=True, slots=True)
class ApiVersion:
    """The header that names the API's version, on requests whose path fits; `oldest` is the least still in use, `newest` the highest known."""

    header: str
    oldest: int
    newest: int
    path: Pattern | None = None


@dataclass(frozen=True, slots=True)
class Hygiene:
    """What is unhealthy even where it works: keys of servers in the hands of apps, old versions of the API, hosts that are gone.

    `server_key_basic` is for backends whose public and secret keys look alike: on these paths only the secret one works.
    """

    server_key_headers: tuple[HeaderTest, ...] = ()
    server_key_body: tuple[str, ...] = ()
    server_key_basic: Pattern | None = None
    api_version: ApiVersion | None = None
    retired: tuple[Retired, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """A path template and the pattern that it stands for, anchored at the end of the path."""

    template: str
    regex: re.Pattern[str]


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
    app_id: AppId = AppId()
    client: Client = Client()
    secrets: Secrets = Secrets()
    lessons: Lessons = Lessons()
    hygiene: Hygiene = Hygiene()
    unwrap: Unwrap | None = None
    shapes: tuple[Shape, ...] = ()
    entries: tuple[Entry, ...] = ()
    ranges: tuple[RangeRule, ...] = ()
    patterns: tuple[PatternRule, ...] = ()
    statuses: tuple[StatusRule, ...] = ()
    transports: tuple[TransportRule, ...] = ()
    by_code: Mapping[tuple[str, str], tuple[Entry, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[tuple[str, str], tuple[Entry, ...]] = {}
        for entry in self.entries:
            key = (entry.space, code_key(entry.code) or "")
            found[key] = (*found.get(key, ()), entry)
        object.__setattr__(self, "by_code", found)

    def entries_for(self, code: object, space: str = "") -> tuple[Entry, ...]:
        """The entries of a code as received, likeliest first; empty if the catalog does not know it."""
        key = code_key(code)
        return self.by_code.get((space, key), ()) if key is not None else ()
