"""Where errors occur: the methods and routes that a catalog names in `applies_to`, beside words for people."""

from __future__ import annotations

import re
from functools import cache

# A place in `applies_to`: methods, if any, and a path or route template.
_PLACE = re.compile(r"^(?P<methods>[A-Z]+(?:, [A-Z]+)*)?\s*(?P<path>/[\w{}/.-]*)")

_ANYWHERE = re.compile("(?i)(?:any|all|quer)")


def strangeness(places: tuple[str, ...], method: str, path: str) -> int:
    """How odd an error is at a path: 0 where one of its places is there, 1 where it may come anywhere, 2 where it occurs elsewhere."""
    found = [place for text in places if (place := _PLACE.match(text))]
    here = ((not place["methods"] or method in place["methods"].split(", ")) and _regex(place["path"]).search(path) is not None for place in found)
    return 0 if any(here) else 2 if found and not any(_ANYWHERE.match(text) for text in places) else 1


@cache
def _regex(template: str) -> re.Pattern[str]:
    """A place's path as a pattern: `{name}` stands for any part; what follows a path without an id is part of it."""
    return re.compile(re.sub(r"\\\{[a-z_]+\\\}", "[^/]+", re.escape(template.rstrip("/"))) + r"(?:/[^/]+)?/?$")
