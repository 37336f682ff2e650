"""JSON pointers (RFC 6901), extended by `*` for every member of a list or object; and all that is in a value."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Any

MISSING: Any = object()
# Members of a value that are looked through.
MOST_MEMBERS = 2_000


@lru_cache(maxsize=1024)
def _parts(pointer: str) -> tuple[str, ...]:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _step(value: Any, part: str) -> Any:
    if isinstance(value, dict):
        return value.get(part, MISSING)
    if isinstance(value, list) and part.isascii() and part.isdigit() and len(part) < 10 and int(part) < len(value):
        return value[int(part)]
    return MISSING


def find(value: Any, pointer: str) -> Any:
    """The value at a pointer, or MISSING; "" is the whole value."""
    for part in _parts(pointer):
        value = _step(value, part)
        if value is MISSING:
            return MISSING
    return value


def first(value: Any, pointers: Iterable[str]) -> Any:
    """The first value at one of the pointers that is present and not null, or MISSING."""
    return next((found for pointer in pointers if (found := find(value, pointer)) is not MISSING and found is not None), MISSING)


def items(value: Any) -> Iterable[tuple[Any, Any]]:
    """The members of an object with their keys, those of a list with their positions; none of any other value."""
    return value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()


def each(value: Any, pointer: str) -> Iterator[tuple[int, Any]]:
    """The values other than null at a pointer with `*`, each with its position at the first `*`."""
    yield from _walk(value, _parts(pointer), None)


def _walk(value: Any, parts: tuple[str, ...], position: int | None) -> Iterator[tuple[int, Any]]:
    if not parts:
        if value is not None:
            yield position or 0, value
        return
    part, rest = parts[0], parts[1:]
    if part != "*":
        value = _step(value, part)
        if value is not MISSING:
            yield from _walk(value, rest, position)
        return
    for number, (key, member) in enumerate(items(value)):
        # A list that has only some of its members may be an object: {"2": ...}.
        place = int(key) if isinstance(key, str) and key.isascii() and key.isdigit() and len(key) < 10 else number
        yield from _walk(member, rest, place if position is None else position)


def members(value: Any, most: int = MOST_MEMBERS) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Path and value of the members of the objects and lists in a value, level by level; of its objects and lists so many are looked at, and
    MOST_MEMBERS of all members."""
    return islice(_members(value, most), MOST_MEMBERS)


def _members(value: Any, most: int) -> Iterator[tuple[tuple[Any, ...], Any]]:
    queue: deque[tuple[tuple[Any, ...], Any]] = deque([((), value)])
    while queue and (most := most - 1) >= 0:
        path, item = queue.popleft()
        for key, inner in items(item):
            yield (*path, key), inner
            if isinstance(inner, (dict, list)):
                queue.append(((*path, key), inner))
