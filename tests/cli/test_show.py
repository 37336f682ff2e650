"""`baas-errors show`: one error's whole story."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
from baas_errors.cli import main
from baas_errors.reports.differences import Difference, differences
from baas_errors.reports.redacted_exchange import CleanExchange
from build import make_error_record
from json_schemas import validate

CAPTURES = Path(__file__).resolve().parent.parent / "captures"
DEMO = str(CAPTURES / "demo.mitm")
TOKEN = "r:0123456789abcdef0123456789abcdef"


def entry(method: str, path: str, status: int, answer: object, body: object = None, at: int = 0, token: str = "") -> dict[str, object]:
    headers = [{"name": "X-Parse-Application-Id", "value": "app"}, {"name": "Content-Type", "value": "application/json"}]
    headers += [{"name": "X-Parse-Session-Token", "value": token}] if token else []
    return {
        "startedDateTime": f"2026-01-31T12:00:{at:02}.000Z",
        "time": 5,
        "request": {
            "method": method, "url": f"https://parse.shop.example{path}", "headers": headers, "postData": {"text": json.dumps(body) if body else ""},
        },
        "response": {"status": status, "headers": [], "content": {"text": json.dumps(answer)}},
    }  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> str:
    """One note is stored; another with a wrong type is refused; the first is deleted, and then asked for."""
    entries = [
        entry("POST", "/parse/classes/Note", 201, {"objectId": "abcdefghij", "createdAt": "x"}, {"likes": 3, "title": "a"}, token=TOKEN),
        entry("POST", "/parse/classes/Note", 400, {"code": 111, "error": "schema mismatch for Note.likes; expected Number but got String"},
              {"likes": "three"}, 1),
        entry("DELETE", "/parse/classes/Note/abcdefghij", 200, {}, at=2, token=TOKEN),
        entry("GET", "/parse/classes/Note/abcdefghij", 404, {"code": 101, "error": "Object not found."}, at=3, token=TOKEN),
    ]  # fmt: skip
    (tmp_path / "run.har").write_text(json.dumps({"log": {"entries": entries}}))
    return str(tmp_path / "run.har")


def ids(path: str, capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    main(["list", path, "--json"])
    return {line["error.type"]: line["id"] for line in map(json.loads, capsys.readouterr().out.splitlines())}


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["show", *arguments, "--json"]) == 0
    datum: dict[str, object] = json.loads(capsys.readouterr().out)
    validate("show", datum)
    return datum


def test_every_error_of_a_capture_has_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    main(["list", DEMO, "--json"])
    for ident in [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]:
        datum = shown(capsys, DEMO, ident)
        assert datum["id"] == ident
        assert "exchange" in datum
        assert main(["show", DEMO, ident]) == 0
        assert "Request and answer:\n  " in capsys.readouterr().out


def test_what_failed_and_what_worked_differ_by_name(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    datum = shown(capsys, run, ids(run, capsys)["parse/IncorrectType"])
    assert datum["exchange"]["request"]["body"] == '{"likes": "three"}'  # type: ignore[index]
    assert datum["worked"]["response"]["status"] == 201  # type: ignore[index]
    found = {(one["where"], one["name"]): (one["now"], one["before"]) for one in datum["differences"]}  # type: ignore[attr-defined]
    assert found.pop(("header", "x-parse-session-token"))[0] is None
    assert found == {("field", "likes"): ('"three"', "3"), ("field", "title"): (None, '"a"')}


def test_cited_exchanges_are_shown(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    ident = ids(run, capsys)["parse/ObjectNotFound"]
    (earlier,) = shown(capsys, run, ident)["earlier"]  # type: ignore[misc]
    assert earlier["method"] == "DELETE"
    assert main(["show", run, ident]) == 0
    out = capsys.readouterr().out
    assert f"Cited, flow {earlier['flow_id'][:8]}:\n  DELETE https://parse.shop.example/parse/classes/Note/abcdefghij\n" in out


def test_no_secret_is_shown(run: str, capsys: pytest.CaptureFixture[str]) -> None:
    for ident in ids(run, capsys).values():
        for arguments in ([], ["--json"]):
            main(["show", run, ident, *arguments])
            assert TOKEN not in capsys.readouterr().out


def test_a_log_has_the_record_only_and_the_capture_beside_it_the_rest(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ident = ids(run, capsys)["parse/IncorrectType"]
    log = str(tmp_path / "errors.jsonl")
    main(["report", run, "-o", log])
    capsys.readouterr()
    assert main(["show", log, ident]) == 0
    assert "The input is a log, which has no requests. To see them, name the capture too." in capsys.readouterr().out
    assert "exchange" not in shown(capsys, log, ident)
    assert "exchange" in shown(capsys, log, run, ident)


def test_other_names_of_an_error(run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    record = make_error_record(flow_id="0f1e2d3c-flow", request_id="req-77")
    (tmp_path / "errors.jsonl").write_text(record.to_json() + "\n")
    path = str(tmp_path / "errors.jsonl")
    ident = ids(path, capsys)["parse/ObjectNotFound"]
    for name in (ident, ident[:6], ident.upper(), "0f1e2d3c-flow", "req-77"):
        assert shown(capsys, path, name)["id"] == ident, name


def test_an_unknown_id_is_1_and_an_unclear_one_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "errors.jsonl"
    path.write_text("".join(make_error_record(flow_id="same-flow", index=number).to_json() + "\n" for number in range(2)))
    assert main(["show", str(path), "ffffffffffff"]) == 1
    assert "the inputs hold no error with the id ffffffffffff" in capsys.readouterr().err
    assert main(["show", str(path), "same-flow"]) == 2
    assert "is that of 2 errors; use one of: " in capsys.readouterr().err
    assert main(["show", str(path), "abc"]) == 2
    assert "at least four characters" in capsys.readouterr().err


def test_standard_input_is_read_twice(run: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    ident = ids(run, capsys)["parse/ObjectNotFound"]
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(Path(run).read_bytes())))
    assert len(shown(capsys, "-", ident)["earlier"]) == 1  # type: ignore[arg-type]


def test_differences() -> None:
    before = CleanExchange("GET", "https://a.example/x?a=1&b=2", (("X-Key", "k"), ("Date", "now"), ("Content-Type", "text/plain")), "plain")
    now = CleanExchange("POST", "http://b.example/y?a=2&c=", (("x-key", "k"), ("Date", "then"), ("X-New", "1")), "other")
    assert differences(now, before) == [
        Difference("method", "", "POST", "GET"),
        Difference("host", "", "http://b.example", "https://a.example"),
        Difference("path", "", "/y", "/x"),
        Difference("parameter", "a", "2", "1"),
        Difference("parameter", "c", "", None),
        Difference("header", "x-new", "1", None),
        Difference("body", "", "other", "plain"),
        Difference("parameter", "b", None, "2"),
        Difference("header", "content-type", None, "text/plain"),
    ]
    assert differences(now, now) == []
    for body in ('{"a": 1', "[" * 9, '{"a":' * 100_000):
        assert differences(CleanExchange("GET", "https://[/x", (), body), before)
