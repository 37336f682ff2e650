"""Why Parse Server refuses the master key: not sent where only it is let in, read-only, or sent from an address that may not use it.

Source: parse-server 9.10.0, middlewares.js, the routers, SharedRest.js.
"""

from __future__ import annotations

import re

from ...catalog.load import rule_tables
from ..context import Message, Rule, RuleContext, auth_fault
from .request import DENIED, client_keys, graphql_field, is_graphql, master_key, message_matches, place

MASTER_ONLY = re.compile(
    r"/(?:aggregate|purge|schemas|hooks|push|push_audiences|jobs|cloud_code|scriptlog|serverInfo|security|graphql-config|config|loginAs|files)\b"
)
SEND_MASTER = "Send `X-Parse-Master-Key: <master key>` from a server of yours (in cloud code: `{ useMasterKey: true }`); apps must not hold this key."


def account_page(ctx: RuleContext) -> str:
    """The account page that is asked for, which takes its application id from the path, or ""."""
    return place(ctx).route.rpartition("/")[2] if place(ctx).route.startswith("/apps/") else ""


def parse_headers(ctx: RuleContext) -> str:
    """The names of the X-Parse-* headers that were sent, as evidence, cut."""
    return ", ".join(sorted({name.lower() for name, _ in ctx.headers if name.lower().startswith("x-parse-")}))[:150]


def master_key_address(ctx: RuleContext) -> Message | None:
    """Looks for a master or maintenance key beside a refusal that has a Content-Type. Other causes: none; a wrong key gets another answer."""
    if ctx.in_batch or ctx.message != "unauthorized" or "json" not in ctx.answer_headers.get("content-type") or account_page(ctx):
        return None
    whose = "master" if master_key(ctx) else "maintenance" if "x-parse-maintenance-key" in ctx.headers else ""
    if not whose:
        return None
    forwarded = ctx.headers.get("x-forwarded-for").split(",")[0].strip()
    seen = f" (X-Forwarded-For says {ctx.quote(forwarded)})" if forwarded else ", which is the proxy's while one is between"
    says = f"The {whose} key is right, but this address may not use it{seen}: by default only the server's own may."
    fix = f"Add the caller's address to the server option `{whose}KeyIps` (behind a proxy set `trustProxy`, too), or call from the server itself."
    return Message(says, f"{whose} key sent, address refused", True, fix, "after-fix", "config")


def master_route(ctx: RuleContext) -> bool:
    """Whether the route is for the master key only."""
    route = place(ctx).route
    free = (route, ctx.method) in (("/config", "GET"), ("/files/{file_id}", "POST")) or route.startswith("/files/{app}")
    return bool(MASTER_ONLY.match(route)) and not free and (route != "/graphql-config" or ctx.method in ("GET", "PUT"))


def master_key_missing(ctx: RuleContext) -> Message | None:
    """Looks for the master key where only it is let in: by the route, the GraphQL field, or the server's words. Other causes: none without a key;
    with one, Parse Server 6 answers so too where the key is right and the address may not use it."""
    if not message_matches(ctx, DENIED, r"unauthorized: master key", r"[Mm]aster [Kk]ey is (required|invalid, you should)"):
        return None
    if "master key" not in ctx.message.lower() and not master_route(ctx):
        return None
    sent, route = master_key(ctx), place(ctx).route
    if sent and ((ctx.name == "OperationForbidden" and route != "/loginAs" and not is_graphql(ctx)) or route == "/files/{file_id}"):
        # Without rights the answer has no code: with one, the key is good and may only read.
        return None
    found = MASTER_ONLY.search(ctx.path)
    what = ctx.quote(graphql_field(ctx) or f"{ctx.method} {found[0] if found else ctx.template}")
    if not sent:
        beside = "the request carries a client key only" if client_keys(ctx) else "the request carries none"
        beside = "the maintenance key is not enough" if "x-parse-maintenance-key" in ctx.headers else beside
        says, proven = f"{what} takes the master key, and {beside}.", master_route(ctx) or is_graphql(ctx)
        fix = rule_tables("parse")["from_cloud_code"].get(f"{ctx.method} {route}", SEND_MASTER)
        return auth_fault(says, f"headers sent: {parse_headers(ctx)}", fix, certain=proven)
    if sent in client_keys(ctx).values():
        return auth_fault("What was sent as the master key is a client key.", "x-parse-master-key", "Send the server's `masterKey`.")
    says = f"{what} takes the master key, and the key sent as such is not the server's, or this address may not use it."
    fix = "Compare the key with the server's `masterKey`; if it is right, add the caller's address to `masterKeyIps`."
    if seen := ctx.app_memory.credentials.get(ctx.memory.hash(sent)):
        says = f"this very master key was accepted {ctx.ago(seen.when)} ({ctx.flow_name(seen.flow)}): the address it now came from may not use it."
        fix = "Add all addresses of the caller (IPv4, IPv6, a proxy's) to `masterKeyIps`; behind a proxy set `trustProxy`, too."
    return auth_fault(says, "x-parse-master-key", fix, certain=False)


def read_only_key(ctx: RuleContext) -> Message | None:
    """Looks at writes with a master key that the server refuses. Other causes: where the server only says "Permission denied", a key that is
    wrong."""
    if ctx.method not in ("POST", "PUT", "DELETE") or not master_key(ctx) or ctx.in_batch:
        return None
    fix = "Send the server's `masterKey` instead of its `readOnlyMasterKey`."
    told = r"read-only masterKey isn't allowed", r"Cannot perform a write operation when using readOnlyMasterKey", r"Cannot run an aggregation"
    if message_matches(ctx, *told):
        says = "The key sent as the master key is the read-only one: it cannot write."
        return auth_fault(says, "x-parse-master-key", fix)
    if not message_matches(ctx, rf"{DENIED}$"):
        return None
    # Without rights the answer has no code.
    opens = bool(ctx.name) and master_route(ctx) and place(ctx).route != "/loginAs"
    says = "it opens this path, and cannot write" if opens else "or is not the master key at all: to the master key nothing is denied"
    says = f"the key sent as the master key is the read-only one{':' if opens else ','} {says}."
    return auth_fault(says, "x-parse-master-key", fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("master-key-address", master_key_address, statuses=(403,)),
    Rule("master-key-missing", master_key_missing, entries=("OperationForbidden", "PushMisconfigured"), statuses=(403, 200)),
    Rule("read-only-key", read_only_key, entries=("OperationForbidden",), statuses=(403,)),
)
