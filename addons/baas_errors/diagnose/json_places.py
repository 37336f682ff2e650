"""Places in a request's JSON: JSON pointers with wildcards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..exchange.json_pointer import MISSING, find, members

Path = tuple[Any, ...]
_MOST = 2_000


def places(value: Any, pointer: str) -> Iterator[tuple[Path, Any]]:
    """Path and value of each place in a value; MISSING for a last key that an object lacks.

    Beside keys and positions the pointer takes `*` (each member), `**` (members at any depth, and the value itself), `a|b` (one of these keys), `?a`,
    `?!a` and `?a=b|c` (stays at objects that have the key `a`, do not have it, or have one of these texts in it)."""
    return _walk(value, pointer.split("/")[1:], ())


def _walk(value: Any, parts: list[str], path: Path) -> Iterator[tuple[Path, Any]]:
    if not parts:
        yield path, value
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _walk(value, rest, path)
        for inside, inner in members(value, _MOST):
            yield from _walk(inner, rest, (*path, *inside))
    elif part == "*":
        for key, inner in members(value, 1):
            yield from _walk(inner, rest, (*path, *key))
    elif part[:1] == "?":
        if isinstance(value, dict) and _fits(value, part[1:]):
            yield from _walk(value, rest, path)
    else:
        for name in part.split("|"):
            # Most members at any depth are no objects; the look-up of a pointer would cost more than all the rest.
            inner = value.get(name, MISSING) if isinstance(value, dict) else find(value, f"/{name}") if isinstance(value, list) else MISSING
            if inner is not MISSING:
                yield from _walk(inner, rest, (*path, int(name) if isinstance(value, list) else name))
            elif not rest and isinstance(value, dict):
                yield (*path, name), MISSING


def _fits(value: dict[str, Any], test: str) -> bool:
    key, has, wanted = test.removeprefix("!").partition("=")
    fits = str(value.get(key, "")) in wanted.split("|") if has else key in value
    return fits != test.startswith("!")
