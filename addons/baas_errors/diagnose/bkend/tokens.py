"""bkend.ai: access tokens and refresh tokens, from sign-in to sign-out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from ...history import refresh_token
from ..auth_header import EMPTY_WORDS, authorization, jwt
from ..checks import Check
from ..context import (
    Case,
    Rule,
    Say,
    duration,
)
from ..credentials import (
    basic_form,
    bearer_form,
    empty_token,
    jwt_times,
    token_history,
)
from .keys import (
    FOR_USERS,
    NO_USER,
    UNKNOWN_CALLER,
    takes_key,
)

# Here the token in question stands in the body or the query; one in Authorization may be old without harm.
_OWN_TOKEN = re.compile(
    r"/auth/(refresh|invitations/(accept|reject)|email/(verify/confirm|callback|signin|signup)|signup|password/reset|[^/]+/callback|mfa)\b"
)
REFRESH = ("auth/invalid-refresh-token", "auth/invalid-token", "auth/token-expired", "auth/session-expired", "auth/invalid-request")


def by_access_token(check: Check) -> Check:
    """A rule about the access token, asked only where it is the token in question."""
    return lambda case: None if _OWN_TOKEN.search(case.path) else check(case)


def no_user(case: Case) -> Say | None:
    """The endpoint serves signed-in users, and the request came without one."""
    if "authorization" in case.headers or not takes_key(case) or not (case.name in NO_USER or FOR_USERS.search(case.path)):
        return None
    before = ""
    for _, token in case.memory.tokens.newest():
        if token.used and not token.ended:
            before = f" Before, {case.ago(token.used.when)}, {case.flow_name(token.used.flow)} carried one."
            break
    return Say(
        f"The request has no Authorization header: it came without a user, and an API key alone does not open {case.quote(case.template)}. Send "
        f"`Authorization: Bearer <accessToken>` beside X-API-Key.{before}",
        "no authorization",
        certain=True,
    )


def token_issuer(case: Case) -> Say | None:
    """The token is a real one, but somebody else's."""
    sent = authorization(case.headers.get("authorization"))
    if not sent or sent.scheme != "bearer":
        return None
    issuer = jwt(sent.value).claims.get("iss")
    host = urlsplit(issuer).hostname if isinstance(issuer, str) and issuer.startswith("http") else None
    if not host or "bkend" in host:
        return None
    return Say(
        f"the token was issued by {case.quote(issuer)}, not by bkend: send the accessToken that bkend's sign-in returned, not the provider's own.",
        f"iss {host}",
        certain=False,
    )


def refresh_token_as_access(case: Case) -> Say | None:
    """The refresh token was sent where the access token belongs."""
    if case.memory.chains.get(case.footprint.hashed_token):
        return Say("The Authorization header carries a refresh token; it takes the access token that came with it.", "authorization", certain=True)
    return None


def refresh_body(case: Case) -> Say | None:
    """The refresh request carries no refresh token, or something else."""
    if not re.search(r"/auth/refresh/?$", case.path) or case.method != "POST":
        return None
    value = case.fields.get("refreshToken")
    if not isinstance(value, str) or not value:
        keys = ", ".join(list(case.fields)[:6]) or "nothing"
        other = next((key for key in ("refresh_token", "token", "RefreshToken") if case.fields.get(key)), "")
        hint = f" It was sent as {case.quote(other)}." if other else ""
        return Say(f"`refreshToken` is missing in the body of the refresh request.{hint}", f"keys sent: {keys}", certain=True)
    if value.strip().lower() in EMPTY_WORDS:
        return Say(f"`refreshToken` is the word {case.quote(value)}: the app lost its token; send the user to sign-in.", "refreshToken", certain=True)
    token = case.memory.tokens.get(case.keeper.hash(value))
    if token and (token.issued or token.used):
        return Say("What was sent as `refreshToken` is an access token; send the refresh token that came with it.", "refreshToken", certain=True)
    return None


def refresh_expired(case: Case) -> Iterable[Say]:
    """The refresh token's own times, where it is a JSON Web Token."""
    value = refresh_token(case.request, case.backend.lessons)
    expires = jwt(value).time("exp") if value.count(".") == 2 else None
    if expires is not None and case.now - expires > 5:
        yield Say(
            f"The refresh token expired {duration(case.now - expires)} before this request; only signing in again helps.",
            f"exp {expires:.0f}",
            certain=True,
        )


def sessions_revoked(case: Case) -> Say | None:
    """A refresh token of this sign-in was used twice, which ends all sessions."""
    token = case.known_token
    sent = refresh_token(case.request, case.backend.lessons)
    chain = (token.chain if token else "") or (case.memory.chains.get(case.keeper.hash(sent)) if sent else "") or ""
    seen = case.memory.reused.get(chain) if chain else None
    if seen is None or seen.flow == case.exchange.id:
        return None
    return Say(
        f"a refresh token of this sign-in was used a second time in {case.flow_name(seen.flow)}, {case.ago(seen.when)}; that ends all sessions of "
        "the user. Sign in again, and let only one refresh run at a time.",
        f"refused in {case.flow_name(seen.flow)}",
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
