"""URLs and query strings: what is secret in them by the names of parameters, however often it was encoded."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from .encodings import parameter_decoded
from .secret_names import Names
from .truncate import LONGEST_URL, beginning, shortened

if TYPE_CHECKING:
    from .session import Redaction

_KEPT = "<># /:,{}\"'[]$"


def url(url: str, redaction: Redaction) -> str:
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
    shown = redaction.redact_format(origin)
    shown += path if (clean := redaction.text(path)) == path else quote(clean, safe="%?=&+@;!*()~" + _KEPT, errors="replace")
    if question:
        shown += "?" + redaction.query(rest)
    if sharp:
        shown += "#" + redaction.query(fragment)
    return shortened(shown, LONGEST_URL, length)


def query(query: str, redaction: Redaction, names: Names) -> str:
    """A query string or form body without its secrets; JSON inside a parameter is searched too."""
    return "&".join([_part(part, redaction, names) for part in query.split("&")])


def _part(part: str, redaction: Redaction, names: Names) -> str:
    name, equals, value = part.partition("=")
    if not value:
        return redaction.key(part) if part else part
    plain = parameter_decoded(value)
    if names.parameter[parameter_decoded(name)]:
        shown = redaction.replace("secret", plain)
    else:
        shown = redaction.text(plain)
        shown = value if shown == plain else quote(shown, safe=_KEPT, errors="replace")
    return redaction.key(name) + equals + shown
