"""Marks, comments and tags flows. What the user wrote is never touched."""

from __future__ import annotations

from collections.abc import Sequence

from mitmproxy import flow

from ..present import comment
from ..record import ErrorRecord

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


def is_annotated(item: flow.Flow) -> bool:
    """Whether a flow bears our tags already: it was read from a file that this addon has seen."""
    return TYPE in item.metadata


def annotate(item: flow.Flow, records: Sequence[ErrorRecord]) -> None:
    """Writes marker, comment and tags of the first of one or more records, unless they are there."""
    if is_annotated(item):
        return
    record = records[0]
    # Flat plain values only: anything else makes mitmproxy drop the flow when it saves it, and cannot be filtered for.
    tags = {
        "baas.backend": record.backend,
        "baas.name": record.name,
        "baas.code": record.code,
        TYPE: record.type,
        "baas.request_id": record.request_id,
    }
    item.metadata.update({key: value for key, value in tags.items() if value not in ("", None)})
    item.metadata["baas.known"] = record.known
    if not item.marked:
        item.marked = MARKERS.get(record.fault, UNKNOWN)
    if not item.comment:
        item.comment = comment(records)
