"""What is wrong with the body or the headers of a Kinvey request: what is absent, misspelt or sent twice, and the API version asked for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...exchange.json_reader import compact, type_name
from ..checks import members, missing_field
from ..context import Message, RuleContext, fault_of

_HEADERS = {
    "X-Kinvey-API-Version": "Send `X-Kinvey-API-Version: 6`.",
    "Content-Type": "Send `Content-Type: application/json`.",
    "Authorization": "Send `Authorization: Basic base64(<app key>:<app secret>)` before sign-in, `Authorization: Kinvey <session>` after it.",
    "X-Kinvey-Content-Type": "Send the file's media type, such as `X-Kinvey-Content-Type: image/png`.",
}
# What ends the path, what the body must have, and whether that is documented; the others are what SDKs send.
_NEEDED: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    (r"/user/[^/]+/login/?$", ("username", "password"), True),
    (r"/_group/?$", ("key", "initial", "reduce"), True),
    (r"/check-username-exists/?$", ("username",), False),
    (r"/user-forgot-username/?$", ("email",), False),
    (r"/(?:un)?register-device/?$", ("platform", "deviceId"), False),
)
# Fields with an underscore that mean something to Kinvey.
_RESERVED = frozenset({
    "_id", "_acl", "_kmd", "_geoloc", "_socialIdentity", "_filename", "_public", "_messaging", "_downloadURL", "_uploadURL", "_expiresAt",
    "_requiredHeaders",
})  # fmt: skip
_DUPLICATE = re.compile(r"(?i)E11000|duplicate key|already exists")
# `index: db.books.$isbn_1`, or `index: isbn_1` from newer databases: fields, each with its direction.
_INDEX = re.compile(r"\bindex:\s*([^\s:]{1,200})")
_INDEXED = re.compile(r"([A-Za-z_][\w.]{0,60}?)_-?1(?=_|\Z)")
_MOST_KEYS = 2000
_MOST_INSERTED = 100
_SAYS_MISSING = ("MissingRequestParameter", "IncompleteRequestBody")
VERSION = "X-Kinvey-API-Version"
# Entities in a list, all stored by one POST, and errors with a name and a fixed form.
MULTI_INSERT, NAMED_ERRORS = 5, 1


def missing_header(ctx: RuleContext) -> Iterator[Message]:
    """Looks for headers that the route needs; where the server names one, that one. Source: Kinvey REST guide, Getting started and Files. Other
    causes: none where the server names the header, or only one is absent."""
    wanted = ["Authorization", "X-Kinvey-API-Version", *(["Content-Type"] if ctx.body.data else ())]
    if "/blob/" in f"{ctx.raw_path}/" and ctx.method in ("POST", "PUT"):
        wanted.append("X-Kinvey-Content-Type")
    said = f"{ctx.message} {ctx.error.debug}"
    wanted += [name for name in re.findall(r"\bX-[A-Za-z]{1,40}(?:-[A-Za-z]{1,40}){1,8}", said) if name not in wanted]
    absent = [name for name in wanted if name not in ctx.headers]
    named = [name for name in absent if re.search(rf"(?i)(?<![\w-]){name}(?![\w-])", said)]
    for name in named or absent:
        fix = _HEADERS.get(name, f"Send the header `{name}`, for a switch with the value `true`.")
        yield fault_of(f"The request has no {name} header.", _header_names(ctx), fix, bool(named) or len(absent) == 1)


def _header_names(ctx: RuleContext) -> str:
    return f"headers sent: {', '.join(sorted({name.lower() for name, _ in ctx.headers}))[:150]}"


def too_many(ctx: RuleContext) -> Message | None:
    """Counts the entities of a list that was too large. Source: Kinvey/dotnet-sdk, Constants.cs (100 entities in one multi-insert)."""
    if not isinstance(ctx.json, list) or len(ctx.json) <= _MOST_INSERTED:
        return None
    says = f"the list has {len(ctx.json):,} entities; Kinvey takes at most {_MOST_INSERTED} in one request."
    return fault_of(says, f"{len(ctx.json)} entities", f"Split the list into requests of {_MOST_INSERTED} entities.", certain=False)


def missing_parameter(ctx: RuleContext) -> Iterator[Message]:
    """Looks for fields that this route needs and the body lacks, or has empty. Source: Kinvey REST guide, Users and Data store; for /rpc and /push
    what kinvey-js-sdk 7.0.0 sends. Other causes: none where the answer says that the body or a parameter is missing, and the guide asks for it."""
    names, documented = next((needed[1:] for needed in _NEEDED if re.search(needed[0], ctx.raw_path)), ((), False))
    if names and ctx.json is not None and not isinstance(ctx.json, dict):
        fix = "Send a JSON object, such as `{}` with the fields of this route."
        yield fault_of(f"The body is {type_name(ctx.json)}, and this route takes an object.", type_name(ctx.json), fix)
        return
    for name in names if ctx.sends_object else ():
        if ctx.fields.get(name) in (None, "", {}, []) and not ("password" in names and ctx.fields.get("_socialIdentity")):
            # Logins by e-mail address are another service's.
            fix = "Send `username` instead of `email`." if name == "username" and "email" in ctx.fields and name not in ctx.fields else ""
            yield missing_field(ctx, name, fix)._replace(certain=documented and ctx.name in _SAYS_MISSING)


def identifiers(ctx: RuleContext) -> Iterator[Message]:
    """Looks for names that Kinvey cannot store. Source: Kinvey REST guide, Data store; MongoDB manual, Field names. Other causes: none for `$`, dots
    and empty names."""
    depth = 2 if isinstance(ctx.json, list) else 1
    for key, own in dict.fromkeys((path[-1], len(path) == depth) for path, _ in members(ctx.json, _MOST_KEYS)):
        if not isinstance(key, str):
            continue
        if key.startswith("$"):
            fix = f"Rename it, for example to {ctx.quote(key.lstrip('$') or 'value')}."
            yield fault_of(f"The field name {ctx.quote(key)} begins with `$`, which is reserved for operators.", key, fix)
        elif "." in key:
            fix = f"Rename it, for example to {ctx.quote(key.replace('.', '_'))}, or nest an object."
            yield fault_of(f"The field name {ctx.quote(key)} has a dot in it.", key, fix)
        elif not key:
            yield fault_of("A field has an empty name.", "empty key", "Give the field a name, or leave it out.")
        elif own and key.startswith("_") and key not in _RESERVED:
            says = f"the field {ctx.quote(key)} begins with an underscore; such names are reserved for Kinvey's own fields."
            yield fault_of(says, key, f"Rename it, for example to {ctx.quote(key.lstrip('_') or 'value')}.", certain=False)
    collection = ctx.route.get("collection", "")
    if collection and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", collection.strip()):
        says = f"the collection's name {ctx.quote(collection)} is not one of letters (a to z), digits, `-` and `_`, a letter or digit first."
        plain = re.sub(r"[^A-Za-z0-9_-]+", "_", collection).strip("_") or "books"
        yield fault_of(says, collection, f"Use a name such as {ctx.quote(plain)}.", certain=False)


def refused_entity(ctx: RuleContext) -> Message | None:
    """Looks up the member of a multi-insert that was refused. Source: Kinvey REST guide, Data store (multi-insert); kinvey-js-sdk 7.0.0, datastore.
    Other causes: none, the answer gives the index."""
    entity = _entity(ctx)
    if entity is None or not isinstance(ctx.json, list):
        return None
    keys = entity if isinstance(entity, dict) else {}
    shown = f"`_id` {ctx.quote(keys['_id'])}" if isinstance(keys.get("_id"), str) else ctx.quote(compact(entity))
    says = f"Entity {ctx.error.index} of the {len(ctx.json)} sent was refused: {shown}. Each entity is saved or refused by itself."
    return fault_of(says, f"keys: {', '.join(list(keys)[:12])}", "Correct this entity as the server's message says, and send it alone.")


def duplicate_id(ctx: RuleContext) -> Iterator[Message]:
    """Looks up the value that is stored already: in the list sent, and in earlier flows. Source: MongoDB, error 11000. Other causes: none where the
    server's text names the index or `_id`."""
    text = f"{ctx.message[:2000]} {ctx.error.debug[:2000]} {_raw_error(ctx)[:2000]}"
    if not (named := _DUPLICATE.search(text)):
        return
    index = _INDEX.search(text)
    # Of several fields that an index has, the first.
    indexed = _INDEXED.findall(index[1].rpartition("$")[2]) if index else []
    field, entity = indexed[0].strip("_") if indexed else "_id", _entity(ctx)
    certain = "_id" in text or field != "_id"
    if not certain and not named[0].lower().startswith("e"):
        return  # What "already exists" is not said.
    value = entity.get(field) if isinstance(entity, dict) else None
    before = ctx.json[: ctx.error.index] if isinstance(ctx.json, list) and value is not None and ctx.error.index is not None else []
    twice = next((n for n, other in enumerate(before) if isinstance(other, dict) and other.get(field) == value), None)
    if twice is not None:
        says = f"{ctx.quote(value, field)} stands twice as `{field}` in the list sent: at {twice} and at {ctx.error.index}."
        yield fault_of(says, field, f"Send each `{field}` once.", certain)
    elif field != "_id":
        says = f"Another entity has the same `{field}`, which must be unique in this collection."
        yield fault_of(says, f"index on {field}", f"Send another `{field}`, or update the entity that has it with PUT.")
    elif isinstance(value, str):
        seen = ctx.app_memory.ids.get((f"{ctx.raw_path.rstrip('/')}/"[:120], value[:120]))
        by = f" {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}" if seen and seen.how != "DELETE" else " already"
        fix = f"Update it with `PUT {ctx.template.rstrip('/')}/<_id>`, or leave `_id` out of new entities."
        yield fault_of(f"The `_id` {ctx.quote(value)} that the request sends was stored{by}.", "_id", fix, certain)


