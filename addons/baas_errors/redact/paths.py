"""Secrets in the path of a URL: what follows on a part such as `reset` or `invite` is what was mailed to a person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .placeholders import spliced

# `token` and `invite` may name a kind of object as well, which is written with a capital then; the others are what is done.
_AFTER = re.compile(
    r"""(?<=/)(?P<segment>(?:(?i:[a-z]{1,20}[_-]?)??
        (?i:reset|forgot|passw(?:or)?d|passcode|access[_-]?code|secret|verify|verification|confirm|confirmation|activate|activation|recover|recovery|unsubscribe|unlock|magic|otp)
        |(?:[a-z]{1,20}[_-])?(?:token|invite|invitation))
      (?i:[_-]?(?:passw(?:or)?d|e-?mail|address|account|token|link|code|user|key|login)|/(?:passw(?:or)?d|e-?mail|token|link|code)(?=/)){0,3})
      (?:/|%2[Ff])(?P<value>[^/?#&\s"'`<>()\[\]{},;]{6,2000})""",
    re.X,
)
# What stands here is the name of a collection, and its objects follow.
_COLLECTION = re.compile(r"/(?:classes|aggregate|schemas|purge|data|tables?|collections?|appdata/[^/]{1,100}|Types)/\Z")
_PARTS = re.compile(r"[-._~:+=@!*]|%[0-9A-Fa-f]{2}")
_WORD = re.compile(r"[A-Z]?[a-z]{1,24}(?:[A-Z][a-z]{2,}){0,4}|[A-Z]{1,12}|[0-9]{1,5}|v[0-9]{1,3}")
_LONGEST_WORDS = 40
_FOLLOWED = (
    "reset", "verif", "confirm", "activ", "recover", "token", "invit", "otp", "magic", "subscribe", "unlock", "forgot", "passw", "code", "secret",
)  # fmt: skip
# A file of source, or a page, and the place in it, as traces of calls name them: `verifyToken2.js:88:13`, `main.8f3a9c21.chunk.js`.
_NAME = "[A-Za-z]?[a-z]{1,24}(?:[A-Z][a-z]{1,24}){0,4}[0-9]{0,4}"
_FILE = re.compile(
    rf"(?:{_NAME}[._-]){{0,4}}{_NAME}(?:[.-][0-9a-f]{{8,20}}(?:\.(?:chunk|min|bundle))?(?=\.(?:m?js|css)))?"
    r"\.(?:[cm]?js|jsx|tsx?|py|rb|go|java|kt|swift|dart|php|cs|rs|css|html?|vue|svelte)(?:\.map)?(?::[0-9]{1,6}){0,2}:?"
)
_LONGEST_FILE = 80


def may_hold_secrets(low: str) -> bool:
    """Whether one of the words is in a text, in small letters, that secrets follow on: said quickly."""
    # One look for each is faster than one pattern for all.
    for word in _FOLLOWED:  # noqa: SIM110
        if word in low:
            return True
    return False


def secrets(text: str) -> Iterator[tuple[int, int]]:
    """Where secrets stand in the paths of a text, in order: beginning and end."""
    if "/" not in text or not may_hold_secrets(text.lower()):
        return
    at = 0
    while match := _AFTER.search(text, at):
        # What is a word here may be what the next one follows on: `/reset/password/...`.
        at = match.end("segment")
        if not _is_plain(match["value"]) and not _COLLECTION.search(text, max(0, match.start() - 120), match.start()):
            at = match.end()
            yield match.span("value")


def without_secrets(text: str, replace: Callable[[str, str], str]) -> str:
    """A text with what `replace("secret", value)` gives for each secret in a path."""
    return spliced(text, ((start, end, replace("secret", text[start:end])) for start, end in secrets(text)))


def _is_plain(value: str) -> bool:
    """Whether the rest of a path is made of words, so that it says what is meant (a short number is an id), or is the name of a file of source."""
    if len(value) <= _LONGEST_WORDS and all(_WORD.fullmatch(part) for part in _PARTS.split(value) if part):
        return True
    return len(value) <= _LONGEST_FILE and _FILE.fullmatch(value) is not None
