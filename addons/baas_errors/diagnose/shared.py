"""Checks that several backends' tables use: JSON where it belongs, numbers in their limits, names against those that worked, tokens in their time.

Each function either is a rule (takes a Case) or makes one from what a backend has of its own.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from urllib.parse import unquote

from ..memory import LONGEST_KEY, Seen
from ..pointer import each as each_value
from .case import Case, Say, duration
from .jsonfault import Fault, describe
from .tokens import authorization, basic, jwt

Check = Callable[[Case], Say | Iterable[Say] | None]
# Clocks of devices and servers differ by some seconds; a token must be past its end by more to be called expired.
CLOCK_SLACK = 5.0


def json_body(case: Case) -> Say | None:
    """The request's body is not the JSON that it should be: where, and why."""
    body = case.body
    if case.in_batch or body.data is None:
        return None
    kind = body.content_type.lower()
    if not body.data.strip():
        if case.method in ("POST", "PUT", "PATCH") and "json" in kind:
            return Say("The request says that its body is JSON, but the body is empty.", f"content-type: {kind}", certain=True)
        return None
    if "form-urlencoded" in kind or "multipart" in kind or (kind and "json" not in kind and "text/plain" not in kind):
        return None
    try:
        text = body.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return Say(f"the request's body is not UTF-8: byte {error.start + 1} is 0x{body.data[error.start]:02x}.", kind, certain=True)
    said = describe("The request's body", text)
    if said is None:
        return None
    says, around, fault = said
    if not _harmless(case, text, fault):
        return Say(says, fault.place, certain=True)
    return Say(f"{says} Seen: {case.quote(around)}.", around, certain=True)


def _harmless(case: Case, text: str, fault: Fault) -> bool:
    """Whether the text at a fault may be shown: not where it may be part of a secret."""
    start = 0
    for _ in range(fault.line - 1):
        start = text.find("\n", start) + 1
    position = start + fault.column - 1
    window = text[max(0, position - 2000) : position + 200].replace("\n", " ")
    return case.may_show(fault.around, window)


def wrong_content_type(*wanted: str) -> Check:
    """A rule: the body looks like JSON, but its Content-Type is none of those wanted; or it is a form under a JSON type."""

    def check(case: Case) -> Say | None:
        data = case.body.data
        if not data or case.in_batch:
            return None
        kind = case.headers.get("content-type").split(";")[0].strip().lower()
        looks = data.lstrip()[:1] in (b"{", b"[")
        if looks and kind not in wanted:
            sent = f"its Content-Type is {case.quote(kind)}" if kind else "the request has no Content-Type"
            return Say(f"The body is JSON, but {sent}; send `Content-Type: {wanted[0]}`.", f"content-type: {kind}", certain=False)
        if not looks and "json" in kind and re.match(rb"[\w.%+-]+=", data[:200]):
            return Say("The body is form data (key=value) under a JSON Content-Type.", f"content-type: {kind}", certain=True)
        return None

    return check


def json_parameters(*names: str) -> Check:
    """A rule: the query parameters of these names must be JSON."""

    def check(case: Case) -> Iterable[Say]:
        for name in names:
            text = case.params.get(name)
            if text is not None and (say := json_text_fault(case, f"`{name}`", text, name)):
                yield say

    return check


def json_text_fault(case: Case, what: str, text: str, name: str = "") -> Say | None:
    """What is wrong with a JSON text in a parameter or header, wrong encodings first; None for JSON."""
    said = describe(what, text)
    if said is None:
        return None
    says, around, fault = said
    if re.match(r"%(7B|5B|22)", text, re.I) and describe(what, unquote(text)) is None:
        return Say(f"{what} is percent-encoded twice: after decoding once it still begins {case.quote(text[:12], name)}.", text[:12], certain=True)
    if "%" not in case.request.query and re.search(r"[{}\"\[\]]", case.request.query) and fault.culprit.startswith("the text ends"):
        return Say(f"{what} was not percent-encoded; a `&`, `+` or `#` in it cut it off at {fault.place}.", around, certain=False)
    if not _harmless(case, text, fault):
        return Say(says, fault.place, certain=True)
    after = text.replace("\n", " ")[: 0 if fault.line > 1 else fault.column - 1][-12:]
    tail = f", after {case.quote(after, name)}" if after.strip() else ""
    return Say(f"{says.rstrip('.')}{tail}.", around, certain=True)


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


