"""bkend.ai: the API key, which stands for project and environment, and says whether a guest, a user or an admin asks."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..auth_header import EMPTY_WORDS, authorization
from ..context import Message, Rule, RuleContext

KEY = re.compile(r"(pk|sk)_[0-9a-fA-F]{64}")
ENVIRONMENTS = ("dev", "staging", "prod")
# What no API key opens without a user.
FOR_USERS = re.compile(
    r"/(files|users)(/|$)|/auth/(me|sessions|accounts|invitations|mfa|providers|email-templates|signout|withdraw|password/change|switch-organization)\b"
)
_LEGACY_HOST = re.compile(r"(?i)(^|\.)api\.bkend\.io$")

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


def key_of(ctx: RuleContext) -> str:
    """The X-API-Key header, without white space around it."""
    return ctx.headers.get("x-api-key").strip()


def key_hash(ctx: RuleContext) -> str:
    """What the memory knows the request's key by, or ""."""
    return ctx.memory.hash(key_of(ctx)) if key_of(ctx) else ""


def has_user(ctx: RuleContext) -> bool:
    """Whether the request carries something that may be a user's token."""
    sent = authorization(ctx.headers.get("authorization"))
    return bool(sent) and not sent.is_empty_word if sent else False


def takes_key(ctx: RuleContext) -> bool:
    """Whether this is a call of the REST API: the MCP endpoint has OAuth, and signed URLs have their signature."""
    return not re.search(r"/(mcp|oauth|\.well-known)(/|$)", ctx.path) and ctx.memory.upload(ctx.request.host, ctx.request.path) is None


def api_key(ctx: RuleContext) -> Message | None:
    """The API key is absent, at the wrong place, or no key."""
    if not takes_key(ctx):
        return None
    key = key_of(ctx)
    sent = authorization(ctx.headers.get("authorization"))
    misplaced = re.match(r"(pk|sk)_", sent.value) if sent else None
    if not key:
        if misplaced:
            return Message(
                f"The API key ({ctx.quote(misplaced[0])}...) stands in the Authorization header; it belongs in X-API-Key, and Authorization is "
                "for the user's access token.",
                "authorization, no x-api-key",
                certain=True,
            )
        state = "The X-API-Key header is empty: the variable that should hold the key is not set" if "x-api-key" in ctx.headers else ""
        return Message(f"{state or 'The request has no X-API-Key header'}; send `X-API-Key: pk_...` with every call.", "no x-api-key", certain=True)
    if fault := _key_fault(ctx, key):
        return Message(f"The X-API-Key header {fault}.", f"{len(key)} characters in x-api-key", certain=True)
    if misplaced:
        return Message(
            "The Authorization header carries an API key; it is for the user's access token. Leave it out, or send the token that signing in "
            "returned.",
            "authorization: bearer with a key",
            certain=True,
        )
    return None


def _key_fault(ctx: RuleContext, key: str) -> str:
    """What is wrong with a key's form, as the end of a sentence that begins with the header's name; "" for a key."""
    if KEY.fullmatch(key):
        return ""
    if key.lower() in EMPTY_WORDS:
        return f"is the word {ctx.quote(key)}: the variable that should hold the key is not set"
    if re.search(r"[{}<>]|\.\.\.|your|_key$", key, re.I):
        return "holds a placeholder from the documentation instead of a key"
    if key.startswith("eyJ"):
        return "holds a JSON Web Token: the user's access token belongs in `Authorization: Bearer ...`, and the API key here"
    if key.startswith("ak_"):
        return "" if _LEGACY_HOST.search(ctx.request.host) else "holds a legacy `ak_` key; this API takes a `pk_` or `sk_` key, made in the console"
    if re.match(r"(?i)bearer\s", key):
        return "begins with `Bearer`; it takes the bare key"
    if key[:1] in "\"'":
        return "has quotes around the key; send the bare key"
    match = re.match(r"(pk|sk)_(.*)", key, re.S)
    if match is None:
        bare = ": the prefix was lost" if re.fullmatch(r"[0-9a-fA-F]{64}", key) else ""
        return f"does not begin with `pk_` or `sk_`{bare}; a key is one of these and 64 hexadecimal digits"
    if not re.fullmatch(r"[0-9a-fA-F]*", match[2]):
        return f"has characters after `{match[1]}_` that are no hexadecimal digits; a key is `{match[1]}_` and 64 of them"
    cut = "it was cut off" if len(match[2]) < 64 else "something was added to it"
    return f"has {len(match[2])} hexadecimal digits after `{match[1]}_` where a key has 64: {cut}"


