"""The fields that an answer names, against those that were sent: absent, misspelt, at another level, or of another type."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from ..catalog.requests import FieldNamed
from ..exchange.json_pointer import MISSING, find
from ..exchange.json_reader import json_type, type_name, with_article
from ..history.store import LONGEST_KEY, Sighting
from .checks import resembling
from .context import Message, RuleContext, fault_of

_DETAILS = ("/error/details", "/details", "/errors", "/error/errors", "/error/details/errors")
_NAMES = ("field", "path", "property", "name", "param", "key")
_REASONS = ("reason", "message", "msg", "error", "description")
_QUOTED = re.compile(r"[`'\"\u201c\u2018]([A-Za-z_][\w.-]{0,59})[`'\"\u201d\u2019]")
_LISTED = re.compile(
    r"(?i)\b(?:required|missing|unknown|invalid|duplicate)?\s*(?:fields?|parameters?|propert(?:y|ies)|columns?|keys?)\s*:\s*([A-Za-z_][\w., ]{0,200})"
)
_NAMED = re.compile(r"(?i)\b(?:field|parameter|property|column)\s+([A-Za-z_][\w.]{0,59})\b(?!\s+(?:is|are)\s+(?:required|missing)\s+(?:in|for)\b)")
_BEGINS = re.compile(r"\s*([A-Za-z_][\w.]{0,59})\s+(?:is|are|must|should|cannot|can't|has to|already)\b")
# What MongoDB says of a unique index: `index: isbn_1 dup key: { isbn: "978" }`.
_INDEX = re.compile(r"dup key:\s*\{\s*\"?([A-Za-z_][\w.]{0,59})\s*\"?:|\bindex:\s*(?:\S{1,99}\$)?([A-Za-z]\w{0,59}?)_-?1\b")
_ABSENT = re.compile(r"(?i)\b(?:required|missing|must be (?:given|present|specified|provided)|not (?:specified|provided|present)|undefined)\b")
# What begins sentences without being a field's name.
_WORDS = frozenset(
    """
    the a an this that these it there which value values field fields body request input data something parameter parameters property header
    headers authentication authorization token key id record table item object json content you your all one at and or not of for in is are be
    required missing validation error failed invalid type user x-api-key api
    """.split()  # noqa: SIM905 - easier to read than a column of words
)
_UNWANTED = re.compile(
    r"(?i)not (?:allowed|permitted|accepted|recogni[sz]ed|a known)|unknown|unexpected|unrecogni[sz]ed|additional|should not|must not"
)
_MOST = 5
# What the kinds of `[[field_named]]` say, in the words that this module reads reasons by.
_REASON_OF = {"missing": "required", "empty": "required", "taken": "already in use", "unknown": "not allowed"}


class Named(NamedTuple):
    """A field that an answer names, and why; `proved` where it stood apart from the prose. `fault` is what the catalog says of it, "" for nothing."""

    name: str
    reason: str
    proved: bool
    fault: str = ""


def named_in_answer(ctx: RuleContext) -> list[Named]:
    """The fields that the answer names: from its details, else from its message."""
    answer = ctx.exchange.response.body.json if ctx.exchange.response and ctx.exchange.message is None else None
    for told in ctx.backend.tables.of(FieldNamed):
        if (not told.entries or ctx.name in told.entries) and (name := told.message.groups_in(ctx.message).get("field")):
            return [Named(name[:60], _REASON_OF.get(told.fault, ""), True, told.fault)]
    for pointer in (*ctx.backend.details, *_DETAILS):
        found = list(_from_details(find(answer, pointer)))
        if found:
            return found[:_MOST]
    return [Named(name, "", False) for name in _from_message(ctx.message[:500])][:_MOST]


def _from_details(value: Any) -> Iterator[Named]:
    if isinstance(value, list):
        for item in value[:20]:
            if isinstance(item, dict):
                name = next((item[key] for key in _NAMES if item.get(key)), None)
                name = ".".join(map(str, name)) if isinstance(name, list) else name
                reason = next((item[key] for key in _REASONS if isinstance(item.get(key), str)), "")
                if isinstance(name, str):
                    yield Named(name[:60], reason[:100], True)
    elif isinstance(value, dict):
        for name, reason in list(value.items())[:20]:
            reason = reason[0] if isinstance(reason, list) and reason else reason
            reason = next((reason[key] for key in _REASONS if isinstance(reason.get(key), str)), "") if isinstance(reason, dict) else reason
            if isinstance(reason, str):
                yield Named(name[:60], reason[:100], True)


def _from_message(message: str) -> Iterator[str]:
    if message.lstrip()[:1] in ("{", "["):
        return  # An answer that no shape reads, not a sentence.
    found: dict[str, None] = dict.fromkeys(_QUOTED.findall(message))
    for listed in _LISTED.finditer(message):
        found.update(dict.fromkeys(part for part in re.split(r"[,\s]+", listed[1]) if part))
    for match in (_NAMED.search(message), _BEGINS.match(message), _INDEX.search(message)):
        if match:
            found[match[1] or match[2]] = None
    yield from (name.strip(".") for name in found if name.strip(".").lower() not in _WORDS)


def named_field(ctx: RuleContext) -> Iterable[Message]:
    """Compares the fields that the answer names with the body: absent, misspelt, at another level, or of another type.

    Source: the answer itself (its details, or its message). Other causes: none: the server names the field. Names found in prose are used only where
    they occur in the body, or where the message says that something is missing."""
    if not isinstance(ctx.json, dict) or ctx.method == "GET" or (isinstance(ctx.fields.get("query"), str) and "/graphql" in ctx.path):
        return
    for named in named_in_answer(ctx):
        value = _sent(ctx.fields, named.name)
        if value is MISSING:
            if named.fault in ("", "missing", "empty") and (named.proved or _ABSENT.search(ctx.message)):
                yield _absent(ctx, named)
        elif (
            named.fault in ("", "unknown")
            and _UNWANTED.search(named.reason or ctx.message)
            and not re.search(r"(?i)value", named.reason or ctx.message)
        ):
            near = resembling(named.name, (name for name in ctx.stored_fields() if name not in ctx.fields), 0.8)
            fix = f"Rename {ctx.quote(named.name)} to `{near}`." if near else f"Leave {ctx.quote(named.name)} out of the body."
            if named.reason or near:
                yield fault_of(f"The server does not take {ctx.quote(named.name)}.", named.name, fix)
        elif value in (None, "", [], {}) or named.fault in ("taken", "type", "value") or not _ABSENT.search(named.reason or ctx.message):
            # A value that was sent and is called missing was not read, for a reason of its own.
            yield _present(ctx, named, value)


def _sent(fields: dict[str, Any], name: str) -> Any:
    if name in fields:
        return fields[name]
    if changed := next((key for key in list(fields)[:500] if key.strip("+-") == name), ""):
        # Some servers take `tags+` to add to what is stored.
        return fields[changed]
    folded = {key.lower(): value for key, value in list(fields.items())[:500]}
    if name.lower() in folded and name[:1].isupper():
        return folded[name.lower()]
    return find(fields, "/" + re.sub(r"[.\[\]]+", "/", name).strip("/")) if re.search(r"[.\[]", name) else MISSING


def _absent(ctx: RuleContext, named: Named) -> Message:
    keys, name = list(ctx.fields)[:12], ctx.quote(named.name)
    sent = f"the body has {', '.join(ctx.quote(key) for key in keys[:6])}" if keys else "the body is an empty object"
    # What the server knows by its own name is no other field misspelt: `password` beside `oldPassword`.
    near = resembling(named.name, [key for key in keys if key not in ctx.backend.secrets.body])
    inside = next((key for key in keys if isinstance(ctx.fields[key], dict) and named.name in ctx.fields[key]), "")
    fix = f"Add {name} to the body."
    if near:
        fix = f"Rename {ctx.quote(near)} to {name}."
    elif inside:
        sent += f", and {name} is inside {ctx.quote(inside)}"
        fix = f"Move the fields out of {ctx.quote(inside)} to the top level of the body."
    return fault_of(f"The server requires {name}, which is missing: {sent}.", f"keys sent: {', '.join(keys)}", fix)


def _present(ctx: RuleContext, named: Named, value: Any) -> Message:
    name, last = ctx.quote(named.name), named.name.rpartition(".")[2]
    what = "null" if value is None else "an empty string" if value == "" else f"{type_name(value)}, {ctx.quote(value, last)}"
    said = ctx.message.removeprefix(f"{named.name}: ").rstrip(".") if named.fault else named.reason
    because = f"; the server says {ctx.quote(said)}" if said else ""
    wanted = named.reason or ctx.message
    if re.search(r"(?i)\b(already|duplicate|exists|unique|taken|in use)\b", wanted):
        fix = f"Send another value for {name}, or use the record that has this one."
        fix = "Sign in with this address, or offer the password reset." if last.lower() == "email" else fix
        seen = _stored_before(ctx, named.name, value)
        where = f"; {ctx.flow_name(seen.flow)} showed an object with it, {ctx.ago(seen.when)}" if seen else ""
        unsure = re.search(r"(?i)\binvalid or\b|\bor (?:it is |is )?invalid\b", f"{named.reason} {ctx.message}") and not seen
        taken = "is taken, or not valid" if unsure else "is taken"
        return fault_of(
            f"The server says that the value of {name} {taken}; it was sent as {what}{where}.", f"{type_name(value)} in {named.name}", fix
        )
    if told := _id_before(ctx, value):
        return fault_of(
            f"The answer is about {name}: {told}{because}.", f"{type_name(value)} in {named.name}", f"Send the id of an object that exists as {name}."
        )
    fix = f"Send a value for {name}."
    if value not in (None, "", [], {}):
        fix = "" if _told_by_entry(ctx) else f"Correct the value of {name}{' as the server says' if wanted else ''}."
    fix = as_asked(ctx, wanted, last, value) or fix
    stored = ctx.app_memory.fields.get((ctx.collection, named.name[:LONGEST_KEY]))
    if stored is not None and differs_in_type(ctx, value, stored[0]):
        because += f"; in {ctx.flow_name(stored[1].flow)} it was stored as {with_article(stored[0])}"
        fix = as_asked(ctx, f"a {stored[0]}", last, value) or f"Send {name} as {with_article(stored[0])}."
    return fault_of(f"The answer is about {name}, which was sent as {what}{because}.", f"{type_name(value)} in {named.name}", fix)


def _told_by_entry(ctx: RuleContext) -> bool:
    """Whether the error is that of one field, so that the fixes of its entry are about this field, and say more than that it is to be corrected."""
    each = any(shape.each and shape.name == ctx.error.shape for shape in ctx.backend.shapes)
    return each and ctx.error.entry is not None and bool(ctx.error.fix)


def _id_before(ctx: RuleContext, value: Any) -> str:
    """What earlier exchanges showed of a value that is an id: that it was deleted, or where it belongs; "" where they showed nothing."""
    if not isinstance(value, str) or len(value) < 8:
        return ""
    seen = [(at, when) for (at, ident), when in ctx.app_memory.ids.newest() if ident == value[:LONGEST_KEY]]
    if not seen:
        return ""
    at, when = next((found for found in seen if found[1].how == "DELETE"), seen[0])
    what = "was deleted" if when.how == "DELETE" else f"belongs to {ctx.quote(at)}"
    return f"{ctx.quote(value)} {what}, as {ctx.flow_name(when.flow)} showed {ctx.ago(when.when)}"


def _stored_before(ctx: RuleContext, name: str, value: Any) -> Sighting | None:
    """The earlier exchange that stored this value in the same field, or in one that must be unique."""
    taken, keys = ctx.app_memory.taken, (f"{ctx.collection}.{name}"[:LONGEST_KEY], *ctx.backend.history.unique)
    return next((seen for key in keys if isinstance(value, str) and value and (seen := taken.get((key, value[:LONGEST_KEY])))), None)


def differs_in_type(ctx: RuleContext, value: Any, kind: str) -> bool:
    """Whether a value is of another JSON type than a field was before, on a server that does not convert it (`answered` in the catalog)."""
    return value is not None and json_type(value) != kind and (isinstance(value, (dict, list)) or not ctx.backend.history.answered)


def as_asked(ctx: RuleContext, wanted: str, name: str, value: Any) -> str:
    """How to send a value of another type than the server asks for; "" where that is not seen, or where the value may not be shown."""
    if isinstance(value, (list, dict)) and name.isidentifier() and re.search(r"(?i)\b(?:a|of type|valid|expected) (?:string|text)\b", wanted):
        return f"Send `{name}` as text: `{name}: JSON.stringify({name})`."
    if ctx.quote(value, name) != f"`{value}`" or not re.fullmatch(r"[\w.-]{1,60}", name):
        return ""
    text = value.strip() if isinstance(value, str) else ""
    if text.lower() in ("true", "false") and re.search(r"(?i)\bbool", wanted):
        return f'Send `"{name}": {text.lower()}` (a boolean, no quotes).'
    if re.search(r"(?i)\bdate format\b|\bvalid date\b|ISO[ -]?8601", wanted) and re.search(r"\d", text) and not re.match(r"\d{4}-\d\d-\d\d", text):
        return f"Send `{name}` as `YYYY-MM-DD`, with the time as `YYYY-MM-DDTHH:MM:SSZ` (ISO 8601)."
    if re.fullmatch(r"-?\d{1,15}(\.\d{1,15})?", text) and re.search(r"(?i)\b(number|numeric|integer|int|float)\b", wanted):
        return f'Send `"{name}": {text}` (a number, no quotes).'
    if isinstance(value, (int, float)) and not isinstance(value, bool) and re.search(r"(?i)\b(string|text)\b", wanted):
        return f'Send `"{name}": "{value}"` (a string, in quotes).'
    return ""
