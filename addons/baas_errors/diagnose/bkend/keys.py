"""bkend.ai: the API key, which stands for project and environment, and says whether a guest, a user or an admin asks.

Sources, unless a rule names another: the bkend documentation, "API keys" and "Common errors".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...exchange.auth_header import authorization
from ...exchange.placeholders import is_unset
from ..context import Message, Rule, RuleContext

KEY = re.compile(r"(pk|sk)_[0-9a-fA-F]{64}")
# What no API key opens without a user.
FOR_USERS = re.compile(
    r"/(files|users)(/|$)|/auth/(me|sessions|accounts|invitations|mfa|providers|email-templates|signout|withdraw|password/change|switch-organization)\b"
)
# Hosts of earlier versions: their paths have no /v1, and X-Project-Id with X-Environment stands in place of the key.
LEGACY_HOST = re.compile(r"(?i)(^|\.)api\.bkend\.io$|^api-enduser(-dev)?\.bkend\.ai$")

# Refusals because of who asks, in the two styles of codes, and of the MCP endpoint.
UNKNOWN_CALLER = (
    "auth/unauthorized", "auth/access-token-expired", "auth/invalid-access-token", "auth/invalid-token-format", "auth/missing-authorization-header",
    "auth/invalid-token", "auth/token-expired", "auth/session-expired", "common/authentication-required", "user/unauthorized",
    "AUTHENTICATION_REQUIRED", "UNAUTHORIZED", "INVALID_TOKEN", "TOKEN_EXPIRED", "TOKEN_REVOKED", "AuthenticationFailed",
)  # fmt: skip
KEY_AT_FAULT = ("data/invalid-header", "MISSING_HEADER", "common/invalid-parameters", *UNKNOWN_CALLER)
NO_USER = ("auth/missing-authorization-header", "common/authentication-required", "AUTHENTICATION_REQUIRED", "user/unauthorized")
PROJECT = (
    "data/project-access-denied", "PROJECT_ACCESS_DENIED", "data/environment-not-found", "ENVIRONMENT_NOT_FOUND", "PROJECT_NOT_FOUND",
)  # fmt: skip
SEND_KEY = "Send `X-API-Key: pk_...` with the key of this environment from the console."
SEND_TOKEN = "Send `Authorization: Bearer <accessToken>` in addition to X-API-Key."  # noqa: S105 - what to send, not a token
_BARE_KEY = "Send the bare key: `X-API-Key: pk_...`."


def key_of(ctx: RuleContext) -> str:
    """The X-API-Key header, without white space around it."""
    return ctx.headers.get("x-api-key").strip()


def key_hash(ctx: RuleContext) -> str:
    """What the memory knows the request's key by, or ""."""
    return ctx.memory.hash(key_of(ctx)) if key_of(ctx) else ""


def has_user(ctx: RuleContext) -> bool:
    """Whether the request carries something that may be a user's token."""
    sent = authorization(ctx.headers.get("authorization"))
    return sent is not None and not sent.is_empty_word


def takes_key(ctx: RuleContext) -> bool:
    """Whether this call needs X-API-Key: not the MCP endpoint (OAuth), signed URLs, legacy hosts, and the app's own proxy, which may add the key."""
    if re.search(r"/(mcp|oauth|\.well-known)(/|$)", ctx.path) or ctx.memory.upload(ctx.request.host, ctx.request.path) is not None:
        return False
    legacy = LEGACY_HOST.search(ctx.request.host) and "x-project-id" in ctx.headers
    return bool(key_of(ctx)) or not (legacy or behind_proxy(ctx)) or re.search(r"(?i)x-api-key", ctx.message[:500]) is not None


def behind_proxy(ctx: RuleContext) -> bool:
    """Whether the request went to a host that is not bkend's: the app's own proxy, which may add or replace headers."""
    return not re.search(r"(?i)(^|\.)bkend\.(ai|io)$", ctx.request.host)


def _unauthorized(says: str, evidence: str, fix: str, *, certain: bool = True) -> Message:
    """A fault of the API key, which no sign-in mends."""
    return Message(says, evidence, certain, fix, "after-fix", "config")


def api_key(ctx: RuleContext) -> Message | None:
    """Looks at X-API-Key: absent, in another header, or not a key by its form. Other causes: none: every REST call needs a key of this form. Of a key
    that worked earlier nothing is said."""
    if not takes_key(ctx):
        return None
    key = key_of(ctx)
    sent = authorization(ctx.headers.get("authorization"))
    misplaced = re.match(r"(pk|sk)_", sent.value) if sent else None
    if not key and misplaced:
        says = f"The API key ({ctx.quote(misplaced[0])}...) is in the Authorization header, and X-API-Key is missing."
        return _unauthorized(says, "authorization, no x-api-key", "Move the key to `X-API-Key`. Authorization is for the user's access token.")
    if not key:
        state = "The X-API-Key header is empty." if "x-api-key" in ctx.headers else "The request has no X-API-Key header."
        fix = f"Let the app's own proxy at {ctx.quote(ctx.request.host)} add `X-API-Key: pk_...`." if behind_proxy(ctx) else SEND_KEY
        return _unauthorized(state, "no x-api-key", fix)
    if key_hash(ctx) not in ctx.app_memory.keys and (fault := _key_fault(ctx, key)):
        return _unauthorized(f"The X-API-Key header {fault[0]}.", f"{len(key)} characters in x-api-key", fault[1])
    if misplaced:
        fix = "Leave the Authorization header out, or send the access token that sign-in returned in it."
        return _unauthorized("The Authorization header carries an API key instead of an access token.", "authorization: bearer with a key", fix)
    return None


