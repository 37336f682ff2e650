"""Support tickets."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import baas_errors
from baas_errors.formats import Occurrence
from baas_errors.pipeline import Pipeline
from baas_errors.record import Finding
from baas_errors.reports.collect import collect
from baas_errors.reports.ticket import ticket
from hypothesis import given
from matrix import in_one_test
from samples import harmful_occurrences, make_clean, make_occurrence, outside_blocks, patient

FACTS = {
    "backend": "kinvey",
    "type": "kinvey/BLRuntimeError",
    "name": "BLRuntimeError",
    "code": "BLRuntimeError",
    "message": "The script failed.",
    "debug": "at line 7",
    "status": 550,
    "request_id": "req-1",
    "app": "kid_ab1",
    "client": "js 3.11",
    "meaning": "The script on the server failed.",
    "retry": "after-fix",
    "findings": (Finding("a", "It calls `undefined`.", "foo.bar", True), Finding("b", "a hook is missing")),
}


def lines(*occurrences: Occurrence) -> list[str]:
    return ticket(occurrences).splitlines()


def test_nothing_makes_no_ticket() -> None:
    assert ticket([]) == ""


def test_it_can_be_imported_before_the_formats() -> None:
    folder = str(Path(baas_errors.__file__).parents[1])
    subprocess.run([sys.executable, "-c", f"import sys; sys.path.insert(0, {folder!r}); import baas_errors.reports.ticket"], check=True, timeout=60)


def test_what_support_asks_for_comes_first() -> None:
    assert lines(make_occurrence(**FACTS))[:6] == [
        "# kinvey: BLRuntimeError",
        "",
        "- **Request id:** `req-1`",
        "- **App key or id:** `kid_ab1`",
        "- **Time:** 2024-05-01 10:00:00.000 UTC",
        "- **SDK and version:** `js 3.11`",
    ]


def test_what_the_vendor_knows_or_does_not_need_is_left_out() -> None:
    warning, differs = (
        Finding("w", "The app sends the master key.", secondary=True),
        Finding("differs-from-success", "A field is new.", secondary=True),
    )
    text = ticket([make_occurrence(**(FACTS | {"findings": (*FACTS["findings"], warning, differs), "user": "u1", "client_request_id": "c-1"}))])
    assert "master key" not in text
    assert "A field is new." in text
    assert not any(word in text for word in (FACTS["meaning"], "retry", "What to do", "u1", "c-1"))


@in_one_test(
    "line",
    [
        "- **Time:** 2024-05-01 10:00:00.000 UTC",
        "- **Request:** `GET https://toy.example/parse/classes/Post/abc`",
        "- **Status:** 550",
        "- **Code:** `BLRuntimeError`",
        "- **SDK and version:** `js 3.11`",
        "- **How often:** once",
        "The script failed.",
        "at line 7",
        "- It calls `undefined`. Seen: `foo.bar`.",
        "- Likely: a hook is missing",
        "  --header 'X-Parse-Session-Token: '\"$SESSION_TOKEN\" \\",
        "- `SESSION_TOKEN`: session token, 34 chars",
    ],
)
def test_facts(line: str) -> None:
    assert line in lines(make_occurrence(make_clean(), **FACTS))


@in_one_test(
    ("facts", "line"),
    [
        ({"request_id": ""}, "- **Request id:** none (the server sent none)"),
        ({"client_request_id": "c-1", "request_id": ""}, "- **Client request id:** `c-1`"),
        ({"app": ""}, "- **App key or id:** not named in the request"),
        ({"client": ""}, "- **SDK and version:** not named in the request"),
        ({"url": ""}, "- **Request:** `GET /parse/classes/Post/{id}`"),
        ({"url": "", "url_template": "", "method": ""}, "- **Request:** unknown"),
        ({"status": None, "code": None}, "- **Status:** no answer"),
        ({"code": None, "name": ""}, "- **Code:** none"),
        ({"code": 101, "name": "ObjectNotFound"}, "- **Code:** `101` (ObjectNotFound)"),
        ({"index": 3}, "- **Position in the batch:** 3"),
        ({"message": ""}, "(nothing)"),
        ({"findings": ()}, "- No cause was found in the request itself."),
    ],
)
def test_absent_facts_are_said_to_be(facts: dict[str, object], line: str) -> None:
    assert line in lines(make_occurrence(**(FACTS | facts)))


def test_without_an_exchange_there_is_no_command() -> None:
    assert "curl" not in ticket([make_occurrence(**FACTS)])


def test_a_body_from_a_file_is_explained() -> None:
    assert "Save it as `request-body`" in ticket([make_occurrence(make_clean(request_body="<5 bytes of image/png>"), **FACTS)])


def repeated(count: int) -> list[Occurrence]:
    return [make_occurrence(**(FACTS | {"timestamp": f"2024-05-01T10:00:{n:02d}.000Z", "request_id": f"req-{n}"})) for n in range(count)]


def test_repeats_are_one_ticket_about_the_latest() -> None:
    found = lines(*repeated(3))
    assert found[2] == "- **Request id:** `req-2`"
    assert "- **How often:** 3 times, since 2024-05-01 10:00:00.000 UTC, last at 2024-05-01 10:00:02.000 UTC" in found
    assert "- **More request ids, latest first:** `req-1`, `req-0`" in found


def test_users_are_counted() -> None:
    found = [one._replace(record=replace(one.record, user=f"u{n % 2}")) for n, one in enumerate(repeated(3))]
    assert any(line.startswith("- **How often:** 3 times, 2 users, since ") for line in lines(*found))


def test_the_command_is_that_of_another_occurrence_where_the_ones_own_request_is_not_known() -> None:
    first, *others = repeated(3)
    text = ticket([first._replace(exchange=make_clean()), *others])
    assert text.splitlines()[2] == "- **Request id:** `req-2`"
    assert "This is the request of 2024-05-01 10:00:00.000 UTC, request id `req-0`; that of the time above is not known." in text
    assert "curl --request PUT" in text.replace(" \\\n ", "")


def test_the_latest_with_an_id_is_told_of() -> None:
    last = make_occurrence(**(FACTS | {"timestamp": "2024-05-01T11:00:00.000Z", "request_id": ""}))
    assert lines(*repeated(2), last)[2] == "- **Request id:** `req-1`"


def test_ten_further_ids_are_listed() -> None:
    line = next(line for line in lines(*repeated(30)) if line.startswith("- **More request ids"))
    assert line.count("`req-") == 10


def test_each_kind_has_its_ticket_most_frequent_first() -> None:
    other = make_occurrence(**(FACTS | {"type": "kinvey/Other", "name": "Other", "code": "Other"}))
    titles = [line for line in lines(other, *repeated(2)) if line.startswith("# ")]
    assert titles == ["# kinvey: BLRuntimeError", "# kinvey: Other"]


CAPTURES = Path(__file__).resolve().parents[1] / "captures"
# Capture, backend, and what the request names: request id, app, SDK.
VENDORS = (
    ("har/proxyman.har", "kinvey", "`ab5d40ac7e6c4f90c1b2d34e5f607182`", "`kid_H1xQmadeup`", "`Kinvey SDK 3.27.0 (Swift)`"),
    ("har/chrome.har", "parse", "none (the server sent none)", "`madeUpAppId`", "`js5.3.0`"),
    ("har/chrome.har", "bkend", "none (the server sent none)", "not named in the request", "not named in the request"),
    (
        "har/fiddler.har",
        "backend-services",
        "none (the server sent none)",
        "`madeUpAppId12345`",
        '`{"sdk":"js","platform":"Desktop","sdkVersion":"1.6.7"}`',
    ),
    ("pocketbase/pocketbase.mitm", "pocketbase", "none (the server sent none)", "not named in the request", "not named in the request"),
)


def test_a_ticket_for_each_vendor(pipeline: Pipeline) -> None:
    for capture, backend, ident, app, sdk in VENDORS:
        found = collect([str(CAPTURES / capture)], pipeline, [])
        text = next(text for text in ticket(found).split("\n---\n\n") if text.startswith(f"# {backend}: ") and f"- **Request id:** {ident}\n" in text)
        facts = text.splitlines()[2:6]
        assert facts[0] == f"- **Request id:** {ident}", capture
        assert facts[1] == f"- **App key or id:** {app}", capture
        assert re.fullmatch(r"- \*\*Time:\*\* \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC", facts[2]), capture
        assert facts[3] == f"- **SDK and version:** {sdk}", capture
        assert "```sh\ncurl " in text, capture


@patient
@given(harmful_occurrences)
def test_no_text_adds_a_heading_or_leaves_its_block(occurrences: list[Occurrence]) -> None:
    shown = outside_blocks(ticket(occurrences))
    kinds = len({occurrence.record.fingerprint for occurrence in occurrences})
    assert sum(line.startswith("# ") for line in shown) == kinds
    assert sum(line == "---" for line in shown) == max(0, kinds - 1)
    known = ("# ", "## ", "- ", "Debug:", "In a POSIX shell", "Set these", "This is the request of", "The request body", "---")
    assert all(line == "" or line.startswith(known) for line in shown)
