"""Credentials among the protocols of a WebSocket. A browser can send nothing else with one, so that they are sent as a protocol's name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from .placeholders import MARK, spliced

Replace = Callable[[str, str], str]

# As names of headers are compared.
HEADER = "secwebsocketprotocol"
# No client offers so many protocols.
_LONGEST = 20_000
_PROTOCOL = re.compile(rf"(?:{MARK.pattern}|[^\s,])+")
_SAYS_SO = r"(?:access[_-]?token|auth[_-]?token|token|bearer|authorization|auth|jwt|api[_-]?key|secret|password|session|ticket)"
_NAMES_NEXT = re.compile(rf"(?:[a-z0-9]{{1,30}}[._-]){{0,5}}{_SAYS_SO}", re.I)
_BEFORE = re.compile(rf"(?:[a-z0-9]{{1,30}}[._-]){{0,5}}{_SAYS_SO}(?:\.k8s\.io)?[._:|=-]", re.I)
_PART_OF_NAME = re.compile(r"[a-z]{1,20}|[vV]?[0-9]{1,4}|[a-zA-Z][a-z]{1,20}[0-9]{0,3}|k8s")


def in_protocols(value: str) -> Iterator[tuple[int, int]]:
    """Where the credentials stand in a `Sec-WebSocket-Protocol` header: beginning and end of each."""
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


def without_credentials(value: str, replace: Replace) -> str:
    """The value of a `Sec-WebSocket-Protocol` header: the names of protocols stay."""
    if len(value) > _LONGEST:
        return replace("credentials", value)
    kinds = {True: "jwt", False: "credentials"}
    return spliced(value, ((start, end, replace(kinds[value.startswith("eyJ", start)], value[start:end])) for start, end in in_protocols(value)))


def _is_protocol(text: str) -> bool:
    """Whether a text is the name of a protocol, made of words and versions: `graphql-transport-ws`, `v10.stomp`."""
    return all(_PART_OF_NAME.fullmatch(part) for part in re.split(r"[._+/:-]", text) if part)
