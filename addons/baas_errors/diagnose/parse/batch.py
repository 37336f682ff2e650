"""Why a batch or a transaction is refused whole."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from ...detect.routes import match_route
from ..checks import type_name
from ..context import Message, Rule, RuleContext
from .request import message_matches, outer, place
from .route import METHODS

_WRONG_PATH = r"cannot route"


def batch_form(ctx: RuleContext) -> Iterator[Message]:
    """A batch whose parts cannot be carried out as they stand; one wrong path refuses them all."""
    if place(ctx).route != "/batch" or ctx.in_batch or ctx.name not in ("InvalidJSON", "InternalServerError"):
        return
    parts = outer(ctx).get("requests")
    if not isinstance(parts, list):
        yield Message(f"`requests` takes a list; it is {type_name(parts) if 'requests' in outer(ctx) else 'missing'}.", "requests", certain=True)
        return
    if found := re.match(r"Batch request contains (\d{1,9}) sub-requests, which exceeds the limit of (\d{1,9})", ctx.message):
        yield Message(f"The batch has {len(parts)} parts; this server takes {found[2]} at once.", f"{len(parts)} parts", certain=True)
        return
    mount = place(ctx).mount
    for number, part in enumerate(parts[:200]):
        path = part.get("path") if isinstance(part, dict) else None
        method = part.get("method") if isinstance(part, dict) else None
        if not isinstance(path, str):
            yield Message(f"Part {number} of the batch has no `path`.", f"part {number}", certain=True)
            return
        if says := _part_fault(ctx, mount, path, method):
            named = f"{method} {path}" if method else path
            yield Message(f"Part {number} of the batch, {ctx.quote(named)}, {says}", path, certain=True)
            return


def _part_fault(ctx: RuleContext, mount: str, path: str, method: Any) -> str:
    if not path.startswith(mount):
        match = match_route(ctx.backend, path)
        whole = ctx.quote(mount + (path[match.start() :] if match else f"/{path.lstrip('/')}"))
        return "takes a path, not a URL." if path.startswith("http") else f"must begin with the mount path: {whole}."
    rest = path[len(mount) :]
    if rest.rstrip("/") == "/batch":
        return "is a batch in a batch."
    if "?" in rest:
        return "has a query in its path; what GET asks for goes into `body`."
    if not isinstance(method, str) and (ctx.name == "InternalServerError" or message_matches(ctx, _WRONG_PATH)):
        return "has no `method`." if method is None else f"has a `method` that is {type_name(method)}."
    if isinstance(method, str) and method != method.upper() and message_matches(ctx, _WRONG_PATH):
        return f"has its method in small letters: write {ctx.quote(method.upper())}."
    route = ctx.backend.template_of(rest, whole=True)
    takes = METHODS.get(route, "").split()
    if not route and message_matches(ctx, _WRONG_PATH):
        near = difflib.get_close_matches("/" + rest.split("/")[1], {"/" + known.split("/")[1] for known in METHODS}, 1, 0.7) if "/" in rest else []
        hint = f"; did you mean {ctx.quote(near[0])}?" if near else "."
        return f"is no path of Parse Server{hint}"
    if takes and isinstance(method, str) and method.upper() not in takes and message_matches(ctx, _WRONG_PATH):
        return f"has a method that its path does not take; it takes {' or '.join(takes)}."
    return ""


def batch_in_batch(ctx: RuleContext) -> Message | None:
    """A batch as a part of a batch; older servers stumble over it."""
    if not ctx.in_batch or place(ctx).route != "/batch" or ctx.error.code is not None:
        return None
    return Message("This part is a batch in a batch, which is not carried out: put its parts into the outer one.", ctx.raw_path, certain=True)


def transaction(ctx: RuleContext) -> Message | None:
    """One part of a transaction that failed, which is not said."""
    sent = outer(ctx)
    if place(ctx).route != "/batch" or sent.get("transaction") is not True or ctx.status != 500 or not isinstance(sent.get("requests"), list):
        return None
    count = len(sent["requests"])
    return Message(
        f"one of the {count} parts failed, and with `transaction` the server undoes all and does not say which: send them without it to see.",
        "transaction: true",
    )


RULES: tuple[Rule, ...] = (
    Rule("batch", batch_form, entries=("InvalidJSON", "InternalServerError")),
    Rule("batch-in-batch", batch_in_batch, statuses=(200,)),
    Rule("transaction", transaction, entries=("InternalServerError",)),
)
