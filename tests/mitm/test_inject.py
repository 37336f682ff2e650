"""What the injector does to flows, without a network: which it leaves alone, what it marks, what it says of mistakes, and WebSockets."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import Any

import pytest
from baas_errors.cli import main
from errors import BackendErrors
from mitmproxy import exceptions, http, websocket
from mitmproxy.io import FlowWriter
from mitmproxy.test import taddons, tflow
from wsproto.frame_protocol import Opcode


def make_flow(method: str = "GET", url: str = "https://notes.example/parse/classes/Note", body: bytes = b"", **headers: str) -> http.HTTPFlow:
    flow = tflow.tflow()
    flow.request = http.Request.make(method, url, body, {"x-parse-application-id": "app", **headers})
    flow.comment, flow.marked = "", ""
    return flow


def pass_through(addon: BackendErrors, flow: http.HTTPFlow, answer: http.Response | None = None) -> http.HTTPFlow:
    """Lets a flow go through the hooks, answered by the server if by nobody else."""
    if waiting := addon._injector.request(flow):
        asyncio.run(waiting)
    if flow.response is None and flow.error is None:
        flow.response = answer or http.Response.make(200, b'{"objectId":"Ed1nuqPvcm"}', {"content-type": "application/json"})
    if flow.error is None or flow.response is not None:
        addon.response(flow)
    else:
        addon.error(flow)
    return flow


class Setting:
    """The addon with some specs."""

    def __init__(self, context: taddons.context, addon: BackendErrors, log: Any) -> None:
        self.context, self.addon, self.log = context, addon, log

    def inject(self, *specs: str, **options: Any) -> None:
        self.context.configure(self.addon, errors_inject=list(specs), errors_inject_seed="7", errors_log=str(self.log), **options)

    def records(self) -> list[dict[str, Any]]:
        self.addon._injector.records.finish()
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]


@pytest.fixture
def setting(tmp_path):
    addon = BackendErrors()
    with taddons.context(addon) as context:
        yield Setting(context, addon, tmp_path / "errors.jsonl")
        addon.done()


def test_an_injected_error_is_marked_and_says_so_everywhere(setting):
    setting.inject("|~all|parse/ObjectNotFound|first 1")
    flow = pass_through(setting.addon, make_flow(url="https://notes.example/parse/classes/Note/abc"))
    assert (flow.response.status_code, flow.marked) == (404, ":syringe:")
    assert flow.comment.startswith("injected: ObjectNotFound | ")
    assert flow.metadata["baas.injected"] == "parse/ObjectNotFound first 1"
    assert flow.response.headers["x-baas-errors-injected"] == "parse/ObjectNotFound first 1"
    (record,) = setting.records()
    assert (record["baas.injected"], record["baas.reaction"]) == ("parse/ObjectNotFound first 1", "gave-up")
    assert (flow.comment[:20], flow.metadata["baas.reaction"]) == ("injected: gave-up | ", "gave-up")


def test_it_is_in_no_ticket(setting, tmp_path):
    setting.inject("|~all|parse/209|first 1")
    flow = pass_through(setting.addon, make_flow())
    with pytest.raises(exceptions.CommandError, match="No backend error"):
        setting.addon.ticket([flow], str(tmp_path / "tickets.md"))
    setting.addon.export([flow], str(tmp_path / "report.html"))
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "An error on demand" in page
    assert "Support ticket" not in page.partition("<body")[2].partition("<script")[0]


def test_reports_say_which_errors_the_app_survived(setting, tmp_path):
    setting.inject("|~u Note|parse/209|first 1", "|~u Post|parse/http-502|first 1")
    real = http.Response.make(404, b'{"code":101,"error":"Object not found."}', {"content-type": "application/json"})
    urls = [f"https://notes.example/parse/classes/{name}" for name in ("Note", "Note", "Post", "Gone/abcdefghij")]
    flows = [pass_through(setting.addon, make_flow(url=url), real.copy() if "Gone" in url else None) for url in urls]
    setting.records()
    for name in ("report.html", "report.md"):
        setting.addon.export(flows, str(tmp_path / name))
        text = (tmp_path / name).read_text("utf-8").partition("<body")[2].partition("<script")[0] or (tmp_path / name).read_text("utf-8")
        plain = re.sub(r"<[^>]+>|[`\\\\]", "", text)
        assert "1 error of 1 kind" in plain, name
        assert "2 errors on demand, not real and listed last; the app survived 1 of 2 kinds" in plain, name
        row = "| parse/InvalidSessionToken | 1 | repeats-in-vain | bad |" if name == "report.md" else "1parse/InvalidSessionToken repeats-in-vain bad"
        assert row in plain, name
        # The real one is first.
        assert plain.rindex("ObjectNotFound (101)") < plain.rindex("InvalidSessionToken (209)"), name


def test_of_a_batch_only_the_item_counts_as_injected(setting):
    setting.inject("|~u /batch|parse/DuplicateValue|item 2")
    sent = {"requests": [{"method": "POST", "path": "/parse/classes/Note", "body": {"title": title}} for title in "abc"]}
    done = [{"success": {"objectId": "Ed1nuqPvcm"}}, {"error": {"code": 111, "error": "schema mismatch"}}]
    answer = http.Response.make(200, json.dumps(done).encode(), {"content-type": "application/json"})
    flow = make_flow("POST", "https://notes.example/parse/batch", json.dumps(sent).encode(), **{"content-type": "application/json"})
    pass_through(setting.addon, flow, answer)
    assert (flow.marked, flow.metadata["baas.injected"]) == (":syringe:", "parse/DuplicateValue item 2")
    assert setting.addon.summary.total == 1
    real, injected = setting.records()
    assert (real["baas.name"], real["baas.index"], real.get("baas.injected")) == ("IncorrectType", 2, None)
    assert (injected["baas.name"], injected["baas.index"], injected["baas.reaction"]) == ("DuplicateValue", 1, "gave-up")
    assert "on demand" not in json.dumps(real)
    assert {"DuplicateValue", "IncorrectType"} <= set(re.findall(r"\w+", flow.comment))


def test_it_is_not_counted_and_teaches_nothing(setting):
    setting.inject("|~all|parse/209|first 1", errors_exit_code=True)
    pass_through(setting.addon, make_flow())
    assert setting.addon.summary.total == 0
    apps = setting.addon._watch.pipeline.memory.of("parse", "app")
    assert len(apps.repeats) == 0


def test_a_success_that_is_replaced_is_not_remembered(setting):
    created = http.Response.make(201, b'{"objectId":"Ed1nuqPvcm","createdAt":"2026-01-01T00:00:00.000Z"}', {"content-type": "application/json"})
    missing = http.Response.make(404, b'{"code":101,"error":"Object not found."}', {"content-type": "application/json"})
    url = "https://notes.example/parse/classes/Note"
    told = []
    for spec in ("|~m POST|parse/http-502|afterwards", "|~m PATCH|parse/209"):
        setting.inject(spec)
        pass_through(setting.addon, make_flow("POST", url, b'{"title":"a"}'), created.copy())
        told.append(pass_through(setting.addon, make_flow("GET", f"{url}/Ed1nuqPvcm"), missing.copy()).comment)
    assert "Ed1nuqPvcm" not in told[0]
    assert "Ed1nuqPvcm" in told[1]


def test_what_the_user_wrote_stays(setting):
    setting.inject("|~all|parse/209")
    flow = make_flow()
    flow.comment, flow.marked = "mine", ":star:"
    assert (pass_through(setting.addon, flow).comment, flow.marked) == ("mine", ":star:")


def leave(change: Any) -> http.HTTPFlow:
    flow = make_flow()
    change(flow)
    return flow


LEFT = {
    "replayed": lambda flow: setattr(flow, "is_replay", "request"),
    "preflight": lambda flow: setattr(flow.request, "method", "OPTIONS"),
    "answered": lambda flow: setattr(flow, "response", http.Response.make(204)),
    "stranger": lambda flow: flow.request.headers.clear(),
    "handshake": lambda flow: flow.request.headers.update({"upgrade": "websocket"}),
    "other backend": lambda flow: flow.request.headers.update({"x-other": "1"}),
}


@pytest.mark.parametrize("name", LEFT)
def test_some_flows_are_left_alone(setting, name):
    setting.inject("|~all|kinvey/EntityNotFound" if name == "other backend" else "|~all|parse/209")
    flow = pass_through(setting.addon, leave(LEFT[name]))
    assert (flow.response.status_code < 300, "baas.injected" in flow.metadata) == (True, False)


def test_nothing_is_done_where_nothing_is_asked_for(setting):
    setting.inject()
    assert setting.addon._injector not in setting.addon.addons
    assert setting.addon._injector.request(make_flow()) is None
    setting.inject("|~all|parse/101")
    assert setting.addon._injector in setting.addon.addons


def test_a_browser_gets_what_it_may_read(setting):
    setting.inject("|~all|kinvey/EntityNotFound|delay 1ms")
    flow = make_flow(url="https://baas.kinvey.com/appdata/kid_x/notes/1", origin="https://app.example")
    headers = pass_through(setting.addon, flow).response.headers
    assert headers["access-control-allow-origin"] == "*"
    assert headers["x-kinvey-request-id"].startswith("injected-")
    assert flow.comment.endswith(f"request id {headers['x-kinvey-request-id']}")


def test_a_failure_keeps_its_words_and_a_replay_forgets_them(setting):
    setting.inject("|~all|timeout|delay 1ms")
    flow = make_flow()
    flow.live = True
    pass_through(setting.addon, flow)
    assert (flow.error.msg, flow.metadata["baas.type"]) == ("Connection killed.", "parse/timeout")
    flow.is_replay, flow.error.msg = "request", "connection refused"
    setting.addon.error(flow)
    assert flow.metadata["baas.type"] == "parse/connection-failed"


def test_a_recording_keeps_what_was_injected(setting, tmp_path, capsys):
    setting.inject("|~u Gone|connection-failed", "|~u Lost|parse/http-502|afterwards", "|~u Note|parse/209")
    flows = [pass_through(setting.addon, make_flow(url=f"https://notes.example/parse/classes/{name}")) for name in ("Gone", "Lost", "Note")]
    path = tmp_path / "capture.mitm"
    with path.open("wb") as file:
        writer = FlowWriter(file)
        for flow in flows:
            writer.add(flow)
    assert main(["check", str(path)]) == 0
    assert main(["check", "--injected", "--format", "json", str(path)]) == 1
    said = capsys.readouterr().out
    assert all(name in said for name in ("parse/connection-failed", "parse/http-502", "parse/InvalidSessionToken"))


def test_a_message_of_a_websocket_is_answered(setting):
    setting.inject("|~websocket|parse/LiveQueryInvalidKey|first 1")
    sent: list[bytes] = []
    setting.context.master.commands.call = lambda name, flow, to_client, content, is_text: sent.append(content)
    flow = make_flow(upgrade="websocket")
    flow.response = http.Response.make(101)
    flow.websocket = websocket.WebSocketData()
    asked = {"op": "connect", "applicationId": "app"}
    flow.websocket.messages.append(websocket.WebSocketMessage(Opcode.TEXT, True, json.dumps(asked).encode()))
    setting.addon.websocket_message(flow)
    assert flow.websocket.messages[0].dropped
    assert json.loads(sent[0]) == {"op": "error", "code": 4, "error": "Key in request is not valid", "reconnect": True}
    answer = websocket.WebSocketMessage(Opcode.TEXT, False, sent[0], injected=True)
    flow.websocket.messages.append(answer)
    setting.addon.websocket_message(flow)
    (record,) = setting.records()
    assert (record["error.type"], record["baas.injected"]) == ("parse/LiveQueryInvalidKey", "parse/LiveQueryInvalidKey first 1")


def test_the_seed_is_said_at_the_start(setting, caplog):
    caplog.set_level(logging.INFO)
    setting.inject("|~all|parse/209|50%")
    assert "errors_inject_seed=7" in caplog.text


@pytest.mark.parametrize(
    ("spec", "says"),
    [("|~q q q (|parse/101", "at character 2, `~q q q (` is no flow filter"), ("|~all|parse/ObjectNotFund", "did you mean parse/ObjectNotFound")],
)
def test_a_mistake_ends_mitmproxy_with_the_place(setting, spec, says):
    with pytest.raises(exceptions.OptionsError, match="errors_inject: ") as caught:
        setting.inject(spec)
    assert says in str(caught.value)


def test_commands_add_list_and_clear(setting):
    setting.inject()
    commands = setting.addon
    commands.inject_errors("|~all|parse/209|first", "1")
    pass_through(setting.addon, make_flow())
    assert commands.list_injected() == [["spec", "given"], ["|~all|parse/209|first 1", "1"]]
    setting.records()
    assert commands.show_reactions()[1][:4] == ["parse/InvalidSessionToken", "1", "gave-up", "good"]
    with pytest.raises(exceptions.CommandError, match="names no error"):
        commands.inject_errors("|~all|pars/209")
    commands.clear_injected()
    assert setting.addon._injector.request(make_flow()) is None
    assert "InvalidSessionToken: gave-up" in setting.addon._injector.table()


def test_a_tour_gives_each_error_once_for_each_route_that_it_can_come_from(setting):
    setting.inject("|~all|parse/*|each once")
    given = []
    for path in ("/parse/login", "/parse/classes/Note/abc"):
        for _ in range(200):
            flow = pass_through(setting.addon, make_flow("GET", f"https://notes.example{path}"))
            given.append((path, flow.metadata.get("baas.type")))
    errors = [(path, kind) for path, kind in given if kind]
    assert len(errors) == len(set(errors)) > 60
    assert ("/parse/login", "parse/UserInvalidLoginParams") in errors
    assert ("/parse/login", "parse/PushMissingChannels") not in errors
    assert given[199] == ("/parse/login", None)
    setting.records()
    assert "on 2 routes, 0 are left; the app survived all but parse/" in setting.addon._injector.table()


def test_a_tour_of_one_request_each_is_survived(setting):
    setting.inject("|~all|parse/*|each once")
    pass_through(setting.addon, make_flow())
    setting.records()
    assert "The tour gave 1 error on 1 route" in setting.addon._injector.table()
    assert setting.addon._injector.table().endswith("the app survived all of them.")


HOSTILE = [
    b"",
    b"{",
    b"[]",
    b"[[1]]",
    b'{"requests":7}',
    b'{"requests":[1,null,{}]}',
    b"\xff\xfe",
    b'{"a":' * 3000,
    b'"\\ud800"',
    b"[" + b"1," * 5000 + b"1]",
]


def test_no_request_and_no_answer_makes_it_raise(setting, caplog):
    """What the server answers to the other items, or to what is lost afterwards, may be anything; so may be the request."""
    caplog.set_level(logging.WARNING)
    specs = ["item 1", "item 2", "item 2 afterwards", "afterwards", ""]
    for error in ("parse/137", "kinvey/KinveyInternalErrorRetry", "parse/*", "bkend/429", "parse/http-400", "connection-failed"):
        for how in specs:
            if error == "connection-failed" and "item" in how:
                continue
            setting.inject(f"|~all|{error}|{how}")
            for path in (
                "/parse/batch",
                "/parse/classes/%ff%00{class}",
                "/appdata/kid_x/notes?callback=<script>",
                "/oauth/auth?redirect_uri=%0d%0aa:b",
            ):
                for body in HOSTILE:
                    flow = make_flow("POST", f"https://notes.example{path}", body, origin="https://a\r\nb: c")
                    flow.live = True
                    pass_through(setting.addon, flow, http.Response.make(200, body, {"content-type": "application/json"}))
                    for _, value in flow.response.headers.fields if flow.response else ():
                        assert b"\n" not in value
                    assert flow.request.raw_content == body
    assert "Please report" not in caplog.text
