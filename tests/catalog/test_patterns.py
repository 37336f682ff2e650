import time

import pytest
from baas_errors.catalog.patterns import LONGEST_TEXT, Pattern


@pytest.mark.parametrize(
    "text", ["(a+)+", "(?:a*)*b", "((?:a|b)+)*", "(a{2,})+", "(?=(a+)+)x", "(?:x(?:y|(?:z*))+)+", "(a+?)+", "(?>(?:a+)+)", "(?:a{0,17}){20,}"]
)
def test_refuses_a_repetition_that_repeats_one(text):
    with pytest.raises(ValueError, match="repeats a repetition"):
        Pattern(text)


@pytest.mark.parametrize("text", ["^a+b*$", "(?:ab){2,5}c+", "(a|b)+", "[a-z]+(?:, [A-Z]?)?", r"(?i)\bx\d{1,3}\b", "(?:a{1,3})+", "^(?!.*x)y"])
def test_takes_patterns_that_cannot_run_away(text):
    Pattern(text)


@pytest.mark.parametrize("text", ["(", "[a", "*a", r"\1", "(?P<n>a)(?P<n>b)", "(?z)"])
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


def test_every_shipped_pattern_is_fast_on_hostile_text(backends):
    hostile = [
        "a" * LONGEST_TEXT,
        "{" * LONGEST_TEXT,
        " " * LONGEST_TEXT,
        "/" * LONGEST_TEXT,
        "ab " * 700,
        '{"a":' * 400,
        "E11000 duplicate key " * 100,
        "1-" * 1000,
    ]
    slow = []
    for name, pattern in _patterns(backends.values()):
        for text in (*hostile, (pattern.text.strip("^$") * LONGEST_TEXT)[:LONGEST_TEXT]):
            start = time.process_time()
            pattern.found_in(text)
            if time.process_time() - start > 0.1:
                slow.append((name, pattern.text, text[:20]))
    assert not slow


def _patterns(values, name=""):
    """Every pattern in a tree of frozen values, with the entry or rule that it stands in."""
    for value in values:
        if isinstance(value, Pattern):
            yield name, value
        elif isinstance(value, dict):
            yield from _patterns(value.values(), name)
        elif isinstance(value, (list, tuple)):
            yield from _patterns(value, name)
        elif hasattr(value, "__dataclass_fields__"):
            label = getattr(value, "name", "") or name
            yield from _patterns([getattr(value, field) for field in value.__dataclass_fields__ if field != "by_code"], label)


def test_the_walk_over_shipped_patterns_finds_them(backends):
    found = list(_patterns(backends.values()))
    assert len(found) > 200
    assert {"UserInvalidLoginParams", "standard"} <= {name for name, _ in found}
