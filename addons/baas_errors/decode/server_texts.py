"""Texts that servers send, as a person reads them: the message in an error object, the words on an HTML page."""

from __future__ import annotations

import html
import re
from typing import Any

from ..exchange.json_pointer import MISSING
from ..exchange.json_reader import compact

# What a person reads of one error; more is a stack trace or a page.
LONGEST_TEXT = 4_000

# One that is not closed hides what follows, as in a browser; it also keeps hostile pages from making the search start over at each tag.
_TAGS = re.compile(r"<(script|style|head)\b[^>]{0,200}>.{0,20000}?(?:</\1\s*>|\Z)|<[^<>]{0,2000}>", re.I | re.S)
# What a word at the cut begins after, beside blanks.
_ENDS = frozenset("\"'<>{}()[],;")
_TITLE = re.compile(r"<title[^>]{0,200}>([^<]{1,300})</title", re.I)


def page_title(text: str) -> str:
    """The title of an HTML page as it is written there, or ""."""
    found = _TITLE.search(text[:20_000])
    return found[1].strip() if found else ""


def page_text(text: str) -> str:
    """The first words that a person would read on an HTML page, or of plain text; at most 300 characters."""
    head = text[:20_000]
    if "<" in head:
        shown = " ".join(_TAGS.sub(" ", head).split())
        head = html.unescape(shown or page_title(head))
    head = " ".join(head.split())
    return _cut(head, 300)


def server_text(value: Any) -> str:
    """Server text for people: the message of an error object, other values as JSON."""
    if value is MISSING or value is None or value == {}:
        return ""
    if isinstance(value, dict):
        inner = value.get("message")
        value = inner if isinstance(inner, str) and set(value) <= {"message", "code", "name"} else value
    text = compact(value).strip()
    return _cut(text, LONGEST_TEXT)


def _cut(text: str, most: int) -> str:
    """A text of at most so many characters, and an ellipsis where there were more. The word or number at the cut is left out, or its last
    300 characters (of short texts a third): half an address or key could not be known for what it is."""
    if len(text) <= most:
        return text
    at = most
    while at > most - min(300, most // 3) and text[at - 1] not in _ENDS and not (text[at - 1].isspace() and not text[at - 2 : at + 1 : 2].isdigit()):
        at -= 1
    return f"{text[:at]}\u2026"
