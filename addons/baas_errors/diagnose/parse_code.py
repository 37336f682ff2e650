"""Why cloud code, jobs, webhooks, batches and transactions are refused before or while they run."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from ..urls import match_route
from .case import Case, Rule, Say
from .parse_request import is_write, keys_sent, master_key, outer, payload, place, said, session
from .parse_route import METHODS
from .shared import near_name, type_name

_WRONG_PATH = r"cannot route"
_TRIGGERS = ("beforeSave", "afterSave", "beforeDelete", "afterDelete", "beforeFind", "afterFind", "beforeLogin", "afterLogin", "afterLogout")


def _not_deployed(case: Case, kind: str, name: str, what: str) -> Say:
    # A path with the name of a hook proves no function.
    known = [(other, seen) for other, seen in case.memory.names_of(kind) if seen.how == "POST"]
    near = near_name(case, name, known, what)
    if near:
        other = case.quote(near.evidence.rpartition(" / ")[2])
        return Say(f"This server has no {what} {case.quote(name)}; did you mean {other}, which was seen to work? Case counts.", near.evidence, True)
    seen = f" Seen to work: {', '.join(case.quote(other) for other, _ in known[:4])}." if known else ""
    return Say(f"This server has no {what} {case.quote(name)}: it is not deployed, or is called otherwise; case counts.{seen}", name, certain=True)


def function_unknown(case: Case) -> Say | None:
    """A cloud function that is not deployed."""
    name = place(case).values.get("function", "")
    return _not_deployed(case, "function", name, "cloud function") if name and said(case, r"Invalid function") else None


def job_unknown(case: Case) -> Say | None:
    """A background job that is not deployed."""
    sent = payload(case)
    scheduled = sent.get("job_schedule")
    name = place(case).values.get("job") or sent.get("jobName") or (scheduled.get("jobName") if isinstance(scheduled, dict) else "")
    if not isinstance(name, str) or not name or not said(case, r"Invalid job", r"Cannot Schedule a job"):
        return None
    return _not_deployed(case, "job", name, "job")


def validator(case: Case) -> Iterator[Say]:
    """What a validator in cloud code asks for, against what was sent."""
    if said(case, r"(Validation failed\. )?Please login") and not session(case):
        yield Say("It is for signed-in users only (`requireUser`), and the request carries no session token.", "no session token", certain=True)
    elif said(case, r"Validation failed\. Master key is required") and not master_key(case):
        yield Say("It is for the master key only (`requireMaster`), and the request carries none.", "no master key", certain=True)
    found = re.match(
        r"Validation failed\. (?:Please specify data for|Invalid (?:type|value|option) for) ([\w.-]{1,80}?)\.?(?: Expected: (.{1,80}))?$",
        case.message,
    )
    if found is None:
        return
    name, expected = found[1], found[2]
    sent = payload(case)
    if sent.get(name) is None:
        state = "is null" if name in sent else "is missing"
        yield Say(f"`{name}` {state} in the body.", keys_sent(sent), certain=True)
    else:
        wanted = f"; it takes {'one of ' if 'option' in case.message else 'a '}{expected}" if expected else ""
        yield Say(f"`{name}` was sent as {case.quote(sent[name], name)}{wanted}.", name, certain=True)


def required_by_trigger(case: Case) -> Iterator[Say]:
    """A field that a class's own schema or validator demands."""
    found = re.match(r"(\w{1,80}) is required$", case.message)
    if found and is_write(case) and payload(case).get(found[1]) in (None, "", [], {}):
        yield Say(f"`{found[1]}` is missing in the body, and the class demands it.", keys_sent(payload(case)), certain=True)


def webhook(case: Case) -> Iterator[Say]:
    """A hook that lacks a part, is there already, or is not."""
    found, sent = place(case), payload(case)
    if not found.route.startswith("/hooks"):
        return
    name = found.values.get("function") or sent.get("functionName")
    trigger, class_name = found.values.get("trigger") or sent.get("triggerName"), found.values.get("class") or sent.get("className")
    what = f"{trigger} of {class_name}" if trigger or class_name else str(name or "")
    if said(case, r"invalid hook declaration"):
        needs = ["url", *(["functionName"] if "/functions" in found.route else ["className", "triggerName"])]
        given = {**sent, **({"functionName": name} if name else {}), **({"className": class_name, "triggerName": trigger} if trigger else {})}
        if lacks := [key for key in needs if not isinstance(given.get(key), str) or not given[key]]:
            yield Say(f"The hook lacks {' and '.join(f'`{key}`' for key in lacks)}.", keys_sent(sent), certain=True)
        elif trigger not in _TRIGGERS and trigger:
            yield Say(f"{case.quote(trigger)} is no trigger.", str(trigger), certain=True)
    elif said(case, r"function name: .* already exists", r"class .* already has trigger"):
        yield Say(f"There is a hook for {case.quote(what)} already: send PUT to change it.", what, certain=True)
    elif said(case, r"no function named", r"class .* does not exist"):
        yield Say(f"There is no hook for {case.quote(what)}.", what, certain=True)


def receipt(case: Case) -> Say | None:
    """A purchase without what proves it."""
    if place(case).route != "/validate_purchase":
        return None
    lacks = [key for key in ("receipt", "productIdentifier") if not payload(case).get(key)]
    if not lacks:
        return None
    return Say(f"{' and '.join(f'`{key}`' for key in lacks)} is missing in the body.", keys_sent(payload(case)), certain=True)


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
        method = part.get("method", "GET") if isinstance(part, dict) else "GET"
        if not isinstance(path, str):
            yield Say(f"Part {number} of the batch has no `path`.", f"part {number}", certain=True)
            return
        if says := _part_fault(case, mount, path, method):
            yield Say(f"Part {number} of the batch, {case.quote(f'{method} {path}')}, {says}", path, certain=True)
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
    route = next((route.template for route in case.backend.routes if route.regex.fullmatch(rest)), "")
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
    Rule("function-unknown", function_unknown, entries=("FunctionNotFound",)),
    Rule("job-unknown", job_unknown, entries=("JobNotFound", "InternalServerError")),
    Rule("validator", validator, entries=("ValidationFailed",)),
    Rule("required-field", required_by_trigger, entries=("ValidationFailed",)),
    Rule("webhook", webhook, entries=("WebhookError",)),
    Rule("receipt", receipt, entries=("InvalidJSON", "ReceiptMissing")),
    Rule("batch", batch_form, entries=("InvalidJSON", "InternalServerError")),
    Rule("batch-in-batch", batch_in_batch, statuses=(200,)),
    Rule("transaction", transaction, entries=("InternalServerError",)),
)
