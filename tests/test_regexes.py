"""No regular expression in the addon is slow: each constant is attacked, the way it is used, with texts derived from its own parts."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import attacks
import baas_errors
import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.catalog.load import rule_tables
from baas_errors.redact.formats import Forms
from baas_errors.redact.secret_names import Names
from matrix import in_one_test

# Time that grows with the square of this length is above the limit, in the units of effort.py; time that grows with the length alone is far below.
LENGTH = 16_000
LIMIT = 10
# Patterns that never see more characters than this; each is searched for in a window, or in a text that was cut before.
WITHIN = {"baas_errors.redact.formats._HEX_BEFORE": 64, "baas_errors.exchange.json_reader._CALL": 600}
FAST = ("match", "fullmatch")


def constants() -> Iterator[tuple[str, re.Pattern[str], Callable[[str], object]]]:
    """Every pattern at the top of a module, with what the module does with it, and those made from the catalogs' schemes and prefixes."""
    seen = set()
    names = ["errors", *(module.name for module in pkgutil.walk_packages(baas_errors.__path__, "baas_errors.") if "__main__" not in module.name)]
    for name in names:
        module = importlib.import_module(name)
        # Without what it imports: a pattern is made in one module and may be used in another.
        source = re.sub(r"^from \S+ import (?:\([^)]*\)|.*)$", "", Path(str(module.__file__)).read_text("utf-8"), flags=re.M)
        for label, pattern in patterns_in(vars(module)):
            if isinstance(pattern.pattern, str) and id(pattern) not in seen:
                seen.add(id(pattern))
                yield f"{name}.{label}", pattern, use(label, pattern, source)
    rows = [*rule_tables("gateways")["front"], *rule_tables("gateways")["server"]]
    searched = [re.compile(row["seen"], re.I | re.M) for row in rows] + [
        re.compile(text, re.I) for text in (*rule_tables("failures")["certificate"], *rule_tables("failures")["seen"].values())
    ]
    matched = [row["when"]["message"] for row in rule_tables("parse")["call"]]
    for number, pattern in enumerate([*searched, *(re.compile(text, re.S) for text in matched)]):
        yield f"catalogs/rules {number} {pattern.pattern[:40]}", pattern, pattern.search if pattern in searched else pattern.match
    secret_names = Names(load_catalogs().values())
    forms = Forms(secret_names)
    held = [(f"form {number}", pattern) for number, (_, pattern) in enumerate(forms._patterns)]
    made = [("scheme", forms._scheme), ("key", forms._key), ("app", secret_names._app), ("service", forms._service), ("start", forms._start), *held]
    for label, pattern in made:
        yield f"baas_errors.redact.formats.Forms.{label}", pattern, lambda text, pattern=pattern: deque(pattern.finditer(text), 0)


def patterns_in(values: object, label: str = "", depth: int = 0) -> Iterator[tuple[str, re.Pattern[str]]]:
    if isinstance(values, re.Pattern):
        yield label, values
    elif isinstance(values, dict) and depth < 4:
        for key, value in values.items():
            if not str(key).startswith("__"):
                yield from patterns_in(value, label or str(key), depth + 1)
    elif isinstance(values, (list, tuple, set, frozenset)) and depth < 4:
        for value in values:
            yield from patterns_in(value, label, depth + 1)


def use(label: str, pattern: re.Pattern[str], source: str) -> Callable[[str], object]:
    """How the module that makes a pattern uses it; where that cannot be told, the costliest way."""
    methods = set(re.findall(rf"\b{label}\.(\w+)", source))
    passed_on = re.search(rf"(?<![.\w]){label}(?![.\w]|\s*(?:=|:\s))", source)
    if methods and methods <= set(FAST) and not passed_on:
        return pattern.match if "match" in methods else pattern.fullmatch
    if methods == {"search"} and not passed_on:
        return pattern.search
    return lambda text: deque(pattern.finditer(text), 0)


CONSTANTS = {name: (pattern, run) for name, pattern, run in constants()}


def test_the_constants_are_found():
    assert len(CONSTANTS) > 100
    assert {"baas_errors.detect.routes._ID", "baas_errors.redact.formats._EMAIL"} <= set(CONSTANTS)
    assert set(WITHIN) <= set(CONSTANTS)


@pytest.mark.slow
@pytest.mark.twice
@in_one_test("name", CONSTANTS)
def test_no_constant_is_slow(name):
    pattern, run = CONSTANTS[name]
    taken, attack = attacks.slowest(run, pattern.pattern, WITHIN.get(name, LENGTH), LIMIT)
    assert taken < LIMIT, f"{taken:.1f} units for {attack}"


@pytest.mark.slow
@pytest.mark.twice
@pytest.mark.parametrize("pattern", ["(a+)+$", "a*a*b", "foo.*bar.*baz", r"\s+$", "(?:a|ab|b)*c"])
def test_the_attacks_find_slow_patterns(pattern):
    taken, _ = attacks.slowest(re.compile(pattern).search, pattern, 20_000 if pattern == r"\s+$" else 2_000, LIMIT)
    assert taken > LIMIT
