"""The forms of values in a catalog, as types to annotate fields with: `Names = Annotated[tuple[str, ...], NAMES]` and the like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

from . import hosts
from .patterns import HeaderTest, Pattern
from .reader import Form, Place, near
from .routes import Route
from .vocabulary import HEADER, Code, quoted, shown


def _text(value: Any) -> str | None:
    return (value.strip() or None) if isinstance(value, str) else None


def texts(value: Any) -> tuple[str, ...] | None:
    """A list of texts, or a lone one, as a tuple; None for anything else."""
    value = [value] if isinstance(value, str) else value
    return tuple(value) if isinstance(value, list) and all(map(_text, value)) else None


def _texts_as(change: Callable[[str], str]) -> Form:
    return Form("a list of texts", lambda value, _: None if (found := texts(value)) is None else tuple(map(change, found)))


def _matching(pattern: str, takes: str) -> Form:
    return Form(takes, lambda value, _: value if isinstance(value, str) and re.fullmatch(pattern, value) else None)


def one_of(words: Iterable[str]) -> Form:
    """The form of a text that is one of some words."""
    allowed = tuple(words)

    def read(value: Any, _: Place) -> str | None:
        if (text := _text(value)) and text not in allowed:
            raise ValueError(f"{quoted(value)} is none of {', '.join(allowed)}{near(text, allowed)}")
        return text

    return Form("a text", read)


def some_of(words: Iterable[str]) -> Form:
    """The form of a list of texts, each of which is one of some words."""
    one, allowed = one_of(words), ", ".join(words)
    return Form(f"texts of {allowed}", lambda value, at: None if (found := texts(value)) is None else tuple(one.read(text, at) for text in found))


def _pattern(value: Any, at: Place) -> Pattern | None:
    return Pattern(text, checked=at.checked) if (text := _text(value)) else None


def _pointer(text: str, takes: str = "JSON pointers") -> str:
    if not text.startswith("/"):
        raise ValueError(f'takes {takes} such as "/{shown(text)}", not {quoted(text)}')
    return text


def _place(text: str) -> str:
    """A pointer into an answer's JSON, or `header:Name`."""
    name = text.removeprefix(HEADER)
    if name != text and re.fullmatch(r"[!#-'*+.^_`|~0-9A-Za-z-]+", name):
        return text
    return _pointer(text, "JSON pointers and headers (`header:Name`)")


def _is_status(value: Any) -> bool:
    return type(value) is int and 100 <= value <= 599


def _statuses(value: Any, _: Place) -> tuple[int, ...] | None:
    value = value if isinstance(value, list) else [value]
    return tuple(value) if all(map(_is_status, value)) else None


def _status_set(value: Any, _: Place) -> frozenset[int]:
    """The statuses of numbers and classes: `[403, "5xx"]`."""
    found: set[int] = set()
    for item in value if isinstance(value, list) else [value]:
        if _is_status(item):
            found.add(item)
        elif isinstance(item, str) and re.fullmatch("[1-5]xx", item):
            found.update(range(int(item[0]) * 100, int(item[0]) * 100 + 100))
        else:
            raise ValueError(f'takes HTTP statuses (100 to 599) and classes such as "4xx", not {quoted(item)}')
    return frozenset(found)


def _mapping(value: Any, _: Place) -> dict[str, str] | None:
    """A table of texts; a lone text is the value of the key "any"."""
    value = {"any": value} if isinstance(value, str) else value
    return dict(value) if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()) else None


def _patterns(value: Any, at: Place) -> dict[str, Pattern] | None:
    fine = isinstance(value, dict) and all(map(_text, value.values()))
    return {name: Pattern(text, checked=at.checked) for name, text in value.items()} if fine else None


def _hosts(value: Any, _: Place) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not all(isinstance(host, str) for host in value):
        return None
    for host in value:
        hosts.parse_host("", host)
    return tuple(host.lower() for host in value)


def _header_tests(value: Any, at: Place) -> tuple[HeaderTest, ...] | None:
    """A list of names and of tables `{ name = 'pattern' }`; a lone table is a list of its single headers."""
    value = [{name: pattern} for name, pattern in value.items()] if isinstance(value, dict) else value
    return tuple(_header_test(item, at) for item in value) if isinstance(value, list) else None


def _header_test(item: Any, at: Place) -> HeaderTest:
    if isinstance(item, str) and item:
        if "*" in item and not re.fullmatch(r"[^*]{3,}\*", item):
            raise ValueError(f"takes `*` at the end of a name only, after three characters or more, not in {quoted(item)}")
        return ((item.lower(), None),)
    if not isinstance(item, dict) or not item or not all(isinstance(pattern, str) for pattern in item.values()):
        raise ValueError(f"takes header names and tables {{ name = 'pattern' }}, not {quoted(item)}")
    if starred := next((name for name in item if "*" in name), ""):
        raise ValueError(f"takes no `*` in a name that has a pattern, not {quoted(starred)}")
    return tuple((name.lower(), Pattern(pattern, checked=at.checked)) for name, pattern in item.items())


