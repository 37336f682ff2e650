"""Makes rules of the causes in a catalog (`[[cause]]`)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from ..catalog.causes import Case, Cause, Conditions, filled
from ..catalog.patterns import Pattern
from ..decode.match import Evidence, weigh
from ..exchange.json_pointer import MISSING, find
from ..exchange.json_reader import compact, json_type, parse_json
from ..exchange.unset_values import is_unset
from .cause_texts import Field, Held, filler, nearest, suggested
from .context import Message, Rule, RuleContext, once
from .earlier_facts import earlier
from .facts import fact, form
from .json_places import PlaceFinder

# Of a request as much is searched for what the server quotes.
LONGEST_SENT = 20_000
# Of the fields that a case finds as many are spoken of.
MOST_FIELDS = 3


# States of texts that take a closer look.
_TEXTS = frozenset(("unset", "padded", "set"))
_NOTHING, _NO_CONDITIONS = Held(), Conditions()


def rule_of(cause: Cause) -> Rule:
    """The rule that looks for a cause; its docstring is made of what the catalog says for people."""

    def check(ctx: RuleContext) -> list[Message]:
        if (base := _held(cause.holds, ctx)) is None:
            return []
        named = cause.named.all_in(ctx.message) if cause.named else frozenset()
        told = (messages for case in cause.case if (messages := list(islice(_messages(case, base, ctx, named), MOST_FIELDS))))
        return [message for messages in told for message in messages] if cause.every else next(told, [])

    others = f" Other causes: {cause.other_causes}" if cause.other_causes else ""
    check.__doc__ = f"{cause.looks_at}\n\nSource: {cause.source}{others}"
    words = lambda message: _may_hold(cause, message)  # noqa: E731
    return Rule(cause.name, check, cause.entries, cause.status, cause.aside, words=words, otherwise=cause.otherwise)


def _may_hold(cause: Cause, message: str) -> bool:
    """Whether one of the cases can hold for an error with this message, whatever the request."""
    alternatives = [case.holds.when for case in cause.case]
    return any(not when or any(match.message is None or match.message.found_in(message) for match in when) for when in alternatives)


def _messages(case: Case, base: Held, ctx: RuleContext, named: Collection[str]) -> Iterator[Message]:
    """What a case says of an error: of each field that is as it says, or once; nothing where it does not hold. `named` are names of which each field
    must have one in its path or value, if there are any."""
    held = _held(case.holds, ctx)
    sought = case.sent if isinstance(case.sent, tuple) else held.groups if held and (case.sent or case.unsent) else ()
    stand = [held.groups.get(name, "") in _sent(ctx) for name in sought] if held else []
    if held is None or (case.sent and not all(stand)) or (case.unsent and any(stand)):
        return
    for field in _fields(case, ctx, held.groups) if case.field else (Field(),):
        if not named or any(name in named for name in (*field.path, *(field.value if isinstance(field.value, dict) else ()))):
            yield _message(case, field, base, held, ctx)


def _message(case: Case, field: Field, base: Held, held: Held, ctx: RuleContext) -> Message:
    if case.value and field.value is not MISSING:
        held = held._replace(groups={**held.groups, **case.value.groups_in(compact(field.value))})
    fill = filler(ctx, field, base, held)
    says, fix = fill(case.says), fill(case.fix)
    for more in case.more:
        if (added := _held(more.holds, ctx)) is not None:
            fill_more = filler(ctx, field, base, held, added)
            says += fill_more(more.says)
            fix = fill_more(more.fix) if more.fix and fix == fill(case.fix) else fix
    certain = case.certain if isinstance(case.certain, bool) else _facts(case.certain, ctx) is not None
    evidence = " / ".join(held.groups.values()) or " ".join(map(str, field.path[-2:])) or held.seen or base.seen or ctx.message[:80] or ctx.template
    if fix == fill(case.fix):
        fix = nearest(case, ctx, field) or fix
        if near := suggested(held.groups):
            says, fix = f"{says[:-1]}; did you mean {ctx.quote(near)}?", f"Write {ctx.quote(near)}."
    return Message(says, evidence, certain, fix, case.retry, case.fault)


def _held(conditions: Conditions, ctx: RuleContext) -> Held | None:
    """What the conditions give, or None where one of them does not hold."""
    if conditions == _NO_CONDITIONS:
        return _NOTHING
    if (groups := _groups(conditions, ctx)) is None:
        return None
    if conditions[1:] == _NO_CONDITIONS[1:]:
        return Held(groups)
    values = _facts(conditions.where, ctx)
    if values is None or any(earlier(ctx, what) for what in conditions.never):
        return None
    for pair, equal in ((conditions.same, True), (conditions.differ, False)):
        both = [fact(ctx, name) for name in pair]
        if pair and (MISSING in both or (both[0] == both[1]) is not equal):
            return None
    if not conditions.earlier:
        return Held(groups, values, seen=", ".join(name.rpartition(":")[2] for name in conditions.where[0]) if conditions.where else "")
    if (found := earlier(ctx, conditions.earlier)) is None:
        return None
    plain = {"flow": ctx.flow_name(found.sighting.flow), "ago": ctx.ago(found.sighting.when)} if found.sighting else {}
    return Held(groups, {**values, **found.names}, plain, plain.get("flow", ""))


def _facts(tables: Iterable[Mapping[str, Pattern]], ctx: RuleContext) -> dict[str, str] | None:
    """What the groups of the first table hold all of whose patterns are found in its facts; None where there are tables and none holds."""
    alone = True
    for table in tables:
        alone, texts = False, {}
        for name in table:
            value = fact(ctx, name)
            texts[name] = "" if value is MISSING or value is None else value if isinstance(value, str) else json.dumps(value)
        if all(pattern.found_in(texts[name]) for name, pattern in table.items()):
            return {group: held for name, pattern in table.items() for group, held in pattern.groups_in(texts[name]).items()}
    return {} if alone else None


def _groups(conditions: Conditions, ctx: RuleContext) -> dict[str, str] | None:
    """What the groups of the first match that holds have; None where there are matches and none holds."""
    for match in conditions.when:
        seen = _evidence(ctx)
        if weigh(match, seen) is not None:
            texts = ((match.message, seen.message), (match.debug, seen.debug), (match.path, seen.path), (match.body_text, seen.body_text))
            return {name: held for pattern, text in texts if pattern for name, held in pattern.groups_in(text).items()}
    return None if conditions.when else {}


def _fields(case: Case, ctx: RuleContext, groups: Mapping[str, str]) -> Iterator[Field]:
    """The fields of the request that are as the case says: all at the first pointer that has one."""
    if case.beside and not all(any(field.value is not MISSING for field in _candidates(name, ctx, groups, False)) for name in case.beside):
        return
    for name in case.field:
        found = [field for field in _candidates(name, ctx, groups, "missing" in case.states) if _is_meant(case, field)]
        yield from found
        if found:
            return


def _candidates(name: str, ctx: RuleContext, groups: Mapping[str, str], missing: bool) -> Iterator[Field]:
    """The fields that a pointer or a fact's name may mean; with `missing` those, too, that the request does not have."""
    if ":" in name and name[:1] != "/":
        yield Field((name.rpartition(":")[2],), fact(ctx, name))
        return
    # What a message names as `a.b[0]` is a place, too.
    pointer = filled(name, lambda part: re.sub(r"[.\[\]/?*|]+", "/", groups.get(part, "")).strip("/")) if "{" in name else name
    root, _, inside = pointer.removeprefix("/").partition("/")
    text, value = _top(ctx, root)
    if value is MISSING and text is None and not missing and root[:1] not in ("*", "?"):
        return
    if not inside and text is not None:
        yield Field((root,), text)
    elif root[:1] in ("*", "?"):
        known = not pointer.endswith("*")
        yield from (Field(path, found, known) for path, found in _finder(ctx).places("", ctx.json, pointer, missing))
    elif inside and not re.search(r"[*?|]", inside):
        found = find(value, f"/{inside}") if value is not MISSING else MISSING
        if found is not MISSING or value is not MISSING or ctx.sends_object or form(ctx):
            yield Field((root, *(int(key) if key.isdigit() else key for key in inside.split("/"))), found, pointer == name)
    elif inside and (isinstance(value, (dict, list)) or (value is not MISSING and inside == "**")):
        known = pointer.rpartition("/")[2] not in ("*", "**") and pointer == name
        yield from (Field((root, *path), found, known) for path, found in _finder(ctx).places(root, value, f"/{inside}", missing))
    elif not inside and (value is not MISSING or ctx.sends_object or form(ctx)):
        yield Field((root,), value)


