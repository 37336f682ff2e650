"""bkend.ai: what its catalog cannot tell: records against the table that earlier exchanges showed, and tokens.

Sources, unless a rule names another: the bkend documentation, "Data API", "Authentication" and "Common errors".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...exchange.auth_header import jwt
from ...exchange.json_reader import type_name
from ...exchange.unset_values import is_placeholder
from ...history import refresh_token
from ...history.app_facts import REQUIRED_IN
from ...history.store import LONGEST_KEY
from ..checks import Check, near_name
from ..context import Message, RuleContext, duration, fault_of, login_fault
from ..credentials import CLOCK_SLACK
from ..earlier_facts import key_of
from ..facts import operation
from ..named_fields import as_asked, named_in_answer

# Here the token in question stands in the body or the query; one in Authorization may be old without harm.
_OWN_TOKEN = re.compile(
    r"/auth/(refresh|invitations/(accept|reject)|email/(verify/confirm|callback|signin|signup)|signup|password/reset|[^/]+/callback|mfa)\b"
)
_SIGN_IN = "Clear both stored tokens and send the user to sign-in."


def by_access_token(check: Check) -> Check:
    """A rule about the access token, asked only where it is the token in question."""

    def asked(ctx: RuleContext) -> Message | Iterable[Message] | None:
        return None if _OWN_TOKEN.search(ctx.path) else check(ctx)

    asked.__doc__ = check.__doc__
    return asked


def refresh_expired(ctx: RuleContext) -> Iterable[Message]:
    """Compares the refresh token's `exp`, where it is a JSON Web Token, with the clock. Source: RFC 7519, section 4.1.4. Other causes: none by the
    answer's Date; by this machine's clock it is likely only."""
    value = refresh_token(ctx.request, ctx.backend.history)
    expires = jwt(value).time("exp") if value.count(".") == 2 else None
    if expires is not None and ctx.now - expires > CLOCK_SLACK:
        says = f"The refresh token expired {duration(ctx.now - expires)} before this answer."
        yield login_fault(says, f"exp {expires:.0f}", _SIGN_IN, certain=bool(ctx.answer_headers.get("date")))


def table_name(ctx: RuleContext) -> Message | None:
    """Compares the table's name in the path with those that worked with this key. Source: earlier exchanges. Other causes: the table may exist under
    that name elsewhere, so this is likely only."""
    table, own = ctx.route.get("table", ""), ctx.app_memory.names_of(f"table@{key_of(ctx)}")
    return near_name(ctx, table, own or ctx.app_memory.names_of("table"), "table") if table and not is_placeholder(table) else None


def duplicate_value(ctx: RuleContext) -> Message | None:
    """Lists the values that a unique index may hold already, where the answer names no field. Other causes: which of the fields has the index cannot
    be seen, so this is likely only."""
    if not ctx.route.get("table") or any(named.name in ctx.fields for named in named_in_answer(ctx)):
        return None
    values = {name: value for name, value in ctx.fields.items() if type(value) in (int, float) or (isinstance(value, str) and 0 < len(value) <= 40)}
    short = dict(list(values.items())[:3])
    if not short:
        return None
    where = ctx.path.rstrip("/").removesuffix(f"/{ctx.route.get('id') or ' '}")
    told = {name: ctx.quote(value, name) for name, value in short.items()}
    shown = ", ".join(ctx.quote(name) if "<secret" in value else f"{ctx.quote(name)} {value}" for name, value in told.items())
    fix = f"Find the record with {ctx.quote(f'GET {where}?andFilters=...')} on the unique field, and PATCH it, or send another value."
    return fault_of(
        f"a record with one of these values exists, and the table has a unique index on it: {shown}.", ", ".join(short), fix, certain=False
    )


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
