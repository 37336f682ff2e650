"""What is wrong with the body or the headers of a Kinvey request: what is absent, misspelt or sent twice."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from ...exchange.json_pointer import find
from ...exchange.json_reader import compact, type_name
from ..checks import Check
from ..context import Message, RuleContext

_NOT_SAVED = " Nothing was saved: resend it after the fix."
_JSON_TYPE = "Send the body as JSON with `Content-Type: application/json`."
_HEADERS = {
    "X-Kinvey-API-Version": "Send `X-Kinvey-API-Version: 6`.",
    "Content-Type": "Send `Content-Type: application/json`.",
    "Authorization": "Send `Authorization: Basic base64(<app key>:<app secret>)` before sign-in, `Authorization: Kinvey <session>` after it.",
    "X-Kinvey-Content-Type": "Send the file's media type, such as `X-Kinvey-Content-Type: image/png`.",
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
_MOST_INSERTED = 100
_SAYS_MISSING = ("MissingRequestParameter", "IncompleteRequestBody")


def may_send_again(check: Check) -> Check:
    """A rule whose certain findings tell that nothing was saved, so that a save may be sent again."""

    def checked(ctx: RuleContext) -> Iterator[Message]:
        said = check(ctx)
        for say in (said,) if isinstance(said, Message) else said or ():
            saves = (
                ctx.error.index is None
                and ctx.method in ("POST", "PUT")
                and ctx.raw_path.startswith(("/appdata/", "/blob/"))
                and "_group" not in ctx.raw_path
            )
            yield say._replace(fix=f"{say.fix}{_NOT_SAVED}") if say.certain and saves else say

    checked.__doc__ = check.__doc__
    return checked


def missing_header(ctx: RuleContext) -> Iterator[Message]:
    """Looks for headers that the route needs; where the server names one, that one. Source: Kinvey REST guide, Getting started and Files. Other
    causes: none where the server names the header, or only one is absent."""
    wanted = ["Authorization", "X-Kinvey-API-Version"]
    if ctx.body.data:
        wanted.append("Content-Type")
    if "/blob/" in f"{ctx.raw_path}/" and ctx.method in ("POST", "PUT"):
        wanted.append("X-Kinvey-Content-Type")
    absent = [name for name in wanted if name not in ctx.headers]
    said = f"{ctx.message} {ctx.error.debug}".lower()
    named = [name for name in absent if re.search(rf"(?<![\w-]){name.lower()}(?![\w-])", said)]
    for name in named or absent:
        certain = bool(named) or len(absent) == 1
        yield Message(f"The request has no {name} header.", f"headers sent: {_header_names(ctx)}", certain, _HEADERS[name])


def no_authorization(ctx: RuleContext) -> Message | None:
    """Looks for the Authorization header. Source: Kinvey REST guide, Authentication. Other causes: none, each route needs one."""
    if "authorization" in ctx.headers or "kid" not in ctx.route:
        return None
    says = "The request has no Authorization header."
    return Message(says, f"headers sent: {_header_names(ctx)}", True, _HEADERS["Authorization"], "after-login", "auth")


def _header_names(ctx: RuleContext) -> str:
    return ", ".join(sorted({name.lower() for name, _ in ctx.headers}))[:150]


def form_body(ctx: RuleContext) -> Message | None:
    """Looks for a form where Kinvey takes JSON. Source: Kinvey REST guide, Getting started. Other causes: none where the answer says that the body is
    missing or not JSON."""
    kind = ctx.body.content_type.lower()
    if not ctx.body.data or "/oauth/" in ctx.raw_path or not ("form-urlencoded" in kind or "multipart/form" in kind):
        return None
    certain = ctx.name in ("JSONParseError", "IncompleteRequestBody", "MissingRequestParameter")
    return Message("The body is a form, and this route takes JSON.", f"content-type: {kind}", certain, _JSON_TYPE)


def other_type(ctx: RuleContext) -> Message | None:
    """Compares the Content-Type with a body that looks like JSON. Source: Kinvey REST guide, Getting started."""
    kind = ctx.body.content_type.split(";")[0].strip().lower()
    data = ctx.body.data
    if not data or data.lstrip()[:1] not in (b"{", b"[") or "json" in kind or "form" in kind:
        return None
    sent = f"its Content-Type is {ctx.quote(kind)}" if kind else "the request has no Content-Type"
    return Message(f"the body is JSON, but {sent}.", f"content-type: {kind or 'absent'}", False, _HEADERS["Content-Type"], "after-fix", "request")


def too_many(ctx: RuleContext) -> Message | None:
    """Counts the entities of a list that was too large. Source: Kinvey/dotnet-sdk, Constants.cs (100 entities in one multi-insert)."""
    if not isinstance(ctx.json, list) or len(ctx.json) <= _MOST_INSERTED:
        return None
    says = f"the list has {len(ctx.json):,} entities; Kinvey takes at most {_MOST_INSERTED} in one request."
    return Message(says, f"{len(ctx.json)} entities", False, f"Split the list into requests of {_MOST_INSERTED} entities.", "after-fix", "request")


def no_body(ctx: RuleContext) -> Message | None:
    """Looks for a POST or PUT without a body. Source: Kinvey REST guide, Error handling. Other causes: none where the answer says that the body is
    missing."""
    # An empty body under a JSON type is told by `body-json`.
    if ctx.method not in ("POST", "PUT") or ctx.body.data is None or ctx.body.data.strip() or "json" in ctx.body.content_type.lower():
        return None
    fix = "Send at least `{}`, with `Content-Type: application/json`."
    return Message(f"The {ctx.method} has no body.", f"{ctx.method} without a body", ctx.name == "IncompleteRequestBody", fix)


def missing_parameter(ctx: RuleContext) -> Iterator[Message]:
    """Looks for fields that this route needs and the body lacks, or has empty. Source: Kinvey REST guide, Users and Data store; for /rpc and /push
    what kinvey-js-sdk 7.0.0 sends. Other causes: none where the answer says that the body or a parameter is missing, and the guide asks for the
    field."""
    for path, choices, documented in _NEEDED:
        if not path.search(ctx.raw_path):
            continue
        if ctx.json is not None and not isinstance(ctx.json, dict):
            says = f"The body is {type_name(ctx.json)}, and this route takes an object."
            yield Message(says, type_name(ctx.json), True, "Send a JSON object, such as `{}` with the fields of this route.")
            return
        # The set that the body comes nearest to.
        needed = max(choices, key=lambda names: sum(name in ctx.fields for name in names))
        for name in needed:
            if ctx.fields.get(name) in (None, "", {}, []):
                yield _missing(ctx, name, choices, documented and ctx.name in _SAYS_MISSING)
        return


def _missing(ctx: RuleContext, name: str, choices: tuple[tuple[str, ...], ...], certain: bool) -> Message:
    others = [" and ".join(f"`{n}`" for n in names) for names in choices if name not in names]
    instead = f" (or {' or '.join(others)})" if others else ""
    state = "is null" if name in ctx.fields and ctx.fields[name] is None else "is empty" if name in ctx.fields else "is missing"
    near = difflib.get_close_matches(name.lower(), [key.lower() for key in list(ctx.fields)[:50]], 1, 0.6)
    written = next((key for key in ctx.fields if near and key.lower() == near[0] and key != name), "")
    if name == "username" and not written and name not in ctx.fields:
        # Logins by e-mail address are another service's.
        written = next((key for key in ctx.fields if key.lower() == "email"), "")
    keys = ", ".join(list(ctx.fields)[:12]) or "none"
    spelt = f"; the body has {ctx.quote(written)}" if written else ""
    fix = f"Send `{name}` instead of {ctx.quote(written)}." if written else f"Send `{name}` with a value; do not send the request while it is empty."
    return Message(f"`{name}`{instead} {state} in the body{spelt}.", f"keys sent: {keys}", certain, fix, "after-fix", "request")


def identifiers(ctx: RuleContext) -> Iterator[Message]:
    """Looks for names that Kinvey cannot store. Source: Kinvey REST guide, Data store; MongoDB manual, Field names. Other causes: none for `$`, dots
    and empty names."""
    for key, top in _keys(ctx.json):
        if key.startswith("$"):
            fix = f"Rename it, for example to {ctx.quote(key.lstrip('$') or 'value')}."
            yield Message(f"The field name {ctx.quote(key)} begins with `$`, which is reserved for operators.", key, True, fix)
        elif "." in key:
            fix = f"Rename it, for example to {ctx.quote(key.replace('.', '_'))}, or nest an object."
            yield Message(f"The field name {ctx.quote(key)} has a dot in it.", key, True, fix)
        elif not key:
            yield Message("A field has an empty name.", "empty key", True, "Give the field a name, or leave it out.")
        elif top and key.startswith("_") and key not in _RESERVED:
            says = f"the field {ctx.quote(key)} begins with an underscore; such names are reserved for Kinvey's own fields."
            yield Message(says, key, False, f"Rename it, for example to {ctx.quote(key.lstrip('_') or 'value')}.")
    collection = ctx.route.get("collection", "")
    if collection and not re.fullmatch(r"[\w-]+", collection):
        says = f"the collection's name {ctx.quote(collection)} has characters other than letters, digits, `-` and `_`."
        plain = re.sub(r"[^\w-]+", "_", collection).strip("_") or "books"
        yield Message(says, collection, False, f"Use a name such as {ctx.quote(plain)}.")


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
    """Looks up the member of a multi-insert that was refused. Source: Kinvey REST guide, Data store (multi-insert); kinvey-js-sdk 7.0.0, datastore.
    Other causes: none, the answer gives the index."""
    entity = _entity(ctx)
    if entity is None or not isinstance(ctx.json, list):
        return None
    keys = entity if isinstance(entity, dict) else {}
    shown = f"`_id` {ctx.quote(keys['_id'])}" if isinstance(keys.get("_id"), str) else ctx.quote(compact(entity))
    says = f"Entity {ctx.error.index} of the {len(ctx.json)} sent was refused: {shown}. Each entity is saved or refused by itself."
    fix = "Correct this entity as the server's message says, and send it alone."
    return Message(says, f"keys: {', '.join(list(keys)[:12])}", True, fix, "after-fix", "request")


def duplicate_id(ctx: RuleContext) -> Iterator[Message]:
    """Looks up the value that is stored already: in the list sent, and in earlier flows. Source: MongoDB, error 11000. Other causes: none where the
    server's text names the index or `_id`."""
    text = f"{ctx.message[:2000]} {ctx.error.debug[:2000]} {_raw_error(ctx)[:2000]}"
    if not (named := _DUPLICATE.search(text)):
        return
    field, entity = _field(text), _entity(ctx)
    certain = "_id" in text or field != "_id"
    if not certain and not named[0].lower().startswith("e"):
        return  # What "already exists" is not said.
    value = entity.get(field) if isinstance(entity, dict) else None
    twice = _same_before(ctx, field, value)
    if twice is not None:
        says = f"{ctx.quote(value, field)} stands twice as `{field}` in the list sent: at {twice} and at {ctx.error.index}."
        yield Message(says, field, certain, f"Send each `{field}` once.", "after-fix", "request")
    elif field != "_id":
        says = f"Another entity has the same `{field}`, which must be unique in this collection."
        yield Message(says, f"index on {field}", True, f"Send another `{field}`, or update the entity that has it with PUT.", "after-fix", "request")
    elif isinstance(value, str):
        seen = ctx.app_memory.ids.get((f"{ctx.raw_path.rstrip('/')}/"[:120], value[:120]))
        by = f" {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}" if seen and seen.how != "DELETE" else " already"
        says = f"The `_id` {ctx.quote(value)} that the request sends was stored{by}."
        fix = f"Update it with `PUT {ctx.template.rstrip('/')}/<_id>`, or leave `_id` out of new entities."
        yield Message(says, "_id", certain, fix, "after-fix", "request")