def _key_fault(ctx: RuleContext, key: str) -> tuple[str, str] | None:
    """What is wrong with a key's form, as the end of a sentence that begins with the header's name, and the remedy; None for a key."""
    if KEY.fullmatch(key):
        return None
    if re.fullmatch(r"(?i)undefined|null|none|nil|nan", key):
        return f"is the word {ctx.quote(key)} instead of a key", "Set the variable that holds the key (in .env or the build settings)."
    if is_unset(key) or re.search(r"[{}<>]|\.\.\.|your|_key$", key, re.I):
        return "holds a placeholder instead of a key", "Replace the placeholder with the key from the console."
    if key.startswith("eyJ"):
        return "holds a JSON Web Token instead of an API key", f"Send the token as `Authorization: Bearer <accessToken>`. {SEND_KEY}"
    if key.startswith("ak_"):
        return None if LEGACY_HOST.search(ctx.request.host) else ("holds a legacy `ak_` key", "Create a `pk_` key in the console.")
    if re.match(r"(?i)bearer\s", key):
        return "begins with `Bearer`", _BARE_KEY
    if key[:1] in "\"'":
        return "has quotes around the key", _BARE_KEY
    match = re.match(r"(pk|sk)_(.*)", key, re.S)
    copy = "Copy the whole key from the console: `pk_` or `sk_` and 64 hexadecimal digits."
    if match is None:
        bare = "; the prefix is missing" if re.fullmatch(r"[0-9a-fA-F]{64}", key) else ""
        return f"does not begin with `pk_` or `sk_`{bare}", copy
    if not re.fullmatch(r"[0-9a-fA-F]*", match[2]):
        return f"has characters after `{match[1]}_` that are not hexadecimal digits", copy
    state = "too few" if len(match[2]) < 64 else "too many"
    return f"has {len(match[2])} hexadecimal digits after `{match[1]}_`, which is {state}: a key has 64", copy


def secret_key(ctx: RuleContext) -> Message | None:
    """Looks for a secret key (`sk_`) on a request that signs a user up or in. Source: observed: bkend answers 401 "Invalid API key" to secret keys
    there. Other causes: none where the message names the API key."""
    if not key_of(ctx).startswith("sk_") or not re.search(r"/auth/(email/|password/reset|[^/]+/callback|refresh|signup|signin)", ctx.path):
        return None
    named = re.search(r"(?i)api.?key", ctx.message[:500]) is not None
    says = "The request to sign in carries a secret key (`sk_`), which bkend refuses there."
    fix = "Send the publishable key (`X-API-Key: pk_...`) from the app. Keep `sk_` keys on your server."
    return _unauthorized(says, "sk_ key", fix, certain=named)


def key_refused(ctx: RuleContext) -> Message | None:
    """Looks for a request with a well-formed key and nothing else that could be refused. Other causes: a key of another environment, a revoked or an
    expired one look alike, so this is likely only."""
    key = key_of(ctx)
    if not KEY.fullmatch(key) or not takes_key(ctx) or "authorization" in ctx.headers or ctx.name in NO_USER:
        return None
    if FOR_USERS.search(ctx.path) or "/auth/" in ctx.path:
        return None
    fix = "Compare X-API-Key with the console's list of keys for this environment, and create a new key if it is not there."
    worked = ctx.app_memory.keys.get(key_hash(ctx))
    if worked is not None:
        says = f"this {key[:3]} key worked {ctx.ago(worked.when)} in {ctx.flow_name(worked.flow)}, so it was revoked or has expired since."
        return _unauthorized(says, "x-api-key", fix, certain=False)
    other = next((seen for hashed, seen in ctx.app_memory.keys.newest()), None)
    hint = f" Another key worked in {ctx.flow_name(other.flow)}." if other else ""
    says = f"the {key[:3]} key has the right form, and no token was sent, so the key itself is unknown, revoked or expired.{hint}"
    return _unauthorized(says, "x-api-key", fix, certain=False)


def other_key(ctx: RuleContext) -> Iterable[Message]:
    """Compares the key with the one under which the token was issued in this recording. Other causes: none where the code says that project and token
    differ; else the token may be refused for another reason."""
    token = ctx.known_token
    own = key_hash(ctx)
    if token and token.key and own and token.key != own:
        seen = token.issued or token.used
        where = f" in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}" if seen else ""
        certain = ctx.name in ("data/project-access-denied", "PROJECT_ACCESS_DENIED")
        fix = "Sign in again with the X-API-Key in use: key and token must belong to one project and environment."
        says = f"This token was issued under another X-API-Key{where}."
        yield Message(says, "x-api-key differs from that of the sign-in", certain, fix, "after-login")


def environment(ctx: RuleContext) -> Iterable[Message]:
    """Looks for a key that never worked, where another one did. Other causes: this one may be of a project without traffic so far."""
    own = key_hash(ctx)
    other = next((seen for hashed, seen in ctx.app_memory.keys.newest() if hashed != own), None)
    if own and other and own not in ctx.app_memory.keys:
        says = f"another X-API-Key worked in {ctx.flow_name(other.flow)}, {ctx.ago(other.when)}, but this one has not worked in this recording."
        fix = "Compare the two keys in the console: each stands for one project and environment (dev, staging, prod)."
        yield _unauthorized(says, "x-api-key", fix, certain=False)


RULES: tuple[Rule, ...] = (
    Rule("api-key", api_key, KEY_AT_FAULT, (400, 401)),
    Rule("secret-key", secret_key, UNKNOWN_CALLER, (401,)),
    Rule("other-key", other_key, (*PROJECT, *UNKNOWN_CALLER), (401, 403)),
    Rule("environment-of-key", environment, PROJECT),
    Rule("key-refused", key_refused, UNKNOWN_CALLER, (401,)),
)
