"""`*` in a host stands for any text, however many of them there are."""

import re

from baas_errors.catalog.hosts import HostRule, parse_host
from effort import effort
from hypothesis import given
from hypothesis import strategies as st
from matrix import in_one_test

PARTS = st.lists(st.sampled_from(["a", "b", ".", "*", "ab", "a.b", "**"]), min_size=1, max_size=8).map("".join)
NAMES = st.lists(st.sampled_from(["a", "b", ".", "ab", "/"]), max_size=8).map("".join)


@given(PARTS, NAMES)
def test_fits_what_the_same_regular_expression_would(pattern, name):
    regex = "".join("[^/]*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", pattern))
    assert HostRule("toy", pattern, None, "").fits(name) == bool(re.fullmatch(regex, name))


@in_one_test(
    ("pattern", "fitting", "other"),
    [
        ("*.b4a.io", "x.b4a.io", "b4a.io"),
        ("*-baas.kinvey.com", "eu-baas.kinvey.com", "baas.kinvey.com"),
        ("pg-app-*.scalabl.cloud", "pg-app-1.scalabl.cloud", "pg-app.scalabl.cloud"),
        ("a*a", "aa", "a"),
        ("*", "anything", "a/b"),
        ("API.Example.com", "api.example.com", "xapi.example.com"),
    ],
)
def test_fits(pattern, fitting, other):
    rule = parse_host("toy", pattern)
    assert rule.fits(fitting)
    assert not rule.fits(other)


def test_many_stars_cost_nothing():
    rule = parse_host("toy", "*a" * 30 + ".example")
    for host in ("a" * 20_000 + ".exampl", "a" * 29 + "b" * 20_000 + ".example"):
        assert not rule.fits(host)
        assert effort(lambda host=host: rule.fits(host)) < 3
