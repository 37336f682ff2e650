"""What is shown of one occurrence."""

from __future__ import annotations

import re

import pytest
from baas_errors.formats.html.details import detail, pretty
from baas_errors.record import Finding
from baas_errors.reports.curl import command
from baas_errors.reports.group import groups_of
from baas_errors.reports.ticket import ticket
from hypothesis import given
from samples import harmful, make_clean, make_occurrence, patient


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("", ""),
        ("plain\r\ntext", "plain\ntext"),
        ("{}", "{}"),
        ('{"a":[]}', '{\n  "a": []\n}'),
        ('{"a":1,"b":[1,2]}', '{\n  "a": 1,\n  "b": [\n    1,\n    2\n  ]\n}'),
        ('{"a":1.0E+5,"a":"}{"}', '{\n  "a": 1.0E+5,\n  "a": "}{"\n}'),
        ('{"a":"breaks off', '{\n  "a": "breaks off'),
        ("[]]", "[]\n]"),
        ("<html>", "<html>"),
        ("a\x1bb\u202e", "a\\x1bb\\u202e"),
    ],
)
def test_pretty(body: str, expected: str) -> None:
    assert pretty(body) == expected


@patient
@given(harmful)
def test_only_space_is_changed(text: str) -> None:
    body = "{" + text.replace("\\", "").replace('"', "")
    assert re.sub(r"\s|\\[xuU][0-9a-f]{2,8}", "", pretty(body)) == re.sub(r"\s|\\[xuU][0-9a-f]{2,8}", "", pretty(" " + body).strip())


def test_facts_that_are_there() -> None:
    occurrence = make_occurrence(debug="d\x07", request_id="r", index=0, duration_ms=1234, app="a", client="js1", flow_id="f")
    (group,) = groups_of([occurrence])
    assert detail(group, occurrence).facts == (
        ("Server says", "Object not found."),
        ("Debug", "d\\x07"),
        ("Time", "2024-05-01 10:00:00.000 UTC"),
        ("Request id", "r"),
        ("URL", "https://toy.example/parse/classes/Post/abc"),
        ("Status", "404"),
        ("Position in the batch", "0"),
        ("App", "a"),
        ("SDK", "js1"),
        ("Took", "1,234 ms"),
        ("Flow", "f"),
    )


def test_findings() -> None:
    occurrence = make_occurrence(findings=(Finding("r", "Says.", "seen", True), Finding("s", "More.")))
    (group,) = groups_of([occurrence])
    assert detail(group, occurrence).findings == (("Says.", "seen", "yes"), ("More.", "", ""))


def test_request_and_answer() -> None:
    occurrence = make_occurrence(make_clean(method="PUT", url="https://a.example/", request_body="x"))
    (group,) = groups_of([occurrence])
    shown = detail(group, occurrence)
    assert (shown.request.line, shown.request.body) == ("PUT https://a.example/", "x")
    assert (shown.answer.line, shown.answer.headers) == ("Status 404", (("Content-Type", "application/json"), ("X-Request-Id", "req-1")))


@pytest.mark.parametrize(
    ("facts", "line"), [({"status": None, "failure": "refused"}, "refused"), ({"status": None}, "WebSocket message"), ({}, "Status 404")]
)
def test_first_line_of_the_answer(facts: dict[str, object], line: str) -> None:
    occurrence = make_occurrence(make_clean(**facts))
    (group,) = groups_of([occurrence])
    assert detail(group, occurrence).answer.line == line


def test_command_and_ticket_are_the_usual_ones() -> None:
    occurrence = make_occurrence(make_clean())
    (group,) = groups_of([occurrence])
    assert detail(group, occurrence).curl == command(occurrence.exchange).text
    assert detail(group, occurrence).ticket == ticket([occurrence])


def test_without_an_exchange_there_is_none_to_show() -> None:
    occurrence = make_occurrence()
    (group,) = groups_of([occurrence])
    assert detail(group, occurrence)[2:5] == (None, None, "")


def test_the_ticket_is_about_the_occurrence_at_hand() -> None:
    one, other = (make_occurrence(request_id=name, timestamp=f"2024-05-01T10:00:0{n}.000Z") for n, name in enumerate(("first", "second")))
    (group,) = groups_of([one, other])
    assert "- **Request id:** `first`" in detail(group, one).ticket
