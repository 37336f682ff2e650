"""bkend.ai: what a request must hold: list parameters, records, and the bodies of sign-up, sign-in and other forms.

Sources, unless a rule names another: the bkend documentation, "Data API", "Authentication", "Storage" and "Common errors".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from ...exchange.json_reader import type_name
from ..checks import email_shape, integer_parameters, json_body, json_parameters, missing_field, unknown_operators, value_taken, wrong_content_type
from ..context import Message, Rule, RuleContext, fault_of
from ..named_fields import as_asked, named_field, named_in_answer
from .data import DUPLICATE, INVALID, operation

_SIGN = re.compile(r"/auth/email/(signup|signin)/?$")
# The fields without which an endpoint refuses, by what ends its path; the first that fits counts.
REQUIRED: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), names)
    for pattern, names in (
        (r"/auth/email/signup/?$", ("email", "method", "name")),
        (r"/auth/email/signin/?$", ("email", "method")),
        (r"/auth/password/reset/request/?$", ("email",)),
        (r"/auth/password/reset/confirm/?$", ("email", "token", "newPassword")),
        (r"/auth/password/change/?$", ("currentPassword", "newPassword")),
        (r"/auth/(email/verify|signup/email)/(send|resend)/?$", ("email",)),
        (r"/auth/email/verify/confirm/?$", ("token",)),
        (r"/auth/mfa/enable/?$", ("password",)),
        (r"/auth/mfa/confirm/?$", ("code",)),
        (r"/auth/mfa/disable/?$", ("password", "code")),
        (r"/auth/accounts/?$", ("provider", "accessToken")),
        (r"/auth/invitations/(accept|reject)/?$", ("token",)),
        (r"/auth/invitations/?$", ("email",)),
        (r"/files/multipart/init/?$", ("filename", "contentType", "fileSize")),
        (r"/files/multipart/presigned-url/?$", ("key", "uploadId", "partNumber")),
        (r"/files/multipart/complete/?$", ("key", "uploadId", "parts")),
        (r"/files/multipart/abort/?$", ("key", "uploadId")),
        (r"/files/presigned-url/?$", ("filename", "contentType")),
        (r"/files/?$", ("s3Key", "originalName", "mimeType", "size")),
    )
)
WEAK = ("auth/invalid-password-format", "auth/weak-password", *INVALID)
_BODY = (*INVALID, "ParseError", "InvalidRequest", "InvalidParams")
_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$regex", "$options", "$exists", "$and", "$or", "$nor", "$not")
_FILTERS = ("andFilters", "orFilters")
_DIRECTIONS = {"ascending": "asc", "descending": "desc", "1": "asc", "-1": "desc"}
_DOWN = ("desc", "DESC", "descending", "Desc")
# How other APIs write an order: `-price`, `price:desc`, `price desc`, `{"price": -1}`.
_SORT = re.compile(r"[{\[]?\s*\"?(?P<sign>[+-]?)(?P<field>[A-Za-z_]\w{0,80})\"?(?:\s*[:, ]\s*\"?(?P<way>-?1|(?i:asc|desc)(?:ending)?))?\"?\s*[}\]]?")
_METHODS = 'Send `"method": "password"` or `"method": "magiclink"`.'
_STRENGTH = (("an upper-case letter", "[A-Z]"), ("a lower-case letter", "[a-z]"), ("a digit", r"\d"), ("a special character", "[^A-Za-z0-9]"))


def sort_order(ctx: RuleContext) -> Message | None:
    """Looks at `sortBy`, which is the bare name of a field, and `sortDirection`, which is `asc` or `desc`. Other causes: none: anything else is
    refused."""
    value, named = ctx.params.get("sortDirection"), _SORT.fullmatch(ctx.params.get("sortBy", "")[:200])
    if named and (named["sign"] or named["way"]):
        down = named["sign"] == "-" or named["way"] in ("-1", *_DOWN)
        right = f"sortBy={named['field']}&sortDirection={'desc' if down else 'asc'}"
        says = f"`sortBy` is {ctx.quote(named[0])}, which is not the bare name of a field."
        return fault_of(says, f"sortBy={named[0]}", f"Send {ctx.quote(right)}.")
    if value is None or value in ("asc", "desc"):
        return None
    near = _DIRECTIONS.get(value.lower(), value.lower())
    fix = f"Send `sortDirection={near}`." if near in ("asc", "desc") else "Send `sortDirection=asc` or `sortDirection=desc`."
    state = f"is {ctx.quote(value)}, which is not `asc` or `desc`" if value else "is empty"
    return fault_of(f"`sortDirection` {state}.", f"sortDirection={value}", fix)


def filter_kind(ctx: RuleContext) -> Iterable[Message]:
    """Looks at filters that are JSON, but not an object. Other causes: none: a filter is an object."""
    for name in _FILTERS:
        value = _parsed(ctx.params.get(name))
        if value is not None and not isinstance(value, dict):
            yield fault_of(f"`{name}` is {type_name(value)}, not an object.", name, 'Send an object such as `{"status": "active"}`, percent-encoded.')


def _parsed(text: str | None) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def record_is_object(ctx: RuleContext) -> Message | None:
    """Looks for an array of records in the body. Other causes: none: each request takes one object."""
    if operation(ctx) in ("create", "update") and isinstance(ctx.json, list):
        return fault_of(f"The body is an array of {len(ctx.json)} records.", "body: array", "Send one object in each request.")
    return None


def wrapped_record(ctx: RuleContext) -> Message | None:
    """Looks for a record inside another object, such as `{"data": {...}}`. Other causes: the table may have a column of that name, so this is likely
    only."""
    key, value = next(iter(ctx.fields.items()), ("", None))
    if operation(ctx) not in ("create", "update") or len(ctx.fields) != 1 or not isinstance(value, dict):
        return None
    if key not in ("data", "record", "item", "body", "attributes", "fields") or any(named.name in value for named in named_in_answer(ctx)):
        return None
    fix = "Put the fields at the top level of the body."
    return fault_of(f"the body wraps the record in {ctx.quote(key)}.", f"keys sent: {key}", fix, certain=False)


def managed_fields(ctx: RuleContext) -> Message | None:
    """Looks for fields that the server sets itself. Other causes: the server may ignore them, so this is likely only."""
    sent = [key for key in ("id", "_id", "createdBy", "createdAt", "updatedAt") if key in ctx.fields]
    if operation(ctx) not in ("create", "update") or not sent:
        return None
    names = ", ".join(map(ctx.quote, sent))
    return fault_of(f"the body sets {names}, which the server sets itself.", ", ".join(sent), f"Leave out {names}.", certain=False)


def text_values(ctx: RuleContext) -> Iterable[Message]:
    """Looks for booleans (and numbers, where the message speaks of them) that were sent as strings in a record. Source: the bkend documentation,
    "Data API" (types are not converted). Other causes: the column may be a string, so this is likely only."""
    if operation(ctx) not in ("create", "update") or any(named.name in ctx.fields for named in named_in_answer(ctx)):
        return
    for name, value in list(ctx.fields.items())[:50]:
        if fix := as_asked(ctx, "boolean" if re.fullmatch(r"(?i)\s*(true|false)\s*", str(value)) else ctx.message, name, value):
            yield fault_of(f"{ctx.quote(name)} was sent as {type_name(value)}, {ctx.quote(value, name)}.", name, fix, certain=False)


def required_fields(ctx: RuleContext) -> Iterable[Message]:
    """Looks for the fields without which the endpoint refuses a request. Other causes: none: the endpoint requires these fields."""
    if ctx.method != "POST" or not isinstance(ctx.json, dict):
        return
    names = next((names for pattern, names in REQUIRED if pattern.search(ctx.path)), ())
    if _SIGN.search(ctx.path):
        link = ctx.fields.get("method") == "magiclink"
        names = (*names, "callbackUrl" if link else "password")
        # A link by e-mail needs no name.
        names = tuple(name for name in names if name != "name") if link else names
    for name in names:
        if ctx.fields.get(name) in (None, "", [], {}):
            yield missing_field(ctx, name, _METHODS if name == "method" else "")


def sign_method(ctx: RuleContext) -> Message | None:
    """Looks at `method` of a sign-up or sign-in. Other causes: none: there are `password` and `magiclink`."""
    value = ctx.fields.get("method")
    if _SIGN.search(ctx.path) and value is not None and value not in ("password", "magiclink", ""):
        return fault_of(f"`method` is {ctx.quote(value)}, which is not a way to sign in.", f"method: {value}", _METHODS)
    return None


def password_length(ctx: RuleContext) -> Iterable[Message]:
    """Looks at a new password that no project accepts; its length is all that is said of it. Other causes: none below 6 or above 128 characters. What
    a project's own policy requires is likely only."""
    fix = "Choose a password of 8 to 128 characters, with upper-case and lower-case letters, a digit and a special character."
    for name in ("password", "newPassword"):
        value = ctx.fields.get(name)
        if value is None or value == "":
            continue
        if not isinstance(value, str):
            yield fault_of(f"`{name}` is {type_name(value)}, not a string.", name, f"Send `{name}` in quotes.")
            continue
        size, lacks = f"{len(value)} characters", ["the usual 8 characters"] if len(value) < 8 else []
        lacks += [what for what, has in _STRENGTH if not re.search(has, value)]
        if len(value) < 6:
            yield fault_of(f"`{name}` has {size}; fewer than 6 are refused in every project.", f"{size} in {name}", fix)
        elif len(value) > 128:
            yield fault_of(f"`{name}` has {size}; 128 is the maximum.", f"{size} in {name}", fix)
        elif ctx.name in WEAK[:2] and lacks:
            says = f"the project's password policy requires more: `{name}` lacks {', '.join(lacks)}."
            yield fault_of(says, f"{size} in {name}", fix, certain=False)