@once
def _finder(_ctx: RuleContext) -> PlaceFinder:
    return PlaceFinder()


def _top(ctx: RuleContext, name: str) -> tuple[str | None, Any]:
    """A field of the request: of a form or the query as text, and the value, read as JSON where it is a text outside of it; MISSING for none."""
    tops: dict[str, tuple[str | None, Any]] = ctx.notes.setdefault("fields for causes", {})
    if name not in tops:
        value = find(ctx.json, f"/{name}")
        text = form(ctx).get(name, ctx.params.get(name)) if value is MISSING else None
        tops[name] = (None, value) if text is None else (text, parse_json(text).value)
    return tops[name]


def _is_meant(case: Case, field: Field) -> bool:
    states = _states(field.value, (*case.states, *case.is_not))
    if (case.states and not any(state in states for state in case.states)) or any(state in states for state in case.is_not):
        return False
    if field.value is MISSING and "missing" not in case.states:
        return False
    if case.key and not case.key.found_in(str(field.path[-1])):
        return False
    nothing = field.value is MISSING or (field.value is None and "null" not in case.states)
    if case.value and (nothing or not case.value.found_in(compact(field.value))):
        return False
    word = field.name if case.key else field.value
    return not case.choices or (isinstance(word, str) and word not in case.choices)


def _states(value: Any, wanted: Collection[str]) -> tuple[str, ...]:
    if value is MISSING:
        return ("missing",)
    states: tuple[str, ...] = (json_type(value), "empty") if value in ("", [], {}) else (json_type(value),)
    if isinstance(value, str) and value.strip() and not _TEXTS.isdisjoint(wanted):
        states += ("unset",) * is_unset(value) + ("padded",) * (value != value.strip()) or ("set",)
    return states


@once
def _evidence(ctx: RuleContext) -> Evidence:
    return Evidence(ctx.message, ctx.error.debug, ctx.status, ctx.method, ctx.path, ctx.json, "" if ctx.in_batch else ctx.body.text, ctx.headers)


@once
def _sent(ctx: RuleContext) -> str:
    body = json.dumps(ctx.json, ensure_ascii=False) if ctx.in_batch else ctx.body.text
    return f"{ctx.path} {' '.join(ctx.params.values())} {body[:LONGEST_SENT]}"
