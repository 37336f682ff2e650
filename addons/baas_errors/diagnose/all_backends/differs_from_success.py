"""What sets a request that failed apart from the last one of the same method and path that worked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from ...exchange.missing_credentials import LackingHeaders
from ...history.last_success import NOISE, UNREAD, made_of, places_of, read
from ...history.store import LastSuccess
from ...record.model import DIFFERS
from ..checks import resembling
from ..context import Message, Rule, RuleContext, once

# Of more differences only the first are said.
_MOST, _LONGEST_LIST = 6, 300
# What is a name, and no value that stands in its place: of few digits.
_NAME = re.compile(r"(?!(?:\D*\d){5})[\w$.\[\]-]{1,60}")
_PAGING = re.compile(r"limit|skip|offset|page|page_?size|per_?page|count|take|top")
_TAKEN = re.compile(r"(?i)duplicate|already|\btaken\b|\bunique")
# Who refuses a request for its limits, or without having read it, need not be told what is in it.
_UNREAD_BY = (429, 502, 503, 504)
_ABOUT_CALLER = (401, 403)

_TOKEN = ("token", "session")

Parts = Mapping[tuple[str, str], str]


class Difference(NamedTuple):
    """One difference: its rank (small: likelier the cause), what a finding about it says, in small letters, and how it is said."""

    rank: int
    words: tuple[str, ...]
    says: str


@once
def differences(ctx: RuleContext) -> tuple[LastSuccess | None, list[Difference]]:
    """The last success with which the request can be compared, and what differs, likeliest first."""
    facts = ctx.facts
    if ctx.kind or ctx.status is None or ctx.status in _UNREAD_BY or ctx.error.index is not None or "graphql" in ctx.raw_path.lower():
        return None, []
    last = ctx.memory.last_success(ctx.backend.id, ctx.app_memory, places_of(facts), ctx.request.host)
    if last is None or _fault(ctx) == "quota" or last.seen.when > (ctx.exchange.ended or ctx.now):
        return None, []
    lacks = ctx.headers.lacks if isinstance(ctx.headers, LackingHeaders) else frozenset[str]()
    was, now = read(last), read(made_of(facts, last.seen, lacks))
    found = [*_callers(ctx, was, now, lacks), *_contents(ctx, was, now), *_client(ctx, last, was, now)]
    return last, sorted(found, key=lambda one: one.rank)


def _callers(ctx: RuleContext, was: Parts, now: Parts, lacks: frozenset[str]) -> Iterator[Difference]:
    """Keys, tokens and other headers."""
    caller = _about_caller(ctx)
    rank = 0 if caller else 20
    history = ctx.backend.history
    token, had = now.get(("token", "")), was.get(("token", ""))
    scheme, before = now.get(("scheme", "authorization")), was.get(("scheme", "authorization"))
    other_scheme = scheme is not None and before is not None and scheme != before
    if other_scheme and (caller or _may_hide(ctx)):
        shown = [ctx.quote(text) if text else "no scheme" for text in (scheme, before)]
        yield Difference(rank, ("authorization",), f"header `authorization` ({shown[0]}, {shown[1]} before)")
    elif not other_scheme and lacks.isdisjoint(history.token.header) and token != had and (caller or _may_hide(ctx)) and not _signs_in(ctx):
        # A token that worked, or is used up by such a request, is not wrong for being another one.
        usual = ctx.known_token is not None and ctx.known_token.used is not None and ctx.status != 404 and _fault(ctx) == "auth"
        ends = any(match.path is not None and match.path.found_in(ctx.raw_path) for match in history.ends)
        if not token or not had:
            yield Difference(rank, _TOKEN, f"token ({'missing' if had else 'none before'})")
        elif not usual and not ends and (caller or ctx.status == 404):
            yield Difference(rank + 2, _TOKEN, f"token ({_other(token, had)})")
    keys = {key: (now.get(key), was.get(key)) for key in _names(was, now, "key") if key[1] not in lacks}
    server = {*ctx.backend.hygiene.server_key.body, *(name for test in ctx.backend.hygiene.server_key.header for name, _ in test)}
    swapped = any(had is None for _, had in keys.values())
    for (_, name), (key, had) in keys.items():
        if key != had and (caller or (had and (name in server or not swapped))) and not (other_scheme and name == "authorization"):
            where = "field" if name in (*history.credentials.body, *ctx.backend.app_id.body) else "header"
            state = "missing" if not key else _other(key, had) if had else "new"
            yield Difference(rank + (1 if key else 0), (name.lower(),), f"{where} {ctx.quote(name)} ({state})")
    own = {*history.token.header, *ctx.backend.client.header, "authorization", *lacks}
    own |= {name for kind, name in (*was, *now) if kind == "key"}
    for kind, name in _names(was, now, "header"):
        if name not in own and ((kind, name) in was) != ((kind, name) in now) and not NOISE.match(name):
            yield Difference(rank + 5, (name,), f"header {ctx.quote(name)} ({'missing' if (kind, name) in was else 'new'})")


def _fault(ctx: RuleContext) -> str:
    return ctx.error.advice.fault if ctx.error.advice else ""


def _about_caller(ctx: RuleContext) -> bool:
    return ctx.status in _ABOUT_CALLER or _fault(ctx) in ("auth", "permission")


def _may_hide(ctx: RuleContext) -> bool:
    """Whether the error may stand for a refusal: an object that is not found, or what code of the app or an unknown error says."""
    return "{id}" in ctx.template if ctx.status == 404 else _fault(ctx) in ("script", "")


def _signs_in(ctx: RuleContext) -> bool:
    """Whether the request says who asks by a password."""
    return "password" in ctx.fields or "password" in ctx.params


def _other(now: str, was: str) -> str:
    """How a key or token differs from another: hash and length of each are known."""
    length, before = int(now.split()[1]), int(was.split()[1])
    return "another value" if 4 * length >= 3 * before else "another value, and shorter"


def _names(was: Parts, now: Parts, kind: str) -> list[tuple[str, str]]:
    return [key for key in dict.fromkeys((*was, *now)) if key[0] == kind]


def _contents(ctx: RuleContext, was: Parts, now: Parts) -> Iterator[Difference]:
    """The body, its fields, and the parameters."""
    tokens = ("token", "") in was or ("token", "") in now
    if ctx.status == 404 or (tokens and _about_caller(ctx) and _fault(ctx) != "permission"):
        # What is not found, or not let in, is not so for what it sends.
        return
    if ctx.status == 409 or _TAKEN.search(f"{ctx.name} {ctx.message[:2_000]}"):
        # Nor is a value taken because another one was not.
        return
    body, before = now[("body", "")], was[("body", "")]
    kind, had = now.get(("type", "content-type"), ""), was.get(("type", "content-type"), "")
    if body != "no body" and before != "no body" and kind != had and not ("json" in kind and "JSON" in body):
        shown = [ctx.quote(text) if text else "none" for text in (kind, had)]
        yield Difference(10, ("content-type", "content type"), f"content type ({shown[0]}, {shown[1]} before)")
    if UNREAD in (body, before):
        return
    if body != before:
        yield Difference(11, (), f"body ({body}, {before} before)")
    for what in ("field", "parameter") if body == before else ("parameter",):
        yield from _named(ctx, what, was, now)


def _named(ctx: RuleContext, what: str, was: Parts, now: Parts) -> Iterator[Difference]:
    """What differs in the fields or the parameters."""
    names = {name: (now.get(key), was.get(key)) for key in _names(was, now, what) if not _ours(ctx, name := key[1])}
    message = ctx.message[:2_000].lower()
    words = set(re.findall(r"[\w$-]+", message))
    if told := {name for name in names if name.lower() in words}:
        names = {name: forms for name, forms in names.items() if name in told}
    new = [name for name, (form, former) in names.items() if former is None]
    gone = [name for name, (form, former) in names.items() if form is None]
    near = {other: name for name in gone if (other := resembling(name, new))}
    if not told and len(new) + len(gone) - 2 * len(near) > max(2, len(names) - len(new) - len(gone)):
        # Another kind of request.
        return
    # Updates and searches have other fields each time; a message that quotes something else is about that.
    quoted = '"' in message or "`" in message
    wanted = bool(told) or not (quoted or ctx.method in ("PUT", "PATCH", "GET", "HEAD") or _fault(ctx) == "permission")
    for name, (form, former) in names.items():
        shown = f"{what} {ctx.quote(name)}"
        if name in near:
            yield Difference(12, _words(name), f"{shown} ({ctx.quote(near[name])} before)")
        elif (form or former) in ("a number", "number") and None in (form, former) and _PAGING.fullmatch(name.lower().lstrip("$_")):
            continue
        elif form is None and name not in near.values() and wanted:
            yield Difference(13, _words(name), f"{shown} (missing)")
        elif former is None:
            yield Difference(14, _words(name), f"{shown} (new)")
        elif form is not None and form != former and "null" not in (former, form if ctx.method == "PUT" else ""):
            yield Difference(12, _words(name), f"{shown} ({form}, {former} before)")


def _ours(ctx: RuleContext, name: str) -> bool:
    """Whether a name is the SDK's own, which is compared elsewhere, or is made anew for each request."""
    of = ctx.backend
    own = (*of.history.token.body, *of.history.credentials.body, *of.app_id.body, *of.client.body, of.method_override.body)
    return name in own or NOISE.match(name.lower()) is not None or _NAME.fullmatch(name) is None


