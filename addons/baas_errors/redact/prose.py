"""Values that stand after secret names in running text: `password=...`, `"token": "..."`, `<pin>...</pin>`, quoted and escaped in any depth."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .marks import is_marked
from .names import Names, folded, is_credential

# In prose these are words like any other.
_WORDS_TOO = frozenset(("state", "url", "emails", "cookie", "setcookie"))
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
# A name must be followed by `=` or `:` and a value; quotes of any depth of escaping may surround both. What stands behind a name that is no
# secret may hold another name.
_NAMED = re.compile(
    rf"""(?<![A-Za-z0-9])(?P<name>[A-Za-z0-9_-]{{2,100}}+)
    (?P<mid>\]?\\*[{_QUOTES}]?\s*+(?:=>?|:|%3D)\s*+\[?\s*+(?:[ub](?=\\*[{_QUOTES}]))?(?P<quote>\\*[{_QUOTES}])?
      |\\*[{_QUOTES}]\s++(?P<bare>\\*[{_QUOTES}])
      |>(?=[^<>]{{1,200}}</))""",
    re.I | re.X,
)
_VALUE = re.compile(rf"(?!<[a-z]+ )[^\s\\&;,<>{{}}\[\]{_QUOTES}]++")
_LONGEST_QUOTED = 8000
_CLOSING = {"\u201c": "\u201d\u201c", "\u201e": "\u201c\u201d", "\u2018": "\u2019", "\u00ab": "\u00bb", "\u00bb": "\u00ab"}
_HELD = re.compile(rf"(?!<[a-z])[^\r\n<>{{}}\\{_QUOTES}]{{1,4000}}+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,20}) +([^\s,;]+)")
_COOKIES = re.compile(r"[^\s=;,]{1,200}=[^\r\n<>]{1,4000}+")
_TWO_WORDS = re.compile(r"(?:api|access|secret|private|master|client|license|encryption|signing|rest|app)[ ]\Z", re.I)
# What may follow on `name: ` in a sentence: words, in one piece or several, and no token.
_WORD = re.compile(r"(?:[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*|[A-Z]+(?:_[A-Z]+)*)?")
_LONGEST_WORD = 16
_NO_VALUES = frozenset(("true", "false", "null", "none", "nil", "undefined"))


class Named(NamedTuple):
    """A value that stands after a secret name: where, and the name. `kind` is "secret", "authorization" or "cookie": how it is to be replaced."""

    start: int
    end: int
    name: str
    kind: str = "secret"


def named_values(text: str, names: Names) -> Iterator[Named]:
    """The values after secret names in a text, in order; most texts are passed by without a search."""
    # One of these stands between any name and its value. The last three are for a lost colon, and for XML.
    if not ("=" in text or ":" in text or "%3" in text or '" ' in text or "' " in text or "</" in text):
        return
    at = 0
    while match := _NAMED.search(text, at):
        at = match.end()
        name = match["name"]
        if names.text[name]:
            found = _found(match)
        elif text[match.start() - 1 : match.start()] in ("?", "&", "#") and match["mid"] == "=" and names.parameter[name]:
            # Inside a URL. A short `code` is rather that of an error.
            found = _held(match, name, lambda value: len(value) >= 6)
        elif names.weak[name] and ("=" in match["mid"] or _TWO_WORDS.search(text[: match.start()][-12:])):
            found = _held(match, name, is_credential)
        else:
            continue
        if found:
            at = found.end
            yield found


def _held(match: re.Match[str], name: str, fits: Callable[[str], bool]) -> Named | None:
    """The value that a name is followed by, if it fits."""
    start, end = _span(match)
    return Named(start, end, name) if end > start and fits(match.string[start:end]) else None


def _span(match: re.Match[str]) -> tuple[int, int]:
    """Where the value begins and ends: at the quotation mark that closes it, at the next tag, else with the word."""
    text, start = match.string, match.end()
    if opened := match["quote"] or match["bare"]:
        depth, closing = len(opened) - 1, _CLOSING.get(opened[-1], opened[-1])
        for mark in re.compile(rf"(?<!\\)\\{{{depth}}}[{closing}]").finditer(text, start, start + _LONGEST_QUOTED):
            return start, mark.start()
    if match["mid"] == ">":
        return start, text.index("</", start)
    word = _VALUE.match(text, start)
    return word.span() if word else (start, start)


def replaced(text: str, names: Names, replace: Callable[[str, Named], str]) -> str:
    """A text with what `replace(value, named)` gives for each value after a secret name."""
    end = 0
    pieces: list[str] = []
    for named in named_values(text, names):
        pieces += (text[end : named.start], replace(text[named.start : named.end], named))
        end = named.end
    return "".join((*pieces, text[end:])) if pieces else text


def _found(match: re.Match[str]) -> Named | None:
    name, text = match["name"], match.string
    plain = folded(name)
    start, end = _span(match)
    if start == end or is_marked(text[start:end]):
        # What was taken out before is counted where it has a name.
        return Named(start, end, name) if start < end else None
    if text[start:end].lower() in _NO_VALUES:
        return None
    if plain.endswith("authorization"):
        # Two words, of which the first may be the scheme's name.
        held = _HELD.match(text, start)
        if held and (both := _SCHEME.match(text, start, held.end())) and not _is_word(both[2]):
            return Named(start, max(end, both.end()), name, "authorization")
    elif plain in ("cookie", "setcookie") and (pairs := _COOKIES.match(text, start)):
        return Named(start, end if match["quote"] else pairs.end(), name, plain)
    return None if _is_prose(match, text[start:end]) else Named(start, end, name)


def _is_prose(match: re.Match[str], value: str) -> bool:
    """Whether what follows on a name is the rest of a sentence: `token: expired`. What is quoted, assigned or inside braces is none."""
    name, mid = match["name"], match["mid"]
    if "=" in mid or "%" in mid or mid.strip(" `") != ":" or name[:2].lower() == "x-":
        return False
    if folded(name) in _WORDS_TOO:
        return True
    near = match.string[max(0, match.start() - 200) : match.start()]
    return not (mid == ":" or near.rfind("{") > near.rfind("}")) and _is_word(value)


def _is_word(value: str) -> bool:
    words = value.strip(".,:!?()")
    if not any(character.isalnum() for character in words):
        return True
    parts = re.split(r"[-./]", words) if len(words) < _LONGEST_WORD else [words]
    return all(_WORD.fullmatch(part) for part in parts) and (len(words) < _LONGEST_WORD or words.isupper() or not words.islower())
