"""What earlier exchanges showed, bounded: names that worked, ids seen, tokens and what became of them, values taken, requests repeated.

Everything is kept apart by backend and app. Secrets are kept as keyed hashes, which cannot be computed back. Each table forgets its oldest entries
beyond 500, keys are cut at 120 characters, and the 8 apps that were seen last are remembered: at most 8 MB an app, whatever it sends, and 64 MB in
all. An app in ordinary use takes a few hundred KB. What was not seen again for a day is forgotten too, by the clock of the traffic: nothing that is
said of a request rests on what was so yesterday.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from itertools import chain
from typing import Any, Generic, NamedTuple, TypeVar
from urllib.parse import unquote

MOST_ENTRIES = 500
MOST_APPS = 8
# Of so many classes the permissions are remembered, and of so many methods and paths the last success.
MOST_CLASSES = 100
MOST_PLACES = 200
LONGEST_KEY = 120
# In seconds. What was not written since the last but one of such turns is forgotten: after 12 hours at the earliest, after 24 at the latest.
TURN = 12 * 3600
# As many failures of one unchanged request make a loop.
LOOP = 3
# Of one request: how many failures, how many callers, and how many uses of one refresh token are remembered.
MOST_TIMES = 8
MOST_USERS = 4
# Of one answer as many URLs of uploads are remembered; answers that are longer (in bytes) are not searched for objects.
MOST_UPLOADS, LONGEST_ANSWER = 100, 100_000
MOST_USES = 4

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class TwoGenerationLRU(Generic[K, V]):
    """A table that forgets what was longest not written, and at each turn what was not written since the last one."""

    __slots__ = ("_most", "_old", "_table")

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._table: OrderedDict[K, V] = OrderedDict()
        self._old: OrderedDict[K, V] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        """Writes an entry, newest last."""
        self._table[key] = value
        self._table.move_to_end(key)
        if self._old:
            self._old.pop(key, None)
        if len(self._table) + len(self._old) > self._most:
            (self._old or self._table).popitem(last=False)

    def get(self, key: K) -> V | None:
        """The entry of a key, or None."""
        found = self._table.get(key)
        return found if found is not None or not self._old else self._old.get(key)

    def newest(self) -> Iterator[tuple[K, V]]:
        """The entries, newest first."""
        return chain(reversed(self._table.items()), reversed(self._old.items()))

    def turn(self) -> None:
        """Forgets what was not written since the last turn."""
        self._old, self._table = self._table, OrderedDict()

    def __contains__(self, key: object) -> bool:
        return key in self._table or key in self._old

    def __len__(self) -> int:
        return len(self._table) + len(self._old)


class Sighting(NamedTuple):
    """When and in which flow something was seen last; `how` is the method, the request or the place, whichever tells something."""

    flow: str
    when: float
    status: int = 0
    how: str = ""


class KnownObject(NamedTuple):
    """When an object was seen last, and the access list it had then: who may read and who may write it (None where no flow showed one)."""

    seen: Sighting
    acl: dict[str, tuple[bool, bool]] | None = None
    acl_seen: Sighting | None = None


class LastSuccess(NamedTuple):
    """The last success of a method and path: when it was and at which host (`how`), the names of its headers, and the forms of its other parts, each
    as lines of text, which take the least space (see `last_success`)."""

    seen: Sighting
    headers: str
    parts: str


class Upload(NamedTuple):
    """A signed URL at another host that a backend has issued, the Content-Type it was asked for, and the headers that it takes (`name: value`)."""

    backend: str
    app: str
    seen: Sighting
    content_type: str = ""
    headers: tuple[str, ...] = ()


@dataclass(slots=True)
class Token:
    """What is known of one session or access token. `chain` names the sign-in that it came from, over all refreshes; `key` is the hash of the app's
    key with which it was issued or used first."""

    issued: Sighting | None = None
    used: Sighting | None = None
    ended: Sighting | None = None
    ended_how: str = ""
    user: str = ""
    chain: str = ""
    key: str = ""


@dataclass(slots=True)
class Refresh:
    """One use of a refresh token."""

    flow: str
    started: float
    ended: float
    ok: bool


@dataclass(slots=True)
class Repeats:
    """The answers to one request that is sent again and again, unchanged. `failures` counts equal failures since anything else, with the `times` of
    the last of them; `failed` counts all failures since a success."""

    first: Sighting
    times: list[float] = field(default_factory=list)
    failures: int = 0
    failed_as: str = ""
    # The server's text, as a hash: with another text the result is another.
    said: str = ""
    failed: int = 0

    def add(self, when: float) -> None:
        """Counts one more failure, of a request that was sent at this time."""
        self.failures += 1
        self.failed += 1
        self.times = [*self.times[-(MOST_TIMES - 1) :], when]


@dataclass(slots=True)
class AppMemory:
    """What is remembered of one app of one backend."""

    # By kind and name. Where names belong to a key, also by kind, `@` and the key's hash.
    names: TwoGenerationLRU[tuple[str, str], Sighting] = field(default_factory=TwoGenerationLRU)
    # By what stands before the id in the path, and the id; the last method tells what was done to it.
    ids: TwoGenerationLRU[tuple[str, str], Sighting] = field(default_factory=TwoGenerationLRU)
    # By collection and id, and by collection: the class-level permissions as they were shown or set.
    objects: TwoGenerationLRU[tuple[str, str], KnownObject] = field(default_factory=TwoGenerationLRU)
    permissions: TwoGenerationLRU[str, tuple[dict[str, Any], Sighting]] = field(default_factory=lambda: TwoGenerationLRU(MOST_CLASSES))
    tokens: TwoGenerationLRU[str, Token] = field(default_factory=TwoGenerationLRU)
    refreshes: TwoGenerationLRU[str, list[Refresh]] = field(default_factory=TwoGenerationLRU)
    # The sign-in that a refresh token comes from, the newest token of each sign-in, and those whose refresh token was used twice.
    chains: TwoGenerationLRU[str, str] = field(default_factory=TwoGenerationLRU)
    newest: TwoGenerationLRU[str, tuple[str, Sighting]] = field(default_factory=TwoGenerationLRU)
    reused: TwoGenerationLRU[str, Sighting] = field(default_factory=TwoGenerationLRU)
    # `how` of an account's name: "sign-up" or "log-in", the account's id, and the hash of its password.
    taken: TwoGenerationLRU[tuple[str, str], Sighting] = field(default_factory=TwoGenerationLRU)
    request_ids: TwoGenerationLRU[str, Sighting] = field(default_factory=TwoGenerationLRU)
    repeats: TwoGenerationLRU[str, Repeats] = field(default_factory=TwoGenerationLRU)
    # Fields of a collection that were stored, each with the JSON type it had.
    fields: TwoGenerationLRU[tuple[str, str], tuple[str, Sighting]] = field(default_factory=TwoGenerationLRU)
    # Keys of the app that were accepted, as hashes; `how` is the header or body key.
    credentials: TwoGenerationLRU[str, Sighting] = field(default_factory=TwoGenerationLRU)
    # Requests that created something, body included.
    done: TwoGenerationLRU[str, Sighting] = field(default_factory=TwoGenerationLRU)
    # By request without its credentials: which tokens it worked for, and which it failed for, `how` with the code.
    outcomes: TwoGenerationLRU[str, dict[str, Sighting]] = field(default_factory=TwoGenerationLRU)
    # Until when a caller was told to wait, and by which flow.
    waits: TwoGenerationLRU[str, tuple[float, Sighting]] = field(default_factory=TwoGenerationLRU)
    # By method and path template: what the last request that worked was made of.
    successes: TwoGenerationLRU[str, LastSuccess] = field(default_factory=lambda: TwoGenerationLRU(MOST_PLACES))
    # The keys that worked, as hashes, and the last exchange with each.
    keys: TwoGenerationLRU[str, Sighting] = field(default_factory=TwoGenerationLRU)
    last_issued: tuple[str, Sighting] | None = None
    # The host stands in its `how`.
    last_answer: Sighting | None = None

    def turn(self, before: float) -> None:
        """Forgets what was not seen since the last turn, and of single facts those from before a moment, in seconds since the epoch."""
        for one in fields(self):
            if isinstance(table := getattr(self, one.name), TwoGenerationLRU):
                table.turn()
        if self.last_issued and self.last_issued[1].when < before:
            self.last_issued = None
        if self.last_answer and self.last_answer.when < before:
            self.last_answer = None

    def names_of(self, kind: str) -> list[tuple[str, Sighting]]:
        """The names of one kind that worked, newest first."""
        return [(name, seen) for (of, name), seen in self.names.newest() if of == kind]


class Memory:
    """The memories of all apps, the least recently used forgotten first, and the upload URLs that were issued."""

    def __init__(self) -> None:
        self._apps: OrderedDict[tuple[str, str], AppMemory] = OrderedDict()
        self._uploads: TwoGenerationLRU[str, Upload] = TwoGenerationLRU()
        self._upload_hosts: TwoGenerationLRU[str, bool] = TwoGenerationLRU()
        # By the hash of a sign-in name, a user id or a token: the name or id that its user is counted by; "" for the value itself.
        self.users: TwoGenerationLRU[str, str] = TwoGenerationLRU()
        self.secret = os.urandom(16)
        # When the last turn was.
        self._turned: float | None = None

    def pass_time(self, now: float) -> None:
        """Takes note of the time of the traffic, in seconds since the epoch, and forgets what is too old by it. A time before the last turn, as of a
        capture that is read after a newer one, changes nothing."""
        if self._turned is None:
            self._turned = now
            return
        # After a long pause there is nothing that was seen since the last turn but one.
        for _ in range(min(2, int((now - self._turned) // TURN))):
            for app in self._apps.values():
                app.turn(now - TURN)
            self._uploads.turn()
            self._upload_hosts.turn()
            self.users.turn()
            self._turned = now

    def of(self, backend: str, app: str) -> AppMemory:
        """The memory of an app; `app` is its id, or the host where it names none."""
        key = (backend, app[:LONGEST_KEY])
        found = self._apps[key] = self._apps.pop(key) if key in self._apps else AppMemory()
        if len(self._apps) > MOST_APPS:
            self._apps.popitem(last=False)
        return found

    def known(self, backend: str, app: str) -> AppMemory:
        """The memory of an app as it is, to be read only: of which app something was seen last does not change."""
        return self._apps.get((backend, app[:LONGEST_KEY])) or AppMemory()

    def apps_of(self, backend: str) -> list[str]:
        """The ids of a backend's apps that are remembered, newest last."""
        return [app for of, app in self._apps if of == backend]

    def last_success(self, backend: str, app: AppMemory, places: Iterable[str], host: str) -> LastSuccess | None:
        """The last success at the first of several places (see `last_success`) that had one; for an app of which no success was seen, that of another
        app at the same host: the request may have lost the app's id, or name another one."""
        apps = [app] if len(app.successes) else [other for (of, _), other in reversed(self._apps.items()) if of == backend]
        found = (known for place in places for one in apps if (known := one.successes.get(place)) and (one is app or known.seen.how == host))
        return next(found, None)

    def token(self, backend: str, hashed: str) -> tuple[str, Token] | None:
        """The app of a backend that knows a token best, and what is known of it: the app that issued it, if that was seen."""
        known = [(app, token) for (of, app), memory in self._apps.items() if of == backend and (token := memory.tokens.get(hashed))]
        return max(known, key=lambda item: item[1].issued is not None, default=None)

    def issue(self, host: str, path: str, upload: Upload) -> None:
        """Remembers that a backend has issued a URL with this host and path."""
        self._upload_hosts.put(host.lower()[:LONGEST_KEY], True)
        self._uploads.put(self._place(host, path), upload)

    def upload(self, host: str, path: str) -> Upload | None:
        """The issued URL with this host and path; for hosts of others one look-up."""
        return self._uploads.get(self._place(host, path)) if host.lower() in self._upload_hosts else None

    def owner(self, host: str, path: str) -> str:
        """The backend that has issued a URL with this host and path, or ""."""
        found = self.upload(host, path)
        return found.backend if found else ""

    def _place(self, host: str, path: str) -> str:
        return self.hash(f"{host.lower()}{unquote(path)}")

    def hash(self, value: str) -> str:
        """What a secret is remembered by."""
        return hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=8, key=self.secret).hexdigest()
