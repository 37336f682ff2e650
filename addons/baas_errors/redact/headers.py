"""Headers whose values have parts: credentials after a scheme, cookies by their names, and credentials among the protocols of a WebSocket."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..exchange.auth_header import basic
from .placeholders import MARK, Replace, spliced
from .secret_names import Names

_CREDENTIALS = re.compile(r"\s*(?P<scheme>[A-Za-z][A-Za-z0-9-]{0,30})\s+(?P<rest>\S.*)", re.S)
# Headers, as names are compared, of whose values a part may be shown.
COOKIES = frozenset(("cookie", "cookie2", "setcookie", "setcookie2"))
PARTED = COOKIES | {"authorization", "proxyauthorization"}
PROTOCOL = "secwebsocketprotocol"
# Between two cookies. A comma joins those of several headers, and stands in a date as well.
_BETWEEN = re.compile(r"([;\n]\s*|,\s*(?=[^\s;,=\"]+=))")
_ATTRIBUTES = frozenset(("path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "priority", "partitioned", "version", "comment"))
# No client offers so many protocols.
_LONGEST_PROTOCOLS = 20_000
_PROTOCOL = re.compile(rf"(?:{MARK.pattern}|[^\s,])+")
_SAYS_SO = r"(?:access[_-]?token|auth[_-]?token|token|bearer|authorization|auth|jwt|api[_-]?key|secret|password|session|ticket)"
_NAMES_NEXT = re.compile(rf"(?:[a-z0-9]{{1,30}}[._-]){{0,5}}{_SAYS_SO}", re.I)
_BEFORE = re.compile(rf"(?:[a-z0-9]{{1,30}}[._-]){{0,5}}{_SAYS_SO}(?:\.k8s\.io)?[._:|=-]", re.I)
_PART_OF_NAME = re.compile(r"[a-z]{1,20}|[vV]?[0-9]{1,4}|[a-zA-Z][a-z]{1,20}[0-9]{0,3}|k8s")


def credentials(value: str, replace: Replace, named: Callable[[str], str], names: Names) -> str:
    """The value of an Authorization header: the scheme stays where it is known to be one, and an app's id as the user of Basic (`named`)."""
    match = _CREDENTIALS.fullmatch(value)
    if match is None or match["scheme"].lower() not in names.schemes:
        return replace("secret", value)
    scheme, rest = match["scheme"], match["rest"]
    if scheme.lower() == "basic" and (user := basic(rest).user):
        shown = named(user) if names.is_app(user) else replace("user", user)
        return f"{scheme} {shown}:{replace('credentials', rest)}"
    return f"{scheme} {replace('jwt' if rest.startswith('eyJ') else 'credentials', rest)}"


def cookies(value: str, replace: Callable[[str, str], str], *, given: bool = False) -> str:
    """The value of a Cookie header, or of Set-Cookie where they are `given` by the server: names stay, and what is said about a cookie.

    `replace` gives what stands in the place of the value of a name.
    """
    pieces = _BETWEEN.split(value)
    for at in range(0, len(pieces), 2):
        name, equals, held = pieces[at].partition("=")
        if given and name.strip().lower() in _ATTRIBUTES:
            continue
        if equals and held.strip():
            pieces[at] = f"{name}={replace(name.strip(), held)}"
        elif not equals and name.strip():
            # A cookie without a name is all value.
            pieces[at] = replace("", name)
    return "".join(pieces)


def in_protocols(value: str) -> Iterator[tuple[int, int]]:
    """Where credentials stand in a `Sec-WebSocket-Protocol` header, which browsers send for want of another: beginning and end of each."""
    named = False
    for item in _PROTOCOL.finditer(value):
        start, end = item.span()
        if head := _BEFORE.match(value, start, end):
            start = head.end()
        if start < end and (named or not _is_protocol(value[start:end])):
            yield start, end
            named = False
        else:
            named = _NAMES_NEXT.fullmatch(item[0]) is not None


def protocols(value: str, replace: Replace) -> str:
    """The value of a `Sec-WebSocket-Protocol` header: the names of protocols stay."""
    if len(value) > _LONGEST_PROTOCOLS:
        return replace("credentials", value)
    found = ((start, end, "jwt" if value.startswith("eyJ", start) else "credentials") for start, end in in_protocols(value))
    return spliced(value, ((start, end, replace(kind, value[start:end])) for start, end, kind in found))


def _is_protocol(text: str) -> bool:
    """Whether a text is the name of a protocol, made of words and versions: `graphql-transport-ws`, `v10.stomp`."""
    return all(_PART_OF_NAME.fullmatch(part) for part in re.split(r"[._+/:-]", text) if part)
