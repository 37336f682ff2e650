"""What is wrong with the body or the headers of a Kinvey request: what is absent, or sent twice, and names that cannot be stored."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...exchange.json_pointer import members
from ...exchange.json_reader import compact
from ..context import Message, RuleContext, fault_of

_HEADERS = {
    "X-Kinvey-API-Version": "Send `X-Kinvey-API-Version: 6`.",
    "Content-Type": "Send `Content-Type: application/json`.",
    "Authorization": "Send `Authorization: Basic base64(<app key>:<app secret>)` before sign-in, `Authorization: Kinvey <session>` after it.",
    "X-Kinvey-Content-Type": "Send the file's media type, such as `X-Kinvey-Content-Type: image/png`.",
}
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
        yield fault_of(
            f"The request has no {name} header.",
            f"headers sent: {', '.join(sorted({name.lower() for name, _ in ctx.headers}))[:150]}",
            fix,
            bool(named) or len(absent) == 1,
        )


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
    collection = ctx.route.get("collection", "").strip()
    if collection and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*", collection):
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
