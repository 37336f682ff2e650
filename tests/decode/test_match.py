from baas_errors.decode.match import Evidence, choose, holds_any, weigh
from baas_errors.exchange import Headers
from build import make_backend
from matrix import in_one_test


def match_of(text):
    return make_backend(f'[[entry]]\nname = "A"\ncode = 1\norigin = "observed"\nmatch = {text}\nADVICE').entries[0].match[0]


SEEN = Evidence(
    message="Object not found.",
    debug="at line 3",
    status=404,
    method="PUT",
    path="/classes/Post/1",
    body={"a": {"b": None}, "list": [1]},
    body_text='{"a":{"b":null}}',
    headers=Headers([("X-Key", "1")]),
)


@in_one_test(
    ("match", "holds"),
    [
        ("{ message = '^Object' }", True),
        ("{ message = '^object' }", False),
        ("{ debug = 'line \\d' }", True),
        ("{ path = '/classes/' }", True),
        ("{ path = '/users/' }", False),
        ("{ body_text = 'null' }", True),
        ("{ method = ['put', 'POST'] }", True),
        ("{ method = ['GET'] }", False),
        ("{ body = ['a'] }", True),
        ("{ body = ['/a/b', 'list'] }", True),
        ("{ body = ['a', 'z'] }", False),
        ("{ no_body = ['z'] }", True),
        ("{ no_body = ['a'] }", False),
        ("{ header = ['x-KEY'] }", True),
        ("{ header = ['x-other'] }", False),
        ("{ no_header = ['x-other'] }", True),
        ("{ no_header = ['x-key'] }", False),
        ("{ message = '^Object', path = '/users/' }", False),
        ("{ message = '^Object', path = '/classes/' }", True),
    ],
)
def test_a_match_holds_when_all_its_conditions_do(match, holds):
    assert (weigh(match_of(match), SEEN) is not None) is holds


@in_one_test("body", [None, "text", [1], 3])
def test_conditions_on_the_body_take_any_body(body):
    seen = Evidence(body=body)
    assert weigh(match_of("{ body = ['a'] }"), seen) is None
    assert weigh(match_of("{ no_body = ['a'] }"), seen) is not None


@in_one_test(
    ("stronger", "weaker"),
    [
        ("{ message = 'Object' }", "{ body = ['a'] }"),
        ("{ debug = 'line' }", "{ header = ['x-key'] }"),
        ("{ body = ['a'] }", "{ path = 'classes' }"),
        ("{ body_text = 'null' }", "{ path = 'classes' }"),
        ("{ path = 'classes' }", "{ method = ['PUT'] }"),
        ("{ path = 'classes', method = ['PUT'] }", "{ path = 'classes' }"),
        ("{ message = 'Object' }", "{ path = 'classes', method = ['PUT'], body = ['a'] }"),
    ],
)
def test_the_server_outranks_the_request_and_content_outranks_the_line(stronger, weaker):
    assert weigh(match_of(stronger), SEEN) > weigh(match_of(weaker), SEEN)


def entries(*parts):
    text = "".join(f'[[entry]]\nname = "{name}"\ncode = 1\norigin = "observed"\n{rest}\nADVICE\n' for name, rest in parts)
    return make_backend(text).entries


@in_one_test(
    ("parts", "seen", "name", "candidates"),
    [
        ([("A", "match = { message = 'x' }"), ("B", "")], Evidence(message="x"), "A", ()),
        ([("A", "match = { message = 'x' }"), ("B", "")], Evidence(message="y"), "B", ()),
        ([("A", ""), ("B", "match = { message = 'x' }")], Evidence(message="x"), "B", ()),
        ([("A", "match = [{ path = 'p' }, { message = 'x' }]"), ("B", "match = { body = ['k'] }")], Evidence(message="x", body={"k": 1}), "A", ()),
        ([("A", ""), ("B", "")], Evidence(), "A", ("B",)),
        ([("A", ""), ("B", ""), ("C", "match = { message = 'x' }")], Evidence(), "A", ("B",)),
        ([("A", "status = [400]"), ("B", "status = [501]")], Evidence(status=501), "B", ()),
        ([("A", ""), ("B", "status = [501]")], Evidence(status=501), "B", ("A",)),
        ([("A", "match = { message = 'x' }"), ("B", "match = { message = 'y' }")], Evidence(), "A", ("B",)),
        ([("A", "match = { message = 'x' }"), ("B", "match = { message = 'y' }")], Evidence(message="x y"), "A", ("B",)),
        ([("A", "match = { message = 'x' }"), ("B", "status = [500]")], Evidence(message="x", status=500), "A", ()),
        ([("A", "match = { method = ['PUT'] }"), ("B", "status = [500]")], Evidence(method="PUT", status=500), "A", ()),
        ([("A", "match = { message = 'x' }\nstatus = [500]"), ("B", "")], Evidence(message="y", status=500), "B", ()),
        ([("A", "status = [400]"), ("A", "status = [501]")], Evidence(status=418), "A", ()),
    ],
    ids=[
        "the message decides",
        "a match that does not hold speaks against its entry",
        "order gives way to evidence",
        "the best of several matches counts",
        "nothing decides",
        "what is ruled out is no candidate",
        "the status decides between known ones",
        "an entry that may have any status stays possible",
        "none holds",
        "both hold",
        "a status does not outweigh a message",
        "a status does not outweigh even a method",
        "a status does not save an entry that is ruled out",
        "one name twice is no candidate of itself",
    ],
)
def test_choose(parts, seen, name, candidates):
    choice = choose(entries(*parts), seen)
    assert (choice.entry.name, choice.candidates) == (name, candidates)


def test_holds_any_is_true_without_conditions():
    assert holds_any((), SEEN)
    assert holds_any((match_of("{ path = 'no' }"), match_of("{ path = 'classes' }")), SEEN)
    assert not holds_any((match_of("{ path = 'no' }"),), SEEN)
