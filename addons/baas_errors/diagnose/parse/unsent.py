"""Why a write fails that is in order itself: cloud code changed the object, or failed. Source: parse-server 9.10.0, RestWrite.js, triggers.js."""

from __future__ import annotations

import re

from ..context import Message, Rule, RuleContext
from .fields import type_sent
from .request import class_name, is_write, payload, place

# What the server says of an object that is about to be saved, with the field that it names.
_SAID = re.compile(
    r"schema mismatch for (?P<of>[\w:]{1,120})\.(?P<typed>(?!_)\w{1,120}); expected (?P<column>\S{1,140})|"
    r"Invalid field name(?: for update)?: (?P<named>(?!_auth).{1,120}?)\.?$|"
    r"(?P<needed>\w{1,80}) (?:is required|must be specified in this)|Nested keys should not|Filename contains|Email address format|"
    r"(?P<failed>(?:an )?internal server error)",
    re.I,
)


def made_by_trigger(ctx: RuleContext) -> Message | None:
    """Looks at an object of which no other rule has found what the server complains of: a trigger changed the object, or failed itself.

    Other causes: of an internal error, the database."""
    said, sent, file = _SAID.match(ctx.message), payload(ctx), place(ctx).route == "/files/{file_id}" and ctx.method == "POST"
    if not said or not (file or (is_write(ctx) and ctx.sends_object)) or (said["named"] and said["named"].partition(".")[0] in sent):
        return None
    other = said["of"] if said["of"] != class_name(ctx) else None
    if (other or "")[:1] == "_":
        return None
    if said["failed"] and (file or any(isinstance(value, (dict, list)) for value in sent.values())):
        return None
    name, whose = said["typed"] or said["named"] or said["needed"], f"a trigger of {ctx.quote(class_name(ctx))}" if class_name(ctx) else "a trigger"
    fix = f"Look at the triggers in cloud code ({'`beforeSave`, `afterSave`' if not file else '`beforeSave` of files'}) and at the server's log."
    if said["failed"]:
        says = f"the body has plain values only, so the error came from {whose} (`beforeSave`, `afterSave`), or from the database."
        fix += " After an error in `afterSave` the object is saved all the same."
    elif other:
        says = f"the message is about the class {ctx.quote(other)}, which this request does not write, so cloud code such as {whose} saves it."
    elif name:
        was = type_sent(sent[name]) if said["of"] and name in sent else ""
        how = f"was sent as `{was}`" if was not in ("", said["column"]) else "was sent in order" if name in sent else "is not in the request"
        says = f"{ctx.quote(name)} {how}, so {whose} such as `beforeSave` changed it."
        fix += " If no trigger sets it, the server did: update Parse Server." if name in sent else ""
    else:
        says = f"what the server complains of is not in the request, so {whose} such as `beforeSave` set it."
    return Message(says, ctx.message[:100], False, fix, "after-fix", "script")


_ENTRIES = ("IncorrectType", "InvalidFieldName", "InvalidNestedKey", "InvalidFileName", "InvalidEmailAddress", "MissingRequiredFieldError")
RULES: tuple[Rule, ...] = (Rule("made-by-trigger", made_by_trigger, entries=(*_ENTRIES, "ValidationFailed", "InternalServerError"), otherwise=True),)