def unknown_operators(query: Callable[[Case], Any], known: Iterable[str]) -> Check:
    """A rule: a query uses a `$` operator that the backend does not have; the nearest is suggested."""
    names = sorted(known)
    folded = {name.lower(): name for name in names}

    def check(case: Case) -> Iterable[Say]:
        for key, _ in operators_in(query(case)):
            if key not in names:
                near = [folded[key.lower()]] if key.lower() in folded else difflib.get_close_matches(key, names, 1, 0.5)
                hint = f"; did you mean `{near[0]}`?" if near else "."
                yield Say(f"{case.quote(key)} is no query operator here{hint}", key, certain=True)

    return check


def integer_parameters(limits: Mapping[str, tuple[int, int | None]]) -> Check:
    """A rule: parameters that must be whole numbers between a least and a greatest (None: any)."""

    def check(case: Case) -> Iterable[Say]:
        for name, (least, most) in limits.items():
            text = case.params.get(name)
            if text is None:
                continue
            upto = f"from {least} to {most:,}" if most is not None else f"of {least} or more"
            if not re.fullmatch(r"-?\d{1,18}", text.strip()):
                yield Say(f"`{name}` is {case.quote(text, name)}; it takes a whole number {upto}.", f"{name}={text}", certain=True)
            elif int(text) < least or (most is not None and int(text) > most):
                yield Say(f"`{name}` is {case.quote(text, name)}; it takes a number {upto}.", f"{name}={text}", certain=True)

    return check


def name_seen_before(kind: str, what: str) -> Check:
    """A rule: a name in the path (`kind` as in the route templates, `what` as people call it) resembles one that worked."""

    def check(case: Case) -> Say | None:
        name = case.route.get(kind, "")
        return near_name(case, name, case.memory.names_of(kind), what) if name else None

    return check


def near_name(case: Case, name: str, known: Iterable[tuple[str, Seen]], what: str) -> Say | None:
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
    return Say(
        f"did you mean the {what} `{near}`? {case.quote(name)} was never seen to work; `{near}` answered {when.status} "
        f"{case.ago(when.when)} ({case.flow_name(when.flow)}).",
        f"{name} / {near}",
        certain=False,
    )


def missing_headers(*names: str, when: Callable[[Case], bool] = lambda _: True) -> Check:
    """A rule: a header that the backend asks for is absent."""

    def check(case: Case) -> Iterable[Say]:
        if when(case):
            for name in names:
                if name.lower() not in case.headers:
                    yield Say(
                        f"The request has no {name} header.", f"headers sent: {', '.join(sorted({n.lower() for n, _ in case.headers}))[:150]}", True
                    )

    return check


def missing_fields(*names: str) -> Check:
    """A rule: keys that the body must have are absent or empty."""

    def check(case: Case) -> Iterable[Say]:
        for name in names:
            if case.fields.get(name) in (None, "", [], {}):
                state = "is empty" if name in case.fields else "is missing"
                yield Say(f"`{name}` {state} in the body.", f"keys sent: {', '.join(list(case.fields)[:12])}", certain=True)

    return check


def keys_against(pattern: str, says: str) -> Callable[[Case, Iterable[str]], Iterable[Say]]:
    """A check of names: those that do not fit `pattern` are quoted with `says`."""
    compiled = re.compile(pattern)

    def check(case: Case, names: Iterable[str]) -> Iterable[Say]:
        for name in names:
            if not compiled.fullmatch(name):
                yield Say(f"{case.quote(name)} {says}", name, certain=True)

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

    def check(case: Case) -> Iterable[Say]:
        for key in keys:
            value = case.fields.get(key)
            if isinstance(value, str) and value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
                why = "it has no @" if "@" not in value else "it contains white space" if re.search(r"\s", value) else "a part of it is missing"
                yield Say(f"`{key}` is no e-mail address: {why}.", f"{len(value)} characters in {key}", certain=True)
            elif value is not None and not isinstance(value, str):
                yield Say(f"`{key}` must be a text; it is {type_name(value)}.", key, certain=True)

    return check


