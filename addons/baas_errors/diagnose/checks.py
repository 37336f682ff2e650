"""Checks that several backends' tables use: JSON where it belongs, numbers in their limits, names against those that worked.

Each function either is a rule (takes a Case) or makes one from what a backend has of its own.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from ..exchange.json_pointer import each as each_value
from ..exchange.json_reader import type_name as type_name
from ..history.store import LONGEST_KEY, Sighting
from .context import Message, RuleContext, duration
from .json_faults import LEFT_OUT, Fault, describe

Check = Callable[[RuleContext], Message | Iterable[Message] | None]


def json_body(ctx: RuleContext) -> Message | None:
    """The request's body is not the JSON that it should be: where, and why."""
    body = ctx.body
    if ctx.in_batch or body.data is None:
        return None
    kind = body.content_type.lower()
    if not body.data.strip():
        if ctx.method in ("POST", "PUT", "PATCH") and "json" in kind:
            return Message("The request says that its body is JSON, but the body is empty.", f"content-type: {kind}", certain=True)
        return None
    if "form-urlencoded" in kind or "multipart" in kind or (kind and "json" not in kind and "text/plain" not in kind):
        return None
    try:
        text = body.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Message(f"the request's body is not UTF-8: byte {error.start + 1} is 0x{body.data[error.start]:02x}.", kind, certain=True)
    return broken_json(ctx, "The request's body", text)


def broken_json(ctx: RuleContext, what: str, text: str) -> Message | None:
    """What is wrong with a JSON text, and what stands there where that may be shown; None for JSON."""
    said = describe(what, text)
    if said is None:
        return None
    says, around, fault = said
    if not _harmless(ctx, text, fault):
        return Message(says, fault.place, certain=True)
    return Message(f"{says} Seen: {ctx.quote(around)}.", around, certain=True)


def _harmless(ctx: RuleContext, text: str, fault: Fault) -> bool:
    """Whether the text at a fault may be shown: not where it may be part of a secret."""
    if fault.around == LEFT_OUT:
        return False
    start = 0
    for _ in range(fault.line - 1):
        start = text.find("\n", start) + 1
    position = start + fault.column - 1
    window = text[max(0, position - 2000) : position + 200].replace("\n", " ")
    return ctx.may_show(fault.around, window)


def wrong_content_type(*wanted: str) -> Check:
    """A rule: the body looks like JSON, but its Content-Type is none of those wanted; or it is a form under a JSON type."""

    def check(ctx: RuleContext) -> Message | None:
        data = ctx.body.data
        if not data or ctx.in_batch:
            return None
        kind = ctx.headers.get("content-type").split(";")[0].strip().lower()
        looks = data.lstrip()[:1] in (b"{", b"[")
        if looks and kind not in wanted:
            sent = f"its Content-Type is {ctx.quote(kind)}" if kind else "the request has no Content-Type"
            return Message(f"The body is JSON, but {sent}; send `Content-Type: {wanted[0]}`.", f"content-type: {kind}", certain=False)
        if not looks and "json" in kind and re.match(rb"[\w.%+-]+=", data[:200]):
            return Message("The body is form data (key=value) under a JSON Content-Type.", f"content-type: {kind}", certain=True)
        return None

    return check


def json_parameters(*names: str) -> Check:
    """A rule: the query parameters of these names must be JSON."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        for name in names:
            text = ctx.params.get(name)
            if text is not None and (say := json_text_fault(ctx, f"`{name}`", text, name)):
                yield say

    return check


def json_text_fault(ctx: RuleContext, what: str, text: str, name: str = "") -> Message | None:
    """What is wrong with a JSON text in a parameter or header, wrong encodings first; None for JSON."""
    said = describe(what, text)
    if said is None:
        return None
    says, around, fault = said
    if re.match(r"%(7B|5B|22)", text, re.I) and describe(what, unquote(text)) is None:
        return Message(f"{what} is percent-encoded twice: after decoding once it still begins {ctx.quote(text[:12], name)}.", text[:12], certain=True)
    if "%" not in ctx.request.query and re.search(r"[{}\"\[\]]", ctx.request.query) and fault.culprit.startswith("the text ends"):
        seen = fault.place if around == LEFT_OUT else around
        return Message(f"{what} was not percent-encoded; a `&`, `+` or `#` in it cut it off at {fault.place}.", seen, certain=False)
    if not _harmless(ctx, text, fault):
        return Message(says, fault.place, certain=True)
    position = 0 if fault.line > 1 else fault.column - 1
    # No more than what is shown around the fault.
    before = min(12, max(0, len(around) - len(text[position : position + 8])))
    after = text[position - before : position] if position else ""
    tail = f", after {ctx.quote(after, name)}" if after.strip() else ""
    return Message(f"{says.rstrip('.')}{tail}.", around, certain=True)


def operators_in(value: Any) -> Iterable[tuple[str, Any]]:
    """Every `$` key in a query, with its value, at any depth."""
    stack = [value]
    for _ in range(2000):
        if not stack:
            return
        item = stack.pop()
        if isinstance(item, dict):
            for key, inner in item.items():
                if isinstance(key, str) and key.startswith("$"):
                    yield key, inner
                stack.append(inner)
        elif isinstance(item, list):
            stack.extend(item)


def unknown_operators(query: Callable[[RuleContext], Any], known: Iterable[str]) -> Check:
    """A rule: a query uses a `$` operator that the backend does not have; the nearest is suggested."""
    names = sorted(known)
    folded = {name.lower(): name for name in names}

    def check(ctx: RuleContext) -> Iterable[Message]:
        for key, _ in operators_in(query(ctx)):
            if key not in names:
                near = [folded[key.lower()]] if key.lower() in folded else difflib.get_close_matches(key, names, 1, 0.5)
                hint = f"; did you mean `{near[0]}`?" if near else "."
                yield Message(f"{ctx.quote(key)} is no query operator here{hint}", key, certain=True)

    return check


def integer_parameters(limits: Mapping[str, tuple[int, int | None]]) -> Check:
    """A rule: parameters that must be whole numbers between a least and a greatest (None: any)."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        for name, (least, most) in limits.items():
            text = ctx.params.get(name)
            if text is None:
                continue
            upto = f"from {least} to {most:,}" if most is not None else f"of {least} or more"
            if not re.fullmatch(r"-?\d{1,18}", text.strip()):
                yield Message(f"`{name}` is {ctx.quote(text, name)}; it takes a whole number {upto}.", f"{name}={text}", certain=True)
            elif int(text) < least or (most is not None and int(text) > most):
                yield Message(f"`{name}` is {ctx.quote(text, name)}; it takes a number {upto}.", f"{name}={text}", certain=True)

    return check


