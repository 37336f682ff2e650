"""How answers are read and explained: shapes, entries, and rules for what no entry knows, all of them frozen values.

The annotations say how each field is read (see `reader`): they are values here, so this module does not postpone them.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeVar

from . import values, vocabulary
from .reader import SAME_TABLE, Form, Place, read_table
from .vocabulary import code_key, quoted

T = TypeVar("T")
# mitmweb's column shows some 15 characters of a comment, which a name leads.
SHOWN_OF_COMMENT = 15
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Match(NamedTuple):
    """Conditions on one exchange, all of which must hold; those left empty say nothing."""

    message: values.OptionalRegex = None
    debug: values.OptionalRegex = None
    path: values.OptionalRegex = None
    body_text: values.OptionalRegex = None
    method: values.Methods = ()
    body: values.Texts = ()
    no_body: values.Texts = ()
    header: values.Names = ()
    no_header: values.Names = ()

    @property
    def groups(self) -> tuple[str, ...]:
        """The names of the groups in its patterns."""
        return tuple(name for pattern in (self.message, self.debug, self.path, self.body_text) if pattern for name in pattern.groups)

    def wrong(self) -> tuple[str, str] | None:
        """Conditions without any condition, as field and reason."""
        return None if any(self) else ("match", "is empty; leave it out, or give at least one condition")


class Fix(NamedTuple):
    """A remedy, and the conditions under which it is the right one; without any it is right for every error of its entry."""

    do: values.Text
    when: tuple[Match, ...] = ()


def _fixes(value: Any, at: Place) -> tuple[Fix, ...] | None:
    """Texts and tables `{ do = "...", when = {...} }`."""
    if not isinstance(value, list):
        return None
    for item in value:
        if not isinstance(item, dict) and not (isinstance(item, str) and item.strip()):
            raise ValueError(f"takes texts and tables {{ do = \"...\", when = {{ message = '...' }} }}, not {quoted(item)}")
    return tuple(Fix(item) if isinstance(item, str) else read_table(Fix, item, at.inside(number)) for number, item in enumerate(value, 1))


class Advice(NamedTuple):
    """What to tell a person: the part that entries and rules have in common."""

    meaning: values.Text
    fix: Annotated[tuple[Fix, ...], Form("a list of texts", _fixes)]
    retry: Annotated[str, values.one_of(vocabulary.RETRIES)]
    fault: Annotated[str, values.one_of(vocabulary.FAULTS)]
    sdk: values.TextTable = NOTHING
    doc: values.Url = ""


class Sent(NamedTuple):
    """A message as the server sends it, the conditions under which it does, and its status then. `{class}` in it stands for that part of the route,
    `{field}` for the first field of the body."""

    text: values.Text
    when: tuple[Match, ...] = ()
    status: values.Statuses = ()


def _sent(value: Any, at: Place) -> tuple[Sent, ...] | None:
    """Texts, and tables `{ text = "...", when = {...} }`."""
    if not isinstance(value, list) or not all(isinstance(item, (str, dict)) and item for item in value):
        return None
    return tuple(Sent(item) if isinstance(item, str) else read_table(Sent, item, at.inside(number)) for number, item in enumerate(value, 1))


class Entry(NamedTuple):
    """One error that a backend, or the SDK on top of it, is known to report."""

    name: values.Text
    advice: Annotated[Advice, SAME_TABLE]
    origin: Annotated[str, values.one_of(vocabulary.ORIGINS)]
    code: values.AnyCode = ""
    space: values.Text = ""
    status: values.Statuses = ()
    match: tuple[Match, ...] = ()
    sends: Annotated[tuple[Sent, ...], Form("a list of texts", _sent)] = ()
    applies_to: values.Texts = ()
    not_to_confuse_with: values.TextTable = NOTHING

    def wrong(self) -> tuple[str, str] | None:
        """A code that can never be looked up, or none and no message to know it by, as field and reason."""
        if self.code == "":
            known = self.match and all(match.message for match in self.match)
            return None if known else ("code", "is missing; it takes a text or a whole number. An entry without one needs `match` with a `message`")
        return None if code_key(self.code) is not None else ("code", f"{quoted(self.code)} cannot be a code")


ERROR_STATUSES = frozenset(range(400, 600))
# A list of errors comes with a success as well: only some of what was asked for failed.
LIST_STATUSES = ERROR_STATUSES | {200, 207}


@dataclass(frozen=True, slots=True)
class Shape:
    """Where answers of one form keep code, message and details."""

    name: values.Text
    status: values.AnyStatus = frozenset()
    path: values.OptionalRegex = None
    method: values.Methods = ()
    source: Annotated[str, values.one_of(vocabulary.SOURCES)] = "body"
    where: values.PlaceConditions = field(default_factory=dict)
    each: values.Pointer = ""
    index: values.Pointer = ""
    request_each: values.Pointer = ""
    code: values.Places = ()
    code_pattern: values.OptionalRegex = None
    code_is_status: values.Flag = False
    means: values.Text = ""
    message: values.Places = ()
    debug: values.Places = ()
    nested: values.Pointers = ()
    space: values.Text = ""

    def __post_init__(self) -> None:
        if not self.status:
            object.__setattr__(self, "status", LIST_STATUSES if self.each else ERROR_STATUSES)

    @property
    def splits_code(self) -> bool:
        """Whether the code is a part of a text: what the group `code` of `code_pattern` holds."""
        return self.code_pattern is not None and "(?P<code>" in self.code_pattern.text

    def wrong(self) -> tuple[str, str] | None:
        """A shape that finds nothing, as field and reason."""
        if self.code_pattern and (odd := set(self.code_pattern.groups) - {"code", "message"}):
            return "code_pattern", f"takes groups named `code` and `message`, not {quoted(min(odd))}"
        if self.code_pattern and "message" in self.code_pattern.groups and not self.splits_code:
            return "code_pattern", "has a group `message`, but none named `code`: write `(?P<code>...)` around the code"
        if not self.code and not self.message:
            return "code", "is missing, and so is `message`: a shape needs at least one of them"
        if self.each and not {"*", "**"} & {*self.each.split("/")}:
            return "each", f'needs a `*` for the members, as in "/errors/*", not {quoted(self.each)}'
        if "**" in self.each.removesuffix("/**") or (self.each.endswith("/**") and not self.code):
            return "each", f"has `**` at its end only, and in a shape with `code`, not in {quoted(self.each)}"
        return None


class RangeRule(NamedTuple):
    """Advice for numeric codes without an entry."""

    advice: Annotated[Advice, SAME_TABLE]
    first: Annotated[values.OptionalNumber, "from"] = None
    last: Annotated[values.OptionalNumber, "to"] = None
    space: values.Text = ""

    def wrong(self) -> tuple[str, str] | None:
        """An empty range, as field and reason."""
        if self.first is not None and self.last is not None and self.first > self.last:
            return "to", f"is {quoted(self.last)}, below `from`, which is {quoted(self.first)}"
        return None

    def covers(self, key: str) -> bool:
        """Whether the code with this key lies in the range."""
        try:
            number = int(key)
        except ValueError:
            return False
        return (self.first is None or number >= self.first) and (self.last is None or number <= self.last)


class PatternRule(NamedTuple):
    """Advice for text codes without an entry, and the status that such a code should come with."""

    advice: Annotated[Advice, SAME_TABLE]
    code: values.Regex
    status: values.Statuses = ()


class StatusRule(NamedTuple):
    """Advice for answers by their status alone."""

    advice: Annotated[Advice, SAME_TABLE]
    status: values.AnyStatus = frozenset()
    match: tuple[Match, ...] = ()

    def wrong(self) -> tuple[str, str] | None:
        """A rule for no status at all, as field and reason."""
        return None if self.status else ("status", 'is missing; it takes a list such as [403, "5xx"]')


class TransportRule(NamedTuple):
    """Advice for requests that got no answer."""

    advice: Annotated[Advice, SAME_TABLE]
    kind: Annotated[str, values.one_of(vocabulary.TRANSPORT_KINDS)]
    hosts: values.Names = ()


# What holds advice.
ADVISING: tuple[type[Any], ...] = (Entry, RangeRule, PatternRule, StatusRule, TransportRule)


class Tables:
    """The tables of one catalog after its head, by type."""

    def __init__(self, *tables: Iterable[Any]) -> None:
        self._tables = {type(values[0]): values for values in map(tuple, tables) if values}

    @cached_property
    def _by_code(self) -> dict[tuple[str, str], tuple[Entry, ...]]:
        found: dict[tuple[str, str], tuple[Entry, ...]] = {}
        for entry in self.of(Entry):
            key = (entry.space, code_key(entry.code) or "")
            found[key] = (*found.get(key, ()), entry)
        return found

    def of(self, kind: type[T]) -> tuple[T, ...]:
        """All tables of one type, in the order of the catalog."""
        return self._tables.get(kind, ())

    def causes(self, names: Collection[str], status: int | None) -> tuple[Any, ...]:
        """The causes (`[[cause]]`) that are asked for an error with these names, or for an answer without any and with this status."""
        from .causes import Cause

        return tuple(cause for cause in self.of(Cause) if cause.is_for(names, status))

    @cached_property
    def cause_names(self) -> frozenset[str]:
        """The names of all causes."""
        from .causes import Cause

        return frozenset(cause.name for cause in self.of(Cause))

    def names(self) -> Collection[str]:
        """The names of the entries."""
        return {entry.name for entry in self.of(Entry)}

    @cached_property
    def crowded_names(self) -> frozenset[str]:
        """The names that have their first characters in common with another."""
        starts = Counter(name[:SHOWN_OF_COMMENT] for name in set(self.names()))
        return frozenset(name for name in self.names() if starts[name[:SHOWN_OF_COMMENT]] > 1)

    def prose(self) -> str:
        """The entries' names, meanings and fixes, and the messages that they are known by, a line each."""
        patterns = (pattern for entry in self.of(Entry) for match in entry.match for pattern in (match.message, match.debug) if pattern)
        texts = (text for entry in self.of(Entry) for text in (entry.name, entry.advice.meaning, *(fix.do for fix in entry.advice.fix)))
        return "\n".join((*texts, *(pattern.text for pattern in patterns)))

    def with_code(self, key: str, space: str) -> tuple[Entry, ...]:
        """The entries whose code has this key (see `code_key`; "": those without a code), in the order of the catalog."""
        return self._by_code.get((space, key), ())
