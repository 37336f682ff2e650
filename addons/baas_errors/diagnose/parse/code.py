"""Why functions, jobs, validators, webhooks and receipts are refused."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..checks import near_name
from ..context import Message, Rule, RuleContext
from .request import keys_sent, master_key, message_matches, payload, place, session

_TRIGGERS = ("beforeSave", "afterSave", "beforeDelete", "afterDelete", "beforeFind", "afterFind", "beforeLogin", "afterLogin", "afterLogout")


def _not_deployed(ctx: RuleContext, kind: str, name: str, what: str) -> Message:
    # A path with the name of a hook proves no function.
    known = [(other, seen) for other, seen in ctx.app_memory.names_of(kind) if seen.how == "POST"]
    near = near_name(ctx, name, known, what)
    if near:
        other = ctx.quote(near.evidence.rpartition(" / ")[2])
        return Message(
            f"This server has no {what} {ctx.quote(name)}; did you mean {other}, which was seen to work? Case counts.", near.evidence, True
        )
    seen = f" Seen to work: {', '.join(ctx.quote(other) for other, _ in known[:4])}." if known else ""
    return Message(f"This server has no {what} {ctx.quote(name)}: it is not deployed, or is called otherwise; case counts.{seen}", name, certain=True)


def function_unknown(ctx: RuleContext) -> Message | None:
    """A cloud function that is not deployed."""
    name = place(ctx).values.get("function", "")
    return _not_deployed(ctx, "function", name, "cloud function") if name and message_matches(ctx, r"Invalid function") else None


def job_unknown(ctx: RuleContext) -> Message | None:
    """A background job that is not deployed."""
    sent = payload(ctx)
    scheduled = sent.get("job_schedule")
    name = place(ctx).values.get("job") or sent.get("jobName") or (scheduled.get("jobName") if isinstance(scheduled, dict) else "")
    if place(ctx).route == "/jobs" and ctx.name == "InternalServerError" and not name:
        return Message("The job has no name: put it into the path, or into `jobName`.", keys_sent(sent), certain=True)
    if not isinstance(name, str) or not name or not message_matches(ctx, r"Invalid job", r"Cannot Schedule a job"):
        return None
    return _not_deployed(ctx, "job", name, "job")


def validator(ctx: RuleContext) -> Iterator[Message]:
    """What a validator in cloud code asks for, against what was sent."""
    if message_matches(ctx, r"(Validation failed\. )?Please login") and not session(ctx):
        yield Message("It is for signed-in users only (`requireUser`), and the request carries no session token.", "no session token", certain=True)
    elif message_matches(ctx, r"Validation failed\. Master key is required") and not master_key(ctx):
        yield Message("It is for the master key only (`requireMaster`), and the request carries none.", "no master key", certain=True)
    found = re.match(
        r"Validation failed\. (?:Please specify data for|Invalid (?:type|value|option) for) ([\w.-]{1,80}?)\.?(?: Expected: (.{1,80}))?$",
        ctx.message,
    )
    if found is None:
        return
    name, expected = found[1], found[2]
    sent = payload(ctx)
    if sent.get(name) is None:
        state = "is null" if name in sent else "is missing"
        yield Message(f"`{name}` {state} in the body.", keys_sent(sent), certain=True)
    else:
        wanted = f"; it takes {'one of ' if 'option' in ctx.message else 'a '}{expected}" if expected else ""
        yield Message(f"`{name}` was sent as {ctx.quote(sent[name], name)}{wanted}.", name, certain=True)


def webhook(ctx: RuleContext) -> Iterator[Message]:
    """A hook that lacks a part, is there already, or is not."""
    found, sent = place(ctx), payload(ctx)
    if not found.route.startswith("/hooks"):
        return
    name = found.values.get("function") or sent.get("functionName")
    trigger, class_name = found.values.get("trigger") or sent.get("triggerName"), found.values.get("class") or sent.get("className")
    what = f"{trigger} of {class_name}" if trigger or class_name else str(name or "")
    if message_matches(ctx, r"invalid hook declaration"):
        needs = ["url", *(["functionName"] if "/functions" in found.route else ["className", "triggerName"])]
        given = {**sent, **({"functionName": name} if name else {}), **({"className": class_name, "triggerName": trigger} if trigger else {})}
        if lacks := [key for key in needs if not isinstance(given.get(key), str) or not given[key]]:
            yield Message(f"The hook lacks {' and '.join(f'`{key}`' for key in lacks)}.", keys_sent(sent), certain=True)
        elif trigger not in _TRIGGERS and trigger:
            yield Message(f"{ctx.quote(trigger)} is no trigger.", str(trigger), certain=True)
    elif message_matches(ctx, r"function name: .* already exists", r"class .* already has trigger"):
        yield Message(f"There is a hook for {ctx.quote(what)} already: send PUT to change it.", what, certain=True)
    elif message_matches(ctx, r"no function named", r"class .* does not exist"):
        yield Message(f"There is no hook for {ctx.quote(what)}.", what, certain=True)


def receipt(ctx: RuleContext) -> Message | None:
    """A purchase without what proves it."""
    if place(ctx).route != "/validate_purchase":
        return None
    lacks = [key for key in ("receipt", "productIdentifier") if not payload(ctx).get(key)]
    if not lacks:
        return None
    return Message(f"{' and '.join(f'`{key}`' for key in lacks)} is missing in the body.", keys_sent(payload(ctx)), certain=True)


RULES: tuple[Rule, ...] = (
    Rule("function-unknown", function_unknown, entries=("FunctionNotFound",)),
    Rule("job-unknown", job_unknown, entries=("JobNotFound", "InternalServerError")),
    Rule("validator", validator, entries=("ValidationFailed",)),
    Rule("webhook", webhook, entries=("WebhookError",)),
    Rule("receipt", receipt, entries=("InvalidJSON", "ReceiptMissing")),
)
