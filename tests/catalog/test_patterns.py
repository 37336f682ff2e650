import functools

import attacks
import pytest
from baas_errors.catalog import Backend
from baas_errors.catalog.load import KINDS
from baas_errors.catalog.patterns import LONGEST_TEXT, Pattern
from baas_errors.catalog.regex_safety import check
from build import shipped_catalogs
from matrix import in_one_test


@in_one_test("text", ["(", "[a", "*a", r"\1", "(?P<n>a)(?P<n>b)", "(?z)"])
def test_refuses_what_is_no_pattern_and_quotes_it(text):
    with pytest.raises(ValueError, match="is not a regular expression") as caught:
        Pattern(text)
    assert repr(text) in str(caught.value)


def test_refuses_nesting_that_the_parser_cannot_hold():
    with pytest.raises(ValueError, match="is not a regular expression"):
        Pattern("(" * 20_000 + ")" * 20_000)


def test_is_searched_not_anchored_and_only_in_the_first_characters():
    assert Pattern("b+").found_in("aabb")
    assert Pattern("x$").found_in("a" * (LONGEST_TEXT - 1) + "x")
    assert not Pattern("x").found_in("a" * LONGEST_TEXT + "x")


def test_equal_texts_are_equal_patterns():
    assert Pattern("a") == Pattern("a")
    assert len({Pattern("a"), Pattern("a"), Pattern("b")}) == 2
    assert Pattern("a") != "a"


def _patterns(values, name=""):
    """Every pattern in a tree of values, with the entry or rule that it stands in."""
    for value in values:
        if isinstance(value, Pattern):
            yield name, value
        elif isinstance(value, dict):
            yield from _patterns(value.values(), name)
        elif isinstance(value, Backend):
            tables = [value.tables.of(kind) for kind in KINDS.values()]
            yield from _patterns([getattr(value, field) for field in value.__dataclass_fields__ if field != "tables"], name)
            yield from _patterns(tables, name)
        else:
            label = getattr(value, "name", "") or name
            if hasattr(value, "__dataclass_fields__"):
                yield from _patterns([getattr(value, field) for field in value.__dataclass_fields__], label)
            elif isinstance(value, (list, tuple)):
                yield from _patterns(value, label)


@functools.cache
def shipped():
    return {pattern.text: name for name, pattern in _patterns(shipped_catalogs().values())}


def test_the_walk_over_shipped_patterns_finds_them():
    assert len(shipped()) > 150
    assert {"UserInvalidLoginParams", "standard"} <= set(shipped().values())


@pytest.mark.slow
@pytest.mark.twice
@in_one_test("text", shipped)
def test_a_shipped_pattern_passes_the_check_and_is_fast_on_hostile_text(text):
    check(text, LONGEST_TEXT)
    taken, attack = attacks.slowest(Pattern(text).found_in, text, LONGEST_TEXT, 2)
    assert taken < 2, f"{taken:.1f} units for {attack}"
