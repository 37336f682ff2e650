"""Why functions, jobs, validators, webhooks and receipts are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..checks import near_name
from ..context import Case, Rule, Say
from .request import (
    is_write,
    keys_sent,
    master_key,
    payload,
    place,
    said,
    session,
)

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
    if place(case).route == "/jobs" and case.name == "InternalServerError" and not name:
        return Say("The job has no name: put it into the path, or into `jobName`.", keys_sent(sent), certain=True)
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


RULES: tuple[Rule, ...] = (
    Rule("function-unknown", function_unknown, entries=("FunctionNotFound",)),
    Rule("job-unknown", job_unknown, entries=("JobNotFound", "InternalServerError")),
    Rule("validator", validator, entries=("ValidationFailed",)),
    Rule("required-field", required_by_trigger, entries=("ValidationFailed",)),
    Rule("webhook", webhook, entries=("WebhookError",)),
    Rule("receipt", receipt, entries=("InvalidJSON", "ReceiptMissing")),
)
