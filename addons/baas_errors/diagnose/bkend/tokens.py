"""bkend.ai: access tokens and refresh tokens, from sign-in to sign-out.

Sources, unless a rule names another: the bkend documentation, "Authentication" (token lifetimes, refresh) and "Common errors".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from ...exchange.auth_header import authorization, jwt
from ...history import refresh_token
from ..checks import Check
from ..context import Message, Rule, RuleContext, duration, fault_of, login_fault
from ..credentials import CLOCK_SLACK, basic_form, bearer_form, issued_before, jwt_times, token_history
from .keys import FOR_USERS, NO_USER, SEND_TOKEN, UNKNOWN_CALLER, takes_key

# Here the token in question stands in the body or the query; one in Authorization may be old without harm.
_OWN_TOKEN = re.compile(
    r"/auth/(refresh|invitations/(accept|reject)|email/(verify/confirm|callback|signin|signup)|signup|password/reset|[^/]+/callback|mfa)\b"
)
REFRESH = ("auth/invalid-refresh-token", "auth/invalid-token", "auth/token-expired", "auth/session-expired", "auth/invalid-request")
_SIGN_IN = "Clear both stored tokens and send the user to sign-in."


def by_access_token(check: Check) -> Check:
    """A rule about the access token, asked only where it is the token in question."""

    def asked(ctx: RuleContext) -> Message | Iterable[Message] | None:
        return None if _OWN_TOKEN.search(ctx.path) else check(ctx)

    asked.__doc__ = check.__doc__
    return asked


def no_user(ctx: RuleContext) -> Message | None:
    """Looks for an Authorization header at endpoints that serve signed-in users. Other causes: none: an API key alone does not open these
    endpoints."""
    if "authorization" in ctx.headers or not takes_key(ctx) or not (ctx.name in NO_USER or FOR_USERS.search(ctx.path)):
        return None
    if _OWN_TOKEN.search(ctx.path) and not FOR_USERS.search(ctx.path):
        return None
    used = next((token.used for _, token in ctx.app_memory.tokens.newest() if token.used and not token.ended), None)
    before, (flow, place) = f" Earlier, {ctx.flow_name(used.flow)} carried one ({ctx.ago(used.when)})." if used else "", issued_before(ctx)
    fix = f"Send `Authorization: Bearer` and the `{place}` that {flow} returned." if flow else SEND_TOKEN
    says = f"The request has no Authorization header, so it came without a user, and {ctx.quote(ctx.template)} requires one.{before}"
    return login_fault(says, "no authorization", fix)


def token_issuer(ctx: RuleContext) -> Message | None:
    """Reads who issued the token: bkend itself, or a sign-in provider such as Google. Source: RFC 7519, section 4.1.1 (`iss`). Other causes: a
    project may issue tokens in its own name, so this is likely only."""
    sent = authorization(ctx.headers.get("authorization"))
    issuer = jwt(sent.value).claims.get("iss") if sent and sent.scheme == "bearer" else None
    host = urlsplit(issuer).hostname if isinstance(issuer, str) and issuer.startswith("http") else None
    if not host or "bkend" in host:
        return None
    fix = "Send the accessToken that bkend's sign-in returned, not the provider's token."
    return login_fault(f"the token was issued by {ctx.quote(issuer)}, not by bkend.", f"iss {host}", fix, certain=False)


def refresh_token_as_access(ctx: RuleContext) -> Message | None:
    """Looks for a refresh token, known from an earlier sign-in, in the Authorization header. Other causes: none: a refresh token opens only `POST
    /v1/auth/refresh`."""
    if not ctx.app_memory.chains.get(ctx.facts.hashed_token):
        return None
    fix = "Send the accessToken of the same answer in Authorization, and the refreshToken only to `POST /v1/auth/refresh`."
    return login_fault("The Authorization header carries a refresh token instead of an access token.", "authorization", fix)


def access_token_as_refresh(ctx: RuleContext) -> Message | None:
    """Looks for an access token of this recording in the place of the refresh token. Other causes: none: the endpoint takes refresh tokens."""
    value = ctx.fields.get("refreshToken") if re.search(r"/auth/refresh/?$", ctx.path) else None
    token = ctx.app_memory.tokens.get(ctx.memory.hash(value)) if isinstance(value, str) and value else None
    if token is None or not (token.issued or token.used):
        return None
    return fault_of("`refreshToken` holds an access token.", "refreshToken", "Send the refreshToken that came with it.")


def refresh_expired(ctx: RuleContext) -> Iterable[Message]:
    """Compares the refresh token's `exp`, where it is a JSON Web Token, with the clock. Source: RFC 7519, section 4.1.4. Other causes: none by the
    answer's Date; by this machine's clock it is likely only."""
    value = refresh_token(ctx.request, ctx.backend.history)
    expires = jwt(value).time("exp") if value.count(".") == 2 else None
    if expires is not None and ctx.now - expires > CLOCK_SLACK:
        says = f"The refresh token expired {duration(ctx.now - expires)} before this answer."
        yield login_fault(says, f"exp {expires:.0f}", _SIGN_IN, certain=bool(ctx.answer_headers.get("date")))


def sessions_revoked(ctx: RuleContext) -> Message | None:
    """Looks for a second use of a refresh token of the same sign-in in this recording. Source: the bkend documentation, "Refresh" (reuse ends all
    sessions of the user). Other causes: the session may have ended for another reason."""
    token = ctx.known_token
    sent = refresh_token(ctx.request, ctx.backend.history)
    chain = (token.chain if token else "") or (ctx.app_memory.chains.get(ctx.memory.hash(sent)) if sent else "") or ""
    seen = ctx.app_memory.reused.get(chain) if chain else None
    if seen is None or seen.flow == ctx.exchange.id:
        return None
    says = f"a refresh token of this sign-in was used again in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}, which ends all sessions of the user."
    fix = "Sign in again, and let all calls wait for one refresh instead of starting several at once."
    return login_fault(says, f"refused in {ctx.flow_name(seen.flow)}", fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("bearer-form", bearer_form, UNKNOWN_CALLER, (401,)),
    Rule("basic-form", basic_form, UNKNOWN_CALLER, (401,)),
    Rule("no-user", no_user, UNKNOWN_CALLER, (401,)),
    Rule(
        "access-token-as-refresh",
        access_token_as_refresh,
        (*REFRESH, "auth/unauthorized", "UNAUTHORIZED", "VALIDATION_ERROR", "auth/validation-error"),
        (400, 401),
    ),
    Rule("refresh-expired", refresh_expired, (*REFRESH, "TOKEN_EXPIRED"), (401,)),
    Rule("refresh-token-as-access", by_access_token(refresh_token_as_access), UNKNOWN_CALLER, (401,)),
    Rule("token-time", by_access_token(jwt_times), UNKNOWN_CALLER, (401,)),
    Rule("token-history", by_access_token(token_history), UNKNOWN_CALLER, (401,)),
    Rule("sessions-revoked", sessions_revoked, (*UNKNOWN_CALLER, *REFRESH), (401,)),
    Rule("token-issuer", by_access_token(token_issuer), UNKNOWN_CALLER, (401,)),
)
