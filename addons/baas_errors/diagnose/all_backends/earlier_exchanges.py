"""Compares what a request names and sends with what earlier exchanges of this recording showed: names, fields and their types, values, requests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ...detect.routes import is_id
from ...exchange.json_reader import type_name, with_article
from ...history.store import LONGEST_KEY
from ..checks import near_name, resembling
from ..checks import value_taken as taken
from ..context import Message, RuleContext, auth_fault, fault_of
from ..id_history import id_history, id_never_seen, made_before
from ..json_faults import json_text_fault
from ..named_fields import as_asked, differs_in_type, named_in_answer

_TAKEN = re.compile(r"(?i)\b(?:already|duplicate[ds]?|exists?|unique|taken|in use|registered|conflict)\b")
_GONE = re.compile(r"(?i)\b(?:not found|no such|(?:not|n't) exist|unknown|missing|deleted|gone|wasn't found|cannot find|could not find)\b|NotFound")
_MOST = 5


def name_in_path(ctx: RuleContext) -> Iterator[Message]:
    """Compares the names in the path with those that worked. Source: earlier exchanges. Other causes: the name may exist elsewhere, so this is likely
    only."""
    for kind, value in ctx.route.items():
        if not is_id(kind) and kind != ctx.backend.app_id.route and (say := near_name(ctx, value, ctx.app_memory.names_of(kind), kind)):
            yield say


def json_parameter(ctx: RuleContext) -> Iterator[Message]:
    """Reads query parameters, and headers of the API's own, that begin like a JSON object or list, and says where they break. Source: RFC 8259. Other
    causes: the server may read such a text otherwise, so this is likely only, unless the answer speaks of it."""
    headers = [(name, value) for name, value in ctx.headers if name.lower().startswith("x-")] if not ctx.in_batch else []
    for name, text in [*ctx.params.items(), *headers][:50]:
        if text.lstrip()[:1] in ("{", "[") and (say := json_text_fault(ctx, f"`{name}`", text, name)):
            spoken = re.search(rf"(?i)json|pars|(?<!\w){re.escape(name)}(?!\w)", ctx.message[:1000])
            yield say._replace(certain=spoken is not None)


def _says_taken(ctx: RuleContext) -> bool:
    return ctx.status == 409 or _TAKEN.search(f"{ctx.name} {ctx.message[:1000]}") is not None


def sent_twice(ctx: RuleContext) -> Message | None:
    """Compares the request, body included, with those that succeeded before, where the answer says that something is there already. Source: earlier
    exchanges. Other causes: what the first one made may be deleted and made by somebody else, so this is likely only."""
    return made_before(ctx) if _says_taken(ctx) else None


def id_in_path(ctx: RuleContext) -> Iterator[Message]:
    """Looks up the id of the path among earlier exchanges, where the answer says that something is not there: deleted, seen elsewhere, never seen.
    Source: earlier exchanges. Other causes: none where this recording deleted it; else likely only."""
    if ctx.status in (404, 410) or _GONE.search(f"{ctx.name} {ctx.message[:1000]}"):
        found = list(id_history(ctx))
        yield from found
        if not found and (never := id_never_seen(ctx)):
            yield never


def sign_in(ctx: RuleContext) -> Iterator[Message]:
    """Compares the name and the password of a sign-in with those that an earlier exchange stored. Source: the catalog (`unique`); earlier exchanges.
    Other causes: the account may have changed since, so this is likely only."""
    sent = {**ctx.params, **ctx.body.form, **ctx.fields}
    secret = next((value for name, value in sent.items() if name.lower() == "password" and isinstance(value, str) and value), "")
    for key in ctx.backend.history.unique if secret else ():
        value = next((value for value in sent.values() if isinstance(value, str) and (key, value[:LONGEST_KEY]) in ctx.app_memory.taken), "")
        seen = ctx.app_memory.taken.get((f"password {key}", value[:LONGEST_KEY])) if value else None
        if seen is None:
            folded = {known: when for (of, known), when in ctx.app_memory.taken.newest() if of == key}
            near = next((known for known in folded for text in sent.values() if isinstance(text, str) and _folded(text) == _folded(known)), "")
            if near and near not in sent.values():
                flow, name = ctx.flow_name(folded[near].flow), key.rpartition("#")[2]
                says = f"the `{name}` differs only in case or white space from the one that was registered in {flow}."
                yield auth_fault(says, name, f"Send the `{name}` exactly as in {flow}.", certain=False)
            continue
        good, folded_secret = (*seen.how.split(" "), "", "")[:2]
        if good and good != ctx.memory.hash(secret):
            why = "differs in case from" if folded_secret == ctx.memory.hash(secret.lower()) else "is another than"
            says = f"the password {why} the one that was registered {ctx.ago(seen.when)}, in {ctx.flow_name(seen.flow)}."
            yield auth_fault(says, f"account of {ctx.flow_name(seen.flow)}", "Enter the password anew, or let the user reset it.", certain=False)


def _folded(text: str) -> str:
    return text[:LONGEST_KEY].strip().lower()


def script_failed(ctx: RuleContext) -> Message | None:
    """Names the part of the app's own code that the request reached. Source: the catalog (the fault is in a script). Other causes: what the code was
    given may be at fault, so this is likely only."""
    name = next((value for kind, value in ctx.route.items() if not is_id(kind) and kind != ctx.backend.app_id.route), "")
    where = f" ({ctx.quote(name)})" if name else ""
    said = f" for {ctx.quote(ctx.message)}" if ctx.message else ""
    says = f"the request reached the app's own code on the server{where}, which ended with this error."
    fix = f"Search the code and the log of {ctx.quote(name) if name else 'the code that runs here'}{said}."
    return Message(says, name or ctx.template, False, fix, "after-fix", "script")


def value_taken(ctx: RuleContext) -> Message | Iterable[Message] | None:
    """Compares values that must be unique with those that earlier requests stored. Source: the catalog (`unique`); earlier exchanges. Other causes:
    what was stored may have been deleted since, so this is likely only."""
    return taken(*ctx.backend.history.unique)(ctx) if _says_taken(ctx) and ctx.method == "POST" else None


def stored_field(ctx: RuleContext) -> Iterator[Message]:
    """Compares the fields of a body with those that were stored in the same collection: near names, and other types. Source: earlier exchanges. Other
    causes: the collection may take both, so this is likely only."""
    stored = ctx.stored_fields()
    if not stored or ctx.method not in ("POST", "PUT", "PATCH") or ctx.backend.history.objects is not None:
        return
    named = [one.name for one in named_in_answer(ctx) if one.proved]
    for name, value in list(ctx.fields.items())[: _MOST * 10]:
        if name.strip("+-") in stored:
            if name not in stored or (named and name not in named):
                continue
            kind, seen = stored[name]
            if differs_in_type(ctx, value, kind):
                was = with_article(kind)
                fix = as_asked(ctx, was, name, value) or f"Send {ctx.quote(name)} as {was}."
                says = f"{ctx.quote(name)} is {type_name(value)}; in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}, it was {was}."
                yield fault_of(says, name, fix, certain=False)
        elif (near := resembling(name, stored, 0.8)) and near not in ctx.fields and (not named or near in named):
            seen = stored[near][1]
            says = f"{ctx.quote(name)} was not stored in {ctx.quote(ctx.collection)} before; it resembles `{near}` ({ctx.flow_name(seen.flow)})."
            yield fault_of(says, f"{name} / {near}", f"Rename {ctx.quote(name)} to `{near}`.", certain=False)