def _words(name: str) -> tuple[str, ...]:
    return (f"`{name.lower()}`",)


def _client(ctx: RuleContext, last: LastSuccess, was: Parts, now: Parts) -> Iterator[Difference]:
    if last.seen.how.lower() != ctx.request.host.lower():
        yield Difference(30, (), f"host ({ctx.quote(ctx.request.host)}, {ctx.quote(last.seen.how)} before)")
    client, former = now.get(("client", "")), was.get(("client", ""))
    if client and former and client != former:
        yield Difference(31, (), f"client ({ctx.quote(client)}, {ctx.quote(former)} before)")


def differs(ctx: RuleContext) -> Message | None:
    """Compares the request with the last one of the same method and path that worked: its headers, keys, token, fields, parameters, host and client.
    Source: earlier flows. Other causes: anything that is the same in both requests, or happened on the server."""
    # What is proved needs no comparison.
    last, found = (None, []) if ctx.proved else differences(ctx)
    if last is None or not found:
        return None
    seen, said = last.seen, list[str]()
    for one in found:
        if len(said) < _MOST and len(", ".join((*said, one.says))) <= _LONGEST_LIST:
            said.append(one.says)
    more = f", and {len(found) - len(said)} more" if len(found) > len(said) else ""
    what = f"{ctx.quote(f'{ctx.method} {ctx.template}')} {ctx.ago(seen.when)} ({seen.status}, {ctx.flow_name(seen.flow)})"
    # In the filter that finds it, what would have to be escaped is any character.
    path = "[^/]+".join(re.sub(r"[^\w/.%-]", ".", part) for part in ctx.template.split("{id}"))
    method = f"~m {ctx.method} & " if ctx.method == ctx.request.method else ""
    found_by = f"{method}~u {path} & ~c {seen.status}" if ctx.may_show(ctx.template, ctx.template) else ""
    return Message(f"Likely relevant: this request differs from {what} in: {', '.join(said)}{more}.", found_by)


def named(ctx: RuleContext, says: str) -> set[int]:
    """Which of the differences a text names, where the rule has found some."""
    said = says.lower()
    return {number for number, one in enumerate(ctx.notes.get(differences, (None, ()))[1]) if any(word in said for word in one.words)}


def adds(ctx: RuleContext, causes: Iterable[str]) -> bool:
    """Whether the differences say anything that the causes which were found do not."""
    return len(set[int]().union(*(named(ctx, says) for says in causes))) < len(ctx.notes.get(differences, (None, ()))[1])


RULES = (Rule(DIFFERS, differs, secondary=True),)
