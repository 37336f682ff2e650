"""Which object of which class a request is about and what it does with it: over REST, in a batch, and through GraphQL."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from ...catalog.causes import filled
from ...catalog.load import rule_tables
from ...history.objects import read_global_id
from ...history.store import LONGEST_KEY, KnownObject
from ..context import Message, RuleContext, once
from ..credentials import issued_before
from .request import GETS, OBJECTS, class_name, graphql_argument, graphql_field, object_id, place, session, where

_ACTIONS = {("GET", False): "find", ("GET", True): "get", ("POST", False): "create", ("PUT", True): "update", ("DELETE", True): "delete"}
_VERB = re.compile(r"(create|update|delete)(?=[A-Z])")
# Fields of Parse Server's GraphQL that are no objects of the app.
_OTHER_FIELDS = re.compile(
    r"(create|update|delete)?([cC]lass(es)?|[fF]ile|[cC]loudConfig)$|signUp|logIn\w*|logOut|callCloudCode|health|viewer|challenge|\w+Password|sendVer\w+"
)
# Classes of the server's own, which have a `_` before these names.
SYSTEM = frozenset({"User", "Role", "Session", "Installation", "Product"})


def refused(says: str, evidence: str, fix: str, certain: bool = False) -> Message:
    """A refusal by permissions or access lists."""
    return Message(says, evidence, certain, fix, "after-fix", "permission")


def listed(ctx: RuleContext, names: Iterable[str]) -> str:
    """Users and roles of an access list as words."""
    return " and ".join(ctx.quote(name) for name in list(names)[:4])


def join_role(ctx: RuleContext, names: Iterable[str], otherwise: str) -> str:
    """What to do where these may, of whom some are roles: add the user to a role, or something else."""
    role = next((name for name in names if name.startswith("role:")), "")
    if not role or not session(ctx):
        return otherwise
    user = ctx.known_token.user if ctx.known_token and ctx.known_token.user else "..."
    pointer = f'{{"__type": "Pointer", "className": "_User", "objectId": "{ctx.quote(user)[1:-1]}"}}'
    body = f'`{{"users": {{"__op": "AddRelation", "objects": [{pointer}]}}}}`'
    how = f"with the master key: `PUT /roles/<id of the role>`, {body}"
    return f"Add the user to the role {ctx.quote(role.removeprefix('role:'))} {how}. Or: {otherwise}"


def no_token(ctx: RuleContext, says: str, certain: bool) -> Message:
    """A request without a session token where one is needed: with where it is, or how the SDK that asked is made to send one."""
    lost, fix = lost_token(ctx)
    return Message(f"{says}{lost}", "no session token", certain, fix, "after-fix" if lost else "after-login", "auth")


def lost_token(ctx: RuleContext) -> tuple[str, str]:
    """Where the session token is that the request does not carry (another header or parameter, the answer of an earlier login), as a sentence to
    append, "" where none was seen; and how the SDK that asked is made to send one."""
    sent = (*ctx.headers, *ctx.params.items(), *ctx.fields.items())
    if name := next((name for name, value in sent if isinstance(value, str) and re.search(r"\br:[0-9a-f]{32}\b", value[:2000])), ""):
        return f" The token is in {ctx.quote(name)}, which the server does not read.", "Send the token as `X-Parse-Session-Token: r:...`, alone."
    flow, client = issued_before(ctx)[0], f"{ctx.facts.client} {ctx.headers.get('user-agent')}"
    row = next(row for row in rule_tables("parse")["client"] if re.search(row["seen"], client))
    fix = filled(row["fix" if flow else "login"], {"flow": flow}.__getitem__)
    return f" {flow.capitalize()} gave a token, which this request does not carry." if flow else "", fix


class Target(NamedTuple):
    """`action` as class-level permissions call it (find, get, create, update, delete), class and id; "" for what is not known."""

    action: str = ""
    name: str = ""
    ident: str = ""


@once
def target(ctx: RuleContext) -> Target:
    """The object or class that the request is about, and what it does with it."""
    route = place(ctx).route
    if route in OBJECTS:
        # The `get` of the JavaScript SDK is a query by the id alone.
        asked = where(ctx) if ctx.method == "GET" and route not in GETS else None
        if isinstance(asked, dict) and list(asked) == ["objectId"] and isinstance(asked["objectId"], str):
            return Target("get", class_name(ctx), asked["objectId"])
        return Target(_ACTIONS.get((ctx.method, route in GETS), ""), class_name(ctx), object_id(ctx))
    field = graphql_field(ctx)
    if not field or _OTHER_FIELDS.match(field):
        return Target()
    verb = _VERB.match(field)
    sent = graphql_argument(ctx, "id")
    name = field.removeprefix(verb[0]) if verb else field[:1].upper() + field[1:]
    if not verb and not sent:
        name = name.removesuffix("s")
    if key := read_global_id(sent):
        return Target(verb[0] if verb else "get", *key)
    return Target(verb[0] if verb else "get" if sent else "find", f"_{name}" if name in SYSTEM else name, sent)


def known_object(ctx: RuleContext) -> KnownObject | None:
    """What earlier flows showed of the object that the request is about."""
    asked = target(ctx)
    return ctx.app_memory.objects.get((asked.name[:LONGEST_KEY], asked.ident[:LONGEST_KEY])) if asked.ident else None
