"""What is shown of one occurrence."""

from __future__ import annotations

import re
from html import unescape

from baas_errors.formats import Occurrence
from baas_errors.formats.html.static import occurrence_element
from baas_errors.formats.side_by_side import pretty
from baas_errors.record import Finding
from baas_errors.reports.curl import command
from baas_errors.reports.group import found_in, groups_of
from baas_errors.reports.ticket import ticket
from baas_errors.text import safe
from hypothesis import given
from matrix import in_one_test
from samples import harmful, make_clean, make_occurrence, patient


def shown(occurrence: Occurrence, *others: Occurrence) -> str:
    (group,) = groups_of([occurrence, *others])
    return "".join(occurrence_element(occurrence, group, {one.says for one in found_in(group)}))


def found(pattern: str, page: str) -> list[tuple[str, ...]]:
    return [tuple(map(unescape, match.groups(""))) for match in re.finditer(pattern, page, re.S)]


def side(name: str, page: str) -> str:
    return re.search(rf"<section><h4>{name}</h4>.*?</section>", page, re.S)[0]


@in_one_test(
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
    assert safe(pretty(body)) == expected


@patient
@given(harmful)
def test_only_space_is_changed(text: str) -> None:
    body = "{" + text.replace("\\", "").replace('"', "")
    assert re.sub(r"\s|\\[xuU][0-9a-f]{2,8}", "", pretty(body)) == re.sub(r"\s|\\[xuU][0-9a-f]{2,8}", "", pretty(" " + body).strip())


def test_facts_that_are_there() -> None:
    page = shown(make_occurrence(debug="d\x07", request_id="r", index=0, duration_ms=1234, app="a", client="js1", flow_id="f"))
    assert found("<dt>(.*?)</dt><dd>(.*?)</dd>", page) == [
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
    ]


def test_what_the_kind_tells_is_not_told_again() -> None:
    first = make_occurrence(findings=(Finding("r", "Says `aaaa1111`.", "seen", True), Finding("s", "More.")))
    latest = make_occurrence(message="Other.", timestamp="2024-05-02T10:00:00.000Z", findings=(Finding("r", "Says `bbbb2222`.", "bbbb2222", True),))
    page, other = shown(first, latest), shown(latest, first)
    assert found(r"<li( class=likely)?>(.*?)</li>", page) == [("", "Says <code>aaaa1111</code>.")]
    assert ("Seen", "seen") in found("<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    assert ("Server says", "Object not found.") in found("<dt>(.*?)</dt><dd>(.*?)</dd>", page)
    assert "<li" not in other
    assert not {"Seen", "Server says"} & {name for name, _ in found("<dt>(.*?)</dt><dd>(.*?)</dd>", other)}


def test_url_and_status_stand_in_the_request_and_the_answer_where_these_are_known() -> None:
    page = shown(make_occurrence(make_clean()))
    assert not {"URL", "Status"} & {name for name, _ in found("<dt>(.*?)</dt><dd>(.*?)</dd>", page)}


def test_request_and_answer() -> None:
    page = shown(make_occurrence(make_clean(method="PUT", url="https://a.example/", request_body="x")))
    assert found('<p class="first">(.*?)</p>.*<pre>(.*?)</pre>', side("Request", page)) == [("PUT https://a.example/", "x")]
    assert found('<p class="first">(.*?)</p>', side("Answer", page)) == [("Status 404",)]
    assert found("<dt>(.*?)</dt><dd>(.*?)</dd>", side("Answer", page)) == [("Content-Type", "application/json"), ("X-Request-Id", "req-1")]


@in_one_test(("facts", "line"), [({"status": None, "failure": "refused"}, "refused"), ({"status": None}, "WebSocket message"), ({}, "Status 404")])
def test_first_line_of_the_answer(facts: dict[str, object], line: str) -> None:
    assert f'<p class="first">{line}</p>' in side("Answer", shown(make_occurrence(make_clean(**facts))))


def test_command_and_ticket_are_the_usual_ones() -> None:
    occurrence = make_occurrence(make_clean())
    page = shown(occurrence)
    assert found('data-copy="curl">.*?<pre[^>]*>(.*?)</pre>', page) == [(command(occurrence.exchange).text,)]
    assert found('data-copy="ticket">.*?<pre[^>]*>(.*?)</pre>', page) == [(ticket([occurrence]),)]


def test_without_an_exchange_there_is_none_to_show() -> None:
    page = shown(make_occurrence())
    assert '<div class="sides">' not in page
    assert "The request and the answer are not here: the input is a log, or there was too much to keep." in page
    assert 'data-copy="curl"' not in page


def test_the_last_one_that_worked_stands_beside_with_what_differs() -> None:
    failed = make_clean(request_body='{"likes":"3","title":"a"}', url="https://a.example/x?limit=1&skip=2", request_headers=(("X-Key", "<k>"),))
    worked = make_clean(request_body='{"title":"a","likes":3}', url="https://a.example/x?skip=2", request_headers=(("x-key", "<k>"), ("X-Id", "1")))
    page = shown(make_occurrence(failed)._replace(worked=worked))
    request, before = side("Request", page), side("The last one that worked", page)
    assert found("<mark>(.*?)</mark>", request) == [("limit=1",), ("&",), ('"likes": "3",',)]
    assert found("<mark>(.*?)</mark>", before) == [("1",), ('"likes": 3',)]
    assert "2023-11-14 22:13:20.000 UTC, status 404; what differs is marked in both" in before
    assert "<mark>" not in side("Answer", page)
    # Headers are unfolded where one differs.
    assert ['class="headers" open' in side(name, page) for name in ("Request", "The last one that worked", "Answer")] == [False, True, False]


def test_a_long_block_can_be_focused_to_scroll_it() -> None:
    page = shown(make_occurrence(make_clean(request_body="\n" * 13 + "x", response_body="short")))
    assert '<pre tabindex="0">' in side("Request", page)
    assert "<pre>short</pre>" in side("Answer", page)


def test_headers_that_always_differ_are_not_marked_but_the_content_type_is() -> None:
    one, other = (
        make_clean(request_headers=(("Date", day), ("Content-Length", day), ("User-Agent", day), ("Content-Type", day))) for day in ("1", "2")
    )
    page = shown(make_occurrence(one)._replace(worked=other))
    assert found("<dt>([^<]*)</dt><dd><mark>", page) == [("Content-Type",), ("Content-Type",)]


def test_the_ticket_is_about_the_occurrence_at_hand() -> None:
    one, other = (make_occurrence(request_id=name, timestamp=f"2024-05-01T10:00:0{n}.000Z") for n, name in enumerate(("first", "second")))
    assert "- **Request id:** `first`" in shown(one, other)


def test_the_input_of_an_occurrence_is_named() -> None:
    assert "<dt>Input</dt><dd>a&lt;b.har</dd>" in shown(make_occurrence()._replace(source="a<b.har"))
