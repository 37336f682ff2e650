"""Checks that several backends' tables use: JSON where it belongs, numbers in their limits, names against those that worked.

Each function either is a rule (takes a RuleContext) or makes one from what a backend has of its own.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from ..exchange.json_pointer import members
from ..exchange.json_reader import type_name
from ..history.app_facts import JSON_AS
from ..history.store import LONGEST_KEY, Sighting
from .context import Message, RuleContext, duration, fault_of
from .json_faults import broken_json

# Names that another one is compared with, each in some 10 us.
LONGEST_TWICE, MOST_COMPARED = 200_000, 300
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
# In every query language that is like MongoDB's these take a list.
LISTED = ("$in", "$nin", "$all", "$and", "$or", "$nor")
Check = Callable[[RuleContext], Message | Iterable[Message] | None]


# What other query languages call an operator.
_MEANT = {
    **dict.fromkeys(("like", "ilike", "contains", "startswith", "endswith", "match", "matches", "search", "icontains", "regexp", "text"), "$regex"),
    **dict.fromkeys(("not", "neq", "isnot", "notequal"), "$ne"), **dict.fromkeys(("notin", "none"), "$nin"), **dict.fromkeys(("is", "equals"), "$eq"),
    **dict.fromkeys(("containsany", "anyof", "any", "oneof"), "$in"), **dict.fromkeys(("containsall", "allof"), "$all"),
    "between": "$gte` and `$lte", "range": "$gte` and `$lte", "min": "$gte", "max": "$lte", "isnull": "$exists", "near": "$nearSphere",
    **dict.fromkeys(("greaterthan", "morethan", "greater", "after"), "$gt"), **dict.fromkeys(("lessthan", "less", "before"), "$lt"),
    **dict.fromkeys(("greaterthanorequal", "greaterthanorequalto", "atleast"), "$gte"),
    **dict.fromkeys(("lessthanorequal", "lessthanorequalto", "atmost"), "$lte"),
}  # fmt: skip


def resembling(name: str, known: Iterable[str], closeness: float = 0.75) -> str:
    """The known name that another one was probably meant to be: spelt with other cases and signs, or with a typing error; "" for none."""
    return _resembling(name, tuple(islice(known, MOST_COMPARED)), closeness)


@lru_cache(maxsize=256)
def _resembling(name: str, known: tuple[str, ...], closeness: float) -> str:
    folded = {_letters(other[:LONGEST_KEY]): other for other in known}
    close = difflib.get_close_matches(_letters(name[:LONGEST_KEY]), folded, 3, closeness)
    return next((folded[near] for near in close if _same_words(name, folded[near])), "")


def _same_words(name: str, other: str) -> bool:
    """Whether no word of a name stands for another one: `deviceToken` is no `deviceType`, whatever letters they share."""
    words, others = (_WORD.findall(text[:LONGEST_KEY]) for text in (name, other))
    pairs = zip(words, others, strict=True) if len(words) == len(others) > 1 else ()
    return all(difflib.SequenceMatcher(None, one.lower(), two.lower()).ratio() >= 0.6 for one, two in pairs if len(one) > 2 < len(two))


def _letters(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower() or name


def write_instead(ctx: RuleContext, name: str, known: Collection[str], meant: Mapping[str, str], otherwise: str) -> str:
    """The fix for a word that does not exist: the known one that it means elsewhere (`meant`, in small letters), or resembles; else `otherwise`."""
    near = meant.get(_letters(name), "")
    near = near if near in known or "`" in near else resembling(name, known)
    return f"Write `{near}` instead of {ctx.quote(name)}." if near else otherwise


def json_body(ctx: RuleContext) -> Message | None:
    """Looks at a request body that should be JSON: whether it is empty, not UTF-8, serialized twice, or not JSON, and where.

    Source: RFC 8259. Other causes: none for text that is not JSON; an empty body is likely only, since some routes accept it."""
    body = ctx.body
    if ctx.in_batch or body.data is None:
        return None
    kind = body.content_type.lower()
    if not body.data.strip():
        text, is_json = f"{ctx.name} {ctx.message[:500]}", "json" in kind
        if ctx.method not in ("POST", "PUT", "PATCH") or not (is_json or re.search(r"(?i)body", text)):
            return None
        says = "The Content-Type says JSON, but the request body is empty." if is_json else f"The {ctx.method} has no body."
        fix = "Send a JSON body, for example `{}`, or leave out the Content-Type header."
        fix = fix if is_json else "Send a JSON body, for example `{}`, with `Content-Type: application/json`."
        return fault_of(says, f"content-type: {kind or 'none'}", fix, certain=re.search(r"(?i)body|json|empty", text) is not None)
    if "form-urlencoded" in kind or "multipart" in kind or (kind and "json" not in kind and "text/plain" not in kind):
        return None
    try:
        text = body.data.decode("utf-8")
    except UnicodeDecodeError as error:
        return fault_of(
            f"The request body is not UTF-8: byte {error.start + 1} is 0x{body.data[error.start]:02x}.", kind, "Encode the body as UTF-8."
        )
    if isinstance(body.json, str) and body.json.lstrip()[:1] in ("{", "["):
        says = "The request body is a JSON string that contains JSON: it was serialized twice."
        return fault_of(says, "string with JSON", "Apply `JSON.stringify` once, or let the HTTP library serialize the object.")
    # What is long and was read is not read once more, only to say that all is well.
    return None if len(text) > LONGEST_TWICE and not body.parsed.problem else broken_json(ctx, "The request body", text)


def wrong_content_type(*wanted: str, forms: bool = True) -> Check:
    """A rule: JSON whose Content-Type is none of those wanted, a form under a JSON type, or a form where `forms` are not taken."""

    def check(ctx: RuleContext) -> Message | None:
        """Compares the body with its Content-Type: JSON under another type, or form data under a JSON type.

        Source: RFC 9110, section 8.3; servers choose the parser by this header. Other causes: where JSON comes under another type, anything else
        that the answer may be about, so that this is likely only."""
        data = ctx.body.data
        if not data or ctx.in_batch:
            return None
        kind = ctx.headers.get("content-type").split(";")[0].strip().lower()
        looks = data.lstrip()[:1] in (b"{", b"[")
        if looks and kind not in wanted and (JSON_AS, kind) not in ctx.app_memory.names:
            sent = f"its Content-Type is {ctx.quote(kind)}" if kind else "the request has no Content-Type"
            return fault_of(f"the body is JSON, but {sent}.", f"content-type: {kind}", f"Send `Content-Type: {wanted[0]}`.", certain=False)
        if not forms and kind in ("application/x-www-form-urlencoded", "multipart/form-data") and "/oauth/" not in ctx.raw_path:
            certain = re.search(r"(?i)\b(required|missing|empty|undefined)\b|JSON", f"{ctx.name} {ctx.message[:500]}") is not None
            says = f"The body is form data ({ctx.quote(kind)}), and this endpoint expects JSON."
            return fault_of(says, f"content-type: {kind}", f"Send the body as JSON, with `Content-Type: {wanted[0]}`.", certain=certain)
        if not looks and "json" in kind and re.match(rb"[\w.%+-]+=", data[:200]):
            says = "The body is form data (key=value), but its Content-Type says JSON."
            return fault_of(says, f"content-type: {kind}", 'Send the body as JSON, for example `{"key": "value"}`.')
        return None

    return check


def operators_in(value: Any) -> Iterator[tuple[str, Any]]:
    """Every `$` key in a query, with its value, at any depth."""
    return ((path[-1], inner) for path, inner in members(value) if str(path[-1]).startswith("$"))


def unknown_operator(ctx: RuleContext, key: str, names: Collection[str], where: str = "", otherwise: str = "", certain: bool = True) -> Message:
    """A `$` operator that is none of those a backend has."""
    names, seen = [name for name in names if name not in ("$where", "$query")], key.replace(" ", "\u2423")
    fix = write_instead(ctx, seen, names, _MEANT, otherwise or f"Use one of the supported operators: {', '.join(names)}.")
    fix = f"{fix[:-1]}, with a pattern that begins with `^`." if "`$regex`" in fix and not otherwise else fix
    return fault_of(f"{ctx.quote(seen)}{where} is not a supported query operator.", key, fix, certain=certain)


def name_seen_before(kind: str, what: str) -> Check:
    """A rule: a name in the path (`kind` as in the route templates, `what` as people call it) resembles one that worked."""

    def check(ctx: RuleContext) -> Message | None:
        name = ctx.route.get(kind, "")
        return near_name(ctx, name, ctx.app_memory.names_of(kind), what) if name else None

    check.__doc__ = f"""Compares the {what} in the path with those that worked earlier in this recording.

    Source: earlier exchanges. Other causes: the {what} may exist under that name elsewhere, so this is likely only."""
    return check


def near_name(ctx: RuleContext, name: str, known: Iterable[tuple[str, Sighting]], what: str) -> Message | None:
    """A name against those that worked: another case, a typing error, a plural."""
    seen = dict(known)
    if not seen or name in seen or len(name) > LONGEST_KEY:
        return None
    near = resembling(name, seen, 0.8)
    if not near:
        return None
    when = seen[near]
    says = f"{ctx.quote(name)} resembles the {what} `{near}`, which answered {when.status} {ctx.ago(when.when)} ({ctx.flow_name(when.flow)})."
    return fault_of(says, f"{name} / {near}", f"Write `{near}` instead of {ctx.quote(name)}.", certain=False)


def missing_fields(*names: str, beside: tuple[str, ...] = ()) -> Check:
    """A rule: keys that the body must have are absent or empty; keys `beside` them may be spelt wrong too."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        if ctx.method in ("GET", "HEAD") or not ctx.sends_object:
            return
        for name in names:
            if ctx.fields.get(name) in (None, "", [], {}):
                say, keys = missing_field(ctx, name), list(ctx.fields)[:50]
                also = [(key, other) for key in keys for other in beside if other not in (*names, key) and _letters(key[:99]) == _letters(other)]
                fix = "".join([f", {ctx.quote(key)} to `{other}`" for key, other in also]) if say.fix.startswith("Rename") else ""
                yield say._replace(fix=f"{say.fix[:-1]}{fix}.")

    check.__doc__ = f"""Looks for keys that the body must have: {", ".join(names)}.

    Source: the backend's documentation; the answer's code is for this field alone. Other causes: none."""
    return check