def mfa_code(ctx: RuleContext) -> Message | None:
    """Looks at the second factor: not sent, or not six digits. Its length is all that is said of it. Source: RFC 6238 with six digits, as bkend uses
    it. Other causes: a backup code has another form, so that longer codes are likely only."""
    if not ctx.sends_object or not re.search(r"/auth/(email/signin|mfa/|[^/]+/callback)", ctx.path):
        return None
    value = ctx.fields.get("mfaCode", ctx.fields.get("code"))
    if value is None or value == "":
        if ctx.name == "auth/mfa-required":
            fix = "Ask the user for the code, and send the same request again with `mfaCode`."
            return Message("The sign-in carries no `mfaCode`.", "mfaCode", True, fix, "after-fix", "request")
        return None
    if not isinstance(value, str):
        return fault_of(f"The code was sent as {type_name(value)}, which loses leading zeros.", "mfaCode", "Send the code as a string of six digits.")
    if not re.fullmatch(r"\d{6}", value):
        spaced = re.fullmatch(r"\d{6}", re.sub(r"[\s-]", "", value))
        why, fix = ("it contains spaces or hyphens", "Remove them.") if spaced else (f"it has {len(value)} characters", "Send the six digits only.")
        return fault_of(f"The code is not six digits: {why}.", "mfaCode", fix, certain=not re.fullmatch(r"[\w-]{8,}", value))
    return None


