"""How specs are read, and what is said of those that cannot be."""

from __future__ import annotations

from collections import Counter

import pytest
from baas_errors.catalog import load_catalogs
from baas_errors.inject.schedule import Schedule
from baas_errors.inject.spec import HOWS, How, SpecError, parse_spec

BACKENDS = load_catalogs()


@pytest.mark.parametrize(
    ("text", "filter_text", "names", "how"),
    [
        ("|~u /classes/ & ~m POST|parse/RequestLimitExceeded|first 2 retry-after 5", "~u /classes/ & ~m POST", "RequestLimitExceeded",
         How(first=2, retry_after=5)),
        ("|parse/209", "", "InvalidSessionToken", How()),
        (";~u a|b;parse/objectnotfound;", "~u a|b", "ObjectNotFound", How()),
        ("|~all|kinvey/EntityNotFound|3rd, delay 1-3s, per client", "~all", "EntityNotFound", How(nth=3, delay=(1, 3), per_client=True)),
        ("|~all|bkend/auth/unauthorized|every 2 after 5 for 30s", "~all", "auth/unauthorized", How(every=2, after=5, lasts=30)),
        ('|~all|parse/101|20% item 2 afterwards message "a | b"', "~all", "UserInvalidLoginParams",
         How(percent=20, item=2, afterwards=True, message="a | b")),
        ("|~all|parse/101|delay 200ms", "~all", "UserInvalidLoginParams", How(delay=(0.2, 0.2))),
    ],
)  # fmt: skip
def test_specs(text, filter_text, names, how):
    spec = parse_spec(text, BACKENDS)
    assert (spec.filter, spec.wanted.entries[0].name, spec.how) == (filter_text, names, how)


@pytest.mark.parametrize(
    ("error", "facts"),
    [
        ('parse/9001 "The stock is empty."', {"code": 9001, "message": "The stock is empty."}),
        ("parse/9001", {"code": 9001}),
        ('kinvey/MyError "Mine."', {"code": "MyError", "message": "Mine."}),
        ("kinvey/http-503", {"status": 503}),
        ("connection-failed", {"failure": "connection-failed", "backend": None}),
        ("parse/timeout", {"failure": "timeout"}),
        ("parse/*", {"tour": True}),
    ],
)
def test_errors_without_an_entry(error, facts):
    wanted = parse_spec(f"|~all|{error}", BACKENDS).wanted
    assert {name: getattr(wanted, name) for name in facts} == facts
    assert wanted.entries == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "takes |flow filter|error|how"),
        ("~all|parse/101", "names no error"),
        ("parse/101", "any character can separate the parts"),
        ("|~all|parse/ObjectNotFund", "at character 7, `parse/ObjectNotFund` is no name or code of parse; did you mean parse/ObjectNotFound"),
        ("|~all|pars/101", "did you mean parse/101?"),
        ("|~all|conection-failed", "did you mean connection-failed?"),
        ("|~all|nothing", "there are backend-services/..., bkend/..., kinvey/..., parse/..., pocketbase/..., connection-failed, timeout, none"),
        ("|~all|parse/ConnectionFailed", "no server sends it; did you mean connection-failed?"),
        ("|~all|parse/101|frist 2", "at character 17, `frist` is not known; did you mean `first 2`?"),
        ("|~all|parse/101|first", "at character 17, `first` is not complete; an example is `first 2`"),
        ("|~all|parse/101|first 2 first 3", "at character 25, `first 3` is given twice"),
        ("|~all|parse/101|item 0", "counts from 1; an example is `item 2`"),
        ("|~all|parse/101|delay 3-1s", "has the longer time first"),
        ("|~all|parse/101|delay 9000m", "is longer than 3600 s"),
        ("|~all|parse/101|150%", "is not between 0 and 100"),
        ("|~all|parse/101|quickly", "is not known; there are `first 2`"),
        ("|~all|timeout|item 2", "`message`, `item` and `retry-after` do not go with it"),
        ("|~all|none", "does nothing without a delay"),
        ("|~all|parse/101|each once", "`each once` goes with all of a backend, such as parse/*"),
        ("|~u a|b|parse/101|first 2", "If '|' is part of the filter, separate by another character"),
        ("|~all|parse/\x1b[31m", "parse"),
    ],
)
def test_mistakes_are_told_with_their_place(text, says):
    with pytest.raises(SpecError) as caught:
        parse_spec(text, BACKENDS)
    assert says in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_every_example_can_be_read():
    for field, example, _, _ in HOWS:
        error = "parse/*" if field == "each_once" else "parse/101"
        assert getattr(parse_spec(f"|~all|{error}|{example}", BACKENDS).how, field) != getattr(How(), field), example


def taken(how, times=12, client="a", seed="7"):
    schedule = Schedule("spec", how, seed)
    return [number for number in range(1, times + 1) if schedule.take(client, 1000.0 + number) is not None]


@pytest.mark.parametrize(
    ("how", "numbers"),
    [
        (How(), list(range(1, 13))),
        (How(first=2), [1, 2]),
        (How(nth=3), [3]),
        (How(every=4), [4, 8, 12]),
        (How(after=9), [10, 11, 12]),
        (How(after=2, first=3), [3, 4, 5]),
        (How(after=1, every=5), [6, 11]),
        (How(lasts=3), [1, 2, 3, 4]),
    ],
)
def test_which_requests_are_taken(how, numbers):
    assert taken(how) == numbers


def test_chance_follows_the_seed_and_no_other_request():
    how = How(percent=50, per_client=True)
    assert taken(how, 200) == taken(how, 200) != taken(how, 200, seed="8")
    assert 70 < len(taken(how, 200)) < 130
    both = Schedule("spec", how, "7")
    mixed = [number for number in range(1, 201) if (both.take("b", 0.0), both.take("a", 0.0))[1] is not None]
    assert mixed == taken(how, 200)


def test_clients_are_counted_apart():
    schedule = Schedule("spec", How(first=1, per_client=True), "7")
    assert [schedule.take(client, 0.0) is not None for client in "aabba"] == [True, False, True, False, False]
    assert schedule.given == 2


def test_delays_lie_between_their_ends():
    schedule = Schedule("spec", How(delay=(1, 3)), "7")
    delays = [schedule.take("a", 0.0) for _ in range(100)]
    assert all(1 <= delay <= 3 for delay in delays)
    assert max(Counter(delays).values()) == 1
