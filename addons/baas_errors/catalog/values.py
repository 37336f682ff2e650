"""Values of forms of their own in a catalog: status sets, header tests, conditions. Each reader raises ValueError with what would be right."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from . import hosts
from .entries import Fix, Match, StatusSet
from .patterns import HeaderTest, Pattern
from .reader import Fields
from .vocabulary import quoted, shown


def flag(value: Any) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise ValueError(f"takes true or false, not {quoted(value)}")
    return value


def listed(value: Any) -> list[Any]:
    """A list."""
    if not isinstance(value, list):
        raise ValueError(f"takes a list, not {quoted(value)}")
    return value


def lower(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names in lower case."""
    return tuple(name.lower() for name in names)


def upper(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names in upper case."""
    return tuple(name.upper() for name in names)


def url(value: Any) -> str:
    """A link."""
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s\"<>]+", value):
        raise ValueError(f"takes a URL (https://...), not {quoted(value)}")
    return value


def host_names(backend: str, value: Any) -> tuple[str, ...]:
    """Host patterns in lower case, each of which was tried."""
    if not isinstance(value, list) or not all(isinstance(host, str) for host in value):
        raise ValueError(f"takes a list of host[:port][/path], not {quoted(value)}")
    for host in value:
        hosts.parse_host(backend, host)
    return tuple(host.lower() for host in value)


def status_set(value: Any) -> StatusSet:
    """`[403, "5xx"]` as a set."""
    codes, classes = set(), set()
    for item in value if isinstance(value, list) else [value]:
        if type(item) is int and 100 <= item <= 599:
            codes.add(item)
        elif isinstance(item, str) and re.fullmatch("[1-5]xx", item):
            classes.add(int(item[0]))
        else:
            raise ValueError(f'takes HTTP statuses (100 to 599) and classes such as "4xx", not {quoted(item)}')
    return StatusSet(frozenset(codes), frozenset(classes))


def header_tests(f: Fields, value: Any) -> tuple[HeaderTest, ...]:
    """A list of names and of tables `{ name = 'pattern' }`; a lone table is a list of its single headers."""
    if isinstance(value, dict):
        value = [{name: pattern} for name, pattern in value.items()]
    tests = []
    for item in listed(value):
        if isinstance(item, str) and item:
            if "*" in item and not re.fullmatch(r"[^*]{3,}\*", item):
                raise ValueError(f"takes `*` at the end of a name only, after three characters or more, not in {quoted(item)}")
            tests.append(HeaderTest(((item.lower(), None),)))
        elif isinstance(item, dict) and item and all(isinstance(pattern, str) for pattern in item.values()):
            if starred := next((name for name in item if "*" in name), ""):
                raise ValueError(f"takes no `*` in a name that has a pattern, not {quoted(starred)}")
            tests.append(HeaderTest(tuple((name.lower(), Pattern(pattern, checked=f.checked)) for name, pattern in item.items())))
        else:
            raise ValueError(f"takes header names and tables {{ name = 'pattern' }}, not {quoted(item)}")
    return tuple(tests)


def conditions(f: Fields, field: str, value: Any) -> Mapping[str, Pattern | bool | int]:
    """`{ "/pointer" = value }` with texts made patterns."""
    if not isinstance(value, dict) or not value:
        raise f.error(field, f'takes a table such as {{ "/success" = false }}, not {quoted(value)}')
    result: dict[str, Pattern | bool | int] = {}
    for pointer, wanted in value.items():
        if not pointer.startswith("/"):
            raise f.error(field, f'takes JSON pointers such as "/{shown(pointer)}", not {quoted(pointer)}')
        if isinstance(wanted, str):
            result[pointer] = f.compiled(field, wanted)
        elif isinstance(wanted, (bool, int)):
            result[pointer] = wanted
        else:
            raise f.error(field, f"takes a pattern, a number, true or false for {quoted(pointer)}, not {quoted(wanted)}")
    return result


def fixes(f: Fields, value: Any) -> tuple[Fix, ...]:
    """Texts and tables `{ do = "...", when = {...} }`; `when` is a table of conditions as in `match`, or a list of such tables."""
    found = []
    for number, item in enumerate(listed(value), 1):
        if isinstance(item, str) and item.strip():
            found.append(Fix(item))
        elif isinstance(item, dict):
            table = Fields(item, f.file, f"{f.where}, fix {number}", checked=f.checked)
            found.append(Fix(table.text("do", required=True), tuple(match_of(one) for one in table.tables("when"))))
            table.done()
        else:
            raise ValueError(f"takes texts and tables {{ do = \"...\", when = {{ message = '...' }} }}, not {quoted(item)}")
    if not found:
        raise ValueError("is empty; it takes at least one text")
    return tuple(found)


def match_of(f: Fields) -> Match:
    """What one table of `match` asks for."""
    match = Match(
        message=f.pattern("message"),
        debug=f.pattern("debug"),
        path=f.pattern("path"),
        body_text=f.pattern("body_text"),
        method=upper(f.texts("method")),
        body=f.texts("body"),
        no_body=f.texts("no_body"),
        header=lower(f.texts("header")),
        no_header=lower(f.texts("no_header")),
    )
    f.done()
    if match == Match():
        raise f.error("match", "is empty; leave it out, or give at least one condition")
    return match
