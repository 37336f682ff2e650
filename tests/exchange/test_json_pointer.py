from baas_errors.exchange.json_pointer import MISSING, each, find, first
from matrix import in_one_test

DATA = {"a": {"b/c": 1, "d~e": 2, "": 3}, "list": [{"x": 0}, {"x": None}, {"y": 2}], "none": None, "0": "zero"}


@in_one_test(
    ("pointer", "value"),
    [
        ("", DATA),
        ("/a/b~1c", 1),
        ("/a/d~0e", 2),
        ("/a/", 3),
        ("/list/0/x", 0),
        ("/none", None),
        ("/0", "zero"),
        ("/list/3", MISSING),
        ("/list/-1", MISSING),
        ("/list/²", MISSING),
        ("/list/x", MISSING),
        ("/none/x", MISSING),
        ("/a/b~1c/deeper", MISSING),
        ("/A", MISSING),
    ],
)
def test_find(pointer, value):
    assert find(DATA, pointer) is value or find(DATA, pointer) == value


def test_find_tells_null_from_missing():
    assert find(DATA, "/none") is None
    assert find(DATA, "/nothing") is MISSING


def test_first_passes_over_what_is_missing_and_null():
    assert first(DATA, ["/nothing", "/none", "/0"]) == "zero"
    assert first(DATA, ["/nothing", "/none"]) is MISSING


@in_one_test(
    ("value", "pointer", "found"),
    [
        ([{"e": 1}, {"ok": 1}, {"e": 2}], "/*/e", [(0, 1), (2, 2)]),
        ({"errors": ["a", None, "c"]}, "/errors/*", [(0, "a"), (2, "c")]),
        ({"errors": []}, "/errors/*", []),
        ({"errors": "text"}, "/errors/*", []),
        ({"x": {"e": 1}, "y": {"e": 2}}, "/*/e", [(0, 1), (1, 2)]),
        ([[{"e": 1}], [{"e": 2}, {"e": 3}]], "/*/*/e", [(0, 1), (1, 2), (1, 3)]),
        ({}, "/errors/*", []),
        ([{"e": {}}], "/*/e", [(0, {})]),
    ],
)
def test_each_yields_positions_at_the_first_star(value, pointer, found):
    assert list(each(value, pointer)) == found