def _raw_error(ctx: RuleContext) -> str:
    """The text in the place of a code in a multi-insert's list of errors, which a description hides."""
    errors = ctx.exchange.response.body.object.get("errors") if ctx.error.index is not None and ctx.exchange.response else None
    listed = errors[:_MOST_KEYS] if isinstance(errors, list) else []
    found = next((error.get("error") for error in listed if isinstance(error, dict) and error.get("index") == ctx.error.index), "")
    return found if isinstance(found, str) else ""


def _entity(ctx: RuleContext) -> Any:
    """The entity that an error is about: the one at its index, or the body; None if there is none."""
    if ctx.error.index is None:
        return ctx.json if isinstance(ctx.json, dict) else None
    return ctx.json[ctx.error.index] if isinstance(ctx.json, list) and 0 <= ctx.error.index < len(ctx.json) else None


def version_number(ctx: RuleContext) -> int | None:
    """The version asked for; None if there is none or it is not a whole number."""
    text = ctx.headers.get(VERSION).strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def version(ctx: RuleContext) -> Message | None:
    """Looks at the version header: absent, not a number, or another than the newest known. Source: Kinvey REST guide, Error handling. Other causes:
    none where the header is absent or not a number."""
    text, known = ctx.headers.get(VERSION).strip(), ctx.backend.hygiene.api_version
    newest = known.newest if known else MULTI_INSERT
    fix = f"Send `{VERSION}: {newest}`."
    if not text:
        state = "is empty" if VERSION in ctx.headers else "is missing"
        return Message(f"The {VERSION} header {state}.", f"{VERSION}: {state}", True, fix)
    number = version_number(ctx)
    if number is None:
        return Message(f"{VERSION} is {ctx.quote(text)}, which is not a whole number.", f"{VERSION}: {text[:40]}", True, fix)
    if number == newest:
        return None
    return Message(f"{VERSION} is {number}, and the server does not offer this request in that version.", f"{VERSION}: {number}", False, fix)


