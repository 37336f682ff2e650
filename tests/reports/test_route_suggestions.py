"""Path templates that a recording suggests."""

from __future__ import annotations

from baas_errors.catalog.routes import Route, find_route
from baas_errors.reports.route_suggestions import ids_in, suggest
from matrix import in_one_test


@in_one_test(
    ("paths", "ids", "expected"),
    [
        ({}, (), []),
        ({"/": 3}, (), []),
        ({"/v1/notes/17": 2, "/v1/notes/18": 1, "/v1/notes": 1}, (), [("/v1/notes/{id}", 3), ("/v1/notes", 1)]),
        ({"/v1/notes/no_7": 1, "/v1/notes/me": 1}, {"no_7"}, [("/v1/notes/me", 1), ("/v1/notes/{id}", 1)]),
        (
            {"/v1/notes/1": 1, "/v1/tasks/2": 1, "/v1/notes": 1, "/v1/login": 1, "/v1/notes/1/open": 1},
            (),
            [("/v1/notes/{id}/open", 1), ("/v1/{collection}/{id}", 2), ("/v1/login", 1), ("/v1/{collection}", 1)],
        ),
        ({"/v1/notes/1/comments/2": 1}, (), [("/v1/notes/{note_id}/comments/{id}", 1)]),
        ({"/a/1/b/2/a/3/4": 1}, (), [("/a/{a_id}/b/{b_id}/a/{a_x_id}/{id}", 1)]),
        ({"/api/2/notes/17": 1}, (), [("/api/2/notes/{id}", 1)]),
        ({"/7/8": 1}, (), [("/{item_id}/{id}", 1)]),
    ],
)
def test_paths_are_folded(paths, ids, expected):
    assert suggest(paths, ids) == expected


def test_every_proposal_is_a_route_that_fits_its_paths():
    paths = {f"/v1/{kind}{rest}": 1 for kind in ("notes", "tasks") for rest in ("", "/1", "/1/open", "/1/parts/2", "/1/parts/2/3")}
    routes = [Route(template) for template, _ in suggest({**paths, "/v1/login/": 1}, ())]
    assert [path for path in paths if not find_route(routes, path)[0]] == []
    assert sum(count for _, count in suggest(paths, ())) == len(paths)


@in_one_test(
    ("answer", "expected"),
    [
        (None, []),
        ("id", []),
        ({"id": 7, "title": "x", "paid": "yes"}, ["7"]),
        ({"data": [{"uid": "a"}, {"noteId": "b", "owner_id": True}, {"_id": {"id": "c"}}]}, ["a", "b", "c"]),
        ({"id": "x" * 101}, []),
    ],
)
def test_ids_are_found_by_their_names(answer, expected):
    assert sorted(ids_in(answer)) == expected


def test_a_huge_answer_is_not_searched_whole():
    assert len(list(ids_in([{"id": n} for n in range(10_000)]))) <= 300
