"""Why functions, jobs, validators and webhooks are refused, and what fails inside cloud code.

Source: parse-server 9.10.0, FunctionsRouter.js, CloudCodeRouter.js, HooksRouter.js, HooksController.js, triggers.js (builtInTriggerValidator).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...catalog.causes import Case, filled
from ...catalog.load import rule_tables
from ...catalog.reader import Place, read_table
from ...exchange.json_pointer import find
from ..checks import resembling
from ..context import Message, Rule, RuleContext, fault_of
from .request import (
    DENIED,
    FINDS,
    class_name,
    in_script,
    is_graphql,
    is_write,
    keys_sent,
    master_key,
    message_matches,
    payload,
    place,
    session,
    state_of,
)
from .sessions import failed_change
from .target import lost_token

# What is said to a call inside cloud code, and what it means; `more` has the fix where a session token is missing.
_CALLS = tuple(read_table(Case, row, Place("catalogs/rules/parse.toml", "[[call]]", checked=True)) for row in rule_tables("parse")["call"])
_TRIGGERS = {"GET": "beforeFind", "DELETE": "beforeDelete"}
# By the codes in `[own_words]`.
_OWN_WORDS = (
    *("TooManyRequests", "ObjectNotFound", "UserInvalidLoginParams", "MissingObjectId", "InvalidFieldName", "IncorrectType", "OperationForbidden"),
    *("InvalidNestedKey", "InvalidACL", "InvalidEmailAddress", "DuplicateValue", "ValidationFailed", "UsernameMissing", "PasswordMissing"),
    *("UsernameTaken", "UserEmailTaken", "UserWithEmailNotFound", "SessionMissing", "AccountAlreadyLinked"),
)
_USE_MASTER = "Pass `{ useMasterKey: true }` to that call, as in `object.save(null, { useMasterKey: true })`, or the caller's session: "
_USE_MASTER += "`{ sessionToken: request.user.getSessionToken() }`."


def _not_deployed(ctx: RuleContext, kind: str, name: str, what: str) -> Message:
    # A path with the name of a hook proves no function.
    known = {other: seen for other, seen in ctx.app_memory.names_of(kind) if seen.how == "POST"}
    define = f"`Parse.Cloud.{'job' if kind == 'job' else 'define'}('{ctx.quote(name)[1:-1]}', ...)`"
    if worked := known.get(name):
        says = f"This server has no {what} {ctx.quote(name)} any more: it worked {ctx.ago(worked.when)} ({ctx.flow_name(worked.flow)})."
        fix = f"Look whether the server was restarted or deployed without {define}; its log says if cloud code failed to load."
        return Message(says, name, True, fix, "after-fix", "script")
    near = next((other for other in known if other.lower() == name.lower()), "") or resembling(name, known, 0.8)
    hint = f"; did you mean {ctx.quote(near)}, which worked?" if near else "."
    fix = f"Compare the name with {define} in the cloud code that is deployed; case counts."
    fix = f"Call {ctx.quote(near)}." if near else fix
    return Message(f"This server has no {what} {ctx.quote(name)}{hint}", name, True, fix, "after-fix", "script")


def function_unknown(ctx: RuleContext) -> Message | None:
    """Compares the cloud function with those that worked. Other causes: none; the server says that it has none of this name, which stands in the
    text since version 3 and may be one that the code calls itself."""
    name, said = place(ctx).values.get("function", ""), re.match(r"Invalid function: \"(.{1,120})\"$", ctx.message)
    if said and said[1] != name and (whose := _names_it(ctx)):
        says = (
            f"The cloud code ({'' if name else 'a trigger of '}{ctx.quote(whose)}) calls the function {ctx.quote(said[1])}, which this server does "
        )
        fix = f"Correct the name in that `Parse.Cloud.run(...)`, or define it: `Parse.Cloud.define('{ctx.quote(said[1])[1:-1]}', ...)`; case counts."
        return Message(f"{says}not have.", said[1], True, fix, "after-fix", "script")
    return _not_deployed(ctx, "function", name, "cloud function") if name and message_matches(ctx, r"Invalid function") else None


def job_unknown(ctx: RuleContext) -> Message | None:
    """Compares the job with those that worked, and looks for its name. Other causes: none; the server says that it has none of this name."""
    sent = payload(ctx)
    scheduled = sent.get("job_schedule")
    name = place(ctx).values.get("job") or sent.get("jobName") or (scheduled.get("jobName") if isinstance(scheduled, dict) else "")
    if place(ctx).route == "/jobs" and ctx.name == "InternalServerError" and not name:
        return fault_of("The job has no name.", keys_sent(sent), "Put it into the path (`POST /jobs/<name>`), or into `jobName`.")
    if not isinstance(name, str) or not name or not message_matches(ctx, r"Invalid job", r"Cannot Schedule a job"):
        return None
    return _not_deployed(ctx, "job", name, "job")


def _inner(ctx: RuleContext) -> tuple[str, str]:
    """Code and text of an error that came out of cloud code: of the one inside, where cloud code wrapped it in another."""
    wrapped = find(ctx.exchange.response.body.json, "/error") if ctx.exchange.response and not ctx.in_batch else None
    if isinstance(wrapped, dict) and isinstance(wrapped.get("message") or wrapped.get("error"), str):
        code, text = str(wrapped.get("code", "")), str(wrapped.get("message") or wrapped.get("error"))
        # Code and message of an error are often put into one text.
        led = re.match(r"(\d{1,3})[ :]+(?=[A-Z])", text)
        return (code or led[1], text[led.end() :]) if led else (code, text)
    return str(ctx.error.code or ""), ctx.message


def cloud_code(ctx: RuleContext) -> Message | None:
    """Reads in the server's words what a call inside a cloud function, job or trigger met: another server, no rights, a wrong value. Source: parse
    8.6.0 (RESTController.js) for what the SDK says of servers, parse-server 9.10.0 for the rest. Other causes: certain where the text is the SDK's
    own; a refusal may be thrown by the code itself."""
    if not in_script(ctx) and ctx.name not in ("ScriptFailed", "JobNotFound"):
        return None
    (code, text), name = _inner(ctx), _names_it(ctx)
    if not name and place(ctx).route in ("/jobs", "/functions"):
        return None
    trigger = "class" in place(ctx).values
    where = f"cloud code ({'a trigger of ' if trigger else ''}{ctx.quote(name)})" if name else "cloud code"
    where = "cloud code or the sign-in adapter of `authData`" if not name and "authData" in payload(ctx) else where
    server = f"http://localhost:<port>{place(ctx).mount}"
    # What the server checks before the code runs.
    if re.match(r"Invalid (multipart|object for context|function|job)", text):
        return None
    if code == "209":
        known = ctx.known_token
        says, fix = f"a call inside {where} uses a session that is not valid.", _USE_MASTER
        if session(ctx):
            if not known or known.used is None or known.ended or failed_change(ctx):
                return None
            says = f"the session was ended since it worked {ctx.ago(known.used.when)} ({ctx.flow_name(known.used.flow)}), or {says}"
            fix = f"Log in again; if it stays so, look at the calls in {ctx.quote(name)} that pass a `sessionToken`."
        return Message(says, text[:80], False, fix, "after-fix", "script")
    if found := re.search(r"schema mismatch for (\w{1,80})\.([\w.]{1,80}); expected (.{1,80}?) but got (.{1,80})$", text):
        differ = f"a {found[4]}, and the column is a {found[3]}" if found[3] != found[4] else f"a {found[4]} to another class than the column's"
        says = f"A save inside {where} set `{found[2]}` of `{found[1]}` to {differ}. The request is not at fault."
        fix = f"Save what the column takes in `{found[2]}` (users are of the class `_User`), or delete the column in the dashboard, and recreate it."
        return Message(says, f"{code} inside"[:40], True, fix, "after-fix", "script")
    own = " The caller's master key does not reach it." if master_key(ctx) else ""
    for case in _CALLS:
        pattern = case.holds.when[0].message
        if pattern and (found := pattern.find(text)):
            parts = {"where": where, "own": own, "server": server, "what": ctx.quote(next(filter(None, found.groups()), ""))}
            parts["mount"] = ctx.quote(place(ctx).mount or "/")
            says, fix = filled(case.says, parts.__getitem__), filled(case.fix, parts.__getitem__)
            if case.more and (flow := _worked_signed_in(ctx)):
                says += f" This request has no session token, so `request.user` is undefined; the call in {flow}, which worked, had one."
                fix = filled(case.more[0].fix, parts.__getitem__)
            elif case.more and in_script(ctx) and not session(ctx) and (lost := lost_token(ctx))[0]:
                says += f" `request.user` is undefined without a session token.{lost[0]}"
                fix = f"{lost[1]} If it stays so: {fix[:1].lower()}{fix[1:]}"
            return Message(says, found[0][:80], case.certain is True, fix, "after-fix", case.fault)
    if code in ("", "141", "142") or _app_words(ctx):
        return None
    says = f"{where} threw {code}, or a call inside it failed so ({ctx.quote(text[:200])}): it is not about this request's form."
    fix = f"Find in the code of {ctx.quote(name)} what saves or queries here, and read the server's log at this time."
    if "may not be changed" in text:
        fix = f"Leave {ctx.quote(text.split()[0])} out of what {ctx.quote(name)} saves; servers before 2.3 refuse it even unchanged: update them."
    return Message(says, f"{code} inside"[:40], False, fix, "after-fix", "script")


def _worked_signed_in(ctx: RuleContext) -> str:
    """The flow in which the same function worked with a session token, where this call has none; "" otherwise."""
    users = ctx.app_memory.outcomes.get(ctx.facts.outcome) or {} if in_script(ctx) and not (session(ctx) or master_key(ctx)) else {}
    return next((ctx.flow_name(seen.flow) for hashed, seen in reversed(users.items()) if hashed and seen.status < 400), "")


def _names_it(ctx: RuleContext) -> str:
    """The function, job or class in the path, or ""."""
    return next((value for key in ("function", "job", "class") if (value := place(ctx).values.get(key))), "")


def _whose(ctx: RuleContext, name: str) -> str:
    """The function of this name, or the trigger of the class of this name, that a request has run, as words."""
    trigger = f"`{'beforeLogin' if place(ctx).route == '/login' else _TRIGGERS.get(ctx.method, 'beforeSave')}`"
    return ctx.quote(name) if in_script(ctx) else f"{trigger} of {ctx.quote(name)}" if name else trigger


def own_code(ctx: RuleContext) -> Message | None:
    """Looks at a code that Parse Server does not have, or does not send. Other causes: a plugin, or a server that is not Parse Server."""
    code = ctx.error.code
    if code is None or ctx.error.space or is_graphql(ctx) or (ctx.name and ctx.name != "CloudCodeError"):
        return None
    # The database's own codes pass through: SQLSTATE, and those of MongoDB.
    if not in_script(ctx) and (isinstance(code, str) or code > 9_999):
        return None
    name = _names_it(ctx)
    whose = f"a trigger of {ctx.quote(name)}" if name and not in_script(ctx) else _whose(ctx, name or class_name(ctx))
    says = f"the app's own cloud code ({whose}) threw {ctx.quote(code)}, which is not a code of Parse Server."
    fix = f"Search the cloud code for {ctx.quote(code)} (`new Parse.Error(...)`): its author says there what it means."
    return Message(says, f"code {code}"[:60], False, fix, "after-fix", "script")


def _app_words(ctx: RuleContext) -> bool:
    """Whether the text is not one that Parse Server sends with this code."""
    known = rule_tables("parse")["own_words"].get(str(ctx.error.code))
    return known is not None and ctx.message != "" and not message_matches(ctx, DENIED) and not re.search(known, ctx.message[:300])


def own_words(ctx: RuleContext) -> Message | None:
    """Looks for words that Parse Server does not send with this code, and for a create that misses an object. Source: parse-server 2.x to 9.10.0, all
    places that make a Parse.Error. Other causes: an adapter, a plugin, or a version that words it otherwise."""
    name, route = _names_it(ctx) or class_name(ctx), place(ctx).route
    # Sign-in adapters and the password policy have words of their own; the limiter's can be set.
    policy = ctx.name == "ValidationFailed" and is_write(ctx) and "password" in payload(ctx)
    limiter = ctx.name == "TooManyRequests" and (ctx.status == 429 or ctx.in_batch or route == "/batch")
    if is_graphql(ctx) or ctx.exchange.message is not None or policy or limiter or "authData" in payload(ctx):
        return None
    whose = _whose(ctx, name)
    if ctx.method == "POST" and route in FINDS and message_matches(ctx, r"Object not found\.?$"):
        says = (
            f"a call inside a trigger of {ctx.quote(name)} has no rights to the object that it asks for, or that object is gone: to create one the "
        )
        says += "server looks up no other."
        return Message(says, ctx.message[:80], False, _USE_MASTER, "after-fix", "script")
    if not _app_words(ctx):
        return None
    says = f"the app's own cloud code ({whose}) threw {ctx.error.code}, in words that Parse Server does not send with it."
    fix = f"Do what these words ask for; the condition for it stands before them in the code of {whose}."
    return Message(says, ctx.message[:80], False, fix, "after-fix", "script")


def validator(ctx: RuleContext) -> Iterator[Message]:
    """Compares what a validator in cloud code asks for with what was sent. Other causes: none; the text is the server's own."""
    found = re.match(
        r"Validation failed\. (?:Please specify data for|Invalid (?:type|value|option) for) ([\w.-]{1,80}?)\.?(?: Expected: (.{1,80}))?$", ctx.message
    )
    if found is None:
        return
    name, expected, sent = found[1], found[2] or "", payload(ctx)
    takes = f"one of {expected}" if "option" in ctx.message else f"{'an' if expected[:1] in 'aeiou' else 'a'} {expected}"
    takes = takes if expected else "another value"
    state, shown = state_of(sent, name, object), "empty" if sent.get(name) == "" else ctx.quote(sent.get(name), name)
    if state and "type" not in ctx.message:
        near = resembling(name, [key for key in sent if key != name], 0.9)
        fix = f'Send `"{name}": ...` in the body{f", not {ctx.quote(near)}: case counts" if near else ""}.'
        yield fault_of(f"`{name}` {state} in the body{f', which has {ctx.quote(near)}' if near else ''}.", keys_sent(sent), fix)
    elif "specify data" in ctx.message and shown != "empty":
        says = f"`{name}` was sent as {shown}, but the validator did not see it: the code that runs before it took it away."
        yield Message(says, name, False, f"Look in the cloud code of {ctx.quote(_names_it(ctx))} for `{name}`.", "after-fix", "script")
    else:
        yield fault_of(f"`{name}` is {shown}; the function takes {takes}.", name, f"Send {takes} as `{name}`.")