def list_too_early(ctx: RuleContext) -> Message | None:
    """Looks for a list of entities sent under a version that takes one at a time. Source: Kinvey REST guide, Data store (multi-insert from version 5
    on). Other causes: none."""
    number = version_number(ctx)
    if ctx.method != "POST" or not isinstance(ctx.json, list) or (number is not None and number >= MULTI_INSERT):
        return None
    asked = f"the request asks for version {number}" if number is not None else f"the request names no version ({VERSION})"
    says = f"The body is a list of {len(ctx.json)}, which Kinvey takes from API version {MULTI_INSERT} on; {asked}."
    evidence = f"{VERSION}: {number if number is not None else 'absent'}"
    return Message(says, evidence, True, f"Send `{VERSION}: {MULTI_INSERT}` or higher, or send one entity per request.")


def unnamed_error(ctx: RuleContext) -> Message | None:
    """Looks for an error without a name, asked for under a version that has none. Source: Kinvey REST guide, Error handling."""
    number = version_number(ctx)
    if ctx.error.code is not None or (number is not None and number >= NAMED_ERRORS) or "kid" not in ctx.route:
        return None
    if not ctx.facts.server_headers.first(ctx.backend.request_id.server):
        return None  # It may not be Kinvey's at all.
    sent = f"{VERSION} is {number}" if number is not None else f"the request names no API version ({VERSION})"
    return Message(f"{sent}, which is likely why the error has no name: errors have names from version {NAMED_ERRORS} on.", VERSION)
