"""Options that nobody has: mitmproxy keeps what `--set` or config.yaml names for an addon that may come, and says nothing if none does."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

PREFIX = "errors_"
# `error_log` for `errors_log`, but not the `log_...` of somebody else's addon.
ALIKE = 0.85


def misspelt(given: Iterable[str], known: Iterable[str]) -> list[str]:
    """What to say of names that were given values and are no option, as far as they were meant for this addon; `known` are all options there are."""
    ours = [name for name in known if name.startswith(PREFIX)]
    said = []
    for name in given:
        if name.lower().startswith(PREFIX):
            ends = [known_name.removeprefix(PREFIX) for known_name in ours]
            near = [PREFIX + end for end in difflib.get_close_matches(name.lower().removeprefix(PREFIX), ends, 1)]
        elif not (near := difflib.get_close_matches(name.lower(), ours, 1, ALIKE)):
            continue
        meant = f"did you mean {near[0]}?" if near else f"there are {', '.join(ours)}"
        said.append(f"{name}: no option is called so; {meant}")
    return said
