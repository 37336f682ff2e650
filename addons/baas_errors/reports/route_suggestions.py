"""Path templates for paths that no route of a catalog fits: a proposal to start from, made of what a recording shows."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from itertools import islice
from typing import Any

from ..detect.routes import template
from ..exchange.json_pointer import members

ID, COLLECTION = "{id}", "{collection}"
# Of an answer as many members are searched for ids.
_MOST_SEARCHED = 300
_ID_KEY = re.compile(r"(?:^|[_-])(?i:id|uid|uuid|guid|key)$|I[dD]$")


def ids_in(answer: Any) -> Iterable[str]:
    """The values in an answer that stand under a name such as `id`, `_id` or `noteId`."""
    for (*_, key), value in islice(members(answer), _MOST_SEARCHED):
        if isinstance(key, str) and _ID_KEY.search(key[:100]) and type(value) in (str, int) and len(str(value)[:101]) <= 100:
            yield str(value)


def suggest(paths: Mapping[str, int], ids: Collection[str]) -> list[tuple[str, int]]:
    """Templates that fit these paths, each with the number of requests, in the order in which a catalog needs them: long before short, fixed words
    before names. `ids` are those that answers had."""
    folded: Counter[tuple[str, ...]] = Counter()
    for path, count in paths.items():
        words = path.strip("/").split("/")
        pairs = zip(words, template(path, None).strip("/").split("/"), strict=True)
        # The number of a version is no id.
        versions = [at > 0 and len(word) < 3 and words[at - 1].lower() in ("api", "rest", "version") for at, word in enumerate(words)]
        folded[tuple(word if versions[at] else ID if at and word in ids else part for at, (word, part) in enumerate(pairs))] += count
    before: dict[tuple[str, ...], set[str]] = {}
    for parts in folded:
        for at in range(1, len(parts)):
            if parts[at] == ID and parts[at - 1] != ID:
                before.setdefault(parts[: at - 1], set()).add(parts[at - 1])
    found: Counter[str] = Counter()
    for parts, count in folded.items():
        # Several words before an id, at the same place, are names of collections, where an id or nothing follows on them.
        at = len(parts) - (2 if parts[-1] == ID else 1)
        named = at > 0 and len(before.get(parts[:at], ())) > 1 and parts[at] in before[parts[:at]]
        found[_named((*parts[:at], COLLECTION, *parts[at + 1 :]) if named else parts)] += count
    # "/" would fit the end of any path with a slash there.
    del found["/"]
    return sorted(found.items(), key=lambda item: (-item[0].count("/"), item[0].count("{"), item[0]))


def _named(parts: tuple[str, ...]) -> str:
    """A template in which no two ids have the same name: the last is `{id}`, the others are called after what stands before them."""
    last = max((at for at, part in enumerate(parts) if part == ID), default=-1)
    named: list[str] = []
    for at, part in enumerate(parts):
        if part == ID and at != last:
            before = re.sub(r"[^a-z]+", "_", parts[at - 1].lower().removesuffix("s")).strip("_") if at else ""
            part = next(name for n in range(1, len(parts) + 1) if (name := f"{{{before or 'item'}{'_x' * (n - 1)}_id}}") not in named)
        named.append(part)
    return "/" + "/".join(named)
