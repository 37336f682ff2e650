"""`fix` items with conditions: `{ do, when }`."""

from __future__ import annotations

import pytest
from baas_errors.catalog import Backend, CatalogError, parse
from baas_errors.decode import decode
from build import make_exchange, make_facts
from matrix import in_one_test

HEAD = """
format = 1
[backend]
id = "toy"
title = "Toy"
hosts = ["toy.example"]
[[shape]]
name = "plain"
code = "/code"
message = "/error"
[[entry]]
name = "Broken"
code = 7
meaning = "It is broken."
retry = "never"
fault = "request"
origin = "observed"
"""


def catalog(fix: str) -> Backend:
    return parse(f"{HEAD}fix = {fix}\n", "toy.toml")


def fixes(backend: Backend, message: str, method: str = "GET") -> tuple[str, ...]:
    exchange = make_exchange(400, {"code": 7, "error": message}, url="https://toy.example/things", method=method)
    return decode(make_facts(exchange, backend))[0].fix


def test_what_fits_the_error_comes_first_and_what_does_not_is_left_out() -> None:
    toy = catalog(
        """["Look at it.",
        { do = "Wind it up.", when = { message = '^spring' } },
        { do = "Oil it.", when = [{ message = 'rust' }, { method = ["PUT"] }] }]"""
    )
    assert fixes(toy, "spring is down") == ("Wind it up.", "Look at it.")
    assert fixes(toy, "spring has rust") == ("Wind it up.", "Oil it.", "Look at it.")
    assert fixes(toy, "other", "PUT") == ("Oil it.", "Look at it.")
    assert fixes(toy, "other") == ("Look at it.",)


@in_one_test(
    ("fix", "says"),
    [
        ("[]", "is empty"),
        ("[1]", "takes texts and tables"),
        ('"text"', "takes a list"),
        ("[{ when = { message = 'x' } }]", "field `do`: is missing"),
        ("[{ do = 'x', if = { message = 'x' } }]", "`if`"),
        ("[{ do = 'x', when = { massage = 'x' } }]", "did you mean `message`"),
        ("[{ do = 'x', when = {} }]", "is empty"),
    ],
)
def test_a_faulty_item_is_refused_with_its_place(fix: str, says: str) -> None:
    with pytest.raises(CatalogError, match=r"toy\.toml, \[\[entry\]\] 1 `Broken`") as caught:
        catalog(fix)
    assert says in str(caught.value)