def key_refused(ctx: RuleContext) -> Message | None:
    """A key of the right form, and nothing else that could be refused: the key itself is."""
    key = key_of(ctx)
    if (
        not KEY.fullmatch(key)
        or not takes_key(ctx)
        or "authorization" in ctx.headers
        or ctx.name in NO_USER
        or FOR_USERS.search(ctx.path)
        or "/auth/" in ctx.path
    ):
        return None
    worked = ctx.app_memory.keys.get(key_hash(ctx))
    if worked is not None:
        return Message(
            f"this {key[:3]} key worked {ctx.ago(worked.when)} in {ctx.flow_name(worked.flow)}; it was revoked or has expired since.",
            "x-api-key",
            False,
        )
    other = next((seen for hashed, seen in ctx.app_memory.keys.newest()), None)
    hint = f" Another key worked in {ctx.flow_name(other.flow)}: compare the two." if other else ""
    return Message(
        f"the {key[:3]} key has the right form, and no token came with it, so the key itself is unknown, revoked or expired.{hint}",
        "x-api-key",
        False,
    )


def other_key(ctx: RuleContext) -> Iterable[Message]:
    """A token that was issued under another key: another project or environment."""
    token = ctx.known_token
    own = key_hash(ctx)
    if token and token.key and own and token.key != own:
        seen = token.issued or token.used
        where = f" in {ctx.flow_name(seen.flow)}, {ctx.ago(seen.when)}" if seen else ""
        yield Message(
            f"This token was issued under another X-API-Key{where}; key and token must be of one project and environment. Sign in again with the "
            "key in use.",
            "x-api-key differs from that of the sign-in",
            certain=ctx.name in ("data/project-access-denied", "PROJECT_ACCESS_DENIED"),
        )


def environment(ctx: RuleContext) -> Iterable[Message]:
    """The environment that the request names, or that its key stands for."""
    named = ctx.headers.get("x-environment").strip()
    if named and named not in ENVIRONMENTS:
        near = {"development": "dev", "production": "prod", "stage": "staging", "live": "prod", "test": "dev"}.get(named.lower(), named.lower())
        hint = f"; write `{near}`" if near in ENVIRONMENTS else ""
        yield Message(f"X-Environment is {ctx.quote(named)}; it takes dev, staging or prod{hint}.", f"x-environment: {named}", certain=True)
    own = key_hash(ctx)
    other = next((seen for hashed, seen in ctx.app_memory.keys.newest() if hashed != own), None)
    if own and other and own not in ctx.app_memory.keys:
        yield Message(
            f"another X-API-Key worked in {ctx.flow_name(other.flow)}, {ctx.ago(other.when)}, this one never did: it stands for another project or "
            "environment (dev, staging, prod).",
            "x-api-key",
            certain=False,
        )


RULES: tuple[Rule, ...] = (
    Rule("api-key", api_key, KEY_AT_FAULT, (400, 401)),
    Rule("other-key", other_key, (*PROJECT, *UNKNOWN_CALLER), (401, 403)),
    Rule("environment", environment, PROJECT, ()),
    Rule("key-refused", key_refused, UNKNOWN_CALLER, (401,)),
)
