"""What earlier exchanges showed, bounded: names that worked, ids seen, tokens and what became of them, values taken, requests repeated.

Everything is kept apart by backend and app. Secrets are kept as keyed hashes, which cannot be computed back. Each table forgets its oldest entries
beyond 2,000, keys are cut at 200 characters, and at most 32 apps are remembered: some 4 MB an app at the very most, and 100 MB in all.
"""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

MOST_ENTRIES = 2_000
MOST_APPS = 32
LONGEST_KEY = 200
MOST_TIMES = 20

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Bounded(Generic[K, V]):
    """A table that forgets what was longest not written."""

    __slots__ = ("_most", "_table")

    def __init__(self, most: int = MOST_ENTRIES) -> None:
        self._most = most
        self._table: OrderedDict[K, V] = OrderedDict()

    def put(self, key: K, value: V) -> None:
        """Writes an entry, newest last."""
        self._table[key] = value
        self._table.move_to_end(key)
        if len(self._table) > self._most:
            self._table.popitem(last=False)

    def get(self, key: K) -> V | None:
        """The entry of a key, or None."""
        return self._table.get(key)

    def newest(self) -> Iterator[tuple[K, V]]:
        """The entries, newest first."""
        return iter(reversed(self._table.items()))

    def __len__(self) -> int:
        return len(self._table)


class Seen(NamedTuple):
    """When and in which flow something was seen last."""

    flow: str
    when: float
    status: int = 0


@dataclass(slots=True)
class Token:
    """What is known of one session or access token."""

    issued: Seen | None = None
    used: Seen | None = None
    ended: Seen | None = None
    ended_how: str = ""
    user: str = ""
    replaced_by: str = ""


@dataclass(slots=True)
class Refresh:
    """One use of a refresh token."""

    flow: str
    started: float
    ended: float
    ok: bool
    new_token: str = ""


@dataclass(slots=True)
class Repeats:
    """The answers to one request that is sent again and again, unchanged: `times` of the last of them, failures since the last success."""

    first: Seen
    times: list[float] = field(default_factory=list)
    failures: int = 0
    failed_as: str = ""


@dataclass(slots=True)
class AppMemory:
    """What is remembered of one app of one backend."""

    names: Bounded[tuple[str, str], Seen] = field(default_factory=Bounded)
    ids: Bounded[tuple[str, str], Seen] = field(default_factory=Bounded)
    tokens: Bounded[str, Token] = field(default_factory=Bounded)
    refreshes: Bounded[str, list[Refresh]] = field(default_factory=Bounded)
    taken: Bounded[tuple[str, str], Seen] = field(default_factory=Bounded)
    request_ids: Bounded[str, Seen] = field(default_factory=Bounded)
    repeats: Bounded[str, Repeats] = field(default_factory=Bounded)
    # By request without its credentials: which tokens it worked for, and which it failed for.
    outcomes: Bounded[str, dict[str, Seen]] = field(default_factory=Bounded)
    # Until when a caller was told to wait, and by which flow.
    waits: Bounded[str, tuple[float, Seen]] = field(default_factory=Bounded)
    last_issued: tuple[str, Seen] | None = None

    def names_of(self, kind: str) -> list[tuple[str, Seen]]:
        """The names of one kind that worked, newest first."""
        return [(name, seen) for (of, name), seen in self.names.newest() if of == kind]


class Memory:
    """The memories of all apps, the least recently used forgotten first."""

    def __init__(self) -> None:
        self._apps: OrderedDict[tuple[str, str], AppMemory] = OrderedDict()
        self._key = os.urandom(16)

    def of(self, backend: str, app: str) -> AppMemory:
        """The memory of an app; `app` is its id, or the host where it names none."""
        key = (backend, app[:LONGEST_KEY])
        found = self._apps.get(key)
        if found is None:
            found = self._apps[key] = AppMemory()
            if len(self._apps) > MOST_APPS:
                self._apps.popitem(last=False)
        self._apps.move_to_end(key)
        return found

    def hash(self, value: str) -> str:
        """What a secret is remembered by."""
        return hashlib.blake2b(value.encode("utf-8", "replace"), digest_size=8, key=self._key).hexdigest()

    def clear(self) -> None:
        """Forgets everything."""
        self._apps.clear()
