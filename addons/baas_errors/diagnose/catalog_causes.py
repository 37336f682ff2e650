"""Makes rules of the causes in a catalog (`[[cause]]`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any, NamedTuple

from ..catalog.causes import Case, Cause, Conditions, filled
from ..catalog.patterns import Pattern
from ..decode.match import Evidence, weigh
from ..exchange.json_pointer import MISSING
from ..exchange.json_reader import json_type, type_name
from ..exchange.placeholders import is_unset, shows_nothing
from .context import Message, Rule, RuleContext, once
from .facts import earlier, fact, form, operation

# Of a request as much is searched for what the server quotes.
LONGEST_SENT = 20_000


class _Field(NamedTuple):
    name: str = ""
    value: Any = MISSING


class _Held(NamedTuple):
    """What conditions give: the groups of their matches, those of facts, and texts that are no values of the user's."""

    groups: Mapping[str, str] = {}
    values: Mapping[str, str] = {}
    plain: Mapping[str, str] = {}
    seen: str = ""


_NO_FIELD = _Field()


def rule_of(cause: Cause) -> Rule:
    """The rule that looks for a cause; its docstring is made of what the catalog says for people."""

    def check(ctx: RuleContext) -> list[Message]:
        base = _held(cause.holds, ctx)
        messages = (message for case in cause.case if base is not None and (message := _message(case, base, ctx)))
        return list(islice(messages, None if cause.every else 1))

    others = f" Other causes: {cause.other_causes}" if cause.other_causes else ""
    check.__doc__ = f"{cause.looks_at}\n\nSource: {cause.source}{others}"
    words = lambda message: _may_hold(cause, message)  # noqa: E731
    return Rule(cause.name, check, cause.entries, cause.status, cause.aside, words=words, otherwise=cause.otherwise)


def _may_hold(cause: Cause, message: str) -> bool:
    """Whether one of the cases can hold for an error with this message, whatever the request."""
    alternatives = [case.holds.when for case in cause.case]
    return any(not when or any(match.message is None or match.message.found_in(message) for match in when) for when in alternatives)


def _message(case: Case, base: _Held, ctx: RuleContext) -> Message | None:
    """What a case says of an error, or None where it does not hold."""
    held = _held(case.holds, ctx)
    stand = [group in _sent(ctx) for group in held.groups.values()] if held and (case.sent or case.unsent) else []
    if held is None or (case.sent and not all(stand)) or (case.unsent and any(stand)):
        return None
    field = _field(case, ctx) if case.field else _NO_FIELD
    if field is None:
        return None
    fill = _filler(ctx, field, base, held)
    says, fix = fill(case.says), fill(case.fix)
    for more in case.more:
        if (added := _held(more.holds, ctx)) is not None:
            fill_more = _filler(ctx, field, base, held, added)
            says += fill_more(more.says)
            fix = fill_more(more.fix) if more.fix and fix == fill(case.fix) else fix
    certain = case.certain if isinstance(case.certain, bool) else _facts(case.certain, ctx) is not None
    evidence = " / ".join(held.groups.values()) or field.name or held.seen or base.seen or ctx.message[:80] or ctx.template
    return Message(says, evidence, certain, fix, case.retry, case.fault)


def _filler(ctx: RuleContext, field: _Field, *held: _Held) -> Callable[[str], str]:
    """How a text is filled in."""
    shown: dict[str, str] = {**ctx.route, "method": ctx.method, "path": ctx.path, "host": ctx.request.host, "template": ctx.template}
    plain: dict[str, str] = {}
    for one in held:
        shown |= {**one.groups, **one.values}
        plain |= one.plain

    def part(name: str) -> str:
        if name == "field" and field.name:
            return f"`{field.name}`"
        if name == "type" and field.name:
            return "missing" if field.value is MISSING else type_name(field.value)
        if name == "value" and field.value is not MISSING:
            return ctx.quote(field.value, "" if shows_nothing(str(field.value)) else field.name)
        if name in plain or name in shown:
            return plain.get(name) or ctx.quote(shown[name])
        if name in ("took", "count"):
            return str(fact(ctx, f"request:{name}"))
        if name == "length":
            return f"{len(str(field.value)):,}"
        if name == "operation":
            return operation(ctx)
        return ""

    return lambda text: filled(text, part)


def _held(conditions: Conditions, ctx: RuleContext) -> _Held | None:
    """What the conditions give, or None where one of them does not hold."""
    groups, values = _groups(conditions, ctx), _facts(conditions.where, ctx)
    if groups is None or values is None or any(earlier(ctx, what) for what in conditions.never):
        return None
    for pair, equal in ((conditions.same, True), (conditions.differ, False)):
        both = [fact(ctx, name) for name in pair]
        if pair and (MISSING in both or (both[0] == both[1]) is not equal):
            return None
    plain, seen = {}, ", ".join(dict.fromkeys(name.rpartition(":")[2] for table in conditions.where for name in table))
    if conditions.earlier:
        if (found := earlier(ctx, conditions.earlier)) is None:
            return None
        values = {**values, **found.names}
        if found.sighting:
            plain = {"flow": ctx.flow_name(found.sighting.flow), "ago": ctx.ago(found.sighting.when)}
            seen = plain["flow"]
    return _Held(groups, values, plain, seen)


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
    seen = _evidence(ctx)
    for match in conditions.when:
        if weigh(match, seen) is not None:
            texts = ((match.message, seen.message), (match.debug, seen.debug), (match.path, seen.path), (match.body_text, seen.body_text))
            return {name: held for pattern, text in texts if pattern for name, held in pattern.groups_in(text).items()}
    return None if conditions.when else {}


def _field(case: Case, ctx: RuleContext) -> _Field | None:
    """The first field of the request that is as the case says."""
    for name in case.field:
        value = fact(ctx, name)
        states = _states(value) if value is not MISSING or ctx.sends_object or form(ctx) or ":" in name else ()
        if case.states and not any(state in states for state in case.states):
            continue
        text = json.dumps(value)[:LONGEST_SENT] if isinstance(value, (dict, list)) else str(value)
        if case.value is None or (value is not MISSING and value is not None and case.value.found_in(text)):
            return _Field(name.rpartition("/")[2].rpartition(":")[2], value)
    return None


def _states(value: Any) -> tuple[str, ...]:
    if value is MISSING:
        return ("missing",)
    text = value if isinstance(value, str) and value.strip() else ""
    more = {"empty": value in ("", [], {}), "unset": text and is_unset(text), "padded": text != text.strip()}
    more["set"] = text and not any(more.values())
    return (json_type(value), *(state for state, holds in more.items() if holds))


def _look(ctx: RuleContext) -> Evidence:
    return Evidence(ctx.message, ctx.error.debug, ctx.status, ctx.method, ctx.path, ctx.json, "" if ctx.in_batch else ctx.body.text, ctx.headers)


def _read_sent(ctx: RuleContext) -> str:
    body = json.dumps(ctx.json, ensure_ascii=False) if ctx.in_batch else ctx.body.text
    return f"{ctx.path} {' '.join(ctx.params.values())} {body[:LONGEST_SENT]}"


_evidence = once("evidence for causes", _look)
_sent = once("what was sent", _read_sent)
