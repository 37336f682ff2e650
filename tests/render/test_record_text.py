import re
from dataclasses import replace

from baas_errors.catalog.vocabulary import FAULTS, RETRIES, TRANSPORT_KINDS
from baas_errors.record import Finding
from baas_errors.render.record_text import (
    FAULT_WORDS,
    PAGE_WIDTH,
    RETRY_WORDS,
    SHOWN_OF_COMMENT,
    TIME,
    WIDTH,
    comment,
    first_sentence,
    page,
    short_block,
    terminal_block,
)
from build import make_error_record, shipped_catalogs
from matrix import in_one_test

FULL = make_error_record(
    message="Object not found.",
    debug="in hook beforeSave",
    meaning="No object with this id is visible to this caller: it is not in this class. Or its ACL hides it.",
    fix=("Check the id.", "Check the ACL."),
    retry="after-fix",
    fault="request",
    findings=(Finding("acl", "The object was seen before with another session.", "GET at 10:00", True),),
    candidates=("UserInvalidLoginParams",),
    request_id="req-1",
    sdk={"js": "Parse.Error.OBJECT_NOT_FOUND", "ios": "kPFErrorObjectNotFound"},
    doc="https://toy.example/errors",
    app="myApp",
    client="js4.0",
)


@in_one_test(
    ("facts", "text"),
    [
        ({}, "ObjectNotFound (101)"),
        ({"name": "EntityNotFound", "code": "EntityNotFound"}, "EntityNotFound"),
        ({"name": "", "code": 9001}, "unknown code 9001"),
        ({"name": "", "code": 0}, "unknown code 0"),
        ({"name": "", "code": None, "status": 403, "type": "parse/http-403"}, "Refused before Parse looked at it (403)"),
        ({"name": "", "code": None, "status": None, "type": "parse/timeout"}, "No answer in time"),
        ({"name": "", "code": None, "status": 402, "type": "parse/http-402"}, "Refused without a code (402)"),
        ({"name": "", "code": None, "status": 503, "type": "my-api/http-503", "backend": "my-api"}, "My Api is not available (503)"),
        ({"name": "", "code": None, "status": None, "type": "parse/{0.__class__}"}, "{0.__class__}"),
        ({"name": "", "code": "\x1b[31m" + "x" * 100}, "unknown code \\x1b[31m"),
    ],
)
def test_title(facts, text):
    shown = make_error_record(**facts).title
    assert shown.startswith(text)
    assert len(shown) < 90


def test_every_status_and_failure_without_a_code_has_words():
    for status in range(200, 600):
        title = make_error_record(name="", code=None, status=status, type=f"parse/http-{status}").title
        assert re.fullmatch(rf"[A-Z][\w -]{{7,60}} \({status}\)", title), title
    for kind in (*TRANSPORT_KINDS, "websocket-error"):
        assert re.fullmatch(r"[A-Z]\w+( \w+)+", make_error_record(name="", code=None, status=None, type=f"parse/{kind}").title), kind


def test_comment_is_one_line_with_name_finding_message_code_and_request_id():
    assert comment([FULL]) == "ObjectNotFound | The object was seen before with another session. | Object not found. | code 101, request id req-1"


def test_comment_has_the_first_fix_where_nothing_was_found():
    assert comment([make_error_record(message="m", fix=("Check the id.", "x"), meaning="y")]) == "ObjectNotFound | Check the id. | m | code 101"


@in_one_test(
    ("facts", "start"),
    [
        ({"name": "", "code": 9001}, "9001 unknown co"),
        ({"name": "", "code": None, "status": 403, "type": "parse/http-403"}, "403 Refused bef"),
        ({"name": "", "code": None, "status": None, "type": "parse/tls-failed"}, "TLS handshake f"),
    ],
)
def test_comments_of_errors_without_a_name_begin_with_what_tells_them_apart(facts, start):
    assert comment([make_error_record(**facts)])[:SHOWN_OF_COMMENT] == start


def test_comments_begin_differently_for_every_error_of_a_catalog():
    for backend in shipped_catalogs().values():
        starts = {}
        for name in {entry.name for entry in backend.entries if entry.origin != "client-only"}:
            shown = comment([make_error_record(name=name)], backend.tables.crowded_names)
            assert name in shown, name
            assert starts.setdefault(shown[:SHOWN_OF_COMMENT], name) == name, (backend.id, name)


