"""What is wrong with the body or the headers of a Kinvey request: what is absent, misspelt or doubled."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from ...exchange.json_pointer import find
from ...exchange.json_reader import compact
from ..checks import Check, type_name
from ..context import Message, RuleContext

_AFTER_MENDING = " Nothing was stored: mend it and send it again."
_ADVICE = {
    "X-Kinvey-API-Version": "send the version that the app was made for, such as 6",
    "Content-Type": "send `application/json`",
    "Authorization": "send `Basic` with key and secret before sign-in, `Kinvey` with the session after it",
    "X-Kinvey-Content-Type": "send the file's own media type",
}
# Path, what the body must have (any one of the sets), and whether that is documented; the others are what SDKs send.
_NEEDED: tuple[tuple[re.Pattern[str], tuple[tuple[str, ...], ...], bool], ...] = (
    (re.compile(r"/user/[^/]+/login/?$"), (("username", "password"), ("_socialIdentity",)), True),
    (re.compile(r"/_group/?$"), (("key", "initial", "reduce"),), True),
    (re.compile(r"/check-username-exists/?$"), (("username",),), False),
    (re.compile(r"/user-forgot-username/?$"), (("email",),), False),
    (re.compile(r"/(?:un)?register-device/?$"), (("platform", "deviceId"),), False),
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


def may_send_again(check: Check) -> Check:
    """A rule that adds to what it proves of a save that Kinvey broke it off, so that nothing is stored twice by the next attempt."""

    def checked(ctx: RuleContext) -> Iterator[Message]:
        said = check(ctx)
        for say in (said,) if isinstance(said, Message) else said or ():
            saves = ctx.method in ("POST", "PUT") and ctx.raw_path.startswith(("/appdata/", "/blob/")) and "_group" not in ctx.raw_path
            yield say._replace(says=f"{say.says.rstrip()}{_AFTER_MENDING}") if say.certain and saves else say

    return checked


def missing_header(ctx: RuleContext) -> Iterator[Message]:
    """A header that the route needs is absent; where the server names one, that one."""
    wanted = ["Authorization", "X-Kinvey-API-Version"]
    if ctx.body.data:
        wanted.append("Content-Type")
    if "/blob/" in f"{ctx.raw_path}/" and ctx.method in ("POST", "PUT"):
        wanted.append("X-Kinvey-Content-Type")
    absent = [name for name in wanted if name not in ctx.headers]
    said = f"{ctx.message} {ctx.error.debug}".lower()
    named = [name for name in absent if re.search(rf"(?<![\w-]){name.lower()}(?![\w-])", said)]
    for name in named or absent:
        yield Message(f"The request has no {name} header; {_ADVICE[name]}.", f"headers sent: {_header_names(ctx)}", certain=True)


def no_authorization(ctx: RuleContext) -> Message | None:
    """Nobody said who is asking."""
    if "authorization" in ctx.headers or "kid" not in ctx.route:
        return None
    return Message(f"The request has no Authorization header; {_ADVICE['Authorization']}.", f"headers sent: {_header_names(ctx)}", certain=True)


def _header_names(ctx: RuleContext) -> str:
    return ", ".join(sorted({name.lower() for name, _ in ctx.headers}))[:150]


def form_body(ctx: RuleContext) -> Message | None:
    """A form where Kinvey takes JSON."""
    kind = ctx.body.content_type.lower()
    if not ctx.body.data or "/oauth/" in ctx.raw_path or not ("form-urlencoded" in kind or "multipart/form" in kind):
        return None
    return Message("The body is a form; this route takes JSON, with `Content-Type: application/json`.", f"content-type: {kind}", certain=True)


def other_type(ctx: RuleContext) -> Message | None:
    """JSON that does not say so."""
    kind = ctx.body.content_type.split(";")[0].strip().lower()
    data = ctx.body.data
    if not data or data.lstrip()[:1] not in (b"{", b"[") or "json" in kind or "form" in kind:
        return None
    sent = f"its Content-Type is {ctx.quote(kind)}" if kind else "the request names no Content-Type"
    return Message(f"the body is JSON, but {sent}; send `Content-Type: application/json`.", f"content-type: {kind or 'absent'}")


def no_body(ctx: RuleContext) -> Message | None:
    """A POST or PUT without anything in it."""
    # An empty body under a JSON type is told by `body-json`.
    if ctx.method not in ("POST", "PUT") or ctx.body.data is None or ctx.body.data.strip() or "json" in ctx.body.content_type.lower():
        return None
    return Message(f"The {ctx.method} has no body; send at least `{{}}`.", f"{ctx.method} without a body", certain=True)


def missing_parameter(ctx: RuleContext) -> Iterator[Message]:
    """A field that this route needs is absent from the body or empty."""
    for path, choices, documented in _NEEDED:
        if not path.search(ctx.raw_path):
            continue
        if ctx.json is not None and not isinstance(ctx.json, dict):
            yield Message(f"The body is {type_name(ctx.json)}; this route takes an object.", type_name(ctx.json), certain=True)
            return
        # The set that the body comes nearest to.
        needed = max(choices, key=lambda names: sum(name in ctx.fields for name in names))
        for name in needed:
            if ctx.fields.get(name) in (None, "", {}, []):
                yield _missing(ctx, name, choices, documented)
        return


def _missing(ctx: RuleContext, name: str, choices: tuple[tuple[str, ...], ...], documented: bool) -> Message:
    others = [" and ".join(f"`{n}`" for n in names) for names in choices if name not in names]
    instead = f" (or {' or '.join(others)})" if others else ""
    state = "is empty" if name in ctx.fields else "is missing"
    near = difflib.get_close_matches(name.lower(), [key.lower() for key in list(ctx.fields)[:50]], 1, 0.6)
    written = next((key for key in ctx.fields if near and key.lower() == near[0] and key != name), "")
    hint = f" Is it what stands there as {ctx.quote(written)}?" if written else ""
    keys = ", ".join(list(ctx.fields)[:12]) or "none"
    return Message(f"`{name}`{instead} {state} in the body.{hint}", f"keys sent: {keys}", certain=documented)


def identifiers(ctx: RuleContext) -> Iterator[Message]:
    """Names that Kinvey cannot store."""
    for key, top in _keys(ctx.json):
        if key.startswith("$"):
            yield Message(f"The field name {ctx.quote(key)} begins with `$`, which is kept for operators; rename it.", key, certain=True)
        elif "." in key:
            yield Message(f"The field name {ctx.quote(key)} has a dot in it; use another character.", key, certain=True)
        elif not key:
            yield Message("A field has an empty name.", "empty key", certain=True)
        elif top and key.startswith("_") and key not in _RESERVED:
            yield Message(f"the field {ctx.quote(key)} begins with an underscore; such names are kept for Kinvey's own fields. Rename it.", key)
    collection = ctx.route.get("collection", "")
    if collection and not re.fullmatch(r"[\w-]+", collection):
        yield Message(f"the collection's name {ctx.quote(collection)} has characters other than letters, digits, `-` and `_`.", collection)


def _keys(value: Any) -> Iterator[tuple[str, bool]]:
    """Every key of a JSON value, and whether it is one of the entity's own."""
    stack = [(item, True) for item in (value if isinstance(value, list) else [value])[:_MOST_KEYS]]
    for _ in range(_MOST_KEYS):
        if not stack:
            return
        item, top = stack.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                yield key, top
                stack.append((inner, False))
        elif isinstance(item, list):
            stack.extend((inner, False) for inner in item)


