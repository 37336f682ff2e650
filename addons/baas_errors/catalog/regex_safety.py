"""Refuses regular expressions that hostile text could keep busy.

Python's engine tries one way after the other to match. How many ways there are is told by what may overlap: two repetitions that can both take the
same characters share them out in as many ways as there are characters; a repetition whose body can take one text in two ways doubles the ways with
each round. The search itself is one more repetition, of any character, before a pattern that is not tied to the beginning.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from .regex_tree import ALL, Kind, Node, tree

# What is repeated more often than this counts as repeated without end.
OFTEN = 16
# Steps take a few nanoseconds each.
MOST_STEPS = 25_000_000
# A repetition is quick where a plain character follows. Where what follows may be absent, each of its steps begins with a trial of that.
_TRIAL = 30
_MOST_STATES = 20_000


def check(text: str, length: int) -> None:
    """Raises ValueError that quotes a pattern which is none, or which could take long to search for in some text of this length."""
    try:
        parsed = tree(text)
        re.compile(text)
        reason = _fault(parsed, length)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"is not a regular expression: {error}, in {text!r}") from None
    except ValueError as error:
        reason = str(error)
    if reason:
        raise ValueError(f"{reason}: {text!r}")


def _fault(parsed: Node, length: int) -> str:
    for loop in _loops(parsed):
        (body,) = loop.items
        if next(_loops(body), None):
            return "repeats a repetition without end, which can take forever on hostile text"
        if _ambiguous(body, body.head):
            return "repeats what can take one text in several ways, which can take forever on hostile text"
    if _Walk(length).steps(parsed) > MOST_STEPS:
        return (
            "has repetitions side by side that can take the same characters, which can take long on hostile text; "
            "tie it to the beginning with `^`, limit them as in `.{0,80}`, or leave out of one what the next begins with, as in `[^,]*,`"
        )
    return ""


def _loops(node: Node) -> Iterator[Node]:
    """The repetitions without end in a node, outer ones first."""
    if node.kind is Kind.REPEAT and node.most > OFTEN:
        yield node
    for item in node.items:
        yield from _loops(item)


def _ambiguous(node: Node, after: int) -> bool:
    """Whether the next character does not always tell how to go on; `after` are those that can follow on the node."""
    if node.kind is Kind.SEQUENCE:
        for item in reversed(node.items):
            if _ambiguous(item, after):
                return True
            after = item.first(after)
        return False
    if node.kind is Kind.CHOICE:
        overlap = any(_both_fit(one, other, after) for one, other in combinations(node.items, 2))
        return overlap or any(_ambiguous(option, after) for option in node.items)
    if node.kind is Kind.REPEAT:
        (body,) = node.items
        return (node.most > node.least and bool(body.head & after)) or body.nullable or _ambiguous(body, body.head | after)
    return False


def _both_fit(one: Node, other: Node, after: int) -> bool:
    """Whether two options can take the same text, or one of them the beginning of what the other takes."""
    if one.letters and other.letters:
        return all(a & b for a, b in zip(one.letters, other.letters, strict=False))
    return bool(one.first(after) & other.first(after)) or (one.nullable and other.nullable)


class _State(NamedTuple):
    """One way through the pattern so far. `shared` are the characters that all repetitions of the last row of them can take; `endless` counts those
    that grow with the text, and `ways` is the product of all others. `last` is what the last repetition adds, which counts for nothing once its end
    is told by a character that it cannot take. `between` are the characters that must stand since then. `skipped` tells that something that may be
    absent was passed by since then."""

    shared: int
    endless: int
    ways: float
    last: tuple[int, float]
    between: tuple[int, ...]
    skipped: bool = False


class _Walk:
    """Counts the steps of the worst way through a pattern."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._worst = 0.0
        self._visited = 0

    def steps(self, parsed: Node) -> float:
        items = parsed.items if parsed.kind is Kind.SEQUENCE else (parsed,)
        tied = bool(items) and items[0].kind is Kind.BEGIN
        self._node(parsed, {_State(0, 0, 1.0, (0, 1.0), ()) if tied else _State(ALL, 1, 1.0, (1, 1.0), ())})
        return self._worst

    def _cost(self, state: _State) -> float:
        return float(state.ways * (self._length / state.endless) ** state.endless) if state.endless else state.ways

    def _node(self, node: Node, states: set[_State]) -> set[_State]:
        self._visited += len(states)
        if self._visited > _MOST_STATES:
            raise ValueError("is too complicated to be checked; make several of it")
        if node.kind is Kind.CHAR:
            return {self._char(node.chars, state) for state in states}
        if node.kind is Kind.CHOICE:
            return self._choice(node, states)
        if node.kind is Kind.REPEAT:
            return self._repeat(node, states)
        if node.kind is Kind.LOOK:
            self._node(node.items[0], states)
            return states
        for item in node.items:
            states = self._node(item, states)
        return states

    def _char(self, chars: int, state: _State) -> _State:
        if state.skipped:
            self._worst = max(self._worst, self._cost(state) * _TRIAL)
            state = state._replace(skipped=False)
        if state.shared & chars:
            return state._replace(between=(*state.between, chars)[-64:])
        return _State(0, state.endless - state.last[0], state.ways / state.last[1], (0, 1.0), ())

    def _choice(self, node: Node, states: set[_State]) -> set[_State]:
        overlap = 1 + sum(any(_both_fit(one, other, 0) for other in node.items[:n]) for n, one in enumerate(node.items))
        after: set[_State] = set()
        for option in node.items:
            after |= self._node(option, states)
        return self._fewer({state._replace(ways=state.ways * overlap) for state in after} if overlap > 1 else after)

    def _repeat(self, node: Node, states: set[_State]) -> set[_State]:
        (body,) = node.items
        if node.most <= OFTEN and body.letters is None:
            after = set(states) if node.least == 0 else set()
            for number in range(1, node.most + 1):
                states = self._node(body, states)
                if number >= node.least:
                    after |= states
            return self._fewer(after)
        if node.most == node.least <= OFTEN:
            for _ in range(node.least):
                states = self._node(body, states)
            return states
        taken = {self._repeated(node, state) for state in states}
        return self._fewer(taken | {state._replace(skipped=True) for state in states} if node.least == 0 else taken)

    def _repeated(self, node: Node, state: _State) -> _State:
        chars = node.chars
        if not state.shared & chars or not all(chars & between for between in state.between):
            state = self._char(0, state)
        ways = state.ways / _period(state.between)
        if node.most >= self._length:
            after = _State((state.shared or ALL) & chars, state.endless + 1, ways, (1, 1.0), ())
        else:
            times = float(node.most - node.least + 1)
            after = _State((state.shared or ALL) & chars, state.endless, ways * times, (0, times), ())
        self._worst = max(self._worst, self._cost(after))
        return after

    def _fewer(self, states: set[_State]) -> set[_State]:
        """Of states that differ in their cost alone, the worst."""
        worst: dict[tuple[int, tuple[int, ...], bool], _State] = {}
        for state in states:
            key = (state.shared, state.between, state.skipped)
            if key not in worst or self._cost(state) > self._cost(worst[key]):
                worst[key] = state
        return set(worst.values())


def _period(sets: tuple[int, ...]) -> int:
    """How far apart two places at least are where these characters can stand one after the other."""
    for shift in range(1, len(sets)):
        if all(a & b for a, b in zip(sets, sets[shift:], strict=False)):
            return shift
    return max(len(sets), 1)
