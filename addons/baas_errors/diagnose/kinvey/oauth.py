"""Mobile Identity Connect: why the auth host refuses a client, a code or a refresh token."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ...exchange.auth_header import authorization, basic
from ...exchange.placeholders import is_unset
from ...history.app_facts import REDIRECT
from ...history.store import LONGEST_KEY
from ..checks import near_name
from ..context import Message, RuleContext, fault_of

_CLIENT = "Send `client_id` as `<app key>` or `<app key>.<auth service id>`"
_SIGN_IN = "Sign the user in again."


def _sent(ctx: RuleContext) -> Mapping[str, str]:
    """The parameters of an OAuth request: its form, else its query."""
    return ctx.body.form if ctx.method == "POST" and ctx.body.data else ctx.params


def redirect_differs(ctx: RuleContext) -> Message | None:
    """Compares `redirect_uri` with those that earlier flows began a login with. Source: RFC 6749, 4.1.3; earlier flows. Other causes: none, a code is
    good for the address that it was asked with."""
    sent, asked = _sent(ctx).get("redirect_uri", ""), ctx.app_memory.names_of(REDIRECT)
    if not sent or not asked or sent[:LONGEST_KEY] in dict(asked) or ctx.method != "POST":
        return None
    right, flow = ctx.quote(asked[0][0]), ctx.flow_name(asked[0][1].flow)
    says = f"`redirect_uri` is {ctx.quote(sent)}, but {flow} began the login with {right}: both must be equal, letter by letter."
    return fault_of(says, f"redirect_uri in {flow}", f"Send {right} as `redirect_uri` to /oauth/token too.")


def refresh_ended(ctx: RuleContext) -> Message | None:
    """Looks for a refresh token that no earlier flow used. Source: RFC 6749, 5.2."""
    token = _sent(ctx).get("refresh_token", "")
    if _sent(ctx).get("grant_type") != "refresh_token" or is_unset(token):
        return None
    if ctx.app_memory.refreshes.get(ctx.memory.hash(token)):
        return None
    says = "the refresh token has expired, or a newer one replaced it before this recording began."
    return Message(says, "refresh_token", False, _SIGN_IN, "after-login", "auth")


def client(ctx: RuleContext) -> Iterator[Message]:
    """Looks at `client_id`: whether it is absent, has white space, or differs from the Basic credentials or from keys that worked. Source: RFC 6749,
    2.3.1 and 5.2. Other causes: none where it is absent or contradicts the Basic credentials."""
    sent = _sent(ctx).get("client_id", "")
    header = authorization(ctx.headers.get("authorization"))
    user = basic(header.value).user if header and header.scheme == "basic" else ""
    if not sent and not user:
        yield Message("The request has no `client_id`.", "no client_id", True, f"{_CLIENT}.")
    elif sent != sent.strip():
        says = f"`client_id` begins or ends with white space: {ctx.quote(sent.replace(' ', chr(0x2423)))} (\u2423 is a space)."
        yield Message(says, "white space", True, f"{_CLIENT}, without white space.")
    elif sent and user and sent.partition(".")[0] != user.partition(".")[0]:
        shown = ctx.quote(user) if user.startswith("kid_") else f"another name ({len(user)} characters)"
        says = f"`client_id` is {ctx.quote(sent)}, but the Basic credentials are those of {shown}."
        yield Message(says, "client_id and Basic user differ", True, "Use the key and secret of one app in both places.")
    else:
        kid = (sent or user).partition(".")[0]
        apps = [app for app in ctx.memory.apps_of(ctx.backend.id) if "." not in app and ctx.memory.of(ctx.backend.id, app).last_answer]
        if kid[:LONGEST_KEY] not in apps:
            known = [(app, seen) for app in apps if (seen := ctx.memory.of(ctx.backend.id, app).last_answer) and seen.status < 400]
            if near := near_name(ctx, kid, known, "app key"):
                yield near._replace(fix=near.fix or f"{_CLIENT}, spelt as in the console.")
                return
        if not ctx.raw_path.rstrip("/").endswith("/oauth/auth"):
            return
        asked = ctx.params.get("redirect_uri", "")
        redirect = f"its auth service does not allow the redirect URI {ctx.quote(asked)}" if asked else ""
        if redirect and re.search(r"(?i)redirect", ctx.error.debug):
            fix = f"Enter {ctx.quote(asked)} as a redirect URI of this auth service in the console, or send one that is entered there."
            yield fault_of(f"The client {ctx.quote(sent or user)} is known, but {redirect}.", "redirect_uri", fix)
            return
        says = f"the auth host knows no client {ctx.quote(sent or user)}{', or ' * bool(redirect)}{redirect}."
        fix = f"In the console (Identity > Mobile Identity Connect), create an auth service and enter the redirect URI exactly as sent. {_CLIENT}."
        yield Message(says, "client_id", False, fix)
