"""Marks, comments and tags flows. What the user wrote is never touched; what was written here goes with the answer that it was about."""

from __future__ import annotations

from collections.abc import Sequence

from mitmproxy import flow

from ..record import ErrorRecord
from ..render.record_text import comment

# By fault; all are among the markers that mitmproxy knows, see mitmproxy.utils.emoji.
MARKERS = {
    "request": ":memo:",
    "auth": ":key:",
    "permission": ":lock:",
    "quota": ":hourglass:",
    "config": ":wrench:",
    "server": ":boom:",
    "script": ":bug:",
    "client": ":iphone:",
}
UNKNOWN = ":question:"
TYPE = "baas.type"
TAGS = ("baas.backend", "baas.name", "baas.code", TYPE, "baas.request_id", "baas.known")


# What was written on the flow, to be known again when a replayed flow gets another answer.
COMMENT, MARKER = "baas.comment", "baas.marker"
# The kinds of warning that a flow deserves, told or not: `~meta baas.warning` finds them all.
WARNING = "baas.warning"


def is_annotated(item: flow.Flow) -> bool:
    """Whether a flow bears our tags already: it was read from a file that this addon has seen, or is replayed."""
    return TYPE in item.metadata


def annotate(item: flow.Flow, records: Sequence[ErrorRecord]) -> None:
    """Writes marker, comment and tags of the first of one or more records, unless they are there for the same error."""
    record = records[0]
    if is_annotated(item):
        if item.metadata[TYPE] == record.type and item.metadata.get("baas.request_id", "") == record.request_id:
            return
        clear(item)
    elif WARNING in item.metadata:
        # It worked once, and was warned of; what is said of a failure tells more.
        clear(item)
    # Flat plain values only: anything else makes mitmproxy drop the flow when it saves it, and cannot be filtered for.
    tags = item.metadata
    tags["baas.backend"], tags[TYPE], tags["baas.known"] = record.backend, record.type, record.known
    for key, value in (("baas.name", record.name), ("baas.code", record.code), ("baas.request_id", record.request_id)):
        if value not in ("", None):
            tags[key] = value
    if not item.marked:
        item.marked = item.metadata[MARKER] = MARKERS.get(record.fault, UNKNOWN)
    if not item.comment:
        item.comment = item.metadata[COMMENT] = comment(records)


def clear(item: flow.Flow) -> None:
    """Takes our tags away, and marker and comment where they are still ours."""
    if item.marked and item.marked == item.metadata.get(MARKER):
        item.marked = ""
    if item.comment and item.comment == item.metadata.get(COMMENT):
        item.comment = ""
    for key in (*TAGS, COMMENT, MARKER, WARNING):
        item.metadata.pop(key, None)
