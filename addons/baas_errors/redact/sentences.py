"""Secrets in sentences and commands: `password "abc" is wrong`, `Key (token)=(abc)`, `"abc" is not a valid token`, `--token abc`, `-p abc`.

What is quoted or stands alone beside the name of a secret is one if it is made of more than words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from .secret_names import Names, is_plain

_OPENING, _CLOSING = "\"'`\u201c\u201e\u2018\u00ab\u300c", "\"'`\u201d\u201c\u2019\u00bb\u300d"
_WORD = re.compile(r"[^\W\d_][\w-]{1,60}")
# With these after it, a word that is none by itself may name a secret: `verification code`, `api key`.
_SECOND = frozenset(("code", "key", "number", "phrase", "word", "hash"))
# A value that is no word: a letter and a digit in one piece. Dates and versions are none.
_BARE = (
    r"(?!base\d\d|utf|sha\d|oauth|md5|[hr]s\d{3}\b|http|\d{1,4}-?(?:char(?:acter)?|digit|letter|byte|bit|day|hour|min(?:ute)?|sec(?:ond)?|time)s?\b|\d{4}-\d\d|v?\d{1,3}\.\d|0x[0-9a-f]+\b)(?=[^\s\"'`<>()\[\]{},;]{0,80}[0-9])(?=[^\s\"'`<>()\[\]{},;]{0,80}[A-Za-z])"
    r"[^\s\"'`<>()\[\]{},;]{5,200}[^\s\"'`<>()\[\]{},;:.!?]"
)
_QUOTED = (
    rf"\\{{0,3}}[{_OPENING}](?P<quoted>(?=\S)(?!(?:GET|POST|PUT|PATCH|DELETE)\s)[^\r\n{_OPENING}{_CLOSING}\\]{{3,200}}(?<=\S))\\{{0,3}}[{_CLOSING}]"
)
# What may stand between the name and the value.
_RIGHT = re.compile(
    rf"""\\{{0,3}}[{_CLOSING})\]*]{{0,3}}+(?:</[A-Za-z]{{1,9}}>)?
    (?P<between>\s*(?:(?:is|was|eq|equals?|ne|ist|lautet|es|est|has|got|value|val|invalid|of|for|like|match|must|not|be|string|str|some|user\s\S{{1,40}})\b\s*
      |[\u2192\u2014\u2013:=\uff1a~|#-][=>]{{0,2}}\s*|!!str\s+){{0,5}})
    (?:[(\[<]?\s?{_QUOTED}|[(\[<]\s?(?P<inside>{_BARE})\s?[)\]>]|(?P<bare>(?<=\s){_BARE})|(?<=\s)(?P<digits>[0-9]{{3,10}})(?![\w.]))""",
    re.X | re.I,
)
# What may stand between the value and the name.
_BEFORE_NAMES = (
    "is", "was", "not", "a", "an", "the", "your", "valid", "known", "invalid", "correct", "wrong", "for", "at", "as", "in", "of", "field", "path",
    "key", "param", "parameter", "property", "variable", "argument",
)  # fmt: skip
_LEFT = re.compile(
    rf"""(?:{_QUOTED}|(?:(?<=\s)|\A)(?P<bare>{_BARE}))\s+
    (?:(?:{"|".join(_BEFORE_NAMES)})\s+){{1,6}}
    \\{{0,3}}[{_OPENING}($]{{0,2}}\Z""",
    re.X | re.I,
)
# Without one of these there is no value that is more than words.
_SIGNS = re.compile(rf"[0-9{_OPENING}]")
_NEAR, _MOST_NAMES = 160, 200
# What a field or a route is called.
_NAMES_ALONE = re.compile(r"[A-Za-z_$]+(?:[./:-]+[A-Za-z_$]+|\[[A-Za-z_]*\])*(?:\(\))?")
# The names of codes, which are digits alone.
_OF_DIGITS = re.compile("(?:code|otp|pin|tan|cvv|cvc|puk)[0-9]?s?$", re.I)
# `INSERT INTO users (name, password) VALUES ('bob', 'abc')`, `Key (email, token)=(x, abc) already exists.`
_LISTED = re.compile(r"\(([^()\r\n]{1,400})\)\s{0,3}(?:=|VALUES)\s{0,3}\(((?:[^()'\"\r\n]|'[^'\r\n]{0,400}'|\"[^\"\r\n]{0,400}\"){1,2000})\)", re.I)
_ITEM = re.compile(r"\s*(?:'([^']*)'|\"([^\"]*)\"|([^,]*))\s*(?:,|\Z)")
# In commands and statements, and before a host without a scheme.
_COMMANDS = re.compile(
    rf"""\bIDENTIFIED\s+(?:WITH\s+\w+\s+)?BY\s+(?:PASSWORD\s+)?['"](?P<a>[^'"]{{1,200}})['"]
      |\bPASSWORD\s+FOR\s+\S{{1,100}}\s*=\s*(?:PASSWORD\()?['"](?P<b>[^'"]{{1,200}})['"]
      |(?<!\S)-(?:p\s?|-?pw\s+|a\s+)(?P<c>{_BARE})
      |(?<!\S)/p(?:assword)?:(?P<d>[^\s"']{{3,200}})
      |(?<!\S)-u\s?['"]?[\w.@+-]{{1,80}}:(?P<e>[^\s"']{{3,200}})
      |(?<![\w/:.@-])[A-Za-z][\w.-]{{0,60}}:(?P<f>(?=[^\s:@/"'<>]{{0,80}}[0-9])(?=[^\s:@/"'<>]{{0,80}}[A-Za-z])[^\s:@/"'<>]{{5,200}})@(?=[\w\[(])""",
    re.X | re.I,
)
# One of these begins each of them, but for the host's.
_OF_COMMANDS = re.compile(r"(?:\A|\s)(?:--?[apu]|/p|by\s|for\s)", re.I)


def secrets_in(text: str, names: Names) -> Iterator[tuple[int, int]]:
    """Where secrets stand in the sentences of a text: beginning and end, in no order."""
    if _SIGNS.search(text) is None:
        return
    for match in _COMMANDS.finditer(text) if "@" in text or _OF_COMMANDS.search(text) is not None else ():
        yield next(match.span(group) for group in "abcdef" if match[group])
    for lists in _LISTED.finditer(text) if "(" in text else ():
        columns = [column.strip(" \"'`") for column in lists[1].split(",")]
        for column, item in zip(columns, _ITEM.finditer(lists[2]), strict=False):
            if names.text[column]:
                start, end = next((item.span(group) for group in (1, 2, 3) if item[group]), (0, 0))
                yield lists.start(2) + start, lists.start(2) + end
    before, left, is_name = "", _MOST_NAMES, names.sentence
    for word in _WORD.finditer(text):
        name = word[0]
        after, before = before, name
        if name in _SECOND or (name[0].isupper() and name.lower() in _SECOND):
            name = f"{after} {name}"
        if not is_name[name] or (left := left - 1) < 0:
            continue
        if (found := _RIGHT.match(text, word.end())) and (span := _value_of(found, name)):
            yield span
        if (
            after.lower() in _BEFORE_NAMES
            and (found := _LEFT.search(text, max(0, word.start() - _NEAR), word.start()))
            and (span := _value_of(found, name))
        ):
            yield span


def _value_of(match: re.Match[str], name: str) -> tuple[int, int] | None:
    group = match.lastgroup or ""
    if group == "quoted" and (is_plain(match["quoted"]) or _NAMES_ALONE.fullmatch(match["quoted"]) or not any(map(str.isalnum, match["quoted"]))):
        return None
    if group == "digits" and not _OF_DIGITS.search(name):
        return None
    return match.span(group)
