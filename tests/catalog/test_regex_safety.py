"""What is refused as a pattern because hostile text could keep it busy, and that nothing slow is let through."""

import re

import attacks
import pytest
from baas_errors.catalog import CatalogError
from baas_errors.catalog.patterns import LONGEST_TEXT, Pattern
from baas_errors.catalog.regex_safety import check
from build import make_backend
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix import in_one_test

NESTED = "repeats a repetition"
TWO_WAYS = "repeats what can take one text in several ways"
SIDE_BY_SIDE = "has repetitions side by side"
COMPLICATED = "is too complicated to be checked"
BACK = "refers back to a group"
REFUSED = [
    ("(a+)+", NESTED),
    ("(?:a*)*b", NESTED),
    ("((?:a|b)+)*", NESTED),
    ("(a{2,})+", NESTED),
    ("(?=(a+)+)x", NESTED),
    ("(?:x(?:y|(?:z*))+)+", NESTED),
    ("(a+?)+", NESTED),
    ("(?>(?:a+)+)", NESTED),
    ("(?:a{0,17}){20,}", NESTED),
    ("(?:a{1,3})+b", TWO_WAYS),
    ("(?:a?){30}", TWO_WAYS),
    ("(?:a|ab|b)*c", TWO_WAYS),
    ("(?:(?i:a)|A)*b", TWO_WAYS),
    ("(.?)*x", TWO_WAYS),
    ("a*a*b", SIDE_BY_SIDE),
    (".*.*", SIDE_BY_SIDE),
    ("^.*.*.*x", SIDE_BY_SIDE),
    (".*x.*y", SIDE_BY_SIDE),
    ("foo.*bar.*baz", SIDE_BY_SIDE),
    (r"\s*=\s*(.*)$", SIDE_BY_SIDE),
    ("(?m)^.*a.*b", SIDE_BY_SIDE),
    ("(?:a?){16}a{16}b", SIDE_BY_SIDE),
    ("(?:^|x).*y.*z", SIDE_BY_SIDE),
    ("(?:a{1,16}){1,16}b", SIDE_BY_SIDE),
    ("(?=.*a.*b)c", SIDE_BY_SIDE),
    (r"^a*.*\s*b", SIDE_BY_SIDE),
    (r"(['\"]).*\1", BACK),
    (r"(a)?(?(1)b|c)", BACK),
    ("(?:(?:(?:(?:a{1,9}b?){1,16}c?){1,16}d?){1,16}e?){1,16}", COMPLICATED),
]
TAKEN = [
    "^a+b*$",
    "(?:ab){2,5}c+",
    "(a|b)+",
    "[a-z]+(?:, [A-Z]?)?",
    r"(?i)\bx\d{1,3}\b",
    "^(?!.*x)y",
    "(a|ab)+c",
    "(?:foo|fab|bar)+x",
    r"\w+@\w+\.\w+",
    "foo.*bar",
    "x.{0,80}y.{0,80}z",
    r"^\s+|\s+$",
    "(?=.*a)(?=.*b)c",
    "(?<=ab)c+",
    '^"[^"]*", *"[^"]*"$',
    "^a.*b.*c",
    r"(?:\d|[0-9a-f])*x",
    "",
]


@in_one_test(("text", "says"), REFUSED)
def test_what_could_run_away_is_refused_and_quoted(text, says):
    with pytest.raises(ValueError, match=re.escape(says)) as caught:
        Pattern(text)
    assert repr(text) in str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("text", TAKEN)
def test_what_cannot_is_taken_and_is_quick(text):
    pattern = Pattern(text)
    taken, attack = attacks.slowest(pattern.found_in, text, LONGEST_TEXT, 20)
    assert taken < 20, attack


@pytest.mark.slow
@pytest.mark.parametrize("text", ["(?:a{1,3})+b", "a*a*b", "foo.*bar.*baz", "(?:a|ab|b)*c"])
def test_what_is_refused_would_be_slow_indeed(text):
    taken, _ = attacks.slowest(re.compile(text).search, text, LONGEST_TEXT, 5)
    assert taken > 5


def test_a_catalog_with_such_a_pattern_is_refused_with_entry_field_and_remedy():
    with pytest.raises(CatalogError) as caught:
        make_backend("[[entry]]\nname = 'A'\ncode = 1\norigin = 'observed'\nmatch = { message = 'a.*b.*c' }\nADVICE")
    assert "toy.toml, [[entry]] 1 `A`, match 1, field `message`" in str(caught.value)
    assert "limit them as in `.{0,80}`" in str(caught.value)


def test_a_pattern_that_was_checked_before_is_taken_as_it_is_and_made_when_needed():
    assert Pattern("(a+)+$", checked=True).found_in("aa")
    with pytest.raises(ValueError, match="is not a regular expression"):
        Pattern("(", checked=True).found_in("")


atoms = st.sampled_from(["a", "b", "ab", ".", r"\w", r"\s", "[ab]", "[^a]", r"\d", " ", "=", "x", "$", r"\b", "(?:a|b)", "(?:ab|c)", "(?=a)"])
quantifiers = st.sampled_from(["", "", "", "*", "+", "?", "{0,3}", "{2}", "{1,40}", "*?", "{2,}"])
pieces = st.tuples(atoms, quantifiers).map(lambda pair: pair[0] + pair[1] if pair[0] not in ("$", r"\b", "(?=a)") else pair[0])
rows = st.lists(pieces, min_size=1, max_size=4).map("".join)
groups = st.tuples(st.lists(rows, min_size=1, max_size=3), quantifiers).map(lambda pair: f"(?:{'|'.join(pair[0])}){pair[1]}")
patterns = st.tuples(st.sampled_from(["", "^", "(?i)"]), st.lists(st.one_of(rows, groups), min_size=1, max_size=3)).map(
    lambda p: p[0] + "".join(p[1])
)


@pytest.mark.slow
@settings(max_examples=15, deadline=None, derandomize=True)
@given(patterns)
def test_nothing_that_is_taken_is_slow(text):
    try:
        check(text, LONGEST_TEXT)
    except ValueError:
        return
    # Two repetitions after `^` may take the same characters: the square of a thousand steps. Their cube would take a hundred times the limit.
    taken, attack = attacks.slowest(re.compile(text).search, text, LONGEST_TEXT // 2, 40)
    assert taken < 40, attack
