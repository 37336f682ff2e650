"""How answers are read and explained: shapes, entries, and rules for what no entry knows, all of them frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from .patterns import Pattern
from .vocabulary import Code, code_key

NOTHING: Mapping[str, Any] = MappingProxyType({})


class Match(NamedTuple):
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


class Fix(NamedTuple):
    """A remedy, and the conditions under which it is the right one; without any it is right for every error of its entry."""

    do: str
    when: tuple[Match, ...] = ()


class Advice(NamedTuple):
    """What to tell a person: the part that entries and rules have in common."""

    meaning: str
    fix: tuple[Fix, ...]
    retry: str
    fault: str
    sdk: Mapping[str, str] = NOTHING
    doc: str = ""


class Entry(NamedTuple):
    """One error that a backend, or the SDK on top of it, is known to report."""

    name: str
    code: Code
    advice: Advice
    origin: str
    space: str = ""
    status: tuple[int, ...] = ()
    match: tuple[Match, ...] = ()
    applies_to: tuple[str, ...] = ()
    not_to_confuse_with: Mapping[str, str] = NOTHING

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


class RangeRule(NamedTuple):
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


class PatternRule(NamedTuple):
    """Advice for text codes without an entry, and the status that such a code should come with."""

    advice: Advice
    code: Pattern
    status: tuple[int, ...] = ()


class StatusRule(NamedTuple):
    """Advice for answers by their status alone."""

    advice: Advice
    status: StatusSet
    match: tuple[Match, ...] = ()


class TransportRule(NamedTuple):
    """Advice for requests that got no answer."""

    advice: Advice
    kind: str
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tables:
    """The tables of one catalog: everything after its head."""

    shapes: tuple[Shape, ...] = ()
    entries: tuple[Entry, ...] = ()
    ranges: tuple[RangeRule, ...] = ()
    patterns: tuple[PatternRule, ...] = ()
    statuses: tuple[StatusRule, ...] = ()
    transports: tuple[TransportRule, ...] = ()
    _by_code: Mapping[tuple[str, str], tuple[Entry, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found: dict[tuple[str, str], tuple[Entry, ...]] = {}
        for entry in self.entries:
            key = (entry.space, code_key(entry.code) or "")
            found[key] = (*found.get(key, ()), entry)
        object.__setattr__(self, "_by_code", found)

    def with_code(self, key: str, space: str) -> tuple[Entry, ...]:
        """The entries whose code has this key (see `code_key`), in the order of the catalog."""
        return self._by_code.get((space, key), ())
