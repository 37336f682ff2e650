"""What earlier flows showed of the very things that a request names: an object that was deleted, a request that was made before."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .context import Message, RuleContext

# What programs write into a path for a value that they do not have.
NO_VALUE = re.compile(r"(?i)undefined|null|none|nil|nan|true|false|\[object object\]|%5bobject%20object%5d|\{[\w ]*\}|:\w+|<[\w ]*>|\s*")
_DONE = {"POST": "created", "DELETE": "deleted", "PUT": "written", "PATCH": "changed", "GET": "read"}


def id_history(ctx: RuleContext) -> Iterable[Message]:
    """The id in the path: no id at all, deleted earlier, or seen to work elsewhere."""
    ident = ctx.route.get("id", "")
    if not ident:
        return
    if NO_VALUE.fullmatch(ident):
        yield Message(f"The path has {ctx.quote(ident)} where an id belongs: the app had none when it built the URL.", ctx.raw_path, certain=True)
        return
    prefix = ctx.raw_path[: ctx.raw_path.rfind(f"/{_last(ctx.raw_path, ident)}") + 1]
    seen = ctx.app_memory.ids.get((prefix[:120], ident[:120]))
    if seen is not None:
        if seen.how == "DELETE":
            yield Message(
                f"{ctx.quote(ident)} was deleted in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}.",
                f"DELETE in {ctx.flow_name(seen.flow)}",
                certain=True,
            )
        else:
            yield Message(
                f"{ctx.quote(ident)} was {_DONE.get(seen.how, 'seen')} in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}: it was deleted since, "
                "or this caller may not see it.",
                f"{seen.status} in {ctx.flow_name(seen.flow)}",
                certain=False,
            )
        return
    for (elsewhere, other), there in ctx.app_memory.ids.newest():
        if other == ident and there.how != "DELETE":
            yield Message(
                f"{ctx.quote(ident)} belongs to {ctx.quote(elsewhere)}, where {ctx.flow_name(there.flow)} had it.",
                f"{elsewhere}{ident}",
                certain=False,
            )
            return


def _last(path: str, ident: str) -> str:
    """The id as it stands in a path on the wire."""
    return ident if f"/{ident}" in path else path.rstrip("/").rpartition("/")[2]


def made_before(ctx: RuleContext) -> Message | None:
    """The very request, body included, was carried out before: a double click, or a repetition after an answer that was lost."""
    if ctx.method != "POST" or ctx.in_batch:
        return None
    seen = ctx.app_memory.done.get(ctx.facts.request)
    if seen is None:
        return None
    return Message(
        f"This very request, body included, succeeded {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}: it was sent twice (a double click, or a "
        "repetition). Take the object that the first one made.",
        f"{seen.status} in {ctx.flow_name(seen.flow)}",
        certain=True,
    )