def type_name(value: Any) -> str:
    """A JSON type as people call it, with its article."""
    if value is None:
        return "null"
    names = {bool: "a boolean", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names.get(type(value), "something else")


def value_taken(*keys: str) -> Check:
    """A rule: a value that must be unique was taken by an earlier flow."""

    def check(case: Case) -> Iterable[Say]:
        for key in keys:
            value = case.fields.get(key)
            if not isinstance(value, str) or not value:
                continue
            seen = case.memory.taken.get((key, value[:200]))
            if seen:
                yield Say(
                    f"`{key}` {case.quote(value, key)} was taken {case.ago(seen.when)} by {case.flow_name(seen.flow)} of this very session.",
                    key,
                    True,
                )

    return check


def empty_token(case: Case) -> Say | None:
    """The client sent what its program writes for a token that it does not have."""
    sent = authorization(case.headers.get("authorization"))
    if sent and sent.scheme in ("bearer", "kinvey", "") and sent.is_empty_word:
        return Say(
            f"The Authorization header carries {case.quote(f'{sent.scheme} {sent.value}'.strip())} instead of a token: the app lost its token, "
            "or sent the request before it had one.",
            "authorization",
            certain=True,
        )
    return None


def bearer_form(case: Case) -> Say | None:
    """A Bearer header that cannot be read as one."""
    header = case.headers.get("authorization")
    if re.match(r"(?i)bearer[^\s]", header) and not re.match(r"(?i)bearer\s", header):
        return Say("The Authorization header has no space between `Bearer` and the token.", "authorization", certain=True)
    sent = authorization(header)
    if sent and not sent.scheme and sent.value.startswith("eyJ"):
        return Say("The Authorization header holds the bare token; write `Bearer ` before it.", "authorization", certain=True)
    if sent and sent.scheme == "bearer" and sent.value.lower().startswith("bearer "):
        return Say("The Authorization header says `Bearer` twice.", "authorization", certain=True)
    return None


def jwt_times(case: Case) -> Iterable[Say]:
    """A JSON Web Token that is not valid now, by the server's clock; the token itself is never shown."""
    sent = authorization(case.headers.get("authorization"))
    if not sent or sent.scheme != "bearer" or sent.is_empty_word:
        return
    token = jwt(sent.value)
    if token.fault:
        if not re.fullmatch(r"[\w-]{20,}", sent.value):
            yield Say(f"The access token cannot be read: {token.fault}.", "authorization", certain=True)
        return
    by = "the answer's Date" if case.answer_headers.get("date") else "this machine's clock"
    expires, begins, issued = token.time("exp"), token.time("nbf"), token.time("iat")
    if expires is not None and expires > 1e11:
        yield Say("The token's `exp` is in milliseconds; it must be seconds since 1970.", f"exp {expires:.0f}", certain=True)
    elif expires is not None and case.now - expires > CLOCK_SLACK:
        yield Say(
            f"The access token expired {duration(case.now - expires)} before this request, by {by}.", f"exp {expires:.0f}, now {case.now:.0f}", True
        )
    if begins is not None and begins - case.now > CLOCK_SLACK:
        yield Say(f"The access token is not valid yet: its `nbf` lies {duration(begins - case.now)} ahead, by {by}.", f"nbf {begins:.0f}", True)
    if issued is not None and issued - case.now > 60:
        yield Say(f"The token was issued {duration(issued - case.now)} in the future, by {by}: a clock is wrong.", f"iat {issued:.0f}", certain=False)


def token_history(case: Case) -> Iterable[Say]:
    """What earlier flows showed of the token that was sent: ended, or replaced by a newer one that is not used."""
    hashed, token = case.footprint.hashed_token, case.known_token
    if not hashed:
        return
    if token and token.ended:
        yield Say(
            f"This token was ended by {token.ended_how} in {case.flow_name(token.ended.flow)}, {case.ago(token.ended.when)}.", token.ended_how, True
        )
        return
    newest = case.memory.last_issued
    if token and token.issued and not token.chain and newest and newest[0] != hashed and newest[1].when > token.issued.when:
        newer = case.memory.tokens.get(newest[0])
        if newer and newer.user == token.user and newer.used is None:
            yield Say(
                f"a newer token was issued in {case.flow_name(newest[1].flow)}, {case.ago(newest[1].when)}, and has not been used since: "
                "the app goes on with the old one.",
                "token issued earlier",
                certain=False,
            )


def basic_form(case: Case) -> Say | None:
    """Basic credentials that cannot be read."""
    sent = authorization(case.headers.get("authorization"))
    if sent and sent.scheme == "basic":
        fault = basic(sent.value).fault
        if fault:
            return Say(f"What follows `Basic` in the Authorization header cannot be read: {fault}.", "authorization", certain=True)
    return None


def retry_after(case: Case) -> Say | None:
    """The server says how long to wait."""
    value = case.answer_headers.get("retry-after").strip()
    if value and re.fullmatch(r"\d{1,6}", value):
        return Say(f"The server asks to wait {duration(int(value))} before the next request (Retry-After).", f"retry-after: {value}", certain=True)
    return Say(f"The server asks to wait until {case.quote(value)} (Retry-After).", f"retry-after: {value}", certain=True) if value else None