def oauth_callback(ctx: RuleContext) -> Iterable[Message]:
    """Looks for what a provider's callback must pass on: `code`, `redirectUri`, `state`. Other causes: none: the endpoint requires all three."""
    if not re.search(r"/auth/[^/]+/callback/?$", ctx.path) or not ctx.sends_object:
        return
    sent = {**ctx.params, **ctx.fields}
    for name in ("code", "redirectUri", "state"):
        if not sent.get(name):
            state = "is empty" if name in sent else "is missing"
            fix = f"Pass `{name}` on from the provider's redirect." if name != "redirectUri" else "Send the redirect URL that the sign-in began with."
            yield fault_of(f"`{name}` {state} in the callback.", f"sent: {', '.join(list(sent)[:12])}", fix)


_operators = unknown_operators(lambda ctx: [_parsed(ctx.params.get(name)) for name in _FILTERS], _OPERATORS, 'bkend documentation, "Filters"')

RULES: tuple[Rule, ...] = (
    Rule("paging", integer_parameters({"page": (1, None), "limit": (1, 100)}, 'bkend documentation, "List records"'), INVALID, (400,)),
    Rule("sort-direction", sort_order, INVALID, (400,)),
    Rule("filter-json", json_parameters(*_FILTERS), INVALID, (400,)),
    Rule("filter-kind", filter_kind, INVALID, (400,)),
    Rule("filter-operator", _operators, INVALID, (400,)),
    Rule("named-field", named_field, (*INVALID, *DUPLICATE, "user/invalid-role", "user/invalid-name", "user/invalid-nickname"), (400, 409, 422)),
    Rule("record-is-object", record_is_object, INVALID, (400,)),
    Rule("wrapped-record", wrapped_record, INVALID, (400,)),
    Rule("managed-fields", managed_fields, INVALID, (400,)),
    Rule("text-values", text_values, INVALID, (400, 422)),
    Rule("body-json", json_body, _BODY, (400, 415)),
    Rule("content-type", wrong_content_type("application/json", forms=False), _BODY, (400, 415)),
    Rule("required-field", required_fields, (*INVALID, "file/invalid-name", "file/invalid-part-number-range"), (400,)),
    Rule("sign-method", sign_method, INVALID, (400,)),
    Rule("email", email_shape("email"), ("auth/invalid-email-format", "auth/invalid-email", *INVALID), (400,)),
    Rule("password", password_length, WEAK, (400,)),
    Rule("mfa-code", mfa_code, ("auth/mfa-required", "auth/invalid-mfa-code")),
    Rule("oauth-callback", oauth_callback, ("auth/invalid-oauth-code", "auth/oauth-callback-failed")),
    Rule("email-taken", value_taken("email"), ("auth/email-already-exists", "EMAIL_ALREADY_EXISTS")),
)
