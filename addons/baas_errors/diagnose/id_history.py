"""What earlier flows showed of the very things that a request names: an object that was deleted, a request that was made before."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .context import Case, Say

# What programs write into a path for a value that they do not have.
NO_VALUE = re.compile(r"(?i)undefined|null|none|nil|nan|true|false|\[object object\]|%5bobject%20object%5d|\{[\w ]*\}|:\w+|<[\w ]*>|\s*")
_DONE = {"POST": "created", "DELETE": "deleted", "PUT": "written", "PATCH": "changed", "GET": "read"}


def id_history(case: Case) -> Iterable[Say]:
    """The id in the path: no id at all, deleted earlier, or seen to work elsewhere."""
    ident = case.route.get("id", "")
    if not ident:
        return
    if NO_VALUE.fullmatch(ident):
        yield Say(f"The path has {case.quote(ident)} where an id belongs: the app had none when it built the URL.", case.raw_path, certain=True)
        return
    prefix = case.raw_path[: case.raw_path.rfind(f"/{_last(case.raw_path, ident)}") + 1]
    seen = case.memory.ids.get((prefix[:120], ident[:120]))
    if seen is not None:
        if seen.how == "DELETE":
            yield Say(
                f"{case.quote(ident)} was deleted in {case.flow_name(seen.flow)}, {case.ago(seen.when)}.",
                f"DELETE in {case.flow_name(seen.flow)}",
                certain=True,
            )
        else:
            yield Say(
                f"{case.quote(ident)} was {_DONE.get(seen.how, 'seen')} in {case.flow_name(seen.flow)}, {case.ago(seen.when)}: it was deleted since, "
                "or this caller may not see it.",
                f"{seen.status} in {case.flow_name(seen.flow)}",
                certain=False,
            )
        return
    for (elsewhere, other), there in case.memory.ids.newest():
        if other == ident and there.how != "DELETE":
            yield Say(
                f"{case.quote(ident)} belongs to {case.quote(elsewhere)}, where {case.flow_name(there.flow)} had it.",
                f"{elsewhere}{ident}",
                certain=False,
            )
            return


def _last(path: str, ident: str) -> str:
    """The id as it stands in a path on the wire."""
    return ident if f"/{ident}" in path else path.rstrip("/").rpartition("/")[2]


def made_before(case: Case) -> Say | None:
    """The very request, body included, was carried out before: a double click, or a repetition after an answer that was lost."""
    if case.method != "POST" or case.in_batch:
        return None
    seen = case.memory.done.get(case.footprint.request)
    if seen is None:
        return None
    return Say(
        f"This very request, body included, succeeded {case.ago(seen.when)} in {case.flow_name(seen.flow)}: it was sent twice (a double click, or a "
        "repetition). Take the object that the first one made.",
        f"{seen.status} in {case.flow_name(seen.flow)}",
        certain=True,
    )
