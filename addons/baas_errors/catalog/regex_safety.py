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

from .regex_tree import ALL, Begin, Char, Choice, Look, Repeat, Sequence, Tree, chars_in, first, letters, nullable, tree

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


def _fault(parsed: Tree, length: int) -> str:
    for loop in _loops(parsed):
        if next(_loops(loop.body), None):
            return "repeats a repetition without end, which can take forever on hostile text"
        if _ambiguous(loop.body, first(loop.body)):
            return "repeats what can take one text in several ways, which can take forever on hostile text"
    steps = _Walk(length).steps(parsed)
    if steps > MOST_STEPS:
        return (
            "has repetitions side by side that can take the same characters, which can take long on hostile text; "
            "tie it to the beginning with `^`, limit them as in `.{0,80}`, or leave out of one what the next begins with, as in `[^,]*,`"
        )
    return ""


def _loops(node: Tree) -> Iterator[Repeat]:
    """The repetitions without end in a node, outer ones first."""
    if isinstance(node, Repeat):
        if node.most > OFTEN:
            yield node
        yield from _loops(node.body)
    elif isinstance(node, Look):
        yield from _loops(node.body)
    elif isinstance(node, (Sequence, Choice)):
        for item in node.items if isinstance(node, Sequence) else node.options:
            yield from _loops(item)


def _ambiguous(node: Tree, after: int) -> bool:
    """Whether the next character does not always tell how to go on; `after` are those that can follow on the node."""
    if isinstance(node, Sequence):
        for item in reversed(node.items):
            if _ambiguous(item, after):
                return True
            after = first(item, after)
        return False
    if isinstance(node, Choice):
        overlap = any(_both_fit(one, other, after) for one, other in combinations(node.options, 2))
        return overlap or any(_ambiguous(option, after) for option in node.options)
    if isinstance(node, Repeat):
        again = first(node.body)
        return (node.most > node.least and bool(again & after)) or nullable(node.body) or _ambiguous(node.body, again | after)
    return False


def _both_fit(one: Tree, other: Tree, after: int) -> bool:
    """Whether two options can take the same text, or one of them the beginning of what the other takes."""
    left, right = letters(one), letters(other)
    if left and right:
        return all(a & b for a, b in zip(left, right, strict=False))
    return bool(first(one, after) & first(other, after)) or (nullable(one) and nullable(other))


class _State(NamedTuple):
    """One way through the pattern so far.

    `shared` are the characters that all repetitions of the last row of them can take; `endless` counts those that grow with the text, and `ways` is
    the product of all others. `last` is what the last repetition adds, which counts for nothing once its end is told by a character that it cannot
    take. `between` are the characters that must stand since then. `skipped` tells that something that may be absent was passed by since then.
    """

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

    def steps(self, parsed: Tree) -> float:
        items = parsed.items if isinstance(parsed, Sequence) else (parsed,)
        tied = bool(items) and isinstance(items[0], Begin)
        self._node(parsed, {_State(0, 0, 1.0, (0, 1.0), ()) if tied else _State(ALL, 1, 1.0, (1, 1.0), ())})
        return self._worst

    def _cost(self, state: _State) -> float:
        return float(state.ways * (self._length / state.endless) ** state.endless) if state.endless else state.ways

    def _node(self, node: Tree, states: set[_State]) -> set[_State]:
        self._visited += len(states)
        if self._visited > _MOST_STATES:
            raise ValueError("is too complicated to be checked; make several of it")
        if isinstance(node, Char):
            return {self._char(node.chars, state) for state in states}
        if isinstance(node, Sequence):
            for item in node.items:
                states = self._node(item, states)
            return states
        if isinstance(node, Choice):
            return self._choice(node, states)
        if isinstance(node, Repeat):
            return self._repeat(node, states)
        if isinstance(node, Look):
            self._node(node.body, states)
        return states

    def _char(self, chars: int, state: _State) -> _State:
        if state.skipped:
            self._worst = max(self._worst, self._cost(state) * _TRIAL)
            state = state._replace(skipped=False)
        if state.shared & chars:
            return state._replace(between=(*state.between, chars)[-64:])
        return _State(0, state.endless - state.last[0], state.ways / state.last[1], (0, 1.0), ())

    def _choice(self, node: Choice, states: set[_State]) -> set[_State]:
        overlap = 1 + sum(any(_both_fit(one, other, 0) for other in node.options[:n]) for n, one in enumerate(node.options))
        after: set[_State] = set()
        for option in node.options:
            after |= self._node(option, states)
        return self._fewer({state._replace(ways=state.ways * overlap) for state in after} if overlap > 1 else after)

    def _repeat(self, node: Repeat, states: set[_State]) -> set[_State]:
        simple = node.most > OFTEN or letters(node.body) is not None
        if not simple:
            after = set(states) if node.least == 0 else set()
            for number in range(1, node.most + 1):
                states = self._node(node.body, states)
                if number >= node.least:
                    after |= states
            return self._fewer(after)
        if node.most == node.least <= OFTEN:
            for _ in range(node.least):
                states = self._node(node.body, states)
            return states
        taken = {self._repeated(node, state) for state in states}
        return self._fewer(taken | {state._replace(skipped=True) for state in states} if node.least == 0 else taken)

    def _repeated(self, node: Repeat, state: _State) -> _State:
        chars = chars_in(node.body)
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
