"""Makes rules of the causes in a catalog (`[[cause]]`)."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from ..catalog.causes import Case, Cause, filled
from ..decode.match import Evidence, weigh
from ..exchange.json_pointer import MISSING, find
from ..exchange.json_reader import json_type, type_name
from ..exchange.placeholders import shows_nothing
from .context import Message, Rule, RuleContext, once

# Of a request as much is searched for what the server quotes.
LONGEST_SENT = 20_000


class _Field(NamedTuple):
    name: str = ""
    value: Any = MISSING


_NO_FIELD = _Field()


def rule_of(cause: Cause) -> Rule:
    """The rule that looks for a cause; its docstring is made of what the catalog says for people."""

    def check(ctx: RuleContext) -> Message | None:
        return next((message for case in cause.case if (message := _message(case, ctx))), None)

    others = f" Other causes: {cause.other_causes}" if cause.other_causes else ""
    check.__doc__ = f"{cause.looks_at}\n\nSource: {cause.source}{others}"
    return Rule(
        cause.name, check, cause.entries, cause.status, cause.aside, words=lambda message: _may_hold(cause, message), otherwise=cause.otherwise
    )


def _may_hold(cause: Cause, message: str) -> bool:
    """Whether one of the cases can hold for an error with this message, whatever the request."""
    return any(not case.when or any(match.message is None or match.message.found_in(message) for match in case.when) for case in cause.case)


def _message(case: Case, ctx: RuleContext) -> Message | None:
    """What a case says of an error, or None where it does not hold."""
    groups = _groups(case, ctx)
    if groups is None or (case.sent and not all(group in _sent(ctx) for group in groups.values())):
        return None
    field = _field(case, ctx) if case.field else _NO_FIELD
    if field is None:
        return None
    shown = {**ctx.route, **groups, "method": ctx.method, "path": ctx.path}

    def part(name: str) -> str:
        if name == "field" and field.name:
            return f"`{field.name}`"
        if name == "type" and field.name:
            return "missing" if field.value is MISSING else type_name(field.value)
        if name == "value" and field.value is not MISSING:
            return ctx.quote(field.value, "" if shows_nothing(str(field.value)) else field.name)
        return ctx.quote(shown[name]) if name in shown else ""

    evidence = " / ".join(groups.values()) or field.name or ctx.message[:80] or ctx.template
    return Message(filled(case.says, part), evidence, case.certain, filled(case.fix, part), case.retry, case.fault)


def _groups(case: Case, ctx: RuleContext) -> dict[str, str] | None:
    """What the groups of the first match that holds have; None where there are matches and none holds."""
    seen = _evidence(ctx)
    for match in case.when:
        if weigh(match, seen) is not None:
            texts = ((match.message, seen.message), (match.debug, seen.debug), (match.path, seen.path), (match.body_text, seen.body_text))
            return {name: held for pattern, text in texts if pattern for name, held in pattern.groups_in(text).items()}
    return None if case.when else {}


def _field(case: Case, ctx: RuleContext) -> _Field | None:
    """The first field of the request that is as the case says."""
    form = ctx.body.form if "form-urlencoded" in ctx.body.content_type and not ctx.in_batch else {}
    for name in case.field:
        value = find(ctx.json, name if name[:1] == "/" else f"/{name}")
        value = form.get(name, ctx.params.get(name, MISSING)) if value is MISSING else value
        if name.startswith("header:"):
            value = ctx.headers.get(name[7:]) if name[7:] in ctx.headers else MISSING
        states = _states(value) if value is not MISSING or ctx.sends_object or form else ()
        if case.states and not any(state in states for state in case.states):
            continue
        if case.value is None or (isinstance(value, (str, int, float)) and case.value.found_in(str(value))):
            return _Field(name.rpartition("/")[2].removeprefix("header:"), value)
    return None


def _states(value: Any) -> tuple[str, ...]:
    if value is MISSING:
        return ("missing",)
    return (json_type(value), "empty") if value in ("", [], {}) else (json_type(value),)


def _look(ctx: RuleContext) -> Evidence:
    return Evidence(ctx.message, ctx.error.debug, ctx.status, ctx.method, ctx.path, ctx.json, "" if ctx.in_batch else ctx.body.text, ctx.headers)


def _read_sent(ctx: RuleContext) -> str:
    body = json.dumps(ctx.json, ensure_ascii=False) if ctx.in_batch else ctx.body.text
    return f"{ctx.path} {' '.join(ctx.params.values())} {body[:LONGEST_SENT]}"


_evidence = once("evidence for causes", _look)
_sent = once("what was sent", _read_sent)