def _raw_error(ctx: RuleContext) -> str:
    """The text in the place of a code in a multi-insert's list of errors, which a description hides."""
    errors = ctx.exchange.response.body.object.get("errors") if ctx.error.index is not None and ctx.exchange.response else None
    listed = errors[:_MOST_KEYS] if isinstance(errors, list) else []
    found = next((error.get("error") for error in listed if isinstance(error, dict) and error.get("index") == ctx.error.index), "")
    return found if isinstance(found, str) else ""


def _field(text: str) -> str:
    """The field whose value is stored already, as the database names its index; of several the first."""
    index = _INDEX.search(text)
    fields = _INDEXED.findall(index[1].rpartition("$")[2]) if index else ()
    return fields[0].strip("_") if fields else "_id"


def _entity(ctx: RuleContext) -> Any:
    """The entity that an error is about: the one at its index, or the body; None if there is none."""
    if ctx.error.index is not None:
        return find(ctx.json, f"/{ctx.error.index}") if isinstance(ctx.json, list) and _has(ctx.json, ctx.error.index) else None
    return ctx.json if isinstance(ctx.json, dict) else None


def _has(items: list[Any], index: int | None) -> bool:
    return index is not None and 0 <= index < len(items)


def _same_before(ctx: RuleContext, field: str, value: Any) -> int | None:
    if not isinstance(ctx.json, list) or value is None or ctx.error.index is None:
        return None
    before = ctx.json[: ctx.error.index]
    return next((n for n, other in enumerate(before) if isinstance(other, dict) and other.get(field) == value), None)
