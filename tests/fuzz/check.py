"""What must be true of every answer, whatever is in it: no fault, no lost flow, no wrong record."""

from __future__ import annotations

import json
import re
from typing import Any

from baas_errors.catalog import load_catalogs
from baas_errors.record import KEYS, ErrorRecord
from baas_errors.record.parse import record_of
from baas_errors.text import safe
from mitmproxy import http
from mitmproxy.io import tnetstring

ORDER = {key: number for number, (_, key) in enumerate(KEYS)}
# A record is for people and for logs: no answer makes it longer than this, in characters of its line.
LONGEST_LINE = 64 * 1024
LONGEST_COMMENT = 1_000
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Wrong(AssertionError):  # noqa: N818 - it is no error, it is what was looked for
    """Something is not as it must be."""


def must(holds: object, says: str, *shown: object) -> None:
    """Raises Wrong unless it holds."""
    if not holds:
        raise Wrong(f"{says}: {', '.join(ascii(one)[:600] for one in shown)}")


def traffic(item: http.HTTPFlow) -> tuple[Any, ...]:
    """What passes between client and server: nothing in it may be changed by looking at it."""
    parts: list[Any] = []
    for message in (item.request, item.response):
        if message is not None:
            data = message.data
            parts += [data.headers.fields, data.content, data.trailers and data.trailers.fields, data.http_version]
    request = item.request.data
    parts += [request.host, request.port, request.method, request.scheme, request.authority, request.path]
    parts += [
        item.response and item.response.status_code,
        item.websocket and [m.content for m in item.websocket.messages],
        item.error and item.error.msg,
    ]
    return tuple(parts)


def check_flow(item: http.HTTPFlow, before: tuple[Any, ...]) -> None:
    """The traffic is as it was, and what was written on the flow can be saved and shown."""
    must(traffic(item) == before, "the traffic was changed")
    must(item.comment == safe(item.comment) and "\n" not in item.comment, "the comment acts on a terminal", item.comment)
    must(len(item.comment) <= LONGEST_COMMENT, "the comment is long", item.comment)
    # As mitmproxy saves it: anything but plain values, or text that cannot be encoded, would lose the flow.
    saved = tnetstring.dumps({"comment": item.comment, "marked": item.marked, "metadata": item.metadata})
    must(tnetstring.loads(saved)["metadata"] == item.metadata, "the tags are not saved as they are", item.metadata)


def check_line(line: str) -> dict[str, Any]:
    """A line of the log is one JSON object with known keys in their order, none of them empty, and reads back as it was."""
    must(len(line) <= LONGEST_LINE, "the record is long", len(line), {key: len(str(value)) for key, value in json.loads(line).items()})
    must(line == safe(line) and "\n" not in line and "\t" not in line, "the line acts on a terminal", line)
    line.encode("utf-8", "strict")
    values: dict[str, Any] = json.loads(line, parse_constant=_refused)
    places = [ORDER.get(key, -1) for key in values]
    must(-1 not in places and places == sorted(places), "unknown keys, or not in their order", list(values))
    for key, value in values.items():
        must(value is not None and value not in ("", [], {}), "a key without a value", key)
    must(_TIME.fullmatch(values["@timestamp"]), "no time", values["@timestamp"])
    return values


def _refused(text: str) -> None:
    raise Wrong(f"{text} is no JSON")


def check_record(record: ErrorRecord, values: dict[str, Any]) -> None:
    """What was written is what was found, and is read back as it was written."""
    again = record_of(values)
    must(again.as_dict() == record.as_dict() == values, "not read back as it was written", again.as_dict(), record.as_dict())
    known = record.known
    must(
        known == bool(record.name) and record.type.startswith(f"{record.backend}/"), "type, name and known disagree", record.type, record.name, known
    )
    must(not known or record.type == f"{record.backend}/{record.name}", "the type is not the name's", record.type, record.name)
    must(record.type == " ".join(record.type.split()) and len(record.type) <= 160, "a type that comes apart", record.type)
    must(record.duration_ms is None or record.duration_ms >= 0, "a negative duration", record.duration_ms)
    must(len(record.findings) <= 24, "many findings", len(record.findings))


_MEANT = frozenset(shape.means for backend in load_catalogs().values() for shape in backend.shapes if shape.means)


def check_code(record: ErrorRecord, body: bytes | None) -> None:
    """A code stands in the answer as it is written in the record: asked only of bodies that are JSON beyond doubt, and not of codes that a catalog
    gives to answers without one (`means`), nor where the request could not be searched for secrets."""
    if any(finding.rule == "request-not-searched" for finding in record.findings):
        return
    if record.code is None or not body or record.redactions or len(body) > 5_000 or record.code in _MEANT:
        return
    try:
        value = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return
    must(_holds(value, record.code), "a code that the answer does not hold", record.code, body[:500])


def _holds(value: Any, code: str) -> bool:
    level, depth = [value], 0
    while level and depth < 70:
        following = []
        for item in level:
            if isinstance(item, (dict, list)):
                following.extend(item.values() if isinstance(item, dict) else item)
            elif (isinstance(item, str) and _scrubbed(item) == code) or (isinstance(item, (int, float)) and str(item) == code):
                return True
        level, depth = following, depth + 1
    return False


def _scrubbed(text: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", text)
