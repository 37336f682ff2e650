"""Headers whose values have parts: credentials after a scheme, cookies by their names."""

from __future__ import annotations

import re
from collections.abc import Callable

from ..exchange.auth_header import basic
from .secret_names import Names

Replace = Callable[[str, str], str]

_CREDENTIALS = re.compile(r"\s*(?P<scheme>[A-Za-z][A-Za-z0-9-]{0,30})\s+(?P<rest>\S.*)", re.S)
# Headers, as names are compared, of whose values a part may be shown.
COOKIES = frozenset(("cookie", "cookie2", "setcookie", "setcookie2"))
PARTED = COOKIES | {"authorization", "proxyauthorization"}
# Between two cookies. A comma joins those of several headers, and stands in a date as well.
_BETWEEN = re.compile(r"([;\n]\s*|,\s*(?=[^\s;,=\"]+=))")
_ATTRIBUTES = frozenset(("path", "domain", "expires", "max-age", "samesite", "secure", "httponly", "priority", "partitioned", "version", "comment"))


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


def cookies(value: str, replace: Replace, *, given: bool = False) -> str:
    """The value of a Cookie header, or of Set-Cookie where they are `given` by the server: names stay, and what is said about a cookie."""

    pieces = _BETWEEN.split(value)
    for at in range(0, len(pieces), 2):
        name, equals, held = pieces[at].partition("=")
        if given and name.strip().lower() in _ATTRIBUTES:
            continue
        if equals and held.strip():
            pieces[at] = f"{name}={replace('cookie', held)}"
        elif not equals and name.strip():
            # A cookie without a name is all value.
            pieces[at] = replace("cookie", name)
    return "".join(pieces)
