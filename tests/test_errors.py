"""The addon itself, in mitmproxy's own test bed: options, hooks, annotations, commands, the content view."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from errors import BackendErrors
from mitmproxy import contentviews, exceptions, flow, http, io
from mitmproxy.test import taddons, tflow, tutils
from mitmproxy.websocket import WebSocketData, WebSocketMessage
from wsproto.frame_protocol import Opcode

KINVEY_ID = "0123456789abcdef0123456789abcdef"


def kinvey_flow(status: int = 404, body: Any = None, path: str = "/appdata/kid_x1/books/5f1", **response: Any) -> http.HTTPFlow:
    """A Kinvey answer; an EntityNotFound unless told otherwise."""
    content = json.dumps(body if body is not None else {"error": "EntityNotFound", "description": "not found", "debug": ""}).encode()
    headers = http.Headers(content_type="application/json", x_kinvey_request_id=KINVEY_ID)
    item = tflow.tflow(
        req=tutils.treq(method=b"GET", scheme=b"https", host="baas.kinvey.com", port=443, path=path.encode(), authority=b"", headers=http.Headers()),
        resp=tutils.tresp(status_code=status, content=response.pop("content", content), headers=headers, **response),
    )
    item.comment = item.marked = ""
    item.metadata.clear()
    return item


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "errors.jsonl"


@pytest.fixture
def bed(log: Path) -> Iterator[tuple[Any, BackendErrors]]:
    addon = BackendErrors()
    with taddons.context() as context:
        context.master.addons.add(addon)
        context.configure(addon, errors_log=str(log))
        yield context, addon
        addon.done()


def records(log: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.read_text("utf-8").splitlines()]


class TestAnnotation:
    def test_an_error_is_marked_commented_tagged_and_logged(self, bed: Any, log: Path) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        assert item.marked == ":memo:"
        assert item.comment.startswith("EntityNotFound | ")
        assert " | not found | " in item.comment
        assert item.comment.endswith(f"request id {KINVEY_ID}")
        assert item.metadata["baas.name"] == "EntityNotFound"
        assert item.metadata["baas.code"] == "EntityNotFound"
        assert item.metadata["baas.type"] == "kinvey/EntityNotFound"
        assert item.metadata["baas.backend"] == "kinvey"
        assert item.metadata["baas.request_id"] == KINVEY_ID
        assert item.metadata["baas.known"] is True
        (record,) = records(log)
        assert record["http.request.id"] == KINVEY_ID
        assert record["mitmproxy.flow_id"] == item.id
        assert record["url.template"] == "/appdata/kid_x1/books/{id}"

    def test_what_the_user_wrote_stays(self, bed: Any) -> None:
        item = kinvey_flow()
        item.comment, item.marked = "look at this", ":star:"
        bed[1].response(item)
        assert (item.comment, item.marked) == ("look at this", ":star:")
        assert item.metadata["baas.name"] == "EntityNotFound"

    def test_a_second_reading_does_not_annotate_again(self, bed: Any) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        item.comment, item.marked = "", ""
        bed[1].response(item)
        assert (item.comment, item.marked) == ("", "")

    def test_a_replayed_flow_is_annotated_for_its_new_answer(self, bed: Any) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        item.response = kinvey_flow(401, {"error": "InvalidCredentials", "description": "no", "debug": ""}).response
        bed[1].response(item)
        assert item.metadata["baas.name"] == "InvalidCredentials"
        assert item.marked == ":key:"
        assert item.comment.startswith("InvalidCredentials | ")
        assert " | no | " in item.comment

    def test_a_replayed_flow_that_works_now_is_no_error_any_more(self, bed: Any) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        item.request.headers["x-kinvey-api-version"] = "6"
        item.response = kinvey_flow(200, {"_id": "1"}).response
        bed[1].response(item)
        assert (item.comment, item.marked) == ("", "")
        assert "baas.type" not in item.metadata
        assert TestContentView.shown(item, item.response)[0] != "Backend Error"

    def test_a_replayed_flow_keeps_what_the_user_wrote(self, bed: Any) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        item.comment = "mine"
        item.request.headers["x-kinvey-api-version"] = "6"
        item.response = kinvey_flow(200, {"_id": "1"}).response
        bed[1].response(item)
        assert (item.comment, item.marked) == ("mine", "")

    def test_a_success_is_left_alone(self, bed: Any, log: Path) -> None:
        item = kinvey_flow(200, {"_id": "1", "error": "EntityNotFound", "description": "a field of the object's own"})
        item.request.headers["x-kinvey-api-version"] = "6"
        bed[1].response(item)
        assert not item.comment
        assert not item.marked
        assert not item.metadata
        assert not records(log)

    def test_an_answer_of_somebody_else_is_left_alone(self, bed: Any, log: Path) -> None:
        item = kinvey_flow()
        item.request.host = "example.org"
        del item.response.headers["x-kinvey-request-id"]
        bed[1].response(item)
        assert not item.comment
        assert not records(log)

    def test_several_errors_are_several_records_and_one_comment(self, bed: Any, log: Path) -> None:
        body = {
            "entities": [None, {"_id": "1"}, None],
            "errors": [{"index": 0, "error": "E11000 duplicate key"}, {"index": 2, "error": "BLRuntimeError"}],
        }
        item = kinvey_flow(207, body, "/appdata/kid_x1/books")
        bed[1].response(item)
        assert [record["baas.index"] for record in records(log)] == [0, 2]
        assert item.comment.endswith(" | +1 more: BLRuntimeError")

    def test_text_that_would_lose_the_flow_is_made_harmless(self, bed: Any, tmp_path: Path) -> None:
        item = kinvey_flow(content=b'{"error":"EntityNotFound","description":"\\ud800 \x1b[31m \xe2\x80\xae","debug":""}')
        bed[1].response(item)
        with (tmp_path / "saved.mitm").open("wb") as file:
            io.FlowWriter(file).add(item)
        with (tmp_path / "saved.mitm").open("rb") as file:
            (read,) = io.FlowReader(file).stream()
        assert read.comment == item.comment
        assert not any(character in item.comment for character in "\x1b\u202e\ud800")


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (None, "body-not-kept"),
        (b"\x1f\x8b\x08broken", "body-encoding"),
        (b'{"error":"EntityNotFound","descr', "body-not-json"),
        (b'{"error":"EntityNotFound","description":"\xff\xfe"}', "body-not-text"),
    ],
)
def test_a_body_that_cannot_be_read_is_said_in_the_record(bed: Any, log: Path, content: bytes | None, rule: str) -> None:
    item = kinvey_flow()
    item.response.raw_content = content
    if rule == "body-encoding":
        item.response.headers["content-encoding"] = "gzip"
    bed[1].response(item)
    (record,) = records(log)
    assert rule in [finding["rule"] for finding in record["baas.findings"]]
    assert record["http.response.status_code"] == 404


def test_an_empty_error_answer_is_known_by_its_status(bed: Any, log: Path) -> None:
    item = kinvey_flow(500)
    item.response.raw_content = b""
    bed[1].response(item)
    (record,) = records(log)
    assert record["error.type"] == "kinvey/http-500"
    assert record["baas.known"] is False
    assert "error.message" not in record
    assert record["baas.meaning"]


def test_a_request_without_an_answer_is_a_record(bed: Any, log: Path) -> None:
    item = kinvey_flow()
    item.response = None
    item.error = flow.Error("[Errno 111] Connect call failed", 946681202.0)
    bed[1].error(item)
    (record,) = records(log)
    assert record["error.type"] == "kinvey/connection-failed"
    assert "http.response.status_code" not in record
    assert item.marked


def test_a_request_that_the_app_gave_up_is_none(bed: Any, log: Path) -> None:
    item = kinvey_flow()
    item.response = None
    item.error = flow.Error("Client disconnected.", 946681202.0)
    bed[1].error(item)
    assert not records(log)


def test_livequery_messages_are_opened(bed: Any, log: Path) -> None:
    item = tflow.twebsocketflow(messages=False)
    item.metadata.clear()
    item.websocket = WebSocketData(
        messages=[
            WebSocketMessage(Opcode.TEXT, True, b'{"op":"connect","applicationId":"notes-app"}', 946681203.0),
            WebSocketMessage(Opcode.TEXT, False, b'{"op":"connected","clientId":1}', 946681204.0),
            WebSocketMessage(Opcode.TEXT, False, b'{"op":"error","code":209,"error":"Invalid session token","reconnect":true}', 946681205.0),
        ]
    )
    messages, item.websocket.messages = item.websocket.messages, []
    for message in messages:
        item.websocket.messages.append(message)
        bed[1].websocket_message(item)
    (record,) = records(log)
    assert record["error.type"] == "parse/InvalidSessionToken"
    assert item.metadata["baas.name"] == "InvalidSessionToken"


class TestOptions:
    @pytest.mark.parametrize(
        ("values", "words"),
        [
            ({"errors_hosts": ["localhost"]}, ("errors_hosts", "'localhost'", "backend=host[:port][/path]")),
            ({"errors_hosts": ["firebase=localhost"]}, ("errors_hosts", "firebase", "kinvey", "parse")),
            ({"errors_hosts": ["parse=http://localhost"]}, ("errors_hosts", "http://localhost", "leave out the scheme")),
            ({"errors_hosts": ["parse=localhost:99999"]}, ("errors_hosts", "99999", "1 to 65535")),
            ({"errors_catalogs": ["/nowhere/x.toml"]}, ("errors_catalogs", "/nowhere/x.toml", "cannot be read")),
            ({"errors_log": "/proc/nowhere/x.jsonl"}, ("errors_log", "/proc/nowhere/x.jsonl", "cannot be opened")),
        ],
    )
    def test_a_bad_value_is_named_with_what_would_be_right(self, bed: Any, values: dict[str, Any], words: tuple[str, ...]) -> None:
        with pytest.raises(exceptions.OptionsError) as caught:
            bed[0].configure(bed[1], **values)
        for word in words:
            assert word in str(caught.value)

    def test_a_broken_catalog_is_named_with_entry_and_field(self, bed: Any, tmp_path: Path) -> None:
        (tmp_path / "mine.toml").write_text(
            'format = 1\n[backend]\nid = "mine"\ntitle = "Mine"\n[[entry]]\nname = "Oops"\ncode = 1\nmeaning = "x"\nfix = ["y"]\nretry = "often"\n'
        )
        with pytest.raises(exceptions.OptionsError, match=r"errors_catalogs: .*mine\.toml, .*`Oops`, field `retry`: 'often' is none of never, safe"):
            bed[0].configure(bed[1], errors_catalogs=[str(tmp_path)])

    def test_a_host_of_the_users_own_is_recognised(self, bed: Any, log: Path) -> None:
        bed[0].configure(bed[1], errors_hosts=["parse=api.notes.example:1337/app"])
        item = kinvey_flow(body={"code": 101, "error": "Object not found."}, path="/app/classes/Note/x1")
        item.request.host, item.request.port = "api.notes.example", 1337
        item.request.headers["host"] = "api.notes.example:1337"
        del item.response.headers["x-kinvey-request-id"]
        bed[1].response(item)
        assert [record["error.type"] for record in records(log)] == ["parse/ObjectNotFound"]

    def test_a_catalog_of_the_users_own_replaces_one_of_the_same_id(self, bed: Any, tmp_path: Path, log: Path) -> None:
        (tmp_path / "kinvey.toml").write_text(
            'format = 1\n[backend]\nid = "kinvey"\ntitle = "Mine"\nhosts = ["baas.kinvey.com"]\n[[shape]]\nname = "plain"\ncode = "/error"\n'
            '[[entry]]\nname = "Renamed"\ncode = "EntityNotFound"\nmeaning = "x"\nfix = ["y"]\nretry = "never"\nfault = "request"\n'
            'origin = "observed"\n'
        )
        bed[0].configure(bed[1], errors_catalogs=[str(tmp_path / "kinvey.toml")])
        bed[1].response(kinvey_flow())
        assert [record["error.type"] for record in records(log)] == ["kinvey/Renamed"]

    def test_an_empty_log_name_switches_the_log_off(self, bed: Any, log: Path) -> None:
        bed[0].configure(bed[1], errors_log="")
        item = kinvey_flow()
        bed[1].response(item)
        assert item.comment
        assert not records(log)

    def test_secrets_are_kept_only_on_demand(self, bed: Any, log: Path) -> None:
        path = "/appdata/kid_x1/books/5f1?access_token=made-up-token-value"
        bed[1].response(kinvey_flow(path=path))
        bed[0].configure(bed[1], errors_keep_secrets=True)
        bed[1].response(kinvey_flow(path=path))
        first, second = records(log)
        assert "made-up-token-value" not in json.dumps(first)
        assert "made-up-token-value" in second["url.full"]

    def test_the_log_is_readable_by_its_owner_only(self, bed: Any, log: Path) -> None:
        bed[1].response(kinvey_flow())
        assert log.stat().st_mode & 0o777 == 0o600


class TestCommands:
    def test_explain_tells_what_a_code_means(self, bed: Any) -> None:
        rows = bed[0].command(bed[1].explain, "parse/209")
        assert rows[0] == ["parse/InvalidSessionToken", "code 209"]
        assert all(len(row) == 2 for row in rows)

    def test_explain_suggests_what_was_meant(self, bed: Any) -> None:
        assert bed[0].command(bed[1].explain, "parse", "ObjectNotFound")[0] == ["parse/ObjectNotFound", "code 101"]
        with pytest.raises(exceptions.CommandError, match=r"ObjectNotFond.*did you mean parse/ObjectNotFound"):
            bed[0].command(bed[1].explain, "ObjectNotFond")

    def test_summary_counts_repeats_in_one_row_and_clear_forgets_them(self, bed: Any) -> None:
        for _ in range(3):
            bed[1].response(kinvey_flow())
        rows = bed[0].command(bed[1].show_summary)
        assert [row[:3] for row in rows] == [["count", "users", "error"], ["3", "", "kinvey/EntityNotFound"]]
        bed[0].command(bed[1].clear)
        assert len(bed[0].command(bed[1].show_summary)) == 1


class TestContentView:
    @staticmethod
    def shown(item: http.HTTPFlow, message: http.Message) -> tuple[str, str]:
        """The name of the view that mitmproxy chooses by itself, and its text."""
        if hasattr(contentviews, "prettify_message"):
            result = contentviews.prettify_message(message, item)
            return str(result.view_name), result.text
        name, lines, _ = contentviews.get_message_content_view("auto", message, item)
        return name, "\n".join("".join(str(text) for _, text in line) for line in lines)

    def test_it_is_chosen_for_error_answers(self, bed: Any) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        name, text = self.shown(item, item.response)
        assert name == "Backend Error"
        assert text.startswith("EntityNotFound   kinvey/EntityNotFound")
        for word in ("Means", "Do", "Retry", "Fault", "SDK", KINVEY_ID, '"description": "not found"'):
            assert word in text

    def test_it_is_not_chosen_for_requests_and_successes(self, bed: Any) -> None:
        item = kinvey_flow()
        item.request.text = '{"a":1}'
        bed[1].response(item)
        assert self.shown(item, item.request)[0] != "Backend Error"
        good = kinvey_flow(200, {"_id": "1"})
        bed[1].response(good)
        assert self.shown(good, good.response)[0] != "Backend Error"

    def test_looking_again_and_again_finds_the_same(self, bed: Any) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        assert len({self.shown(item, item.response)[1] for _ in range(5)}) == 1


def test_a_fault_of_its_own_does_not_stop_the_traffic(bed: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("made to fail")

    monkeypatch.setattr(bed[1], "_look", broken)
    bed[1].response(kinvey_flow())
    bed[1].response(kinvey_flow())
    assert len([r for r in caplog.records if "made to fail" in r.getMessage()]) == 1


class TestWarnings:
    def test_a_success_without_a_version_is_marked_and_told_once(self, bed: Any, log: Path, caplog: pytest.LogCaptureFixture) -> None:
        first, second = kinvey_flow(200, {"_id": "1"}), kinvey_flow(200, {"_id": "1"})
        for item in (first, second):
            bed[1].response(item)
        assert first.marked == ":warning:"
        assert first.comment.startswith("The request names no version of the API")
        assert (second.marked, second.comment) == ("", "")
        assert [item.metadata["baas.warning"] for item in (first, second)] == ["old-api-version"] * 2
        assert [line.levelname for line in caplog.records if "[old-api-version]" in line.getMessage()] == ["WARNING"]
        assert not records(log)

    def test_an_error_has_it_in_its_record(self, bed: Any, log: Path) -> None:
        item = kinvey_flow()
        bed[1].response(item)
        assert "old-api-version" in [finding["rule"] for finding in records(log)[0]["baas.findings"]]
        assert item.marked == ":memo:"
        assert "baas.warning" not in item.metadata
