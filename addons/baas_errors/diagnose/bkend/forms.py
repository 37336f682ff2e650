"""bkend.ai: what a request must hold: list parameters, records, and the bodies of sign-up, sign-in and other forms.

Sources, unless a rule names another: the bkend documentation, "Data API", "Authentication", "Storage" and "Common errors".
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from ...exchange.json_reader import type_name
from ...history.app_facts import REQUIRED_IN
from ...history.store import LONGEST_KEY
from ..checks import email_shape, integer_parameters, json_body, json_parameters, missing_field, unknown_operators, value_taken, wrong_content_type
from ..context import Message, Rule, RuleContext, fault_of
from ..id_history import parameter_unset
from ..named_fields import as_asked, named_field, named_in_answer
from .data import DUPLICATE, INVALID, operation

_SIGN = re.compile(r"/auth/email/(signup|signin)/?$")
# The fields without which an endpoint refuses, by what ends its path; the first that fits counts.
REQUIRED = {
    r"/auth/email/signup": ("email", "method", "name"), r"/auth/email/signin": ("email", "method"),
    r"/auth/password/reset/request": ("email",), r"/auth/password/reset/confirm": ("email", "token", "newPassword"),
    r"/auth/password/change": ("currentPassword", "newPassword"), r"/auth/(email/verify|signup/email)/(send|resend)": ("email",),
    r"/auth/email/verify/confirm": ("token",), r"/auth/mfa/enable": ("password",), r"/auth/mfa/confirm": ("code",),
    r"/auth/mfa/disable": ("password", "code"), r"/auth/accounts": ("provider", "accessToken"),
    r"/auth/invitations/(accept|reject)": ("token",), r"/auth/invitations": ("email",),
    r"/files/multipart/init": ("filename", "contentType", "fileSize"), r"/files/multipart/presigned-url": ("key", "uploadId", "partNumber"),
    r"/files/multipart/complete": ("key", "uploadId", "parts"), r"/files/multipart/abort": ("key", "uploadId"),
    r"/files/presigned-url": ("filename", "contentType"), r"/files": ("s3Key", "originalName", "mimeType", "size"),
}  # fmt: skip
_BODY = (*INVALID, "ParseError", "InvalidRequest", "InvalidParams")
_OPERATORS = ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$regex", "$options", "$exists", "$and", "$or", "$nor", "$not")
_FILTERS = ("andFilters", "orFilters")
_DIRECTIONS = {"ascending": "asc", "descending": "desc", "1": "asc", "-1": "desc"}
_DOWN = ("desc", "DESC", "descending", "Desc")
# How other APIs write an order: `-price`, `price:desc`, `price desc`, `{"price": -1}`.
_SORT = re.compile(
    r"[{\[]? {0,3}\"?(?P<sign>[+-]?)(?P<field>[A-Za-z_]\w{0,80})\"? {0,3}(?:[:, ] {0,3}\"?(?P<way>-?1|(?i:asc|desc)(?:ending)?))?\"? {0,3}[}\]]?"
)
_METHODS = 'Send `"method": "password"` or `"method": "magiclink"`.'


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


def _parsed(text: str | None) -> object:
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def text_values(ctx: RuleContext) -> Iterable[Message]:
    """Looks for booleans (and numbers, where the message speaks of them) that were sent as strings in a record. Source: the bkend documentation,
    "Data API" (types are not converted). Other causes: the column may be a string, so this is likely only."""
    if operation(ctx) not in ("create", "update") or any(named.name in ctx.fields for named in named_in_answer(ctx)):
        return
    for name, value in list(ctx.fields.items())[:50]:
        if fix := as_asked(ctx, "boolean" if re.fullmatch(r"(?i)\s*(true|false)\s*", str(value)) else ctx.message, name, value):
            yield fault_of(f"{ctx.quote(name)} was sent as {type_name(value)}, {ctx.quote(value, name)}.", name, fix, certain=False)


def required_columns(ctx: RuleContext) -> Message | None:
    """Compares the body with the columns that an earlier answer called required, or that earlier records of the table have. Source: earlier
    exchanges. Other causes: none for a schema that was read before; a column that others have need not be required."""
    table = ctx.route.get("table", "")
    if operation(ctx) != "create" or not isinstance(ctx.json, dict) or not re.search(r"(?i)required|missing", ctx.message[:500]):
        return None
    required = ctx.app_memory.names_of(f"{REQUIRED_IN}{table}"[:LONGEST_KEY])
    usual = [(name, seen) for (of, name), (_, seen) in ctx.app_memory.fields.newest() if of == table] if not required else []
    lacking = [(name, seen) for name, seen in required or usual if ctx.fields.get(name) in (None, "")][:5]
    if not lacking or any(named.name not in dict(lacking) for named in named_in_answer(ctx)):
        return None
    names, flow = ", ".join(ctx.quote(name) for name, _ in lacking), ctx.flow_name(lacking[0][1].flow)
    says = f"The schema in {flow} requires {names}, missing in the body." if required else f"a record that {flow} created has {names}, missing here."
    return fault_of(says, names, f"Send {names} with a value.", certain=bool(required))


def required_fields(ctx: RuleContext) -> Iterable[Message]:
    """Looks for the fields without which the endpoint refuses a request. Other causes: none: the endpoint requires these fields."""
    if ctx.method != "POST" or not isinstance(ctx.json, dict):
        return
    names = next((names for pattern, names in REQUIRED.items() if re.search(rf"{pattern}/?$", ctx.path)), ())
    if _SIGN.search(ctx.path):
        link = ctx.fields.get("method") == "magiclink"
        names = (*names, "callbackUrl" if link else "password")
        # A link by e-mail needs no name.
        names = tuple(name for name in names if name != "name") if link else names
    for name in names:
        if ctx.fields.get(name) in (None, "", [], {}):
            yield missing_field(ctx, name, _METHODS if name == "method" else "")


_operators = unknown_operators(lambda ctx: [_parsed(ctx.params.get(name)) for name in _FILTERS], _OPERATORS, 'bkend documentation, "Filters"')

RULES: tuple[Rule, ...] = (
    Rule("paging", integer_parameters({"page": (1, None), "limit": (1, 100)}, 'bkend documentation, "List records"'), INVALID, (400,)),
    Rule("parameter-unset", parameter_unset, INVALID, (400,)),
    Rule("sort-direction", sort_order, INVALID, (400,)),
    Rule("filter-json", json_parameters(*_FILTERS), INVALID, (400,)),
    Rule("filter-operator", _operators, INVALID, (400,)),
    Rule("named-field", named_field, (*INVALID, *DUPLICATE, "user/invalid-role", "user/invalid-name", "user/invalid-nickname"), (400, 409, 422)),
    Rule("text-values", text_values, INVALID, (400, 422)),
    Rule("body-json", json_body, _BODY, (400, 415)),
    Rule("content-type", wrong_content_type("application/json", forms=False), _BODY, (400, 415)),
    Rule("required-column", required_columns, INVALID, (400, 422)),
    Rule("required-field", required_fields, (*INVALID, "file/invalid-name", "file/invalid-part-number-range"), (400,)),
    Rule("email", email_shape("email"), ("auth/invalid-email-format", "auth/invalid-email", *INVALID), (400,)),
    Rule("email-taken", value_taken("email"), ("auth/email-already-exists", "EMAIL_ALREADY_EXISTS")),
)
