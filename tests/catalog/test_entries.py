"""Every catalog entry that can cross the wire, built into an exchange of its backend and decoded back to itself."""

import pytest
from baas_errors.catalog import Backend, Entry, Match, code_key
from baas_errors.catalog.patterns import Pattern
from baas_errors.decode import decode
from baas_errors.detect.backend import Recognizer
from build import make_facts, shipped_catalogs
from entry_samples import put, samples, texts
from matrix import in_one_test

BACKENDS = shipped_catalogs()
RECOGNIZER = Recognizer(BACKENDS)


def cases():
    for backend in BACKENDS.values():
        for entry in (entry for entry in backend.entries if entry.origin != "client-only"):
            for status in entry.status or (None,):
                yield pytest.param(backend, entry, status, id=f"{backend.id}-{entry.name}-{entry.code}-{status or 'any'}")


def decides(backend: Backend, entry: Entry, match: Match) -> bool:
    """Whether the catalog gives other entries of the code no such match: two entries that look the same cannot be told apart by design."""
    others = [other for other in backend.entries_for(entry.code, entry.space) if other.name != entry.name]
    return not any(match in (other.match or (Match(),)) for other in others)


@in_one_test(("backend", "entry", "status"), cases)
def test_an_entry_is_decoded_back_to_itself(backend: Backend, entry: Entry, status: int | None):
    for match, exchange in samples(backend, entry, status):
        shown = (exchange.request.method, exchange.request.path, exchange.response.body.text if exchange.response else exchange.message.text)
        assert RECOGNIZER.of_exchange(exchange) is backend
        (error,) = decode(make_facts(exchange, backend))
        # Where a shape says what its answers mean, the server sends no code.
        meant = entry.code in {shape.means for shape in backend.shapes} and error.code is None
        assert meant or code_key(error.code) == code_key(entry.code), shown
        assert error.entry is not None, shown
        if decides(backend, entry, match):
            assert error.entry.name == entry.name, shown
        else:
            assert entry.name in (error.entry.name, *error.candidates), shown


def test_there_are_as_many_cases_as_the_catalogs_promise():
    wire = {(backend.id, entry.name) for backend, entry, _ in (case.values for case in cases())}
    assert len(wire) > 320


@in_one_test("text", ["^a(b|c)?$", r"(?i)x\d{2}-[^a-w]+\s\w", "(foo|bar|) baz", r"\bword\b.{3}", "[^x]y"])
def test_texts_are_found_by_their_pattern(text):
    pattern = Pattern(text)
    assert all(pattern.found_in(sample) for sample in texts(pattern))


def test_texts_cover_alternatives():
    assert set(texts(Pattern("^(a|b)c?$"))) == {"a", "b", "ac", "bc"}


def test_put():
    assert put(put(None, "/errors/*/extensions/code", 1), "/errors/*/message", "m") == {"errors": [{"extensions": {"code": 1}, "message": "m"}]}