def test_comment_names_every_error_of_an_answer_once():
    records = [
        make_error_record(),
        make_error_record(name="IncorrectType"),
        make_error_record(name="IncorrectType"),
        make_error_record(name="", code=9),
    ]
    assert comment(records).endswith(" | +3 more: IncorrectType, 9 unknown code")


def test_comment_of_hostile_text_is_one_short_safe_line():
    shown = comment([make_error_record(message="a\nb\x1b[31m\u202e" + "x" * 5000, request_id="i\n" * 200, code="c" * 500, name="")])
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert len(shown) < 500


def test_block_says_the_important_in_the_first_line_and_the_rest_under_labels():
    likely = replace(FULL, findings=(replace(FULL.findings[0], certain=False), *FULL.findings[1:]))
    lines = terminal_block(likely).splitlines()
    assert lines[0] == "parse: ObjectNotFound (101) [404] GET https://toy.example/parse/classes/Post/abc"
    assert [line[2:11].strip() for line in lines[1:] if line[2:11].strip()] == ["found", "do", "says", "debug", "means", "or it is", "id"]
    assert "“Object not found.”" in lines[3]


def test_block_needs_no_general_meaning_where_the_request_proves_the_cause():
    proved = replace(FULL, findings=(replace(FULL.findings[0], certain=True),))
    assert "\n  found" in terminal_block(proved)
    assert "\n  means" not in terminal_block(proved)


def test_block_has_what_stands_aside_after_what_to_do():
    aside = Finding("old-api-version", "The version is old.", certain=True, secondary=True)
    lines = terminal_block(replace(FULL, findings=(aside,))).splitlines()
    labels = [line[2:11].strip() for line in lines if line.startswith("  ")]
    assert "found" not in labels
    assert labels.index("also") > labels.index("do")


def test_block_leaves_empty_rows_out():
    assert len(terminal_block(make_error_record()).splitlines()) == 1


def test_block_names_the_part_of_a_batch():
    shown = terminal_block(make_error_record(method="POST", url="https://toy.example/parse/batch", part="PUT /classes/Post/1", index=3))
    assert "in item 3, PUT /classes/Post/1, of POST https://toy.example/parse/batch" in " ".join(shown.split())


@in_one_test(
    ("retry", "wait", "says"),
    [
        ("never", "", "no"),
        ("safe", "", "yes"),
        ("backoff", "The server asks to wait 1 min 5 s (Retry-After).", "yes, after 1 min 5 s"),
        ("backoff", "", "yes, later: with exponential backoff and jitter"),
        ("after-fix", "", ""),
        ("after-login", "", ""),
    ],
)
def test_block_speaks_of_a_retry_only_where_that_says_something(retry, wait, says):
    shown = terminal_block(make_error_record(retry=retry, findings=(Finding("retry-after", wait, "", True),) if wait else ()))
    assert (f"\n  retry    {says}" in shown) == bool(says)
    assert ("\n  retry" in shown) == bool(says)


@in_one_test("width", [80, 100, 160])
def test_block_fills_the_terminal_and_breaks_no_word(width):
    words = "Another account has this address and the sign-up was refused. " * 6
    url = "https://toy.example/parse/classes/Post/abc"
    lines = terminal_block(make_error_record(message="m", url=url, findings=(Finding("r", words, "", True),)), width).splitlines()
    assert max(len(line) for line in lines) <= width
    assert max(len(line) for line in lines) > width - 12
    assert len(lines[0]) <= width - TIME
    assert " ".join(" ".join(lines[1:]).split()).startswith(f"found {words.strip()}") or url in lines[1]
    assert {line[:11].strip() for line in lines[1:] if line[:3] != "   "} <= {"found", "says"}


def test_short_block_has_name_request_and_cause_in_two_lines():
    lines = short_block(FULL).splitlines()
    assert lines == [
        "parse: ObjectNotFound (101) [404] GET https://toy.example/parse/classes/Post/abc",
        "  found    The object was seen before with another session.",
    ]


