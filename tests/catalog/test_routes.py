"""The first route that a path fits is found as by trying each in turn."""

import re
from pathlib import Path

import pytest
from baas_errors.catalog.routes import Route, find_route
from build import make_backend, shipped_catalogs
from hypothesis import given, settings
from hypothesis import strategies as st
from matrix import in_one_test
from mitmproxy.io import FlowReader

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
BACKENDS = shipped_catalogs()
TEMPLATES = ["/a/{id}", "/a/b", "/{x}/b", "/a", "/", "/a//b", "/c/", "/{id}.json", "/x{id}y/{n}", "/a/{n}/b", "/{p}/{q}/{r}", "/b.c"]
SEGMENTS = st.sampled_from(["a", "b", "c", "", "x1y", "xy", "7.json", ".json", "b.c", "bxc", "\n", "{id}", "%2F", "a b"])
PATHS = st.lists(SEGMENTS, max_size=6).map("/".join)


def slow(routes, path):
    return next(((route.template, match.span(), match.groupdict()) for route in routes if (match := route.regex.search(path))), None)


def fast(routes, path):
    template, match = find_route(routes, path)
    assert (match is None) == (template == "")
    return match and (template, match.span(), match.groupdict())


def captured_paths():
    for file in sorted(CAPTURES.rglob("*.mitm")):
        with file.open("rb") as stream:
            for flow in FlowReader(stream).stream():
                yield flow.request.path.partition("?")[0]


@pytest.mark.slow
@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(TEMPLATES), unique=True, max_size=12), PATHS, st.sampled_from(["", "/"]))
def test_as_by_trying_each_route_in_turn(templates, path, start):
    routes = tuple(map(Route, templates))
    assert fast(routes, start + path) == slow(routes, start + path)


@pytest.mark.slow
@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_every_captured_path_and_every_route_of_a_shipped_catalog(backend):
    examples = [re.sub(r"\{[a-z_]+\}", "x9", route.template) for route in backend.routes]
    paths = {*captured_paths(), *examples, *(f"/mount{path}/" for path in examples), *(f"{path}/more" for path in examples)}
    assert len(paths) > 100
    assert [path for path in paths if fast(backend.routes, path) != slow(backend.routes, path)] == []


def test_a_backend_asks_its_routes():
    backend = make_backend('routes = ["/things/{id}", "/things"]')
    match = backend.match_route("/v1/things/7/")
    assert match
    assert (match["id"], match.start(), backend.find_route("/v1/things/7/")[0]) == ("7", 3, "/things/{id}")
    assert backend.match_route("/other") is None


def test_a_route_that_the_whole_path_fits_comes_before_those_that_its_end_fits():
    """So the part of a batch that has something before its route is told from one that begins with it."""
    for route in BACKENDS["parse"].routes:
        for tail in BACKENDS["parse"].routes:
            path = re.sub(r"\{[a-z_]+\}", lambda _, tail=tail: tail.template.strip("/").split("/")[0], route.template)
            found = BACKENDS["parse"].match_route(path)
            assert found, path
            assert found.start() == 0, path


def test_routes_are_equal_by_their_templates():
    assert Route("/a") == Route("/a")
    assert Route("/a") != Route("/b")
    assert len({Route("/a"), Route("/a")}) == 1


@in_one_test("template", ["/f/{year}-{month}.json", "/{a}{b}", "/x/{a}.{b}.{c}/y"])
def test_two_names_between_two_slashes_are_refused(template):
    with pytest.raises(ValueError, match="has more than one name between two slashes"):
        Route(template)


def test_what_is_quoted_of_a_template_is_short():
    with pytest.raises(ValueError, match="takes path templates") as error:
        Route("x" * 100_000)
    assert len(str(error.value)) < 300
