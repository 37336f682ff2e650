"""Texts made to keep one regular expression busy, derived from its own parts, and the time that it takes over them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import pairwise

from baas_errors.catalog.regex_tree import OTHERS, Kind, Node, tree
from effort import processor_time, unit

# What hostile answers are made of, whatever the pattern.
COMMON = (
    *("a", "A", "0", "-", ".", ",", "/", ":", "@", "=", "<", "{", "[", '"', "'", "\\", " ", "\t", "\n", "\u00e4"),
    *("z9", "a=", "a.", "a@", "%41", "<a ", '{"a":'),
)
TAILS = ("", "\x00", "!\n")
_QUICK = 0.015
# Even if each character doubled this, three steps of _GROWING on it would still end soon.
_AT_ONCE = 0.002
_GROWING = (20, 23, 26, 30, 35, 41, 48, 56, 64, 256, 1024)


def one_of(chars: int) -> str:
    """A character of a set, a letter or digit where there is one."""
    for wanted in "ax0b1- ":
        if chars >> ord(wanted) & 1:
            return wanted
    low = chars & (OTHERS - 1)
    return chr((low & -low).bit_length() - 1) if low else "\u00e4"


def sample(node: Node) -> str:
    """A short text that a node matches, or nearly: what is looked for ahead or behind is left out."""
    if node.kind is Kind.CHAR:
        return one_of(node.chars)
    if node.kind is Kind.SEQUENCE:
        return "".join(sample(item) for item in node.items)
    if node.kind is Kind.CHOICE:
        return max((sample(option) for option in node.items), key=len, default="")
    if node.kind is Kind.REPEAT:
        return sample(node.items[0]) * min(max(node.least, 1), 40)
    return ""


def parts(node: Node, before: str = "") -> Iterator[tuple[str, str]]:
    """Every text that a pattern repeats, and every piece of it, each with a text that leads there."""
    if node.kind is Kind.REPEAT:
        yield before, sample(node.items[0])
        yield from parts(node.items[0], before)
    elif node.kind is Kind.LOOK:
        yield from parts(node.items[0], before)
    elif node.kind is Kind.CHOICE:
        for option in node.items:
            yield before, sample(option)
            yield from parts(option, before)
    elif node.kind is Kind.SEQUENCE:
        here = before
        for item in node.items:
            yield from parts(item, here)
            here += sample(item)
        yield from ((before, word) for word in words(node))
    else:
        yield before, sample(node)


def words(node: Node) -> list[str]:
    """The pieces of a sequence between its repetitions, and two of them at a time."""
    found = [""]
    for item in node.items:
        if item.kind is Kind.REPEAT:
            found.append("")
        else:
            found[-1] += sample(item)
    found = [word for word in found if word]
    return [*found, *(one + other for one, other in pairwise(found))]


def recipes(pattern: str) -> list[tuple[str, str, str, str]]:
    """Beginnings, two texts to repeat one after the other, and ends of attacks on a pattern; at most some hundreds."""
    try:
        found = list(dict.fromkeys((before, pump) for before, pump in parts(tree(pattern)) if pump))[:60]
    except ValueError:
        found = []
    pumps = list(dict.fromkeys(sorted((pump for _, pump in found), key=len, reverse=True)))
    words_first = pumps[:5] + [pump for pump in pumps[5:] if len(pump) == 1][:7]
    singles = [("", pump, "", tail) for pump in COMMON for tail in TAILS]
    led = [(before, pump, "", tail) for before, pump in found for tail in TAILS]
    free = [("", pump, "", tail) for pump in pumps for tail in TAILS]
    pairs = [("", one, other, "\x00") for one in words_first for other in words_first if one != other]
    return list(dict.fromkeys([*singles, *led, *free, *pairs]))


def text_of(recipe: tuple[str, str, str, str], length: int) -> str:
    """An attack of a given length."""
    before, one, other, tail = recipe
    room = max(length - len(before) - len(tail), 1)
    body = (one * (room // len(one) + 1))[: room // 2 if other else room]
    if other:
        body += (other * (room // len(other) + 1))[: room - len(body)]
    return (before + body)[: length - len(tail)] + tail


@lru_cache(maxsize=1)
def _unit() -> float:
    return unit()


def units(run: Callable[[str], object], text: str, enough: float) -> float:
    """Processor time of a run in units of effort.py, the least of three; of one if that took less than `enough`, or far more."""
    # To ask for the processor's time takes longer than most attacks do, and it is never more than the clock's.
    started = time.perf_counter()
    run(text)
    best = (time.perf_counter() - started) / _unit()
    if best < enough:
        return best
    best = float("inf")
    for attempt in range(3):
        # A machine may slow down between the first unit and now: what seems too slow is compared with the unit of this moment.
        best = min(best, processor_time(lambda: run(text)) / (unit() if attempt else _unit()))
        if not enough <= best <= 4 * enough:
            break
    return best


def slowest(run: Callable[[str], object], pattern: str, length: int, limit: float) -> tuple[float, str]:
    """The most units over an attack on a pattern, and the attack. Lengths grow, so that even time that doubles with each character ends."""
    worst = (0.0, "")
    for recipe in recipes(pattern):
        passed_over = 0
        for shorter in (*_GROWING, length):
            if shorter > length:
                continue
            if passed_over and shorter < min(length, 256):
                passed_over -= 1
                continue
            text = text_of(recipe, shorter)
            taken = units(run, text, limit)
            worst = max(worst, (taken, f"{text[:40]!r} x {len(text)}"))
            if taken > limit:
                return worst
            passed_over = 2 if taken < _AT_ONCE else 0
            # What takes so little for a thousand characters does not grow with the square of their number.
            if shorter == _GROWING[-1] and taken < _QUICK:
                break
    return worst
