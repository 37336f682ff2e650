"""What programs and samples write in place of a value that they do not have: `undefined`, `{id}`, `YOUR_TOKEN`."""

from __future__ import annotations

import re

_NONE = r"undefined|null|\(null\)|none|nil|nan|true|false|\[object object\]|%5bobject%20object%5d|%[s@]"
_MARKED = r":\w+|\$?\{+[\w .-]*\}+|<[\w .-]*>|\$\w+\$?|%7b[\w.-]*%7d"
_SAMPLE = r"token|(?:[a-z]{2}_)?your[-_ ][\w -]+|[\w-]+[-_]here|\w*\.\.\.|(?:app|api|access|client)[-_ ]?(?:key|id|token|secret)"
_PLACEHOLDER = re.compile(rf"(?i)\s*|{_NONE}|{_MARKED}")
_UNSET = re.compile(rf"(?i)\s*|{_NONE}|{_MARKED}|{_SAMPLE}")


def is_placeholder(name: str) -> bool:
    """Whether a name or an id is none: empty, what a language writes for no value, or a mark of a template."""
    return _PLACEHOLDER.fullmatch(name.strip()[:200]) is not None


def is_unset(credential: str) -> bool:
    """Whether a key or token is none: a placeholder, or the words of a sample such as `your-access-token-here`."""
    return _UNSET.fullmatch(credential.strip().strip("\"'")[:200]) is not None