def webhook(ctx: RuleContext) -> Message | None:
    """Looks for the parts of a hook. Other causes: none; the server names the hook."""
    found, sent = place(ctx), payload(ctx)
    if not found.route.startswith("/hooks") or not message_matches(ctx, r"invalid hook declaration"):
        return None
    name = found.values.get("function") or sent.get("functionName")
    trigger, class_name = found.values.get("trigger") or sent.get("triggerName"), found.values.get("class") or sent.get("className")
    needs = ["url", *(["functionName"] if "/functions" in found.route else ["className", "triggerName"])]
    given = {**sent, **({"functionName": name} if name else {}), **({"className": class_name, "triggerName": trigger} if trigger else {})}
    if lacks := " and ".join(f"`{key}`" for key in needs if state_of(given, key)):
        return fault_of(f"The hook lacks {lacks}.", keys_sent(sent), f"Send {lacks}.")
    triggers = rule_tables("parse")["cloud"]["triggers"]
    near = resembling(trigger, triggers) if trigger and trigger not in triggers else ""
    fix = f"Send `{near}`." if near else f"Send one of {', '.join(triggers)}."
    return fault_of(f"{ctx.quote(trigger)} is not a trigger.", str(trigger), fix) if trigger and trigger not in triggers else None


RULES: tuple[Rule, ...] = (
    Rule("function-unknown", function_unknown, entries=("FunctionNotFound",)),
    Rule("job-unknown", job_unknown, entries=("JobNotFound", "InternalServerError")),
    Rule("cloud-code", cloud_code, entries=tuple(rule_tables("parse")["cloud"]["entries"])),
    Rule("own-words", own_words, entries=_OWN_WORDS, otherwise=True),
    Rule("own-code", own_code, entries=("CloudCodeError",), statuses=(400, 404, 500)),
    Rule("validator", validator, entries=("ValidationFailed",)),
    Rule("webhook", webhook, entries=("WebhookError",)),
)
