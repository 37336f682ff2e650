"""Places in a request's JSON: JSON pointers with wildcards."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ..exchange.json_pointer import MISSING, find, members

Path = tuple[Any, ...]
# Members that are looked at for one error, and what a place that is found counts as.
_WORK, _PLACE = 25_000, 5


class PlaceFinder:
    """Finds places in the request of one error: fields whose keys the request does not have are passed over, and the work is bounded."""

    def __init__(self) -> None:
        self._left = _WORK
        self._keys: dict[str, tuple[int, frozenset[str]]] = {}

    def places(self, name: str, value: Any, pointer: str, missing: bool) -> Iterator[tuple[Path, Any]]:
        """What `places` gives of a value, which has this name in the request; with `missing`, keys that an object lacks are of interest."""
        if "**" in pointer:
            if name not in self._keys:
                keys = [str(path[-1]) for path, _ in members(value)]
                self._keys[name] = len(keys), frozenset(keys)
            number, known = self._keys[name]
            if any(known.isdisjoint(keys) for keys in needed_keys(pointer, missing)):
                return
            self._left -= number
        for place in places(value, pointer) if self._left > 0 else ():
            yield place
            self._left -= _PLACE
            if self._left <= 0:
                return


def places(value: Any, pointer: str) -> Iterator[tuple[Path, Any]]:
    """Path and value of each place in a value; MISSING for a last key that an object lacks.

    Beside keys and positions the pointer takes `*` (each member), `**` (members at any depth, and the value itself), `a|b` (one of these keys), `?a`,
    `?!a` and `?a=b|c` (stays at objects that have the key `a`, do not have it, or have one of these texts in it)."""
    return _walk(value, pointer.split("/")[1:], ())


@lru_cache(1_000)
def needed_keys(pointer: str, missing: bool) -> tuple[frozenset[str], ...]:
    """Of each set one key is in every value that has places for a pointer; with `missing` the last key may be one that an object lacks."""
    needed = []
    for part in pointer.split("/")[1 : -1 if missing else None]:
        name, has, wanted = part.removeprefix("?").partition("=")
        if part not in ("*", "**") and part[:2] != "?!" and not (has and "" in wanted.split("|")):
            needed.append(frozenset([name] if part[:1] == "?" else part.split("|")))
    return tuple(needed)


def _walk(value: Any, parts: list[str], path: Path) -> Iterator[tuple[Path, Any]]:
    if not parts:
        yield path, value
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _walk(value, rest, path)
        for inside, inner in members(value):
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
