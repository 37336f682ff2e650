"""Values that stand after secret names in running text: `password=...`, `"token": "..."`, `<pin>...</pin>`, quoted and escaped in any depth."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .comparable import any_of
from .placeholders import MARK, is_marked, spliced
from .secret_names import Names, folded, is_credential, is_plain
from .sentences import secrets_in

# In prose these are words like any other.
_WORDS_TOO = frozenset(("state", "url", "emails", "cookie", "setcookie"))
_QUOTES = "\"'`\u201c\u201d\u201e\u2018\u2019\u00ab\u00bb"
# A name must be followed by `=` or `:` and a value; quotes of any depth of escaping may surround both. What stands behind a name that is no
# secret may hold another name.
_NAMED = re.compile(
    rf"""(?:(?P<tag><(?:[A-Za-z0-9_.-]{{1,50}}:)?)|(?<![^\W_]))(?P<name>[\w-]{{2,100}}+|k(?=\\*["']))
    (?P<mid>\]?\\*[{_QUOTES}]?\s*+(?:={{1,3}}+>?|[:\uff1a\uff1d]|%3D)\s*+(?:[|>][-+]?[ ]*\r?\n)?\[?\s*+
      (?:[ub](?=\\*[{_QUOTES}]))?(?P<quote>\\*[{_QUOTES}])?
      |\\*[{_QUOTES}]\s++(?P<bare>\\*[{_QUOTES}])
      |\((?P<only>\\*[{_QUOTES}])
      |\\*[{_QUOTES}]\s{{0,9}}+,\s{{0,9}}+(?P<next>\\*[{_QUOTES}])
      |(?(tag)(?P<attributes>\s[^<>]{{1,300}})?)>(?:\s{{0,9}}<(?:value|val|string|text)>)?(?:\s{{0,9}}(?P<cdata><!\[CDATA\[)|(?=[^<>]{{1,200}}</)))""",
    re.I | re.X,
)
# What a variable of GraphQL is if nobody gives it a value: `$password: String! = "abc"`.
_DEFAULT = re.compile(r"\s{0,9}:\s{0,9}\[?\w{1,100}!?\]?!?\s{0,9}=\s{0,9}\[?(?P<quote>\\*\")")
# `name="password" value="abc"`, `"k": "password", "v": "abc"`, `name="password">abc</`: the name stands in an attribute, or is a value itself.
_NAME_KEYS = frozenset(("name", "key", "k", "header", "field", "param", "property"))
_PAIR = re.compile(
    r"(?P<held>[A-Za-z0-9_.-]{2,100})\\*[\"'](?:\s{1,9}(?:value|content)\s{0,9}=\s{0,9}(?P<quote>[\"'])"
    r"|\s{0,9},\s{0,9}\\*[\"']?(?:value|val|v|content|text)\\*[\"']?\s{0,9}:\s{0,9}(?P<quoted>\\*[\"'])|\s{0,9}>(?=[^<>]{1,4000}</))"
)
# `<name>password</name><value>abc</value>`, the other way round, and `<key>password</key><string>abc</string>`.
_XML_NAME = (
    r"<(?:[\w.-]{1,20}:)?(?:name|key|k|field|header|param|property|t[dh]|dt|label)(?:\s[^<>]{0,100})?>\s{0,20}"
    r"(?P<name>[A-Za-z0-9_.-]{2,100})\s{0,20}</[^<>]{1,60}>"
)
_XML_PAIRS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_XML_NAME}\s{{0,40}}(?:</tr>\s{{0,9}})?(?:<(?!!)[^<>/]{{1,100}}>\s{{0,40}}){{1,2}}(?:<!\[CDATA\[)?(?P<value>[^<>\]]{{1,4000}})",
        rf"<(?:[\w.-]{{1,20}}:)?(?:value|val|v)>\s{{0,20}}(?P<value>[^<>]{{1,4000}})</[^<>]{{1,60}}>\s{{0,40}}{_XML_NAME}",
    )
)
# A field with a single argument, whatever that is called: `verifyToken(value: "abc")`.
_FIELD = re.compile(r"([A-Za-z0-9_]{2,100})\s{0,9}\(\s{0,9}\Z")
# One of these stands between any name and its value. The last ones are for a lost colon, for XML, and for a function's argument.
_SIGNS = ("=", ":", "\uff1a", "\uff1d", "%3", '" ', "' ", "</", "<![", '("', "('")
# What is given to these is the name of the secret.
_ASKS = re.compile("(?:get|has|is|find|delete|remove|read|fetch|list|check)(?![a-z])")
_ID = re.compile(r"id|uuid|.*_?(?:Id|ID|_id)")
# Nor is what a thing is called, or is for, the secret in it.
_TITLE = re.compile(r"(?:[a-z]{1,20}_?)?[nN]ame|title|label|description|note|type|kind|purpose|scopes?")
NAMES_ONLY = re.compile(r"[A-Za-z]{1,30}(?:[-_. ][A-Za-z]{1,30}){0,12}")
_VALUE = re.compile(rf"(?!<[a-z]+ )[^\s\\&;,<>{{}}\[\]{_QUOTES}]++")
_LONGEST_QUOTED = 8000
_CLOSING = {"\u201c": "\u201d\u201c", "\u201e": "\u201c\u201d", "\u2018": "\u2019", "\u00ab": "\u00bb", "\u00bb": "\u00ab"}
_HELD = re.compile(rf"(?!<[a-z])[^\r\n<>{{}}\\{_QUOTES}]{{1,4000}}+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,20}) +([^\s,;]+)")
# How credentials are made, in an example: `Basic base64(`.
_CALL = re.compile(r"[a-z]{2,16}[0-9]{0,3}\(")
# A small letter before the first hump is that of a token, unless it says what should stand there: `Bearer accessToken`.
_SMALL_HUMPS = re.compile(r"\A[a-z]++(?!\w{0,80}(?:Token|Key|Secret|Credentials)\b)[A-Z]")
_COOKIES = re.compile(r"[^\s=;,&]{1,200}=[^\r\n<>]{1,4000}+")
_TWO_WORDS = re.compile(r"(?:api|access|secret|private|master|client|license|encryption|signing|rest|app)[ ]\Z", re.I)
# What may follow on `name: ` in a sentence: words, in one piece or several, and no token.
_WORD = re.compile(r"(?:[A-Z]?[a-z]+(?:[A-Z][a-z]{2,})*|[A-Z]+(?:_[A-Z]+)*)?")
_LONGEST_WORD = 16
# The second word of a value without quotes, if it has letters and digits in it, or is a number that ends the line: `Winter 24x`.
_MIXED = r"(?!v\d|\d+(?:ms|[smhdkgb]|[kmg]b|px|st|nd|rd|th|xx)\b)(?=[a-z]{0,40}[0-9])(?=[0-9]{0,40}[a-z])[a-z0-9!$#%_-]{3,40}(?![^\s,;.!?&)\"'])"
_ENDS = r"(?=[.!]?[ ]?(?:[\r\n]|\Z))"
_REST = re.compile(rf" (?:{_MIXED}|[0-9]{{2,8}}{_ENDS})", re.I)
_REST_OF_LINE = re.compile(rf" {_MIXED}{_ENDS}", re.I)
_LONGEST_SIGN = 2
# What says that there is none, or what is wrong with it; and what stands for a value in an example.
_NO_VALUES = frozenset(
    ["[object object]", *["true", "false", "null", "none", "nil", "undefined", "missing", "invalid", "required", "expired", "empty", "absent", "nan"]]
)
# In brackets, what a program writes in the place of a secret, or of an object.
_IN_BRACKETS = frozenset(("object", "filtered", "redacted", "hidden", "masked", "removed"))
# An address of which every part is a word or a version is an example, or a server's.
_PLAIN_URL = re.compile(r"(?:https?:)?//[a-z.-]{1,100}(?::\d{1,5})?(?:/[a-z_-]{1,20}|/v?\d{1,3})*/?", re.I)
_EXAMPLE = re.compile(
    r"%[sdv@]|\$\{?[A-Za-z_]{2,30}\}?|(?:[a-z]{2}_(?:(?:live|test)_)?)?[.*\u2026\u2022]+|[a-z]{2,8}://\.\.\.|(?:[A-Za-z_]{2,30}\.){1,5}[A-Za-z_]{2,40}\(\)"
)

# What to call: "the token: `POST /v1/auth/refresh`".
_CALLED = re.compile(r"(?:GET|POST|PUT|PATCH|DELETE) (?:/(?:v\d|[A-Za-z]{1,20}|<[a-z ]{1,20}>|\{[a-z]{1,20}\}))+")


class Named(NamedTuple):
    """A value that stands after a secret name: where, and the name. `kind` is "secret", "authorization" or "cookie": how it is to be replaced."""

    start: int
    end: int
    name: str
    kind: str = "secret"


def named_values(text: str, names: Names) -> Iterator[Named]:
    """The values after secret names in a text, in order; most texts are passed by without a search."""
    if not any_of(_SIGNS, text):
        return
    at = within = 0
    # What a tag holds stands after its attributes, and these are looked through first.
    held: Named | None = None
    while match := _NAMED.search(text, at):
        if held and match.start() >= held.start:
            yield held
            at, held = held.end, None
            continue
        at = match.end("name") if match["attributes"] else match.end()
        found = _after(match, names)
        if found is None or found.start >= found.end:
            if text[match.end() : match.end() + 1] == "{" and names.text[match["name"]]:
                within = max(within, _closing(text, match.end()))
            if match.start() >= within or not match["quote"] or _is_no_value(text[slice(*_span_of(match))]):
                continue
            # An object whose name is that of a secret: `password: {x: "abc"}`.
            found = Named(*_span_of(match), match["name"])
        if match["attributes"]:
            held = found
            continue
        at = found.end
        if held and held.start < at:
            # A quotation mark that is closed nowhere in its tag.
            held = held._replace(start=at) if held.end > at else None
        yield found
    if held:
        yield held


def _is_no_value(value: str) -> bool:
    """Whether a value is made of words, or stands for one in an example."""
    return is_plain(value) or _EXAMPLE.fullmatch(value) is not None


def _closing(text: str, start: int) -> int:
    """Where an object ends that begins there."""
    depth = 0
    for bracket in re.compile("[{}]").finditer(text, start, start + _LONGEST_QUOTED):
        depth += 1 if bracket[0] == "{" else -1
        if not depth:
            return bracket.end()
    return start


def _after(match: re.Match[str], names: Names) -> Named | None:
    """The value that the name in a match makes secret."""
    name, mid, text = match["name"], match["mid"], match.string
    before = text[match.start("name") - 1 : match.start("name")]
    if match["next"]:
        # A list of two, `["X-Master-Key", "..."]`; one of names says nothing.
        start, end = _span(text, match.end(), match["next"])
        listed = text[: match.start("name")][-8:].rstrip("\\" + _QUOTES).endswith("[") and names.body[name]
        return Named(start, end, name) if listed and not NAMES_ONLY.fullmatch(text, start, end) else None
    if names.text[name]:
        if before == "$" and (default := _DEFAULT.match(text, match.end("name"))):
            return Named(*_span(text, default.end(), default["quote"]), name)
        if (before in ("?", "&") and mid[-1:].isspace() and _is_word(text[slice(*_span_of(match))])) or (match["only"] and _ASKS.match(name)):
            return None
        return _found(match, names)
    if before in ("?", "&", "#") and mid == "=" and names.parameter[name]:
        # Inside a URL. A short `code` is rather that of an error.
        return _held(match, name, lambda value: len(value) >= 6)
    if match["quote"] and name.lower() in _NAME_KEYS and (pair := _PAIR.match(text, match.end())) and names.body[pair["held"]]:
        opened = pair["quote"] or pair["quoted"]
        start, end = _span(text, pair.end(), opened) if opened else (pair.end(), text.index("</", pair.end()))
        return Named(start, end, pair["held"])
    if names.weak[name] and ("=" in mid or _TWO_WORDS.search(text[: match.start()][-12:])):
        return _held(match, name, is_credential)
    if match["quote"] and before in ("(", " ", "\n") and (field := _FIELD.search(text[max(0, match.start() - 130) : match.start()])):
        return _argument(match, field[1], names)
    return None


def _argument(match: re.Match[str], field: str, names: Names) -> Named | None:
    """The value of an argument, if it is the only one of a field whose name tells."""
    if not names.text[field] or _ASKS.match(field) or _ID.fullmatch(match["name"]) or _TITLE.fullmatch(match["name"]):
        return None
    start, end = _span(match.string, match.end(), match["quote"])
    closed = match.string[end : end + 20].lstrip(f"\\{_QUOTES}").lstrip().startswith(")")
    return Named(start, end, match["name"]) if closed else None


def _held(match: re.Match[str], name: str, fits: Callable[[str], bool]) -> Named | None:
    """The value that a name is followed by, if it fits."""
    start, end = _span_of(match)
    return Named(start, end, name) if fits(match.string[start:end]) else None


def _span_of(match: re.Match[str]) -> tuple[int, int]:
    """Where the value after a name begins and ends."""
    text, start = match.string, match.end()
    if match["cdata"]:
        end = text.find("]]>", start, start + _LONGEST_QUOTED)
        return start, end if end >= 0 else min(len(text), start + _LONGEST_QUOTED)
    if match["mid"].endswith(">") and "=" not in match["mid"][-2:]:
        return start, text.index("</", start)
    return _span(text, start, match["quote"] or match["bare"] or match["only"])


def _span(text: str, start: int, opened: str | None) -> tuple[int, int]:
    """Where a value begins and ends: at the quotation mark that closes what was `opened` before it, else with the word."""
    if opened:
        if opened[-1] == '"' and text.startswith(opened * 2, start):
            # GraphQL writes a text of several lines between three.
            start += 2 * len(opened)
            end = text.find(opened * 3, start, start + _LONGEST_QUOTED)
            return start, end if end >= 0 else min(len(text), start + _LONGEST_QUOTED)
        depth, closing = len(opened) - 1, _CLOSING.get(opened[-1], opened[-1])
        for mark in re.compile(rf"(?<!\\)\\{{{depth}}}[{closing}]").finditer(text, start, start + _LONGEST_QUOTED):
            return start, mark.start()
    word = _VALUE.match(text, start)
    return word.span() if word else (start, start)


def replaced(text: str, names: Names, replace: Callable[[str, Named], str]) -> str:
    """A text with what `replace(value, named)` gives for each value after a secret name."""
    found = named_values(text, names)
    text = spliced(text, ((named.start, named.end, replace(text[named.start : named.end], named)) for named in found))
    spans: list[tuple[int, int]] = []
    for start, end in sorted(secrets_in(text, names)):
        if (not spans or start >= spans[-1][1]) and not MARK.search(text, start, end):
            spans.append((start, end))
    text = spliced(text, [(start, end, replace(text[start:end], Named(start, end, ""))) for start, end in spans])
    for pattern in _XML_PAIRS if "</" in text else ():
        pairs = (match for match in pattern.finditer(text) if names.body[match["name"]])
        text = spliced(text, [(*pair.span("value"), replace(pair["value"].strip(), Named(*pair.span("value"), pair["name"]))) for pair in pairs])
    return text


def _found(match: re.Match[str], names: Names) -> Named | None:
    name, text = match["name"], match.string
    plain = folded(name)
    start, end = _span_of(match)
    value = text[start:end]
    if not value or is_marked(value, names.is_app):
        # What was taken out before is counted where it has a name.
        return Named(start, end, name)
    if value.strip(".,;:!?()").lower() in _NO_VALUES or _EXAMPLE.fullmatch(value) or _CALLED.fullmatch(value):
        return None
    if (match["mid"].endswith("[") and value.lower() in _IN_BRACKETS) or value in names.key_prefixes or (value == "new" and not match["quote"]):
        return None
    if match["quote"] and len(value) <= _LONGEST_SIGN and not any(character.isalnum() or character == "\\" for character in value):
        # What a parser calls a token: `Unexpected token: "}"`.
        return None
    if (plain == "url" and _PLAIN_URL.fullmatch(value)) or (names.of_words[name] and is_plain(value)):
        return None
    if plain.endswith("authorization"):
        # Two words, of which the first may be the scheme's name.
        held = _HELD.match(text, start)
        both = _SCHEME.match(text, start, held.end()) if held else None
        # The second may be what credentials are called, or the rest of a sentence about them.
        if both and not _CALL.fullmatch(both[2]) and (not _is_word(both[2]) or _SMALL_HUMPS.match(both[2])):
            return Named(start, max(end, both.end()), name, "authorization")
    elif plain in ("cookie", "setcookie") and (pairs := _COOKIES.match(text, start)):
        return Named(start, end if match["quote"] else pairs.end(), name, plain)
    assigned = "=" in match["mid"]
    # Behind a colon a sentence may go on.
    may_go_on = not match["quote"] and value.isalpha() and (assigned or value[0].isupper())
    if may_go_on and (rest := (_REST if assigned else _REST_OF_LINE).match(text, end)):
        return Named(start, rest.end(), name)
    return None if _is_prose(match, value) else Named(start, end, name)


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
    if not words.isascii() and words.isalpha():
        # What is wrong with it, in another language.
        return True
    parts = re.split(r"[-./]", words) if len(words) < _LONGEST_WORD else [words]
    return all(_WORD.fullmatch(part) for part in parts) and (len(words) < _LONGEST_WORD or words.isupper() or not words.islower())