def missing_field(ctx: RuleContext, name: str, fix: str = "") -> Message:
    """A key that the body must have: absent, or without a value. Another key that resembles it is suggested."""
    state = "is empty" if name in ctx.fields else "is missing"
    keys = list(ctx.fields)[:50]
    near = "" if name in ctx.fields else resembling(name, keys)
    add = f"Send a value for `{name}`, and no request while it is empty." if name in ctx.fields else f"Add `{name}` to the body, with a value."
    fix = f"Rename {ctx.quote(near)} to `{name}`." if near else fix or add
    return fault_of(f"`{name}` {state} in the body.", f"keys sent: {', '.join(keys[:12])}", fix)


def email_shape(*keys: str) -> Check:
    """A rule: an e-mail address in the body that cannot be one."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        """Looks at the form of e-mail addresses in the body.

        Source: RFC 5321, section 4.1.2. Other causes: some servers accept a domain without a dot, so that this one is likely only."""
        for key in keys:
            value, fix = ctx.fields.get(key), f"Send the whole address in `{key}`: a name, `@`, and a domain such as `example.com`."
            if isinstance(value, str) and value and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
                why = "it has no @" if "@" not in value else "it contains white space" if re.search(r"\s", value) else ""
                says = f"`{key}` is not an e-mail address: {why or 'the part before the @ or the domain is incomplete'}."
                yield fault_of(says, f"{len(value)} characters in {key}", fix, certain=bool(why))
            elif value is not None and not isinstance(value, str):
                yield fault_of(f"`{key}` is {type_name(value)}, not a string.", key, fix)

    return check


def value_taken(*keys: str) -> Check:
    """A rule: a value that must be unique was taken by an earlier flow. Keys as in the catalog's `unique`: `email`, `/roles#name`."""

    def check(ctx: RuleContext) -> Iterable[Message]:
        """Compares values that must be unique with those that earlier requests of this recording stored.

        Source: earlier exchanges. Other causes: what was stored may have been deleted since and taken by somebody else, so this is likely only."""
        for key in keys:
            name = key.rpartition("#")[2]
            value = ctx.fields.get(name)
            seen = ctx.app_memory.taken.get((key, value[:LONGEST_KEY])) if isinstance(value, str) and value else None
            if seen:
                says = f"`{name}` {ctx.quote(value, name)} was registered {ctx.ago(seen.when)} by {ctx.flow_name(seen.flow)}."
                yield fault_of(says, name, f"Choose another `{name}`, or sign in with the existing account.", certain=False)

    return check


def retry_after(ctx: RuleContext) -> Message | None:
    """Reads how long the server asks to wait.

    Source: RFC 9110, section 10.2.3 (Retry-After). Other causes: none: the server says so."""
    value = ctx.answer_headers.get("retry-after").strip()
    if not value:
        return None
    seconds = re.fullmatch(r"\d{1,6}", value)
    wait = f"{duration(int(value))} before the next request" if seconds else f"until {ctx.quote(value)}"
    fix = f"Wait {duration(int(value))}, then resend the request." if seconds else f"Resend the request after {ctx.quote(value)}."
    return Message(f"The server asks to wait {wait} (Retry-After).", f"retry-after: {value}", True, fix, "backoff")