@in_one_test("found", ["Short.", "A cause that takes some lines. " * 8])
@in_one_test("steps", [("Do it.",), ("First do this. " * 9, "Then that.")])
def test_page_has_cause_and_remedy_in_its_first_four_lines(found, steps):
    shown = page(make_error_record(message="m", findings=(Finding("r", found.strip(), "", True),), fix=steps))
    head = shown.splitlines()[:4]
    assert head[0].startswith("ObjectNotFound (101)   parse/ObjectNotFound")
    assert head[1].startswith("  Found    ")
    assert any(line.startswith("  Do       ") for line in head)
    # A long cause goes on after the remedy, and nothing is said twice.
    labels = re.split(r"(?m)^  (?=[A-Z])", shown)[1:]
    whole = " ".join(" ".join(part[9:].split()) for label in ("Found", "Do", "Server") for part in labels if part.startswith(label)).replace(
        " \u2026 \u2026", ""
    )
    for text in (found, *steps):
        assert whole.count(" ".join(text.split())) == 1


CITED = "flow 3b1de78a [POST /parse/users 12:29:37 UTC]"


@in_one_test(
    ("found", "head"),
    [
        (f"Likely: the id or the class is wrong, or the object is hidden: no earlier flow showed it{' in `Note`' * 6}.", "hidden: \u2026"),
        (f"Another account has the `username` `ann`, seen in the sign-up that succeeded before, in the good old {CITED}.", "before, \u2026"),
        (f"It has no clause but this is found with some words that stand near the end of two lines, or {CITED}.", "lines, \u2026"),
        (f"It has no clause but this is found with some words that stand near the end of two lines of {CITED}.", "of \u2026"),
    ],
)
def test_a_long_cause_is_parted_where_a_reader_can_go_on(found, head):
    lines = page(make_error_record(message="m", findings=(Finding("r", found, "", True),), fix=("Do it.",))).splitlines()
    assert next(line for number, line in enumerate(lines) if lines[number + 1].startswith("  Do ")).endswith(head)


@in_one_test(("render", "width"), [(terminal_block, WIDTH), (page, PAGE_WIDTH)], ids=["block", "page"])
def test_lines_are_bounded_and_hostile_text_does_not_act(render, width):
    hostile = "\x1b]0;title\x07 \u202e " + "word " * 300 + "x" * 3000
    findings = (Finding("rule", hostile, hostile),)
    facts = {"message": hostile, "debug": hostile, "meaning": "m " * 400, "request_id": hostile, "fix": ("f " * 300,), "candidates": ("A",) * 20}
    shown = render(make_error_record(findings=findings, **facts))
    assert not any(character in shown for character in "\x1b\x07\u202e")
    assert max(len(line) for line in shown.splitlines()[1:]) <= width


def test_page_holds_everything():
    shown = " ".join(page(FULL).split())
    for part in (
        "parse/ObjectNotFound",
        "“Object not found.”",
        "in hook beforeSave",
        "Or its ACL hides it.",
        "seen before with another session",
        "GET at 10:00",
        "1. Check the id.",
        "2. Check the ACL.",
        RETRY_WORDS["after-fix"],
        FAULT_WORDS["request"],
        "UserInvalidLoginParams",
        "js: Parse.Error.OBJECT_NOT_FOUND",
        "ios: kPFErrorObjectNotFound",
        "req-1",
        "myApp (SDK js4.0)",
        "https://toy.example/errors",
    ):
        assert part in shown


def test_page_of_an_unknown_error_says_so():
    assert "No catalog has an entry for this code" in " ".join(page(make_error_record(name="", code=9, meaning="")).split())


def test_page_says_which_of_several_it_is():
    assert "(2 of 3)" in page(FULL, 2, 3)
    assert "1 of 1" not in page(FULL)


@in_one_test(
    ("text", "first"),
    [
        ("A sentence that is long enough to stand alone here. Another one.", "A sentence that is long enough to stand alone here."),
        ("A part that is long enough to stand alone here; another one.", "A part that is long enough to stand alone here."),
        ("Short. Then more.", "Short. Then more."),
        ("One sentence only, with a version number 1.2 in it and an end.", "One sentence only, with a version number 1.2 in it and an end."),
        ("", ""),
    ],
)
def test_first_sentence(text, first):
    assert first_sentence(text) == first


def test_there_are_words_for_every_fault_and_retry():
    assert set(FAULT_WORDS) == set(FAULTS)
    assert set(RETRY_WORDS) == set(RETRIES)
