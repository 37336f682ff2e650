from baas_errors.catalog import parse
from baas_errors.render.catalog_text import as_data, as_rows, as_text, explain, near_misses
from build import make_backend
from matrix import in_one_test

TOY = make_backend("""
[[entry]]
name = "SdkOnly"
code = 7
space = "sdk"
origin = "client-only"
ADVICE
[[entry]]
name = "ThingNotFound"
code = 7
status = [404, 410]
origin = "documented"
sdk = { js = "Toy.Error.THING_NOT_FOUND", ios = "kToyErrorThingNotFound", c = "toy.e.tnf" }
applies_to = ["GET /things/{id}"]
not_to_confuse_with = { Other = "the other one" }
doc = "https://toy.example/errors"
ADVICE
[[entry]]
name = "a/b"
code = "a/b"
origin = "observed"
ADVICE
[[range]]
from = 9000
meaning = "A number of the app's own."
fix = ["Ask its developers."]
retry = "never"
fault = "script"
[[pattern]]
code = '^9[0-9]{4}$|not-found$'
meaning = "Something is missing."
fix = ["Look for it."]
retry = "never"
fault = "request"
[[status]]
status = [403]
meaning = "Forbidden, without a code."
fix = ["Sign in."]
retry = "after-login"
fault = "auth"
""")
OTHER = parse(
    'format = 1\n[backend]\nid = "other"\ntitle = "Other"\n'
    '[[entry]]\nname = "Seven"\ncode = "7"\norigin = "sdk"\nmeaning = "Seven."\nfix = ["Eight."]\nretry = "never"\nfault = "client"'
)
BOTH = {"toy": TOY, "other": OTHER}


def names(found):
    return [item.entry.name if item.entry else item.advice.meaning for item in found]


@in_one_test(
    ("text", "only", "expected"),
    [
        ("7", "", ["ThingNotFound", "Seven", "SdkOnly"]),
        (" 7 ", "toy", ["ThingNotFound", "SdkOnly"]),
        ("toy/7", "", ["ThingNotFound", "SdkOnly"]),
        ("TOY 7", "", ["ThingNotFound", "SdkOnly"]),
        ("7 TOY", "", ["ThingNotFound", "SdkOnly"]),
        ("7  toy", "", ["ThingNotFound", "SdkOnly"]),
        ("9001 toy", "", ["A number of the app's own."]),
        ("7 toy", "other", []),
        ("thingnotfound", "", ["ThingNotFound"]),
        ("toy/ThingNotFound", "", ["ThingNotFound"]),
        ("THING_NOT_FOUND", "", ["ThingNotFound"]),
        ("kToyErrorThingNotFound", "", ["ThingNotFound"]),
        ("Toy.Error.THING_NOT_FOUND", "", ["ThingNotFound"]),
        ("FOUND", "", []),
        ("tnf", "", []),
        ("a/b", "", ["a/b"]),
        ("toy/a/b", "", ["a/b"]),
        ("9001", "", []),
        ("9001", "toy", ["A number of the app's own."]),
        ("toy/90001", "", ["A number of the app's own.", "Something is missing."]),
        ("toy/box-not-found", "", ["Something is missing."]),
        ("toy/http-403", "", ["Forbidden, without a code."]),
        ("toy/http-404", "", []),
        ("8", "toy", []),
        ("", "", []),
        ("/", "", []),
        ("toy/", "", []),
        ("nobody/7", "", []),
    ],
)
def test_explain(text, only, expected):
    assert names(explain(BOTH, text, only)) == expected


@in_one_test("kind", ["connection-failed", "tls-failed", "timeout"])
def test_explains_failures_without_an_answer(kind):
    (found,) = explain(BOTH, f"toy/{kind}")
    assert found.advice.fix


@in_one_test(
    ("text", "only", "expected"),
    [
        ("ThingNotFuond", "", ["toy/ThingNotFound"]),
        ("toy/ThingsNotFound", "", ["toy/ThingNotFound"]),
        ("Sevn toy", "", []),
        ("Sevn other", "", ["other/Seven"]),
        ("NotFound", "", ["toy/ThingNotFound"]),
        ("Sevn", "", ["other/Seven"]),
        ("Sevn", "toy", []),
        ("qqqqqqq", "", []),
        ("x", "", []),
    ],
)
def test_near_misses(text, only, expected):
    assert near_misses(BOTH, text, only) == expected


def test_near_misses_are_few(backends):
    assert len(near_misses(backends, "NotFound")) == 5


def test_text_holds_everything():
    shown = as_text(explain(BOTH, "ThingNotFound"))
    for part in (
        "toy/ThingNotFound   code 7   HTTP 404, 410   (on the vendor's error page)",
        "Something is wrong with the toy.",
        "1. Wind it up.",
        "Retry: only after the cause is fixed.",
        "Fault: in the request.",
        "Seen at: GET /things/{id}.",
        "Not Other: the other one.",
        "SDK js: Toy.Error.THING_NOT_FOUND",
        "https://toy.example/errors",
    ):
        assert part in shown
    assert "client only" in as_text(explain(BOTH, "SdkOnly"))


def test_a_code_from_outside_cannot_act_on_the_terminal():
    assert "\x1b" not in as_text(explain(BOTH, "\x1b[31m-not-found", "toy"))
    assert "\x1b" not in str(as_rows(explain(BOTH, "\x1b[31m-not-found", "toy")))


def test_data_leaves_absent_facts_out():
    known, rule = as_data([*explain(BOTH, "ThingNotFound"), *explain(BOTH, "toy/9001")])
    assert (known["type"], known["code"], known["status"], known["known"]) == ("toy/ThingNotFound", 7, [404, 410], True)
    assert (rule["type"], rule["code"], rule["known"]) == ("toy/9001", "9001", False)
    assert "sdk" not in rule
    assert "space" not in known


def test_rows_have_two_cells():
    rows = as_rows(explain(BOTH, "7"))
    assert {len(row) for row in rows} == {2}
    assert ["do", "Wind it up."] in rows


def test_a_remedy_for_some_errors_stands_after_the_others_with_its_condition():
    toy = make_backend("""
[[entry]]
name = "Broken"
code = 7
origin = "observed"
meaning = "It is broken."
retry = "never"
fault = "request"
fix = [
    { do = "Send less.", when = { message = '(?i)^too \\$big$|too long', method = ["PUT", "POST"] } },
    { do = "Leave it out.", when = [{ path = '/things/[^/]+/?$', body = ["/thing"] }, { no_header = ["x-key"] }] },
    "Look at it.",
]
""")
    (datum,) = as_data(explain({"toy": toy}, "7"))
    assert datum["fix"] == [
        "Look at it.",
        "If the message has `too $big` or `too long` and the method is PUT or POST: Send less.",
        "If the path has `/things/[^/]+` and the request has `thing` or the request has no `x-key`: Leave it out.",
    ]
