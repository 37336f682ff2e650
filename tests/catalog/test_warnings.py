"""`[backend.hygiene]`: what is read from it, and how a faulty one is refused."""

from __future__ import annotations

import pytest
from baas_errors.catalog import CatalogError
from baas_errors.catalog.backend import ApiVersion, Hygiene, Retired
from baas_errors.catalog.patterns import Pattern
from build import make_backend
from matrix import in_one_test

GOOD = """
[backend.hygiene]
server_key = { header = ["X-Root-Key", { authorization = '^root ' }], body = ["_root"], basic = '^/private/' }
api_version = { header = "X-Api", oldest = 2, newest = 4, path = '^/v' }
retired = [{ hosts = ["Old.example", "*.old.example"], since = "2018-05" }, { hosts = ["x.example"], since = "2026-05-15" }]
"""
VERSION = "api_version = {{ header = 'X', oldest = {}, newest = {} }}"
BAD = [
    ("server_key = { header = ['x-root-*'] }", "takes whole names, not 'x-root-*'"),
    ("server_key = { headers = ['x'] }", "did you mean `header`?"),
    ("server_key = { basic = '(a+)+' }", "repeats a repetition"),
    (VERSION.format(0, 4), "field `oldest`: must be a whole number from 1 up to `newest`"),
    (VERSION.format(5, 4), "field `oldest`: must be a whole number"),
    ("api_version = { oldest = 1, newest = 2 }", "field `header`: is missing"),
    ("retired = [{ hosts = ['x.example'] }]", "field `since`: is missing"),
    ("retired = [{ since = '2018-05' }]", "field `hosts`: is missing"),
    ("retired = [{ hosts = ['x.example'], since = '2018-13' }]", "takes a day or a month such as"),
    ("retired = [{ hosts = ['x.example'], since = 'May 2018' }]", "not 'May 2018'"),
    ("keys = ['x']", "field `keys`: is not a field here"),
]


def test_what_is_read():
    hygiene = make_backend(GOOD).hygiene
    assert [*hygiene.server_key.header] == [(("x-root-key", None),), (("authorization", Pattern("^root ")),)]
    assert hygiene.server_key.body == ("_root",)
    assert hygiene.server_key.basic == Pattern("^/private/")
    assert hygiene.api_version == ApiVersion("X-Api", 2, 4, Pattern("^/v"))
    assert hygiene.retired == (Retired(("old.example", "*.old.example"), "2018-05"), Retired(("x.example",), "2026-05-15"))


def test_a_catalog_needs_none():
    assert make_backend().hygiene == Hygiene()


@in_one_test(("text", "says"), BAD, ids=[text for text, _ in BAD])
def test_a_faulty_one_is_refused(text, says):
    with pytest.raises(CatalogError) as caught:
        make_backend(f"[backend.hygiene]\n{text}")
    assert says in str(caught.value)
    assert "toy.toml, [backend], hygiene" in str(caught.value)


def test_the_shipped_catalogs_say_which_keys_are_servers_and_which_hosts_are_gone(backends):
    assert {backend.id for backend in backends.values() if backend.hygiene.retired} == {"parse", "bkend", "backend-services"}
    keyed = {b.id for b in backends.values() if b.hygiene.server_key.header or b.hygiene.server_key.basic}
    assert keyed == {"kinvey", "parse", "bkend", "backend-services"}
