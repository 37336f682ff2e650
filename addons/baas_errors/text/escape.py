"""Escapes and shortens texts, so that they cannot act on a terminal or in a file."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Any

# C0 (except tab and newline), DEL, C1, and characters that are invisible or change the direction of text.
_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")

_SURROGATE = re.compile("[\ud800-\udfff]")


# GitHub's runner skips space before `::`, and looks for `##[` anywhere in a line.
_CI_COMMAND = re.compile(r"^[^\S\n]*:(?=:)|#(?=#\w*\[)", re.M)


def scrub(text: str) -> str:
    """The text with lone surrogates, which JSON can contain, replaced by U+FFFD, so that it can be encoded."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def safe(text: str) -> str:
    """The text with control characters, except line breaks and tabs, shown as escapes such as `\\x1b`."""
    # Control characters are not printable, and most texts are: a quick test.
    return text if text.isprintable() else _ACTIVE.sub(_visible, scrub(text))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def inert(json_text: str) -> str:
    """The JSON text with control characters and CI commands as JSON escapes, for logs that are shown on a terminal; it has the same value."""
    # json.dumps has escaped C0, and leaves DEL as it is. `isascii` and `isprintable` are far quicker than a search.
    json_text = json_text.replace("\x7f", "\\u007f")
    if "##" in json_text:
        # Azure's and TeamCity's agents obey commands anywhere in a line.
        json_text = _CI_COMMAND.sub(lambda match: "\\u0023" if match[0] == "#" else match[0], json_text)
    return json_text if json_text.isascii() or json_text.isprintable() else _ACTIVE.sub(lambda match: json.dumps(match[0])[1:-1], json_text)


def json_text(value: Any) -> str:
    """A value as indented JSON that acts on no terminal and can be encoded."""
    return scrub(inert(json.dumps(value, ensure_ascii=False, indent=2)))


def one_line(text: str, most: int = 200) -> str:
    """The text on one line, escaped as by `safe`, at most `most` characters long."""
    if not text.isprintable():
        text = " ".join(safe(text).split())
    elif "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\u2026"


def uncommanded(text: str) -> str:
    """The text without commands that CI services obey in a log: `::error::` and `##[group]` (GitHub), `##vso[...]` (Azure), `##teamcity[...]`."""
    return _CI_COMMAND.sub(r"\g<0> ", text)


def cut(text: str, most: int) -> str:
    """At most `most` characters of a text; an ellipsis marks a cut."""
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"


def width(text: str) -> int:
    """The width of a text on a terminal, in columns."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 error`, `2 errors`."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
