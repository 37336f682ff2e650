"""Reads the specs of `errors_inject`, in mitmproxy's form `|flow filter|error|how`: which requests, which error, how often and how.

The first character is the separator. `|error` alone holds for all requests. Mistakes are ValueErrors that name the place and what would be right.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..catalog import Backend, Entry, code_key
from ..text import one_line

# Errors that are no answer of a backend. `none` is no error at all: for a delay alone.
FAILURES = ("connection-failed", "timeout")
NONE = "none"
LONGEST_DELAY, LONGEST_SPEC = 3600.0, 4_000
_SECONDS = {"": 1.0, "s": 1.0, "ms": 0.001, "m": 60.0}


@dataclass(frozen=True, slots=True)
class How:
    """Which of the requests get the error, and how. Times are seconds, from shortest to longest; `item` counts from 1."""

    first: int | None = None
    nth: int | None = None
    every: int | None = None
    after: int = 0
    percent: float | None = None
    per_client: bool = False
    lasts: float | None = None
    delay: tuple[float, float] = (0.0, 0.0)
    retry_after: int | None = None
    message: str | None = None
    item: int | None = None
    afterwards: bool = False
    each_once: bool = False


class Wanted(NamedTuple):
    """The error asked for: entries of one name or code, likeliest first; else a code without an entry, a status, or a failure. `backend` None: of
    all. `tour`: all errors of the backend."""

    text: str
    backend: Backend | None = None
    entries: tuple[Entry, ...] = ()
    code: str | int | None = None
    status: int | None = None
    failure: str = ""
    message: str | None = None
    tour: bool = False


class Spec(NamedTuple):
    """One spec as read: its text, the flow filter ("" for all requests) with the place where it begins, the error, and how."""

    text: str
    filter: str
    place: int
    wanted: Wanted
    how: How


class SpecError(ValueError):
    """A mistake in a spec: what is wrong, with the character (from 1) at which it stands."""

    def __init__(self, text: str, at: int, part: str, reason: str) -> None:
        shown = f" `{one_line(part, 80)}`" if part else ""
        super().__init__(one_line(f"{one_line(text, 200)!r}: at character {at + 1},{shown} {reason}", 900))


def _seconds(number: str, unit: str | None) -> float:
    found = float(number) * _SECONDS[unit or ""]
    if found > LONGEST_DELAY:
        raise ValueError(f"is longer than {LONGEST_DELAY:.0f} s")
    return found


def _count(text: str) -> int:
    if int(text) == 0:
        raise ValueError("counts from 1")
    return int(text)


def _delay(found: re.Match[str]) -> tuple[float, float]:
    low, high = _seconds(found[1], found[3]), _seconds(found[2] or found[1], found[3])
    if low > high:
        raise ValueError("has the longer time first")
    return low, high


def _percent(found: re.Match[str]) -> float:
    if not 0 < float(found[1]) <= 100:
        raise ValueError("is not between 0 and 100")
    return float(found[1])


# Every way to say how: the field, an example, what it looks like, and its value.
HOWS: tuple[tuple[str, str, str, Callable[[re.Match[str]], Any]], ...] = (
    ("first", "first 2", r"first (\d{1,6})", lambda m: _count(m[1])),
    ("nth", "3rd", r"(\d{1,6})(?:st|nd|rd|th)", lambda m: _count(m[1])),
    ("every", "every 3", r"every (\d{1,6})", lambda m: _count(m[1])),
    ("after", "after 5", r"after (\d{1,6})", lambda m: int(m[1])),
    ("percent", "20%", r"(\d{1,3}(?:\.\d{1,3})?) ?%", _percent),
    ("per_client", "per client", r"per client", lambda _: True),
    ("lasts", "for 30s", r"for (\d{1,6}(?:\.\d{1,3})?) ?(ms|s|m)", lambda m: _seconds(m[1], m[2])),
    ("delay", "delay 1-3s", r"delay (\d{1,6}(?:\.\d{1,3})?)(?:-(\d{1,6}(?:\.\d{1,3})?))? ?(ms|s|m)", _delay),
    ("retry_after", "retry-after 5", r"retry-after (\d{1,6})s?", lambda m: int(m[1])),
    ("message", 'message "text"', r'message "([^"]{0,1000})"', lambda m: m[1]),
    ("item", "item 2", r"item (\d{1,6})", lambda m: _count(m[1])),
    ("afterwards", "afterwards", r"afterwards", lambda _: True),
    ("each_once", "each once", r"each once", lambda _: True),
)
_EXAMPLES = {example.split()[0]: example for _, example, _, _ in HOWS}
_PATTERNS = [(field, example, re.compile(f"{pattern}(?=[\\s,]|$)"), value) for field, example, pattern, value in HOWS]


def parse_spec(text: str, backends: Mapping[str, Backend]) -> Spec:
    """The spec in a text; raises SpecError."""
    if len(text) > LONGEST_SPEC:
        raise SpecError(text, LONGEST_SPEC, "", f"is too long: {LONGEST_SPEC:,} characters are read")
    if len(text) < 2 or text[0].isalnum() or text[0].isspace():
        raise SpecError(text, 0, "", "takes |flow filter|error|how, for example |~m POST|parse/101|first 2; any character can separate the parts")
    separator = text[0]
    parts = text[1:].split(separator, 2)
    filter_text, error, how = ["", *parts, ""] if len(parts) == 1 else [*parts, ""][:3]
    at_filter = 1 if len(parts) > 1 else len(text)
    at_error = at_filter + len(filter_text) + 1 if len(parts) > 1 else 1
    try:
        wanted = _wanted(error.strip(), backends)
    except ValueError as mistake:
        hint = f". If {separator!r} is part of the filter, separate by another character" if len(text.split(separator)) > 4 else ""
        raise SpecError(text, at_error, error, f"{mistake}{hint}") from None
    chosen = _how(text, at_error + len(error) + 1, how)
    if wanted.failure and (chosen.message is not None or chosen.item or chosen.retry_after is not None):
        raise SpecError(text, at_error, error, "is no answer: `message`, `item` and `retry-after` do not go with it")
    if wanted.text == NONE and not chosen.delay[1]:
        raise SpecError(text, at_error, error, "does nothing without a delay, such as `delay 2s`")
    if chosen.each_once and not wanted.tour:
        raise SpecError(text, at_error, error, "is one error: `each once` goes with all of a backend, such as parse/*")
    return Spec(text, filter_text.strip(), at_filter, wanted, chosen)


def _how(text: str, at: int, how: str) -> How:
    found: dict[str, Any] = {}
    position = 0
    while position < len(how):
        if how[position] in " \t,":
            position += 1
            continue
        for field, example, pattern, value in _PATTERNS:
            if match := pattern.match(how, position):
                if field in found:
                    raise SpecError(text, at + position, match[0], f"is given twice; once is enough (`{example}`)")
                try:
                    found[field] = value(match)
                except ValueError as mistake:
                    raise SpecError(text, at + position, match[0], f"{mistake}; an example is `{example}`") from None
                position = match.end()
                break
        else:
            word = how[position:].split(None, 1)[0].rstrip(",")
            near = difflib.get_close_matches(word.lower(), _EXAMPLES, 1)
            if word in _EXAMPLES:
                reason = f"is not complete; an example is `{_EXAMPLES[word]}`"
            elif near:
                reason = f"is not known; did you mean `{_EXAMPLES[near[0]]}`?"
            else:
                reason = f"is not known; there are {', '.join(f'`{example}`' for example in _EXAMPLES.values())}"
            raise SpecError(text, at + position, word, reason)
    return How(**found)


def _wanted(text: str, backends: Mapping[str, Backend]) -> Wanted:
    match = re.fullmatch(r'([^"]*?)(?:\s+"([^"]{0,1000})")?', text)
    name, message = (match[1], match[2]) if match else (text, None)
    if name == NONE or name in FAILURES:
        return Wanted(name, failure="" if name == NONE else name)
    ident, _, rest = name.partition("/")
    backend = backends.get(ident)
    if backend is None or not rest:
        options = [f"{one}/..." for one in backends] + [*FAILURES, NONE]
        near = difflib.get_close_matches(name, [*FAILURES, NONE], 1) or [f"{one}/{rest}" for one in difflib.get_close_matches(ident, backends, 1)]
        raise ValueError(f"names no error: did you mean {near[0]}?" if near else f"names no error; there are {', '.join(options)}")
    if rest == "*":
        return Wanted(name, backend, tour=True)
    if rest in FAILURES:
        return Wanted(name, backend, failure=rest)
    if status := re.fullmatch(r"http-([1-5]\d\d)", rest):
        return Wanted(name, backend, status=int(status[1]), message=message)
    return _of_backend(name, backend, rest, message)


def _of_backend(text: str, backend: Backend, rest: str, message: str | None) -> Wanted:
    """What a name or a code means in one backend."""
    low = rest.lower()
    entries = tuple(entry for entry in backend.entries if entry.name.lower() == low) or tuple(
        entry for entry in backend.entries if code_key(entry.code) == rest
    )
    # Last those that only the text for developers tells apart from others of their name.
    entries = tuple(sorted(entries, key=lambda entry: any(match.debug for match in entry.match)))
    sent = tuple(entry for entry in entries if entry.origin != "client-only")
    if sent:
        return Wanted(text, backend, sent, sent[0].code, message=message)
    if entries:
        raise ValueError("is raised by the app's SDK, no server sends it; did you mean connection-failed?")
    if re.fullmatch(r"-?\d{1,15}", rest) or message is not None:
        numbers = any(isinstance(entry.code, int) for entry in backend.entries)
        return Wanted(text, backend, code=int(rest) if numbers and rest.lstrip("-").isdigit() else rest, message=message)
    names = {entry.name.lower(): entry.name for entry in backend.entries if entry.origin != "client-only"}
    near = [names[found] for found in difflib.get_close_matches(low, names, 3)]
    meant = (
        f"did you mean {' or '.join(f'{backend.id}/{found}' for found in near)}?" if near else f'for an unknown code give a text too: {text} "text"'
    )
    raise ValueError(f"is no name or code of {backend.id}; {meant}")
