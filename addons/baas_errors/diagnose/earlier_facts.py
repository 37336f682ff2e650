"""What earlier exchanges showed, by the words that the conditions of causes have for it (`EARLIER` in a catalog's causes)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from ..detect.routes import is_id
from ..exchange.json_pointer import MISSING
from ..history import refresh_token
from ..history.app_facts import OWNER, basic_user_key
from ..history.store import LONGEST_KEY, Sighting
from .context import RuleContext
from .credentials import issued_before, token_history
from .facts import fact


class Seen(NamedTuple):
    """What an earlier exchange showed: when it was, and what texts may name of it."""

    sighting: Sighting | None
    names: Mapping[str, str] = {}


def _if(sighting: Sighting | None) -> Seen | None:
    return Seen(sighting) if sighting else None


def key_of(ctx: RuleContext) -> str:
    """What the memory knows the app's key by (`key` in the catalog), or ""."""
    value = ctx.headers.first(ctx.backend.history.key).strip()
    return ctx.memory.hash(value) if value else ""


def _token_issued(ctx: RuleContext) -> Seen | None:
    flow, place = issued_before(ctx)
    return Seen(ctx.app_memory.last_issued[1], {"place": place}) if flow and ctx.app_memory.last_issued else None


def _newest_token(ctx: RuleContext) -> Seen | None:
    """The token that was issued last, where the one sent was not issued here."""
    newest, token = ctx.app_memory.last_issued, ctx.known_token
    return Seen(newest[1], {"place": newest[1].how.strip("/").replace("/", ".")}) if newest and not (token and token.issued) else None


def _token_used(ctx: RuleContext) -> Seen | None:
    own = key_of(ctx)
    tokens = (token for _, token in ctx.app_memory.tokens.newest())
    return next((Seen(token.used) for token in tokens if token.used and not token.ended and token.key in ("", own)), None)


def _sent_token(part: str) -> Callable[[RuleContext], Seen | None]:
    def look(ctx: RuleContext) -> Seen | None:
        token = ctx.known_token
        seen = getattr(token, part) if token and not token.ended else None
        return Seen(seen, {"user": token.user}) if seen and token else None

    return look


def _other_app(ctx: RuleContext) -> Seen | None:
    found = ctx.memory.token(ctx.backend.id, ctx.facts.hashed_token) if ctx.facts.token else None
    return Seen(found[1].issued, {"other": found[0]}) if found and found[1].issued and found[0] != ctx.route.get(ctx.backend.app_id.route) else None


def _other_key_of_token(ctx: RuleContext) -> Seen | None:
    token, own = ctx.known_token, key_of(ctx)
    return Seen(token.issued or token.used) if token and token.key and own and token.key != own else None


def _refresh_hash(ctx: RuleContext) -> str:
    sent = refresh_token(ctx.request, ctx.backend.history)
    return ctx.memory.hash(sent) if sent else ""


def _access_token_as_refresh(ctx: RuleContext) -> Seen | None:
    token = ctx.app_memory.tokens.get(_refresh_hash(ctx))
    return _if(token.issued or token.used) if token else None


def _refresh_reused(ctx: RuleContext) -> Seen | None:
    chain = (ctx.known_token.chain if ctx.known_token else "") or ctx.app_memory.chains.get(_refresh_hash(ctx)) or ""
    seen = ctx.app_memory.reused.get(chain) if chain else None
    return Seen(seen) if seen and seen.flow != ctx.exchange.id else None


def _refreshed(ctx: RuleContext) -> Seen | None:
    memories = (ctx.memory.known(ctx.backend.id, app) for app in ctx.memory.apps_of(ctx.backend.id))
    done = next((use for memory in memories for _, uses in memory.refreshes.newest() for use in uses if use.ok), None)
    return Seen(Sighting(done.flow, done.ended)) if done else None


def _other_key_used(ctx: RuleContext) -> Seen | None:
    own = key_of(ctx)
    return next((Seen(seen) for hashed, seen in ctx.app_memory.keys.newest() if own and hashed != own), None)


def _accepted(ctx: RuleContext, credentials: str) -> Seen | None:
    return _if(ctx.app_memory.credentials.get(ctx.memory.hash(credentials)))


def _names(ctx: RuleContext) -> Iterator[tuple[str, str]]:
    own = ctx.backend.app_id.route
    return ((kind, name[:LONGEST_KEY]) for kind, name in ctx.route.items() if name and kind != own and not is_id(kind))


def _name_in_other_app(ctx: RuleContext) -> Seen | None:
    for kind, name in _names(ctx):
        for app in reversed(ctx.memory.apps_of(ctx.backend.id)):
            seen = ctx.memory.known(ctx.backend.id, app).names.get((kind, name)) if app != ctx.facts.app[:LONGEST_KEY] else None
            if seen:
                return Seen(seen, {"name": name, "other": app})
    return None


