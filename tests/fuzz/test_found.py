"""What fuzzing has found, each as the smallest input that showed it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from gzip import compress
from typing import Any

import pytest
from baas_errors.exchange.json_pointer import MISSING, find
from baas_errors.mitm.content_encoding import decode
from baas_errors.mitm.flow_reader import read_flows
from baas_errors.pipeline import Pipeline
from baas_errors.record.parse import record_of
from baas_errors.sources.har.file import read as read_har
from baas_errors.sources.skipped import Skip, Skips
from baas_errors.sources.source import Source
from build import make_error_record, make_exchange
from fuzz.answers import START, Answer, flow_of
from fuzz.look import Looker, looking
from matrix import in_one_test
from mitmproxy.io import FlowWriter, tnetstring

JSON = (b"content-type", b"application/json")
KEY = (b"x-parse-application-id", b"app1")


@pytest.fixture(scope="module")
def looker() -> Iterator[Looker]:
    with looking() as one:
        yield one


def refused(**facts: Any) -> Answer:
    values: dict[str, Any] = {
        "host": "api.parse.com",
        "target": b"/parse/classes/Post",
        "request_headers": (KEY, JSON),
        "response_headers": (JSON,),
        "response_body": b'{"code":101,"error":"Object not found."}',
        "status": 404,
    }
    return Answer(**(values | facts))


@pytest.mark.parametrize("time", [float("inf"), float("-inf"), float("nan"), -1.0, 1e300, 2.0**40])
def test_times_that_are_none(looker: Looker, time: float) -> None:
    # round() of what is not finite raised, in the duration and in "... s before".
    (record,) = looker.look(refused(times=(time, time, time, time)))
    assert "baas.duration_ms" not in record
    (record,) = looker.look(refused(times=(START, START, START, time)))
    assert record["@timestamp"] == "2023-11-14T22:13:20.000Z"


@pytest.mark.parametrize("time", [float("inf"), float("nan"), 1e300])
def test_no_answer_at_a_time_that_is_none(looker: Looker, time: float) -> None:
    (record,) = looker.look(refused(status=0, times=(time, time, time, time)))
    assert record["error.type"] == "parse/connection-failed"


@pytest.mark.parametrize("port", [b"9" * 5_000, "²".encode(), b"-1", b"0", b"65536"])
def test_a_port_that_is_none(looker: Looker, port: bytes) -> None:
    (record,) = looker.look(refused(request_headers=(KEY, (b"host", b"api.parse.com:" + port))))
    assert record["server.port"] == 443


def test_a_length_in_digits_that_int_does_not_take(looker: Looker) -> None:
    said = b'{"error":"request entity too large"}'
    (record,) = looker.look(refused(request_headers=(KEY, (b"content-length", "²".encode())), status=413, response_body=said))
    assert record["http.response.status_code"] == 413


@in_one_test("kind", ["Pointer", "Relation", "Number", None, []])
@in_one_test("code", [103, 105, 106, 107, 111, 135, 136])
def test_a_column_that_is_no_object(looker: Looker, kind: Any, code: int) -> None:
    body = json.dumps({"fields": {"a": kind}}).encode()
    said = json.dumps({"code": code, "error": "invalid"}).encode()
    (record,) = looker.look(refused(method=b"POST", target=b"/parse/schemas/Note", request_body=body, response_body=said, status=400))
    assert record["error.code"] == str(code)


def test_a_method_that_acts_on_a_terminal(looker: Looker) -> None:
    looker.look(refused(method="G\u202eT\x9b".encode()))
    assert looker.shown.texts[0].startswith("parse: ObjectNotFound (101) [404] G\\u202eT\\x9b\n")


@pytest.mark.parametrize("text", ["\x7f", "\x9b31m", "\u202e", "\ufeff", "\U000e0041", "\u2028", "\x1b[2J"])
def test_a_line_of_the_log_can_be_looked_at_in_a_terminal(text: str) -> None:
    line = make_error_record(message=f"a{text}b").to_json()
    assert line.isprintable()
    assert record_of(json.loads(line)).message == f"a{text}b"


def test_a_long_url_makes_no_long_record(looker: Looker) -> None:
    (record,) = looker.look(refused(target=b"/parse/classes/" + b"P" * 50_000 + b"?where=" + b"w" * 500_000, method=b"G" * 5_000))
    assert len(record["url.full"]) < 10_000
    assert len(record["url.template"]) <= 1_000
    assert len(record["http.request.method"]) <= 300


def test_a_long_failure_makes_no_long_record(looker: Looker) -> None:
    (record,) = looker.look(refused(status=None, error="cannot parse: " + "x" * 100_000))
    assert len(record["error.message"]) == 2_000


@pytest.mark.parametrize("junk", ["1", "\ufeff1", "x", "}", '"a', '"a,b"', "}}", "x{", "undefined", "/* */", "]["])
def test_what_stands_between_entries_takes_no_good_one_with_it(junk: str) -> None:
    good = json.dumps({"request": {"method": "GET", "url": "https://api.parse.com/x"}, "response": {"status": 404}})
    skips: list[Skip] = []
    found = list(read_har(Source(io.BytesIO(f'{{"log":{{"entries":[{good},{junk},{good}]}}}}'.encode()), Skips("a.har", skips))))
    # After an unclosed string, or where the list seems to end, nobody can tell.
    assert len(found) == (1 if junk in ('"a', "x{", "][") else 2)
    assert len(skips) >= (junk != "][")


def test_the_place_of_a_fault_is_counted_from_the_beginning_of_the_file() -> None:
    skips: list[Skip] = []
    list(read_har(Source(io.BytesIO(b'{"log":{\n"entries":[\n {"a":x},{"a":\ny}]}}'), Skips("a.har", skips))))
    assert [skip.reason.partition("(")[2] for skip in skips] == ["Expecting value at line 3, column 7)", "Expecting value at line 4, column 1)"]


@pytest.mark.parametrize("flow_id", [-1, None, b"\xff", [], float("nan"), "\u202e" * 500, {"a": 1}])
def test_a_flow_in_a_file_whose_id_is_none(pipeline: Pipeline, flow_id: Any) -> None:
    written = io.BytesIO()
    FlowWriter(written).add(flow_of(refused()))
    state = tnetstring.loads(written.getvalue())
    (exchange,) = read_flows(io.BytesIO(tnetstring.dumps({**state, "id": flow_id})), Skips("a.mitm", []))
    (record,) = pipeline.records(exchange, pipeline.backends["parse"])
    assert record.flow_id == (flow_id[:100] if isinstance(flow_id, str) else "")
    assert record_of(json.loads(record.to_json())) == record


def test_a_pointer_with_more_digits_than_int_takes() -> None:
    assert find([1], "/" + "0" * 5_000) is MISSING


def test_the_size_said_of_a_bomb_in_a_bomb_is_what_was_sent() -> None:
    packed = compress(compress(b" " * 5_000_000))
    _, problem = decode(packed, "gzip, gzip")
    assert problem is not None
    assert f"({len(packed)} as sent)" in problem.says


def test_an_exchange_beyond_all_bounds_is_one_record(pipeline: Pipeline) -> None:
    exchange = make_exchange(400, {"code": "x" * 300, "error": "y" * 9_000}, url=f"https://api.parse.com/{'z' * 9_000}")
    (record,) = pipeline.records(exchange, pipeline.backends["parse"])
    assert len(record.to_json()) < 20_000