def _whole_header_tests(value: Any, at: Place) -> tuple[HeaderTest, ...] | None:
    tests = _header_tests(value, at)
    if starred := next((name for test in tests or () for name, _ in test if "*" in name), ""):
        raise ValueError(f"takes whole names, not {quoted(starred)}")
    return tests


def _conditions(value: Any, at: Place, name: Callable[[str], str] = _pointer) -> Mapping[str, Pattern | bool | int]:
    """`{ "/pointer" = value }` with texts made patterns; `name` reads a pointer."""
    if not isinstance(value, dict) or not value:
        raise ValueError(f'takes a table such as {{ "/success" = false }}, not {quoted(value)}')
    for pointer, wanted in value.items():
        if not isinstance(wanted, (str, bool, int)):
            raise ValueError(f"takes a pattern, a number, true or false for {quoted(name(pointer))}, not {quoted(wanted)}")
    return {name(p): Pattern(wanted, checked=at.checked) if isinstance(wanted, str) else wanted for p, wanted in value.items()}


def _conditions_list(value: Any, at: Place) -> tuple[Mapping[str, Pattern | bool | int], ...] | None:
    """A list of such tables; a lone one is a list of one."""
    value = [value] if isinstance(value, dict) else value
    return tuple(_conditions(item, at) for item in value) if isinstance(value, list) else None


def _list_of(takes: str, read: Callable[[Any, Place], Any]) -> Form:
    return Form(takes, lambda value, at: tuple(read(item, at) for item in value) if isinstance(value, list) else None)


_NUMBER = Form("a whole number", lambda value, _: value if type(value) is int else None)
_REGEX = Form("a text", _pattern)

Text = Annotated[str, Form("a text", lambda value, _: _text(value))]
SPACED = Form("a text", lambda value, _: value if _text(value) else None)
Name = Annotated[str, Form("a text", lambda value, _: (_text(value) or "").lower() or None)]
ID = r"[a-z][a-z0-9-]*"
Id = Annotated[str, _matching(ID, "lower-case letters, digits and `-`")]
Url = Annotated[str, _matching(r"https?://[^\s\"<>]+", "a URL (https://...)")]
Day = Annotated[str, _matching(r"20\d\d-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?", 'a day or a month such as "2026-05-15" or "2018-05"')]
Texts = Annotated[tuple[str, ...], _texts_as(str)]
# Names of headers, which are compared in lower case, and methods.
Names = Annotated[tuple[str, ...], _texts_as(str.lower)]
Methods = Annotated[tuple[str, ...], _texts_as(str.upper)]
Pointer = Annotated[str, Form("a text", lambda value, _: (text := _text(value)) and _pointer(text, "a JSON pointer"))]
Pointers = Annotated[tuple[str, ...], _texts_as(_pointer)]
# Places in an answer: its JSON, its headers.
Places = Annotated[tuple[str, ...], _texts_as(_place)]
Number = Annotated[int, _NUMBER]
OptionalNumber = Annotated[int | None, _NUMBER]
FLAG = Form("true or false", lambda value, _: value if isinstance(value, bool) else None)
Flag = Annotated[bool, FLAG]
AnyCode = Annotated[Code, Form("a text or a whole number", lambda value, _: value if type(value) in (int, str) and value != "" else None)]
Regex = Annotated[Pattern, _REGEX]
OptionalRegex = Annotated[Pattern | None, _REGEX]
Statuses = Annotated[tuple[int, ...], Form("a list of HTTP statuses (100 to 599)", _statuses)]
AnyStatus = Annotated[frozenset[int], Form("HTTP statuses and classes", _status_set)]
TextTable = Annotated[Mapping[str, str], Form("a table of texts", _mapping)]
PATTERNS = Form("a table of patterns", _patterns)
Hosts = Annotated[tuple[str, ...], Form("a list of host[:port][/path]", _hosts)]
HeaderTests = Annotated[tuple[HeaderTest, ...], Form("a list", _header_tests)]
WholeHeaderTests = Annotated[tuple[HeaderTest, ...], Form("a list", _whole_header_tests)]
Conditions = Annotated[Mapping[str, Pattern | bool | int], Form("a table", _conditions)]
PlaceConditions = Annotated[Mapping[str, Pattern | bool | int], Form("a table", lambda value, at: _conditions(value, at, _place))]
ConditionsList = Annotated[tuple[Mapping[str, Pattern | bool | int], ...], _list_of("a list", _conditions)]
OneOfConditions = Annotated[tuple[Mapping[str, Pattern | bool | int], ...], Form("a table or a list of tables", _conditions_list)]
Routes = Annotated[tuple[Route, ...], _list_of("a list", lambda value, _: Route(value))]