def refused_entity(ctx: RuleContext) -> Message | None:
    """The member of a multi-insert that was refused."""
    entity = _entity(ctx)
    if entity is None or not isinstance(ctx.json, list):
        return None
    keys = entity if isinstance(entity, dict) else {}
    shown = f"`_id` {ctx.quote(keys['_id'])}" if isinstance(keys.get("_id"), str) else ctx.quote(compact(entity))
    return Message(
        f"Entity {ctx.error.index} of the {len(ctx.json)} sent was refused: {shown}. The others are not affected; send this one alone when mended.",
        f"keys: {', '.join(list(keys)[:12])}",
        certain=True,
    )


def duplicate_id(ctx: RuleContext) -> Iterator[Message]:
    """What the new entity holds is stored already: where from, as far as it was seen."""
    if not _DUPLICATE.search(f"{ctx.message[:2000]} {ctx.error.debug[:2000]}"):
        return
    field = _field(f"{ctx.message[:2000]} {ctx.error.debug[:2000]}")
    entity = _entity(ctx)
    value = entity.get(field) if isinstance(entity, dict) else None
    twice = _same_before(ctx, field, value)
    if twice is not None:
        yield Message(
            f"{ctx.quote(value, field)} stands twice as `{field}` in the list sent: at {twice} and at {ctx.error.index}.", field, certain=True
        )
        return
    if field != "_id":
        yield Message(
            f"Another entity has the same `{field}`, which must be unique here; sending it again will not help.", f"index on {field}", certain=True
        )
        return
    if not isinstance(value, str):
        return
    again = "Sending it again will not help: update it with PUT, or leave `_id` out of new entities."
    seen = ctx.app_memory.ids.get((f"{ctx.raw_path.rstrip('/')}/"[:120], value[:120]))
    if seen and seen.how != "DELETE":
        yield Message(f"The `_id` {ctx.quote(value)} was stored {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}. {again}", "_id", certain=True)
    else:
        yield Message(f"The `_id` {ctx.quote(value)} that the request brings along is stored already. {again}", "_id", certain=True)


def _field(text: str) -> str:
    """The field whose value is stored already, as the database names its index; of several the first."""
    index = _INDEX.search(text)
    fields = _INDEXED.findall(index[1].rpartition("$")[2]) if index else ()
    return fields[0].strip("_") if fields else "_id"


def _entity(ctx: RuleContext) -> Any:
    """The entity that an error is about: the one at its index, or the body; None if there is none."""
    if ctx.status == 207:
        return find(ctx.json, f"/{ctx.error.index}") if isinstance(ctx.json, list) and _has(ctx.json, ctx.error.index) else None
    return ctx.json if isinstance(ctx.json, dict) else None


def _has(items: list[Any], index: int | None) -> bool:
    return index is not None and 0 <= index < len(items)


def _same_before(ctx: RuleContext, field: str, value: Any) -> int | None:
    if not isinstance(ctx.json, list) or value is None or ctx.error.index is None:
        return None
    before = ctx.json[: ctx.error.index]
    return next((n for n, other in enumerate(before) if isinstance(other, dict) and other.get(field) == value), None)