def name_seen_before(kind: str, what: str) -> Check:
    """A rule: a name in the path (`kind` as in the route templates, `what` as people call it) resembles one that worked."""

    def check(ctx: RuleContext) -> Message | None:
        name = ctx.route.get(kind, "")
        return near_name(ctx, name, ctx.app_memory.names_of(kind), what) if name else None

    return check


def near_name(ctx: RuleContext, name: str, known: Iterable[tuple[str, Sighting]], what: str) -> Message | None:
    """A name against those that worked: another case, a slip of the keyboard, a plural."""
    seen = dict(known)
    if not seen or name in seen or len(name) > LONGEST_KEY:
        return None
    folded = {other.lower(): other for other in seen}
    near = folded.get(name.lower())
    if near is None:
        close = difflib.get_close_matches(name, list(seen), 1, 0.8)
        near = close[0] if close else None
    if near is None:
        return None
    when = seen[near]
    return Message(
        f"did you mean the {what} `{near}`? {ctx.quote(name)} was never seen to work; `{near}` answered {when.status} "
        f"{ctx.ago(when.when)} ({ctx.flow_name(when.flow)}).",
        f"{name} / {near}",
        certain=False,
    )


def missing_fields(*names: str) -> Check:
    """A rule: keys that the body must have are absent or empty."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        for name in names:
            if ctx.fields.get(name) in (None, "", [], {}):
                state = "is empty" if name in ctx.fields else "is missing"
                yield Message(f"`{name}` {state} in the body.", f"keys sent: {', '.join(list(ctx.fields)[:12])}", certain=True)

    return check


def nested_keys(value: Any) -> Iterable[str]:
    """Every key of the objects inside a value's own members."""
    for _, member in each_value(value, "/*"):
        stack = [member]
        while stack:
            item = stack.pop()
            if isinstance(item, dict):
                yield from (key for key in item if isinstance(key, str))
                stack.extend(item.values())
            elif isinstance(item, list):
                stack.extend(item)


def email_shape(*keys: str) -> Check:
    """A rule: an e-mail address in the body that cannot be one."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        for key in keys:
            value = ctx.fields.get(key)
            if isinstance(value, str) and value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
                why = "it has no @" if "@" not in value else "it contains white space" if re.search(r"\s", value) else "a part of it is missing"
                yield Message(f"`{key}` is no e-mail address: {why}.", f"{len(value)} characters in {key}", certain=True)
            elif value is not None and not isinstance(value, str):
                yield Message(f"`{key}` must be a text; it is {type_name(value)}.", key, certain=True)

    return check


def value_taken(*keys: str) -> Check:
    """A rule: a value that must be unique was taken by an earlier flow."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        for key in keys:
            value = ctx.fields.get(key)
            if not isinstance(value, str) or not value:
                continue
            seen = ctx.app_memory.taken.get((key, value[:200]))
            if seen:
                yield Message(
                    f"`{key}` {ctx.quote(value, key)} was taken {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)} of this very session.",
                    key,
                    True,
                )

    return check


def retry_after(ctx: RuleContext) -> Message | None:
    """The server says how long to wait."""
    value = ctx.answer_headers.get("retry-after").strip()
    if value and re.fullmatch(r"\d{1,6}", value):
        return Message(
            f"The server asks to wait {duration(int(value))} before the next request (Retry-After).", f"retry-after: {value}", certain=True
        )
    return Message(f"The server asks to wait until {ctx.quote(value)} (Retry-After).", f"retry-after: {value}", certain=True) if value else None
