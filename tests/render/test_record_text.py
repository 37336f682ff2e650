from dataclasses import replace

import pytest
from baas_errors.catalog.vocabulary import FAULTS, RETRIES
from baas_errors.record import Finding
from baas_errors.render.record_text import FAULT_WORDS, PAGE_WIDTH, RETRY_WORDS, WIDTH, comment, first_sentence, page, terminal_block
from build import make_error_record

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


@pytest.mark.parametrize(
    ("facts", "text"),
    [
        ({}, "ObjectNotFound (101)"),
        ({"name": "EntityNotFound", "code": "EntityNotFound"}, "EntityNotFound"),
        ({"name": "", "code": 9001}, "unknown code 9001"),
        ({"name": "", "code": 0}, "unknown code 0"),
        ({"name": "", "code": None, "status": 403, "type": "parse/http-403"}, "HTTP 403 without a code"),
        ({"name": "", "code": None, "status": None, "type": "parse/timeout"}, "timeout"),
        ({"name": "", "code": "\x1b[31m" + "x" * 100}, "unknown code \\x1b[31m"),
    ],
)
def test_title(facts, text):
    shown = make_error_record(**facts).title
    assert shown.startswith(text)
    assert len(shown) < 90


def test_comment_is_one_line_with_name_message_finding_and_request_id():
    assert comment([FULL]) == "ObjectNotFound (101) | The object was seen before with another session. | Object not found. | request id req-1"


def test_comment_has_the_first_fix_where_nothing_was_found():
    assert comment([make_error_record(message="m", fix=("Check the id.", "x"), meaning="y")]) == "ObjectNotFound (101) | Check the id. | m"


def test_comment_says_how_many_follow():
    assert comment([make_error_record()] * 3).endswith(" (+2 more)")


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
    assert [line[2:11].strip() for line in lines[1:] if line[2:11].strip()] == ["says", "debug", "means", "found", "do", "retry", "or it is", "id"]
    assert "“Object not found.”" in lines[1]


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
    assert "in item 3, PUT /classes/Post/1, of POST https://toy.example/parse/batch" in shown


@pytest.mark.parametrize(("render", "width"), [(terminal_block, WIDTH), (page, PAGE_WIDTH)], ids=["block", "page"])
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


@pytest.mark.parametrize(
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
