"""bkend.ai: access tokens and refresh tokens, from sign-in to sign-out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from ...history import refresh_token
from ..auth_header import EMPTY_WORDS, authorization, jwt
from ..checks import Check
from ..context import Message, Rule, RuleContext, duration
from ..credentials import basic_form, bearer_form, empty_token, jwt_times, token_history
from .keys import FOR_USERS, NO_USER, UNKNOWN_CALLER, takes_key

# Here the token in question stands in the body or the query; one in Authorization may be old without harm.
_OWN_TOKEN = re.compile(
    r"/auth/(refresh|invitations/(accept|reject)|email/(verify/confirm|callback|signin|signup)|signup|password/reset|[^/]+/callback|mfa)\b"
)
REFRESH = ("auth/invalid-refresh-token", "auth/invalid-token", "auth/token-expired", "auth/session-expired", "auth/invalid-request")


def by_access_token(check: Check) -> Check:
    """A rule about the access token, asked only where it is the token in question."""
    return lambda ctx: None if _OWN_TOKEN.search(ctx.path) else check(ctx)


def no_user(ctx: RuleContext) -> Message | None:
    """The endpoint serves signed-in users, and the request came without one."""
    if "authorization" in ctx.headers or not takes_key(ctx) or not (ctx.name in NO_USER or FOR_USERS.search(ctx.path)):
        return None
    before = ""
    for _, token in ctx.app_memory.tokens.newest():
        if token.used and not token.ended:
            before = f" Before, {ctx.ago(token.used.when)}, {ctx.flow_name(token.used.flow)} carried one."
            break
    return Message(
        f"The request has no Authorization header: it came without a user, and an API key alone does not open {ctx.quote(ctx.template)}. Send "
        f"`Authorization: Bearer <accessToken>` beside X-API-Key.{before}",
        "no authorization",
        certain=True,
    )


def token_issuer(ctx: RuleContext) -> Message | None:
    """The token is a real one, but somebody else's."""
    sent = authorization(ctx.headers.get("authorization"))
    if not sent or sent.scheme != "bearer":
        return None
    issuer = jwt(sent.value).claims.get("iss")
    host = urlsplit(issuer).hostname if isinstance(issuer, str) and issuer.startswith("http") else None
    if not host or "bkend" in host:
        return None
    return Message(
        f"the token was issued by {ctx.quote(issuer)}, not by bkend: send the accessToken that bkend's sign-in returned, not the provider's own.",
        f"iss {host}",
        certain=False,
    )


def refresh_token_as_access(ctx: RuleContext) -> Message | None:
    """The refresh token was sent where the access token belongs."""
    if ctx.app_memory.chains.get(ctx.facts.hashed_token):
        return Message(
            "The Authorization header carries a refresh token; it takes the access token that came with it.", "authorization", certain=True
        )
    return None


def refresh_body(ctx: RuleContext) -> Message | None:
    """The refresh request carries no refresh token, or something else."""
    if not re.search(r"/auth/refresh/?$", ctx.path) or ctx.method != "POST":
        return None
    value = ctx.fields.get("refreshToken")
    if not isinstance(value, str) or not value:
        keys = ", ".join(list(ctx.fields)[:6]) or "nothing"
        other = next((key for key in ("refresh_token", "token", "RefreshToken") if ctx.fields.get(key)), "")
        hint = f" It was sent as {ctx.quote(other)}." if other else ""
        return Message(f"`refreshToken` is missing in the body of the refresh request.{hint}", f"keys sent: {keys}", certain=True)
    if value.strip().lower() in EMPTY_WORDS:
        return Message(
            f"`refreshToken` is the word {ctx.quote(value)}: the app lost its token; send the user to sign-in.", "refreshToken", certain=True
        )
    token = ctx.app_memory.tokens.get(ctx.memory.hash(value))
    if token and (token.issued or token.used):
        return Message("What was sent as `refreshToken` is an access token; send the refresh token that came with it.", "refreshToken", certain=True)
    return None


def refresh_expired(ctx: RuleContext) -> Iterable[Message]:
    """The refresh token's own times, where it is a JSON Web Token."""
    value = refresh_token(ctx.request, ctx.backend.history)
    expires = jwt(value).time("exp") if value.count(".") == 2 else None
    if expires is not None and ctx.now - expires > 5:
        yield Message(
            f"The refresh token expired {duration(ctx.now - expires)} before this request; only signing in again helps.",
            f"exp {expires:.0f}",
            certain=True,
        )


def sessions_revoked(ctx: RuleContext) -> Message | None:
    """A refresh token of this sign-in was used twice, which ends all sessions."""
    token = ctx.known_token
    sent = refresh_token(ctx.request, ctx.backend.history)
    chain = (token.chain if token else "") or (ctx.app_memory.chains.get(ctx.memory.hash(sent)) if sent else "") or ""
    seen = ctx.app_memory.reused.get(chain) if chain else None
    if seen is None or seen.flow == ctx.exchange.id:
        return None
    return Message(
        f"a refresh token of this sign-in was used a second time in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}; that ends all sessions of "
        "the user. Sign in again, and let only one refresh run at a time.",
        f"refused in {ctx.flow_name(seen.flow)}",
        certain=False,
    )


RULES: tuple[Rule, ...] = (
    Rule("token-lost", empty_token, UNKNOWN_CALLER, (401,)),
    Rule("bearer-form", bearer_form, UNKNOWN_CALLER, (401,)),
    Rule("basic-form", basic_form, UNKNOWN_CALLER, (401,)),
    Rule("no-user", no_user, UNKNOWN_CALLER, (401,)),
    Rule("refresh-body", refresh_body, (*REFRESH, "auth/unauthorized", "UNAUTHORIZED", "VALIDATION_ERROR", "auth/validation-error"), (400, 401)),
    Rule("refresh-expired", refresh_expired, (*REFRESH, "TOKEN_EXPIRED"), (401,)),
    Rule("refresh-token-as-access", by_access_token(refresh_token_as_access), UNKNOWN_CALLER, (401,)),
    Rule("token-time", by_access_token(jwt_times), UNKNOWN_CALLER, (401,)),
    Rule("token-history", by_access_token(token_history), UNKNOWN_CALLER, (401,)),
    Rule("sessions-revoked", sessions_revoked, (*UNKNOWN_CALLER, *REFRESH), (401,)),
    Rule("token-issuer", by_access_token(token_issuer), UNKNOWN_CALLER, (401,)),
)