def _name_with_other_key(ctx: RuleContext) -> Seen | None:
    for kind, name in _names(ctx):
        seen = ctx.app_memory.names.get((kind, name))
        if seen and (f"{kind}@{key_of(ctx)}", name) not in ctx.app_memory.names:
            return Seen(seen, {"name": name})
    return None


def _owned(own: bool) -> Callable[[RuleContext], Seen | None]:
    def look(ctx: RuleContext) -> Seen | None:
        seen, user = ctx.app_memory.taken.get((OWNER, ctx.route.get("id", "")[:LONGEST_KEY] or " ")), fact(ctx, "token:user")
        return Seen(seen, {"owner": seen.how, "user": user}) if seen and user is not MISSING and (seen.how == user) is own else None

    return look


def _user_deleted(ctx: RuleContext) -> Seen | None:
    user = ctx.known_token.user if ctx.known_token else ""
    ids = ctx.app_memory.ids.newest() if user else iter(())
    users = (seen for (prefix, ident), seen in ids if ident == user and seen.how == "DELETE" and re.search(r"(?i)/users?/", prefix))
    return next(map(Seen, users), None)


def _request_id_sent(ctx: RuleContext) -> Seen | None:
    """Another request with the same id of the client's own."""
    for name in ctx.backend.request_id.client:
        seen = ctx.app_memory.request_ids.get(value[:LONGEST_KEY]) if (value := ctx.headers.get(name)) else None
        if seen and seen.flow != ctx.exchange.id:
            return Seen(seen, {"header": name})
    return None


def _value_seen(ctx: RuleContext) -> Seen | None:
    """A text of the request that an earlier exchange stored or showed as a field of an object."""
    sent = {value[:LONGEST_KEY] for value in ctx.fields.values() if isinstance(value, str) and len(value) > 2}
    known = ((of.replace("#", "."), seen) for (of, value), seen in ctx.app_memory.taken.newest() if value in sent)
    return next((Seen(seen, {"place": of}) for of, seen in known if "." in of and " " not in of), None) if sent else None


def _value_stored(ctx: RuleContext) -> Seen | None:
    """A text of the request that an earlier exchange stored in the same field of another object, whose id its answer had."""
    of, ids = ctx.route.get(ctx.backend.history.fields), ctx.app_memory.ids
    for name, value in ctx.fields.items() if of else ():
        seen = ctx.app_memory.taken.get((f"{of}.{name}"[:LONGEST_KEY], value[:LONGEST_KEY])) if isinstance(value, str) else None
        made = next((ident for (_, ident), there in ids.newest() if seen and there.flow == seen.flow and there.how != "DELETE"), "")
        if made and made not in ctx.route.values():
            return Seen(seen, {"column": name, "record": made})
    return None


# By the words of a catalog's `earlier`.
EARLIER_LOOKS: Mapping[str, Callable[[RuleContext], Seen | None]] = {
    "token-issued": _token_issued,
    "token-used": _token_used,
    "sent-token-issued": _sent_token("issued"),
    "sent-token-used": _sent_token("used"),
    "sent-token-ended": lambda ctx: next((Seen(None) for _ in token_history(ctx)), None),
    "token-of-other-app": _other_app,
    "token-of-other-key": _other_key_of_token,
    "token-is-for-refresh": lambda ctx: Seen(None) if ctx.app_memory.chains.get(ctx.facts.hashed_token) else None,
    "refresh-token-is-for-access": _access_token_as_refresh,
    "refresh-token-reused": _refresh_reused,
    "refresh-token-used": lambda ctx: Seen(None) if ctx.app_memory.refreshes.get(_refresh_hash(ctx)) else None,
    "token-refreshed": _refreshed,
    "key-used": lambda ctx: _if(ctx.app_memory.keys.get(key_of(ctx))),
    "other-key-used": _other_key_used,
    "credentials-used": lambda ctx: _accepted(ctx, ctx.headers.get("authorization")),
    "other-secret-used": lambda ctx: _accepted(ctx, basic_user_key(ctx.headers.get("authorization"))),
    "name-in-other-app": _name_in_other_app,
    "name-with-other-key": _name_with_other_key,
    "object-is-own": _owned(True),
    "object-is-of-other-user": _owned(False),
    "user-deleted": _user_deleted,
    "request-worked": lambda ctx: _if(ctx.app_memory.done.get(ctx.facts.request)),
    "request-id-sent": _request_id_sent,
    "newest-token": _newest_token,
    "value-seen": _value_seen,
    "value-stored": _value_stored,
}


def earlier(ctx: RuleContext, what: str) -> Seen | None:
    """What an earlier exchange showed, by a word of `EARLIER`; None for nothing."""
    return EARLIER_LOOKS[what](ctx)
