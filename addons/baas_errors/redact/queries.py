"""URLs and query strings: what is secret in them by the names of parameters, however often it was encoded."""

from __future__ import annotations

from typing import Protocol
from urllib.parse import quote

from .encodings import parameter_decoded
from .secret_names import Names
from .truncate import LONGEST_URL, beginning, shortened

_KEPT = "<># /:,{}\"'[]$"


class Cleaner(Protocol):
    """What takes secrets out of the parts."""

    def text(self, text: str) -> str: ...  # noqa: D102
    def redact_format(self, text: str) -> str: ...  # noqa: D102
    def key(self, name: str) -> str: ...  # noqa: D102
    def query(self, query: str) -> str: ...  # noqa: D102
    def replace(self, kind: str, value: str) -> str: ...  # noqa: D102


def url(url: str, cleaner: Cleaner) -> str:
    """A URL without its secrets, cut where it is longer than anybody reads."""
    length = len(url)
    url = beginning(url, LONGEST_URL)
    head, question, rest = url.partition("?")
    rest, sharp, fragment = rest.partition("#") if question else ("", "", "")
    if not question:
        head, sharp, fragment = head.partition("#")
    scheme = head.find("://")
    start = head.find("/", scheme + 3) if scheme >= 0 else 0
    # A host is everybody's to see, whatever a secret has in common with it.
    origin, path = (head[:start], head[start:]) if start >= 0 else (head, "")
    shown = cleaner.redact_format(origin) + _path(path, cleaner)
    if question:
        shown += "?" + cleaner.query(rest)
    if sharp:
        shown += "#" + cleaner.query(fragment)
    return shortened(shown, LONGEST_URL, length)


def _path(path: str, cleaner: Cleaner) -> str:
    shown = cleaner.text(path)
    return shown if shown == path else quote(shown, safe="%?=&+@;!*()~" + _KEPT, errors="replace")


def query(query: str, cleaner: Cleaner, names: Names) -> str:
    """A query string or form body without its secrets; JSON inside a parameter is searched too."""
    return "&".join([_part(part, cleaner, names) for part in query.split("&")])


def _part(part: str, cleaner: Cleaner, names: Names) -> str:
    name, equals, value = part.partition("=")
    if not value:
        return cleaner.key(part) if part else part
    plain = parameter_decoded(value)
    if names.parameter[parameter_decoded(name)]:
        shown = cleaner.replace("secret", plain)
    else:
        shown = cleaner.text(plain)
        shown = value if shown == plain else quote(shown, safe=_KEPT, errors="replace")
    return cleaner.key(name) + equals + shown
