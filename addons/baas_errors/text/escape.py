"""Text for people: nothing in it may act on the terminal, the browser or the file that it ends up in."""

from __future__ import annotations

import re
import unicodedata

# C0 (but tab and newline), DEL, C1, and the characters that turn the direction of text or hide in it.
_ACTIVE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]")

_SURROGATE = re.compile("[\ud800-\udfff]")


def scrub(text: str) -> str:
    """A text that can be encoded: lone surrogates, which JSON can name, become U+FFFD."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def safe(text: str) -> str:
    """A text that a terminal shows and does not obey; line breaks and tabs stay."""
    # Nothing that acts is printable, and most texts are: that is told quickly.
    return text if text.isprintable() else _ACTIVE.sub(_visible, scrub(text))


def _visible(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def inert(json_text: str) -> str:
    """A JSON text of the same value in which what a terminal obeys is written as JSON's own escapes: logs are looked at with `cat`."""
    # JSON has escaped C0 itself. To ask for what is printable is far quicker than to search, and for ASCII quicker still.
    if json_text.isascii():
        return json_text if "\x7f" not in json_text else json_text.replace("\x7f", "\\u007f")
    return json_text if json_text.isprintable() else _ACTIVE.sub(_as_json, json_text)


def _as_json(match: re.Match[str]) -> str:
    units = match[0].encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def one_line(text: str, most: int = 200) -> str:
    """A text on one line, safe, cut to at most `most` characters."""
    if not text.isprintable():
        text = " ".join(safe(text).split())
    elif "  " in text or text[:1] == " " or text[-1:] == " ":
        text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}\u2026"


def cut(text: str, most: int) -> str:
    """At most so many characters of a text; the last of them says that there were more."""
    return text if len(text) <= most else f"{text[: most - 1]}\u2026"


def width(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def plural(count: int, noun: str, nouns: str = "") -> str:
    """`1 error`, `2 errors`."""
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"
