"""Mobile Identity Connect: why the auth host refuses a client, a code or a refresh token."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ...history.store import LONGEST_KEY
from ..auth_header import EMPTY_WORDS, authorization, basic
from ..checks import near_name
from ..context import Message, RuleContext

_GRANTS = {"authorization_code": "code", "refresh_token": "refresh_token", "password": "password"}


def _sent(ctx: RuleContext) -> Mapping[str, str]:
    """The parameters of an OAuth request: its form, else its query."""
    return ctx.body.form if ctx.method == "POST" and ctx.body.data else ctx.params


def spent_code(ctx: RuleContext) -> Message | None:
    """A code that was exchanged before."""
    if not _sent(ctx).get("code"):
        return None
    seen = ctx.app_memory.done.get(ctx.facts.request)
    if seen is None:
        return None
    says = (
        f"This code was exchanged before, {ctx.ago(seen.when)} in {ctx.flow_name(seen.flow)}: each serves once. Look for a "
        "redirect handler that runs "
    )
    return Message(f"{says}twice.", f"same request in {ctx.flow_name(seen.flow)}", certain=True)


def grant(ctx: RuleContext) -> Iterator[Message]:
    """What the grant needs is absent, or a program's word for nothing."""
    if not ctx.raw_path.rstrip("/").endswith("/oauth/token"):
        return
    sent = _sent(ctx)
    kind = sent.get("grant_type", "")
    wanted = _GRANTS.get(kind)
    if ctx.method == "POST" and not kind:
        yield Message(
            "The request has no `grant_type`; send `authorization_code` with a code, or `refresh_token` with a refresh token.", "no grant_type", True
        )
        return
    value = sent.get(wanted, "") if wanted else ""
    if wanted and (not value or value.lower() in EMPTY_WORDS):
        state = f"is {ctx.quote(value)}" if value else "is missing"
        yield Message(f"The grant is `{kind}`, but `{wanted}` {state}: the app lost it, or never had one.", f"{wanted} {state}", certain=True)
    elif kind == "authorization_code" and not sent.get("redirect_uri"):
        yield Message("`redirect_uri` is missing; it must be the very one that was sent to /oauth/auth.", "no redirect_uri")


def refresh_ended(ctx: RuleContext) -> Message | None:
    """A refresh token without any earlier use in sight: it can only have ended by itself."""
    token = _sent(ctx).get("refresh_token", "")
    if _sent(ctx).get("grant_type") != "refresh_token" or not token or token.lower() in EMPTY_WORDS:
        return None
    if ctx.app_memory.refreshes.get(ctx.memory.hash(token)):
        return None
    return Message(
        "the refresh token has expired or was replaced by a newer one before this recording began: the user must sign in again.", "refresh_token"
    )


def client(ctx: RuleContext) -> Iterator[Message]:
    """A client that is not the app: absent, misspelt, or another one in the form than in the Basic header."""
    sent = _sent(ctx).get("client_id", "")
    header = authorization(ctx.headers.get("authorization"))
    user = basic(header.value).user if header and header.scheme == "basic" else ""
    if not sent and not user:
        yield Message("The request has no `client_id`; it is the app key, or `<app key>.<auth service id>`.", "no client_id", certain=True)
        return
    if sent != sent.strip():
        yield Message(f"`client_id` has white space at an end: {ctx.quote(sent.replace(' ', chr(0x2423)))}.", "white space", certain=True)
    elif sent and user and sent.partition(".")[0] != user.partition(".")[0]:
        says = f"`client_id` is {ctx.quote(sent)}, but the Basic credentials are those of {_shown(ctx, user)}; both must name one app."
        yield Message(says, "client_id and Basic user differ", certain=True)
    else:
        kid = (sent or user).partition(".")[0]
        apps = [app for app in ctx.memory.apps_of(ctx.backend.id) if "." not in app and ctx.memory.of(ctx.backend.id, app).last_answer]
        if kid[:LONGEST_KEY] not in apps:
            known = [(app, seen) for app in apps if (seen := ctx.memory.of(ctx.backend.id, app).last_answer) and seen.status < 400]
            if near := near_name(ctx, kid, known, "app key"):
                yield near


def _shown(ctx: RuleContext, user: str) -> str:
    return ctx.quote(user) if user.startswith("kid_") else f"somebody else ({len(user)} characters)"
