"""Why a batch or a transaction is refused whole."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from ...detect.routes import match_route
from ..checks import type_name
from ..context import Case, Rule, Say
from .request import outer, place, said
from .route import METHODS

_WRONG_PATH = r"cannot route"


def batch_form(case: Case) -> Iterator[Say]:
    """A batch whose parts cannot be carried out as they stand; one wrong path refuses them all."""
    if place(case).route != "/batch" or case.in_batch or case.name not in ("InvalidJSON", "InternalServerError"):
        return
    parts = outer(case).get("requests")
    if not isinstance(parts, list):
        yield Say(f"`requests` takes a list; it is {type_name(parts) if 'requests' in outer(case) else 'missing'}.", "requests", certain=True)
        return
    if found := re.match(r"Batch request contains (\d{1,9}) sub-requests, which exceeds the limit of (\d{1,9})", case.message):
        yield Say(f"The batch has {len(parts)} parts; this server takes {found[2]} at once.", f"{len(parts)} parts", certain=True)
        return
    mount = place(case).mount
    for number, part in enumerate(parts[:200]):
        path = part.get("path") if isinstance(part, dict) else None
        method = part.get("method") if isinstance(part, dict) else None
        if not isinstance(path, str):
            yield Say(f"Part {number} of the batch has no `path`.", f"part {number}", certain=True)
            return
        if says := _part_fault(case, mount, path, method):
            named = f"{method} {path}" if method else path
            yield Say(f"Part {number} of the batch, {case.quote(named)}, {says}", path, certain=True)
            return


def _part_fault(case: Case, mount: str, path: str, method: Any) -> str:
    if not path.startswith(mount):
        match = match_route(case.backend, path)
        whole = case.quote(mount + (path[match.start() :] if match else f"/{path.lstrip('/')}"))
        return "takes a path, not a URL." if path.startswith("http") else f"must begin with the mount path: {whole}."
    rest = path[len(mount) :]
    if rest.rstrip("/") == "/batch":
        return "is a batch in a batch."
    if "?" in rest:
        return "has a query in its path; what GET asks for goes into `body`."
    if not isinstance(method, str) and (case.name == "InternalServerError" or said(case, _WRONG_PATH)):
        return "has no `method`." if method is None else f"has a `method` that is {type_name(method)}."
    if isinstance(method, str) and method != method.upper() and said(case, _WRONG_PATH):
        return f"has its method in small letters: write {case.quote(method.upper())}."
    route = case.backend.template_of(rest, whole=True)
    takes = METHODS.get(route, "").split()
    if not route and said(case, _WRONG_PATH):
        near = difflib.get_close_matches("/" + rest.split("/")[1], {"/" + known.split("/")[1] for known in METHODS}, 1, 0.7) if "/" in rest else []
        hint = f"; did you mean {case.quote(near[0])}?" if near else "."
        return f"is no path of Parse Server{hint}"
    if takes and isinstance(method, str) and method.upper() not in takes and said(case, _WRONG_PATH):
        return f"has a method that its path does not take; it takes {' or '.join(takes)}."
    return ""


def batch_in_batch(case: Case) -> Say | None:
    """A batch as a part of a batch; older servers stumble over it."""
    if not case.in_batch or place(case).route != "/batch" or case.error.code is not None:
        return None
    return Say("This part is a batch in a batch, which is not carried out: put its parts into the outer one.", case.raw_path, certain=True)


def transaction(case: Case) -> Say | None:
    """One part of a transaction that failed, which is not said."""
    sent = outer(case)
    if place(case).route != "/batch" or sent.get("transaction") is not True or case.status != 500 or not isinstance(sent.get("requests"), list):
        return None
    count = len(sent["requests"])
    return Say(
        f"one of the {count} parts failed, and with `transaction` the server undoes all and does not say which: send them without it to see.",
        "transaction: true",
    )


RULES: tuple[Rule, ...] = (
    Rule("batch", batch_form, entries=("InvalidJSON", "InternalServerError")),
    Rule("batch-in-batch", batch_in_batch, statuses=(200,)),
    Rule("transaction", transaction, entries=("InternalServerError",)),
)
