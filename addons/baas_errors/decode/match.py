"""What an exchange shows that tells apart the entries of one code, and the rules for answers without any.

An entry says with `match` what it would look like. Evidence from the server's own words outranks evidence from the request's body and
headers, which outranks its path and method; an agreeing HTTP status is a hint and no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..catalog import Advice, Backend, Entry, Match, code_key
from ..catalog.entries import PatternRule, RangeRule, StatusRule
from ..exchange import NO_HEADERS, Headers
from ..exchange.json_pointer import MISSING, find

SERVER_WORDS, REQUEST_CONTENT, REQUEST_LINE, STATUS = 8, 4, 2, 1
# A `match` that does not hold speaks against its entry, more than any status can speak for it.
CONTRADICTED = -2


class Evidence(NamedTuple):
    """The facts about one error that conditions may ask for; `body`, `body_text` and `headers` are the request's."""

    message: str = ""
    debug: str = ""
    status: int | None = None
    method: str = ""
    path: str = ""
    body: Any = None
    body_text: str = ""
    headers: Headers = NO_HEADERS


class Choice(NamedTuple):
    """The entry chosen, and the names that the evidence does not rule out beside it."""

    entry: Entry
    candidates: tuple[str, ...]


def weigh(match: Match, seen: Evidence) -> int | None:
    """How strongly the evidence speaks for a match, or None where a condition does not hold."""
    weight = 0
    for pattern, text, worth in (
        (match.message, seen.message, SERVER_WORDS),
        (match.debug, seen.debug, SERVER_WORDS),
        (match.body_text, seen.body_text, REQUEST_CONTENT),
        (match.path, seen.path, REQUEST_LINE),
    ):
        if pattern is not None:
            if not pattern.found_in(text):
                return None
            weight += worth
    if match.method:
        if seen.method not in match.method:
            return None
        weight += REQUEST_LINE // 2
    if match.body or match.no_body or match.header or match.no_header:
        if not all(_has(seen.body, key) for key in match.body) or any(_has(seen.body, key) for key in match.no_body):
            return None
        if not all(name in seen.headers for name in match.header) or any(name in seen.headers for name in match.no_header):
            return None
        weight += REQUEST_CONTENT
    return weight


def _has(body: Any, key: str) -> bool:
    return find(body, key if key.startswith("/") else f"/{key}") is not MISSING


def holds_any(matches: Sequence[Match], seen: Evidence) -> bool:
    """Whether one of the matches holds; true where there are none."""
    for match in matches:
        if weigh(match, seen) is not None:
            return True
    return not matches


def fixes_for(advice: Advice | None, seen: Evidence) -> tuple[str, ...]:
    """The remedies that are right for this error, best first: those whose conditions hold, then those that have none."""
    if advice is None:
        return ()
    held = [fix.do for fix in advice.fix if fix.when and holds_any(fix.when, seen)]
    return (*held, *[fix.do for fix in advice.fix if not fix.when])


def choose(entries: Sequence[Entry], seen: Evidence) -> Choice:
    """The entry that the evidence speaks for, of at least one that share a code."""
    if len(entries) == 1:
        return Choice(entries[0], ())
    scores = [_score(entry, seen) for entry in entries]
    best = max(scores)
    chosen = entries[scores.index(best)]
    if best > STATUS and scores.count(best) == 1:
        return Choice(chosen, ())
    # Nothing but the status, or nothing at all, speaks for it: what is not ruled out stays possible.
    names = dict.fromkeys(
        entry.name for entry, score in zip(entries, scores, strict=True) if score == best or (best == STATUS and score == 0 and not entry.status)
    )
    names.pop(chosen.name, None)
    return Choice(chosen, tuple(names))


def _score(entry: Entry, seen: Evidence) -> int:
    hint = STATUS if seen.status in entry.status else 0
    if not entry.match:
        return hint
    weights = [weight for match in entry.match if (weight := weigh(match, seen)) is not None]
    return max(weights) * 2 + hint if weights else CONTRADICTED + hint


def rule_advice(backend: Backend, code: Any, space: str, seen: Evidence) -> Advice | None:
    """What the catalog's rules say where it has no entry: by range or pattern of the code, else by status."""
    key = code_key(code)
    if key is not None:
        ranged = next((rule.advice for rule in backend.tables.of(RangeRule) if rule.space == space and rule.covers(key)), None)
        worded = next((rule.advice for rule in backend.tables.of(PatternRule) if rule.code.found_in(key)), None)
        # A code sent as text is known by its form first: "22007" is the database's, though a number in somebody's range.
        advice = (worded or ranged) if isinstance(code, str) else (ranged or worded)
        if advice:
            return advice
    fitting = (rule.advice for rule in backend.tables.of(StatusRule) if seen.status in rule.status and holds_any(rule.match, seen))
    return next(fitting, None)
